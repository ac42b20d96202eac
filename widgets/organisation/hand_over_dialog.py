"""Job change (ORG-04): what somebody has to do with, to whom it goes, and the way back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from services.clock import CHINA
from services.commands import Changes
from services.entity import Kind
from services.language import tr
from services.organisation import moving
from services.organisation.moving import Counts, HandedOver
from services.organisation.rights import entity_title
from services.writing import Writing
from widgets.base.client import Client
from widgets.base.formatting import number_text
from widgets.base.people_picker import PersonCombo, TaskDialog
from widgets.base.simple_page import current, fill_table, make_table
from widgets.base.tasks import Control, Task


def said_back(changes: Changes) -> tuple[str, str]:
    """What an undo has done, and the kind of message that it is."""
    back, left = (number_text(int(changes.result[key]), Kind.INTEGER) for key in ("moved", "left"))
    if not changes.result["left"]:
        return tr("Given back: {count} records.", count=back), "done"
    return (
        tr(
            "Given back: {count} records. {left} have found another owner since and stay there.",
            count=back,
            left=left,
        ),
        "warning",
    )


def give_back(client: Client, made: int) -> None:
    """Undo a hand-over beside the screen: the dialog that did it is gone."""
    writing: list[Writing] = []

    def work(control: Control) -> Changes:
        writing.append(Writing(client.database, control.progress))
        return writing[0].write(moving.undo_hand_over, hand_over_id=made)

    def end() -> None:
        for one in writing:
            one.cancel()

    Task(
        client.bus,
        work,
        lambda changes: client.shell.message(*said_back(changes)),
        client.shell.error,
        cancel=end,
        title=tr("Giving back"),
        settled=True,
    )


class KindLine:
    """One kind: a tick, and for kinds that know an end whether all of it goes or what is open."""

    def __init__(self, key: str, counts: dict[str, int]) -> None:
        self.key, self.counts = key, counts
        self.tick, self.which = QCheckBox(), QComboBox()
        self.tick.setChecked(True)
        for choice in ("all", "open"):
            if choice in counts:
                self.which.addItem("", choice)
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.which.setVisible(self.which.count() > 1)
        self.tick.toggled.connect(self.which.setEnabled)

    def retranslate(self) -> None:
        """Set the texts."""
        numbers = {choice: number_text(count, Kind.INTEGER) for choice, count in self.counts.items()}
        self.tick.setText(tr("{kind}: {count}", kind=entity_title(self.key), count=numbers["all"]))
        for at in range(self.which.count()):
            choice = self.which.itemData(at)
            text = tr("Open ones") if choice == "open" else tr("All")
            self.which.setItemText(at, tr("{value} ({count})", value=text, count=numbers[choice]))


class HandOverDialog(TaskDialog):
    """Counts first, moves then; the message afterwards offers to undo."""

    def __init__(self, client: Client, from_user: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self._from, self._name = from_user, name
        self.intro, self.to_label = QLabel(), QLabel()
        self.intro.setWordWrap(True)
        self.lines: list[KindLine] = []
        self.grid = QGridLayout()
        self.grid.setSpacing(8)
        self.grid.setColumnStretch(0, 1)
        self.to = PersonCombo(client, without=from_user)
        self.body.addWidget(self.intro)
        self.body.addLayout(self.grid)
        self.body.addWidget(self.to_label)
        self.body.addWidget(self.to)
        self.body.addStretch(1)
        self._build_earlier()
        self.setMinimumWidth(700)
        self._nothing = False
        self.retranslate()
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(False)
        self.read(
            lambda session: (
                moving.preview_hand_over(session, from_user),
                moving.hand_overs(session, from_user),
            ),
            self._show,
        )

    def _build_earlier(self) -> None:
        self.earlier_box, self.earlier_label = QWidget(), QLabel()
        self.earlier_label.setProperty("role", "heading")
        self.earlier = make_table(5, (125, 75, 75, 220))
        self.earlier.setMinimumHeight(130)
        self.undo_button = QPushButton()
        self.undo_button.clicked.connect(self.undo)
        self.earlier.itemSelectionChanged.connect(self._enable_undo)
        row = QHBoxLayout()
        row.addWidget(self.earlier_label)
        row.addStretch(1)
        row.addWidget(self.undo_button)
        inside = QVBoxLayout(self.earlier_box)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addLayout(row)
        inside.addWidget(self.earlier)
        self.earlier_box.hide()
        self.body.addWidget(self.earlier_box)

    def _show_earlier(self, found: list[HandedOver]) -> None:
        fill_table(
            self.earlier,
            (
                (
                    one,
                    (
                        f"{one.at.astimezone(CHINA):%Y-%m-%d %H:%M}",
                        one.to,
                        one.by,
                        tr(", ").join(
                            tr(
                                "{kind}: {count}",
                                kind=entity_title(key),
                                count=number_text(count, Kind.INTEGER),
                            )
                            for key, count in one.moved.items()
                        ),
                        tr("Given back {time}", time=f"{one.undone_at.astimezone(CHINA):%Y-%m-%d %H:%M}")
                        if one.undone_at
                        else "",
                    ),
                )
                for one in found
            ),
        )
        if found and self.earlier.currentRow() < 0:
            self.earlier.setCurrentCell(0, 0)
        self.earlier_box.setVisible(bool(found))
        self._enable_undo()

    def _enable_undo(self) -> None:
        one = current(self.earlier)
        self.undo_button.setEnabled(one is not None and one.undone_at is None)

    def _show(self, answer: tuple[Counts, list[HandedOver]]) -> None:
        counts, earlier = answer
        self._show_earlier(earlier)
        for key, numbers in counts.items():
            line = KindLine(key, dict(numbers))
            self.grid.addWidget(line.tick, len(self.lines), 0)
            self.grid.addWidget(line.which, len(self.lines), 1, Qt.AlignmentFlag.AlignRight)
            self.lines.append(line)
        self._nothing = not counts
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(counts))
        self.retranslate()
        self.loaded.emit()

    def do(self) -> None:
        """Hand over what is ticked."""
        kinds = {line.key: str(line.which.currentData()) for line in self.lines if line.tick.isChecked()}
        receiver = self.to.user_id()
        if not kinds or receiver is None:
            self.bar.warning(tr("Tick what goes, and choose to whom."))
            return
        self.write(moving.hand_over, self._done, from_user=self._from, to_user=receiver, kinds=kinds)

    def _done(self, changes: Changes) -> None:
        client, made = self.client, int(changes.result["hand_over"])
        count = number_text(sum(changes.result["moved"].values()), Kind.INTEGER)
        client.shell.message(
            tr("{count} records of {name} were handed over.", count=count, name=self._name),
            "done",
            (tr("Undo"), lambda: give_back(client, made)),
        )
        self.accept()

    def undo(self) -> None:
        """Give back what went in the marked hand-over."""
        one = current(self.earlier)
        if one is not None:
            self.write(moving.undo_hand_over, self._given_back, hand_over_id=one.id)

    def _given_back(self, changes: Changes) -> None:
        self.client.shell.message(*said_back(changes))
        self.accept()

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(tr("Hand over the work of {name}", name=self._name))
        self.intro.setText(
            tr("{name} owns nothing that could be handed over.", name=self._name)
            if self._nothing
            else tr("What {name} owns. Ticked kinds go to the new owner, all at once.", name=self._name)
        )
        for line in self.lines:
            line.retranslate()
        self.earlier_label.setText(tr("Handed over before"))
        self.earlier.setHorizontalHeaderLabels(
            [tr("When"), tr("To"), tr("By"), tr("What was handed over"), tr("State")]
        )
        self.undo_button.setText(tr("Give back"))
        self.to_label.setText(tr("New owner"))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Hand over"))
