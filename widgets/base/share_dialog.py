"""Sharing of one or many records with people, positions and departments, and taking shares back (ORG-10): what would
happen is said before it does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from PySide6.QtCore import QDate, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
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

from services.clock import today
from services.commands import Changes
from services.entity import Entity, Kind
from services.language import tr
from services.organisation import queries, sharing
from services.organisation.sharing import Receivers, SharedWith, SharePlan
from services.reading import Reading
from widgets.base.client import Client
from widgets.base.formatting import number_text
from widgets.base.people_picker import TaskDialog, Ticks
from widgets.base.simple_page import RECORD, fill_table, make_table
from widgets.base.tasks import Control, TaskSlot

TYPING: Final = 150
"""Milliseconds after a choice until it is worked out what it would do."""


class ShareDialog(TaskDialog):
    """For records ``ids`` of ``entity``."""

    def __init__(
        self, client: Client, entity: Entity, ids: Sequence[int], parent: QWidget | None = None
    ) -> None:
        super().__init__(client, parent)
        self.entity, self.ids = entity, tuple(ids)
        self.plan: SharePlan | None = None
        """What the choice would do; None while it is worked out."""
        self._wanted = False
        self._plans = TaskSlot(self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING)
        self._pause.timeout.connect(self._work_out)
        self.people, self.positions, self.departments = Ticks(), Ticks(), Ticks()
        self.people.offer(
            [
                (user, client.dictionary.user(user))
                for user in client.dictionary.active_users
                if user != client.user.id
            ]
        )
        self.tabs = QTabWidget()
        for ticks in (self.people, self.positions, self.departments):
            self.tabs.addTab(ticks, "")
            ticks.list.itemChanged.connect(self._chosen)
        self.read_only, self.to_edit = QRadioButton(), QRadioButton()
        self.read_only.setChecked(True)
        self.to_edit.toggled.connect(self._chosen)
        first = QDate(today().year, today().month, today().day)
        self.limited, self.until = QCheckBox(), QDateEdit(first.addMonths(1))
        self.until.setCalendarPopup(True)
        self.until.setMinimumDate(first)
        self.until.setDisplayFormat("yyyy-MM-dd")
        self.until.setEnabled(False)
        self.limited.toggled.connect(self.until.setEnabled)
        self.limited.toggled.connect(self._chosen)
        self.until.dateChanged.connect(self._chosen)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setProperty("role", "muted")
        self.shared_label = QLabel()
        self.shared_label.setProperty("role", "heading")
        self.shares = make_table(5, (120, 100, 90, 90))
        self.shares.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.shares.setMinimumHeight(110)
        self.shares.setColumnHidden(4, len(self.ids) == 1)
        self.shares.itemSelectionChanged.connect(self._show_mine)
        self.take_back_button = QPushButton()
        self.take_back_button.clicked.connect(self.take_back)
        self._build()
        self.retranslate()
        self.resize(540, 620)
        self._reload()

    def _build(self) -> None:
        options = QHBoxLayout()
        for widget in (self.read_only, self.to_edit):
            options.addWidget(widget)
        options.addStretch(1)
        options.addWidget(self.limited)
        options.addWidget(self.until)
        row = QHBoxLayout()
        row.addWidget(self.shared_label)
        row.addStretch(1)
        row.addWidget(self.take_back_button)
        self.body.addWidget(self.tabs, 2)
        self.body.addLayout(options)
        self.body.addWidget(self.said)
        self.body.addLayout(row)
        self.body.addWidget(self.shares, 1)

    def _reload(self) -> None:
        entity, ids = self.entity.key, self.ids
        self.read(
            lambda session: (
                queries.tree(session),
                queries.departments(session),
                sharing.shared_with(session, entity=entity, ids=ids),
            ),
            self._show,
        )

    def _show(self, found: Any) -> None:
        places, departments, shares = found
        if not self.departments.list.count():
            self.departments.offer([(name, name) for name in departments])
        # an office without departments is not offered an empty list
        self.tabs.setTabVisible(2, bool(departments))
        if not self.positions.list.count():
            self.positions.offer(queries.place_titles(places))
        fill_table(self.shares, ((share, self._row(share)) for share in shares))
        if shares and not self.shares.selectedItems():
            self.shares.selectRow(0)
        self._show_mine()
        self.loaded.emit()

    def _row(self, share: SharedWith) -> tuple[str, ...]:
        over = share.until is not None and share.until < today()
        until = f"{share.until:%Y-%m-%d}" if share.until else tr("No end")
        return (
            share.name,
            tr("Read and edit") if share.can_edit else tr("Read only"),
            tr("{day} (over)", day=until) if over else until,
            share.by,
            number_text(share.records, Kind.INTEGER),
        )

    # -- what it would do -----------------------------------------------------------------------------------

    def to(self) -> Receivers:
        """Who is ticked."""
        return Receivers(
            tuple(self.people.chosen()), tuple(self.positions.chosen()), tuple(self.departments.chosen())
        )

    def _terms(self) -> dict[str, Any]:
        last = self.until.date()
        return {
            "to": self.to(),
            "can_edit": self.to_edit.isChecked(),
            "until": date(last.year(), last.month(), last.day()) if self.limited.isChecked() else None,
        }

    def _chosen(self, _what: object = None) -> None:
        """Another choice: what was said does not hold any more."""
        self.plan = None
        self._wanted = False
        self._show_plan()
        if self.to():
            self._pause.start()
        else:
            self._pause.stop()

    def _work_out(self) -> None:
        reading, entity, ids, terms = Reading(self.client.database), self.entity.key, self.ids, self._terms()
        if not terms["to"]:
            return

        def work(_control: Control) -> SharePlan:
            with reading.session() as session:
                return sharing.plan_share(session, entity=entity, ids=ids, **terms)

        self._plans.start(
            work,
            self._planned,
            self.failed,
            cancel=reading.cancel,
            title=tr("What will happen is being worked out"),
        )

    def _planned(self, plan: SharePlan) -> None:
        self.plan = plan
        self._show_plan()
        self.grow()
        if self._wanted:
            self._wanted = False
            self.do()

    def _show_plan(self) -> None:
        plan, lines = self.plan, []
        if plan is not None:
            count = number_text(len(plan.ids), Kind.INTEGER)
            lines.append(
                tr("{count} records would be shared.", count=count)
                if plan.ids
                else tr("Nothing would change.")
            )
            if plan.changed:
                changed = number_text(plan.changed, Kind.INTEGER)
                lines.append(tr("{count} shares that are there would be changed.", count=changed))
            lines += [
                tr("{count} are left as they are: {why}", count=number_text(n, Kind.INTEGER), why=tr(why))
                for why, n in plan.refused.items()
            ]
        self.said.setText("\n".join(lines))
        self.said.setVisible(bool(lines))

    def do(self) -> None:
        """Share with whoever is ticked what can be shared with them."""
        terms = self._terms()
        if not terms["to"]:
            self.bar.warning(tr("Choose with whom to share."))
        elif self.plan is None:
            self._wanted = True
            self._pause.start(0)
        elif not self.plan.ids:
            self.bar.warning(self.said.text())
        else:
            self.write(sharing.share_records, self._done, entity=self.entity.key, ids=self.plan.ids, **terms)

    def _done(self, changes: Changes) -> None:
        count = number_text(len(changes.ids[self.entity.key]), Kind.INTEGER)
        self.client.shell.message(tr("Shared: {count} records.", count=count), "done")
        self.accept()

    # -- taking back ----------------------------------------------------------------------------------------

    def marked(self) -> list[SharedWith]:
        """The rows that are marked."""
        rows = sorted({index.row() for index in self.shares.selectedIndexes()})
        items = (self.shares.item(row, 0) for row in rows)
        return [item.data(RECORD) for item in items if item is not None]

    def _show_mine(self) -> None:
        marked = self.marked()
        mine, others = sum(one.mine for one in marked), sum(one.records - one.mine for one in marked)
        self.take_back_button.setEnabled(mine > 0)
        self.take_back_button.setText(
            tr("Take back {count}", count=number_text(mine, Kind.INTEGER)) if mine > 1 else tr("Take back")
        )
        self.take_back_button.setToolTip(
            tr("{count} were shared by others and stay.", count=number_text(others, Kind.INTEGER))
            if others
            else ""
        )

    def loses_input(self) -> bool:
        """Whether somebody is ticked; the lines above the names only search."""
        return not self._writing and bool(self.to())

    def take_back(self) -> None:
        """Take the marked shares back, all in one transaction."""
        marked = self.marked()
        to = Receivers(
            tuple(user for one in marked for user in one.to.users),
            tuple(place for one in marked for place in one.to.positions),
            tuple(team for one in marked for team in one.to.departments),
        )
        if to:
            self.write(sharing.take_back, self._taken, entity=self.entity.key, ids=self.ids, to=to)

    def _taken(self, changes: Changes) -> None:
        count = number_text(int(changes.result["shares"]), Kind.INTEGER)
        self.bar.done(tr("Taken back: {count} shares.", count=count))
        self._chosen()
        self._reload()

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(
            tr("Share {count} records", count=number_text(len(self.ids), Kind.INTEGER))
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
        self.shares.setHorizontalHeaderLabels(
            [tr("With"), tr("May"), tr("Until"), tr("Shared by"), tr("How many")]
        )
        self._show_plan()
        self._show_mine()
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(tr("Share"))
