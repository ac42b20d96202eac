"""A contact record: written down quickly; later shown with what superiors say about it (ACT-03)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from services.activities.commands import add_record, change_record, comment_record, read_comments
from services.activities.entities import RECORD_ENTITY
from services.activities.queries import RecordView, read_record
from services.clock import CHINA
from services.commands import Changes
from services.customers.view import OfCustomer
from services.entity import Context
from services.language import mark, tr
from widgets.base.client import Client
from widgets.base.document_page import DocumentPage
from widgets.base.editors.choice import ChoiceEditor, UserEditor
from widgets.base.editors.date import DateEditor, TimeEditor
from widgets.base.editors.reference import ReferenceEditor
from widgets.base.editors.text import LongTextEditor, TextEditor
from widgets.base.formatting import time_text


class RecordPage(DocumentPage):
    """One contact record; without ``record_id`` a new one, for ``values["customer_id"]`` if given."""

    def __init__(
        self,
        client: Client,
        record_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(client, RECORD_ENTITY, record_id, parent)
        self.record: RecordView | None = None
        self._values = dict(values or {})
        self.customer = ReferenceEditor(client, client.entities["customers.customer"])
        self.contact = ReferenceEditor(
            client, client.entities["customers.contact"], conditions=self._of_customer
        )
        self.customer.changed.connect(self._other_customer)
        self.task_for = UserEditor(lambda: client.dictionary)
        head, layout = self.card()
        layout.addLayout(
            self.field_grid(
                (
                    ("customer_id", mark("Customer"), self.customer, 5),
                    ("contact_id", mark("Contact"), self.contact, 2),
                    (
                        "kind",
                        mark("Kind of contact"),
                        ChoiceEditor(lambda: client.dictionary, "action_type"),
                        2,
                    ),
                    ("happened_at", mark("When"), TimeEditor(), 3),
                ),
                (("said", mark("What was said"), LongTextEditor(length=8000), 12),),
                (("result", mark("Result"), TextEditor(length=400), 12),),
                (
                    ("next_step", mark("Next step"), TextEditor(length=400), 6),
                    ("next_on", mark("Next on"), DateEditor(), 3),
                    ("task_for", mark("As a task of"), self.task_for, 3),
                ),
            )
        )
        self.body.addWidget(head)
        self.comments_card, below = self.card()
        self.comments_title = QLabel()
        self.comments_title.setProperty("role", "heading")
        self.comments = QVBoxLayout()
        self.comments.setSpacing(6)
        self.comment = TextEditor(length=2000)
        self.send = QPushButton()
        self.send.clicked.connect(self._comment)
        self.comment.finished.connect(self._comment)
        row = QHBoxLayout()
        row.addWidget(self.comment, 1)
        row.addWidget(self.send, 0, Qt.AlignmentFlag.AlignTop)
        said = QWidget()
        said.setLayout(self.comments)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(said)
        for part in (area.viewport(), said):
            part.setAutoFillBackground(False)
        below.addWidget(self.comments_title)
        below.addWidget(area, 1)
        below.addLayout(row)
        self.body.addWidget(self.comments_card, 1)
        self.body.addStretch(0)
        self.add_button("save", "save", primary=True, shortcut="Ctrl+S")
        self.keep_input()
        self.retranslate()
        self.load()

    def read(self) -> RecordView | None:
        """The record with its comments; its author has seen them from now on."""
        if self.record_id is None:
            return None
        with self.client.database.read_session() as session:
            found = read_record(session, self.record_id)
        if found.owner_id == self.client.user.id and any(not comment.read for comment in found.comments):
            self.client.database.write(read_comments, record_id=found.id)
        return found

    def show_record(self, found: RecordView | None) -> None:
        """Show the record, or an empty one."""
        self.record = found
        self.comments_card.setVisible(found is not None)
        if found is None:
            for key, value in (
                ("customer_id", self._values.get("customer_id")),
                ("contact_id", self._values.get("contact_id")),
                ("kind", self._values.get("kind", "action_type.call")),
                ("happened_at", datetime.datetime.now(CHINA)),
                ("said", self._values.get("said")),
            ):
                self.editors[key].set_value(value)
            return
        self.customer.learn({found.customer_id: found.customer})
        if found.contact_id is not None:
            self.contact.learn({found.contact_id: found.contact})
        for key, editor in self.editors.items():
            value = getattr(found, key, None)
            editor.set_value(None if value == "" else value)
            # a task is made when the step is agreed, and then stands on its own
            editor.set_read_only(not self.may_type() or key == "task_for")
        while self.comments.count():
            item = self.comments.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        if not found.comments:
            nothing = QLabel(tr("Nobody has commented on this yet."))
            nothing.setProperty("role", "muted")
            self.comments.addWidget(nothing)
        for comment in found.comments:
            who = self.client.dictionary.user(comment.said_by)
            label = QLabel(f"{who}  {time_text(comment.said_at)}\n{comment.said}")
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setWordWrap(True)
            self.comments.addWidget(label)
        self.comments.addStretch(1)

    def may_type(self) -> bool:
        """Whoever wrote it corrects it; those above him comment."""
        record = self.record
        own = record is None or record.owner_id == self.client.user.id
        return own and self.client.can(self.entity, "create" if record is None else "edit")

    def _of_customer(self) -> tuple[Any, ...]:
        customer = self.customer.value()
        if not isinstance(customer, int):
            return ()
        return (OfCustomer("customers.contact", customer)(Context(self.client.user.id)),)

    def _other_customer(self) -> None:
        """A contact of the customer before is none of this one."""
        self.contact.set_value(None)

    def on_shown(self) -> None:
        """Begin at the customer, or at what was said where he is known."""
        if self.record_id is None:
            # the values given are shown only when the page has loaded
            known = self.customer.value() or self._values.get("customer_id")
            self.editors["said" if known else "customer_id"].setFocus()

    def fields_done(self) -> None:
        """Enter in the last field: to the button."""
        self.buttons["save"].setFocus()

    def do(self, key: str) -> None:
        """Save the new record, or what was corrected in one's own."""
        if self.typed_problem():
            return
        typed = {key: editor.value() for key, editor in self.editors.items()}
        if self.record is not None:
            self._correct(self.record, typed)
            return
        for name in ("said", "result", "next_step"):
            typed[name] = str(typed[name] or "")
        typed["kind"] = typed["kind"] or "action_type.call"
        self.write("save", add_record, self._saved, **typed)

    def _correct(self, record: RecordView, typed: dict[str, Any]) -> None:
        del typed["task_for"]
        before = {key: getattr(record, key) or None for key in typed}
        # seconds are stored, but neither shown nor typed
        before["happened_at"] = record.happened_at.replace(second=0, microsecond=0)
        typed["happened_at"] = typed["happened_at"] or before["happened_at"]
        for key in ("result", "next_step"):
            typed[key] = typed[key] or None
        values = {key: value for key, value in typed.items() if value != before[key]}
        if not values:
            self.set_dirty(False)
            return
        self.write(
            "save",
            change_record,
            self._saved,
            record_id=record.id,
            version=record.version,
            values=values,
        )

    def _saved(self, changes: Changes) -> None:
        self.record_id = changes.ids["activities.record"][0]
        self.set_dirty(False)
        task = changes.ids.get("activities.task")
        if task:
            self.messages.done(
                tr("Saved; the next step is a task now."),
                (tr("Open the task"), lambda: self.client.shell.open_record("activities.task", task[0])),
            )
        else:
            self.messages.done(tr("Saved."))
        self.saved.emit(self.record_id)
        self.load()

    def _comment(self) -> None:
        said = str(self.comment.value() or "").strip()
        if self.record is None or not said or self._busy:
            return
        self.write("comment", comment_record, self._commented, record_id=self.record.id, said=said)

    def _commented(self, _changes: Changes) -> None:
        self.comment.set_value(None)
        self.messages.done(tr("The comment was sent to {name}.", name=self._author()))
        if self.dirty():
            # what is being corrected stands over the record as it is with the comment
            self.meeting.meet()
        else:
            self.load()

    def _author(self) -> str:
        return self.client.dictionary.user(self.record.owner_id) if self.record is not None else ""

    def title(self) -> str:
        """The customer's name tells more than a number."""
        if self.record is None:
            return super().title()
        return f"{tr(self.entity.title)} {self.record.customer}"

    def refresh_buttons(self) -> None:
        """Only the author saves."""
        self.offer("save", self.may_type())

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.head.state_chip.hide()
        self.comments_title.setText(tr("Comments"))
        self.comment.set_placeholder(tr("A comment for the author"))
        self.send.setText(tr("Send"))
