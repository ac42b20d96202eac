"""Step 4: the import runs, and what came of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from services.importing.running import Outcome, Undone
from services.language import tr
from widgets.base.icons import icon
from widgets.base.import_wizard.check_step import Figure


class ResultStep(QWidget):
    """Progress with cancel; then figures and what can be done with the result."""

    cancelled = Signal()
    open_wanted = Signal()
    rejects_wanted = Signal(Path)
    undo_wanted = Signal()
    another_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outcome: Outcome | None = None
        self._undone: Undone | None = None
        self._done, self._total, self._running = 0, 0, False
        self._picture = QLabel()
        self._headline = QLabel()
        self._headline.setProperty("role", "title")
        self._note = QLabel()
        self._note.setProperty("role", "muted")
        self._note.setWordWrap(True)
        self.bar = QProgressBar()
        self.cancel = QPushButton()
        self.cancel.setIcon(icon("circle-stop", "bad"))
        self.cancel.clicked.connect(self.cancelled)
        self.figures = [Figure() for _ in range(5)]
        self.open_list = QPushButton()
        self.open_list.setIcon(icon("list"))
        self.open_list.clicked.connect(self.open_wanted)
        self.save_rejects = QPushButton()
        self.save_rejects.setIcon(icon("download"))
        self.save_rejects.clicked.connect(self._save)
        self.undo = QPushButton()
        self.undo.setIcon(icon("undo-2", "bad"))
        self.undo.setProperty("danger", True)
        self.undo.clicked.connect(self.undo_wanted)
        self.another = QPushButton()
        self.another.setIcon(icon("file-spreadsheet"))
        self.another.clicked.connect(self.another_wanted)
        self._figures = QWidget()
        self._buttons = QWidget()
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        card = QFrame()
        card.setProperty("card", True)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._headline)
        words.addWidget(self._note)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        head.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignVCenter)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(16, 16, 16, 16)
        inside.setSpacing(12)
        inside.addLayout(head)
        inside.addWidget(self.bar)
        figures = QHBoxLayout(self._figures)
        figures.setContentsMargins(0, 0, 0, 0)
        figures.setSpacing(8)
        for figure in self.figures:
            figures.addWidget(figure, 1)
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(8)
        for button in (self.open_list, self.save_rejects, self.another):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.undo)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(card)
        layout.addWidget(self._figures)
        layout.addWidget(self._buttons)
        layout.addStretch(1)

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save the refused rows"), tr("Refused rows") + ".xlsx", tr("Excel workbook (*.xlsx)")
        )
        if name:
            self.rejects_wanted.emit(Path(name))

    # What the page shows

    def show_running(self, total: int) -> None:
        """The import has begun; ``total`` rows are known from the check."""
        self._outcome = self._undone = None
        self._running, self._done, self._total = True, 0, total
        self.bar.setRange(0, total)
        self.bar.setValue(0)
        self.retranslate()
        self.cancel.setFocus()

    def show_progress(self, done: int) -> None:
        """``done`` rows are written."""
        self._done = done
        self.bar.setValue(done)
        self._say()

    def show_outcome(self, outcome: Outcome) -> None:
        """The import is done."""
        self._running, self._outcome = False, outcome
        self.retranslate()
        (self.open_list if outcome.created or outcome.updated else self.another).setFocus()

    def show_undone(self, undone: Undone) -> None:
        """The import was taken back."""
        self._running, self._undone = False, undone
        self.retranslate()
        self.another.setFocus()

    def show_stopped(self) -> None:
        """It did not come to an end: nothing was changed."""
        self._running = False
        self.retranslate()

    def _say(self) -> None:
        if self._running:
            self._headline.setText(tr("Importing…"))
            self._note.setText(tr("{done} of {total} rows", done=f"{self._done:,}", total=f"{self._total:,}"))
        elif self._undone is not None:
            kept = sum(len(ids) for ids in self._undone.kept.values())
            self._headline.setText(tr("The import was undone"))
            text = tr(
                "{recycled} records went to the recycle bin, {restored} got their values back.",
                recycled=f"{self._undone.recycled:,}",
                restored=f"{self._undone.restored:,}",
            )
            if kept:
                text += tr(
                    " {count} stay: somebody has worked on them since, or other records refer to them.",
                    count=f"{kept:,}",
                )
            self._note.setText(text)
        elif self._outcome is not None:
            good = self._outcome.created + self._outcome.updated + self._outcome.companions
            self._headline.setText(tr("The import is done") if good else tr("Nothing was imported"))
            self._note.setText(
                tr("Refused rows can be saved with their reasons, corrected and imported again.")
                if self._outcome.rejects
                else tr("Every row was taken or existed already.")
            )
        else:
            self._headline.setText(tr("Nothing was imported"))
            self._note.setText(tr("Go back to change something, or choose another file."))

    def retranslate(self) -> None:
        """Texts in the language in force."""
        outcome = self._outcome if self._undone is None else None
        fine = self._outcome is not None or self._running
        name, tone = ("circle-check", "good") if fine else ("circle-alert", "waiting")
        self._picture.setPixmap(
            icon("clock" if self._running else name, "link" if self._running else tone).pixmap(QSize(28, 28))
        )
        self._say()
        self.bar.setVisible(self._running)
        self.cancel.setVisible(self._running)
        self._figures.setVisible(outcome is not None)
        if outcome is not None:
            made = sum(outcome.made.values())
            for figure, (title, value, tone) in zip(
                self.figures,
                (
                    (tr("Created"), outcome.created, "good"),
                    (tr("Updated"), outcome.updated, "link"),
                    (tr("Skipped"), outcome.skipped, "waiting"),
                    (tr("Refused"), outcome.rejected, "bad"),
                    (tr("Made on the way"), outcome.companions + made, "good"),
                ),
                strict=True,
            ):
                figure.show_figure(title, value, tone)
            self.figures[4].setVisible(bool(outcome.companions + made))
        self._buttons.setVisible(not self._running)
        self.open_list.setVisible(outcome is not None and bool(outcome.created or outcome.updated))
        self.save_rejects.setVisible(outcome is not None and bool(outcome.rejects))
        self.undo.setVisible(
            outcome is not None and bool(outcome.created or outcome.updated or outcome.companions)
        )
        self.cancel.setText(tr("Cancel"))
        self.open_list.setText(tr("Show the imported records"))
        self.save_rejects.setText(tr("Save the refused rows…"))
        self.undo.setText(tr("Undo this import"))
        self.another.setText(tr("Import another file"))

    def changeEvent(self, event: QEvent) -> None:
        """Another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
