"""A task: typed in the generic form; its steps and handing over as buttons above it (ACT-02)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from models.activities import TASK_TRANSITIONS
from services.activities.commands import CheckLine, hand_over_task, save_task, step_task, tick_item
from services.activities.entities import TASK_ENTITY, TASK_STATES
from services.activities.queries import TaskView, read_task
from services.commands import Changes
from services.language import mark, tr
from services.merging import Lines
from widgets.activities.task_parts import Checklist, Trail
from widgets.base.client import Client
from widgets.base.document_page import DocumentPage
from widgets.base.editors.base import Editor
from widgets.base.editors.choice import UserEditor
from widgets.base.editors.make import make_editor
from widgets.base.editors.people import PeopleEditor
from widgets.base.editors.reference import ReferenceEditor
from widgets.base.input_dialog import InputDialog
from widgets.base.reason_dialog import ReasonDialog

STEPS: Final = {
    "accept": "accepted",
    "complete": "done",
    "close": "closed",
    "return": "accepted",
    "cancel": "cancelled",
}
CREATORS: Final = frozenset({"close", "return", "cancel"})
"""Steps of who created the task, or stands above him; the others belong to who does it."""


class HandOverDialog(InputDialog):
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

    compared = Lines({"checklist": "id", "others": "user"})

    def __init__(
        self,
        client: Client,
        task_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(client, TASK_ENTITY, task_id, parent)
        self.record: TaskView | None = None
        self.dialog: HandOverDialog | ReasonDialog | None = None
        self._values = dict(values or {})
        head, layout = self.card()
        layout.addLayout(self._grid())
        self.body.addWidget(head)
        self.checklist = Checklist()
        self.checklist.changed.connect(lambda: self.set_dirty(True))
        self.checklist.ticked.connect(self._tick)
        self.trail = Trail()
        self.parts = QHBoxLayout()
        self.parts.setSpacing(8)
        for part in (self.checklist, self.trail):
            frame, inside = self.card()
            inside.addWidget(part)
            self.parts.addWidget(frame, 1)
        self.trail_card = frame
        self.body.addLayout(self.parts, 1)
        for key, symbol in (("cancel", "ban"), ("hand", "users"), ("return", "undo-2")):
            self.add_button(key, symbol)
        self.add_button("save", "save", shortcut="Ctrl+S")
        self.add_button("accept", "check", primary=True)
        self.add_button("complete", "circle-check", primary=True, shortcut="F9")
        self.add_button("close", "lock", primary=True)
        self.keep_input()
        self.retranslate()
        self.load()

    def _grid(self) -> QGridLayout:
        fields = {field.key: field for field in TASK_ENTITY.fields}
        together = PeopleEditor(lambda: self.client.dictionary)

        def typed(key: str, span: int) -> tuple[str, str, Editor, int]:
            return key, fields[key].title, make_editor(self.client, fields[key], TASK_ENTITY), span

        return self.field_grid(
            (typed("subject", 12),),
            (
                typed("executor_id", 3),
                ("others", mark("Together with"), together, 4),
                typed("due_at", 3),
                typed("priority", 2),
            ),
            (typed("customer_id", 8), typed("progress", 4)),
            (typed("description", 12),),
        )

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
            self.checklist.show_items((), self.client.dictionary, editable=True)
            self.trail_card.hide()
            return
        self.trail_card.show()
        self.trail.show_task(found, self.client.dictionary)
        customer = self.editors["customer_id"]
        if isinstance(customer, ReferenceEditor) and found.customer_id is not None and found.customer:
            customer.learn({found.customer_id: found.customer})
        open_ = self.may_type()
        for key, editor in self.editors.items():
            value = getattr(found, key)
            editor.set_value(None if value == "" else value)
            given = key in ("executor_id", "others") and not self._creates()
            counted = key == "progress" and bool(found.checklist)
            editor.set_read_only(not open_ or given or counted)
        self.checklist.show_items(found.checklist, self.client.dictionary, editable=open_)

    def may_type(self) -> bool:
        """Until it is closed."""
        record = self.record
        open_ = record is None or record.state in ("open", "accepted")
        return open_ and self.client.can(self.entity, "create" if record is None else "edit")

    def kept(self) -> dict[str, Any]:
        """The fields, who does it as well, and the checklist."""
        values = super().kept()
        others = values["others"]
        values["others"] = [{"user": user} for user in (others if isinstance(others, list | tuple) else ())]
        values["checklist"] = [{"id": line.id, "said": line.said} for line in self.checklist.lines()]
        return values

    def take_up(self, values: Mapping[str, Any], recalled: Any) -> None:
        """Show a draft."""
        super().take_up({**values, "others": [one["user"] for one in values["others"]]}, recalled)
        self.checklist.take_up([CheckLine(line["said"], line["id"]) for line in values["checklist"]])

    def called(self, key: str, value: Any, recalled: Any) -> str:
        """A field, a line of the checklist, or who does it as well."""
        if key.startswith("checklist/"):
            return tr("Checklist: {item}", item=value["said"])
        if key.startswith("others/"):
            return tr("Together with {name}", name=self.client.dictionary.user(value["user"]))
        return super().called(key, value, recalled)

    def words(self, key: str, value: Any, recalled: Any) -> str:
        """As a person reads it."""
        if key.startswith("checklist/"):
            return str(value["said"])
        return tr("Yes") if key.startswith("others/") else super().words(key, value, recalled)

    def on_shown(self) -> None:
        """A new task begins at its subject."""
        if self.record_id is None:
            self.editors["subject"].setFocus()

    def fields_done(self) -> None:
        """Enter in the last field: to the button."""
        self.buttons["save"].setFocus()

    def _creates(self) -> bool:
        return self.record is not None and self.record.owner_id in self.client.user.below

    def _parts(self) -> frozenset[int]:
        """Whose part this person may take on: his own, else that of everybody below him; see the database's rule."""
        if self.record is None:
            return frozenset()
        doers = frozenset(self.record.doers)
        if self.client.user.id in doers:
            return frozenset({self.client.user.id})
        return (
            doers if self.client.user.can("activities.see_all") else doers & frozenset(self.client.user.below)
        )

    def do(self, key: str) -> None:
        """Save, take a step, hand over."""
        record = self.record
        if key == "save":
            self._save()
        elif self.dirty():
            self.messages.warning(tr("Save what was typed first."))
        elif record is not None and key == "hand":
            self._hand_over()
        elif record is not None and key in STEPS:
            self._step(key)

    def _save(self) -> None:
        self.checklist.finish()
        if self.typed_problem():
            return
        values = {key: editor.value() for key, editor in self.editors.items()}
        values["progress"] = values["progress"] or 0
        if self.record is not None:
            before = {key: getattr(self.record, key) for key in values}
            before["others"] = list(self.record.others)
            values = {
                key: value for key, value in values.items() if value != before[key] and (value or before[key])
            }
        lines = self.checklist.lines() if self.checklist.edited() else None
        if self.record is not None and not values and lines is None:
            self.set_dirty(False)
            return
        self.write(
            "save",
            save_task,
            self._saved,
            task_id=None if self.record is None else self.record.id,
            version=None if self.record is None else self.record.version,
            values=values,
            checklist=lines,
        )

    def _tick(self, item_id: int, done: bool) -> None:
        if self.record is not None:
            self.write("tick", tick_item, self._ticked, task_id=self.record.id, item_id=item_id, ticked=done)

    def _ticked(self, changes: Changes) -> None:
        if self.record is not None and self.dirty():
            # what is being typed stays; the next save is based on this version
            self.record = replace(self.record, version=int(changes.result["version"]))
        else:
            self._stepped(changes)

    def _saved(self, changes: Changes) -> None:
        self.record_id = changes.id
        self.set_dirty(False)
        self.messages.done(tr("Saved."))
        self.saved.emit(changes.id)
        self.load()

    def _step(self, key: str, said: str | None = None) -> None:
        record = self.record
        if record is None:
            return
        if said is None and key in ("return", "cancel"):
            dialog = ReasonDialog(self.buttons[key].text(), tr("Why? Those who do it read this."), self)
            dialog.accepted.connect(lambda: self._step(key, dialog.said.text()))
            self.dialog = dialog
            dialog.open()
            dialog.said.setFocus()
            return
        self.write(
            "step",
            step_task,
            self._stepped,
            task_id=record.id,
            version=record.version,
            to=STEPS[key],
            said=said or "",
        )

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
        self.offer("save", self.may_type())
        parts = self._parts()
        sees_all = self.client.user.can("activities.see_all")
        for key, to in STEPS.items():
            if record is None:
                self.offer(key, False)
            elif key in CREATORS:
                legal = (record.state, to) in TASK_TRANSITIONS and self.may(key)
                self.offer(key, legal and (self._creates() or sees_all))
            else:
                over = record.done_by if key == "complete" else record.accepted_by | record.done_by
                left = bool(parts - over) and self.client.can(self.entity, "edit")
                self.offer(key, left and record.state in ("open", "accepted"))
        self.offer("hand", record is not None and open_ and (bool(parts) or self._creates()))

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.show_state(TASK_STATES)
        self.set_button("hand", tr("Hand over"))
        self.checklist.retranslate()
        if self.record is not None:
            self.trail.show_task(self.record, self.client.dictionary)
