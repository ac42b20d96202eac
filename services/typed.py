"""What people type into fields, understood: numbers with little sums, dates in short, regions.

Nothing here is a float: what is typed is what is stored.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from decimal import Decimal, DecimalException
from typing import Final

from services.money import EXACT

MAX_DIGITS: Final = 30
"""Longer input is no number that anybody means."""
TOO_LARGE: Final = Decimal(10) ** MAX_DIGITS
"""Nor is what little sums make of it from here on."""
_TOKEN = re.compile(r"\s*(?:(\d[\d,]*\.?\d*|\.\d+)|([-+*/()]))")
_SIGNS = str.maketrans({"×": "*", "x": "*", "X": "*", "÷": "/", "，": ",", "。": ".", "−": "-", "–": "-"})


class _Sum:
    """A recursive descent over + - * / and brackets; ValueError for anything else."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise ValueError(text)
            self.tokens.append((match[1] or match[2]).replace(",", ""))
            at = match.end()
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def value(self) -> Decimal:
        result = self.terms()
        if self.peek():
            raise ValueError(self.peek())
        return result

    def terms(self) -> Decimal:
        result = self.factors()
        while self.peek() in ("+", "-"):
            operator, other = self.take(), self.factors()
            result = EXACT.add(result, other) if operator == "+" else EXACT.subtract(result, other)
        return result

    def factors(self) -> Decimal:
        result = self.single()
        while self.peek() in ("*", "/"):
            operator, other = self.take(), self.single()
            result = EXACT.multiply(result, other) if operator == "*" else EXACT.divide(result, other)
        return result

    def single(self) -> Decimal:
        token = self.take()
        if token == "-":
            return -self.single()
        if token == "+":
            return self.single()
        if token == "(":
            result = self.terms()
            if self.take() != ")":
                raise ValueError("bracket")
            return result
        if not token or len(token) > MAX_DIGITS:
            raise ValueError(token)
        return Decimal(token)


def number(typed: str) -> Decimal | None:
    """``typed`` as an exact number, None for blank; ValueError if it is none.

    Understands thousands separators, full-width digits, ¥ and %, and sums such as ``12*3`` or ``(5+1)/2``.
    """
    text = unicodedata.normalize("NFKC", typed).translate(_SIGNS).strip()
    text = text.strip("¥￥元%").strip()
    if not text:
        return None
    try:
        result = _Sum(text).value()
    except (DecimalException, RecursionError) as error:
        raise ValueError(typed) from error
    if abs(result) >= TOO_LARGE:
        raise ValueError(typed)
    return result


def day(typed: str, today: date) -> date | None:
    """``typed`` as a day, None for blank; ValueError if it is none.

    Understands 2026-11-21, 2026/11/21, 20261121, 2026年11月21日, 11-21 and 1121 (this year), 21 (this month),
    t, today, 今天, 明天, 昨天, +7, -1, +2w, +1m.
    """
    text = unicodedata.normalize("NFKC", typed).strip().lower()
    if not text:
        return None
    words = {"t": 0, "today": 0, "今天": 0, "今": 0, "明天": 1, "明": 1, "昨天": -1, "后天": 2, "tomorrow": 1}
    if text in words:
        return today + timedelta(days=words[text])
    if moved := re.fullmatch(r"([+-]\d{1,4})\s*([dwm天周月]?)", text):
        count, unit = int(moved[1]), moved[2]
        if unit in ("m", "月"):
            return _months_later(today, count)
        return today + timedelta(days=count * (7 if unit in ("w", "周") else 1))
    parts = [int(part) for part in re.split(r"[-/.年月日 ]+", text) if part.isdecimal()]
    if re.fullmatch(r"\d{1,8}([-/.年月日 ]+\d{1,4}){0,2}[日号]?", text) is None:
        raise ValueError(typed)
    if len(parts) == 1 and len(text) == 8:
        parts = [int(text[:4]), int(text[4:6]), int(text[6:])]
    elif len(parts) == 1 and len(text) == 4:
        parts = [int(text[:2]), int(text[2:])]
    if len(parts) == 3:
        year = parts[0] + 2000 if parts[0] < 100 else parts[0]
        return date(year, parts[1], parts[2])
    if len(parts) == 2:
        return date(today.year, parts[0], parts[1])
    return date(today.year, today.month, parts[0])


def _months_later(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def clock(typed: str) -> time:
    """``typed`` as a time of day: 14:30, 1430, 14点30, 9, 下午2:30; ValueError if it is none."""
    text = unicodedata.normalize("NFKC", typed).strip().lower()
    later = 0
    for word, hours in (("上午", 0), ("下午", 12), ("晚上", 12), ("pm", 12), ("am", 0)):
        if word in text:
            text, later = text.replace(word, "").strip(), hours
    match = re.fullmatch(r"(\d{1,2})(?:[:点时.](\d{1,2})?分?)?|(\d{2})(\d{2})", text)
    if match is None:
        raise ValueError(typed)
    hours, minutes = int(match[1] or match[3]), int(match[2] or match[4] or 0)
    return time(hours + later if later and hours < 12 else hours, minutes)


def moment(typed: str, now: datetime) -> datetime | None:
    """``typed`` as day and time in the zone of ``now``, None for blank; ValueError if it is none.

    A day alone is meant at 9:00, a time alone today.
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    if not text:
        return None
    first, _, second = text.rpartition(" ")
    if first:
        try:
            found = day(first, now.date())
            at = clock(second)
        except ValueError:
            found, at = day(text, now.date()), time(9)
    elif ":" in text or "点" in text:
        found, at = now.date(), clock(text)
    else:
        found, at = day(text, now.date()), time(9)
    assert found is not None
    return datetime.combine(found, at, now.tzinfo)


def plain_digits(value: Decimal, least: int = 0) -> str:
    """``value`` without exponent and needless zeros, but at least ``least`` decimals, with separators."""
    text = f"{value:,f}"
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(least, "0")
    return f"{whole}.{fraction}" if fraction else whole
