"""The fields at the head of a document's page: captions above editors, Enter walks through them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout

from services.entity import Entity
from services.language import tr
from widgets.base.caption import Caption
from widgets.base.editors.base import Editor


class DocumentFields(QObject):
    """Editors by their keys, in the order in which Enter walks through them."""

    typed = Signal()
    finished = Signal(str)
    """Enter in the field of that key."""

    def __init__(self, entity: Entity, parent: QObject) -> None:
        super().__init__(parent)
        self._entity = entity
        self.editors: dict[str, Editor] = {}
        self.titles: dict[str, str] = {}
        self._captions: dict[Caption, str] = {}

    def grid(
        self, *rows: tuple[tuple[str, str, Editor, int], ...], required: tuple[str, ...] = ()
    ) -> QGridLayout:
        """Rows of (key, title, editor, columns of twelve): the caption above its editor.

        A star stands beside the fields that the entity says are required, and those in ``required``.
        """
        needed = {field.key for field in self._entity.fields if field.required}.union(required)
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(2)
        for column in range(12):
            grid.setColumnStretch(column, 1)
        line = 0
        for row in rows:
            at = 0
            for key, title, editor, span in row:
                caption = Caption(editor, required=key in needed)
                self._captions[caption] = self.titles[key] = title
                grid.addWidget(caption, line, at, 1, span)
                grid.addWidget(editor, line + 1, at, 1, span, Qt.AlignmentFlag.AlignTop)
                self.editors[key] = editor
                editor.changed.connect(partial(self._typed, editor))
                editor.finished.connect(partial(self.finished.emit, key))
                at += span
            grid.setRowMinimumHeight(line + 2, 4)
            line += 3
        return grid

    def step_on(self, key: str) -> bool:
        """The cursor into the next field; False if there is none."""
        keys = list(self.editors)
        for following in keys[keys.index(key) + 1 :]:
            if self.editors[following].isVisible() and self.editors[following].isEnabled():
                self.editors[following].setFocus()
                return True
        return False

    def _typed(self, editor: Editor) -> None:
        editor.set_error(None)
        self.typed.emit()

    def problem(self) -> bool:
        """True, and the cursor there, if a field holds something that is not understood."""
        return any(self.complain(key, editor.problem()) for key, editor in self.editors.items())

    def complain(self, key: str | None, problem: str | None) -> bool:
        """Say ``problem`` at the field; False where there is no such field or no problem."""
        if problem is None or key not in self.editors:
            return False
        self.editors[key].set_error(problem)
        self.editors[key].setFocus()
        return True

    def retranslate(self) -> None:
        """The captions in the language in force."""
        for caption, title in self._captions.items():
            caption.set_title(tr(title))
