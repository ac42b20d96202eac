"""Which screens are custom: entity keys and the widgets that show them instead of the generic ones.

The generic list and form serve every other entity. Each constructor takes ``(client, …, parent=None)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QWidget

from widgets.sales.order_form import OrderForm

RECORDS: Final[Mapping[str, type[QWidget]]] = {"sales.order": OrderForm}
"""Pages of one record: ``Widget(client, record_id | None, values | None)``; no id begins a new one."""
