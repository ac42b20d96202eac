"""What takes seconds: an import of many customers from Excel with its dry run, a change and a deletion of many records,
and ``shuke check``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

import psutil
from sqlalchemy import create_engine, make_url
from sqlalchemy.orm import Session

from app.bench.measure import Line, Ways
from services.batch import plan_delete, plan_edit
from services.checking import check
from services.commands import Changes, Work
from services.customers.entities import CUSTOMER_ENTITY
from services.database import Database
from services.records import recycle, update_many
from services.writing import Writing

SEED: Final = 20
"""Another company's customers than those of the benchmark."""
KNOWN: Final = 0.02
"""Share of rows that the database has already."""
COMMAND_MS: Final = 2000
"""What the start of a command may take of the bound: of a small import it is nearly all."""
TITLES: Final = ("客户名称", "简称", "电话", "地址", "所属行业", "客户来源", "备注", "联系人", "手机", "职务")
_PARTS: Final = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override'
    ' PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship'
    ' Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    ' Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
    ' Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="客户"'
    ' sheetId="1" r:id="r1"/></sheets></workbook>',
}


def write_customers(path: Path, rows: int, known: Sequence[str]) -> None:
    """An Excel file of ``rows`` customers that nobody has, but for every fiftieth, which is one of ``known``."""
    run = f"{time.time_ns() % 10**8:x}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for part, content in _PARTS.items():
            book.writestr(part, content)
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            start = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            sheet.write((start + _row(1, TITLES)).encode())
            for n, row in enumerate(islice(_rows(run, rows, known), rows), 2):
                sheet.write(_row(n, row).encode())
            sheet.write(b"</sheetData></worksheet>")


