"""Which screens are custom: entity keys and the widgets that stand in for the generic ones.

The generic list and form serve every entity that is not named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QWidget

from widgets.products.category_page import CategoryPage
from widgets.products.product_page import ProductPage
from widgets.sales.order_form import OrderForm

RECORDS: Final[Mapping[str, type[QWidget]]] = {"products.product": ProductPage, "sales.order": OrderForm}
"""Pages of one record: ``Widget(client, record_id | None, values | None)``; no id begins a new one."""

LISTS: Final[Mapping[str, type[QWidget]]] = {"products.category": CategoryPage}
"""Pages in place of the list: ``Widget(client)``."""
