"""What goods cost is nowhere in the lists and files of those without the right (ORG-14)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.permissions import Permission
from services.entity import Entity, Facet, Query
from services.errors import Refused
from services.exporting import export
from services.listing import Listing
from services.registry import ENTITIES
from services.session import log_in
from services.stock.standing import stock_in_total
from tests.conftest import Company
from tests.factories.trade import open_trade

COST = "31.4159"
TOLD = re.compile(r"(?<!\d)(31\.41|314\.1)")
"""One piece or ten at that cost: figures that stand nowhere else."""


def hidden_in(kind: Entity) -> list[str]:
    """Keys of the columns that take the right to see costs."""
    return [column.key for column in kind.columns if column.right == Permission.PRODUCTS_SEE_COST]


@pytest.mark.req("ORG-14")
def test_no_list_search_order_or_file_tells_a_cost(company: Company, tmp_path: Path) -> None:
    """Read from the declarations: every kind of record with a column of costs, the next one too."""
    trade = open_trade(company)
    trade.receive(10, 10, cost=COST)
    kinds = [kind for kind in (*ENTITIES.values(), stock_in_total()) if hidden_in(kind)]
    assert {kind.key for kind in kinds} >= {"products.product", "stock.balance", "stock.ledger"}
    tried: set[tuple[str, str]] = set()
    for login in ("boss", "keeper1", "sales1"):
        database = company.as_(login)
        user = log_in(database)
        sees = user.can(Permission.PRODUCTS_SEE_COST)
        for kind in kinds:
            if not user.can(kind.permission("view")):
                continue
            listing = Listing(Query(kind.key), user=user, entity=kind)
            assert {*hidden_in(kind)} & {column.key for column in listing.columns} == (
                {*hidden_in(kind)} if sees else set()
            ), (login, kind.key)
            with database.read_session() as session:
                rows = listing.page(session, first=0, size=100).rows
            said = str([row.values for row in rows])
            assert rows and bool(TOLD.search(said)) == sees, (login, kind.key)
            for key in hidden_in(kind):
                if not sees:
                    with pytest.raises(Refused):
                        Listing(Query(kind.key, facets=(Facet(key, "ge", 1),)), user=user, entity=kind)
                tried.add((login, key))
            if user.can(kind.permission("export")):
                path = tmp_path / f"{login}.{kind.key}.{kinds.index(kind)}.csv"
                if not sees:
                    with pytest.raises(Refused):
                        export(database, listing, path, shown=hidden_in(kind), text_of=lambda _c, v: str(v))
                    assert not path.exists()
                shown = [column.key for column in listing.columns]
                export(database, listing, path, shown=shown, text_of=lambda _column, value: str(value))
                assert bool(TOLD.search(path.read_text("utf-8-sig"))) == sees, (login, kind.key)
    assert {login for login, _ in tried} == {"boss", "keeper1", "sales1"}
