"""The panels that the workbench offers (WB-01)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from services.analysis import workbench as figures
from services.language import mark
from widgets.activities.figure_panels import MonthPanel, YearPanel
from widgets.activities.list_panels import (
    ReceivablesPanel,
    RecordsPanel,
    ShipPanel,
    StockPanel,
    TasksPanel,
    WarehousePanel,
)
from widgets.activities.panel import Panel, PanelKind
from widgets.base.client import Client


def _kind(
    key: str,
    title: str,
    right: str,
    entities: Sequence[str],
    make: Callable[[Client, PanelKind], Panel],
    read: Callable[[Any], Any],
    width: int = 2,
    weight: int = 2,
) -> PanelKind:
    return PanelKind(key, title, right, frozenset(entities), make, read, width, weight)


_MONEY: Final = ("sales.order", "finance.payment")
KINDS: Final = {
    kind.key: kind
    for kind in (
        _kind(
            "month",
            mark("Performance of this month"),
            "sales.order.view",
            (*_MONEY, "customers.customer"),
            MonthPanel,
            figures.performance,
            weight=2,
        ),
        _kind(
            "receivables",
            mark("Receivables to remind of"),
            "sales.order.view",
            _MONEY,
            ReceivablesPanel,
            figures.receivables,
        ),
        _kind(
            "tasks",
            mark("Tasks of today"),
            "activities.task.view",
            ("activities.task",),
            TasksPanel,
            figures.tasks_due,
        ),
        _kind(
            "year",
            mark("Sales of this year"),
            "sales.order.view",
            ("sales.order",),
            YearPanel,
            figures.sales_of_year,
            4,
            3,
        ),
        _kind(
            "ship",
            mark("Goods to ship"),
            "sales.order.view",
            ("sales.order", "stock.issue"),
            ShipPanel,
            figures.to_ship,
            weight=3,
        ),
        _kind(
            "records",
            mark("Latest contact records"),
            "activities.record.view",
            ("activities.record",),
            RecordsPanel,
            figures.latest_records,
            4,
            3,
        ),
        _kind(
            "warehouse",
            mark("Waiting in the warehouse"),
            "stock.issue.view",
            ("stock.issue", "delivery.note"),
            WarehousePanel,
            figures.warehouse_work,
            weight=3,
        ),
        _kind(
            "stock",
            mark("Stock below its limit"),
            "stock.balance.view",
            ("stock.balance", "stock.ledger", "products.product"),
            StockPanel,
            figures.short_stock,
            weight=3,
        ),
    )
}
"""All panels, in the order in which they stand at first."""
