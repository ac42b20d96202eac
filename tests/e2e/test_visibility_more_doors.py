"""Doors beside the usual ones: printed lists, numbers beside the classes, advanced search, rows of the history."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from services.entity import Entity, Facet, Group, Query
from services.errors import Refused
from services.facets import operators
from services.list_printing import MOST, rows_to_print
from services.listing import Listing
from services.records import table_of
from services.session import CurrentUser, log_in
from tests.conftest import Company
from tests.e2e.test_visibility_everywhere import GROWING, KNOWN_TO_ALL, LOGINS, arrange, share_something
from tests.factories.next_entity import EVERY
from tests.factories.rights import give
from tests.oracle import Oracle

SEEN_BY_RULE = [entity for entity in EVERY if entity.key not in GROWING | KNOWN_TO_ALL]


def found(session: Session, query: Query, user: CurrentUser, entity: Entity) -> set[int]:
    """Ids of the rows of a list."""
    listing = Listing(query, user=user, entity=entity)
    return {row.id for chunk in listing.stream(session, shown=()) for row in chunk}


def searches(session: Session, user: CurrentUser, entity: Entity) -> dict[Any, set[int]]:
    """What two opposite conditions of an advanced search find, and a group of both."""
    listing = Listing(Query(entity.key), user=user, entity=entity)
    column = next(c.key for c in listing.columns if "not_empty" in operators(c.kind))
    filled, blank = Facet(column, "not_empty"), Facet(column, "empty")
    return {
        (column, name): found(session, Query(entity.key, facets=facets), user, entity)
        for name, facets in (
            ("filled", (filled,)),
            ("blank", (blank,)),
            ("either", (Group("any", (filled, blank)),)),
        )
    }


@pytest.mark.req("ORG-10", "ORG-20", "PLT-12")
def test_classes_and_searches_show_what_is_seen(next_sample: Company) -> None:
    sample = next_sample
    share_something(sample)
    arrange(sample, {}, ["basic", "contacts", "records"])
    oracle, narrow = Oracle(sample.psql()), 0
    boss = sample.as_("boss")
    everybody = log_in(boss)
    with boss.read_session() as session:
        every = {entity.key: searches(session, everybody, entity) for entity in SEEN_BY_RULE}
    for login in LOGINS:
        database = sample.as_(login)
        user = log_in(database)
        with database.read_session() as session:
            for entity in SEEN_BY_RULE:
                if not user.can(entity.permission("view")):
                    continue
                seen = oracle.visible(login, entity.key)
                narrow += 0 < len(seen) < len(oracle.alive(entity.key))
                counted = Listing(Query(entity.key), user=user, entity=entity).class_counts(session)
                assert counted["all"] == len(seen), (login, entity.key)
                for each in entity.classes:
                    of_class = found(session, Query(entity.key, data_class=each.key), user, entity)
                    assert of_class <= seen and counted[each.key] == len(of_class), (
                        login,
                        entity.key,
                        each.key,
                    )
                for door, ids in searches(session, user, entity).items():
                    if door in every[entity.key]:
                        assert ids == every[entity.key][door] & seen, (login, entity.key, door)
                    assert ids <= seen, (login, entity.key, door)
        database.close()
    assert narrow > 20, "the people of the sample company do not see the same"


@pytest.mark.req("ORG-10", "ORG-20")
def test_printed_lists_show_what_is_seen(next_sample: Company) -> None:
    sample = next_sample
    share_something(sample)
    oracle, printed = Oracle(sample.psql()), 0
    for login in LOGINS:
        database = sample.as_(login)
        user = log_in(database)
        for entity in SEEN_BY_RULE:
            if not user.can(entity.permission("view")):
                continue
            listing = Listing(Query(entity.key), user=user, entity=entity)
            keys = {column.key for column in listing.columns} & set(table_of(entity).c.keys())
            key = next((k for k in ("number", "name") if k in keys), listing.columns[0].key)
            if not (user.can(entity.permission("print")) and user.can(entity.permission("export"))):
                with pytest.raises(Refused):
                    rows_to_print(database, listing, shown=[key])
                continue
            seen = oracle.visible(login, entity.key)
            if len(seen) > MOST:
                continue
            rows = rows_to_print(database, listing, shown=[key]).rows
            assert len(rows) == len(seen), (login, entity.key)
            printed += bool(rows)
            if key in ("number", "name"):
                expected = sorted(str(r[key]) for r in oracle.alive(entity.key) if r["id"] in seen)
                assert sorted(str(row[0]) for row in rows) == expected, (login, entity.key)
        database.close()
    assert printed > 40


@pytest.mark.req("ORG-20", "PLT-34")
def test_the_history_tells_of_no_kind_that_is_not_seen(sample: Company) -> None:
    """Nothing without the right to read it; with it (PLT-34: whole, for roles given the right) nothing of kinds that
    one may not view."""
    for role in ("keeper", "cashier"):
        give(sample, role, "system.history")
    for table in ("customers.customer", "customers.contact", "products.product"):
        sample.psql().execute(f"UPDATE {table} SET remark = 'x'")
    oracle, told = Oracle(sample.psql()), {}
    for login in LOGINS:
        rows = sample.psql(login).execute("SELECT DISTINCT entity FROM app.history").fetchall()
        rights = oracle.people[login].rights
        if "system.history" not in rights:
            assert rows == [], login
            continue
        told[login] = {str(entity) for (entity,) in rows}
        for entity in SEEN_BY_RULE:
            assert entity.key not in told[login] or f"{entity.key}.view" in rights, (login, entity.key)
    assert {"customers.customer", "products.product"} <= told["boss"]
    assert "products.product" in told["keeper1"] and "customers.customer" not in told["keeper1"]
