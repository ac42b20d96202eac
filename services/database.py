"""The way to the server: engine, sessions, commands, and what its errors mean."""

from __future__ import annotations

import contextlib
import json
import random
import re
import socket
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Concatenate, Final, Protocol
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from services.commands import Arguments, Changes, Work
from services.errors import (
    Cancelled,
    ConnectionLost,
    Invalid,
    NotAvailable,
    Refused,
    ShukeError,
    TookTooLong,
)
from services.language import mark
from services.requests import digest, name_of, plain

CONNECT_ARGUMENTS: Final = {
    "connect_timeout": 5,
    # a cut cable is known within 15 s, whether this side waits or sends
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 12000,
    "target_session_attrs": "read-write",
    # no password in the clear, nor as MD5, whatever a server (or an impostor) asks for; TLS is libpq's own: taken
    # when it is offered, demanded by sslmode=require in the address
    "require_auth": "scram-sha-256,none",
    "options": "-c timezone=Asia/Shanghai",
}
RETRIED: Final = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "57P05", "25006", "25P03", "53300"}
PATIENCE: Final = "10min"
"""How long one statement of long work may take, an export or a change of many records; others have two minutes, see
``app.bound_login``. The watchdog ends what takes longer."""
ATTEMPTS: Final = 6
WRONG_PASSWORD: Final = mark("Login or password is wrong.")
CLOSED: Final = mark("This login is closed. Ask your administrator.")


class _Pool(QueuePool):
    """A pool that can be shut while work holds its connections: each is closed when it comes back.

    In the very step of coming back, because one given back while ``shut`` empties the pool would lie in it
    until Python finds it unclosed.
    """

    shut_down = False

    def shut(self) -> None:
        """Close what lies here now, and everything that comes back from now on."""
        self.shut_down = True
        self.dispose()

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        if self.shut_down:
            self.dispose()


PROGRAM: Final = "shuke"


def program_name() -> str:
    """What this client is called at the server, and so in the change history (PLT-34): the program and its PC. A name
    with other characters than ASCII would arrive as codes; the address tells the PC then."""
    computer = socket.gethostname()
    return f"{PROGRAM} {computer}"[:63] if computer.isascii() else PROGRAM


