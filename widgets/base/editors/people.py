"""Several people of the office in one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from services.language import tr
from widgets.base.editors.choice import DictionarySource, UserEditor
from widgets.base.editors.popup import Option


class PeopleEditor(UserEditor):
    """People as buttons that a click takes out, and a line that finds the next; Backspace in it takes out the last.

    ``value()`` is the list of their ids in the order in which they were picked.
    """

    def __init__(self, dictionary: DictionarySource, parent: QWidget | None = None) -> None:
        self._people: list[int] = []
        self._fixed = False
        self._names = QHBoxLayout()
        self._names.setSpacing(4)
        super().__init__(dictionary, parent)
        self._row.insertLayout(0, self._names)

    def options(self, words: str) -> Sequence[Option]:
        """Who is not among them yet."""
        return [option for option in super().options(words) if option.value not in self._people]

    def value(self) -> object:
        """Ids."""
        return list(self._people)

    def set_value(self, value: object) -> None:
        """Show the people ``value``; None for nobody."""
        self._people = [int(one) for one in value] if isinstance(value, Iterable) else []
        super().set_value(None)
        self._show()

    def words(self, value: object) -> str:
        """Their names."""
        return ", ".join(self.label_of(one) for one in value) if isinstance(value, Iterable) else ""

    def set_read_only(self, read_only: bool) -> None:
        """Names only."""
        self._fixed = read_only
        super().set_read_only(read_only)
        self.line.setVisible(not read_only or not self._people)
        self._show()

    def key_pressed(self, event: QKeyEvent) -> bool:
        """Backspace in the empty line takes out the last one."""
        if event.key() == Qt.Key.Key_Backspace and not self.line.text() and self._people and not self._fixed:
            self._take_out(self._people[-1])
            return True
        return super().key_pressed(event)

    def retranslate(self) -> None:
        """The line says what it is for."""
        super().retranslate()
        self.line.setPlaceholderText(tr("Add a person"))
        self._show()

    def _chosen(self, option: Option) -> None:
        self.set_error(None)
        if isinstance(option.value, int) and option.value not in self._people:
            self._people.append(option.value)
        super().set_value(None)
        self._show()
        self.changed.emit()

    def _take_out(self, user: int) -> None:
        self._people.remove(user)
        self._show()
        self.line.setFocus()
        self.changed.emit()

    def _show(self) -> None:
        while (item := self._names.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for user in self._people:
            name = self.label_of(user)
            button = QPushButton(name if self._fixed else f"{name} ×")
            button.setProperty("chip", "neutral")
            button.setEnabled(not self._fixed)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setToolTip(name if self._fixed else tr("Take out {name}", name=name))
            button.clicked.connect(lambda _checked=False, user=user: self._take_out(user))
            self._names.addWidget(button)
        self.line.setVisible(not self._fixed or not self._people)
