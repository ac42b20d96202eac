"""What is done with the open goods of an order: a stock issue, a dispatch notice, purchase requests (SAL-09)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from services.delivery.commands import make_dispatch
from services.delivery.entities import DISPATCH_ENTITY
from services.language import tr
from services.products.queries import NamedRow
from services.purchasing.commands import request_for_order
from services.purchasing.entities import REQUEST
from services.sales.queries import LineRecord, OpenLine, OrderRecord, open_lines
from services.stock.commands import make_issue
from services.stock.entities import ISSUE_ENTITY
from widgets.base.action_dialog import Request
from widgets.base.client import Client
from widgets.base.editors.date import DateEditor
from widgets.base.editors.named import NamedEditor
from widgets.base.editors.text import TextEditor
from widgets.base.goods_dialog import GoodsDialog, GoodsRow
from widgets.base.tasks import Control, TaskSlot

ZERO = Decimal(0)


def _row(line: LineRecord, order_number: str = "") -> GoodsRow:
    label = f"{order_number}  {line.product.label}" if order_number else line.product.label
    return GoodsRow(line.id, label, line.product.unit, line.open, line.pack, line.product.packs)


def _open(order: OrderRecord) -> list[LineRecord]:
    return [line for line in order.lines if line.product.stocked and line.open > 0]


class _LeavingDialog(GoodsDialog):
    """Goods that are to leave from a warehouse, of this order and others of its customer."""

    def __init__(
        self, client: Client, order: OrderRecord, warehouses: Sequence[NamedRow], parent: QWidget
    ) -> None:
        over = client.dictionary.settings.get("delivery.over_delivery") is True
        super().__init__(client, parent, over_allowed=over)
        self._order = order
        for line in _open(order):
            self.add_row(_row(line), line.open)
        self.warehouse = NamedEditor()
        self.warehouse.set_rows([(row.id, row.name, "") for row in warehouses])
        self.warehouse.set_value(order.head["warehouse_id"])
        self._warehouse_caption = QLabel()
        self.top.addRow(self._warehouse_caption, self.warehouse)
        self.fields["warehouse"] = self.warehouse
        self.others: QCheckBox = QCheckBox()
        self.others.toggled.connect(self._show_others)
        self.body.addWidget(self.others)
        self._slot = TaskSlot(self)

    def _show_others(self, _shown: bool) -> None:
        # rows that are there stay: unticking would throw typed quantities away
        self.others.setEnabled(False)
        database, order = self._client.database, self._order

        def work(_control: Control) -> tuple[OpenLine, ...]:
            with database.read_session() as session:
                customer = int(order.head["customer_id"])
                return open_lines(session, customer_id=customer, except_order=order.id)

        self._slot.start(work, self._add_others, self._failed)

    def _add_others(self, found: tuple[OpenLine, ...]) -> None:
        for each in found:
            self.add_row(_row(each.line, each.order_number), ZERO)
        if not found:
            self.others.setText(tr("No other order of this customer has open goods."))

    def check(self) -> str:
        """Goods and a warehouse."""
        missing = super().check()
        if missing:
            return missing
        return "" if self.warehouse.value() else tr("Choose the warehouse from which the goods leave.")

    def chosen_warehouse(self) -> int:
        """Id of the warehouse; ``check`` saw that there is one."""
        warehouse = self.warehouse.value()
        assert isinstance(warehouse, int)
        return warehouse

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self._warehouse_caption.setText(tr("Warehouse"))
        self.others.setText(tr("Also open goods of this customer's other orders"))


class IssueDialog(_LeavingDialog):
    """Which goods the warehouse is asked for: lines with open goods, all of them at first."""

    def __init__(
        self, client: Client, order: OrderRecord, warehouses: Sequence[NamedRow], parent: QWidget
    ) -> None:
        super().__init__(client, order, warehouses, parent)
        self.retranslate()
        self.keep_input(ISSUE_ENTITY, f"{ISSUE_ENTITY.key}/order {order.id}")

    def request(self) -> Request:
        """Make the stock issue."""
        return make_issue, {
            "warehouse_id": self.chosen_warehouse(),
            "lines": self.wanted(),
            "packs": self.typed_in(),
        }

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(tr("Stock issue"))
        self.intro.setText(tr("The keeper of the warehouse counts the goods and posts the issue."))
        self.do.setText(tr("Ask the warehouse"))


class DispatchDialog(_LeavingDialog):
    """Which goods may leave (发货通知单): the warehouse sees them in its queue (DLV-01)."""

    def __init__(
        self, client: Client, order: OrderRecord, warehouses: Sequence[NamedRow], parent: QWidget
    ) -> None:
        super().__init__(client, order, warehouses, parent)
        self.wanted_on = DateEditor()
        self.wanted_on.set_value(order.head["required_on"])
        self.remark = TextEditor(length=400)
        self._captions = (QLabel(), QLabel())
        self.top.addRow(self._captions[0], self.wanted_on)
        self.top.addRow(self._captions[1], self.remark)
        self.fields |= {"wanted_on": self.wanted_on, "remark": self.remark}
        self.retranslate()
        self.keep_input(DISPATCH_ENTITY, f"{DISPATCH_ENTITY.key}/order {order.id}")

    def check(self) -> str:
        """Goods, a warehouse, a day that is one."""
        return self.wanted_on.problem() or super().check()

    def request(self) -> Request:
        """Make the notice."""
        day = self.wanted_on.value()
        return make_dispatch, {
            "warehouse_id": self.chosen_warehouse(),
            "lines": self.wanted(),
            "packs": self.typed_in(),
            "wanted_on": day if isinstance(day, date) else None,
            "remark": str(self.remark.value() or ""),
        }

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(tr("Dispatch notice"))
        self.intro.setText(
            tr("The notice tells the warehouse which goods may leave. Its keepers see it at once.")
        )
        self._captions[0].setText(tr("Wanted on"))
        self._captions[1].setText(tr("Remark"))
        self.do.setText(tr("Send the notice"))


class RequestDialog(GoodsDialog):
    """What has to be bought for the order (请购单): what is promised beyond what lies there, at first."""

    def __init__(self, client: Client, order: OrderRecord, parent: QWidget) -> None:
        super().__init__(client, parent, over_allowed=True)
        self._order = order
        for line in order.lines:
            waiting = line.quantity - line.delivered
            if not line.product.stocked or waiting <= 0:
                continue
            # what all confirmed orders together lack, but no more than this line's part
            free = line.product.free
            short = ZERO if free is None else min(waiting, max(-free, ZERO))
            self.add_row(replace(_row(line), open=waiting), short)
        self.wanted_on = DateEditor()
        self.wanted_on.set_value(order.head["required_on"])
        self.remark = TextEditor(length=400)
        self._captions = (QLabel(), QLabel())
        self.top.addRow(self._captions[0], self.wanted_on)
        self.top.addRow(self._captions[1], self.remark)
        self.fields |= {"wanted_on": self.wanted_on, "remark": self.remark}
        self.retranslate()
        self.keep_input(REQUEST, f"{REQUEST.key}/order {order.id}")

    def check(self) -> str:
        """Something to buy, and a day that is one."""
        return self.wanted_on.problem() or super().check()

    def nothing_chosen(self) -> str:
        """Where everything lies there already."""
        return tr("Choose what is to be bought, with a quantity above zero.")

    def request(self) -> Request:
        """Write the requests."""
        day = self.wanted_on.value()
        return request_for_order, {
            "order_id": self._order.id,
            "lines": self.wanted(),
            "packs": self.typed_in(),
            "wanted_on": day if isinstance(day, date) else None,
            "remark": str(self.remark.value() or ""),
        }

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(tr("Purchase request"))
        self.intro.setText(tr("Purchasing is asked for what is short. One request per product."))
        self._captions[0].setText(tr("Wanted on"))
        self._captions[1].setText(tr("Remark"))
        self.do.setText(tr("Ask purchasing"))
