"""``shuke bench``: is the program as fast as promised?"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from app.bench.batches import changing, checking, importing
from app.bench.client import client
from app.bench.measure import Line, Ways, failed
from app.bench.posting import posting
from app.bench.reading import header, lists, report, search
from app.bench.security import global_search, secured_heads, secured_lists, secured_searches
from app.commands.output import installation, say
from app.installation import Installation
from services import schema
from services.errors import ShukeError
from services.language import tr
from services.requests import plain

DATABASE = "shuke_bench"
IMPORTED = 100_000
"""Customers of the import that is measured, or as many as the company has."""
ORDERS_MADE = 0.64
"""Orders that the sample company has for each that ``expected_orders`` names, about."""


def bench(
    context: typer.Context,
    customers: Annotated[int, typer.Option(metavar="N", help="Size of the sample company.")] = 2000,
    orders: Annotated[int | None, typer.Option(metavar="N", help="About how many orders it has.")] = None,
    repeat: Annotated[int, typer.Option(metavar="N", help="How often everything is measured.")] = 21,
    seconds: Annotated[float, typer.Option(metavar="S", help="How long the eight clerks sell.")] = 5.0,
    file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures and plans as JSON.")
    ] = None,
) -> None:
    """Measure the budget in a database of its own, each line against the same work in hand-written SQL."""
    here = installation(context)
    here.start()
    password = here.sample_password()
    _prepare(here, customers, orders, password)

    def url(login: str | None) -> str:
        address = here.url(user=login, password=password if login else None, database=DATABASE)
        return make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)

    ways = Ways(url)
    lines: list[Line] = []
    try:
        for line in _measured(ways, repeat, seconds, min(IMPORTED, customers)):
            lines.append(line)
            _print(line)
    finally:
        ways.close()
    if file is not None:
        write_report(file, customers, lines)
    else:
        for line in lines:
            if line.plan:
                say(f"\n{line.name}\n{line.plan}")
    if not all(line.kept for line in lines):
        raise typer.Exit(1)


def _measured(ways: Ways, repeat: int, seconds: float, imported: int) -> Iterator[Line]:
    """All lines, part by part: one that fails on the way does not take the others along."""
    parts: list[tuple[str, Callable[[], Iterable[Line]]]] = [
        (part.__name__, partial(part, ways, repeat))
        for part in (
            lists,
            search,
            header,
            report,
            client,
            secured_lists,
            secured_searches,
            secured_heads,
            global_search,
        )
    ]
    parts += [
        ("checking", partial(checking, ways)),
        ("posting", partial(posting, ways, repeat, seconds)),
        ("changing", partial(changing, ways, imported)),
        ("importing", partial(importing, ways, imported)),
    ]
    for name, part in parts:
        try:
            yield from part()
        except Exception as error:
            yield failed(name, error)


def write_report(file: Path, customers: int, lines: list[Line]) -> None:
    """All figures as one JSON document."""
    measured = [{**asdict(line), "ratio": line.ratio, "kept": line.kept} for line in lines]
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    document = {"customers": customers, "load": load, "lines": measured}
    file.write_text(json.dumps(plain(document), ensure_ascii=False, indent=1), encoding="utf-8")


def _print(line: Line) -> None:
    ratio = f"{line.ratio:6.2f} ×" if line.ratio is not None else " " * 8
    bounds = ", ".join(
        text
        for text in (
            f"≤ {line.most_ratio:.2f} ×" if line.most_ratio else "",
            f"≤ {line.most_ms:.0f} ms" if line.most_ms else "",
            f"≤ {line.most:.0f} {line.unit}" if line.most else "",
        )
        if text
    )
    state = "  " if line.kept else "✗ "
    best = f"(best {line.best:.2f})" if line.best is not None else ""
    say(
        f"{state}{line.name:58} {line.ours:9.2f} {line.unit} {best:14} {ratio}  {bounds}  {line.note}".rstrip()
    )


def _prepare(here: Installation, customers: int, orders: int | None, password: str) -> None:
    """The benchmark's own company; one of the same size is used again."""
    from services.sample.company import build
    from services.sample.story import expected_orders

    other = Installation(here.folder, here.url(database=DATABASE).render_as_string(hide_password=False))
    if other.has_database():
        engine = other.engine()
        with engine.connect() as connection:
            same = connection.scalar(text("SELECT value FROM system.setting WHERE key = 'bench'")) == [
                customers,
                orders,
            ]
        engine.dispose()
        if same:
            # functions and policies of this program, whichever made the company; one it cannot upgrade is made anew
            with suppress(ShukeError, DBAPIError):
                schema.upgrade(other.url())
                return
        other.drop_database()
    schema.prepare(here.maintenance(), DATABASE)
    schema.upgrade(other.url())
    usual = ORDERS_MADE * float(expected_orders(0, customers).sum())
    activity = orders / usual if orders else 1.0
    typer.echo(tr("Making a company of {customers} customers …", customers=customers), err=True)
    build(other.url(), size=customers, seed=1, password=password, activity=activity)
    here.keep_sample_password(password)
    engine = other.engine()
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO system.setting (key, value) VALUES ('bench', CAST(:value AS jsonb))"),
            {"value": json.dumps([customers, orders])},
        )
    engine.dispose()
