"""Tab goes through a form as one reads it: from top to bottom, from left to right."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QPushButton, QScrollArea, QWidget

from app.workplace import Workplace
from tests.app.windows import new_pages

NEAR = 6
"""Pixels by which things of one row may be off."""
MOST = 80
"""Stops of the longest form."""


@dataclass(frozen=True)
class Stop:
    """Where the keyboard was; no widget is held, some of them belong to Qt."""

    name: str
    place: QRect


def stops(page: QWidget) -> list[Stop]:
    """Where Tab leads from the field that has the keyboard when ``page`` was opened, up to its grid or its end."""
    found: list[Stop] = []
    for _ in range(MOST):
        widget = QApplication.focusWidget()
        if widget is None or not page.isAncestorOf(widget):
            break
        # within what scrolls: Tab brings into sight what it leads to
        area = next((a for a in page.findChildren(QScrollArea) if a.widget().isAncestorOf(widget)), None)
        ground = page if area is None else area.widget()
        place = QRect(widget.mapTo(ground, QPoint(0, 0)), widget.size())
        stop = Stop(f"{type(widget).__name__} {widget.accessibleName()!r}", place)
        if stop in found or (area is None and isinstance(widget, QPushButton)):
            break  # round once, or at the buttons of the head: what comes after the last field
        found.append(stop)
        if isinstance(widget, QAbstractItemView) or isinstance(widget.parentWidget(), QAbstractItemView):
            break  # Tab goes on from cell to cell there
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    return found


def backwards(one: QRect, other: QRect) -> bool:
    """Whether going from ``one`` to ``other`` goes against reading: up in the same column, or left in the same row.
    From the foot of a column to the head of the next one is reading too."""
    if other.bottom() < one.top() + NEAR:
        return other.left() < one.right() - NEAR
    same_row = other.top() < one.bottom() - NEAR and one.top() < other.bottom() - NEAR
    return same_row and other.right() < one.left() + NEAR


@pytest.mark.req("PLT-07")
@pytest.mark.parametrize("width", [1024, 1366, 2560])
def test_tab_follows_what_is_seen_in_every_form(place: Workplace, width: int) -> None:
    place.window.resize(width, 900)
    wrong: list[str] = []
    walked = 0
    for entity, page in new_pages(place):
        found = stops(page)
        assert found, f"nothing in {entity.key} has the keyboard"
        walked += len(found)
        wrong += [
            f"{entity.key}: {one.name} {one.place.getRect()} → {other.name} {other.place.getRect()}"
            for one, other in pairwise(found)
            if backwards(one.place, other.place)
        ]
    assert walked > 100
    assert not wrong, "\n".join(wrong)
