"""Which screens are custom: entity keys and the widgets that stand in for the generic ones.

The generic list and form serve every entity that is not named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QWidget

from widgets.activities.record_page import RecordPage
from widgets.activities.task_page import TaskPage
from widgets.delivery.note_form import NoteForm
from widgets.finance.payment_form import PaymentForm
from widgets.products.category_page import CategoryPage
from widgets.products.product_page import ProductPage
from widgets.sales.order_form import OrderForm
from widgets.stock.issue_form import IssueForm
from widgets.stock.receipt_form import ReceiptForm
from widgets.stock.stock_list import StockListPage
from widgets.stock.warehouse_form import WarehouseForm

RECORDS: Final[Mapping[str, type[QWidget]]] = {
    "products.product": ProductPage,
    "sales.order": OrderForm,
    "stock.receipt": ReceiptForm,
    "stock.issue": IssueForm,
    "stock.warehouse": WarehouseForm,
    "finance.payment": PaymentForm,
    "delivery.note": NoteForm,
    "activities.record": RecordPage,
    "activities.task": TaskPage,
}
"""Pages of one record: ``Widget(client, record_id | None, values | None)``; no id begins a new one."""

LISTS: Final[Mapping[str, type[QWidget]]] = {
    "products.category": CategoryPage,
    "stock.balance": StockListPage,
}
"""Pages in place of the list: ``Widget(client)``."""
