"""The same records through every door: list, quick search, completer, Ctrl+K, exported file, plain SQL."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from services.entity import Entity, Query
from services.errors import Refused
from services.exporting import export
from services.global_search import search_everything
from services.listing import Listing
from services.lookup import lookup
from services.organisation.access import set_sections, set_sharing
from services.records import table_of
from services.sample.staff import PEOPLE
from services.session import CurrentUser, log_in
from tests.conftest import Company
from tests.factories.next_entity import EVERY
from tests.oracle import Oracle
from tests.services.files.sending import send

MANY = 100_000
LOGINS = [person.login for person in PEOPLE]


def share_something(company: Company) -> None:
    """Shares of every kind: with a user, a position, until yesterday; of a customer, an order, a note; and files."""
    admin = company.psql()

    def some(entity: str, login: str, place: int) -> Any:
        domain, noun = entity.split(".")
        statement = (
            f'SELECT t.id FROM {domain}."{noun}" t JOIN organisation."user" u ON u.id = t.owner_id'
            " WHERE u.login = %s AND t.deleted_at IS NULL ORDER BY t.id OFFSET %s LIMIT 1"
        )
        row = admin.execute(statement, (login, place)).fetchone()  # type: ignore[call-overload]
        assert row is not None, (entity, login)
        return row[0]

    for entity, owner, friend, until in (
        ("customers.customer", "sales1", "sales5", None),
        ("customers.customer", "sales5", "sales1", 0),
        ("customers.customer", "sales2", "sales6", -1),
        ("sales.order", "sales1", "sales7", None),
        ("delivery.note", "sales3", "sales8", None),
    ):
        admin.execute(
            "INSERT INTO organisation.share (entity, record_id, user_id, can_edit, shared_by, until)"
            " SELECT %s, %s, u.id, false, s.id, (now() AT TIME ZONE 'Asia/Shanghai')::date + %s::int"
            ' FROM organisation."user" u, organisation."user" s WHERE u.login = %s AND s.login = %s',
            (entity, some(entity, owner, 0), until, friend, owner),
        )
    admin.execute(
        "INSERT INTO organisation.share (entity, record_id, position_id, can_edit, shared_by)"
        " SELECT 'customers.customer', %s, u.position_id, true, s.id"
        " FROM organisation.\"user\" u, organisation.\"user\" s WHERE u.login = 'sales8' AND s.login = 'sales4'",
        (some("customers.customer", "sales4", 0),),
    )
    admin.execute(
        "INSERT INTO organisation.share (entity, record_id, department, can_edit, shared_by)"
        " SELECT 'customers.customer', %s, '销售二部', false, s.id"
        " FROM organisation.\"user\" s WHERE s.login = 'sales3'",
        (some("customers.customer", "sales3", 0),),
    )
    for number, (entity, owner) in enumerate(
        (kind, login)
        for kind in ("customers.customer", "sales.order")
        for login in ("sales1", "sales2", "sales4", "sales5")
    ):
        database = company.as_(owner)
        send(database, bytes([number]), some(entity, owner, 0), entity=entity)
        database.close()


def words_of(session: Session, entity: Entity) -> list[str]:
    """What somebody might type to find some of an entity's records: the names of its first and last one."""
    hits = lookup(session, entity, "", limit=MANY)
    return sorted({hit.label for hit in (*hits[:1], *hits[-1:]) if hit.label.strip()})


def arrange(company: Company, levels: dict[str, str], shown: list[str]) -> None:
    """Sharing model and sections as the administrator sets them in the client."""
    admin = company.as_("admin")
    for kind, level in levels.items():
        admin.write(set_sharing, levels={kind: level})
    admin.write(set_sections, shown=shown)
    admin.close()


KNOWN_TO_ALL = {"system.custom_field"}
"""What forms need to be drawn is read by everybody; its list needs the right."""
GROWING = {"organisation.login", "system.export_log"}
"""Every login and every exported file of this test adds a line, so no two doors could be compared."""


@pytest.mark.req("ORG-10")
@pytest.mark.req("ORG-11")
@pytest.mark.req("ORG-12")
@pytest.mark.parametrize(
    ("levels", "shown"),
    [
        ({}, ["basic", "contacts", "records"]),
        ({"customers": "read", "orders": "write"}, ["basic", "payments", "receivables"]),
        (
            {
                "customers": "write",
                "records": "read",
                "payments": "read",
                "deliveries": "read",
                "stock": "read",
                "requests": "write",
            },
            ["basic", "orders", "deliveries"],
        ),
    ],
    ids=["as delivered", "open for reading", "open for writing"],
)
def test_every_door_shows_the_same(
    next_sample: Company, tmp_path: Path, levels: dict[str, str], shown: list[str]
) -> None:
    sample = next_sample
    share_something(sample)
    arrange(sample, levels, shown)
    oracle = Oracle(sample.psql())
    boss = sample.as_("boss")
    everybody = log_in(boss)
    with boss.read_session() as session:
        words = {entity.key: words_of(session, entity) for entity in EVERY}
        found = {entity.key: searched(session, entity, everybody, words[entity.key]) for entity in EVERY}
    narrow = 0
    for login in LOGINS:
        database = sample.as_(login)
        user = log_in(database)
        psql = sample.psql(login)
        for entity in EVERY:
            if entity.key in GROWING:
                every = by_sql(sample.psql(), entity)
                assert by_sql(psql, entity) == (every if user.can(f"{entity.key}.view") else set()), login
                continue
            if entity.key in KNOWN_TO_ALL:
                assert by_sql(psql, entity) == {row["id"] for row in oracle.alive(entity.key)}
                continue
            seen = oracle.visible(login, entity.key)
            narrow += 0 < len(seen) < len(oracle.alive(entity.key))
            assert by_sql(psql, entity) == seen, (login, entity.key, "SQL")
            with database.read_session() as session:
                doors(session, entity, user, seen, words[entity.key], found[entity.key])
            exported(sample, database, entity, user, seen, oracle, tmp_path)
        database.close()
        psql.close()
    assert narrow > 20, "the people of the sample company do not see the same"


