"""Somebody else changed the record that a form shows: both changes kept, or compared and chosen (PLT-31)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QStackedWidget

from services.entity import Entity
from services.language import tr
from services.merging import Difference, differences
from widgets.base.client import Client
from widgets.base.conflict import ConflictPanel
from widgets.base.messages import Message, MessageBar


class Worded(Protocol):
    """What holds the value of one field."""

    def words(self, value: Any) -> str:
        """``value`` as people read it."""


class EditedFields(Protocol):
    """The fields that two people changed."""

    @property
    def editors(self) -> Mapping[str, Worded]:
        """By the key of the field."""

    def values(self) -> dict[str, Any]:
        """What all of them hold."""

    def set_values(self, values: Mapping[str, Any], keys: Iterable[str] | None = None) -> None:
        """Show ``values``, of ``keys`` only if given."""

    def title_of(self, key: str) -> str:
        """What a field is called in the language in force."""


class EditedRecord(Protocol):
    """What the meeting of two changes needs of the form."""

    client: Client
    entity: Entity
    messages: MessageBar
    stored: dict[str, Any]

    @property
    def fields(self) -> EditedFields:
        """What is typed into."""

    def take(self, record: Mapping[str, Any], *, keep: bool = False) -> None:
        """Show ``record`` as it is in the database; ``keep`` leaves what was typed in the fields."""

    def save_again(self) -> None:
        """Save as it was asked for last."""

    def retranslate(self) -> None:
        """Every text in the language in force."""


class FormMeeting(QObject):
    """Another's change meets what is typed into ``form``; the panel to compare them stands in ``stack``."""

    def __init__(self, form: EditedRecord, stack: QStackedWidget) -> None:
        super().__init__(stack)
        self._form, self._stack = form, stack
        self.panel: ConflictPanel | None = None
        """Where the two are compared now."""
        self._bar: Message | None = None

    def refused(self, current: Mapping[str, Any]) -> None:
        """The save was refused, because the record is ``current`` by now."""
        found = self.differences(current)
        if any(each.clash for each in found):
            self.compare(current)
            return
        # each changed other fields: both are kept, and nobody is asked
        theirs = [each.key for each in found if each.theirs != each.was]
        self._form.take(current, keep=True)
        self._form.save_again()
        # afterwards: what is said before a save is over with it
        if theirs:
            self._form.messages.info(
                tr(
                    "{who} changed {titles} meanwhile; both changes are kept.",
                    who=self._who(current),
                    titles=self.titles(theirs),
                )
            )

    def differences(self, current: Mapping[str, Any]) -> list[Difference]:
        """Field by field what it was, what is typed, what it is now."""
        fields = self._form.fields
        keys = [key for key in fields.editors if key in current]
        return differences(keys, was=self._form.stored, mine=fields.values(), theirs=current)

    def say(self, record: Mapping[str, Any], theirs: Iterable[str]) -> None:
        """Somebody has just changed the fields ``theirs``: offer to compare."""
        self.say_no_more()
        bar = self._form.messages.warning(
            tr(
                "{who} has just changed {titles}. What you typed is still here.",
                who=self._who(record),
                titles=self.titles(theirs),
            ),
            (tr("Compare"), lambda: self.compare(record)),
        )
        self._bar = bar
        bar.closed.connect(lambda: self._closed(bar))

    def say_no_more(self) -> None:
        """What ``say`` told is over."""
        if self._bar is not None:
            self._bar.close_message()
            self._bar = None

    def _closed(self, bar: Message) -> None:
        self._bar = None if bar is self._bar else self._bar

    def _who(self, record: Mapping[str, Any]) -> str:
        return self._form.client.dictionary.user(record.get("changed_by")) or tr("Somebody else")

    def titles(self, keys: Iterable[str]) -> str:
        """What the fields are called, in one line."""
        return tr(", ").join(self._form.fields.title_of(key) for key in keys)

    def compare(self, current: Mapping[str, Any]) -> None:
        """Show the panel in place of the fields."""
        self.close()
        self.say_no_more()
        fields = self._form.fields
        panel = ConflictPanel(
            self.differences(current),
            who=self._who(current),
            title=fields.title_of,
            words=lambda key, value: fields.editors[key].words(value),
        )
        panel.decided.connect(lambda chosen: self._decided(current, chosen))
        panel.back.connect(self.close)
        self.panel = panel
        self._stack.addWidget(panel)
        self._stack.setCurrentWidget(panel)
        panel.read_names(self._form.client, fields.editors)
        self._form.retranslate()
        panel.save_button.setFocus()

    def _decided(self, current: Mapping[str, Any], chosen: Mapping[str, Any]) -> None:
        self.close()
        self._form.take(current, keep=True)
        self._form.fields.set_values(chosen)
        self._form.save_again()

    def close(self) -> None:
        """The fields again."""
        if self.panel is not None:
            self._stack.setCurrentIndex(0)
            self._stack.removeWidget(self.panel)
            self.panel.deleteLater()
            self.panel = None
            self._form.retranslate()
