"""The generic form with something beside it: what a product costs and where it lies, and the like."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from widgets.base.record_form import RecordForm
from widgets.base.style import text_size

WIDE = 860
"""Narrower than this, the form needs all the room."""


class FormWithSide(QWidget):
    """A page of the workspace that asks its form everything."""

    title_changed = Signal()
    dirty_changed = Signal()
    saved = Signal(int)
    close_wanted = Signal()
    others_changed = Signal(object)

    def __init__(self, form: RecordForm, side: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form, self.side = form, side
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(0)
        layout.addWidget(form, 3)
        layout.addWidget(side, 1)
        form.title_changed.connect(self.title_changed)
        form.dirty_changed.connect(self.dirty_changed)
        form.saved.connect(self.saved)
        form.close_wanted.connect(self.close_wanted)
        form.others_changed.connect(self.others_changed)
        self.setFocusProxy(form)

    @property
    def record_id(self) -> int | None:
        """The record's id."""
        return self.form.record_id

    def title(self) -> str:
        """Text of the tab."""
        return self.form.title()

    def dirty(self) -> bool:
        """Whether typed input is not saved."""
        return self.form.dirty()

    def can_close(self) -> bool:
        """Asked before closing."""
        return self.form.can_close()

    def on_shown(self) -> None:
        """To the front."""
        self.form.on_shown()

    def others(self) -> list[str]:
        """Who else has the record open."""
        return self.form.others()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The side gives way."""
        super().resizeEvent(event)
        self.side.setVisible(self.width() >= WIDE * max(1.0, text_size() / 13))
