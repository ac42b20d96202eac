"""Provinces, cities and districts of China (GB/T 2260), from resources/reference/regions.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from resources import FOLDER
from services.spelling import rank

_NO_NAME = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
"""Divisions between city and district that nobody says."""
_ENDINGS = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市")


@dataclass(frozen=True, slots=True)
class Region:
    """One division. ``path`` are the names from the province down, without those that nobody says."""

    code: str
    name: str
    parent: str | None
    path: tuple[str, ...]

    @property
    def label(self) -> str:
        """Its name with those above it: 重庆市 渝中区."""
        return " ".join(self.path)


@cache
def _all() -> dict[str, Region]:
    rows = json.loads((FOLDER / "reference" / "regions.json").read_text("utf-8"))["rows"]
    found: dict[str, Region] = {}
    for code, name, parent in rows:
        above = found[parent].path if parent else ()
        path = above if name in _NO_NAME else (*above, name)
        found[code] = Region(code, name, parent, path)
    return found


def region(code: str | None) -> Region | None:
    """The division with the six digits ``code``."""
    return _all().get(code) if code else None


def label(code: str | None) -> str:
    """``code`` in words; the code itself if it is unknown."""
    found = region(code)
    return found.label if found else (code or "")


@cache
def children(code: str | None = None) -> tuple[Region, ...]:
    """Divisions directly below ``code``; without it the provinces. A level that nobody says is skipped."""
    found: list[Region] = []
    for each in _all().values():
        if each.parent == code:
            found.extend(children(each.code) if each.name in _NO_NAME else (each,))
    return tuple(found)


def find(typed: str, *, limit: int = 30) -> list[Region]:
    """Divisions that answer ``typed``: names, pinyin or initials, one word per level: 重庆 渝中, cq yz, yuzhong.

    Words go from the top down; the last has to be met by the division itself. Larger divisions first.
    """
    words = typed.split()
    if not words:
        return list(children())
    found: list[tuple[int, int, str, Region]] = []
    for each in _all().values():
        if each.name in _NO_NAME:
            continue
        place = _answers(words, each)
        if place is not None:
            found.append((place, len(each.path), each.code, each))
    found.sort(key=lambda entry: entry[:3])
    if not found and len(words) == 1 and len(typed) > 2:
        # written without a blank: 重庆渝中
        return _together(typed, limit)
    return [entry[3] for entry in found[:limit]]


def _answers(words: list[str], each: Region) -> int | None:
    worst = rank(words[-1], each.name)
    if worst is None or (worst == 3 and words[-1].isascii()):
        return None
    above = list(each.path[:-1])
    for word in reversed(words[:-1]):
        while above:
            place = rank(word, above.pop())
            if place is not None and place < 3:
                break
        else:
            return None
    return worst


def _together(typed: str, limit: int) -> list[Region]:
    found = []
    for each in _all().values():
        short = "".join(_short(name) for name in each.path)
        if each.name not in _NO_NAME and (
            rank(typed, "".join(each.path)) in (0, 1, 2) or short.startswith(typed)
        ):
            found.append((len(each.path), each.code, each))
    found.sort(key=lambda entry: entry[:2])
    return [entry[2] for entry in found[:limit]]


def _short(name: str) -> str:
    for ending in _ENDINGS:
        if len(name) > len(ending) + 1 and name.endswith(ending):
            return name.removesuffix(ending)
    return name


def recognise(address: str) -> tuple[Region | None, str]:
    """The division that ``address`` begins with, and the rest of the address: for cards and imported rows."""
    best: tuple[int, Region] | None = None
    for each in _all().values():
        if each.name in _NO_NAME or len(each.path) < 2:
            continue
        matched = _matched(address, each.path)
        if matched and (best is None or matched > best[0]):
            best = (matched, each)
    return (best[1], address[best[0] :].strip()) if best else (None, address)


def _matched(address: str, path: tuple[str, ...]) -> int:
    """Characters of ``address`` that name ``path``, its last part in full; 0 if it does not begin so."""
    at = 0
    for depth, name in enumerate(path):
        last = depth == len(path) - 1
        if address.startswith(name, at):
            at += len(name)
        elif address.startswith(_short(name), at) and (not last or depth == 1):
            at += len(_short(name))
        elif depth == 0:
            continue  # the province is often left out
        else:
            return 0
        while at < len(address) and address[at] == " ":
            at += 1
    return at
