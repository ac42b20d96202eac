"""The libraries behind PDF, Word and Excel: large, and needed when something is printed, not before."""

from __future__ import annotations

from importlib import import_module
from typing import Final

MAKERS: Final = (
    "printing.pdf",
    "printing.word",
    "printing.excel",
    "printing.excel_template",
    "printing.list_document",
    "printing.delivery_note",
    "services.tabular",
    "openpyxl",
    "pypdfium2",
)
"""Modules without Qt that bring those libraries. Classes of Qt objects are only made safely where Qt runs."""


def load_makers() -> None:
    """Load them, which takes up to a second the first time. For a pool thread; any thread may call it."""
    for name in MAKERS:
        import_module(name)
