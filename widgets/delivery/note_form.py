"""A delivery note: carrier, parcels, consignee; its steps; its print on A4 or continuous paper (DLV-03, PLT-54)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from printing.delivery_note import delivery_note
from services.commands import Changes
from services.delivery.commands import NoteInput, save_note, step_note
from services.delivery.entities import FREIGHT_PAYERS, NOTE_ENTITY, NOTE_STATES
from services.delivery.queries import NoteRecord, read_note
from services.entity import Kind
from services.language import mark, tr
from widgets.base.client import Client
from widgets.base.document_page import DocumentPage
from widgets.base.editors.choice import ChoiceEditor, LabelEditor
from widgets.base.editors.number import IntegerEditor, NumberEditor
from widgets.base.editors.text import PhoneEditor, TextEditor
from widgets.base.formatting import date_text, number_text, time_text
from widgets.base.line_grid import GridColumn, LineGrid
from widgets.base.page_paper import PagePaper
from widgets.delivery.print_data import delivery_note_data

COLUMNS: Final = (
    GridColumn("number", mark("Product number"), width=130),
    GridColumn("name", mark("Product"), width=220, stretch=True),
    GridColumn("model", mark("Model"), width=140),
    GridColumn("unit", mark("Unit"), width=60),
    GridColumn("quantity", mark("Quantity"), Kind.QUANTITY, 100),
    GridColumn("price", mark("Tax price"), Kind.PRICE, 110),
    GridColumn("amount", mark("Amount"), Kind.AMOUNT, 120),
    GridColumn("remark", mark("Remark"), width=140),
)
STEPS: Final = {"ship": "shipped", "sign": "signed", "cancel": "cancelled"}


class NoteForm(DocumentPage):
    """One delivery note."""

    def __init__(
        self,
        client: Client,
        note_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(client, NOTE_ENTITY, note_id, parent)
        self.record: NoteRecord | None = None
        self.add_button("cancel", "ban")
        self.add_button("issue", "upload")
        self.add_button("print", "printer", shortcut="Ctrl+P")
        self.add_button("save", "save", shortcut="Ctrl+S")
        self.add_button("sign", "circle-check", primary=True)
        self.add_button("ship", "truck", primary=True, shortcut="F9")
        head, layout = self.card()
        self.facts = QLabel()
        self.facts.setProperty("role", "muted")
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(self.facts)
        self.signed_by = TextEditor(length=60)
        layout.addLayout(
            self.field_grid(
                (
                    ("consignee", mark("Consignee"), TextEditor(length=60), 2),
                    ("phone", mark("Phone"), PhoneEditor(length=60), 3),
                    ("address", mark("Delivery address"), TextEditor(length=200), 7),
                ),
                (
                    (
                        "way",
                        mark("Way of delivery"),
                        ChoiceEditor(lambda: client.dictionary, "delivery_way"),
                        2,
                    ),
                    ("carrier", mark("Carrier"), TextEditor(length=80), 3),
                    ("tracking_number", mark("Tracking number"), TextEditor(length=60), 3),
                    ("freight", mark("Freight"), NumberEditor(places=2, fixed=True), 2),
                    ("freight_paid_by", mark("Freight paid by"), LabelEditor(FREIGHT_PAYERS), 2),
                ),
                (
                    ("parcels", mark("Parcels"), IntegerEditor(), 2),
                    ("weight", mark("Weight (kg)"), NumberEditor(places=3), 2),
                    ("remark", mark("Remark"), TextEditor(length=400), 6),
                    ("signed_by", mark("Signed by"), self.signed_by, 2),
                ),
            )
        )
        self.grid = LineGrid(COLUMNS)
        self.summary = QLabel()
        self.summary.setProperty("role", "heading")
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight)
        lines, below = self.card()
        below.addWidget(self.grid, 1)
        below.addWidget(self.summary)
        self.body.addWidget(head)
        self.body.addWidget(lines, 1)
        self.paper = PagePaper(
            self,
            "delivery_note",
            lambda record, prices: delivery_note(
                delivery_note_data(record, client.dictionary, show_prices=prices)
            ),
            with_prices=True,
        )
        self.keep_input()
        self.retranslate()
        self.load()

    # -- reading

    def read(self) -> NoteRecord:
        """The note."""
        assert self.record_id is not None
        with self.client.database.read_session() as session:
            return read_note(session, self.record_id)

    def show_record(self, found: NoteRecord) -> None:
        """Show the note; it can be typed into until the goods are signed for."""
        self.record = found
        locked = not self.may_type()
        for key, editor in self.editors.items():
            value = getattr(found, key)
            editor.set_value(None if value == "" else value)
            editor.set_read_only(locked if key != "signed_by" else found.state != "shipped")
        self.grid.lines.set_rows(
            [
                {
                    "number": line.product_number,
                    "name": line.product,
                    "model": line.model,
                    "unit": line.unit,
                    "quantity": line.quantity,
                    "price": line.price,
                    "amount": line.amount,
                    "remark": line.remark,
                }
                for line in found.lines
            ],
            read_only=True,
        )

    def may_type(self) -> bool:
        """Until the goods are signed for."""
        record = self.record
        open_ = record is not None and record.state not in ("signed", "cancelled")
        return open_ and self.client.can(self.entity, "edit")

    def fields_done(self) -> None:
        """Enter in the last field: to the button."""
        self.buttons["save"].setFocus()

    # -- writing

    def do(self, key: str) -> None:
        """Save, step on, print, open the stock issue."""
        record = self.record
        assert record is not None
        if key == "issue" and record.issue_id is not None:
            self.client.shell.open_record("stock.issue", record.issue_id)
        elif key == "print":
            self.paper.open()
        elif key == "save":
            self._save(None)
        elif key in STEPS:
            if self.dirty() and key != "cancel":
                self._save(STEPS[key])
            else:
                self._step(STEPS[key])

    def _save(self, then: str | None) -> None:
        record = self.record
        assert record is not None
        if self.typed_problem():
            return
        typed = {key: editor.value() for key, editor in self.editors.items()}
        freight, parcels, weight = typed["freight"], typed["parcels"], typed["weight"]
        texts = {
            key: str(typed[key] or "")
            for key in ("consignee", "phone", "address", "carrier", "tracking_number", "remark")
        }
        note = NoteInput(
            **texts,
            way=typed["way"] if isinstance(typed["way"], str) else None,
            freight=freight if isinstance(freight, Decimal) else Decimal(0),
            freight_paid_by=str(typed["freight_paid_by"] or "us"),
            parcels=parcels if isinstance(parcels, int) else None,
            weight=weight if isinstance(weight, Decimal) else None,
        )

        def done(changes: Changes) -> None:
            self.set_dirty(False)
            if then is not None:
                self._step(then)
                return
            self.messages.done(tr("Saved."))
            self.saved.emit(record.id)
            self.load()

        self.write("save", save_note, done, note_id=record.id, version=record.version, note=note)

    def _step(self, to: str) -> None:
        record = self.record
        assert record is not None
        signed_by = str(self.signed_by.value() or "") if to == "signed" else ""
        self.write(
            "step",
            step_note,
            lambda changes: self._stepped(to),
            note_id=record.id,
            to=to,
            signed_by=signed_by,
        )

    def _stepped(self, to: str) -> None:
        self.set_dirty(False)
        self.messages.done(tr(NOTE_STATES[to]))
        if self.record_id is not None:
            self.saved.emit(self.record_id)
        self.load()

    # -- looks

    def refresh_buttons(self) -> None:
        """By state and rights."""
        record = self.record
        there = record is not None
        self.offer("save", self.may_type())
        for key in STEPS:
            self.offer(key, there and self.may(key))
        self.offer("print", there and bool(record and record.lines) and self.may("print"))
        may_open = self.client.user.can("stock.issue.view")
        self.offer("issue", record is not None and record.issue_id is not None and may_open)

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.show_state(NOTE_STATES)
        self.set_button("issue", tr("Stock issue"))
        record = self.record
        if record is None:
            return
        facts = [record.customer, date_text(record.date), record.warehouse]
        if record.issue_number:
            facts.append(f"{tr('Stock issue')} {record.issue_number}")
        if record.order_numbers:
            facts.append(f"{tr('Orders')} {record.order_numbers}")
        if record.shipped_at is not None:
            facts.append(f"{tr('Shipped at')} {time_text(record.shipped_at)}")
        if record.signed_at is not None:
            facts.append(f"{tr('Signed at')} {time_text(record.signed_at)}")
        if record.print_count:
            facts.append(tr("Printed {count} times", count=record.print_count))
        self.facts.setText("    ".join(filter(None, facts)))
        quantity = sum((line.quantity for line in record.lines), Decimal(0))
        amount = sum((line.amount or Decimal(0) for line in record.lines), Decimal(0))
        waits = tr("The lines appear when the keeper has confirmed the stock issue.")
        sums = tr(
            "{count} rows, {quantity} in all",
            count=len(record.lines),
            quantity=number_text(quantity, Kind.QUANTITY),
        )
        self.summary.setText(f"{sums}    ¥{number_text(amount, Kind.AMOUNT)}" if record.lines else waits)
