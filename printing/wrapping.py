"""Breaking text into lines, as Chinese is broken: anywhere, except before 。 and after （; words whole."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

from printing.fonts import character_width, text_width

NOT_FIRST: Final = frozenset("，。、；：？！）》」』】〉”’…—％℃,.;:?!)]}%>")
"""Characters that never begin a line."""
NOT_LAST: Final = frozenset("（《「『【〈“‘([{<￥¥$#№")
"""Characters that never end a line."""
ELLIPSIS: Final = "…"


@cache
def _printable(character: str) -> str:
    """``character``, a space for a control character, nothing for one that has no shape of its own."""
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return "\u3000" if character == "\u3000" else " "
    return "" if category == "Cf" or "\ufe00" <= character <= "\ufe0f" else character


def clean(text: str) -> str:
    """``text`` without characters that would draw nothing or turn the line around; line breaks stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(map(_printable, line)).strip(" ") for line in lines).strip("\n")


@cache
def _ideographic(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")


def _may_break(left: str, right: str) -> bool:
    """Whether a line may end between two characters."""
    if right in NOT_FIRST or left in NOT_LAST or unicodedata.combining(right):
        return False
    return left == " " or _ideographic(left) or _ideographic(right) or left in "-/_,;"


def wrap(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """``text`` in lines of at most ``width`` (unit of ``size``); at least one line, empty for no text.

    A word longer than the line is cut. One character per line is the least.
    """
    lines: list[str] = []
    for paragraph in clean(text).split("\n"):
        lines += _wrap_paragraph(paragraph, width / size, bold)
    return lines


def _wrap_paragraph(text: str, width: float, bold: bool) -> list[str]:
    lines = []
    used = 0.0
    first, chance = 0, 0  # where the line begins, the last place where it may end
    index = 0
    while index < len(text):
        used += character_width(text[index], bold=bold)
        if index > first and _may_break(text[index - 1], text[index]):
            chance = index
        if used > width + 1e-6 and index > first and text[index] != " ":
            end = chance if chance > first else index
            lines.append(text[first:end].rstrip(" "))
            first = index = end
            used = 0.0
            chance = first
            continue
        index += 1
    lines.append(text[first:].rstrip(" "))
    return lines


def limited(lines: list[str], count: int, width: float, size: float, *, bold: bool = False) -> list[str]:
    """The first ``count`` of ``lines``; the last of them ends in … if something was left out."""
    if len(lines) <= count:
        return lines
    last = lines[count - 1]
    while last and text_width(last + ELLIPSIS, size, bold=bold) > width:
        last = last[:-1]
    return [*lines[: count - 1], last + ELLIPSIS]


def size_to_fit(text: str, width: float, size: float, *, bold: bool = False, least: float = 0.6) -> float:
    """``size``, made smaller so that ``text`` fits into ``width``, but not below ``least`` of it."""
    needed = text_width(text, size, bold=bold)
    return size if needed <= width else size * max(least, width / needed)


def shortened(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """``text`` on one line, its end replaced by … where it is wider than ``width``."""
    return limited(wrap(text.replace("\n", " "), width, size, bold=bold), 1, width, size, bold=bold)[0]
