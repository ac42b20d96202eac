"""The head of a form: what the record is called, how it stands, who else is there, what can be done."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from services.language import tr
from widgets.base.card import Elided
from widgets.base.icons import icon
from widgets.base.title_row import TitleRow


class FormHead(QWidget):
    """Heading, chip, buttons. ``show_state`` sets all texts; the form owns what they do."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = Elided()
        self.heading.setProperty("role", "title")
        self.chip = QLabel()
        self.chip.setProperty("chip", "neutral")
        self.save, self.save_and_new, self.revert = QPushButton(), QPushButton(), QPushButton()
        self.save.setProperty("primary", True)
        for button, name, token in (
            (self.save, "save", "on_accent"),
            (self.save_and_new, "plus", "muted"),
            (self.revert, "undo-2", "muted"),
        ):
            button.setIcon(icon(name, token))
            button.setIconSize(QSize(16, 16))
        self._state = ("", False, False, False, False)
        self._row = TitleRow(self)
        for widget in (self.heading, self.chip):
            self._row.addWidget(widget)
        self._row.begin_actions()
        for button in self.buttons:
            self._row.addWidget(button)

    @property
    def buttons(self) -> tuple[QPushButton, QPushButton, QPushButton]:
        """Save, save and new, revert."""
        return self.save, self.save_and_new, self.revert

    def add_button(self, button: QPushButton) -> None:
        """A further button of one kind of record, behind those of all forms."""
        self._row.addWidget(button)

    def set_presence(self, label: QWidget) -> None:
        """Put the chip with other people's names behind the heading."""
        self._row.add_chip(label)

    def show_state(self, title: str, *, dirty: bool, saving: bool, unanswered: bool, comparing: bool) -> None:
        """``unanswered``: a save was sent and the connection was lost before the answer. ``comparing``: a choice
        between two people's values is shown, which has buttons of its own."""
        self._state = (title, dirty, saving, unanswered, comparing)
        self.retranslate()

    def retranslate(self) -> None:
        """Every text in the language in force."""
        title, dirty, saving, unanswered, comparing = self._state
        self.heading.setText(title)
        if saving:
            chip = tr("Saving…")
        elif unanswered:
            chip = tr("Not known whether it was saved")
        else:
            chip = tr("Not saved") if dirty else ""
        self.chip.setText(chip)
        self.chip.setVisible(bool(chip))
        again = unanswered and not saving
        self.save.setText(tr("Saving…") if saving else tr("Save again") if again else tr("Save"))
        self.save.setToolTip(
            tr("The same request is sent once more; it is done once, however often it is sent.")
            if again
            else tr("Save (Ctrl+S)")
        )
        self.save.setEnabled(not saving and not comparing)
        self.save_and_new.setText(tr("Save and new"))
        self.save_and_new.setToolTip(tr("Save and begin another (Ctrl+Shift+S)"))
        self.save_and_new.setEnabled(not saving and not comparing)
        self.revert.setText(tr("Revert"))
        self.revert.setToolTip(tr("Back to what is stored"))
        self.revert.setEnabled(dirty and not saving and not comparing)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
