"""Amounts in Chinese capitals (人民币大写), as bank papers and receipts demand them.

After the payment rules (支付结算办法, annex 1): 元 and 角 are followed by 整, 分 never is (after
角 the rule leaves it open; with 整 nothing can be added behind); one 零 stands for any run of zeros between
digits; when 角 is zero and 分 is not, 零 follows 元.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
PLACES: Final = ("", "拾", "佰", "仟")
LARGEST: Final = Decimal("9999999999999999.99")
"""The largest amount the database holds: numeric(18, 2)."""

_CENT = Decimal("0.01")


def capitals(amount: Decimal) -> str:
    """``amount`` in CNY as capitals, rounded half up to the cent.

    1680.32 is 壹仟陆佰捌拾元叁角贰分, 0 is 零元整, -7 is 负柒元整. ValueError beyond ``LARGEST`` or if the
    amount is not a number.
    """
    if not amount.is_finite() or abs(amount) > LARGEST:
        raise ValueError(f"no capitals for {amount}")
    cents = int(amount.quantize(_CENT, rounding=ROUND_HALF_UP) * 100)
    sign = "负" if cents < 0 else ""
    yuan, rest = divmod(abs(cents), 100)
    tenth, hundredth = divmod(rest, 10)
    text = f"{_whole(yuan)}元" if yuan else ""
    if not rest:
        return sign + (text or "零元") + "整"
    if tenth:
        text += f"{DIGITS[tenth]}角"
    elif yuan:
        text += DIGITS[0]
    return sign + text + (f"{DIGITS[hundredth]}分" if hundredth else "整")


def _whole(number: int) -> str:
    """A number below 10^16 without unit; empty for 0."""
    return _joined(*divmod(number, 10**8), unit="亿", limit=10**7)


def _ten_thousands(number: int) -> str:
    """A number below 10^8."""
    return _joined(*divmod(number, 10**4), unit="万", limit=10**3)


def _joined(high: int, low: int, *, unit: str, limit: int) -> str:
    """``high`` units and ``low``; 零 between them when the highest place of ``low`` (``limit``) is empty."""
    part = _ten_thousands if unit == "亿" else _thousands
    text = part(high) + unit if high else ""
    if high and 0 < low < limit:
        text += DIGITS[0]
    return text + part(low)


def _thousands(number: int) -> str:
    """A number below 10^4."""
    text = ""
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            text += DIGITS[digit] + PLACES[place]
        elif text and number % 10**place and not text.endswith(DIGITS[0]):
            text += DIGITS[0]
    return text
