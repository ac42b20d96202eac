"""Numbers and days as people type them."""

from __future__ import annotations

import contextlib
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.typed import clock, day, moment, number, plain_digits

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=timezone(timedelta(hours=8)))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1,234.5", "1234.5"),
        ("１２３．５", "123.5"),
        ("12*3", "36"),
        ("12×3", "36"),
        ("(5+1)/2", "3"),
        ("-7", "-7"),
        ("¥1,200", "1200"),
        ("13%", "13"),
        ("2-3-4", "-5"),
        ("12345678901234567.89", "12345678901234567.89"),
        (".5", "0.5"),
    ],
)
def test_numbers_are_exact(typed: str, meant: str) -> None:
    assert number(typed) == Decimal(meant)


@pytest.mark.parametrize(
    "typed", ["abc", "1..2", "1+", "(1", "1/0", "--", "1e5", "9" * 40, "()", "9" * 20 + "*" + "9" * 20]
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):
        number(typed)


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        number(text)
    with contextlib.suppress(ValueError):
        day(text, TODAY)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**11), max_value=10**11))
def test_what_is_shown_can_be_typed_back(value: Decimal) -> None:
    assert number(plain_digits(value)) == value


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-11-21", date(2026, 11, 21)),
        ("2026/3/1", date(2026, 3, 1)),
        ("20260301", date(2026, 3, 1)),
        ("2026年3月1日", date(2026, 3, 1)),
        ("26.3.1", date(2026, 3, 1)),
        ("11-20", date(2026, 11, 20)),
        ("1120", date(2026, 11, 20)),
        ("5", date(2026, 11, 5)),
        ("5日", date(2026, 11, 5)),
        ("t", TODAY),
        ("今天", TODAY),
        ("明天", date(2026, 11, 22)),
        ("+7", date(2026, 11, 28)),
        ("-1", date(2026, 11, 20)),
        ("+2w", date(2026, 12, 5)),
        ("+3m", date(2027, 2, 21)),
        ("  ", None),
    ],
)
def test_days_in_short(typed: str, meant: date | None) -> None:
    assert day(typed, TODAY) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "2026-13-01",
        "2026-02-30",
        "31-12-2026-1",
        "gestern",
        "11-",
        "1a2",
        "99999999999",
        "2026-99999999999-1",
        "1" * 50,
    ],
)
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):
        day(typed, TODAY)


def test_a_month_later_stays_in_the_month() -> None:
    assert day("+1m", date(2026, 1, 31)) == date(2026, 2, 28)


def test_moments() -> None:
    assert moment("11-22 14:30", NOW) == datetime(2026, 11, 22, 14, 30, tzinfo=NOW.tzinfo)
    assert moment("t 9", NOW) == datetime(2026, 11, 21, 9, 0, tzinfo=NOW.tzinfo)
    assert moment("明天 下午2:30", NOW) == datetime(2026, 11, 22, 14, 30, tzinfo=NOW.tzinfo)
    assert moment("14:30", NOW) == datetime(2026, 11, 21, 14, 30, tzinfo=NOW.tzinfo)
    assert moment("2026-11-25", NOW) == datetime(2026, 11, 25, 9, 0, tzinfo=NOW.tzinfo)
    assert clock("1430").minute == 30
    with pytest.raises(ValueError):
        moment("tomorrow at noon or so", NOW)
