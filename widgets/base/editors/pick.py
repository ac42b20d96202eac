"""Fields whose value is picked from a list that is found by typing: the base of choice, user, region, reference."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from services.language import tr
from widgets.base.editors.base import Editor
from widgets.base.editors.popup import Option, PickPopup


class PickEditor(Editor):
    """One line that finds options while typing. Down or F2 shows them all; emptying the line empties the field.

    What was typed and not picked is no value: leaving the field picks the only exact match, or says so.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit()
        self.take_input(self.line)
        self.arrow = self.inside(self.line, "chevron-down", self._arrow_clicked)
        self.popup = PickPopup(self.line)
        self.popup.chosen.connect(self._chosen)
        self.line.textEdited.connect(self._typed)
        self._value: object = None
        self._open = False
        self.retranslate()

    # -- for subclasses

    def options(self, words: str) -> Sequence[Option]:
        """What ``words`` find; everything for none."""
        raise NotImplementedError

    def label_of(self, value: object) -> str:
        """What ``value`` is called."""
        raise NotImplementedError

    def words(self, value: object) -> str:
        """Its label."""
        return "" if value is None else self.label_of(value)

    # -- the protocol

    def value(self) -> object:
        """What was picked."""
        return self._value

    def set_value(self, value: object) -> None:
        """Show ``value``."""
        self._value = value
        self._open = False
        self.line.setText("" if value is None else self.label_of(value))
        self.line.setCursorPosition(0)
        self.popup.hide()

    def set_read_only(self, read_only: bool) -> None:
        """Read-only text can still be marked and copied."""
        self.line.setReadOnly(read_only)
        self.arrow.setVisible(not read_only)

    def problem(self) -> str | None:
        """Something was typed that was not picked."""
        if self._open and self.line.text().strip():
            return tr("Pick one from the list; “{text}” is not in it.", text=self.line.text().strip())
        return None

    def left(self) -> None:
        """The list closes; an exact match counts as picked."""
        self.popup.hide()
        if not self._open:
            return
        text = self.line.text().strip()
        exact = [o for o in self.popup.options if not o.action and o.label.casefold() == text.casefold()]
        if len(exact) == 1:
            self._chosen(exact[0])
        elif text:
            self.set_error(self.problem())

    def retranslate(self) -> None:
        """Name the button; the value in the language in force."""
        self.arrow.setToolTip(tr("Show the list (F2)"))
        self.arrow.setText(tr("Show the list (F2)"))
        if not self._open and self._value is not None:
            self.line.setText(self.label_of(self._value))

    def key_pressed(self, event: QKeyEvent) -> bool:
        """F2 and Down show the list."""
        if event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Down) and not self.popup.isVisible():
            self.show_list("")
            return True
        return super().key_pressed(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click into an empty field shows what may be picked."""
        if (
            watched is self._marked
            and event.type() == QEvent.Type.MouseButtonRelease
            and self._value is None
            and not self.line.text()
        ):
            QTimer.singleShot(0, self, lambda: self.show_list(""))
        return super().eventFilter(watched, event)

    def show_list(self, words: str) -> None:
        """Find ``words`` and show what was found, what is picked now being marked."""
        if self.line.isReadOnly():
            return
        found = list(self.options(words))
        marked = next((n for n, o in enumerate(found) if o.value == self._value and not words), 0)
        self.popup.offer(found, select=marked)

    def _arrow_clicked(self) -> None:
        self.line.setFocus()
        self.line.selectAll()
        if self.popup.isVisible():
            self.popup.hide()
        else:
            self.show_list("")

    def _typed(self, text: str) -> None:
        self.set_error(None)
        self._open = True
        if not text.strip():
            self._value = None
            self._open = False
        self.show_list(text)
        self.changed.emit()

    def _chosen(self, option: Option) -> None:
        self.set_error(None)
        self.set_value(option.value)
        self.changed.emit()
