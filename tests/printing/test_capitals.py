"""Amounts in Chinese capitals, against examples of the rule and against an independent reader."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printing.capitals import DIGITS, LARGEST, capitals

UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read(text: str) -> Decimal:
    """The amount that capitals say; a reader that knows nothing of the writer."""
    sign = -1 if text.startswith("负") else 1
    whole, found, rest = text.lstrip("负").removesuffix("整").partition("元")
    if not found:
        whole, rest = "", whole
    cents = sum(
        DIGITS.index(digit) * value
        for unit, value in (("角", 10), ("分", 1))
        for digit in re.findall(f"(.){unit}", rest)
    )
    return sign * (Decimal(_section(whole)) + Decimal(cents) / 100)


def _section(text: str) -> int:
    for unit, value in (("亿", 10**8), ("万", 10**4)):
        if unit in text:
            high, low = text.split(unit, 1) if unit == "亿" else text.rsplit(unit, 1)
            return _section(high) * value + _section(low)
    total = digit = 0
    for sign in text:
        if sign in UNITS:
            total += digit * UNITS[sign]
            digit = 0
        else:
            digit = DIGITS.index(sign)
    return total + digit


@pytest.mark.req("PLT-53")
@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.5", "伍角整"),
        ("1.05", "壹元零伍分"),
        ("10", "壹拾元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("27920", "贰万柒仟玖佰贰拾元整"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("1000010000", "壹拾亿零壹万元整"),
        ("100100100", "壹亿零壹拾万零壹佰元整"),
        ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ("1000000000000", "壹万亿元整"),
        ("-7100.05", "负柒仟壹佰元零伍分"),
        ("2.345", "贰元叁角伍分"),
        ("-0.001", "零元整"),
    ],
)
def test_examples(amount: str, words: str) -> None:
    assert capitals(Decimal(amount)) == words


@given(st.decimals(-LARGEST, LARGEST, places=2, allow_nan=False))
def test_read_back(amount: Decimal) -> None:
    assert read(capitals(amount)) == amount


@given(st.decimals(Decimal(0), LARGEST, places=2, allow_nan=False))
def test_form(amount: Decimal) -> None:
    words = capitals(amount)
    assert "零零" not in words
    assert words.endswith(("整", "分"))
    assert ("分" in words) != words.endswith("整")
    assert not re.search("[拾佰仟万亿][拾佰仟]|零[拾佰仟万亿角分整]", words)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "10000000000000000"])
def test_no_words(amount: str) -> None:
    with pytest.raises(ValueError):
        capitals(Decimal(amount))
