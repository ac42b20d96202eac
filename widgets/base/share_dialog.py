"""Sharing of one or several records with people and positions, and taking shares back (ORG-10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QDate
from PySide6.QtWidgets import (
    QCheckBox,
    QDateEdit,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QTabWidget,
    QWidget,
)

from services.commands import Changes
from services.entity import Entity
from services.language import tr
from services.organisation import commands, queries
from widgets.base.client import Client
from widgets.base.people_picker import TaskDialog, Ticks
from widgets.base.simple_page import current, fill_table, make_table


class ShareDialog(TaskDialog):
    """For records ``ids`` of ``entity``. A single record also shows with whom it is shared already."""

    def __init__(
        self, client: Client, entity: Entity, ids: Sequence[int], parent: QWidget | None = None
    ) -> None:
        super().__init__(client, parent)
        self.entity, self.ids = entity, tuple(ids)
        self._places: list[queries.Place] = []
        self.people, self.positions, self.departments = Ticks(), Ticks(), Ticks()
        self.people.offer(
            [
                (user, client.dictionary.user(user))
                for user in client.dictionary.active_users
                if user != client.user.id
            ]
        )
        self.tabs = QTabWidget()
        self.tabs.addTab(self.people, "")
        self.tabs.addTab(self.positions, "")
        self.tabs.addTab(self.departments, "")
        self.read_only, self.to_edit = QRadioButton(), QRadioButton()
        self.read_only.setChecked(True)
        self.limited, self.until = QCheckBox(), QDateEdit(QDate.currentDate().addMonths(1))
        self.until.setCalendarPopup(True)
        self.until.setMinimumDate(QDate.currentDate())
        self.until.setDisplayFormat("yyyy-MM-dd")
        self.until.setEnabled(False)
        self.limited.toggled.connect(self.until.setEnabled)
        self.shared_label = QLabel()
        self.shared_label.setProperty("role", "heading")
        self.shares = make_table(4, (130, 110, 100))
        self.shares.setMinimumHeight(110)
        self.take_back_button = QPushButton()
        self.take_back_button.clicked.connect(self.take_back)
        self._build()
        self.retranslate()
        self.resize(520, 600 if len(self.ids) == 1 else 440)
        self._reload()

    def _build(self) -> None:
        options = QHBoxLayout()
        for widget in (self.read_only, self.to_edit):
            options.addWidget(widget)
        options.addStretch(1)
        options.addWidget(self.limited)
        options.addWidget(self.until)
        self.body.addWidget(self.tabs, 2)
        self.body.addLayout(options)
        if len(self.ids) == 1:
            row = QHBoxLayout()
            row.addWidget(self.shared_label)
            row.addStretch(1)
            row.addWidget(self.take_back_button)
            self.body.addLayout(row)
            self.body.addWidget(self.shares, 1)

    def _reload(self) -> None:
        entity, ids = self.entity.key, self.ids
        self.read(
            lambda session: (
                queries.tree(session),
                queries.departments(session),
                queries.shares_of(session, entity=entity, record_id=ids[0]) if len(ids) == 1 else [],
            ),
            self._show,
        )

    def _show(self, found: Any) -> None:
        self._places, departments, shares = found
        if not self.departments.list.count():
            self.departments.offer([(name, name) for name in departments])
        # an office without departments is not offered an empty list
        self.tabs.setTabVisible(2, bool(departments))
        if not self.positions.list.count():
            self.positions.offer(queries.place_titles(self._places))
        fill_table(
            self.shares,
            (
                (
                    share,
                    (
                        share.receiver,
                        tr("Read and edit") if share.can_edit else tr("Read only"),
                        f"{share.until:%Y-%m-%d}" if share.until else tr("No end"),
                        share.by,
                    ),
                )
                for share in shares
            ),
        )
        self.take_back_button.setEnabled(bool(shares))
        if shares and self.shares.currentRow() < 0:
            self.shares.setCurrentCell(0, 0)
        self.loaded.emit()

    def do(self) -> None:
        """Share with whoever is ticked."""
        last = self.until.date()
        self.write(
            commands.share_records,
            self._done,
            entity=self.entity.key,
            ids=list(self.ids),
            users=self.people.chosen(),
            positions=self.positions.chosen(),
            departments=self.departments.chosen(),
            can_edit=self.to_edit.isChecked(),
            until=date(last.year(), last.month(), last.day()) if self.limited.isChecked() else None,
        )

    def _done(self, _changes: Changes) -> None:
        self.client.shell.message(tr("Shared: {count} records.", count=len(self.ids)), "done")
        self.accept()

    def take_back(self) -> None:
        """Take the chosen share back."""
        share = current(self.shares)
        if share is not None:
            self.write(commands.take_back, lambda _changes: self._reload(), shares=[share.id])

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(
            tr("Share {count} records", count=len(self.ids))
            if len(self.ids) != 1
            else tr("Share this {record}", record=tr(self.entity.title))
        )
        self.tabs.setTabText(0, tr("People"))
        self.tabs.setTabText(1, tr("Positions"))
        self.tabs.setTabText(2, tr("Departments"))
        for ticks in (self.people, self.positions, self.departments):
            ticks.search.setPlaceholderText(tr("Find a name"))
        self.read_only.setText(tr("Read only"))
        self.to_edit.setText(tr("Read and edit"))
        self.limited.setText(tr("Until"))
        self.shared_label.setText(tr("Shared with"))
        self.shares.setHorizontalHeaderLabels([tr("With"), tr("May"), tr("Until"), tr("Shared by")])
        self.take_back_button.setText(tr("Take back"))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Share"))
