"""Costs and margins are in no list, order, condition, total, file or form of who has no right to them (ORG-14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.permissions import Permission
from services.entity import Entity, Facet, Kind, Query
from services.errors import ShukeError
from services.exporting import export
from services.language import use_language
from services.listing import Listing
from services.registry import ENTITIES
from services.session import log_in
from tests.conftest import Company

COST = Permission.PRODUCTS_SEE_COST
GUARDED = {
    key: [column for column in entity.columns if column.right == COST]
    for key, entity in ENTITIES.items()
    if any(column.right == COST for column in entity.columns)
}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")


MARK = Decimal("7717.713")
"""A cost that is no price, quantity or weight of anything."""


def mark_costs(company: Company) -> None:
    """Let every product cost MARK, whatever it was."""
    company.psql().execute("UPDATE products.cost SET cost_price = %s, last_purchase = %s", (MARK, MARK))


def figures(company: Company, login: str, entity: Entity) -> set[Any]:
    """All decimals of the list of ``entity`` with every column that ``login`` has."""
    database = company.as_(login)
    listing = Listing(Query(entity.key), user=log_in(database))
    shown = [column.key for column in listing.columns]
    with database.read_session() as session:
        found = {
            value
            for chunk in listing.stream(session, shown=shown)
            for row in chunk
            for value in row.values
            if isinstance(value, Decimal)
        }
        session.rollback()
    return found


@pytest.mark.req("ORG-14")
@pytest.mark.parametrize("login", ["sales1", "cashier1", "service1"])
def test_costs_are_in_no_list_and_no_file(sample: Company, tmp_path: Path, login: str) -> None:
    assert {"products.product", "stock.balance"} & set(GUARDED), "the test would prove nothing"
    mark_costs(sample)
    database = sample.as_(login)
    user = log_in(database)
    assert not user.can(COST)
    for key, columns in GUARDED.items():
        entity = ENTITIES[key]
        if not user.can(entity.permission("view")):
            continue
        listing = Listing(Query(key), user=user)
        there = [column.key for column in listing.columns]
        assert not {column.key for column in columns} & set(there)
        for column in columns:
            asked = [Query(key, order=(f"-{column.key}",))]
            if column.kind in (Kind.PRICE, Kind.AMOUNT):
                asked.append(Query(key, facets=(Facet(column.key, "gt", "1"),)))
            for query in asked:
                with pytest.raises(ShukeError):
                    Listing(query, user=user)
        assert MARK not in figures(sample, login, entity)
        if user.can(entity.permission("export")):
            target = tmp_path / f"{key}.csv"

            def write(*shown: str, listing: Listing = listing, target: Path = target) -> None:
                export(database, listing, target, shown=shown, text_of=lambda _column, value: str(value))

            for column in columns:
                with pytest.raises(ShukeError):
                    write(there[0], column.key)
            write(*there)
            written = target.read_text("utf-8-sig")
            assert written.count("\n") > 5 and not re.search(r"7,?717\.71", written)
        # nor is it in a form, where it could be read or typed
        assert not [field.key for field in entity.fields if field.right is None and "cost" in field.key]


@pytest.mark.req("ORG-14")
def test_who_has_the_right_sees_them(sample: Company) -> None:
    mark_costs(sample)
    assert MARK in figures(sample, "buyer", ENTITIES["products.product"])
