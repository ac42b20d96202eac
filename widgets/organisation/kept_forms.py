"""What is typed on a page with a form beside its list outlives a crash, a closed tab, a lost server (PLT-30).

One draft per page: all that was typed there and not saved, also for records that somebody left to look at another.
Passwords are never among it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, Protocol

from services.commands import Changes
from services.drafts import Sent
from services.entity import Entity
from services.language import tr
from widgets.base.client import Client
from widgets.base.messages import MessageBar

FORMS = "forms"
"""The one value of such a draft: a mapping per record."""


class Typed(Protocol):
    """The form whose input is kept."""

    client: Client
    entity: Entity
    messages: MessageBar

    def all_typed(self) -> list[dict[str, Any]]:
        """Per record with unsaved input its id, version, the values as they were stored, and those typed."""

    def put_back(
        self, record_id: int | None, version: Any, stored: Mapping[str, Any], typed: Mapping[str, Any]
    ) -> None:
        """Input of ``record_id`` from a draft, shown when the record is."""


class FormsPage(Protocol):
    """The page with that form."""

    def show_kept(self, record_id: int | None, typed: Mapping[str, Any]) -> bool:
        """Show the record that input was put back for; False if it is there no more."""

    def begun(self) -> Sent | None:
        """The making of a record that was begun and not answered, with what ``kept_of`` said of it."""


class KeptForms:
    """A page's forms as a ``KeptPage``: what is typed belongs to the page; each form says which record it is for."""

    record_id: int | None = None
    version: int | None = None

    def __init__(self, page: FormsPage, typed: Typed) -> None:
        self._page, self._typed = page, typed
        self.client, self.entity, self.messages = typed.client, typed.entity, typed.messages

    @property
    def settled(self) -> bool:
        """Nothing is put in by itself."""
        return True

    def dirty(self) -> bool:
        """Whether there is anything to keep."""
        return bool(self._typed.all_typed())

    def may_type(self) -> bool:
        """Whoever typed it might."""
        return True

    def stood(self) -> Mapping[str, Any]:
        """Each form says that by itself."""
        return {}

    def kept(self) -> dict[str, Any]:
        """All that is typed."""
        return {FORMS: [_packed(form) for form in self._typed.all_typed()]}

    def kept_of(self, record_id: int | None) -> dict[str, Any]:
        """The same of one record alone."""
        return {FORMS: [_packed(form) for form in self._typed.all_typed() if form["id"] == record_id]}

    def begun(self) -> Sent | None:
        """The making of a record. A change is known again by the version of its record: what it has written is no input
        any more."""
        return self._page.begun()

    def made_by(self, changes: Changes) -> int:
        """The record that was made."""
        return changes.id

    def go_on(
        self, record_id: int | None, values: Mapping[str, Any], base: Mapping[str, Any], version: int | None
    ) -> None:
        """Put the input back, and show the record of the last of it that is still there. ``record_id``: what the new
        one has become, if it was made although nobody heard so; ``base``: what it was made with, if that is known."""
        gone = False
        made = next(iter(_unpacked(base.get(FORMS, []))), None)
        for form in _unpacked(values[FORMS]):
            key, stored = form["id"], form["stored"]
            if key is None and record_id is not None:
                key, stored = record_id, stored if made is None else made["typed"]
            if key == form["id"] or form["typed"] != stored:
                self._typed.put_back(key, form["version"], stored, form["typed"])
            gone = not self._page.show_kept(key, form["typed"]) or gone
        if gone:
            self.messages.warning(tr("Some of what you typed was for a record that is there no more."))


def _packed(value: Any) -> Any:
    """``value`` as a draft can hold it: tuples are lists there, times of day texts of their own."""
    if isinstance(value, time):
        return {"time": value.isoformat()}
    if isinstance(value, tuple | list):
        return [_packed(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _packed(each) for key, each in value.items()}
    return value


def _unpacked(value: Any) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"time"}:
            return time.fromisoformat(value["time"])
        return {key: _unpacked(each) for key, each in value.items()}
    return tuple(_unpacked(each) for each in value) if isinstance(value, list) else value
