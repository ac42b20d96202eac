"""Keeps a form as new as its record in the database while it is open, and never at the cost of what is typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from PySide6.QtCore import QObject

from services.changes import Notice
from services.custom_fields import own_fields
from services.entity import Entity
from services.errors import Cancelled, ConnectionLost, NotAvailable
from services.language import tr
from widgets.base.client import Client
from widgets.base.form_fields import FormFields
from widgets.base.form_io import read_record
from widgets.base.form_meeting import FormMeeting
from widgets.base.messages import MessageBar
from widgets.base.tasks import TaskSlot


class FollowedForm(Protocol):
    """What has to be known of the form."""

    client: Client
    entity: Entity
    record_id: int | None
    version: int | None
    fields: FormFields
    messages: MessageBar

    @property
    def saving(self) -> bool:
        """Whether a save is under way: what is read meanwhile may be older than it."""

    def isVisible(self) -> bool:
        """Whether anybody sees it."""

    def dirty(self) -> bool:
        """Whether typed input is not saved."""

    def take(self, record: Mapping[str, Any], *, keep: bool = False) -> None:
        """Show ``record`` as it is in the database; ``keep`` leaves what was typed in the fields."""

    def take_entity(self, entity: Entity) -> None:
        """Have the office's own fields as ``entity`` has them now."""


class FormFollowing(QObject):
    """Hears of changes for ``form``; reads its record again when somebody sees it."""

    def __init__(self, form: FollowedForm, meeting: FormMeeting) -> None:
        super().__init__(meeting)
        self._form, self._meeting = form, meeting
        self._slot = TaskSlot(self)
        self.stale = False
        """The record has changed since it was read."""
        form.client.bus.changed.connect(self._heard)

    @property
    def busy(self) -> bool:
        """Whether the record is being read again."""
        return self._slot.busy

    def seen(self) -> None:
        """The form came to the front: what changed while it was hidden is read now."""
        if self.stale:
            self.reload()

    def _heard(self, notice: Notice) -> None:
        form = self._form
        if notice.entity == "scope":
            self._follow_entity()
        elif (
            form.record_id is not None
            and notice.entity in (form.entity.key, "*")
            and (notice.ids is None or form.record_id in notice.ids)
        ):
            self.stale = True
        if self.stale and form.isVisible():
            self.reload()

    def _follow_entity(self) -> None:
        """The office's own fields as they are now; not while something is typed that is not understood."""
        form = self._form
        entity = form.client.entities.get(form.entity.key, form.entity)
        unread = any(editor.problem() for editor in form.fields.editors.values())
        busy = form.saving or unread or self._meeting.panel is not None
        if own_fields(entity) != own_fields(form.entity) and not busy:
            form.take_entity(entity)
            self.stale = form.record_id is not None

    def reload(self) -> None:
        """Read the record again."""
        form = self._form
        if form.record_id is None or form.saving:
            return
        self.stale = False
        database, entity, record_id = form.client.database, form.entity, form.record_id
        self._slot.start(
            lambda _control: read_record(database, entity, record_id), self._reread, self._not_reread
        )

    def _reread(self, record: dict[str, Any]) -> None:
        form = self._form
        if form.saving:
            self.stale = True
        elif not form.dirty():
            form.take(record)
        elif record.get("version") == form.version:
            # our own save, and somebody typed on: what the database filled in is taken over
            form.take(record, keep=True)
        elif self._meeting.panel is None:
            self._say_changed(record)

    def _say_changed(self, record: Mapping[str, Any]) -> None:
        theirs = [each.key for each in self._meeting.differences(record) if each.theirs != each.was]
        if theirs:
            self._meeting.say(record, theirs)
        else:
            self._form.version = record.get("version")

    def _not_reread(self, error: Exception) -> None:
        if isinstance(error, NotAvailable):
            self._form.messages.warning(
                tr("This record was deleted, or is no longer shared with you. What you typed is still here.")
            )
        elif isinstance(error, ConnectionLost):
            self.stale = True
        elif not isinstance(error, Cancelled):
            self._form.messages.error(error)
