"""What a command may answer instead of doing its work, in the user's words.

A message is an English template that ``tr`` translates, and its values: the same shape whether Python or
the database refused. SQL refuses through ``app.refuse(template, values)``.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.language import tr


class ShukeError(Exception):
    """Anything a user is told. ``template`` is the English source, ``values`` fill its placeholders."""

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(template)
        self.template = template
        self.values: Mapping[str, object] = values

    def __str__(self) -> str:
        return tr(self.template, **self.values)


class Refused(ShukeError):
    """A rule of the business or a missing right forbids it. Nothing was changed."""


class NotAvailable(ShukeError):
    """The record is missing or hidden; which of the two is never told."""


class Invalid(ShukeError):
    """A value typed by the user is wrong. ``field`` is the key of the field it belongs to."""

    def __init__(self, template: str, /, *, field: str, **values: object) -> None:
        super().__init__(template, **values)
        self.field = field


class Conflict(ShukeError):
    """Somebody else changed the record since it was read.

    ``current`` holds the record's values in the database now, ``version`` the version to build on.
    """

    def __init__(
        self, template: str, /, *, current: Mapping[str, object], version: int, **values: object
    ) -> None:
        super().__init__(template, **values)
        self.current = current
        self.version = version


class ConnectionLost(ShukeError):
    """The server cannot be reached, or went away. Whether the work was done is not known."""


class TookTooLong(Refused):
    """The server ended a statement at its bound of time."""


class Cancelled(ShukeError):
    """The user, or a newer question of his, ended the work."""
