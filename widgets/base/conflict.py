"""Somebody else changed the record: field by field what it was, what I typed, what it is now; one is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from services.entity import Entity
from services.language import tr
from services.lookup import labels
from services.merging import Difference
from widgets.base.client import Client
from widgets.base.editors import ReferenceEditor
from widgets.base.tasks import Control, Task


class ConflictPanel(QWidget):
    """Lets a person choose per field. ``words(key, value)`` writes a value, ``title(key)`` names a field.

    A field that only one of the two changed is chosen already; one that both changed waits for a choice.
    """

    decided = Signal(object)
    """Carries {field key: value} of all fields shown."""
    back = Signal()

    def __init__(
        self,
        fields: Sequence[Difference],
        *,
        who: str,
        title: Callable[[str], str],
        words: Callable[[str, Any], str],
        saves: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """``saves``: what is chosen is saved at once; else it is put into the form."""
        super().__init__(parent)
        self.fields = tuple(fields)
        self._saves = saves
        self._who, self._title, self._words = who, title, words
        self._rows: dict[str, tuple[QLabel, QLabel, QRadioButton, QRadioButton]] = {}
        self._intro, self._heads = QLabel(), [QLabel() for _ in range(4)]
        self._intro.setWordWrap(True)
        self._all_mine, self._all_theirs = QPushButton(), QPushButton()
        self.save_button, self.back_button = QPushButton(), QPushButton()
        self.save_button.setProperty("primary", True)
        self._build()
        self._all_mine.clicked.connect(lambda: self._choose_all(mine=True))
        self._all_theirs.clicked.connect(lambda: self._choose_all(mine=False))
        self.save_button.clicked.connect(self._decide)
        self.back_button.clicked.connect(self.back)
        self.retranslate()
        self._enable()

    def _build(self) -> None:
        card = QFrame()
        card.setProperty("card", True)
        grid = QGridLayout(card)
        grid.setContentsMargins(12, 12, 12, 12)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for column, head in enumerate(self._heads):
            head.setProperty("role", "small")
            grid.addWidget(head, 0, column)
            grid.setColumnStretch(column, 0 if column == 0 else 1)
        for number, each in enumerate(self.fields, 1):
            self._add_row(grid, number, each)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        inner = QWidget()
        column_layout = QVBoxLayout(inner)
        column_layout.setContentsMargins(0, 0, 0, 0)
        column_layout.setSpacing(12)
        column_layout.addWidget(card)
        area.setWidget(inner)
        buttons = QHBoxLayout()
        buttons.addWidget(self.save_button)
        buttons.addWidget(self.back_button)
        buttons.addStretch(1)
        buttons.addWidget(self._all_mine)
        buttons.addWidget(self._all_theirs)
        column_layout.addLayout(buttons)
        column_layout.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._intro)
        layout.addWidget(area, 1)

    def _add_row(self, grid: QGridLayout, number: int, each: Difference) -> None:
        name, was = QLabel(), QLabel()
        name.setProperty("role", "heading")
        name.setProperty("tone", "bad" if each.clash else "")
        was.setProperty("role", "muted")
        was.setWordWrap(True)
        for label in (name, was):
            label.setTextFormat(Qt.TextFormat.PlainText)
        mine, theirs = QRadioButton(), QRadioButton()
        group = QButtonGroup(self)
        group.addButton(mine)
        group.addButton(theirs)
        if not each.clash:
            (mine if each.mine != each.was else theirs).setChecked(True)
        group.buttonToggled.connect(self._enable)
        for column, widget in enumerate((name, was, mine, theirs)):
            grid.addWidget(widget, number, column)
        self._rows[each.key] = (name, was, mine, theirs)

    def read_names(self, client: Client, editors: Mapping[str, object]) -> None:
        """Ask what the records are called that the two of them refer to."""
        wanted: dict[str, tuple[Entity, set[int]]] = {}
        for each in self.fields:
            editor = editors.get(each.key)
            if isinstance(editor, ReferenceEditor):
                ids = {value for value in (each.was, each.mine, each.theirs) if isinstance(value, int)}
                wanted[each.key] = editor.entity, ids
        if not wanted:
            return
        database = client.database

        def work(_control: Control) -> dict[str, dict[int, str]]:
            with database.read_session() as session:
                return {key: labels(session, entity, ids) for key, (entity, ids) in wanted.items()}

        def done(found: dict[str, dict[int, str]]) -> None:
            for key, called in found.items():
                editor = editors[key]
                if isinstance(editor, ReferenceEditor):
                    editor.learn(called)
            self.retranslate()

        Task(self, work, done, client.shell.error)

    def choose(self, key: str, *, mine: bool) -> None:
        """Choose one side of one field."""
        _name, _was, my_button, their_button = self._rows[key]
        (my_button if mine else their_button).setChecked(True)

    def choices(self) -> dict[str, Any]:
        """What is chosen so far: {field key: value}."""
        found: dict[str, Any] = {}
        for each in self.fields:
            _name, _was, mine, theirs = self._rows[each.key]
            if mine.isChecked():
                found[each.key] = each.mine
            elif theirs.isChecked():
                found[each.key] = each.theirs
        return found

    def _choose_all(self, *, mine: bool) -> None:
        for each in self.fields:
            if each.clash:
                self.choose(each.key, mine=mine)

    def _enable(self) -> None:
        self.save_button.setEnabled(len(self.choices()) == len(self.fields))

    def _decide(self) -> None:
        self.decided.emit(self.choices())

    def retranslate(self) -> None:
        """Every text in the language in force."""
        who = self._who or tr("Somebody else")
        clashes = sum(each.clash for each in self.fields)
        self._intro.setText(
            tr(
                "{who} changed this record while you were typing. Changed by both of you: {count}. Choose which "
                "value to keep; nothing is overwritten until you save.",
                who=who,
                count=clashes,
            )
            if clashes
            else tr("{who} changed this record while you were typing, but other fields than you.", who=who)
        )
        texts = (tr("Field"), tr("It was"), tr("You typed"), tr("Now, by {who}", who=who))
        for head, text in zip(self._heads, texts, strict=True):
            head.setText(text)
        self._all_mine.setText(tr("All mine"))
        self._all_theirs.setText(tr("All theirs"))
        self.save_button.setText(tr("Save these values") if self._saves else tr("Take these values"))
        self.back_button.setText(tr("Back to the form"))
        empty = tr("(empty)")
        for each in self.fields:
            name, was, mine, theirs = self._rows[each.key]
            name.setText(self._title(each.key))
            for widget, value in ((was, each.was), (mine, each.mine), (theirs, each.theirs)):
                text = self._words(each.key, value) or empty
                # an ampersand would be taken for a shortcut
                widget.setText(text if isinstance(widget, QLabel) else text.replace("&", "&&"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
