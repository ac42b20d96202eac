"""A dialog that asks why."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from widgets.base.input_dialog import InputDialog


class ReasonDialog(InputDialog):
    """Asks ``question`` for a few words. ``needed``: OK waits for them."""

    def __init__(self, title: str, question: str, parent: QWidget, *, needed: bool = False) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.said = QLineEdit()
        self.said.setMaxLength(400)
        label = QLabel(question)
        label.setWordWrap(True)
        label.setBuddy(self.said)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(10)
        for widget in (label, self.said, self.buttons):
            layout.addWidget(widget)
        self.resize(420, 140)
        if needed:
            ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
            ok.setEnabled(False)
            self.said.textChanged.connect(lambda text: ok.setEnabled(bool(text.strip())))
