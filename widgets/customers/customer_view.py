"""The 360° view of a customer: head, sections, what comes next (CUS-10, CUS-11, CUS-12, CUS-14)."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from services.changes import Notice
from services.customers import view
from services.entity import Facet, Query
from services.errors import NotAvailable
from services.files.queries import count_of
from services.language import tr
from widgets.base.action_panel import ActionPanel
from widgets.base.attachments import AttachmentsPanel
from widgets.base.card import Card
from widgets.base.client import Client
from widgets.base.list_page import ListPage
from widgets.base.presence_label import PresenceLabel
from widgets.base.record_form import RecordForm
from widgets.base.record_history import RecordHistory
from widgets.base.style import style_notice, text_size
from widgets.base.tasks import Control, TaskSlot
from widgets.customers import sections
from widgets.customers.customer_form import CustomerForm
from widgets.customers.customer_head import CustomerHead
from widgets.customers.customer_menu import ENTITY, CustomerMenu
from widgets.customers.customer_side import CustomerSide, Side
from widgets.customers.section_list import SectionList
from widgets.customers.sections import SECTIONS, Section
from widgets.customers.timeline import Timeline

WIDE = 900
"""From this width on the side cards have room."""
SIDE = 268
"""Width of the side cards at 100 %."""
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
        self.sections = SectionList(client)
        self.side = CustomerSide(client)
        self.menu = CustomerMenu(client, customer_id, self, self.sections, self.refresh)
        self.stack = QStackedWidget()
        self.card = Card(self.stack)
        self._add = self.card.add_button("plus", self._new_in_section)
        self._lay_out()
        self._connect()
        self._fill_sections()
        self.retranslate()
        self.refresh()
        self.open_section("timeline")

    # parts

    def _lay_out(self) -> None:
        body = QHBoxLayout()
        body.setContentsMargins(14, 0, 14, 14)
        body.setSpacing(10)
        body.addWidget(self.sections)
        body.addWidget(self.card, 1)
        body.addWidget(self.side)
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
        self.sections.fit()
        self.side.setFixedWidth(round(SIDE * factor))
        self.side.setVisible(self.width() >= WIDE * factor)

    def _connect(self) -> None:
        self.sections.opened.connect(self._section_chosen)
        self.head.section_wanted.connect(self.open_section)
        self.head.new_wanted.connect(self.new)
        self.presence.changed.connect(self.others_changed)
        self.head.menu_wanted.connect(self.menu.show)
        self.side.new_wanted.connect(self.new)
        self.side.month_chosen.connect(self._drill)
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
        return self.sections.offered()

    def refused(self) -> list[Section]:
        """Sections that the administrator does not show to customer service (ORG-12): named, but closed."""
        return self.sections.refused()

    def section(self) -> str:
        """Key of the open section."""
        return self.sections.section()

    def open_section(self, key: str) -> None:
        """Open a section; nothing happens if the user does not have it."""
        self.sections.open_section(key)

    def page(self, key: str) -> QWidget | None:
        """The page of a section that was opened already."""
        return self._pages.get(key)

    def _fill_sections(self) -> None:
        self.sections.fill(self.menu.hidden())

    def _section_chosen(self, key: str) -> None:
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
            form = CustomerForm(self.client, self.customer_id, with_files=False)
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
        panel.counted.connect(lambda count: self.sections.set_counts({"files": count}))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(panel)
        # the card shows through
        area.viewport().setAutoFillBackground(False)
        return area

    def _name_card(self) -> None:
        section = next((found for found in SECTIONS if found.key == self.section()), None)
        if section is None:
            return
        self.card.set_title(tr(section.title))
        adds = bool(section.entity and section.link) and self.client.user.can(f"{section.entity}.create")
        self._add.setVisible(adds or section.key == "shares")
        if section.key == "shares":
            self._add.setVisible(self.client.user.can("organisation.share"))
        self._add.setToolTip(tr("New {entity}", entity=tr(section.title)))

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

        def read_side(_control: Control) -> Side:
            with self.client.database.read_session() as session:
                return Side(
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F5 where no section has its own: head, counts and side cards."""
        if event.key() == Qt.Key.Key_F5 and not event.modifiers():
            self.refresh()
        else:
            super().keyPressEvent(event)

    def _show_head(self, header: view.Header) -> None:
        self.header, self.error = header, None
        self._show_there(True)
        self.head.show_header(header)
        self.title_changed.emit()

    def _show_side(self, side: Side) -> None:
        self.sections.set_counts(side.counts)
        self.side.show_side(side)

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

    def share(self) -> None:
        """Ask with whom to share, and do it."""
        self.menu.share()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side cards only where there is room."""
        super().resizeEvent(event)
        self._scale()

    def retranslate(self) -> None:
        """Set every text in the language in force; children do their own."""
        self.side.retranslate()
        self.sections.retranslate()
        self._name_card()
        self.title_changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
