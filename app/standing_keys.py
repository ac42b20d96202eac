"""Keys that every list, form and document has, for the page of all shortcuts (F1), whatever tabs are open."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QKeySequence

from services.language import mark, tr
from widgets.base.shortcuts_page import Keys

LISTS: Final = (
    ("Ctrl+F", mark("To the search box")),
    ("Ctrl+Shift+F", mark("Another condition")),
    ("Ctrl+Alt+F", mark("Advanced search")),
    ("Ctrl+A", mark("Tick the rows of the page")),
    ("Ctrl+G", mark("Go to a page by its number")),
    ("Alt+Left", mark("Previous page")),
    ("Alt+Right", mark("Next page")),
    ("F5", mark("Read again")),
)
FORMS: Final = (
    ("Ctrl+S", mark("Save")),
    ("Ctrl+Shift+S", mark("Save and new")),
    ("F5", mark("Read again")),
)
DOCUMENTS: Final = (
    ("Ctrl+S", mark("Save")),
    ("F9", mark("Confirm")),
    ("Ctrl+P", mark("Print")),
    ("F5", mark("Read again")),
)
PARTS: Final = (
    (mark("In every list"), LISTS),
    (mark("In every form"), FORMS),
    (mark("In orders and other documents"), DOCUMENTS),
)


def standing_keys() -> list[Keys]:
    """The lines of the page, in the language in force."""
    native = QKeySequence.SequenceFormat.NativeText
    return [
        Keys(tr(part), QKeySequence(keys).toString(native), tr(title))
        for part, lines in PARTS
        for keys, title in lines
    ]