def by_sql(psql: Any, entity: Entity) -> set[int]:
    table = table_of(entity)
    alive = " WHERE deleted_at IS NULL" if "deleted_at" in table.c else ""
    return {int(i) for (i,) in psql.execute(f'SELECT id FROM {table.schema}."{table.name}"{alive}')}


def listed(session: Session, entity: Entity, user: CurrentUser, words: str = "") -> set[int]:
    try:
        listing = Listing(Query(entity.key, words=words), user=user, entity=entity)
    except Refused:
        return set()
    return {row.id for chunk in listing.stream(session, shown=()) for row in chunk}


def searched(session: Session, entity: Entity, user: CurrentUser, words: list[str]) -> dict[str, Any]:
    """Per word what quick search, completer and Ctrl+K give."""
    return {
        word: (
            listed(session, entity, user, word),
            {hit.id for hit in lookup(session, entity, word, limit=MANY)},
            {
                hit.id
                for group in search_everything(session, [entity], user, word, limit=MANY, budget=20).groups
                for hit in group.hits
            },
        )
        for word in words
    }


def doors(
    session: Session,
    entity: Entity,
    user: CurrentUser,
    seen: set[int],
    words: list[str],
    everything: dict[str, Any],
) -> None:
    """List, completer, and the three searches: what is found of everything, and is visible."""
    assert listed(session, entity, user) == seen, (user.login, entity.key, "list")
    if user.can(entity.permission("view")):
        listing = Listing(Query(entity.key), user=user, entity=entity)
        assert listing.count(session) == len(seen), (user.login, entity.key, "number of rows")
        assert set(listing.all_ids(session)) == seen, (user.login, entity.key, "choose all")
    completed = {hit.id for hit in lookup(session, entity, "", limit=MANY)}
    assert completed == seen, (user.login, entity.key, "completer")
    for word, answers in searched(session, entity, user, words).items():
        for door, mine, all_ in zip(("search", "lookup", "Ctrl+K"), answers, everything[word], strict=True):
            assert mine == all_ & seen, (user.login, entity.key, door, word)


def exported(
    company: Company,
    database: Any,
    entity: Entity,
    user: CurrentUser,
    seen: set[int],
    oracle: Oracle,
    folder: Path,
) -> None:
    """The file holds as many rows as are visible, and where records have numbers, theirs."""
    if not user.can(entity.permission("view")):
        return
    listing = Listing(Query(entity.key), user=user, entity=entity)
    path = folder / f"{user.login}.{entity.key}.csv"
    key = next((k for k in ("number", "name") if k in {c.key for c in listing.columns}), None)
    shown = [key] if key else [listing.columns[0].key]
    if not user.can(entity.permission("export")):
        with pytest.raises(Refused):
            export(database, listing, path, shown=shown, text_of=lambda _c, value: str(value))
        assert not path.exists()
        return
    done = export(database, listing, path, shown=shown, text_of=lambda _c, value: str(value))
    assert done.rows == len(seen), (user.login, entity.key, "export")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        cells = [row[0] for row in csv.reader(stream)][1:]
    if key is not None and key in table_of(entity).c:
        expected = {str(row[key] or "") for row in oracle.alive(entity.key) if row["id"] in seen}
        assert {cell.strip("\t'") for cell in cells} - {"", "合计", "Total"} == expected - {""}, (
            user.login,
            entity.key,
        )


@pytest.mark.req("ORG-10", "PLT-33")
def test_the_recycle_bin_hides_what_the_list_hid(sample: Company) -> None:
    """Customers of both teams with what hangs on them: the bin's list and plain SQL against the calculation."""
    share_something(sample)
    boss = sample.psql("boss")
    chosen = sample.psql().execute(
        "SELECT min(id) FROM activities.record WHERE deleted_at IS NULL GROUP BY owner_id"
    )
    records = [row[0] for row in chosen.fetchall()]
    boss.execute("SELECT app.recycle('activities.record', %s::bigint[])", (records,))
    contacts = [
        row[0]
        for row in sample.psql()
        .execute("SELECT max(k.id) FROM customers.contact k WHERE k.deleted_at IS NULL GROUP BY k.owner_id")
        .fetchall()
    ]
    boss.execute("SELECT app.recycle('customers.contact', %s::bigint[])", (contacts,))
    oracle = Oracle(sample.psql())
    narrow = 0
    for login in LOGINS:
        database, psql = sample.as_(login), sample.psql(login)
        user = log_in(database)
        for key in ("activities.record", "customers.contact"):
            seen = oracle.visible_in_bin(login, key)
            narrow += 0 < len(seen) < len(oracle.binned(key))
            domain, noun = key.split(".")
            rows = psql.execute(f'SELECT id FROM {domain}."{noun}" WHERE deleted_at IS NOT NULL').fetchall()  # type: ignore[call-overload]
            assert {row[0] for row in rows} == seen, (login, key, "SQL")
            if not user.can(f"{key}.view"):
                continue
            with database.read_session() as session:
                listing = Listing(Query(key, deleted=True), user=user)
                found = {row.id for chunk in listing.stream(session, shown=()) for row in chunk}
            assert found == seen, (login, key, "bin")
        database.close()
        psql.close()
    assert narrow > 8, "the people of the sample company do not see the same"
