"""A warehouse with those who keep it (STK-01)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QListWidget, QListWidgetItem, QWidget

from services.commands import Changes
from services.language import tr
from services.records import create, update_record
from services.stock.commands import allow_negative, set_keepers
from services.stock.entities import WAREHOUSE_ENTITY
from services.stock.queries import WarehouseRecord, read_warehouse
from widgets.base.client import Client
from widgets.base.document_page import DocumentPage
from widgets.base.editors.choice import YesNoEditor
from widgets.base.editors.make import make_editor


class WarehouseForm(DocumentPage):
    """One warehouse: its data, whether stock may go below zero, its keepers as a list to tick."""

    def __init__(
        self,
        client: Client,
        warehouse_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(client, WAREHOUSE_ENTITY, warehouse_id, parent)
        self.record: WarehouseRecord | None = None
        self.add_button("save", "save", primary=True, shortcut="Ctrl+S")
        fields = {field.key: field for field in WAREHOUSE_ENTITY.fields}
        self.negative = YesNoEditor()
        column = next(column for column in WAREHOUSE_ENTITY.columns if column.key == "negative_allowed")
        head, layout = self.card()
        editors = {key: make_editor(client, field, WAREHOUSE_ENTITY) for key, field in fields.items()}
        first = [
            (key, fields[key].title, editors[key], span)
            for key, span in (("name", 4), ("branch_id", 4), ("active", 2))
        ]
        first.append(("negative_allowed", column.title, self.negative, 2))
        rest = [(key, fields[key].title, editors[key], 12) for key in ("address", "remark")]
        grid: QGridLayout = self.field_grid(tuple(first), (rest[0],), (rest[1],))
        layout.addLayout(grid)
        self.body.addWidget(head)
        box, below = self.card()
        self.keepers_title = QLabel()
        self.keepers_title.setProperty("role", "heading")
        self.keepers = QListWidget()
        self.keepers.itemChanged.connect(lambda _item: self.set_dirty(True))
        below.addWidget(self.keepers_title)
        below.addWidget(self.keepers, 1)
        self.body.addWidget(box, 1)
        self.retranslate()
        self.load()

    def read(self) -> WarehouseRecord | None:
        """The warehouse."""
        if self.record_id is None:
            return None
        with self.client.database.read_session() as session:
            return read_warehouse(session, self.record_id)

    def show_record(self, found: WarehouseRecord | None) -> None:
        """Show the warehouse, or an empty one."""
        self.record = found
        may = self.client.can(self.entity, "create" if found is None else "edit")
        kept = () if found is None else found.keeper_ids
        for key, editor in self.editors.items():
            value = (key == "active") if found is None else getattr(found, key)
            editor.set_value(
                None if value in ("", False) and key not in ("active", "negative_allowed") else value
            )
            editor.set_read_only(not may)
        self.keepers.blockSignals(True)
        self.keepers.clear()
        people = self.client.dictionary
        for user_id in sorted(people.active_users, key=lambda user_id: user_id not in kept):
            item = QListWidgetItem(people.user(user_id))
            item.setData(Qt.ItemDataRole.UserRole, user_id)
            item.setCheckState(Qt.CheckState.Checked if user_id in kept else Qt.CheckState.Unchecked)
            if not may:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsUserCheckable)
            self.keepers.addItem(item)
        self.keepers.blockSignals(False)

    def ticked(self) -> tuple[int, ...]:
        """Ids of the people who are ticked as keepers."""
        items = [self.keepers.item(at) for at in range(self.keepers.count())]
        return tuple(
            int(item.data(Qt.ItemDataRole.UserRole))
            for item in items
            if item is not None and item.checkState() == Qt.CheckState.Checked
        )

    def do(self, key: str) -> None:
        """Save the data, then the keepers, then whether stock may go below zero: each only where it changed."""
        if self.typed_problem():
            return
        names = ("name", "branch_id", "address", "active", "remark")
        values = {name: self.editors[name].value() for name in names}
        if self.record is None:
            self.write("save", create, self._data_saved, entity=WAREHOUSE_ENTITY, values=values)
        else:
            self.write(
                "save",
                update_record,
                self._data_saved,
                entity=WAREHOUSE_ENTITY,
                record_id=self.record.id,
                version=self.record.version,
                values=values,
            )

    def _data_saved(self, changes: Changes) -> None:
        # what is done is done: should the next step be refused, saving again goes on from here
        self.record_id, before = changes.id, self.record
        self.record = WarehouseRecord(
            id=changes.id,
            version=int(changes.result.get("version", 1)),
            name=str(self.editors["name"].value() or ""),
            branch_id=cast("int | None", self.editors["branch_id"].value()),
            address=str(self.editors["address"].value() or ""),
            active=bool(self.editors["active"].value()),
            negative_allowed=before is not None and before.negative_allowed,
            remark=str(self.editors["remark"].value() or ""),
            keeper_ids=() if before is None else before.keeper_ids,
        )
        if set(self.ticked()) != set(self.record.keeper_ids):
            self.write(
                "keepers", set_keepers, self._keepers_saved, warehouse_id=changes.id, user_ids=self.ticked()
            )
        else:
            self._keepers_saved(changes)

    def _keepers_saved(self, _changes: Changes) -> None:
        assert self.record is not None
        self.record = replace(self.record, keeper_ids=self.ticked())
        wanted = bool(self.negative.value())
        if wanted != self.record.negative_allowed:
            self.write(
                "negative", allow_negative, self._all_saved, warehouse_id=self.record.id, allowed=wanted
            )
        else:
            self._all_saved(_changes)

    def _all_saved(self, _changes: Changes) -> None:
        assert self.record_id is not None
        self.set_dirty(False)
        self.messages.done(tr("Saved."))
        self.saved.emit(self.record_id)
        self.load()

    def title(self) -> str:
        """Its name."""
        return super().title() if self.record is None else self.record.name

    def refresh_buttons(self) -> None:
        """By rights."""
        self.offer("save", self.client.can(self.entity, "create" if self.record_id is None else "edit"))

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.state_chip.hide()
        self.keepers_title.setText(tr("Keepers: only they post here"))
