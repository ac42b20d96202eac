"""The head of an order: customer with credit, dates, terms, where the goods go. Enter walks through it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from services.clock import today
from services.custom_fields import own_fields
from services.language import mark, tr
from services.sales.queries import CustomerTerms, OrderLists
from services.typed import plain_digits
from widgets.base.caption import Caption
from widgets.base.card import Elided
from widgets.base.client import Client
from widgets.base.editors.base import Editor
from widgets.base.editors.choice import ChoiceEditor
from widgets.base.editors.date import DateEditor
from widgets.base.editors.make import make_editor
from widgets.base.editors.named import NamedEditor
from widgets.base.editors.reference import ReferenceEditor
from widgets.base.editors.text import TextEditor
from widgets.base.style import repolish, text_size

_PLACES: Final = (
    ("customer_id", mark("Customer"), 0, 0, 2),
    ("contact_id", mark("Contact"), 0, 2, 1),
    ("date", mark("Date"), 0, 3, 1),
    ("required_on", mark("Required on"), 0, 4, 1),
    ("payment_method", mark("Payment method"), 0, 5, 1),
    ("price_level_id", mark("Price level"), 1, 0, 1),
    ("warehouse_id", mark("Warehouse"), 1, 1, 1),
    ("consignee", mark("Consignee"), 1, 2, 1),
    ("consignee_phone", mark("Consignee's phone"), 1, 3, 1),
    ("delivery_address", mark("Delivery address"), 1, 4, 2),
    ("subject", mark("Subject"), 2, 0, 2),
    ("remark", mark("Remark"), 2, 2, 3),
    ("owner", mark("Salesperson"), 2, 5, 1),
)
"""Key, caption, row, column, columns it spans; in the order in which Enter walks."""
_WALK: Final = (
    "customer_id",
    "contact_id",
    "required_on",
    "payment_method",
    "price_level_id",
    "warehouse_id",
)
"""Where Enter stops; the others are reached with Tab or the mouse, because they are filled in already."""

_ACROSS: Final = 6
"""Columns of the head."""


class OrderHead(QFrame):
    """What sales.save_order takes besides the lines."""

    edited = Signal()
    customer_chosen = Signal(int)
    terms_changed = Signal(bool)
    """Warehouse (False) or price level (True) changed: stock or prices of the lines follow."""
    done = Signal()
    """Enter in the last field: on to the lines."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._client = client
        self._terms: CustomerTerms | None = None
        self._order_total = Decimal(0)
        self._counted = False
        self.customer = ReferenceEditor(client, client.entities["customers.customer"])
        self.owner = Elided()
        self.credit = Elided()
        self.credit.setProperty("role", "small")
        self.editors: dict[str, Editor] = {
            "customer_id": self.customer,
            "contact_id": NamedEditor(),
            "date": DateEditor(),
            "required_on": DateEditor(),
            "payment_method": ChoiceEditor(lambda: client.dictionary, "payment_method"),
            "price_level_id": NamedEditor(),
            "warehouse_id": NamedEditor(),
            "consignee": TextEditor(length=80),
            "consignee_phone": TextEditor(length=40),
            "delivery_address": TextEditor(length=300),
            "subject": TextEditor(length=200),
            "remark": TextEditor(length=500),
        }
        self._own = own_fields(client.entities["sales.order"])
        for own in self._own:
            field = own.as_field()
            self.editors[own.key] = make_editor(client, field, client.entities["sales.order"])
            if field.default is not None:
                self.editors[own.key].set_value(field.default())
        self._captions: dict[str, Caption] = {}
        self._lay_out()
        self._connect()
        self.editors["date"].set_value(today())
        self.retranslate()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 12, 10)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        for key, _caption, row, column, span in (*_PLACES, *self._own_places()):
            editor: QWidget = self.owner if key == "owner" else self.editors[key]
            caption = Caption(
                editor if isinstance(editor, Editor) else None,
                required=key == "customer_id" or any(own.key == key and own.required for own in self._own),
            )
            self._captions[key] = caption
            cell = QVBoxLayout()
            cell.setSpacing(2)
            line = QHBoxLayout()
            line.setSpacing(8)
            line.addWidget(caption, 1)
            if key == "customer_id":
                # as wide as it needs to be, where there is room
                line.addWidget(self.credit, 20)
            cell.addLayout(line)
            cell.addWidget(editor)
            cell.addStretch(1)
            grid.addLayout(cell, row, column, 1, span)
        for column, stretch in enumerate((4, 3, 3, 3, 3, 3)):
            grid.setColumnStretch(column, stretch)
            grid.setColumnMinimumWidth(column, 60)
        for editor in self.editors.values():
            # in a small window a day is read whole before anything else
            editor.setMinimumWidth(9 * text_size() if isinstance(editor, DateEditor) else 60)

    def _own_places(self) -> list[tuple[str, str, int, int, int]]:
        """The office's own fields below the others, as many beside one another as fit."""
        places = []
        row, column = max(place[2] for place in _PLACES) + 1, 0
        for own in self._own:
            span = 3 if own.kind in ("long_text", "choices") else 1
            if column + span > _ACROSS:
                row, column = row + 1, 0
            places.append((own.key, own.title, row, column, span))
            column += span
        return places

    def _connect(self) -> None:
        for key, editor in self.editors.items():
            editor.changed.connect(partial(self._changed, key))
            editor.finished.connect(partial(self._walk, key))

    # Values

    def values(self) -> dict[str, Any]:
        """The head as it was typed; dates and ids, None for empty. ``custom`` are the office's own fields."""
        own = {field.key for field in self._own}
        values = {key: editor.value() for key, editor in self.editors.items() if key not in own}
        return {**values, "custom": {key: self.editors[key].value() for key in own}} if own else values

    def kept(self) -> dict[str, Any]:
        """Every field as it stands, the office's own among them."""
        return {key: editor.value() for key, editor in self.editors.items()}

    def called(self, key: str) -> str:
        """What a field is called."""
        return self._captions[key].label.text() if key in self._captions else ""

    def problem(self, *, new: bool) -> str | None:
        """The first thing that was typed and not understood, or of a ``new`` order is required, in words."""
        required = {field.key for field in self._own if field.required} if new else set()
        for key, editor in self.editors.items():
            problem = editor.problem()
            if problem is None and key in required and editor.value() is None:
                problem = tr("This field must not be empty.")
            if problem is not None:
                editor.set_error(problem)
                editor.setFocus()
                return problem
        return None

    def value(self, key: str) -> Any:
        """The value of one field."""
        return self.editors[key].value()

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show a stored head, or what a new order begins with."""
        for key, value in values.items():
            if key in self.editors:
                self.editors[key].set_value(value)

    def set_lists(self, lists: OrderLists) -> None:
        """Warehouses and price levels to choose from; the only warehouse there is, is chosen."""
        warehouse, level = self.editors["warehouse_id"], self.editors["price_level_id"]
        assert isinstance(warehouse, NamedEditor) and isinstance(level, NamedEditor)
        warehouse.set_rows([(row.id, row.name, "") for row in lists.warehouses])
        level.set_rows([(row.id, row.name, "") for row in lists.price_levels])

    def set_terms(self, terms: CustomerTerms, *, defaults: bool) -> None:
        """The customer's credit and contacts; with ``defaults`` also his price level, contact and address."""
        self._terms = terms
        contacts = self.editors["contact_id"]
        assert isinstance(contacts, NamedEditor)
        contacts.set_rows([(row.id, row.name, row.phone) for row in terms.contacts])
        self.customer.set_labelled(terms.id, terms.name)
        if defaults:
            main = terms.contacts[0] if terms.contacts else None
            self.set_values(
                {
                    "contact_id": main.id if main else None,
                    "price_level_id": terms.price_level_id,
                    "consignee": main.name if main else None,
                    "consignee_phone": (main.phone if main else "") or terms.phone or None,
                    "delivery_address": terms.address or None,
                }
            )
        self._show_credit()

    def set_owner(self, name: str) -> None:
        """Who sells."""
        self.owner.setText(name)

    def set_read_only(self, read_only: bool) -> None:
        """A confirmed order is shown, not edited."""
        for editor in self.editors.values():
            editor.set_read_only(read_only)

    # Credit (SAL-10)

    def set_order_total(self, total: Decimal, *, counted: bool) -> None:
        """The order's total; ``counted`` once it is confirmed and part of what is owed."""
        self._order_total, self._counted = total, counted
        self._show_credit()

    def over_credit(self) -> Decimal:
        """By how much this order takes the customer beyond his limit; 0 within it or without one."""
        terms = self._terms
        if terms is None or terms.credit_limit is None:
            return Decimal(0)
        added = Decimal(0) if self._counted else self._order_total
        return max(terms.owed + added - terms.credit_limit, Decimal(0))

    def credit_warning(self) -> str:
        """Words for an order beyond the limit; empty within it."""
        over = self.over_credit()
        if not over or self._terms is None:
            return ""
        return tr(
            "Over the credit limit by {over}: limit {limit}, owed {owed}, this order {order}.",
            over=plain_digits(over, 2),
            limit=plain_digits(self._terms.credit_limit or Decimal(0), 2),
            owed=plain_digits(self._terms.owed, 2),
            order=plain_digits(self._order_total, 2),
        )

    def _show_credit(self) -> None:
        terms = self._terms
        if terms is None:
            self.credit.setText("")
            return
        owed = plain_digits(terms.owed, 2)
        if terms.credit_limit is None:
            text = tr("Owed {owed}", owed=owed)
        else:
            text = tr("Limit {limit}, owed {owed}", limit=plain_digits(terms.credit_limit), owed=owed)
        if self._order_total and not self._counted:
            text = tr("{credit}, this order {order}", credit=text, order=plain_digits(self._order_total, 2))
        self.credit.setText(text)
        self.credit.setProperty("tone", "bad" if self.over_credit() else "")
        self.credit.setToolTip(self.credit_warning() or tr("{days} days of credit", days=terms.credit_days))
        repolish(self.credit)

    # Inside

    def _changed(self, key: str) -> None:
        value = self.editors[key].value()
        if key == "customer_id":
            if isinstance(value, int) and (self._terms is None or self._terms.id != value):
                self.customer_chosen.emit(value)
        elif key == "warehouse_id":
            self.terms_changed.emit(False)
        elif key == "price_level_id":
            self.terms_changed.emit(True)
        self.edited.emit()

    def _walk(self, key: str) -> None:
        keys = list(_WALK)
        after = keys[keys.index(key) + 1 :] if key in keys else []
        if not after:
            self.done.emit()
        else:
            editor = self.editors[after[0]]
            editor.setFocus()

    def retranslate(self) -> None:
        """Set every text."""
        for key, caption, *_place in _PLACES:
            self._captions[key].set_title(tr(caption))
        for own in self._own:
            self._captions[own.key].set_title(own.title)
        self.customer.set_placeholder(tr("Name, pinyin, number or phone"))
        self._show_credit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
