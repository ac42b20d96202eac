"""Names of administrative divisions as people write them, to the six digits of GB/T 2260."""

from __future__ import annotations

import re
from collections.abc import Iterable

from services.language import mark
from services.tabular.values import form

_SUFFIX = re.compile(
    r"(?:(?:壮族|回族|维吾尔|[一-鿿]{1,6}族)*自治(?:区|州|县|旗)|特别行政区|省|市|地区|盟|区|县|旗|州)$"
)


class Regions:
    """Finds a division by its name, alone (杭州) or after those above it (浙江省杭州市西湖区,
    浙江/杭州/西湖区).

    ``divisions`` are (code of six digits, name): provinces end in 0000, cities in 00.
    """

    def __init__(self, divisions: Iterable[tuple[str, str]]) -> None:
        self._names = {code: form(name) for code, name in divisions}
        self._found: dict[str, set[str]] = {}
        for code in self._names:
            for spelling in self._spellings(code):
                self._found.setdefault(spelling, set()).add(code)

    def code(self, name: str) -> str:
        """The code. ValueError, its text a template with {value}, if there is none or more than one."""
        bare = re.sub(r"[/\\,，、|>\-]+", "", form(name))
        if bare in self._names:
            return bare
        codes = self._found.get(bare, set())
        if len(codes) > 1:
            # 北京市 is province and city in one: the one above counts.
            codes = {c for c in codes if not any(o != c and _above(o, c) for o in codes)}
        if len(codes) == 1:
            return next(iter(codes))
        if codes:
            raise ValueError(
                mark("“{value}” is the name of several regions. Write province and city before it.")
            )
        raise ValueError(mark("“{value}” is not a region that is known."))

    def _spellings(self, code: str) -> set[str]:
        """Every way to write one division: with and without its ancestors and the kinds (省, 市 …)."""
        result = self._forms(code)
        parents = [p for p in (code[:4] + "00", code[:2] + "0000") if p != code and p in self._names]
        for parent in parents:
            result |= {above + own for above in self._forms(parent) for own in result}
        return result

    def _forms(self, code: str) -> set[str]:
        name = self._names[code]
        short = _SUFFIX.sub("", name)
        return {name, short} if len(short) >= 2 else {name}


def _above(upper: str, lower: str) -> bool:
    if upper[2:] == "0000":
        return upper[:2] == lower[:2]
    return upper[4:] == "00" and upper[:4] == lower[:4]
