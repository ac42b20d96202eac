"""The seals over the change history (PLT-34): what was sealed when, and whether anybody altered a line since."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from services.clock import CHINA
from services.commands import Changes
from services.language import mark, tr
from services.system import seals
from widgets.base.client import Client
from widgets.base.simple_page import SimplePage, fill_table, make_table
from widgets.base.tasks import Task


class SealsPage(SimplePage):
    """Sealing, checking, and a head kept outside the server to compare with."""

    name = mark("Seals of the history")
    watched = frozenset({"app.seal"})

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self.seal_button = self.button("stamp", self.seal)
        self.check_button = self.button("shield", self.check, primary=True)
        self.hint, self.label, self.result = QLabel(), QLabel(), QLabel()
        self.hint.setProperty("role", "muted")
        for label in (self.hint, self.result):
            label.setWordWrap(True)
        self.head = QLineEdit()
        self.label.setBuddy(self.head)
        card = QFrame()
        card.setProperty("card", True)
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(10)
        column.addWidget(self.hint)
        line = QHBoxLayout()
        line.addWidget(self.label)
        line.addWidget(self.head, 1)
        column.addLayout(line)
        column.addWidget(self.result)
        self.table = make_table(4, (70, 160, 110), figures=(0, 2))
        self.body.addWidget(card)
        self.body.addWidget(self.table, 1)
        self.faults: list[seals.Fault] | None = None
        self._rows: list[seals.SealRow] = []
        self.retranslate()
        self.reload()

    def reload(self) -> None:
        """Read the newest seals."""
        self.read(seals.newest, self._fill)

    def _fill(self, rows: list[seals.SealRow]) -> None:
        self._rows = rows
        fill_table(
            self.table,
            (
                (
                    row,
                    (
                        str(row.id),
                        f"{row.sealed_at.astimezone(CHINA):%Y-%m-%d %H:%M}",
                        str(row.rows),
                        row.digest,
                    ),
                )
                for row in rows
            ),
        )

    def seal(self) -> None:
        """Seal every finished line."""
        self.write(seals.seal_now, self._sealed)

    def _sealed(self, changes: Changes) -> None:
        self.client.shell.message(
            tr("{count} lines of the history were sealed.", count=changes.result["rows"]), "done"
        )

    def check(self) -> None:
        """Recompute every seal; faults are named."""
        database, head = self.client.database, self.head.text().strip() or None
        self.check_button.setEnabled(False)

        def work(_control: object) -> list[seals.Fault]:
            with database.read_session() as session:
                return seals.verify(session, expected_head=head)

        def failed(error: Exception) -> None:
            self.check_button.setEnabled(True)
            self.failed(error)

        Task(self, work, self._checked, failed, title=tr(self.name))

    def _checked(self, faults: list[seals.Fault]) -> None:
        self.check_button.setEnabled(True)
        self.faults = faults
        self._say()
        self.loaded.emit()

    def _say(self) -> None:
        if self.faults is None:
            self.result.hide()
            return
        self.result.show()
        self.result.setProperty("role", "error" if self.faults else "")
        self.result.setText(
            "\n".join(str(fault) for fault in self.faults)
            if self.faults
            else tr("Every seal is as it was: nobody altered a sealed line.")
        )

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.seal_button.setText(tr("Seal now"))
        self.check_button.setText(tr("Check all seals"))
        self.hint.setText(
            tr(
                "Each seal covers the lines since the one before. Keep the newest value outside the server, on paper "
                "or in a mail: who could alter the history and all seals on the server cannot alter that."
            )
        )
        self.label.setText(tr("Value that was kept"))
        self.head.setPlaceholderText(tr("Empty: check the chain alone"))
        self.table.setHorizontalHeaderLabels([tr("Seal"), tr("When"), tr("Lines"), tr("Seal value")])
        self._say()
