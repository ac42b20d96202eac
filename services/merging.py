"""Two people changed one record: what each did to it, field by field (PLT-31)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that one or both have changed: what it was, what I typed, what it is now."""

    key: str
    was: Any
    mine: Any
    theirs: Any

    @property
    def clash(self) -> bool:
        """Both changed it, to different values: somebody has to choose."""
        return self.mine != self.was and self.theirs not in (self.was, self.mine)

    @property
    def chosen(self) -> Any:
        """The value without a choice: mine where I changed it, else theirs."""
        return self.mine if self.mine != self.was else self.theirs


def differences(
    keys: Iterable[str], *, was: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> list[Difference]:
    """The fields of ``keys`` that I or they have changed since it ``was``, in their order."""
    found = []
    for key in keys:
        each = Difference(key, was.get(key), mine.get(key), theirs.get(key))
        if each.mine != each.was or each.theirs != each.was:
            found.append(each)
    return found
