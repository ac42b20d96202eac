"""A task: typed in the generic form; its steps and handing over as buttons above it (ACT-02)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from models.activities import TASK_TRANSITIONS
from services.activities.commands import hand_over_task, step_task
from services.activities.entities import TASK_ENTITY, TASK_STATES
from services.activities.queries import TaskView, read_task
from services.commands import Changes
from services.language import tr
from services.records import create, update_record
from widgets.base.client import Client
from widgets.base.document_page import DocumentPage
from widgets.base.editors.choice import UserEditor
from widgets.base.editors.make import make_editor
from widgets.base.editors.reference import ReferenceEditor

STEPS: Final = {
    "accept": "accepted",
    "complete": "done",
    "close": "closed",
    "return": "accepted",
    "cancel": "cancelled",
}
CREATORS: Final = frozenset({"close", "return", "cancel"})
"""Steps of who created the task, or stands above him; the others belong to who does it."""


class HandOverDialog(QDialog):
    """Asks to whom."""

    def __init__(self, client: Client, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Hand over the task"))
        self.user = UserEditor(lambda: client.dictionary)
        label = QLabel(tr("To whom? The task has to be accepted anew."))
        label.setBuddy(self.user)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (label, self.user, buttons):
            layout.addWidget(widget)
        self.resize(380, 130)


class TaskPage(DocumentPage):
    """One task. Buttons are the steps that its state (TASK_TRANSITIONS) and the person's part in it allow."""

    def __init__(
        self,
        client: Client,
        task_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(client, TASK_ENTITY, task_id, parent)
        self.record: TaskView | None = None
        self.dialog: HandOverDialog | None = None
        self._values = dict(values or {})
        spans = {
            "subject": 12,
            "executor_id": 3,
            "due_at": 3,
            "priority": 2,
            "progress": 2,
            "customer_id": 6,
            "description": 12,
        }
        fields = {field.key: field for field in TASK_ENTITY.fields}
        rows = (
            ("subject",),
            ("executor_id", "due_at", "priority", "progress"),
            ("customer_id",),
            ("description",),
        )
        head, layout = self.card()
        layout.addLayout(
            self.field_grid(
                *(
                    tuple(
                        (key, fields[key].title, make_editor(client, fields[key], TASK_ENTITY), spans[key])
                        for key in row
                    )
                    for row in rows
                )
            )
        )
        self.body.addWidget(head)
        self.facts = QLabel()
        self.facts.setProperty("role", "muted")
        self.body.addWidget(self.facts)
        self.body.addStretch(1)
        for key, symbol in (("cancel", "ban"), ("hand", "users"), ("return", "undo-2")):
            self.add_button(key, symbol)
        self.add_button("save", "save", shortcut="Ctrl+S")
        self.add_button("accept", "check", primary=True)
        self.add_button("complete", "circle-check", primary=True, shortcut="F9")
        self.add_button("close", "lock", primary=True)
        self.retranslate()
        self.load()

    def read(self) -> TaskView | None:
        """The task."""
        if self.record_id is None:
            return None
        with self.client.database.read_session() as session:
            return read_task(session, self.record_id)

    def show_record(self, found: TaskView | None) -> None:
        """Show the task, or an empty one."""
        self.record = found
        if found is None:
            defaults: dict[str, Any] = {
                "executor_id": self.client.user.id,
                "priority": "task_priority.normal",
                "progress": 0,
            }
            for key, value in {**defaults, **self._values}.items():
                if key in self.editors:
                    self.editors[key].set_value(value)
            return
        customer = self.editors["customer_id"]
        if isinstance(customer, ReferenceEditor) and found.customer_id is not None and found.customer:
            customer.learn({found.customer_id: found.customer})
        open_ = found.state in ("open", "accepted") and self.client.can(self.entity, "edit")
        for key, editor in self.editors.items():
            value = getattr(found, key)
            editor.set_value(None if value == "" else value)
            editor.set_read_only(not open_ or (key == "executor_id" and not self._creates()))

    def on_shown(self) -> None:
        """A new task begins at its subject."""
        if self.record_id is None:
            self.editors["subject"].setFocus()

    def fields_done(self) -> None:
        """Enter in the last field: to the button."""
        self.buttons["save"].setFocus()

    def _creates(self) -> bool:
        return self.record is not None and self.record.owner_id in self.client.user.below

    def _does(self) -> bool:
        return self.record is not None and self.record.executor_id in self.client.user.below

    def do(self, key: str) -> None:
        """Save, take a step, hand over."""
        record = self.record
        if key == "save":
            self._save()
        elif record is not None and key == "hand":
            self._hand_over()
        elif record is not None and key in STEPS:
            self.write(
                "step", step_task, self._stepped, task_id=record.id, version=record.version, to=STEPS[key]
            )

    def _save(self) -> None:
        if self.typed_problem():
            return
        values = {key: editor.value() for key, editor in self.editors.items()}
        values["progress"] = values["progress"] or 0
        if self.record is None:
            self.write("save", create, self._saved, entity=TASK_ENTITY, values=values)
            return
        changed = {
            key: value
            for key, value in values.items()
            if value != (getattr(self.record, key) or None if key != "progress" else self.record.progress)
        }
        if changed:
            self.write(
                "save",
                update_record,
                self._saved,
                entity=TASK_ENTITY,
                record_id=self.record.id,
                version=self.record.version,
                values=changed,
            )
        else:
            self.set_dirty(False)

    def _saved(self, changes: Changes) -> None:
        self.record_id = changes.id
        self.set_dirty(False)
        self.messages.done(tr("Saved."))
        self.saved.emit(changes.id)
        self.load()

    def _stepped(self, changes: Changes) -> None:
        self.set_dirty(False)
        self.saved.emit(changes.id)
        self.load()

    def _hand_over(self) -> None:
        dialog = HandOverDialog(self.client, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def chosen() -> None:
            user = dialog.user.value()
            if isinstance(user, int) and self.record is not None:
                self.write(
                    "hand",
                    hand_over_task,
                    self._handed,
                    task_id=self.record.id,
                    version=self.record.version,
                    to_user=user,
                )

        dialog.accepted.connect(chosen)
        self.dialog = dialog
        dialog.open()
        dialog.user.setFocus()

    def _handed(self, changes: Changes) -> None:
        self.set_dirty(False)
        self.client.shell.message(tr("The task was handed over."), "done")
        self.saved.emit(changes.id)
        self.load()

    def title(self) -> str:
        """The subject."""
        return super().title() if self.record is None else self.record.subject

    def refresh_buttons(self) -> None:
        """By the legal steps, and the person's part in the task."""
        record = self.record
        open_ = record is None or record.state in ("open", "accepted")
        verb = "create" if record is None else "edit"
        self.offer("save", open_ and self.client.can(self.entity, verb))
        for key, to in STEPS.items():
            legal = record is not None and (record.state, to) in TASK_TRANSITIONS and self.may(key)
            part = self._creates() if key in CREATORS else self._does()
            self.offer(key, legal and (part or self.client.user.can("activities.see_all")))
        self.offer("hand", record is not None and open_ and (self._does() or self._creates()))

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.show_state(TASK_STATES)
        self.set_button("hand", tr("Hand over"))
        record = self.record
        if record is not None:
            by = self.client.dictionary.user(record.owner_id)
            self.facts.setText(tr("Created by {name}", name=by))
