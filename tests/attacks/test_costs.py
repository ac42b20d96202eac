"""What goods cost is nowhere in the lists and files of those without the right (ORG-14)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from models.permissions import Permission
from services.entity import Entity, Facet, Query
from services.errors import Refused
from services.exporting import export
from services.listing import Listing
from services.registry import ENTITIES
from services.session import log_in
from services.stock.standing import stock_in_total
from tests.attacks.test_special_rights import give_all
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


MARK = "7717.713"
COST_COLUMNS = """
SELECT c.oid::regclass::text, array_agg(quote_ident(a.attname)) FROM (
    SELECT entity FROM app.guarded WHERE sees = %(right)s UNION SELECT entity FROM app.part WHERE sees = %(right)s) g
JOIN pg_class c ON c.oid = to_regclass(app.table_of(g.entity))
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND a.atttypid = 'numeric'::regtype AND a.attgenerated = ''
GROUP BY 1
"""
READABLE = """
SELECT c.oid::regclass::text, string_agg(quote_ident(a.attname), ', ') FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^(pg_|information_schema)'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'v', 'm', 'p') AND has_schema_privilege(n.oid, 'USAGE')
  AND has_column_privilege(c.oid, a.attnum, 'SELECT') GROUP BY 1
"""


@pytest.mark.req("ORG-14")
def test_plain_sql_tells_no_cost_in_any_table(sample: Company) -> None:
    """Who has every right there is but the one to see costs reads all that he can: the next table, the change
    history, what is deleted too."""
    admin, seller = sample.psql(), sample.psql("sales1")
    give_all(sample, but={Permission.PRODUCTS_SEE_COST})
    # one change that the history writes down, then every cost there is
    admin.execute("UPDATE products.cost SET cost_price = 7717.713")
    tables = admin.execute(COST_COLUMNS, {"right": Permission.PRODUCTS_SEE_COST.value}).fetchall()
    assert len(tables) >= 4
    admin.execute("SET session_replication_role = replica")
    for table, columns in tables:
        marked = ", ".join(f"{column} = 7717.713" for column in list(columns))  # type: ignore[call-overload]
        admin.execute(f"UPDATE {table} SET {marked}")  # type: ignore[call-overload]

    def telling(connection: Any) -> set[str]:
        found = set()
        for table, columns in connection.execute(READABLE).fetchall():
            rows = connection.execute(f"SELECT {columns} FROM {table}").fetchall()
            if MARK in str(rows):
                found.add(str(table))
        return found

    assert telling(seller) == set()
    give_all(sample, but=set())
    assert {"products.cost", "app.history"} < telling(seller), "it would have been found"
