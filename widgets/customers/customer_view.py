"""The 360° view of a customer: head, sections, what comes next (CUS-10, CUS-11, CUS-12, CUS-14)."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from models.permissions import Permission
from services.changes import Notice
from services.customers import view
from services.entity import Action, Facet, Query
from services.errors import NotAvailable
from services.files.queries import count_of
from services.language import tr
from services.organisation.access import SERVICE_RIGHTS
from widgets.base.action_panel import ActionPanel
from widgets.base.attachments import AttachmentsPanel
from widgets.base.bar_chart import Bar, BarChart
from widgets.base.card import Card
from widgets.base.client import Client
from widgets.base.command_dialog import CommandDialog
from widgets.base.icons import icon
from widgets.base.list_page import ListPage
from widgets.base.moments import money, short_day, today
from widgets.base.presence_label import PresenceLabel
from widgets.base.record_form import RecordForm
from widgets.base.record_history import RecordHistory
from widgets.base.row_list import Row, RowList
from widgets.base.share_dialog import ShareDialog
from widgets.base.style import style_notice, text_size
from widgets.base.tasks import Control, TaskSlot
from widgets.base.transfer_dialog import TransferDialog
from widgets.base.why_dialog import WhyDialog
from widgets.customers import sections
from widgets.customers.customer_head import CustomerHead
from widgets.customers.sections import SECTIONS, Section
from widgets.customers.timeline import Timeline

ENTITY = "customers.customer"
HIDDEN = "customers.view.hidden"
"""Preference: keys of sections that the user does not want to see."""
WIDE = 900
"""From this width on the side cards have room."""
SIDE = 268
HEARD = frozenset(
    {
        "*",
        "scope",
        "customers.contact",
        "activities.record",
        "activities.task",
        "sales.order",
        "stock.issue",
        "delivery.note",
        "finance.payment",
        "finance.ledger",
        "system.attachment",
    }
)
"""Notices after which head and counts are read again."""


@dataclass(frozen=True, slots=True)
class _Side:
    counts: dict[str, int]
    people: list[view.Person]
    steps: list[view.Step]
    months: list[tuple[date, Decimal]]


class CustomerView(QWidget):
    """One customer. A page of the workspace; its sections are made when they are first opened."""

    title_changed = Signal()
    dirty_changed = Signal()
    others_changed = Signal(object)

    def __init__(self, client: Client, customer_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client, self.customer_id = client, customer_id
        self.header: view.Header | None = None
        self.error: Exception | None = None
        self._counts: dict[str, int] = {}
        self._side: _Side | None = None
        self._pages: dict[str, QWidget] = {}
        self._head_slot, self._side_slot = TaskSlot(self), TaskSlot(self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(300)
        self._settle.timeout.connect(self.refresh)
        self.head = CustomerHead(client)
        self.question = ActionPanel()
        self.presence = PresenceLabel(client, ENTITY, customer_id)
        self.head.set_presence(self.presence)
        self.sections = QListWidget()
        self.sections.setProperty("sections", True)
        self.sections.setIconSize(QSize(15, 15))
        self.sections.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.sections.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.stack = QStackedWidget()
        self.card = Card(self.stack)
        self._add = self.card.add_button("plus", self._new_in_section)
        self._lay_out(self._make_side())
        self._connect()
        self._fill_sections()
        self.retranslate()
        self.refresh()
        self.open_section("timeline")

    # parts

    def _make_side(self) -> QWidget:
        self.steps, self.people, self.chart = RowList(), RowList(), BarChart(axis=False)
        self.chart.setFixedHeight(120)
        self._step_card, self._people_card, self._chart_card = (
            Card(self.steps),
            Card(self.people),
            Card(self.chart),
        )
        self._add_step = self._step_card.add_button("plus", lambda: self.new("activities.task"))
        self._add_person = self._people_card.add_button("plus", lambda: self.new("customers.contact"))
        self._add_step.setVisible(self.client.user.can("activities.task.create"))
        self._add_person.setVisible(self.client.user.can("customers.contact.create"))
        self._chart_card.setVisible(self.client.user.can("sales.order.view"))
        inner = QWidget()
        inner.setProperty("clear", True)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for card in (self._step_card, self._people_card, self._chart_card):
            column.addWidget(card)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        return scroll

    def _lay_out(self, side: QWidget) -> None:
        self._side_area = side
        body = QHBoxLayout()
        body.setContentsMargins(14, 0, 14, 14)
        body.setSpacing(10)
        body.addWidget(self.sections)
        body.addWidget(self.card, 1)
        body.addWidget(side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(self.question)
        self._body = QWidget()
        self._body.setLayout(body)
        layout.addWidget(self._body, 1)
        self.gone = QLabel()
        self.gone.setProperty("role", "muted")
        self.gone.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.gone.setWordWrap(True)
        self.gone.hide()
        layout.addWidget(self.gone, 1)
        self._scale()

    def _scale(self) -> None:
        factor = max(1.0, text_size() / 13)
        self.sections.setFixedWidth(round(164 * factor))
        self._side_area.setFixedWidth(round(SIDE * factor))
        self._side_area.setVisible(self.width() >= WIDE * factor)

    def _connect(self) -> None:
        shell = self.client.shell
        self.sections.currentItemChanged.connect(self._section_chosen)
        self.head.section_wanted.connect(self.open_section)
        self.head.new_wanted.connect(self.new)
        self.presence.changed.connect(self.others_changed)
        self.head.menu_wanted.connect(self._show_menu)
        for rows in (self.steps, self.people):
            rows.opened.connect(lambda row, _beside: shell.open_record(row.entity, row.record_id))
        self.chart.chosen.connect(self._drill)
        self.client.bus.changed.connect(self._hear)
        style_notice().changed.connect(self._scale)

    # what it is as a page

    def title(self) -> str:
        """Text of the tab."""
        if self.header is None:
            return tr("Customer")
        return self.header.short_name or self.header.name

    def dirty(self) -> bool:
        """Whether the basic data holds typed input."""
        form = self._pages.get("basic")
        return isinstance(form, RecordForm) and form.dirty()

    def can_close(self) -> bool:
        """Asked before closing: the form may say no."""
        form = self._pages.get("basic")
        if isinstance(form, RecordForm) and not form.can_close():
            self.open_section("basic")
            return False
        return True

    def others(self) -> list[str]:
        """Names of those who have the customer open too."""
        return self.presence.names()

    def state(self) -> dict[str, Any]:
        """What is remembered across a restart."""
        return {"section": self.section()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up what ``state`` returned."""
        self.open_section(str(state.get("section", "timeline")))

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        page = self._pages.get(self.section())
        return self._head_slot.busy or self._side_slot.busy or bool(getattr(page, "busy", False))

    # sections

    def offered(self) -> list[Section]:
        """Sections that this user may see."""
        return [
            section
            for section in SECTIONS
            if (not section.right or self.client.user.can(section.right))
            and (not section.entity or section.entity in self.client.entities)
        ]

    def refused(self) -> list[Section]:
        """Sections that the administrator does not show to customer service (ORG-12): named, but closed."""
        if not self.client.user.can(Permission.CUSTOMERS_SERVICE):
            return []
        return [
            section
            for section in SECTIONS
            if section.right in SERVICE_RIGHTS and not self.client.user.can(section.right)
        ]

    def section(self) -> str:
        """Key of the open section."""
        item = self.sections.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def open_section(self, key: str) -> None:
        """Open a section; nothing happens if the user does not have it."""
        for at in range(self.sections.count()):
            item = self.sections.item(at)
            if item.data(Qt.ItemDataRole.UserRole) == key and item.flags() & Qt.ItemFlag.ItemIsEnabled:
                self.sections.setCurrentRow(at)

    def page(self, key: str) -> QWidget | None:
        """The page of a section that was opened already."""
        return self._pages.get(key)

    def _fill_sections(self) -> None:
        hidden = set(self.client.preferences.get(HIDDEN) or ())
        current = self.section()
        self.sections.blockSignals(True)
        self.sections.clear()
        for section in self.offered():
            if section.key not in hidden:
                item = QListWidgetItem(icon(section.icon), "")
                item.setData(Qt.ItemDataRole.UserRole, section.key)
                self.sections.addItem(item)
        for section in self.refused():
            item = QListWidgetItem(icon("lock"), "")
            item.setData(Qt.ItemDataRole.UserRole, section.key)
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.sections.addItem(item)
        self.sections.blockSignals(False)
        self._name_sections()
        self.open_section(current or "timeline")

    def _name_sections(self) -> None:
        titles = {section.key: section.title for section in SECTIONS}
        for at in range(self.sections.count()):
            item = self.sections.item(at)
            key = item.data(Qt.ItemDataRole.UserRole)
            count = self._counts.get(key)
            text = tr(titles[key])
            item.setText(f"{text}  {count}" if count else text)
            closed = not item.flags() & Qt.ItemFlag.ItemIsEnabled
            item.setToolTip(
                tr("{section}: your administrator does not show this to customer service.", section=text)
                if closed
                else text
            )
            # items made before the style sheet was applied would keep the height they had then
            item.setSizeHint(QSize(0, round(28 * max(1.0, text_size() / 13))))

    def _section_chosen(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if item is None:
            return
        key = str(item.data(Qt.ItemDataRole.UserRole))
        if key not in self._pages:
            page = self._make(key)
            self._pages[key] = page
            self.stack.addWidget(page)
        self.stack.setCurrentWidget(self._pages[key])
        self._name_card()

    def _make(self, key: str) -> QWidget:
        section = next(found for found in SECTIONS if found.key == key)
        entity = self.client.entities[ENTITY]
        own: dict[str, Callable[[], QWidget]] = {
            "bought": lambda: sections.bought(self.client, self.customer_id),
            "files": self._make_files,
            "shares": lambda: sections.shares(self.client, self.customer_id),
            "history": lambda: RecordHistory(self.client, entity, self.customer_id),
        }
        if key == "timeline":
            timeline = Timeline(self.client, self.customer_id)
            timeline.refresh()
            return timeline
        if key == "basic":
            form = RecordForm(self.client, entity, self.customer_id, with_files=False)
            form.dirty_changed.connect(self.dirty_changed)
            return form
        if key in own:
            return own[key]()
        values = {section.link: self.customer_id} if section.link else None
        page = ListPage(
            self.client,
            view.section_query(section.entity, self.customer_id),
            values=values,
            without=frozenset({"customer", "parent"}),
        )
        # the card says what it is and makes new ones; classes and their counts are for the whole list
        for part in (page.heading, page.counted, page.classes, page.classes_button, page.actions_.new_button):
            part.hide()
        return page

    def _make_files(self) -> QWidget:
        panel = AttachmentsPanel(self.client, ENTITY, self.customer_id)
        panel.counted.connect(self._count_files)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(panel)
        # the card shows through
        area.viewport().setAutoFillBackground(False)
        return area

    def _count_files(self, count: int) -> None:
        self._counts["files"] = count
        self._name_sections()

    def _name_card(self) -> None:
        section = next((found for found in SECTIONS if found.key == self.section()), None)
        if section is None:
            return
        self.card.set_title(tr(section.title))
        adds = bool(section.entity and section.link) and self.client.user.can(f"{section.entity}.create")
        self._add.setVisible(adds or section.key == "shares")
        if section.key == "shares":
            self._add.setVisible(self.client.user.can("organisation.share"))
        self._add.setToolTip(tr("New: {what}", what=tr(section.title)))

    def _new_in_section(self) -> None:
        section = next(found for found in SECTIONS if found.key == self.section())
        if section.key == "shares":
            self.share()
        elif section.entity:
            self.new(section.entity)

    def new(self, entity: str) -> None:
        """An empty form of ``entity`` with this customer filled in."""
        link = next((section.link for section in SECTIONS if section.entity == entity), "customer_id")
        self.client.shell.new_record(entity, {link: self.customer_id})

    # reading

    def refresh(self) -> None:
        """Read head, counts and side cards again; sections look after themselves."""
        entities = [section.entity for section in self.offered() if section.entity]

        def read_head(_control: Control) -> view.Header:
            with self.client.database.read_session() as session:
                return view.header(session, customer_id=self.customer_id, user=self.client.user)

        def read_side(_control: Control) -> _Side:
            with self.client.database.read_session() as session:
                return _Side(
                    {
                        **view.counts(session, customer_id=self.customer_id, entities=entities),
                        "files": count_of(session, entity=ENTITY, record_id=self.customer_id),
                    },
                    view.people(session, customer_id=self.customer_id),
                    view.next_steps(session, customer_id=self.customer_id),
                    view.sold_by_month(session, customer_id=self.customer_id),
                )

        self._head_slot.start(read_head, self._show_head, self._failed)
        self._side_slot.start(read_side, self._show_side, self._failed)

    def _show_head(self, header: view.Header) -> None:
        self.header, self.error = header, None
        self._show_there(True)
        self.head.show_header(header)
        self.title_changed.emit()

    def _show_side(self, side: _Side) -> None:
        self._side, self._counts = side, side.counts
        self._name_sections()
        self._show_cards()

    def _failed(self, error: Exception) -> None:
        first = self.error is None
        self.error = error
        if isinstance(error, NotAvailable):
            self._show_there(False)
        elif first:
            self.client.shell.error(error)

    def _show_there(self, there: bool) -> None:
        """A customer that is missing or hidden shows nothing but that."""
        for part in (self.head, self._body):
            part.setVisible(there)
        self.gone.setVisible(not there)
        self.gone.setText("" if there else tr("This customer is not available."))

    def _show_cards(self) -> None:
        if self._side is None:
            return
        self.steps.set_rows([self._step_row(step) for step in self._side.steps])
        self.people.set_rows([_person_row(person) for person in self._side.people])
        this = today().replace(day=1)
        self.chart.set_bars(
            [
                Bar(
                    str(month.month),
                    gross,
                    f"{month:%Y-%m}: ¥{money(gross)}",
                    faint=month == this,
                    key=month,
                )
                for month, gross in self._side.months
            ]
        )
        total = sum((gross for _month, gross in self._side.months), Decimal(0))
        self._chart_card.set_note(f"¥{money(total, cents=False)}")
        for rows in (self.steps, self.people):
            rows.setFixedHeight(max(rows.fitting_height(6), 44))

    def _step_row(self, step: view.Step) -> Row:
        late = step.due is not None and step.due < today()
        return Row(
            step.words,
            step.entity,
            step.record_id,
            icon="list-todo" if step.entity == "activities.task" else "phone-call",
            chip=short_day(step.due),
            tone="bad" if late else "neutral",
            strong=False,
        )

    def _drill(self, first: object) -> None:
        assert isinstance(first, date)
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        query = view.section_query("sales.order", self.customer_id)
        facets = (Facet("date", "between", (first, last)),)
        self.client.shell.open_list(Query(query.entity, facets=facets, conditions=query.conditions))

    def _hear(self, notice: Notice) -> None:
        if notice.entity == "scope":
            self._fill_sections()
        own = notice.entity == ENTITY and (notice.ids is None or self.customer_id in notice.ids)
        if own or notice.entity in HEARD:
            self._settle.start()
            timeline = self._pages.get("timeline")
            if isinstance(timeline, Timeline) and notice.entity != "customers.contact":
                self._settle_timeline(timeline)

    def _settle_timeline(self, timeline: Timeline) -> None:
        if not timeline.busy:
            QTimer.singleShot(300, timeline, timeline.refresh)

    # menu

    def _show_menu(self, button: QWidget) -> None:
        menu = QMenu(self)
        user = self.client.user
        if user.can("organisation.share"):
            menu.addAction(icon("share-2"), tr("Share…"), self.share)
        if user.can("organisation.transfer"):
            menu.addAction(icon("arrow-left-right"), tr("Give to another owner…"), self.transfer)
        entity = self.client.entities[ENTITY]
        for own in entity.actions:
            if own.command is not None and self.client.user.can(own.permission):
                menu.addAction(icon(own.icon), tr(own.title), lambda own=own: self.act(own))
        menu.addAction(icon("circle-help"), tr("Why can I see this?"), self.why)
        shown = menu.addMenu(icon("list"), tr("Sections"))
        hidden = set(self.client.preferences.get(HIDDEN) or ())
        for section in self.offered():
            action = shown.addAction(tr(section.title))
            action.setCheckable(True)
            action.setChecked(section.key not in hidden)
            action.triggered.connect(lambda _on=False, key=section.key: self._toggle_section(key))
        menu.addAction(icon("refresh-cw"), tr("Refresh"), self.refresh)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _toggle_section(self, key: str) -> None:
        hidden = set(self.client.preferences.get(HIDDEN) or ())
        hidden ^= {key}
        if self.client.preferences.set(HIDDEN, sorted(hidden)):

            def work(_control: Control) -> None:
                self.client.preferences.store(HIDDEN)

            TaskSlot(self).start(work, lambda _done: None, self.client.shell.error)
        self._fill_sections()

    def share(self) -> None:
        """Ask with whom to share, and do it."""
        ShareDialog(self.client, self.client.entities[ENTITY], [self.customer_id], self).show()

    def act(self, action: Action) -> None:
        """Do one of the customer's own actions: into the pool, out of it."""
        CommandDialog(self.client, self.client.entities[ENTITY], action, [self.customer_id], self).show()

    def transfer(self) -> None:
        """Ask who is to own the customer, and do it."""
        TransferDialog(self.client, self.client.entities[ENTITY], [self.customer_id], self).show()

    def why(self) -> None:
        """Why this customer is seen, and for the boss by whom else."""
        WhyDialog(self.client, self.client.entities[ENTITY], self.customer_id, self).show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side cards only where there is room."""
        super().resizeEvent(event)
        self._scale()

    def retranslate(self) -> None:
        """Set every text in the language in force; children do their own."""
        self._step_card.set_title(tr("Next steps"))
        self._people_card.set_title(tr("Contacts"))
        self._chart_card.set_title(tr("Last 12 months"))
        self._add_step.setToolTip(tr("New: {what}", what=tr("Task")))
        self._add_person.setToolTip(tr("New: {what}", what=tr("Contact")))
        self.steps.set_empty(tr("Nothing agreed"))
        self.people.set_empty(tr("No contacts yet"))
        self._name_sections()
        self._name_card()
        self._show_cards()
        self.title_changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _person_row(person: view.Person) -> Row:
    return Row(
        person.name,
        "customers.contact",
        person.id,
        icon="star" if person.main else "user",
        note=person.title,
        value=person.phone,
    )
