"""Notices: heard by other clients, without data, again after a reconnect."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from services.changes import Listener, Notice, parse
from tests.conftest import Company


class Heard:
    """What a listener heard, with a time-out."""

    def __init__(self) -> None:
        self.notices: queue.Queue[Notice] = queue.Queue()
        self.connected: queue.Queue[bool] = queue.Queue()

    def until(self, entity: str, seconds: float = 5) -> Notice:
        """The next notice about ``entity``."""
        while True:
            notice = self.notices.get(timeout=seconds)
            if notice.entity == entity:
                return notice


@pytest.fixture
def heard(company: Company) -> Iterator[Heard]:
    """What the client of lead1 hears."""
    ears = Heard()
    listener = Listener(company.as_("lead1"), ears.notices.put, ears.connected.put)
    listener.start()
    assert ears.connected.get(timeout=10)
    yield ears
    listener.stop()
    listener.join(5)


@pytest.mark.req("PLT-08")
def test_a_change_is_heard_within_two_seconds(company: Company, heard: Heard) -> None:
    row = (
        company.psql("sales1")
        .execute("INSERT INTO customers.customer (name) VALUES ('长宏') RETURNING id")
        .fetchone()
    )
    assert row is not None
    notice = heard.until("customers.customer", 2)
    assert notice.ids == frozenset({row[0]})
    assert not notice.own


def test_many_rows_are_not_named(company: Company, heard: Heard) -> None:
    company.psql("sales1").execute(
        "INSERT INTO customers.customer (name) SELECT '客户' || i FROM generate_series(1, 301) i"
    )
    assert heard.until("customers.customer").ids is None


def test_a_change_of_rights_is_heard(company: Company, heard: Heard) -> None:
    company.psql().execute("UPDATE organisation.role SET rights = '{}' WHERE code = 'sales'")
    assert heard.until("scope").ids is None


def test_after_a_lost_connection_everything_is_stale(company: Company, heard: Heard) -> None:
    company.psql().execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lead1' AND query LIKE 'LISTEN%'"
    )
    assert heard.connected.get(timeout=10) is False
    assert heard.connected.get(timeout=10) is True
    assert heard.until("*").ids is None
    company.psql("sales1").execute("INSERT INTO customers.customer (name) VALUES ('长宏')")
    assert heard.until("customers.customer").ids


@pytest.mark.parametrize(
    "payload", ["", ":", "x", "a:b:c", "customers.customer:1,x:5", "customers.customer:1:"]
)
def test_garbage_is_ignored(payload: str) -> None:
    assert parse(payload, set()) is None


def test_own_notices_are_known() -> None:
    assert parse("sales.order:1,2:77", {77}) == Notice("sales.order", frozenset({1, 2}), True)
    assert parse("sales.order:*:78", {77}) == Notice("sales.order", None, False)
