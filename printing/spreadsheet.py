"""Writing values into Excel cells so that they stay values."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, Final

from printing.document import Kind, Value

LONGEST: Final = 32767
"""Characters that one Excel cell holds."""
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def safe_text(text: str) -> str:
    """``text`` without characters that an Office file cannot hold."""
    return _NOT_XML.sub("", text)


def put(cell: Any, value: Value, kind: Kind = Kind.TEXT) -> None:
    """Put ``value`` into an openpyxl ``cell``: numbers and dates as such, text never as a formula.

    Text that begins with = + - @ is marked as quoted, so that it stays text when somebody edits the cell
    or saves the sheet as CSV.
    """
    if value is None or value == "":
        return
    if isinstance(value, str):
        text = safe_text(value)[:LONGEST]
        cell.value = text
        cell.data_type = "s"
        cell.number_format = "@"
        cell.quotePrefix = text.startswith(_DANGEROUS)
    elif isinstance(value, date):
        cell.value = value
        cell.number_format = "yyyy-mm-dd"
    else:
        number = Decimal(value)
        cell.value = number if number.is_finite() else None
        cell.number_format = number_format(number, kind)


def number_format(number: Decimal, kind: Kind) -> str:
    """Excel's format for ``number``; a quantity shows the places it has and no dangling point."""
    if kind is Kind.INTEGER:
        return "0"
    if kind is Kind.AMOUNT:
        return "#,##0.00"
    exponent = number.normalize().as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    if kind is Kind.PRICE:
        places = max(2, places)
    form = "#,##0." + "0" * places if places else "#,##0"
    return f'{form}"%"' if kind is Kind.PERCENT else form
