"""The page that lists every shortcut (F1): what is in force, read from the actions themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from services.language import tr
from widgets.base.sought_page import SoughtPage


@dataclass(frozen=True, slots=True)
class Keys:
    """One line: where it works, the keys as text, what they do; titles in the language in force."""

    group: str
    keys: str
    title: str


def collect(root: QWidget, group_of: Callable[[QWidget], str]) -> list[Keys]:
    """Shortcuts of all QActions and QShortcuts under ``root``, none twice.

    ``group_of`` names the part of the program that a widget belongs to; an action's own property ``part``
    (a source string) comes first. A QShortcut is listed if its
    ``whatsThis`` says what it does.
    """
    found: dict[Keys, None] = {}
    for action in root.findChildren(QAction):
        owner = next((thing for thing in action.associatedObjects() if isinstance(thing, QWidget)), None)
        title = action.text().replace("&", "").removesuffix("…")
        for sequence in action.shortcuts():
            if title and action.isVisible():
                part = action.property("part")
                group = tr(part) if part else group_of(owner or root)
                found[Keys(group, _text(sequence), title)] = None
    for shortcut in root.findChildren(QShortcut):
        above = shortcut.parent()
        if shortcut.whatsThis():
            group = group_of(above if isinstance(above, QWidget) else root)
            sequences = shortcut.keys()
            for sequence in sequences:
                found[Keys(group, _text(sequence), shortcut.whatsThis())] = None
    return list(found)


def _text(sequence: QKeySequence) -> str:
    return sequence.toString(QKeySequence.SequenceFormat.NativeText)


class ShortcutsPage(SoughtPage):
    """Cards of shortcuts, one per part of the program, with a filter."""

    def __init__(self, lines: Callable[[], Sequence[Keys]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines
        self._inner = QWidget()
        self._inner.setProperty("clear", True)
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(12)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self._inner)
        self.body.addWidget(scroll)
        self.retranslate()

    def title(self) -> str:
        """Text of the tab."""
        return tr("Keyboard shortcuts")

    def on_shown(self) -> None:
        """Other pages may have brought other keys."""
        self.fill()

    def shown(self) -> list[Keys]:
        """Lines that pass the filter, group by group."""
        wanted = self.search.text().strip().lower()
        return [line for line in self._lines() if wanted in f"{line.group} {line.title} {line.keys}".lower()]

    def fill(self) -> None:
        """Lay the cards out anew."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        groups: dict[str, list[Keys]] = {}
        for line in self.shown():
            groups.setdefault(line.group, []).append(line)
        heights = [0, 0, 0]
        columns = [QVBoxLayout() for _ in heights]
        for number, column in enumerate(columns):
            column.setSpacing(12)
            holder = QWidget()
            holder.setProperty("clear", True)
            column.setContentsMargins(0, 0, 0, 0)
            holder.setLayout(column)
            self._grid.addWidget(holder, 0, number)
            self._grid.setColumnStretch(number, 1)
        for group, lines in groups.items():
            shortest = heights.index(min(heights))
            heights[shortest] += len(lines) + 2
            columns[shortest].addWidget(_card(group, lines))
        for column in columns:
            column.addStretch(1)

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.search.setPlaceholderText(tr("Find a key or what it does"))
        super().retranslate()


def _card(group: str, lines: Sequence[Keys]) -> QFrame:
    card = QFrame()
    card.setProperty("card", True)
    grid = QGridLayout(card)
    grid.setContentsMargins(12, 8, 12, 12)
    grid.setVerticalSpacing(8)
    grid.setHorizontalSpacing(12)
    heading = QLabel(group)
    heading.setProperty("role", "heading")
    grid.addWidget(heading, 0, 0, 1, 2)
    for row, line in enumerate(lines, start=1):
        title = QLabel(line.title)
        title.setWordWrap(True)
        keys = QLabel(line.keys)
        keys.setProperty("role", "key")
        grid.addWidget(title, row, 0)
        grid.addWidget(keys, row, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    grid.setColumnStretch(0, 1)
    return card
