"""What a list remembers of itself per user: columns, their widths and order, page size, sorting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer

from services.data_classes import LONGEST
from services.entity import Column
from widgets.base.client import Client
from widgets.base.list_footer import CONTINUOUS, SIZES
from widgets.base.tasks import TaskSlot

KEEP_AFTER = 800
"""Milliseconds after the last change before it is stored."""


class ListState(QObject):
    """Preferences of one list. Reading is immediate; storing happens beside, once nothing changes any more."""

    def __init__(self, client: Client, entity: str, columns: Sequence[Column], parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._key = f"list.{entity}"
        self._columns = {column.key: column for column in columns}
        kept = client.preferences.get(self._key, {})
        self._kept: dict[str, Any] = dict(kept) if isinstance(kept, dict) else {}
        self._slot = TaskSlot(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_AFTER)
        self._timer.timeout.connect(self._store)

    def columns(self) -> tuple[Column, ...]:
        """The columns shown, in order; those of the declaration where nothing (that exists) was chosen."""
        names = self._kept.get("columns")
        chosen = [self._columns[n] for n in names if n in self._columns] if isinstance(names, list) else []
        return tuple(chosen) or tuple(column for column in self._columns.values() if column.shown)

    def learn(self, columns: Sequence[Column]) -> None:
        """What columns there are now: the office has added one of its own, or switched it off."""
        self._columns = {column.key: column for column in columns}

    def set_columns(self, keys: Sequence[str] | None) -> None:
        """Show these columns; None for those of the declaration."""
        self._put("columns", list(keys) if keys is not None else None)

    def width(self, column: Column) -> int | None:
        """Width in pixels that the user gave a column; None if he gave none."""
        found = self._kept.get("widths", {}).get(column.key)
        return found if isinstance(found, int) and 24 <= found <= 2000 else None

    def set_width(self, key: str, width: int) -> None:
        """Remember a width."""
        self._put("widths", {**self._kept.get("widths", {}), key: width})

    @property
    def size(self) -> int:
        """Rows per page, or CONTINUOUS."""
        found = self._kept.get("size", 30)
        return found if found in (*SIZES, CONTINUOUS) else 30

    @size.setter
    def size(self, value: int) -> None:
        self._put("size", value)

    @property
    def order(self) -> tuple[str, ...]:
        """Keys the user sorted by last; empty for the declaration's."""
        found = self._kept.get("order") or ()
        names = [n for n in found if isinstance(n, str)]
        fine = all(n.lstrip("-") in self._columns and self._columns[n.lstrip("-")].sortable for n in names)
        return tuple(names) if fine else ()

    @order.setter
    def order(self, value: Sequence[str]) -> None:
        self._put("order", list(value))

    @property
    def frozen(self) -> int:
        """How many of the first columns stay in sight."""
        found = self._kept.get("frozen", 0)
        return found if isinstance(found, int) and 0 <= found <= len(self._columns) else 0

    @frozen.setter
    def frozen(self, value: int) -> None:
        self._put("frozen", value)

    @property
    def default_search(self) -> int | None:
        """Id of the saved search that the list opens with."""
        found = self._kept.get("search")
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    @default_search.setter
    def default_search(self, value: int | None) -> None:
        self._put("search", value)

    @property
    def classes_shown(self) -> bool:
        """Whether the data classes stand at the side."""
        return bool(self._kept.get("classes", True))

    @classes_shown.setter
    def classes_shown(self, value: bool) -> None:
        self._put("classes", value)

    def class_days(self, key: str) -> int | None:
        """How many days a data class counts for this person; None for those of the declaration."""
        found = self._kept.get("days", {}).get(key)
        return found if isinstance(found, int) and 0 < found <= LONGEST else None

    def set_class_days(self, key: str, days: int) -> None:
        """Remember how many."""
        self._put("days", {**self._kept.get("days", {}), key: days})

    def _put(self, name: str, value: Any) -> None:
        if value is None:
            self._kept.pop(name, None)
        else:
            self._kept[name] = value
        if self._client.preferences.set(self._key, dict(self._kept)):
            self._timer.start()

    def _store(self) -> None:
        preferences = self._client.preferences
        self._slot.start(
            lambda _control: preferences.store(self._key), lambda _done: None, lambda _error: None
        )