class Database:
    """One server as one person. Thread-safe; ``pool`` connections, as many as a client needs at once, and one more.

    Connections of a Database that nobody knows any more are closed, such as one whose login was given up.
    """

    def __init__(self, url: str | URL, *, client: str | None = None, pool: int = 2) -> None:
        self.url = make_url(url).set(drivername="postgresql+psycopg")
        self.engine = create_engine(
            self.url,
            poolclass=_Pool,
            # one more for what comes between, and kept: who announced a record on a connection that is closed when it
            # comes back would seem to have left it
            pool_size=pool + 1,
            max_overflow=0,
            pool_pre_ping=True,
            pool_use_lifo=True,
            pool_timeout=15,
            connect_args={**CONNECT_ARGUMENTS, "application_name": client or program_name()},
        )
        self.pids: set[int] = set()
        self._changed: dict[str, str] = {}
        pids, kept, changed = self.pids, self.engine.pool, self._changed
        assert isinstance(kept, _Pool)

        def remember(connection: Any, _record: object) -> None:
            pids.add(connection.info.backend_pid)

        def enter(_dialect: object, _record: object, _places: object, arguments: dict[str, Any]) -> None:
            arguments.update(changed)

        # none may know the Database itself: it would never be without anybody who knows it
        event.listen(self.engine, "connect", remember)
        event.listen(self.engine, "do_connect", enter)
        self._shut = weakref.finalize(self, kept.shut)

    def use_password(self, password: str) -> None:
        """Connect with ``password`` from now on: it was changed, and a connection that is lost must come back."""
        self._changed["password"] = password
        self.url = self.url.set(password=password)

    def listening_connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection outside the pool, for LISTEN. Raises psycopg.Error."""
        address = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(address, autocommit=True, application_name=program_name(), **CONNECT_ARGUMENTS)  # type: ignore[arg-type]

    def close(self) -> None:
        """Give all connections back to the server; those that work still holds follow when it ends."""
        self._shut()

    @contextlib.contextmanager
    def read_session(self) -> Iterator[Session]:
        """A read-only transaction. Raises ShukeError for whatever the server has to say."""
        with translated_errors(), Session(self.engine, expire_on_commit=False) as session:
            session.execute(text("SET TRANSACTION READ ONLY"))
            yield session

    def write(
        self,
        command: Callable[Concatenate[Work, Arguments], Changes],
        /,
        *arguments: Arguments.args,
        **keywords: Arguments.kwargs,
    ) -> Changes:
        """Run ``command`` under a key of its own. See ``write_once``."""
        return self.write_once(uuid4(), command, *arguments, **keywords)

    def write_once(
        self,
        key: UUID,
        command: Callable[Concatenate[Work, Arguments], Changes],
        /,
        *arguments: Arguments.args,
        **keywords: Arguments.kwargs,
    ) -> Changes:
        """Run ``command`` and commit, at most once per ``key`` however often it is called.

        Repeats by itself after deadlocks and lost connections. Raises Refused, NotAvailable, Invalid, Conflict
        when nothing was done, ConnectionLost when that is not known: call again with the same key.
        """
        return self.write_watched(None, key, command, *arguments, **keywords)

    def write_watched(
        self,
        watch: Watch | None,
        key: UUID,
        command: Callable[Concatenate[Work, Arguments], Changes],
        /,
        *arguments: Arguments.args,
        **keywords: Arguments.kwargs,
    ) -> Changes:
        """``write_once`` for long work that ``watch`` hears of and can end. See services.writing."""
        for attempt in range(ATTEMPTS):
            work = _Work(self, key, name_of(command), digest(keywords), watch)
            try:
                with translated_errors():
                    try:
                        changes = command(work, *arguments, **keywords)
                        work.finish(changes)
                    except _AlreadyDone as done:
                        return done.changes
                    finally:
                        work.close()
                return changes
            except ConnectionLost:
                if attempt == ATTEMPTS - 1:
                    raise
                time.sleep(min(2.0, 0.1 * 2**attempt) * random.uniform(0.5, 1.0))
        raise AssertionError("unreachable")

    def done(self, key: UUID) -> Changes | None:
        """What the write under ``key`` has done; None: nothing so far."""
        with self.read_session() as session:
            found = session.scalar(text("SELECT app.request_result(:key)"), {"key": key})
        return None if found is None else Changes.from_json(found)

    def settle(self, key: UUID) -> Changes | None:
        """What the write under ``key`` has done, asked by who will not repeat it.

        None: nothing, and from now on it never will, however late it arrives. Asked again it says the same.
        """
        with translated_errors(), self.engine.connect() as plain_connection:
            connection = plain_connection.execution_options(isolation_level="AUTOCOMMIT")
            found = connection.execute(text("SELECT app.settle_request(:key)"), {"key": key}).scalar_one()
        return None if found is None else Changes.from_json(found)


class Watch(Protocol):
    """Who watches a command while it writes."""

    def hold(self, connection: psycopg.Connection[Any]) -> None:
        """This connection does the work from now on."""

    def step(self, done: int, total: int) -> None:
        """So much is written; Cancelled ends it."""

    def settle(self) -> None:
        """What follows cannot be ended any more; Cancelled when somebody was faster."""

    def release(self) -> None:
        """The connection serves others from now on."""


class _AlreadyDone(Exception):
    def __init__(self, changes: Changes) -> None:
        super().__init__()
        self.changes = changes


class _Work:
    def __init__(
        self, database: Database, key: UUID, command: str, contents: str, watch: Watch | None
    ) -> None:
        self._database = database
        self._watch = watch
        self._key = key
        self._command = command
        self._digest = contents
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = Session(self._database.engine, expire_on_commit=False)
            self._hold(self._session.connection().connection.driver_connection)
            if self._watch is not None:
                allow_long(self._session)
            stored = self._session.scalar(
                text("SELECT app.open_request(:key, :command, :digest)"),
                {"key": self._key, "command": self._command, "digest": self._digest},
            )
            if stored is not None:
                raise _AlreadyDone(Changes.from_json(stored))
        return self._session

    def post(self, function: str, **arguments: Any) -> Changes:
        with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            self._hold(connection.connection.driver_connection)
            with _patience(connection) if self._watch is not None else contextlib.nullcontext():
                result: Mapping[str, Any] = connection.execute(
                    text("SELECT app.post(:key, :function, CAST(:arguments AS jsonb))"),
                    {"key": self._key, "function": function, "arguments": json.dumps(plain(arguments))},
                ).scalar_one()
            self._release()
        return Changes.from_json(result)

    def part(self, function: str, **arguments: Any) -> Changes:
        result: Mapping[str, Any] = self.session.execute(
            text("SELECT app.post(:key, :function, CAST(:arguments AS jsonb))"),
            {"key": uuid4(), "function": function, "arguments": json.dumps(plain(arguments))},
        ).scalar_one()
        return Changes.from_json(result)

    def step(self, done: int, total: int) -> None:
        if self._watch is not None:
            self._watch.step(done, total)

    def _hold(self, connection: Any) -> None:
        if self._watch is not None:
            self._watch.hold(connection)

    def _release(self) -> None:
        if self._watch is not None:
            self._watch.release()

    def finish(self, changes: Changes) -> None:
        if self._session is not None:
            self._session.execute(
                text("SELECT app.close_request(:key, CAST(:result AS jsonb))"),
                {"key": self._key, "result": json.dumps(plain(changes.as_json()))},
            )
            if self._watch is not None:
                self._watch.settle()
            self._session.commit()

    def close(self) -> None:
        self._release()
        if self._session is not None:
            self._session.close()


def allow_long(session: Session) -> None:
    """Let every statement of this transaction take as long as long work may: somebody waits for it and sees so."""
    session.execute(text(f"SET LOCAL statement_timeout = '{PATIENCE}'"))


@contextlib.contextmanager
def _patience(connection: Connection) -> Iterator[None]:
    """More time for the statements of a connection that is given back afterwards."""
    connection.execute(text(f"SET statement_timeout = '{PATIENCE}'"))
    try:
        yield
    finally:
        with contextlib.suppress(DBAPIError):
            connection.execute(text("RESET statement_timeout"))


@contextlib.contextmanager
def translated_errors() -> Iterator[None]:
    """Turn what the server or the driver raises into a ShukeError in the user's words."""
    try:
        yield
    except DBAPIError as error:
        raise explained(
            error.orig if isinstance(error.orig, psycopg.Error) else psycopg.Error(str(error))
        ) from error
    except psycopg.Error as error:
        raise explained(error) from error


