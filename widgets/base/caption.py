"""The caption of an input, with a red star where it has to be filled in."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from services.language import tr
from widgets.base.editors.base import Editor


class Caption(QWidget):
    """The words above ``editor``. Whoever listens to the page hears that it is required, too."""

    def __init__(self, editor: Editor | None = None, *, required: bool = False) -> None:
        super().__init__()
        self.setProperty("clear", True)
        self.required = required
        self._editor = editor
        self.label = QLabel()
        self.label.setProperty("role", "small")
        self.star = QLabel("*")
        self.star.setProperty("tone", "bad")
        if not required:
            self.star.hide()
        # taller than the small label beside it, it would push its input below those in the same row
        self.star.setFixedHeight(self.label.sizeHint().height())
        if editor is not None:
            self.label.setBuddy(editor)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.label)
        row.addWidget(self.star)
        row.addStretch(1)

    def set_title(self, title: str) -> None:
        """Show ``title``, in the language in force already."""
        self.label.setText(title)
        self.star.setToolTip(tr("Required"))
        target = self._editor.input() if self._editor is not None else None
        if target is not None:
            target.setAccessibleName(f"{title} ({tr('Required')})" if self.required else title)
