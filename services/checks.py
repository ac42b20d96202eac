"""What fields check before anything is sent: each returns a template that says what is wrong, or None."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from services.language import mark
from services.regions import region

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PHONE = re.compile(r"(?:[0-9０-９].*){3}")
_TAX = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17,18}|[0-9A-Z]{20}", re.IGNORECASE)


def check_email(value: str) -> str | None:
    """Says what is wrong with an e-mail address."""
    return None if _EMAIL.fullmatch(value) else mark("This is no e-mail address.")


def check_phone(value: str) -> str | None:
    """Says what is wrong with a phone number. Extensions, several numbers and names beside them are usual, and some
    numbers of a house have three digits only."""
    return None if _PHONE.search(value) else mark("A phone number has at least three digits.")


def check_region(value: str) -> str | None:
    """Says what is wrong with the code of a division."""
    return None if region(value) is not None else mark("This is no region of China.")


def check_tax_number(value: str) -> str | None:
    """Says what is wrong with a taxpayer's number (统一社会信用代码 18, older ones 15, 17 or 20 characters)."""
    return None if _TAX.fullmatch(value) else mark("A tax number has 15, 17, 18 or 20 letters and digits.")


def check_not_negative(value: Decimal | int) -> str | None:
    """Says what is wrong with a number below zero."""
    return mark("This must not be below zero.") if value < 0 else None


LONGEST_TERM: Final = 3_000
"""Days: who orders a year ahead is still to pay within the ten years that a document may promise (app.last_day)."""


def check_term(value: int) -> str | None:
    """Says what is wrong with a number of days to pay in."""
    if value > LONGEST_TERM:
        return mark("A term is 3,000 days at the longest.")
    return check_not_negative(value)
