"""A stock receipt: a draft of purchasing's or a keeper's by keyboard or from a table, received by the keeper of its
warehouse (STK-02, STK-04)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from printing.stock_receipt import stock_receipt
from services.clock import today
from services.commands import Changes
from services.entity import Kind
from services.language import mark, tr
from services.merging import Lines
from services.products.queries import NamedRow, ProductHit, find_products, products_by_id
from services.stock.commands import drop_receipt, post_receipt, save_receipt
from services.stock.entities import RECEIPT_ENTITY, RECEIPT_KINDS, RECEIPT_STATES
from services.stock.queries import (
    ReceiptRecord,
    posting_warehouses,
    read_receipt,
    receiving_warehouses,
    with_agreed,
)
from widgets.base.client import Client
from widgets.base.document_page import DocumentPage
from widgets.base.editors.base import Editor
from widgets.base.editors.choice import LabelEditor
from widgets.base.editors.date import DateEditor
from widgets.base.editors.named import NamedEditor
from widgets.base.editors.reference import ReferenceEditor
from widgets.base.editors.text import TextEditor
from widgets.base.formatting import number_text, time_text
from widgets.base.line_grid import LineGrid, Row
from widgets.base.page_paper import PagePaper
from widgets.stock.print_data import stock_receipt_data
from widgets.stock.receipt_lines import (
    COLUMNS,
    kept_line,
    line_input,
    line_words,
    recalled_row,
    receipt_row,
    typed_row,
)
from widgets.stock.receipt_table import ReceiptTable

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Opened:
    """What the page is opened with."""

    warehouses: tuple[NamedRow, ...]
    kept: tuple[NamedRow, ...]
    """Those of them that the user keeps: only there he receives."""
    record: ReceiptRecord | None


class ReceiptForm(DocumentPage):
    """One stock receipt. Costs are shown and typed only with the right to see them."""

    compared = Lines({"lines": "product"})

    def __init__(
        self,
        client: Client,
        receipt_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(client, RECEIPT_ENTITY, receipt_id, parent)
        self.record: ReceiptRecord | None = None
        self._values = dict(values or {})
        self._sees_cost = client.user.can("products.see_cost")
        self._kept: frozenset[int] = frozenset()
        self.warehouse = NamedEditor()
        self.kind = LabelEditor(RECEIPT_KINDS)
        self.date = DateEditor()
        self.remark = TextEditor(length=400)
        self.supplier: ReferenceEditor | None = None
        row: list[tuple[str, str, Editor, int]] = [
            ("warehouse_id", mark("Warehouse"), self.warehouse, 3),
            ("kind", mark("Kind of receipt"), self.kind, 2),
            ("date", mark("Date"), self.date, 2),
        ]
        if client.user.can("customers.customer.view"):
            self.supplier = ReferenceEditor(client, client.entities["customers.customer"])
            row.append(("supplier_id", mark("Supplier"), self.supplier, 3))
        row.append(("remark", mark("Remark"), self.remark, 12 - sum(part[3] for part in row)))
        self.add_button("file", "file-spreadsheet")
        self.add_button("drop", "trash-2")
        self.add_button("print", "printer", shortcut="Ctrl+P")
        self.add_button("save", "save", shortcut="Ctrl+S")
        self.add_button("post", "check", primary=True, shortcut="F9")
        head, layout = self.card()
        layout.addLayout(self.field_grid(tuple(row), required=("warehouse_id",)))
        self.grid = LineGrid(COLUMNS, search=self._search)
        for key in ("unit_cost", "value"):
            self.grid.show_column(key, self._sees_cost)
        self.summary, self.keys, self.facts = QLabel(), QLabel(), QLabel()
        self.summary.setProperty("role", "heading")
        self.keys.setProperty("role", "small")
        self.facts.setProperty("role", "muted")
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        lines, below = self.card()
        below.addWidget(self.facts)
        below.addWidget(self.grid, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.keys)
        foot.addStretch(1)
        foot.addWidget(self.summary)
        below.addLayout(foot)
        self.body.addWidget(head)
        self.body.addWidget(lines, 1)
        self._discontinued = False
        self.kind.changed.connect(self._kind_changed)
        self.warehouse.changed.connect(self.refresh_buttons)
        self.grid.lines.edited.connect(self._line_edited)
        self.table = ReceiptTable(client.database, self.messages, self, costs=self._sees_cost)
        self.table.read.connect(lambda: self._set_busy(False))
        self.table.taken.connect(self._take_rows)
        self.table.failed.connect(self.failed)
        self.grid.pasted.connect(self.paste)
        self.grid.failed.connect(self.failed)
        self.grid.nothing_found.connect(
            lambda words: self.messages.warning(tr("No product answers “{text}”.", text=words))
        )
        self.grid.left.connect(self.buttons["post"].setFocus)
        self.paper = PagePaper(
            self,
            "stock_receipt",
            lambda record, costs: stock_receipt(
                stock_receipt_data(record, client.dictionary, show_costs=costs)
            ),
            with_prices=self._sees_cost,
        )
        self.keep_input()
        self.retranslate()
        self.load()

    # -- reading

    def read(self) -> Opened:
        """The warehouses, those he may post in, and the receipt."""
        with self.client.database.read_session() as session:
            record = None if self.record_id is None else read_receipt(session, self.record_id)
            return Opened(receiving_warehouses(session), posting_warehouses(session), record)

    def show_record(self, found: Opened) -> None:
        """Show the receipt, or an empty one."""
        self.record, self._kept = found.record, frozenset(place.id for place in found.kept)
        record = found.record
        self.warehouse.set_rows([(place.id, place.name, "") for place in found.warehouses])
        if record is None:
            # who keeps none says which one is meant
            usual = found.kept or (found.warehouses if len(found.warehouses) == 1 else ())
            self.warehouse.set_value(self._values.get("warehouse_id", usual[0].id if usual else None))
            self.kind.set_value(self._values.get("kind", "purchase"))
            self.date.set_value(today())
            self.grid.lines.set_rows([], read_only=False)
        else:
            self.warehouse.set_value(record.warehouse_id)
            self.kind.set_value(record.kind)
            self.date.set_value(record.date)
            self.remark.set_value(record.remark or None)
            if self.supplier is not None:
                if record.supplier_id is not None and record.supplier:
                    self.supplier.learn({record.supplier_id: record.supplier})
                self.supplier.set_value(record.supplier_id)
            rows = [
                receipt_row(
                    with_agreed(line.product, line.pack),
                    line.quantity,
                    line.unit_cost,
                    line.remark,
                    line.id,
                    line.pack,
                )
                for line in record.lines
            ]
            self.grid.lines.set_rows(rows, read_only=not self.may_type())
        for editor in self.editors.values():
            editor.set_read_only(not self.may_type())
        self._kind_changed()
        self._sum_up()

    def kept(self) -> dict[str, Any]:
        """The head, and the lines by product."""
        lines = [kept_line(row) for row in self.grid.lines.entered()]
        return {**super().kept(), "lines": lines}

    def recall(self, values: Mapping[str, Any]) -> Mapping[int, ProductHit]:
        """The products of a draft as they are today."""
        products = [line["product"] for line in values["lines"]]
        with self.client.database.read_session() as session:
            return products_by_id(session, products, warehouse_id=values.get("warehouse_id"))

    def take_up(self, values: Mapping[str, Any], recalled: Mapping[int, ProductHit]) -> None:
        """Show a draft."""
        super().take_up(values, recalled)
        self._kind_changed()
        rows = [
            recalled_row(line, recalled[line["product"]])
            for line in values["lines"]
            if line["product"] in recalled
        ]
        self.grid.lines.set_rows(rows, read_only=not self.may_type())
        self._sum_up()

    def called(self, key: str, value: Any, recalled: Any) -> str:
        """A field, or the product of a line."""
        if key.startswith("lines/"):
            product = recalled.get(value["product"])
            return (
                product.label if product is not None else tr("Product no. {number}", number=value["product"])
            )
        return super().called(key, value, recalled)

    def words(self, key: str, value: Any, recalled: Any) -> str:
        """A field, or a line's quantity, cost and remark."""
        if key.startswith("lines/"):
            return line_words(value)
        return super().words(key, value, recalled)

    def may_type(self) -> bool:
        """Only a draft is typed into."""
        verb = "create" if self.record is None else "edit"
        return (self.record is None or self.record.state == "draft") and self.client.can(self.entity, verb)

    def on_shown(self) -> None:
        """A new receipt begins at its first line."""
        if self.record_id is None and not self._dirty:
            self.warehouse.setFocus()

    def fields_done(self) -> None:
        """Enter in the last field goes to the lines."""
        self.grid.begin(max(self.grid.lines.rowCount() - 1, 0), "product")

    def _search(self, words: str) -> Sequence[ProductHit]:
        with self.client.database.read_session() as session:
            return find_products(session, words, discontinued=self._discontinued)

    def _kind_changed(self) -> None:
        # what a customer brings back, or lay there already, may be discontinued; the search asks off the UI thread
        self._discontinued = self.kind.value() in ("return", "opening")

    # -- lines

    def _line_edited(self, at: int, key: str) -> None:
        if 0 <= at < len(self.grid.lines.rows):
            row = self.grid.lines.rows[at]
            if row.get("product") is not None:
                row.update(typed_row(row))
        self.set_dirty(True)
        self._sum_up()

    def _sum_up(self) -> None:
        rows = self.grid.lines.entered()
        self.grid.show_column("packs", any(row.get("pack") for row in rows))
        quantity = sum((row.get("quantity") or ZERO for row in rows), ZERO)
        text = tr(
            "{count} rows, {quantity} in all", count=len(rows), quantity=number_text(quantity, Kind.QUANTITY)
        )
        if self._sees_cost:
            value = sum((row.get("value") or ZERO for row in rows), ZERO)
            text += "    ¥" + number_text(value, Kind.AMOUNT)
        self.summary.setText(text)

    def paste(self, text: str) -> None:
        """Rows copied from a spreadsheet: product, quantity, cost, remark."""
        self._set_busy(True)
        self.table.read_text(text, discontinued=self._discontinued)

    def read_file(self, path: Path) -> None:
        """Rows of an Excel or CSV file."""
        self._set_busy(True)
        self.table.read_file(path, discontinued=self._discontinued)

    def _take_rows(self, rows: list[Row]) -> None:
        self.grid.lines.add(rows)
        self._sum_up()
        self.set_dirty(True)

    # -- writing

    def do(self, key: str) -> None:
        """Save, receive, print, delete, read a file."""
        if key == "file":
            path = self.table.ask()
            if path is not None:
                self.read_file(path)
        elif key == "drop" and self.record is not None:
            self.write("drop", drop_receipt, self._dropped, receipt_id=self.record.id)
        elif key == "print":
            self.paper.open()
        elif key in ("save", "post"):
            self._save(post=key == "post")

    def _save(self, *, post: bool) -> None:
        self.grid.finish_editing()
        if self.typed_problem() or self._wrong():
            return
        if post and self.record is not None and not self._dirty:
            self._post(self.record.id, self.record.version)
            return
        stored = {} if self.record is None else {"receipt_id": self.record.id, "version": self.record.version}
        self.write(
            "save",
            save_receipt,
            lambda changes: self._saved(changes, post),
            warehouse_id=self.warehouse.value(),
            kind=self.kind.value() or "other",
            date=self.date.value(),
            supplier_id=None if self.supplier is None else self.supplier.value(),
            remark=str(self.remark.value() or ""),
            lines=tuple(line_input(row) for row in self.grid.lines.entered()),
            **stored,
        )

    def _wrong(self) -> bool:
        rows = self.grid.lines.entered()
        if not rows:
            self.messages.warning(tr("Enter at least one line."))
            self.grid.begin(0, "product")
            return True
        for at, row in enumerate(rows):
            if not row.get("quantity"):
                self.messages.warning(tr("Enter the quantity of {product}.", product=row["product"].label))
                self.grid.begin(at, "quantity")
                return True
        return False

    def _saved(self, changes: Changes, post: bool) -> None:
        self.record_id = changes.id
        self.set_dirty(False)
        self.saved.emit(changes.id)
        if post:
            self._post(changes.id, int(changes.result["version"]))
        else:
            self.messages.done(tr("Saved. The goods are to come until the keeper receives them."))
            self.load()

    def _post(self, receipt_id: int, version: int) -> None:
        self.write("post", post_receipt, self._posted, receipt_id=receipt_id, version=version)

    def _posted(self, changes: Changes) -> None:
        self.messages.done(
            tr("Stock receipt {number} is posted; the goods are in stock.", number=changes.result["number"])
        )
        self.saved.emit(changes.id)
        self.load()

    def failed(self, error: Exception) -> None:
        """A draft that could not be posted is saved all the same: read it again."""
        super().failed(error)
        if self.record_id is not None and self.record is None:
            self.load()

    def _dropped(self, changes: Changes) -> None:
        self.set_dirty(False)
        self.record_id, self.record = None, None
        self.grid.lines.set_rows([], read_only=True)
        self.messages.done(
            tr("The stock receipt lies in the recycle bin; its goods are not to come any more.")
        )
        self.saved.emit(changes.id)
        self.refresh_buttons()

    # -- looks

    def refresh_buttons(self) -> None:
        """By state and rights."""
        draft = self.may_type()
        self.offer("save", draft)
        self.offer("file", draft)
        keeps = self.warehouse.value() in self._kept
        self.offer("post", draft and keeps and self.client.user.can("stock.receipt.post"))
        self.offer("drop", self.record is not None and self.may("drop"))
        self.offer("print", self.record is not None and self.may("print"))

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.show_state(RECEIPT_STATES)
        self.set_button("file", tr("Read from Excel"))
        self.set_button("post", tr("Receive"), "F9")
        self.keys.setText(
            tr("Enter next cell    F2 product    Ctrl+Del delete row    Ctrl+V paste from Excel")
        )
        self.keys.setVisible(self.may_type())
        record = self.record
        facts = []
        if record is not None and record.posted_at is not None:
            by = self.client.dictionary.user(record.posted_by)
            facts.append(tr("Posted by {name}, {time}", name=by, time=time_text(record.posted_at)))
        if record is not None and record.print_count:
            facts.append(tr("Printed {count} times", count=record.print_count))
        self.facts.setText("    ".join(facts))
        self.facts.setVisible(bool(facts))
        self._sum_up()
