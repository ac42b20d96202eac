"""What every screen is handed: who works here, with which server, and how it reaches the rest of the program.

Screens never import one another across domains: they ask the ``shell`` to open something by entity key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from services.changes import Notice
from services.custom_fields import all_with_custom
from services.database import Database
from services.entity import Entity, Query
from services.session import CurrentUser, Dictionary, Preferences


class Shell(Protocol):
    """The main window as screens see it."""

    def open_record(self, entity: str, record_id: int) -> None:
        """Open a record in a tab of its own, or bring its tab to the front."""

    def open_history(self, entity: str, record_id: int) -> None:
        """Open what was changed in a record, in a tab of its own."""

    def new_record(self, entity: str, values: Mapping[str, Any] | None = None) -> None:
        """Open an empty form, with ``values`` filled in."""

    def open_view(self, entity: str, view: str) -> None:
        """Open a page about a whole kind of records: ``view`` is a key of ``widgets.base.entity_pages.VIEWS``."""

    def open_list(self, query: Query) -> None:
        """Open a list that shows ``query``."""

    def message(
        self, text: str, kind: str = "info", action: tuple[str, Callable[[], None]] | None = None
    ) -> None:
        """Show a message in the bar: kind is info, done, warning or error; ``action`` a button and what it does."""

    def error(self, error: BaseException) -> None:
        """Show what went wrong."""


class ChangeBus(QObject):
    """Hands the server's notices to whoever shows the records, in the UI thread."""

    changed = Signal(object)
    """Carries a services.changes.Notice."""
    connected = Signal(bool)

    def tell(self, notice: Notice) -> None:
        """Announce a change; safe from any thread."""
        self.changed.emit(notice)


@dataclass
class Client:
    """One per running program."""

    database: Database
    user: CurrentUser
    preferences: Preferences
    entities: Mapping[str, Entity]
    shell: Shell
    bus: ChangeBus
    dictionary: Dictionary = field(default_factory=Dictionary)
    """Replaced as a whole when choices, users or the office's own fields change: by ``learn``."""

    def __post_init__(self) -> None:
        self._declared = self.entities
        self.learn(self.dictionary)

    def learn(self, dictionary: Dictionary) -> None:
        """Take a dictionary that was just read, and with it what the office's own fields are now (PLT-38)."""
        self.dictionary = dictionary
        self.entities = all_with_custom(self._declared, dictionary.custom)

    def can(self, entity: Entity, verb: str) -> bool:
        """Whether the user has the right to ``verb`` records of ``entity``."""
        return self.user.can(f"{entity.key}.{verb}")