def explained(error: psycopg.Error) -> ShukeError:
    """The ShukeError that says what ``error`` means. Never carries a row's contents."""
    state = error.sqlstate or ""
    message = error.diag.message_primary or ""
    values = _details(error)
    if state == "SK001" and error.diag.column_name:
        return Invalid(message, field=error.diag.column_name, **values)
    if state in {"SK001", "SK003"}:
        return Refused(message, **values)
    if state == "SK002":
        return NotAvailable(message, **values)
    if state == "42501":
        if "right" in values:
            return Refused(message, **values)
        return Refused(mark("You do not have the right to do this."))
    if state == "57014" and "statement timeout" in message:
        return TookTooLong(
            mark("The server ended this because it took too long. Ask for less at once, or try again later.")
        )
    if state == "57014":
        return Cancelled(mark("The work was cancelled."))
    if not state or state.startswith("08") or state in RETRIED:
        return _lost(error)
    return _of_constraint(error, state)


def _details(error: psycopg.Error) -> dict[str, Any]:
    with contextlib.suppress(ValueError, TypeError):
        found = json.loads(error.diag.message_detail or "")
        if isinstance(found, dict):
            return found
    return {}


def _lost(error: psycopg.Error) -> ShukeError:
    # a failed login carries no SQLSTATE; the database speaks English (lc_messages C), so the text can be read
    text_ = str(error)
    if "password authentication failed" in text_:
        return Refused(WRONG_PASSWORD)
    if "SSL was required" in text_:
        return Refused(
            mark(
                "This PC is set to encrypted connections only, but the server offers none. Ask your administrator."
            )
        )
    if "no encryption" in text_ or "SSL off" in text_:
        return Refused(
            mark("The server lets you in over an encrypted connection only. Ask your administrator.")
        )
    if "certificate" in text_:
        return Refused(
            mark(
                "The certificate of the server is not the expected one. Ask your administrator for the right "
                "certificate file (sslrootcert) or the right name of the server."
            )
        )
    if "channel binding" in text_:
        return Refused(
            mark(
                "The encryption does not reach as far as the server itself, somebody may stand between, so you were "
                "not logged in. Ask your administrator."
            )
        )
    if "authentication method requirement" in text_:
        return Refused(
            mark(
                "The server asked for your password in an unsafe way, so it was not sent. Ask your administrator."
            )
        )
    if "is not permitted to log in" in text_:
        return Refused(CLOSED)
    if "too many connections for role" in text_:
        # no refusal: after a cable was cut the server counts the old connections for some seconds, and whoever is at
        # work comes back by himself
        return ConnectionLost(mark("You are logged in too often. Close a client on another PC."))
    if "does not exist" in text_ and "database" in text_:
        return Refused(mark("The server has no such database."))
    if "permission denied for database" in text_:
        return Refused(mark("You are not let into this database. Is it the one of Shuke?"))
    if "no pg_hba.conf entry" in text_ or "pg_hba.conf rejects" in text_:
        return Refused(
            mark(
                "The server lets nobody with this login in from this PC. Check the login; if it is right, your "
                "administrator has to admit this PC's network."
            )
        )
    return ConnectionLost(mark("The server cannot be reached. What you typed is kept; try again."))


