"""The change history of one record: when, who, what was it before, what is it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from services.changes import Notice
from services.entity import Entity, Kind
from services.language import mark, tr
from services.record_history import Change, record_history
from widgets.base.client import Client
from widgets.base.moments import OFFICE
from widgets.base.small_table import Part, SmallTable
from widgets.base.tasks import Control, TaskSlot

ACTIONS: Final = {
    "create": mark("Created"),
    "change": mark("Changed"),
    "delete": mark("Into the recycle bin"),
    "restore": mark("Restored"),
    "purge": mark("Deleted for ever"),
}


@dataclass(frozen=True, slots=True)
class _Line:
    change: Change
    first: bool
    column: str
    old: Any
    new: Any


class RecordHistory(QWidget):
    """The history of one record of any entity."""

    def __init__(self, client: Client, entity: Entity, record_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client, self.entity, self.record_id = client, entity, record_id
        self._slot = TaskSlot(self)
        self.table = SmallTable(
            (
                Part(mark("When"), self._when, width=140),
                Part(mark("Who"), self._who, width=90),
                Part(mark("What happened"), self._action, width=110),
                Part(mark("Field"), lambda line: self._title(line.column), width=120),
                Part(mark("Before"), lambda line: self._value(line.column, line.old), width=200),
                Part(mark("After"), lambda line: self._value(line.column, line.new), width=200),
            ),
            mark("No changes have been recorded."),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        client.bus.changed.connect(self._hear)
        self.refresh()

    def title(self) -> str:
        """Text of the tab."""
        return tr("{entity}: change history", entity=tr(self.entity.title))

    def refresh(self) -> None:
        """Read again."""

        def work(_control: Control) -> list[Change]:
            with self.client.database.read_session() as session:
                return record_history(session, entity=self.entity.key, record_id=self.record_id)

        self._slot.start(work, self._show, self.client.shell.error)

    def _show(self, changes: list[Change]) -> None:
        lines = []
        for change in changes:
            pairs = list(change.changes.items()) or [("", (None, None))]
            for at, (column, (old, new)) in enumerate(pairs):
                lines.append(_Line(change, at == 0, column, old, new))
        self.table.set_rows(lines)

    def _hear(self, notice: Notice) -> None:
        mine = notice.entity == self.entity.key and (notice.ids is None or self.record_id in notice.ids)
        if mine or notice.entity == "*":
            self.refresh()

    def _when(self, line: _Line) -> str:
        return f"{line.change.at.astimezone(OFFICE):%Y-%m-%d %H:%M:%S}" if line.first else ""

    def _who(self, line: _Line) -> str:
        if not line.first:
            return ""
        return self.client.dictionary.user(line.change.user_id) or line.change.login

    def _action(self, line: _Line) -> str:
        return tr(ACTIONS.get(line.change.action, line.change.action)) if line.first else ""

    def _title(self, column: str) -> str:
        if column == "owner_id":
            return tr("Owner")
        titles = {found.key: found.title for found in self.entity.columns}
        titles |= {field.key: field.title for field in self.entity.fields}
        return tr(titles[column]) if column in titles else column

    def _value(self, column: str, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return tr("Yes") if value else tr("No")
        kind = next((field.kind for field in self.entity.fields if field.key == column), None)
        if column.endswith("owner_id") or column == "executor_id" or kind == Kind.USER:
            return self.client.dictionary.user(int(value)) or str(value)
        if kind == Kind.CHOICE:
            return self.client.dictionary.label(str(value))
        labels = next((c.labels for c in self.entity.columns if c.key == column and c.labels), None)
        if labels is not None:
            return tr(labels.get(str(value), str(value)))
        return str(value)

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.table.retranslate()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
