"""A purchase request (请购单): typed or made from an order or stock issue; ordered, closed, opened again (DLV-02)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from services.commands import Changes
from services.language import tr
from services.products.packs import PackUnit, pack_of
from services.products.queries import ProductHit, in_use, products_by_id
from services.purchasing.commands import step_request
from services.purchasing.entities import REQUEST, REQUEST_STATES
from services.records import create, read, update_record
from widgets.base.client import Client
from widgets.base.document_page import DocumentPage
from widgets.base.editors.make import make_editor, precision
from widgets.base.editors.packed import PackedEditor
from widgets.base.formatting import date_text
from widgets.base.tasks import Control, TaskSlot

_OFFERED: Final[Mapping[str, Callable[[], Sequence[Any]]]] = {"product_id": lambda: (in_use(),)}
"""What is discontinued is not bought any more."""
STEPS: Final = {"order": "ordered", "close": "closed", "reopen": "open"}
SPANS: Final = {"product_id": 6, "quantity": 3, "wanted_on": 3, "warehouse_id": 3, "remark": 9}
ROWS: Final = (("product_id", "quantity", "wanted_on"), ("warehouse_id", "remark"))


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A stored request: what the title row needs, and all its values."""

    id: int
    version: int
    number: str
    state: str
    values: Mapping[str, Any]
    product: ProductHit | None

    @property
    def pack(self) -> PackUnit | None:
        """The unit in which it was asked for."""
        return pack_of(self.values["pack_unit"], self.values["pack_factor"])


class RequestPage(DocumentPage):
    """One purchase request; without an id a new one."""

    def __init__(
        self,
        client: Client,
        request_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(client, REQUEST, request_id, parent)
        self.record: RequestRecord | None = None
        self._values = dict(values or {})
        self.facts = QLabel()
        self.facts.setProperty("role", "muted")
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        card, layout = self.card()
        layout.addWidget(self.facts)
        self.quantity = PackedEditor(places=precision(client.dictionary).quantity)
        made = {
            key: make_editor(client, REQUEST.field(key), REQUEST, conditions=_OFFERED.get(key, tuple))
            for key in SPANS
            if key != "quantity"
        }
        made["quantity"] = self.quantity
        layout.addLayout(
            self.field_grid(
                *(
                    tuple((key, REQUEST.field(key).title, made[key], SPANS[key]) for key in row)
                    for row in ROWS
                )
            )
        )
        self._packs = TaskSlot(self)
        made["product_id"].changed.connect(self._product_changed)
        self.body.addWidget(card)
        self.body.addStretch(1)
        self.add_button("reopen", "undo-2")
        self.add_button("close", "circle-check")
        self.add_button("sales", "external-link")
        self.add_button("save", "save", shortcut="Ctrl+S")
        self.add_button("order", "check", primary=True, shortcut="F9")
        self.keep_input()
        self.retranslate()
        self.load()

    def read(self) -> RequestRecord | None:
        """The request."""
        if self.record_id is None:
            return None
        with self.client.database.read_session() as session:
            found = read(session, entity=REQUEST, record_id=self.record_id)
            product = products_by_id(session, [found["product_id"]]).get(found["product_id"])
        return RequestRecord(
            self.record_id, found["version"], found["number"], found["state"], found, product
        )

    def show_record(self, found: RequestRecord | None) -> None:
        """Show the request, or an empty one; a closed one is not typed into."""
        self.record = found
        values = self._values if found is None else found.values
        if found is not None:
            packs = () if found.product is None else found.product.packs
            self.quantity.set_packs(found.values["unit"] or "", packs, found.pack)
        for key, editor in self.editors.items():
            editor.set_value(values.get(key))
            editor.set_read_only(not self.may_type())
        if found is None and values.get("product_id") is not None:
            self._product_changed()

    def may_type(self) -> bool:
        """Until it is closed."""
        record = self.record
        closed = record is not None and record.state == "closed"
        return not closed and self.client.can(REQUEST, "create" if record is None else "edit")

    def _product_changed(self) -> None:
        """Another product is counted in its own unit and packs."""
        product = self.editors["product_id"].value()
        self.quantity.set_packs("", ())
        self._packs.drop()
        if not isinstance(product, int):
            return
        database, asked = self.client.database, self.record

        def work(_control: Control) -> ProductHit | None:
            with database.read_session() as session:
                return products_by_id(session, [product]).get(product)

        def show(hit: ProductHit | None) -> None:
            same = asked is not None and asked.values["product_id"] == product
            if hit is not None:
                self.quantity.set_packs(hit.unit, hit.packs, asked.pack if same and asked else None)

        self._packs.start(work, show, self.failed)

    @property
    def busy(self) -> bool:
        """True while something is read or written."""
        return super().busy or self._packs.busy

    def on_shown(self) -> None:
        """A new request begins at its product."""
        if self.record_id is None:
            self.editors["product_id"].setFocus()

    def fields_done(self) -> None:
        """Enter in the last field: to the button."""
        self.buttons["save"].setFocus()

    def do(self, key: str) -> None:
        """Save, step on, open the order."""
        record = self.record
        if key == "save":
            self._save()
        elif record is not None and key == "sales":
            self.client.shell.open_record("sales.order", record.values["order_id"])
        elif record is not None and self.dirty():
            self.messages.warning(tr("Save what was typed first."), (tr("Save"), self._save))
        elif record is not None:
            self.write("step", step_request, self._stepped, request_ids=[record.id], to=STEPS[key])

    def _save(self) -> None:
        if self.typed_problem():
            return
        pack = self.quantity.pack
        values = {key: editor.value() for key, editor in self.editors.items()}
        values |= {"pack_unit": pack and pack.name, "pack_factor": pack and pack.factor}
        if self.record is None:
            self.write("save", create, self._saved, entity=REQUEST, values=values)
        else:
            self.write(
                "save",
                update_record,
                self._saved,
                entity=REQUEST,
                record_id=self.record.id,
                version=self.record.version,
                values=values,
            )

    def _saved(self, changes: Changes) -> None:
        self.record_id = changes.id
        self.set_dirty(False)
        self.messages.done(tr("Saved."))
        self.saved.emit(changes.id)
        self.load()

    def _stepped(self, _changes: Changes) -> None:
        if self.record_id is not None:
            self.saved.emit(self.record_id)
        self.load()

    def refresh_buttons(self) -> None:
        """By state and rights."""
        record = self.record
        self.offer("save", self.may_type())
        for key in STEPS:
            self.offer(key, record is not None and self.may(key))
        for_order = record is not None and record.values["order_id"] is not None
        self.offer("sales", for_order and self.client.user.can("sales.order.view"))

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.show_state(REQUEST_STATES)
        self.set_button("sales", tr("Open the order"))
        record = self.record
        self.facts.setVisible(record is not None)
        if record is None:
            return
        facts = [
            tr("For order {number}", number=record.values["order_number"])
            if record.values["order_number"]
            else "",
            f"{tr('Asked by')} {self.client.dictionary.user(record.values['owner_id'])}",
            date_text(record.values["date"]),
        ]
        self.facts.setText("    ".join(filter(None, facts)))
