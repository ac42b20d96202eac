"""Names of administrative divisions as people write them, to the six digits of GB/T 2260."""

from __future__ import annotations

import re
from collections.abc import Iterable

from services.language import mark
from services.tabular.values import form

_PEOPLES = (
    "壮|回|维吾尔|蒙古|藏|朝鲜|土家|苗|侗|布依|哈尼|彝|白|傣|景颇|傈僳|羌|哈萨克|柯尔克孜|满|瑶|畲|黎|土|仫佬|毛南|仡佬|水|拉祜|佤|"
    "布朗|纳西|普米|独龙|怒|阿昌|德昂|基诺|东乡|保安|撒拉|裕固|塔吉克|锡伯|达斡尔|鄂温克|鄂伦春|赫哲|俄罗斯|京|各"
)
_KIND = re.compile(r"(?:自治(?:区|州|县|旗)|特别行政区|省|市|地区|盟|区|县|旗|州)$")
_WITH_PEOPLES = re.compile(rf"(?:(?:{_PEOPLES})族?)+自治(?:区|州|县|旗)$")


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
        # 内蒙古自治区 is called 内蒙古, 恩施土家族苗族自治州 恩施 or 恩施州.
        short = {_KIND.sub("", name), _WITH_PEOPLES.sub("", name)}
        if name.endswith("自治州"):
            short.add(_WITH_PEOPLES.sub("", name) + "州")
        return {name, *(form_ for form_ in short if len(form_) >= 2)}


def _above(upper: str, lower: str) -> bool:
    if upper[2:] == "0000":
        return upper[:2] == lower[:2]
    return upper[4:] == "00" and upper[:4] == lower[:4]
