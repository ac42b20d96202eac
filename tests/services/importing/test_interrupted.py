"""Cancelled, cut off, refused in the middle: once or not at all."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Table, text
from sqlalchemy.orm import Session

from services.errors import Cancelled, ConnectionLost
from services.importing.writing import insert_rows, or_one_by_one
from services.registry import ENTITIES
from tests.conftest import Company
from tests.services.importing_files import COLUMNS, CUSTOMER, TITLES, Office, table


def test_cancel_leaves_nothing(seller: Office, tmp_path: Path) -> None:
    source = table(tmp_path, TITLES, *[(f"公司{i}", "", "", "", "", "", "") for i in range(3_000)])
    stop = threading.Event()
    seen: list[int] = []

    def progress(done: int) -> None:
        seen.append(done)
        stop.set()

    with pytest.raises(Cancelled):
        seller.run(source, seller.plan(CUSTOMER, source, COLUMNS), progress=progress, cancelled=stop.is_set)
    assert seen == [1_000]
    assert seller.one("SELECT count(*) FROM customers.customer") == 0


@pytest.mark.parametrize("moment", ["middle", "after"])
def test_lost_connection_is_once_or_nothing(
    seller: Office, tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = table(tmp_path, TITLES, *[(f"公司{i}", f"N{i}", "", "", "", "", "") for i in range(1_500)])
    admin = seller.company.psql()
    killed = threading.Event()

    def kill() -> None:
        if not killed.is_set():
            killed.set()
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = 'sales1'"
            )

    importer = seller.importer(
        source,
        seller.plan(CUSTOMER, source, COLUMNS),
        progress=(lambda _done: kill()) if moment == "middle" else None,
    )
    if moment == "after":
        from services.database import _Work

        finish = _Work.finish

        def lost(work: _Work, changes: object) -> None:
            finish(work, changes)  # type: ignore[arg-type]
            if not killed.is_set():
                killed.set()
                raise ConnectionLost("The server cannot be reached. What you typed is kept; try again.")

        monkeypatch.setattr(_Work, "finish", lost)
    outcome = importer.run(uuid4())
    assert killed.is_set()
    assert outcome.created == 1_500
    assert seller.one("SELECT count(*) FROM customers.customer") == 1_500
    assert seller.rows("SELECT created FROM app.import_run") == [(1_500,)]


def test_refused_rows_leave_no_lock_behind(company: Company) -> None:
    """Every savepoint that stays open holds a place in the server's table of locks, which all share."""
    taken = {f"C-{n:06}" for n in range(0, 40, 2)}
    boss = company.as_("boss")
    made = ENTITIES["customers.customer"].model.__table__
    assert isinstance(made, Table)
    with Session(boss.engine) as session:
        insert_rows(session, made, [{"name": f"旧{number}", "number": number} for number in sorted(taken)])
        wanted = [f"C-{n:06}" for n in range(40)]
        refused: list[str] = []

        def write(numbers: Sequence[str]) -> None:
            insert_rows(session, made, [{"name": f"新{n}", "number": n} for n in numbers])

        or_one_by_one(
            session,
            wanted,
            write,
            lambda number, _error: refused.append(number),
        )
        held = session.scalar(
            text("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'transactionid'")
        )
        assert set(refused) == taken and held == 1
        found = session.scalar(
            text("SELECT count(*) FROM customers.customer WHERE number = ANY (:n)"), {"n": wanted}
        )
        assert found == 40
