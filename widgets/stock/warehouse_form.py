"""A warehouse with those who keep it (STK-01)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QListWidget, QListWidgetItem, QWidget

from services.commands import Changes
from services.language import tr
from services.merging import Lines
from services.stock.commands import save_warehouse
from services.stock.entities import WAREHOUSE_ENTITY
from services.stock.queries import WarehouseRecord, able_keepers, read_warehouse
from widgets.base.client import Client
from widgets.base.document_page import DocumentPage
from widgets.base.editors.choice import YesNoEditor
from widgets.base.editors.make import make_editor


class WarehouseForm(DocumentPage):
    """One warehouse: its data, whether stock may go below zero, its keepers as a list to tick."""

    compared = Lines({"keepers": "user"})

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
        self.keepers.itemChanged.connect(lambda _item: self._ticked_changed())
        self.nobody = QLabel()
        """Says so where nobody keeps the warehouse: nothing could come in or go out."""
        self.nobody.setProperty("tone", "waiting")
        self.nobody.setWordWrap(True)
        self.in_vain = QLabel()
        """Names who is ticked though his roles let him post nothing."""
        self.in_vain.setProperty("tone", "waiting")
        self.in_vain.setWordWrap(True)
        self._able: frozenset[int] = frozenset()
        below.addWidget(self.keepers_title)
        below.addWidget(self.nobody)
        below.addWidget(self.in_vain)
        below.addWidget(self.keepers, 1)
        self.body.addWidget(box, 1)
        self.keep_input()
        self.retranslate()
        self.load()

    def read(self) -> tuple[WarehouseRecord | None, frozenset[int]]:
        """The warehouse, and who could post there at all."""
        with self.client.database.read_session() as session:
            record = None if self.record_id is None else read_warehouse(session, self.record_id)
            return record, able_keepers(session)

    def show_record(self, read: tuple[WarehouseRecord | None, frozenset[int]]) -> None:
        """Show the warehouse, or an empty one."""
        found, self._able = read
        self.record = found
        may = self.may_type()
        for key, editor in self.editors.items():
            value = (key == "active") if found is None else getattr(found, key)
            editor.set_value(
                None if value in ("", False) and key not in ("active", "negative_allowed") else value
            )
            editor.set_read_only(not may)
        self._tick(() if found is None else found.keeper_ids)

    def may_type(self) -> bool:
        """By rights."""
        return self.client.can(self.entity, "create" if self.record is None else "edit")

    def kept(self) -> dict[str, Any]:
        """The fields and who is ticked."""
        return {**super().kept(), "keepers": [{"user": user} for user in self.ticked()]}

    def take_up(self, values: Mapping[str, Any], recalled: Any) -> None:
        """Show a draft."""
        super().take_up(values, recalled)
        self._tick([one["user"] for one in values["keepers"]])

    def called(self, key: str, value: Any, recalled: Any) -> str:
        """A field, or one of those who are ticked."""
        if key.startswith("keepers/"):
            return tr("Keeper {name}", name=self.client.dictionary.user(value["user"]))
        return super().called(key, value, recalled)

    def words(self, key: str, value: Any, recalled: Any) -> str:
        """A field, or that somebody is ticked."""
        return tr("Yes") if key.startswith("keepers/") else super().words(key, value, recalled)

    def _tick(self, keepers: Sequence[int]) -> None:
        """The people, ``keepers`` first and ticked; whoever makes a warehouse is offered first, but not ticked: those
        who set warehouses up are seldom those who stand in them."""
        self.keepers.blockSignals(True)
        self.keepers.clear()
        people = self.client.dictionary
        maker = self.client.user.id if self.record is None else None
        for user_id in sorted(people.active_users, key=lambda one: (one not in keepers, one != maker)):
            item = QListWidgetItem(people.user(user_id))
            item.setData(Qt.ItemDataRole.UserRole, user_id)
            item.setCheckState(Qt.CheckState.Checked if user_id in keepers else Qt.CheckState.Unchecked)
            if not self.may_type():
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsUserCheckable)
            self.keepers.addItem(item)
        self.keepers.blockSignals(False)
        self._say_who_posts()

    def _ticked_changed(self) -> None:
        self._say_who_posts()
        self.set_dirty(True)

    def _say_who_posts(self) -> None:
        """Points out a warehouse that nobody keeps, and keepers who keep it in vain."""
        ticked = self.ticked()
        self.nobody.setVisible(not ticked)
        names = [self.client.dictionary.user(user) for user in ticked if user not in self._able]
        self.in_vain.setText(
            tr(
                "No role of theirs lets them receive, issue or sell goods: {names}. Give them one, or tick others.",
                names=tr(", ").join(names),
            )
        )
        self.in_vain.setVisible(bool(names))

    def ticked(self) -> tuple[int, ...]:
        """Ids of the people who are ticked as keepers."""
        items = [self.keepers.item(at) for at in range(self.keepers.count())]
        return tuple(
            int(item.data(Qt.ItemDataRole.UserRole))
            for item in items
            if item is not None and item.checkState() == Qt.CheckState.Checked
        )

    def do(self, key: str) -> None:
        """Save."""
        if self.typed_problem():
            return
        names = ("name", "branch_id", "address", "active", "remark")
        record, ticked = self.record, set(self.ticked())
        # who has left the company is not in the list, and keeps what he kept should he come back
        kept = set() if record is None else set(record.keeper_ids) & set(self.client.dictionary.active_users)
        below_zero = bool(self.negative.value())
        self.write(
            "save",
            save_warehouse,
            self._saved,
            values={name: self.editors[name].value() for name in names},
            warehouse_id=None if record is None else record.id,
            version=None if record is None else record.version,
            keepers_added=sorted(ticked - kept),
            keepers_removed=sorted(kept - ticked),
            negative_allowed=below_zero if record is None or below_zero != record.negative_allowed else None,
        )

    def _saved(self, changes: Changes) -> None:
        self.record_id = changes.id
        self.set_dirty(False)
        if self._able.intersection(self.ticked()):
            self.messages.done(tr("Saved."))
        elif self.ticked():
            self.messages.warning(
                tr("Saved, but none of its keepers may post: nothing can come in or go out there.")
            )
        else:
            self.messages.warning(
                tr("Saved, but nobody keeps this warehouse yet: nothing can come in or go out there.")
            )
        self.saved.emit(changes.id)
        self.load()

    def title(self) -> str:
        """Its name."""
        return super().title() if self.record is None else self.record.name

    def refresh_buttons(self) -> None:
        """By rights."""
        self.offer("save", self.may_type())

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.head.state_chip.hide()
        self.keepers_title.setText(tr("Keepers: only they post here"))
        self.nobody.setText(
            tr("Nobody keeps this warehouse: nothing can come in or go out. Tick those who work there.")
        )
        self._say_who_posts()
