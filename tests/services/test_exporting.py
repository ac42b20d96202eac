"""Export of many rows: constant memory, progress, and a stop that leaves nothing behind (PLT-18)."""

from __future__ import annotations

import csv
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import psutil
import psycopg
import pytest

from services.customers.entities import CUSTOMER as CUSTOMERS
from services.database import Database
from services.entity import Query
from services.errors import Cancelled
from services.exporting import export
from services.language import use_language
from services.listing import Listing
from services.reading import Reading
from services.session import log_in, read_dictionary
from services.wording import words
from tests.conftest import Company
from tests.databases import Copies
from tests.services.test_listing import Shop

CUSTOMER = "customers.customer"
ROWS = 100_000
FEW = 20_000
"""Rows of the workbook: reading 100,000 back would take longer than writing them."""
SHOWN = ("number", "name", "category", "region", "phone", "receivable", "owner", "created_at")


@pytest.fixture(scope="module")
def large(server: object, template: str) -> Iterator[Company]:
    made = Shop(server, Copies.on(server).copy(template))  # type: ignore[arg-type]
    connection = made.psql()
    # rows only: their history and search are others' tests
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        "INSERT INTO customers.customer (name, owner_id, phone, region)"
        " SELECT '重庆长宏五金有限公司' || n, (SELECT id FROM organisation.\"user\" WHERE login = 'sales1'),"
        " '023' || (60000000 + n), '500112' FROM generate_series(1, %s) n",
        (ROWS,),
    )
    connection.execute("SET session_replication_role = origin")
    connection.execute("ANALYZE customers.customer")
    yield made
    made.close()
    Copies.on(server).drop(made.name)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")


def listing(database: Database, rows: int = ROWS) -> Listing:
    user = log_in(database)
    query = Query(CUSTOMER, order=("name",), conditions=(lambda _context: CUSTOMERS.c.id <= rows,))
    with database.read_session() as session:
        return Listing(query, user=user, dictionary=read_dictionary(session))


@pytest.mark.req("PLT-18")
@pytest.mark.parametrize(("ending", "rows"), [(".csv", ROWS), (".xlsx", FEW)])
def test_a_hundred_thousand_rows_need_no_more_memory_than_a_few(
    large: Company, tmp_path: Path, ending: str, rows: int
) -> None:
    lead = large.as_("lead1")
    found = listing(lead, rows)
    process = psutil.Process(os.getpid())
    told: list[tuple[int, int]] = []
    path = tmp_path / f"customers{ending}"
    with lead.read_session() as session:
        dictionary = read_dictionary(session)
    done = export(
        lead,
        found,
        path,
        shown=SHOWN,
        text_of=lambda column, value: words(column, value, dictionary),
        progress=lambda count: told.append((count, process.memory_info().rss)),
    )
    assert done.rows == rows
    counts = [count for count, _ in told]
    assert counts == sorted(counts) and counts[-1] == rows and len(counts) >= rows // 500
    # 15,000 rows of these columns are some 20 MB as Python objects
    early = max(rss for count, rss in told if count <= 5_000)
    late = max(rss for count, rss in told if count > 5_000)
    assert late - early < 8 * 1024 * 1024, (early, late)
    if ending == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            read = list(csv.reader(stream))
        assert len(read) == rows + 2 and len({row[1] for row in read[1:-1]}) == rows
    else:
        sheet = openpyxl.load_workbook(path, read_only=True).active
        assert sum(1 for _ in sheet.iter_rows()) == rows + 2
        sheet.parent.close()


@pytest.mark.req("PLT-18")
def test_a_stop_half_way_leaves_no_file_no_log_and_no_open_work(large: Company, tmp_path: Path) -> None:
    lead = large.as_("lead1")
    reading, stop = Reading(lead), threading.Event()

    def progress(count: int) -> None:
        if count >= 3_000:
            stop.set()
            reading.cancel()  # as the button does: the server's work too

    before = large.psql().execute("SELECT count(*) FROM system.export_log").fetchone()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        export(
            lead,
            listing(lead),
            tmp_path / "customers.xlsx",
            shown=SHOWN,
            text_of=lambda _column, value: str(value),
            progress=progress,
            cancelled=stop.is_set,
            reading=reading,
        )
    assert time.monotonic() - began < 5 and not list(tmp_path.iterdir())
    admin = large.psql()
    assert admin.execute("SELECT count(*) FROM system.export_log").fetchone() == before
    busy = admin.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s) AND state <> 'idle'", (list(lead.pids),)
    ).fetchone()
    assert busy == (0,)
    with lead.read_session() as session:  # and the connection serves the next question
        assert listing(lead).count(session) == ROWS


@pytest.mark.req("PLT-18")
def test_who_may_not_export_writes_no_log_either(company: Company) -> None:
    """From psql: neither a line in the log that never was, nor by another kind's right, nor one taken back."""
    company.psql().execute(
        "UPDATE organisation.role SET rights = array_remove(rights, 'customers.customer.export') WHERE code = 'sales'"
    )
    sales = company.psql("sales1")
    log = "SELECT app.log_export(%s, '{}', 5, 'csv')"
    for entity in (CUSTOMER, "organisation.user", "no.such", "", None):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sales.execute(log, (entity,))
    company.psql("boss").execute(log, (CUSTOMER,))
    for attack in ("UPDATE system.export_log SET exported = 0", "DELETE FROM system.export_log"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            company.psql("boss").execute(attack)
    assert sales.execute("SELECT count(*) FROM system.export_log").fetchone() == (0,)
    written = company.psql().execute("SELECT login, entity, exported FROM system.export_log").fetchall()
    assert written == [("boss", CUSTOMER, 5)]
