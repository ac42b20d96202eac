"""The history shows nothing that takes a right which its reader lacks: costs first of all (PLT-34, ORG-14, ORG-20)."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from services.products.commands import set_cost
from services.system import history
from tests.attacks.catalogue import HISTORY, OPEN_TO_ALL
from tests.conftest import Company
from tests.factories.rights import give, take
from tests.factories.trade import open_trade

COST = "31.4159"
TOLD = re.compile(r"(?<![\d:])(31\.41|27\.18|314\.1)")
"""Costs that stand nowhere else, but for the seconds of a time: of a receipt, of ten pieces of it, and the one that was
set by hand."""


@pytest.mark.req("ORG-14", "PLT-34", "ORG-20")
def test_costs_are_in_no_line_of_the_history(company: Company) -> None:
    """A keeper who reads the history, by psql and in the client, against a buyer who reads it too."""
    trade = open_trade(company)
    trade.receive(10, 10, cost=COST)
    company.as_("buyer").write(set_cost, product_id=trade.products[0], cost_price=Decimal("27.1828"))
    company.psql().execute("DELETE FROM products.cost WHERE id = %s", (trade.products[0],))
    for role in ("keeper", "buyer"):
        give(company, role, "system.history")
    for login, sees in (("keeper1", False), ("buyer", True), ("boss", True)):
        rows = company.psql(login).execute("SELECT to_jsonb(h)::text FROM app.history h").fetchall()
        assert len(rows) > 20, login
        assert bool(TOLD.search(" ".join(str(row[0]) for row in rows))) == sees, login
        with company.as_(login).read_session() as session:
            lines = history.changes(session, history.Asked(), limit=10_000)
            kinds = set(history.entities_with_history(session))
        assert bool(TOLD.search(str([line.changes for line in lines]))) == sees, login
        assert ("products.cost" in kinds, "stock.receipt_line_cost" in kinds) == (sees, sees), login
        # what he may view he reads whole, whosever it is: that is what the right is for
        assert {"products.product", "stock.receipt"} <= kinds, login
    take(company, "buyer", "products.see_cost")
    left = company.psql("buyer").execute("SELECT DISTINCT entity FROM app.history").fetchall()
    assert not {"products.cost", "stock.receipt_line_cost"} & {row[0] for row in left}, "at once"


@pytest.mark.req("ORG-14", "PLT-34")
def test_every_kind_with_history_is_behind_a_right(office: Company) -> None:
    """Also the next one: a table that writes history without a right to see it would be told to every reader."""
    superuser = office.psql()
    written = {name for name, writes, _never in superuser.execute(HISTORY).fetchall() if writes}
    behind = {
        row[0]
        for row in superuser.execute(
            "SELECT entity FROM app.guarded UNION SELECT entity FROM app.part"
        ).fetchall()
    }
    assert len(written) > 40
    assert written - behind <= OPEN_TO_ALL, "these have no right of their own"
