"""Every entity there is, and the next one: lists open, sort by every column, know their classes, export, ask rights."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from services.entity import Facet, Query
from services.errors import Refused
from services.exporting import export
from services.facets import operators
from services.listing import Listing
from services.search import parse
from tests.conftest import Company
from tests.factories.next_entity import ENTITIES, EVERY, KNOWN_RIGHTS
from tests.widgets.desk import client_of
from widgets.base.client import Client
from widgets.base.formatting import value_text
from widgets.base.list_page import ListPage
from widgets.base.tasks import tasks

KEYS = [entity.key for entity in EVERY]


@pytest.fixture(scope="module")
def boss(next_office: Company) -> Client:
    """The boss's client."""
    return client_of(next_office.as_("boss"), ENTITIES)


def listing(client: Client, query: Query) -> Listing:
    """What the client's list of ``query`` reads."""
    entity = client.entities[query.entity]
    return Listing(query, user=client.user, dictionary=client.dictionary, entity=entity)


@pytest.mark.parametrize("key", KEYS)
def test_it_sorts_by_every_column_and_counts_every_class(boss: Client, key: str) -> None:
    entity = boss.entities[key]
    with boss.database.read_session() as session:
        plain = listing(boss, Query(key))
        total = plain.count(session)
        for column in plain.columns:
            if column.sortable:
                for order in ((column.key,), (f"-{column.key}",)):
                    found = listing(boss, Query(key, order=order))
                    assert len(found.page(session, first=0, size=100).rows) == min(100, total), order
                    found.anchor(session)
                    assert len(found.page_ids(session, first=0, size=10)) == min(10, total)
            for operator in ("empty", "not_empty"):
                if operator in operators(column.kind):
                    listing(boss, Query(key, facets=(Facet(column.key, operator),))).count(session)
        counts = plain.class_counts(session)
        assert counts["all"] == total
        for name, count in counts.items():
            assert listing(boss, Query(key, data_class=name)).count(session) == count, name
        plain.totals(session)
        assert parse("a")
        assert listing(boss, Query(key, words="zzqq 没有")).count(session) == 0
        assert entity.class_columns == tuple(c for c in entity.class_columns if entity.column(c))


@pytest.mark.parametrize("key", KEYS)
def test_its_page_opens_with_all_columns(boss: Client, key: str, qtbot: QtBot) -> None:
    page = ListPage(boss, Query(key))
    qtbot.addWidget(page)
    page.columns_.choose([column.key for column in page.listing.columns])
    page.show()
    qtbot.waitUntil(
        lambda: page.total is not None and not page.loader._summary.busy and not page.loader.busy,
        timeout=10_000,
    )
    assert not page.messages.messages
    assert page.model.rowCount() == min(30, page.total or 0)
    for row in range(page.model.rowCount()):
        for column in range(page.model.columnCount()):
            page.model.index(row, column).data()
    page.state_._timer.stop()
    boss.preferences.set(f"list.{key}", {})
    page.hide()
    qtbot.waitUntil(lambda: not tasks()._jobs, timeout=5000)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_it_exports(boss: Client, key: str, ending: str, tmp_path: Path) -> None:
    whole = listing(boss, Query(key))
    with boss.database.read_session() as session:
        there = whole.count(session)  # before: the log of exports has a line more afterwards
    done = export(
        boss.database,
        whole,
        tmp_path / f"list.{ending}",
        shown=[column.key for column in whole.columns],
        text_of=lambda column, value: value_text(column, value, boss.dictionary),
    )
    assert done.rows == there
    assert done.path.stat().st_size > 0


NEVER_DELETED = {"finance.payment"}
"""Typed in a form and frozen from then on: they are reversed, so nobody is offered a right to delete them."""


@pytest.mark.parametrize("key", KEYS)
def test_its_rights_exist_and_without_view_there_is_no_page(boss: Client, key: str, qtbot: QtBot) -> None:
    entity = boss.entities[key]
    assert {entity.permission("view"), entity.permission("export")} <= KNOWN_RIGHTS
    if entity.create_by_form:
        assert {entity.permission(v) for v in ("create", "edit")} <= KNOWN_RIGHTS
        assert (entity.permission("delete") in KNOWN_RIGHTS) == (key not in NEVER_DELETED)
    if entity.importable:
        assert entity.permission("import") in KNOWN_RIGHTS
    without = Client(
        database=boss.database,
        user=type(boss.user)(0, "nobody", "", "", boss.user.rights - {f"{key}.view"}, ()),
        preferences=boss.preferences,
        entities=boss.entities,
        shell=boss.shell,
        bus=boss.bus,
        dictionary=boss.dictionary,
    )
    with pytest.raises(Refused):
        ListPage(without, Query(key))
