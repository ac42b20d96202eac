"""The stock list as the office reads it: per warehouse or in total, now or at the end of a past day (STK-06)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from services.changes import Notice
from services.entity import Kind
from services.errors import Cancelled
from services.language import mark, tr
from services.products.queries import NamedRow, warehouses
from services.stock.queries import StockList, stock_list
from widgets.base.client import Client
from widgets.base.editors.date import DateEditor
from widgets.base.formatting import number_text
from widgets.base.line_grid import GridColumn, LineGrid, Row
from widgets.base.messages import MessageBar
from widgets.base.tasks import TaskSlot

COLUMNS: Final = (
    GridColumn("number", mark("Product number"), width=100),
    GridColumn("name", mark("Product"), width=200, stretch=True),
    GridColumn("model", mark("Model"), width=100),
    GridColumn("unit", mark("Unit"), width=46),
    GridColumn("warehouse", mark("Warehouse"), width=100),
    GridColumn("on_hand", mark("On hand"), Kind.QUANTITY, 86),
    GridColumn("reserved", mark("Reserved"), Kind.QUANTITY, 78),
    GridColumn("free", mark("Free"), Kind.QUANTITY, 80),
    GridColumn("to_come", mark("To come"), Kind.QUANTITY, 80),
    GridColumn("value", mark("Stock value"), Kind.AMOUNT, 106),
    GridColumn("lower", mark("Lower limit"), Kind.QUANTITY, 86),
    GridColumn("upper", mark("Upper limit"), Kind.QUANTITY, 86),
)
SHOWN: Final = 500
"""Rows shown at once; the search narrows what is beyond."""
_TOTAL, _EACH = -1, 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read."""

    places: tuple[NamedRow, ...]
    found: StockList


class StockListPage(QWidget):
    """Reads anew whenever a condition or the stock changes; Enter opens the product."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("page", True)
        self.client = client
        self._slot = TaskSlot(self)
        self._places: tuple[NamedRow, ...] | None = None
        self._found: StockList | None = None
        self.heading, self.summary, self.on_label = QLabel(), QLabel(), QLabel()
        self.heading.setProperty("role", "title")
        self.summary.setProperty("role", "heading")
        self.place, self.words, self.zero = QComboBox(), QLineEdit(), QCheckBox()
        self.on = DateEditor()
        self.on.setFixedWidth(170)
        self.words.setClearButtonEnabled(True)
        self.words.setMinimumWidth(220)
        self.zero.setChecked(True)
        self.messages = MessageBar()
        self.grid = LineGrid(COLUMNS)
        self.grid.lines.tone = _tone
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(120)
        self._timer.timeout.connect(self.reload)
        self._lay_out()
        self.place.currentIndexChanged.connect(lambda _index: self.reload())
        self.words.textChanged.connect(lambda _text: self._timer.start())
        self.zero.toggled.connect(lambda _on: self.reload())
        self.on.changed.connect(self._timer.start)
        self.grid.activated.connect(lambda index: self._open(index.row()))
        client.bus.changed.connect(self._heard)
        self.retranslate()
        self.reload()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.heading)
        row.addSpacing(8)
        row.addWidget(self.words, 1)
        for widget in (self.place, self.on_label, self.on, self.zero):
            row.addWidget(widget)
        # a past day is calculated from the journal, which not everybody may read
        for widget in (self.on_label, self.on):
            widget.setVisible(self.client.user.can("stock.ledger.view"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(8)
        layout.addLayout(row)
        layout.addWidget(self.messages)
        layout.addWidget(self.grid, 1)
        layout.addWidget(self.summary, 0, Qt.AlignmentFlag.AlignRight)

    def title(self) -> str:
        """Text of the tab."""
        return tr("Stock list")

    @property
    def busy(self) -> bool:
        """True while rows are read or about to be."""
        return self._slot.busy or self._timer.isActive()

    def reload(self) -> None:
        """Read the list for the conditions chosen."""
        self._timer.stop()
        chosen = self.place.currentData()
        day = self.on.value()
        on = day if isinstance(day, datetime.date) else None
        words, hide, database = self.words.text(), self.zero.isChecked(), self.client.database

        def work(_control: object) -> Answer:
            with database.read_session() as session:
                found = stock_list(
                    session,
                    warehouse_id=chosen if isinstance(chosen, int) and chosen > 0 else None,
                    in_total=chosen == _TOTAL,
                    on=on,
                    words=words,
                    hide_zero=hide,
                    limit=SHOWN,
                )
                return Answer(warehouses(session), found)

        self._slot.start(work, self._show, self._failed)

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self.messages.error(error)

    def _show(self, answer: Answer) -> None:
        if self._places != answer.places:
            self._places = answer.places
            self._fill_places()
        self._found = answer.found
        rows: list[Row] = [
            {
                "id": row.product_id,
                "number": row.product_number,
                "name": row.product,
                "model": row.model,
                "unit": row.unit,
                "warehouse": row.warehouse,
                "on_hand": row.on_hand,
                "reserved": row.reserved,
                "free": row.free,
                "to_come": row.to_come,
                "value": row.value,
                "lower": row.lower_limit,
                "upper": row.upper_limit,
            }
            for row in answer.found.rows
        ]
        self.grid.lines.set_rows(rows, read_only=True)
        now = self.on.value() is None
        for key in ("reserved", "free", "to_come"):
            self.grid.show_column(key, now)
        self.grid.show_column("value", self.client.user.can("products.see_cost"))
        self.grid.show_column("warehouse", self.place.currentData() != _TOTAL)
        self._sum_up()

    def _fill_places(self) -> None:
        chosen = self.place.currentData()
        self.place.blockSignals(True)
        self.place.clear()
        self.place.addItem(tr("Each warehouse"), _EACH)
        self.place.addItem(tr("All in total"), _TOTAL)
        for place in self._places or ():
            self.place.addItem(place.name, place.id)
        self.place.setCurrentIndex(max(self.place.findData(chosen), 0))
        self.place.blockSignals(False)

    def _sum_up(self) -> None:
        found = self._found
        if found is None:
            return
        text = tr(
            "{count} rows, {quantity} in all",
            count=found.count,
            quantity=number_text(found.on_hand, Kind.QUANTITY),
        )
        if found.value is not None:
            text += "    ¥" + number_text(found.value, Kind.AMOUNT)
        if found.count > len(found.rows):
            text += "    " + tr("The first {count} are shown: search for the others.", count=len(found.rows))
        self.summary.setText(text)

    def _open(self, at: int) -> None:
        if 0 <= at < self.grid.lines.rowCount():
            self.client.shell.open_record("products.product", int(self.grid.lines.rows[at]["id"]))

    def _heard(self, notice: Notice) -> None:
        if notice.entity in ("stock.balance", "*") and self.isVisible():
            self._timer.start()

    def retranslate(self) -> None:
        """Set every text."""
        self.heading.setText(tr("Stock list"))
        self.words.setPlaceholderText(tr("Product: name, pinyin, number, bar code"))
        self.on_label.setText(tr("At the end of"))
        self.on.set_placeholder(tr("now"))
        self.zero.setText(tr("Hide zero rows"))
        self._fill_places()
        self._sum_up()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _tone(row: Row, key: str) -> str:
    """Red: less than the lower limit, or promised more than is there."""
    value: Any = row.get(key)
    if key == "on_hand" and row.get("lower") is not None and value < row["lower"]:
        return "bad"
    return "bad" if key == "free" and value is not None and value < 0 else ""
