"""Commands run once: keys, retries, lost connections; and what server errors become."""

from __future__ import annotations

import gc
import threading
import time
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from services.commands import Changes, Work
from services.database import Database
from services.errors import ConnectionLost, Invalid, Refused
from services.requests import digest
from tests.conftest import Company


def add_customer(work: Work, *, name: str) -> Changes:
    """Insert a customer by SQL."""
    added = work.session.execute(
        text("INSERT INTO customers.customer (name) VALUES (:name) RETURNING id"), {"name": name}
    ).scalar_one()
    return Changes({"customers.customer": (added,)})


def slow_customer(work: Work, *, name: str) -> Changes:
    """The same, with time to be interrupted before the commit."""
    changes = add_customer(work, name=name)
    _started.set()
    time.sleep(0.5)
    return changes


def names(company: Company) -> list[Any]:
    """Names of all customers."""
    return [
        n for (n,) in company.psql().execute("SELECT name FROM customers.customer ORDER BY id").fetchall()
    ]


def test_the_same_key_does_it_once(company: Company) -> None:
    database = company.as_("sales1")
    key = uuid4()
    first = database.write_once(key, add_customer, name="长宏")
    again = database.write_once(key, add_customer, name="长宏")
    assert first == again
    assert names(company) == ["长宏"]


def test_the_same_key_with_other_contents_is_refused(company: Company) -> None:
    database = company.as_("sales1")
    key = uuid4()
    database.write_once(key, add_customer, name="长宏")
    with pytest.raises(Refused):
        database.write_once(key, add_customer, name="短宏")
    assert names(company) == ["长宏"]


def test_a_connection_killed_in_the_middle_is_repeated(company: Company) -> None:
    database = company.as_("sales1")
    admin = company.psql()
    _started.clear()
    done: list[Changes] = []

    def work() -> None:
        done.append(database.write_once(uuid4(), _killed_once, name="长宏"))

    worker = threading.Thread(target=work)
    _state["first"] = True
    worker.start()
    assert _started.wait(10)
    admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'sales1'")
    worker.join(20)
    assert len(done) == 1
    assert names(company) == ["长宏"]


@pytest.mark.req("PLT-08", "PLT-30")
def test_a_login_that_has_no_room_yet_is_no_refusal(company: Company) -> None:
    """Complaint: after the cable was out one was thrown out of the program, or work was done twice.

    The server counts the connections that were cut off for some seconds more. Whoever comes back meanwhile is told to
    wait and keeps his key: that nothing was done is not known.
    """
    database, admin = company.as_("sales1"), company.psql()
    with database.read_session() as session:
        session.execute(text("SELECT 1"))

    def room(connections: int) -> None:
        admin.execute(f"ALTER ROLE sales1 CONNECTION LIMIT {connections}")

    again = threading.Timer(0.5, room, (12,))
    try:
        room(0)
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'sales1'")
        again.start()
        database.write(add_customer, name="长宏")
        again.join()
        room(0)
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'sales1'")
        with pytest.raises(ConnectionLost), database.read_session() as session:
            session.execute(text("SELECT 1"))
    finally:
        again.join()
        room(12)
    assert names(company) == ["长宏"]


_state = {"first": True}
_started = threading.Event()


def _killed_once(work: Work, *, name: str) -> Changes:
    if _state["first"]:
        _state["first"] = False
        return slow_customer(work, name=name)
    return add_customer(work, name=name)


def test_an_answer_lost_after_the_commit_is_not_done_twice(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = company.as_("sales1")
    from services import database as module

    original = module._Work.finish
    lost = iter([True, False])

    def finish_and_lose(self: Any, changes: Changes) -> None:
        original(self, changes)
        if next(lost):
            raise ConnectionLost("The server cannot be reached. What you typed is kept; try again.")

    monkeypatch.setattr(module._Work, "finish", finish_and_lose)
    database.write_once(uuid4(), add_customer, name="长宏")
    assert names(company) == ["长宏"]


def test_errors_in_words_without_the_row(company: Company) -> None:
    database = company.as_("sales1")
    with pytest.raises(Invalid) as invalid:
        database.write(add_customer, name="   ")
    assert invalid.value.field == "name"
    assert "Failing row" not in str(invalid.value)
    company.psql("sales1").execute("INSERT INTO customers.customer (name, number) VALUES ('甲', 'K-1')")
    with pytest.raises(Invalid) as taken:
        database.write(add_numbered, number="K-1")
    assert taken.value.field == "number"
    keeper = company.as_("keeper1")
    with pytest.raises(Refused):
        keeper.write(add_customer, name="乙")


def add_numbered(work: Work, *, number: str) -> Changes:
    """Insert a customer with a number."""
    work.session.execute(
        text("INSERT INTO customers.customer (name, number) VALUES ('乙', :number)"), {"number": number}
    )
    return Changes({})


def test_a_wrong_password_is_said(company: Company) -> None:
    database = Database(company.url("sales1").set(password="wrong"))
    with pytest.raises(Refused, match=r"."), database.read_session():
        pass
    database.close()


def test_reading_cannot_write(company: Company) -> None:
    database = company.as_("sales1")
    with pytest.raises(Exception, match=r"."), database.read_session() as session:
        session.execute(text("INSERT INTO customers.customer (name) VALUES ('甲')"))
    assert names(company) == []


def test_digest_tells_contents_apart() -> None:
    assert digest({"a": 1, "b": "x"}) == digest({"b": "x", "a": 1})
    assert digest({"a": 1}) != digest({"a": "1"})


def test_close_takes_the_connections_that_work_still_holds(company: Company) -> None:
    database = company.as_("sales1")

    def open_here() -> int:
        found = company.psql().execute(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", (list(database.pids),)
        )
        return int(found.fetchone()[0])  # type: ignore[index]

    with database.read_session() as session:
        assert session.scalar(text("SELECT 1")) == 1
        database.close()
        assert session.scalar(text("SELECT 2")) == 2  # what runs may end
        assert open_here() == 1
    deadline = time.monotonic() + 3
    while open_here() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert open_here() == 0


def _raw(database: Database) -> Any:
    with database.read_session() as session:
        return session.connection().connection.driver_connection


def test_close_takes_a_connection_that_is_just_being_given_back(company: Company) -> None:
    """The pool had asked whether it was closed, found that it was not, and laid the connection down after."""
    database = company.as_("sales1")
    event.listen(database.engine, "checkin", lambda _connection, _record: database.close())
    connection = _raw(database)
    assert connection.closed
    assert _raw(database).closed, "whoever asks after that gets a connection of his own, closed as well"


def test_a_login_that_nobody_took_leaves_no_connection(company: Company) -> None:
    database = Database(company.url("sales1"))
    connection = _raw(database)
    assert not connection.closed
    del database
    gc.collect()
    assert connection.closed