_SHAPES: Final = {
    "length": mark("This text is longer than its field holds."),
    "phone": mark("A phone number has at least three digits."),
    "email": mark("This is no e-mail address."),
    "tax": mark("A tax number has 15, 17, 18 or 20 letters and digits."),
    "region": mark("This is no region of China."),
    "term": mark("A term is 3,000 days at the longest."),
}
"""What the constraints of app.shapes say, by their last word."""
_SHAPE: Final = re.compile(rf"ck_(.+)_({'|'.join(_SHAPES)})")


def _of_constraint(error: psycopg.Error, state: str) -> ShukeError:
    constraint = error.diag.constraint_name or ""
    column = error.diag.column_name or constraint.partition("_")[2].partition("_")[2] or constraint
    if state == "23505":
        return Invalid(mark("This value is taken already."), field=column.partition("_")[2] or column)
    if state == "23502":
        return Invalid(mark("This field must not be empty."), field=column)
    if state == "23503":
        return NotAvailable(mark("That record is not available."))
    if state == "23514" and (shape := _SHAPE.fullmatch(constraint)) is not None:
        # the field alone, without the table's name before it
        return Invalid(_SHAPES[shape[2]], field=shape[1].removeprefix(f"{error.diag.table_name}_"))
    if state == "23514":
        return Invalid(mark("This value is not possible here."), field=column)
    if state == "22003":
        return Invalid(mark("This number is larger than any that can be stored."), field=column)
    if state.startswith("22"):
        return Invalid(mark("This value cannot be stored."), field=column)
    return ShukeError(
        mark("The server refused with an error that Shuke does not know ({state})."), state=state
    )