def _row(number: int, values: Sequence[str]) -> str:
    cells = [
        f'<c r="{chr(65 + n)}{number}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        for n, value in enumerate(values)
        if value
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _rows(run: str, rows: int, known: Sequence[str]) -> Iterator[tuple[str, ...]]:
    # numpy and the generator's words are of no use to the other commands
    from services.sample.companies import customers
    from services.sample.people import contacts

    every = round(1 / KNOWN)
    today = date(2026, 1, 1)
    for batch, people in zip(customers(SEED, rows, today), contacts(SEED, rows), strict=True):
        first = {person.customer: person for person in people if person.main}
        for each in batch:
            old = each.ordinal % every == 0 and known
            name = known[each.ordinal // every % len(known)] if old else f"{each.name}{run}{each.ordinal}"
            person = first.get(each.ordinal)
            reached = (person.name, person.mobile, person.title) if person else ("", "", "")
            yield (name, each.short_name, each.phone, each.address, "", "", each.remark, *reached)


def importing(ways: Ways, rows: int) -> list[Line]:
    """Dry run and import of ``rows`` customers by the command, as the boss; taken out of the tables afterwards."""
    admin = ways.as_()
    known = [row[0] for row in admin.execute(
        "SELECT name FROM customers.customer WHERE id % 97 = 1 ORDER BY id LIMIT 1000").fetchall()]  # fmt: skip
    before = [_last(admin, table) for table in ("customers.customer", "customers.contact", "app.history")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.xlsx"
        write_customers(path, rows, known)
        checked, peak, _ = _command(ways, path, "--dry-run")
        written, more, answer = _command(ways, path)
    created = int(answer["counts"]["create"])
    skipped = int(answer["counts"].get("skip", 0))
    _forget(admin, before)
    if created < rows * 0.9:
        raise RuntimeError(f"the import made {created} of {rows} customers: {str(answer['rejects'])[:500]}")
    note = f"{created} made, {skipped} known already, {checked:.1f} s of it the dry run"
    return [
        Line(f"import of {rows} customers with dry run, boss", (checked + written) * 1000,
             most_ms=2 * COMMAND_MS + (120_000 - 2 * COMMAND_MS) * rows / 100_000, note=note),
        Line("memory of the importing client", max(peak, more), most=400, unit="MB"),
    ]  # fmt: skip


def _last(admin: Any, table: str) -> int:
    row = admin.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
    return int(row[0])


def _command(ways: Ways, path: Path, *options: str) -> tuple[float, float, dict[str, Any]]:
    """Seconds, MB at the peak of the client's own process, and the answer of ``shuke import``."""
    url = make_url(ways.url("boss"))
    environment = {**os.environ, "SHUKE_PASSWORD": str(url.password or "")}
    address = url.set(username=None, password=None).render_as_string(hide_password=False)
    command = [sys.executable, "-W", "ignore", "-m", "app.cli", "--url", address, "import", "customers.customer",
               str(path), "--json", *options]  # fmt: skip
    start = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
        seen, peak = psutil.Process(process.pid), 0
        while process.poll() is None:
            try:
                peak = max(peak, seen.memory_info().rss)
            except psutil.Error:
                break
            time.sleep(0.05)
        process.wait()
        took = time.perf_counter() - start
        out.seek(0)
        said = out.read().decode("utf-8", "replace")
    if process.returncode:
        raise RuntimeError(said[-2000:])
    return took, peak / 1e6, json.loads(said)


def _forget(admin: Any, before: Sequence[int]) -> None:
    customer, contact, history = before
    with admin.transaction():
        admin.execute("SET LOCAL session_replication_role = replica")
        admin.execute("DELETE FROM customers.contact WHERE id > %s", (contact,))
        admin.execute("DELETE FROM customers.balance WHERE id > %s", (customer,))
        admin.execute("DELETE FROM customers.customer WHERE id > %s", (customer,))
        admin.execute("DELETE FROM app.history WHERE id > %s", (history,))


class _Enough(Exception):
    """Measured: nothing of it is to stay."""


def changing(ways: Ways, rows: int) -> list[Line]:
    """What a change and a deletion of ``rows`` customers cost (PLT-16), each with its preview, as the boss.

    Rolled back."""
    database = Database(ways.url("boss"), client="bench")
    found = ways.as_().execute(
        "SELECT id FROM customers.customer WHERE deleted_at IS NULL ORDER BY id DESC LIMIT %s", (rows,)
    )
    ids = [row[0] for row in found.fetchall()]
    values = {"remark": "bench"}
    before = psutil.Process().memory_info().rss

    def rolled_back(command: Callable[..., Changes], **arguments: Any) -> Callable[[], object]:
        def whole(work: Work, /, **given: Any) -> Changes:
            command(work, **given)
            raise _Enough

        def run() -> object:
            with suppress(_Enough):
                Writing(database).write(whole, entity=CUSTOMER_ENTITY, **arguments)
            return None

        return run

    def asked(question: Callable[..., Any], **arguments: Any) -> Callable[[], Any]:
        def run() -> Any:
            with database.read_session() as session:
                return question(session, entity=CUSTOMER_ENTITY, ids=ids, **arguments)

        return run

    try:
        planned, plan = _timed(
            f"preview of a change of {len(ids)} customers", asked(plan_edit, values=values)
        )
        changed, _ = _timed(
            f"change of {len(plan.versions)} customers",
            rolled_back(update_many, versions=dict(plan.versions), values=values),
        )
        previewed, gone = _timed(f"preview of a deletion of {len(ids)} customers", asked(plan_delete))
        deleted, _ = _timed(
            f"deletion of {len(gone.ids)} customers", rolled_back(recycle, ids=list(gone.ids))
        )
    finally:
        database.close()
    more = (psutil.Process().memory_info().rss - before) / 1e6
    memory = Line("memory that they took in the client", more, most=100, unit="MB")
    return [planned, changed, previewed, deleted, memory]


def _timed(name: str, work: Callable[[], Any]) -> tuple[Line, Any]:
    start = time.perf_counter()
    result = work()
    return Line(name, (time.perf_counter() - start) * 1000), result


def checking(ways: Ways) -> list[Line]:
    """``shuke check`` over everything."""
    engine = create_engine(make_url(ways.url()).set(drivername="postgresql+psycopg"))
    try:
        with Session(engine) as session, Session(engine) as beside:
            start = time.perf_counter()
            found = check(session, beside=beside)
            took = time.perf_counter() - start
    finally:
        engine.dispose()
    lines = ways.as_().execute("SELECT count(*) FROM sales.order_line").fetchone()
    note = f"{len(found)} differences in {lines[0] if lines else 0} order lines"
    return [Line("shuke check", took * 1000, most_ms=30_000, note=note)]
