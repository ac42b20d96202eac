"""The panels that the workbench offers (WB-01)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from services.analysis import workbench as figures
from services.analysis.panels import PANELS
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
    entities: Sequence[str],
    make: Callable[[Client, PanelKind], Panel],
    read: Callable[[Any], Any],
    width: int = 2,
    weight: int = 2,
) -> PanelKind:
    panel = PANELS[key]
    return PanelKind(key, panel.title, panel.right, frozenset(entities), make, read, width, weight)


_MONEY: Final = ("sales.order", "finance.payment")
KINDS: Final = {
    kind.key: kind
    for kind in (
        _kind(
            "month",
            (*_MONEY, "customers.customer"),
            MonthPanel,
            figures.performance,
            weight=2,
        ),
        _kind(
            "receivables",
            _MONEY,
            ReceivablesPanel,
            figures.receivables,
        ),
        _kind(
            "tasks",
            ("activities.task",),
            TasksPanel,
            figures.tasks_due,
        ),
        _kind(
            "year",
            ("sales.order",),
            YearPanel,
            figures.sales_of_year,
            4,
            3,
        ),
        _kind(
            "ship",
            ("sales.order", "stock.issue"),
            ShipPanel,
            figures.to_ship,
            weight=3,
        ),
        _kind(
            "records",
            ("activities.record",),
            RecordsPanel,
            figures.latest_records,
            4,
            3,
        ),
        _kind(
            "warehouse",
            ("stock.issue", "stock.receipt", "delivery.dispatch", "delivery.note"),
            WarehousePanel,
            figures.warehouse_work,
            weight=3,
        ),
        _kind(
            "stock",
            ("stock.balance", "stock.ledger", "products.product"),
            StockPanel,
            figures.short_stock,
            weight=3,
        ),
    )
}
"""How each of ``services.analysis.panels.PANELS`` is drawn and read."""
