"""The space that files take, and how much the company gives them (PLT-32)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLabel, QProgressBar, QSpinBox, QVBoxLayout

from services.entity import Query
from services.files import commands, queries
from services.files.entities import ATTACHED_TO
from services.language import mark, tr
from widgets.base.client import Client
from widgets.base.file_rows import size_text
from widgets.base.simple_page import SimplePage, fill_table, make_button, make_table
from widgets.base.style import SPIN_MARGINS

MEGABYTE = 1_048_576


class SpacePage(SimplePage):
    """A page of the workspace: used, quota, limits, what takes most."""

    name = mark("Files and space")
    watched = frozenset({"system.attachment"})

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.space: queries.Space | None = None
        self.list_button = self.button("list", lambda: client.shell.open_list(Query("system.attachment")))
        self.used, self.more, self.bar_ = QLabel(), QLabel(), QProgressBar()
        self.used.setProperty("role", "figure")
        self.more.setProperty("role", "muted")
        self.bar_.setTextVisible(False)
        self.bar_.setRange(0, 1000)
        self.largest, self.quota = QSpinBox(), QSpinBox()
        self.largest.setRange(1, 2048)
        self.quota.setRange(1, 104_857_600)
        for box in (self.largest, self.quota):
            box.setSuffix(" MB")
            box.lineEdit().setTextMargins(*SPIN_MARGINS)
            box.setGroupSeparatorShown(True)
            box.setMaximumWidth(200)
        self.labels = (QLabel(), QLabel())
        self.save_button = make_button("save", self.save, primary=True)
        self.saved_by(self.save_button)
        card = QFrame()
        card.setProperty("card", True)
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(10)
        column.addWidget(self.used)
        column.addWidget(self.bar_)
        column.addWidget(self.more)
        lines = QFormLayout()
        lines.setSpacing(8)
        for label, box in zip(self.labels, (self.largest, self.quota), strict=True):
            lines.addRow(label, box)
            label.setBuddy(box)
        column.addLayout(lines)
        foot = QHBoxLayout()
        foot.addWidget(self.save_button)
        foot.addStretch(1)
        column.addLayout(foot)
        self.table = make_table(3, (220, 120, 140), figures=(1, 2))
        self.body.addWidget(card, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addWidget(self.table, 1)
        self.retranslate()
        self.reload()

    def reload(self) -> None:
        """Read the space used."""
        self.read(queries.space, self._take)

    def _take(self, space: queries.Space) -> None:
        first = self.space is None
        self.space = space
        if first:
            self.largest.setValue(space.largest // MEGABYTE)
            self.quota.setValue(space.quota // MEGABYTE)
        self.bar_.setValue(min(1000, space.used * 1000 // max(space.quota, 1)))
        self.retranslate()

    def save(self) -> None:
        """Set the limits."""
        self.write(
            commands.set_limits,
            lambda _changes: self.client.shell.message(tr("Saved."), "done"),
            largest_mb=self.largest.value(),
            quota_mb=self.quota.value(),
        )

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.list_button.setText(tr("All files"))
        self.save_button.setText(tr("Save"))
        self.labels[0].setText(tr("One file may have"))
        self.labels[1].setText(tr("All files together may have"))
        self.table.setHorizontalHeaderLabels([tr("Attached to"), tr("Files"), tr("Size")])
        space = self.space
        if space is None:
            return
        self.used.setText(
            tr("{used} of {quota} used", used=size_text(space.used), quota=size_text(space.quota))
        )
        self.more.setText(
            tr(
                "{files} different files; {deleted} of what is attached lies in the recycle bin.",
                files=space.files,
                deleted=size_text(space.deleted),
            )
        )
        fill_table(
            self.table,
            (
                (entity, (tr(ATTACHED_TO.get(entity, entity)), str(files), size_text(bytes_)))
                for entity, files, bytes_ in space.kinds
            ),
        )
