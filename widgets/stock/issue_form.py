"""The keeper's screen of a stock issue: counted quantities by keyboard or scanner, then confirmed (STK-04, DLV-02)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from printing.stock_issue import stock_issue
from services.clock import today
from services.commands import Changes
from services.delivery.commands import make_note
from services.entity import Kind
from services.language import mark, tr
from services.merging import Lines
from services.products.packs import pack_of, said_in
from services.products.queries import ProductHit
from services.purchasing.commands import request_for_issue
from services.search import normalise
from services.stock.commands import drop_issue, post_issue
from services.stock.entities import ISSUE_ENTITY, ISSUE_KINDS, ISSUE_STATES
from services.stock.queries import IssueRecord, Lying, lying_in, read_issue
from services.typed import plain_digits
from widgets.base.client import Client
from widgets.base.document_page import DocumentPage
from widgets.base.editors.date import DateEditor
from widgets.base.editors.named import NamedEditor
from widgets.base.formatting import number_text, time_text
from widgets.base.line_grid import GridColumn, LineGrid, Row
from widgets.base.page_paper import PagePaper
from widgets.base.tasks import Control, TaskSlot
from widgets.stock.print_data import stock_issue_data

ZERO: Final = Decimal(0)


def _countable(value: Decimal, row: Row) -> str | None:
    if value < 0 or value > row["wanted"]:
        return tr("Count between 0 and {wanted}.", wanted=plain_digits(row["wanted"]))
    return None


COLUMNS: Final = (
    GridColumn("product", mark("Product and model"), width=220, stretch=True),
    GridColumn("code", mark("Bar code"), width=130),
    GridColumn("bin", mark("Bin"), width=76),
    GridColumn("order", mark("Order number"), width=140),
    GridColumn("unit", mark("Unit"), width=50),
    GridColumn("on_hand", mark("On hand"), Kind.QUANTITY, 90),
    GridColumn("wanted", mark("Wanted"), Kind.QUANTITY, 90),
    GridColumn("packs", mark("In packs"), width=90),
    GridColumn("counted", mark("Counted"), Kind.QUANTITY, 100, editable=True, check=_countable),
    GridColumn("short", mark("Short"), Kind.QUANTITY, 80),
)


class IssueForm(DocumentPage):
    """One stock issue. Counted quantities are filled in with what is wanted; the first scan starts counting at 0.

    The scan box takes a bar code or product number and Enter, as scanners send it. One scan adds one to exactly one
    line: the first of that product that is not full.
    """

    compared = Lines({"counted": "line"})

    def __init__(
        self,
        client: Client,
        issue_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(client, ISSUE_ENTITY, issue_id, parent)
        self.record: IssueRecord | None = None
        self._scanning = False
        self._lying = TaskSlot(self)
        self.warehouse = NamedEditor()
        self.date = DateEditor()
        self.facts = QLabel()
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setProperty("role", "muted")
        self.scan = QLineEdit()
        self.scan.setClearButtonEnabled(True)
        self.scan.setMinimumHeight(38)
        self.scan.installEventFilter(self)
        self.grid = LineGrid(COLUMNS)
        self.grid.lines.tone = self._tone
        self.summary = QLabel()
        self.summary.setProperty("role", "heading")
        self.keys = QLabel()
        self.keys.setProperty("role", "small")
        self.add_button("zero", "scan-line")
        self.add_button("drop", "trash-2")
        self.add_button("print", "printer", shortcut="Ctrl+P")
        self.add_button("request", "shopping-cart")
        self.add_button("note", "truck", shortcut="F7")
        self.add_button("post", "check", primary=True, shortcut="F9")
        frame, layout = self.card()
        layout.addWidget(self.facts)
        layout.addLayout(
            self.field_grid(
                (
                    ("warehouse_id", mark("Warehouse"), self.warehouse, 3),
                    ("date", mark("Date"), self.date, 2),
                ),
                required=("warehouse_id", "date"),
            )
        )
        layout.addWidget(self.scan)
        layout.addWidget(self.grid, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.keys)
        foot.addStretch(1)
        foot.addWidget(self.summary)
        layout.addLayout(foot)
        self.body.addWidget(frame, 1)
        self.warehouse.changed.connect(self._look_there)
        self.grid.lines.edited.connect(self._counted_changed)
        self.grid.left.connect(self.buttons["post"].setFocus)
        self.paper = PagePaper(
            self,
            "stock_issue",
            lambda record, _prices: stock_issue(stock_issue_data(record, client.dictionary)),
        )
        self.keep_input()
        self.retranslate()
        self.load()

    def read(self) -> IssueRecord:
        """The issue with what lies there of each product."""
        assert self.record_id is not None
        with self.client.database.read_session() as session:
            return read_issue(session, self.record_id)

    def load(self) -> None:
        """What was counted stays, whatever is read again."""
        if self._dirty:
            self.meeting.put_over(self.kept(), {})
        super().load()

    def load_again(self) -> None:
        """Others change what is asked for, not what lies in front of the keeper."""
        self.load()

    def show_record(self, found: IssueRecord) -> None:
        """Show the issue; a draft of the keeper's own warehouse can be counted."""
        self.record = found
        self._scanning = False
        draft = found.state == "draft"
        rows = []
        for line in found.lines:
            counted = line.quantity if draft else line.counted
            rows.append(
                {
                    "id": line.id,
                    "product": line.product,
                    "code": line.product.bar_code or line.product.number,
                    "bin": line.bin,
                    "order": line.order_number,
                    "unit": line.product.unit,
                    "agreed": line.pack,
                    "pack": line.pack,
                    "packs": said_in(
                        line.quantity if draft else counted or ZERO, line.product.unit, line.pack
                    )
                    if line.pack
                    else "",
                    "on_hand": line.product.on_hand if draft else None,
                    "wanted": line.quantity,
                    "counted": counted,
                    "short": line.quantity - (counted or ZERO) or None,
                }
            )
        self._lying.drop()
        places = {place.id: place.name for place in found.kept} | {found.warehouse_id: found.warehouse}
        self.warehouse.set_rows([(place, name, "") for place, name in places.items()])
        self.warehouse.set_value(found.warehouse_id)
        # goods leave on the day on which they are counted, whenever they were asked for
        self.date.set_value(today() if self.may_type() else found.date)
        for editor in self.editors.values():
            editor.set_read_only(not self.may_type())
        self.grid.lines.set_rows(rows, read_only=not self.may_type())
        self.grid.show_column("on_hand", draft)
        self.grid.show_column("packs", any(line.pack for line in found.lines))
        self.grid.show_column("bin", any(line.bin for line in found.lines))
        self.scan.setVisible(self.may_type())
        self._sum_up()

    def may_type(self) -> bool:
        """Only a draft is counted, by a keeper of its warehouse."""
        record = self.record
        return (
            record is not None
            and record.state == "draft"
            and self.may("post")
            and record.warehouse_id in {place.id for place in record.kept}
        )

    def _look_there(self) -> None:
        """What lies in the warehouse from which the goods leave, and where."""
        place, products = self.warehouse.value(), {row["product"].id for row in self.grid.lines.rows}
        if not isinstance(place, int):
            return

        def work(_control: Control) -> dict[int, Lying]:
            with self.client.database.read_session() as session:
                return lying_in(session, place, products)

        self._lying.start(work, self._show_lying, self.failed)

    def _show_lying(self, lying: Mapping[int, Lying]) -> None:
        model = self.grid.lines
        for row in model.rows:
            there = lying.get(row["product"].id, Lying())
            row["on_hand"], row["bin"] = there.on_hand, there.bin
        model.dataChanged.emit(model.index(0, 0), model.index(len(model.rows) - 1, model.columnCount() - 1))
        self.grid.show_column("bin", any(row["bin"] for row in model.rows))

    @property
    def busy(self) -> bool:
        """Also while it is read what lies in another warehouse."""
        return super().busy or self._lying.busy

    def kept(self) -> dict[str, Any]:
        """Warehouse and day, what is counted of each line, and whether the scanner is at it."""
        counted = [
            {
                "line": row["id"],
                "counted": row["counted"] or ZERO,
                "pack": pack.name if (pack := row.get("pack")) is not None else None,
                "factor": None if pack is None else pack.factor,
            }
            for row in self.grid.lines.rows
        ]
        return {**super().kept(), "counted": counted, "scanning": self._scanning}

    def take_up(self, values: Mapping[str, Any], recalled: Any) -> None:
        """Show what was counted, of the lines that are still there."""
        super().take_up(values, recalled)
        counted = {line["line"]: line for line in values["counted"]}
        for at, row in enumerate(self.grid.lines.rows):
            if row["id"] in counted:
                line = counted[row["id"]]
                row["pack"] = pack_of(line["pack"], line["factor"])
                self.grid.lines.change(at, "counted", min(line["counted"], row["wanted"]))
        self._scanning = bool(values["scanning"])
        self._look_there()

    def called(self, key: str, value: Any, recalled: Any) -> str:
        """The product of a line that was counted."""
        rows = (row for row in self.grid.lines.rows if value and row["id"] == value["line"])
        return next((str(row["product"].label) for row in rows), "")

    def words(self, key: str, value: Any, recalled: Any) -> str:
        """How much of a line was counted."""
        if "/" in key:
            return number_text(value["counted"], Kind.QUANTITY)
        return super().words(key, value, recalled)

    def on_shown(self) -> None:
        """The scanner's box has the keyboard."""
        if self.scan.isVisibleTo(self):
            self.scan.setFocus()

    # -- counting

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter in the scan box counts; Down goes to the lines."""
        if watched is self.scan and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.count(self.scan.text())
                self.scan.clear()
                return True
            if event.key() == Qt.Key.Key_Down and self.grid.lines.rowCount():
                self.grid.begin(0, "counted")
                return True
        return super().eventFilter(watched, event)

    def count(self, code: str) -> None:
        """One piece of the product with this bar code or number was scanned, or a full pack with a code of its own."""
        wanted = normalise(code)
        if not wanted or self.grid.lines.read_only:
            return
        self.messages.clear()
        lines = self.grid.lines
        places = [at for at, row in enumerate(lines.rows) if wanted in _codes(row["product"])]
        if not places:
            self.messages.warning(
                tr("No line of this issue has the code {code}. Put it aside.", code=code.strip())
            )
            return
        if not self._scanning:
            self.count_from_zero()
        for at in places:
            row = lines.rows[at]
            more = _codes(row["product"])[wanted]
            if row["counted"] + more <= row["wanted"]:
                lines.change(at, "counted", row["counted"] + more)
                self.grid.selectRow(at)
                self.grid.scrollTo(lines.index(at, 0))
                return
        product = lines.rows[places[0]]["product"].label
        self.messages.warning(tr("{product} is complete: this piece is one too many.", product=product))

    def count_from_zero(self) -> None:
        """Start the count anew with nothing counted."""
        self._scanning = True
        for at in range(self.grid.lines.rowCount()):
            self.grid.lines.change(at, "counted", ZERO)

    def _counted_changed(self, at: int, key: str) -> None:
        row = self.grid.lines.rows[at]
        if row["counted"] is None:
            row["counted"] = ZERO
        row["short"] = row["wanted"] - row["counted"] or None
        pack = row.get("pack")
        row["packs"] = said_in(row["wanted"], row["product"].unit, pack) if pack is not None else ""
        self.set_dirty(True)
        self._sum_up()

    def _tone(self, row: Row, key: str) -> str:
        if key == "short" and row.get("short"):
            return "bad"
        if key == "on_hand" and row.get("on_hand") is not None and row["on_hand"] < (row["counted"] or ZERO):
            return "bad"
        return ""

    def _sum_up(self) -> None:
        rows = self.grid.lines.rows
        wanted = sum((row["wanted"] for row in rows), ZERO)
        counted = sum((row["counted"] or ZERO for row in rows), ZERO)
        self.summary.setText(
            tr(
                "Counted {counted} of {wanted}",
                counted=number_text(counted, Kind.QUANTITY),
                wanted=number_text(wanted, Kind.QUANTITY),
            )
        )

    # -- writing

    def do(self, key: str) -> None:
        """Confirm, make or open the note, delete, count from zero."""
        record = self.record
        assert record is not None
        if key == "zero":
            self.count_from_zero()
            self.scan.setFocus()
        elif key == "post":
            self.grid.finish_editing()
            if not self.typed_problem():
                self._post(record)
        elif key == "note" and record.note_id is not None:
            self.client.shell.open_record("delivery.note", record.note_id)
        elif key == "note":
            self.write("note", make_note, self._noted, issue_id=record.id)
        elif key == "print":
            self.paper.open()
        elif key == "request":
            self._request()
        elif key == "drop":
            self.write("drop", drop_issue, self._dropped, issue_id=record.id)

    def _post(self, record: IssueRecord) -> None:
        rows = self.grid.lines.rows
        self.write(
            "post",
            post_issue,
            self._posted,
            issue_id=record.id,
            counted=tuple((row["id"], row["counted"]) for row in rows),
            packs={row["id"]: row["pack"] for row in rows if row.get("pack") != row.get("agreed")},
            warehouse_id=self.warehouse.value(),
            date=self.date.value(),
        )

    def _posted(self, changes: Changes) -> None:
        short = [row for row in self.grid.lines.rows if row["short"]]
        text = tr("Stock issue {number} is confirmed; the goods may leave.", number=changes.result["number"])
        if short:
            names = tr(", ").join(f"{row['product'].label} {plain_digits(row['short'])}" for row in short[:5])
            text += " " + tr("Short and open on the order again: {goods}.", goods=names)
        actions = []
        self.set_dirty(False)
        if short and self.client.user.can("purchasing.request.create"):
            wanted = [(row["id"], row["short"]) for row in short]
            actions.append((tr("Ask purchasing for it"), lambda: self._request(wanted)))
        if self.client.user.can("delivery.note.create"):
            actions.append((tr("Make the delivery note"), lambda: self.act("note")))
        show = self.messages.warning if short else self.messages.done
        show(text, *actions)
        self.saved.emit(changes.id)
        self.load()

    def _request(self, wanted: list[tuple[int, Decimal]] | None = None) -> None:
        """Ask purchasing for what is short: as counted now, or as it was when the issue was confirmed."""
        record = self.record
        assert record is not None
        if wanted is None:
            self.grid.finish_editing()
            wanted = [(row["id"], row["short"]) for row in self.grid.lines.rows if row["short"]]
        if not wanted:
            self.messages.info(tr("Nothing is short: type what you counted first."))
            return
        self.write("request", request_for_issue, self._requested, issue_id=record.id, lines=wanted)

    def _requested(self, changes: Changes) -> None:
        self.messages.done(tr("{count} purchase requests are written.", count=changes.result["requests"]))

    def _noted(self, changes: Changes) -> None:
        self.load()
        self.client.shell.open_record("delivery.note", changes.id)

    def _dropped(self, changes: Changes) -> None:
        self.set_dirty(False)
        self.record_id, self.record = None, None
        self.grid.lines.set_rows([], read_only=True)
        self.messages.done(
            tr("The stock issue lies in the recycle bin; its goods are open on the order again.")
        )
        self.saved.emit(changes.id)
        self.refresh_buttons()

    # -- looks

    def refresh_buttons(self) -> None:
        """By state and rights."""
        record = self.record
        draft = record is not None and record.state == "draft"
        self.offer("post", self.may_type())
        self.offer("zero", self.may_type())
        self.offer("drop", draft and self.may("drop"))
        self.offer("print", record is not None and self.may("print"))
        self.offer("request", draft and self.client.user.can("purchasing.request.create"))
        has_note = record is not None and record.note_id is not None
        may_note = (
            record is not None and record.state == "posted" and self.client.user.can("delivery.note.create")
        )
        self.offer("note", has_note or may_note)

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.show_state(ISSUE_STATES)
        self.set_button("zero", tr("Count from zero"))
        self.set_button("request", tr("Purchase request"))
        record = self.record
        if record is not None:
            opens = record.note_id is not None
            self.set_button(
                "note", tr("Open the delivery note") if opens else tr("Make the delivery note"), "F7"
            )
            facts = [tr(ISSUE_KINDS[record.kind]), record.customer]
            if record.print_count:
                facts.append(tr("Printed {count} times", count=record.print_count))
            if record.posted_at is not None:
                by = self.client.dictionary.user(record.posted_by)
                facts.append(tr("Posted by {name}, {time}", name=by, time=time_text(record.posted_at)))
            self.facts.setText("    ".join(filter(None, [*facts, record.remark])))
        self.scan.setPlaceholderText(
            tr("Scan a bar code: one piece is counted. ↓ types quantities into the lines")
        )
        self.keys.setText(tr("Enter next line    F9 confirm    F7 delivery note"))
        self._sum_up()


def _codes(product: ProductHit) -> dict[str, Decimal]:
    """What a scanner may read off a product, and how many pieces each code stands for."""
    pieces = (product.bar_code, product.number, *product.further_codes)
    codes = {normalise(pack.bar_code): pack.factor for pack in product.packs if pack.bar_code}
    return {normalise(code): Decimal(1) for code in pieces if code} | codes
