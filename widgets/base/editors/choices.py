"""Several choices of the dictionary at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from services.session import Dictionary
from widgets.base.editors.base import Editor
from widgets.base.style import text_size


class ChoicesEditor(Editor):
    """Boxes to tick, all in sight. The value is the list of ticked keys in the dictionary's order, None for none.

    A choice that is switched off has a box only while the record holds it.
    """

    def __init__(
        self, dictionary: Callable[[], Dictionary], kind: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._dictionary, self._kind = dictionary, kind
        self._read_only = False
        self.boxes: dict[str, QCheckBox] = {}
        self._area = QWidget()
        self._grid = QGridLayout(self._area)
        self._grid.setContentsMargins(0, 2, 0, 2)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self.take_input(self._area)
        self.set_value(None)

    def value(self) -> object:
        """The keys that are ticked."""
        return [key for key, box in self.boxes.items() if box.isChecked()] or None

    def set_value(self, value: object) -> None:
        """Tick ``value``, a sequence of keys."""
        held = [str(key) for key in value] if isinstance(value, list | tuple) else []
        wanted = [
            choice for choice in self._dictionary().ever(self._kind) if choice.active or choice.key in held
        ]
        if [choice.key for choice in wanted] != list(self.boxes):
            for box in self.boxes.values():
                self._grid.removeWidget(box)
                box.deleteLater()
            self.boxes = {choice.key: self._box() for choice in wanted}
            self.setFocusProxy(next(iter(self.boxes.values()), self._area))
            self._place()
        for key, box in self.boxes.items():
            box.setChecked(key in held)
        self.retranslate()

    def words(self, value: object) -> str:
        """Their names."""
        return self._dictionary().labels(value) if isinstance(value, list | tuple) else ""

    def set_read_only(self, read_only: bool) -> None:
        """Grey."""
        self._read_only = read_only
        for box in self.boxes.values():
            box.setEnabled(not read_only)

    def retranslate(self) -> None:
        """Names of the choices."""
        for key, box in self.boxes.items():
            box.setText(self._dictionary().label(key))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many side by side as fit."""
        super().resizeEvent(event)
        self._place()

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:  # type: ignore[override]
        """The boxes look after their keys themselves."""
        return False

    def _box(self) -> QCheckBox:
        box = QCheckBox()
        box.setEnabled(not self._read_only)
        box.clicked.connect(self._clicked)
        return box

    def _place(self) -> None:
        columns = max(1, self.width() // (9 * text_size()))
        for place, box in enumerate(self.boxes.values()):
            self._grid.addWidget(box, place // columns, place % columns)
        self._grid.setColumnStretch(columns, 1)

    def _clicked(self) -> None:
        self.set_error(None)
        self.changed.emit()
