"""Giving records to another owner (ORG-13): to whom, and what goes along, counted before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QWidget,
)

from services import batch
from services.batch import GivePlan
from services.commands import Changes
from services.entity import Entity, Kind
from services.errors import Cancelled, ConnectionLost, ShukeError
from services.language import tr
from services.organisation import moving
from services.organisation.moving import Counts, GoesAlong
from widgets.base.client import Client
from widgets.base.formatting import number_text
from widgets.base.people_picker import PersonCombo, TaskDialog

MOST_OWNERS = 5
"""Owners who are named; of the others only the number is told."""


class AlongLine:
    """One kind that may go along: a tick, and beside it which of its records where there is a choice."""

    def __init__(self, kind: GoesAlong) -> None:
        self.kind = kind
        self.tick, self.which = QCheckBox(), QComboBox()
        self.tick.setChecked(kind.chosen != "none")
        for choice in kind.offered:
            self.which.addItem("", choice)
        self.which.setCurrentIndex(max(0, self.which.findData(kind.chosen)))
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.which.setEnabled(self.tick.isChecked())
        self.tick.toggled.connect(self.which.setEnabled)

    def choice(self) -> str | None:
        """What goes: open or all; None for nothing."""
        return str(self.which.currentData()) if self.tick.isChecked() else None

    def show(self, counts: Counts | None) -> None:
        """Set the texts, with the counts if they are known."""
        title, found = tr(self.kind.entity.plural), (counts or {}).get(self.kind.entity.key, {})

        def counted(text: str, choice: str) -> str:
            if counts is None:
                return text
            return tr("{value} ({count})", value=text, count=number_text(found.get(choice, 0), Kind.INTEGER))

        for at, choice in enumerate(self.kind.offered):
            self.which.setItemText(at, counted(tr("Open ones") if choice == "open" else tr("All"), choice))
        if self.which.count() > 1:
            self.tick.setText(title)
        else:
            only = self.kind.offered[0]
            self.tick.setText(counted(tr("{kind}: open ones", kind=title) if only == "open" else title, only))


class TransferDialog(TaskDialog):
    """For records ``ids`` of ``entity``, which take along what is ticked of what hangs on them."""

    def __init__(
        self, client: Client, entity: Entity, ids: Sequence[int], parent: QWidget | None = None
    ) -> None:
        super().__init__(client, parent)
        self.entity, self.ids = entity, tuple(ids)
        self._plan: GivePlan | None = None
        self._counts: Counts | None = None
        self.to, self.to_label = PersonCombo(client), QLabel()
        self.lines = {
            kind.entity.key: AlongLine(kind) for kind in moving.goes_along(client.entities, entity.key)
        }
        self.note, self.along_label, self.always = QLabel(), QLabel(), QLabel()
        self.along_label.setProperty("role", "heading")
        for label in (self.note, self.always):
            label.setProperty("role", "muted")
            label.setWordWrap(True)
        self._build()
        self.setMinimumWidth(440)
        self.retranslate()
        self._allow(False)
        self.read(self._ask, self._show)

    def _build(self) -> None:
        head = QFormLayout()
        head.setSpacing(8)
        head.addRow(self.to_label, self.to)
        self.body.addLayout(head)
        self.body.addWidget(self.note)
        if self.lines:
            grid = QGridLayout()
            grid.setSpacing(8)
            grid.setColumnStretch(0, 1)
            for row, line in enumerate(self.lines.values()):
                wide = line.which.count() == 1
                grid.addWidget(line.tick, row, 0, 1, 2 if wide else 1)
                if not wide:
                    grid.addWidget(line.which, row, 1)
            self.body.addWidget(self.along_label)
            self.body.addLayout(grid)
        self.body.addWidget(self.always)
        self.body.addStretch(1)

    def _allow(self, on: bool) -> None:
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(on)

    def _ask(self, session: Any) -> tuple[GivePlan, Counts]:
        """Which of them can be given away, and what would go along with those."""
        plan = batch.plan_give(session, entity=self.entity, ids=self.ids)
        if not (self.lines and plan.give):
            return plan, {}
        return plan, moving.preview_transfer(session, entity=self.entity.key, ids=plan.give)

    def _show(self, found: tuple[GivePlan, Counts]) -> None:
        self._plan, self._counts = found
        self._allow(bool(self._plan.give))
        self.retranslate()
        self.loaded.emit()

    def _said(self) -> str:
        """Whose they are now, and what is refused and why."""
        if self._plan is None:
            return ""
        names = [
            tr("{value} ({count})", value=self.client.dictionary.user(owner), count=count)
            for owner, count in self._plan.owners[:MOST_OWNERS]
        ]
        rest = sum(count for _, count in self._plan.owners[MOST_OWNERS:])
        if rest:
            names.append(tr("others ({count})", count=rest))
        lines = [tr("From: {owners}", owners=tr(", ").join(names))] if names else []
        lines += [
            tr("{count} are left as they are: {why}", count=f"{count:,}", why=tr(why))
            for why, count in self._plan.refused.items()
        ]
        return "\n".join(lines)

    def do(self) -> None:
        """Give them away."""
        receiver = self.to.user_id()
        if receiver is None:
            self.bar.warning(tr("Choose to whom."))
            self.to.setFocus()
        elif self._plan is not None:
            chosen = {key: line.choice() for key, line in self.lines.items()}
            self.write(
                moving.transfer,
                self._done,
                entity=self.entity,
                ids=self._plan.give,
                owners=self._plan.whose,
                to_user=receiver,
                along={key: choice for key, choice in chosen.items() if choice is not None},
            )

    def _done(self, changes: Changes) -> None:
        count = int(changes.result["moved"].get(self.entity.key, 0))
        self.client.shell.message(
            tr("{name} owns {count} more records now.", name=self.to.currentText(), count=f"{count:,}"),
            "done",
        )
        self.accept()

    def failed(self, error: Exception) -> None:
        """Say what went wrong; what changed meanwhile is read again, so that the next try fits."""
        super().failed(error)
        if isinstance(error, ShukeError) and not isinstance(error, ConnectionLost | Cancelled) and self._plan:
            self._plan = None
            self._allow(False)
            self.read(self._ask, self._show)

    def retranslate(self) -> None:
        """Set every text, with the counts that are known."""
        super().retranslate()
        count = len(self._plan.give) if self._plan is not None else len(self.ids)
        self.setWindowTitle(
            tr("Give {count} records to another owner", count=f"{count:,}")
            if len(self.ids) != 1
            else tr("Give this {record} to another owner", record=tr(self.entity.title))
        )
        self.to_label.setText(tr("New owner"))
        self.note.setText(self._said())
        self.note.setVisible(bool(self.note.text()))
        self.along_label.setText(tr("What goes along"))
        for line in self.lines.values():
            line.show(self._counts)
        self.always.setText(
            tr(
                "What follows a record by itself goes too, such as what a customer owes and the lines of documents."
            )
            + " "
            + tr("Both owners are told; the history keeps it.")
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Give away"))
