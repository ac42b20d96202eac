"""A customer with his first contact in one small window, one after the other if need be (CUS-05).

Says while typing whether somebody has the customer already; takes the text of a business card apart. What is typed
outlives a crash and is offered by the next window; Cancel gives it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from services.commands import Changes
from services.custom_fields import own_fields
from services.customers import card
from services.customers.commands import create_with_contact
from services.customers.queries import Taken, name_taken
from services.drafts import Sent
from services.errors import ConnectionLost
from services.language import mark, tr
from widgets.base.client import Client
from widgets.base.editors.text import Lines
from widgets.base.form_fields import FormFields
from widgets.base.icons import icon
from widgets.base.input_dialog import InputDialog
from widgets.base.keeping import Keeping, MakesNew
from widgets.base.messages import MessageBar
from widgets.base.page_writes import Answer, PageWrites
from widgets.base.tasks import Control, Task
from widgets.customers.taken import TakenLabel

CUSTOMER: Final = "customers.customer"
CONTACT: Final = "customers.contact"
_COMPANY_KEYS: Final = ("name", "short_name", "category", "phone", "region", "address")
_CONTACT_KEYS: Final = ("name", "title", "mobile", "email", "wechat", "department")
_FROM_CARD: Final = {
    "company": (CUSTOMER, "name"),
    "phone": (CUSTOMER, "phone"),
    "fax": (CUSTOMER, "fax"),
    "website": (CUSTOMER, "website"),
    "region": (CUSTOMER, "region"),
    "address": (CUSTOMER, "address"),
    "tax_number": (CUSTOMER, "tax_number"),
    "name": (CONTACT, "name"),
    "title": (CONTACT, "title"),
    "department": (CONTACT, "department"),
    "mobile": (CONTACT, "mobile"),
    "email": (CONTACT, "email"),
    "wechat": (CONTACT, "wechat"),
    "qq": (CONTACT, "qq"),
}
"""Where each part of a card belongs."""


class QuickCreate(MakesNew, InputDialog):
    """Not modal. ``values`` fill the customer's fields."""

    created = Signal(int)
    """The id of the new customer."""

    def __init__(
        self, client: Client, values: Mapping[str, Any] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.client = client
        self.count = 0
        """How many were made in this window."""
        self.entity = client.entities[CUSTOMER]
        self._writes = PageWrites(client.database)
        self._hidden: dict[tuple[str, str], Any] = {}
        self._accepted_name = ""
        self._next = self._saving = False
        self._build()
        self._connect()
        self.customer.set_values(values or {})
        self._given = self.kept()
        """What stands in an untouched window."""
        self.customer.focus_first()
        self.retranslate()
        self.keeping = Keeping(self, self, name=f"{CUSTOMER}/quick")
        self.keeping.find()

    def _build(self) -> None:
        entities = self.client.entities
        company, contact = (
            [*keys, *(field.key for field in own_fields(entities[entity]) if field.required)]
            for entity, keys in ((CUSTOMER, _COMPANY_KEYS), (CONTACT, _CONTACT_KEYS))
        )
        self.customer = FormFields(self.client, entities[CUSTOMER], keys=company, title=mark("Company"))
        self.contact = FormFields(self.client, entities[CONTACT], keys=contact, title=mark("Contact"))
        self.taken = TakenLabel(self.client, self._name)
        self.messages = MessageBar()
        self.messages.layout().setContentsMargins(0, 0, 0, 0)  # type: ignore[union-attr]
        self.card_button = QPushButton()
        self.card_button.setCheckable(True)
        self.card_button.setIcon(icon("contact"))
        self.card_button.setIconSize(QSize(16, 16))
        self.card_text = QPlainTextEdit()
        self.take_button = QPushButton()
        self.card_area = QWidget()
        side = QVBoxLayout(self.card_area)
        side.setContentsMargins(0, 0, 0, 0)
        side.addWidget(Lines(self.card_text, 5))
        side.addWidget(self.take_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.card_area.hide()
        self.heading, self.subtitle, self.counter = QLabel(), QLabel(), QLabel()
        self.heading.setProperty("role", "title")
        self.subtitle.setProperty("role", "muted")
        self.counter.setProperty("chip", "good")
        self.create_button, self.next_button, self.cancel_button = QPushButton(), QPushButton(), QPushButton()
        self.create_button.setProperty("primary", True)
        self.set_default(self.create_button)
        head, foot = QHBoxLayout(), QHBoxLayout()
        for widget in (self.heading, self.subtitle, self.counter):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.card_button)
        foot.addWidget(self.taken, 1)
        for button in (self.create_button, self.next_button, self.cancel_button):
            foot.addWidget(button)
        for button in (self.card_button, self.take_button):
            button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self.messages)
        layout.addWidget(self.card_area)
        layout.addWidget(self.customer)
        layout.addWidget(self.contact)
        layout.addStretch(1)
        layout.addLayout(foot)
        self.resize(700, 620)

    def _connect(self) -> None:
        self.customer.changed.connect(self._typed)
        self.contact.changed.connect(lambda _key: self.keeping.touched())
        self.taken.told.connect(self._name_create)
        self.customer.ended.connect(self.contact.focus_first)
        self.contact.ended.connect(self.create_button.setFocus)
        self.card_button.toggled.connect(self._show_card)
        self.take_button.clicked.connect(self.take_card)
        self.create_button.clicked.connect(lambda: self.submit())
        self.next_button.clicked.connect(lambda: self.submit(another=True))
        self.cancel_button.clicked.connect(self.reject)
        for keys, another in (("Ctrl+S", False), ("Ctrl+Shift+S", True)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(lambda another=another: self.submit(another=another))

    # -- is the name taken?

    def _typed(self, key: str) -> None:
        self.keeping.touched()
        if key == "name":
            self.taken.typed()

    def _name(self) -> str:
        return str(self.customer.editors["name"].value() or "")

    def _name_create(self) -> None:
        """The button says what pressing it once more means."""
        warned = self.taken.taken and self._accepted_name == self._name() != ""
        self.create_button.setText(tr("Create all the same") if warned else tr("Create the customer"))

    # -- from a card

    def _show_card(self, shown: bool) -> None:
        self.card_area.setVisible(shown)
        if shown:
            self.card_text.setFocus()

    def take_card(self) -> None:
        """Fill the fields from the pasted text; what has no field here is saved all the same."""
        found = card.parse(self.card_text.toPlainText())
        if not found.found:
            self.messages.warning(tr("Nothing on this card was recognised."))
            return
        titles = []
        for key in found.found:
            entity, target = _FROM_CARD[key]
            form = self.customer if entity == CUSTOMER else self.contact
            field = self.client.entities[entity].field(target)
            if target in form.editors:
                form.set_values({target: getattr(found, key)})
            else:
                self._hidden[entity, target] = getattr(found, key)
            # both have a field called name
            called = {"company": tr("Company"), "name": tr("Contact")}
            titles.append(called.get(key) or tr(field.title))
        self.messages.clear()
        self.messages.info(
            tr("Taken over from the card: {titles}. Please check.", titles=tr(", ").join(titles))
        )
        self.taken.ask()

    # -- saving

    def submit(self, *, another: bool = False) -> None:
        """Check and write both in one transaction; ``another`` empties the window for the next."""
        if self._saving or not self._fine():
            return
        self._next = another
        customer, contact = self._values()
        arguments = {
            "customer": customer,
            "contact": contact,
            "customers": self.customer.entity,
            "contacts": self.contact.entity,
        }
        name, writes, database = str(customer.get("name") or ""), self._writes, self.client.database
        asked_before = self.begun() is not None or name == self._accepted_name
        asked = writes.begin("create", arguments, self.kept())
        keep = self.keeping.before_sending()
        self._saving = True
        self._enable()

        def work(_control: Control) -> tuple[list[Taken], Answer | None]:
            if not asked_before:
                with database.read_session() as session:
                    taken = name_taken(session, name=name)
                if taken:
                    return taken, None
            keep()
            return [], writes.send(asked, create_with_contact)

        Task(self, work, self._written, self._failed, title=tr("Saving"))

    def _fine(self) -> bool:
        problems = self.customer.problems(new=True)
        contact = self.contact.problems(new=True)
        editors = self.contact.editors.values()
        if not any(editor.value() not in (None, False) or editor.problem() for editor in editors):
            # nothing typed: a customer without a contact is fine
            contact = {}
        self.contact.show_errors(contact)
        self.customer.show_errors(problems)
        return not problems and not contact

    def _values(self) -> tuple[dict[str, Any], dict[str, Any]]:
        parts: dict[str, dict[str, Any]] = {CUSTOMER: {}, CONTACT: {}}
        for (entity, key), value in self._hidden.items():
            parts[entity][key] = value
        for entity, form in ((CUSTOMER, self.customer), (CONTACT, self.contact)):
            parts[entity].update({key: value for key, value in form.values().items() if value is not None})
        return parts[CUSTOMER], parts[CONTACT]

    def _written(self, answer: tuple[list[Taken], Answer | None]) -> None:
        taken, written = answer
        self._saving = False
        self._writes.answered("create")
        if written is None:
            # warned once; pressing again creates it all the same
            self._accepted_name = self._name()
            self.taken.show_found(self._name(), taken)
            self._enable()
            return
        self.count += 1
        customer_id = self.made_by(written.changes)
        self.keeping.forget()
        self.created.emit(customer_id)
        if written.earlier:
            self._show_earlier(customer_id)
            return
        self.client.shell.message(tr("Customer created"), "done")
        if self._next:
            self._clear()
        else:
            self.client.shell.open_record(CUSTOMER, customer_id)
            self.accept()
        self._enable()
        self.retranslate()

    def _show_earlier(self, customer_id: int) -> None:
        """An earlier try had been done although its answer was lost."""
        self.client.shell.message(
            tr("This had been saved before the connection was lost. What you changed since is not in it."),
            "warning",
        )
        self.client.shell.open_record(CUSTOMER, customer_id)
        self.accept()

    def _clear(self) -> None:
        for form in (self.customer, self.contact):
            form.set_values(dict.fromkeys(form.editors))
            form.show_errors({})
        self._hidden.clear()
        self._accepted_name = ""
        self.taken.show_found("", [])
        self.card_text.clear()
        self.messages.clear()
        self._given = self.kept()
        self.customer.focus_first()

    def reject(self) -> None:
        """Cancel: what was typed is given up."""
        self.keeping.forget()
        super().reject()

    def _failed(self, error: Exception) -> None:
        self._saving = False
        if not isinstance(error, ConnectionLost):
            # nothing was done; after a lost connection the same request is repeated under the same key
            self._writes.answered("create")
        self.keeping.touched()
        self.messages.error(error)
        self._enable()

    def loses_input(self) -> bool:
        """Also a card that was pasted and not taken over."""
        return self.dirty() or not self.card_text.document().isEmpty()

    def can_leave(self) -> bool:
        """What is typed outlives the window."""
        return True

    def leave(self) -> None:
        """Close; the draft is offered when the window is opened again."""
        self.keeping.leave(super().reject)

    # -- what outlives a crash: a KeptPage

    def dirty(self) -> bool:
        """Whether anything was typed."""
        return self.kept() != self._given

    def kept(self) -> dict[str, Any]:
        """All fields, and what the card held beyond them."""
        parts = {f"{entity}.{key}": value for (entity, key), value in self._hidden.items()}
        for form in (self.customer, self.contact):
            parts |= {f"{form.entity.key}.{key}": value for key, value in form.values().items()}
        return parts

    def begun(self) -> Sent | None:
        """What was sent and not answered."""
        return self._writes.begun({"create"})

    def made_by(self, changes: Changes) -> int:
        """The new customer."""
        return changes.ids[CUSTOMER][0]

    def go_on(
        self, record_id: int | None, values: Mapping[str, Any], base: Mapping[str, Any], version: int | None
    ) -> None:
        """Type a draft again; ``record_id`` where an earlier state of it was saved after all."""
        if record_id is not None:
            self.keeping.forget()
            self._show_earlier(record_id)
            return
        for form in (self.customer, self.contact):
            start = f"{form.entity.key}."
            own = {key.removeprefix(start): value for key, value in values.items() if key.startswith(start)}
            form.set_values({key: value for key, value in own.items() if key in form.editors})
            self._hidden |= {
                (form.entity.key, key): value for key, value in own.items() if key not in form.editors
            }
        self.keeping.touched()
        self.taken.ask()

    def _enable(self) -> None:
        for button in (self.create_button, self.next_button):
            button.setEnabled(not self._saving)

    def retranslate(self) -> None:
        """Every text in the language in force."""
        self.setWindowTitle(tr("Quick create"))
        self.heading.setText(tr("Quick create"))
        self.subtitle.setText(tr("Company or person, with the first contact."))
        self.counter.setText(tr("{count} created", count=self.count))
        self.counter.setVisible(self.count > 0)
        self.card_button.setText(tr("From a business card"))
        self.card_text.setPlaceholderText(tr("Paste the text of a business card here"))
        self.take_button.setText(tr("Take over"))
        self.next_button.setText(tr("Create and next"))
        self.cancel_button.setText(tr("Cancel"))
        self._name_create()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
