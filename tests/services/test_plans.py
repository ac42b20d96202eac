"""What the planner makes of a list under row security at some size (SECURITY 35): who sees few rows reads few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from services.analysis.workbench import performance
from services.entity import Query
from services.listing import Listing
from services.session import log_in
from tests.conftest import Company
from tests.services.test_visibility import user_id

MANY, FEW = 20_000, 40


@pytest.fixture
def large(company: Company) -> Company:
    """20,000 customers of two hundred people, 40 of sales1."""
    superuser = company.psql()
    # without triggers: the search words are of no use here, and take most of the time
    superuser.execute("SET session_replication_role = replica")
    me = user_id(company, "sales1")
    for owner, count, name in (("1000 + n %% 200", MANY, "甲"), (str(me), FEW, "乙")):
        superuser.execute(
            "INSERT INTO customers.customer (name, sort_name, owner_id, number, created_at)"
            f" SELECT %s || n, lpad(n::text, 6, '0'), {owner}, %s || n, now() - n * interval '1 hour'"
            " FROM generate_series(1, %s) n",  # type: ignore[call-overload]
            (name, name, count),
        )
    superuser.execute("VACUUM ANALYZE customers.customer")
    return company


def planned(company: Company, login: str, ask: Callable[[Session], object]) -> list[str]:
    """Plans of the statements with which ``ask`` reads customers."""
    database = company.as_(login)
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if "customers.customer" in statement:
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    with database.read_session() as session:
        ask(session)
    event.remove(database.engine, "before_cursor_execute", note)
    connection = company.psql(login)
    return [
        "\n".join(str(row[0]) for row in connection.execute(f"EXPLAIN {statement}", parameters).fetchall())  # type: ignore[call-overload]
        for statement, parameters in asked
    ]


def plans(company: Company, login: str, query: Query) -> list[str]:
    """Plans of a list's first page and of its number of rows."""
    listing = Listing(query, user=log_in(company.as_(login)))

    def ask(session: Session) -> None:
        page = listing.page(session, first=0, size=50)
        assert len(page.rows) == min(50, listing.count(session))

    found = planned(company, login, ask)
    assert len(found) >= 2
    return found


@pytest.mark.req("ORG-20", "PLT-10")
def test_who_sees_few_rows_reads_them_by_their_owner(large: Company) -> None:
    found = plans(large, "sales1", Query("customers.customer"))
    together = "\n".join(found)
    assert "ix_customer_owner" in together
    for plan in found:
        assert "Seq Scan on customer" not in plan, plan
        assert "SubPlan" not in plan, plan
    assert any("InitPlan" in plan and "Index" in plan for plan in found), together


@pytest.mark.req("ORG-20", "PLT-10")
def test_who_sees_all_walks_the_order(large: Company) -> None:
    """No rule is asked per row: the page comes from an index in its order, and whether he may is asked once."""
    first = plans(large, "boss", Query("customers.customer"))
    page = next(plan for plan in first if plan.startswith("Limit"))
    assert "Index" in page and "Seq Scan on customer" not in page and "SubPlan" not in page, page
    assert "InitPlan" in page, page


@pytest.mark.req("WB-01", "ORG-20")
@pytest.mark.parametrize("login", ["boss", "lead1", "sales1"])
def test_new_customers_of_the_month_are_counted_in_an_index_of_days(large: Company, login: str) -> None:
    """Two months of the years that a company has kept its books: neither the table nor the whole index is read."""
    (plan,) = planned(large, login, performance)
    assert "Index Only Scan using ix_customer_created" in plan, plan
    condition = plan.partition("ix_customer_created")[2].partition("Filter:")[0]
    assert "Index Cond" in condition and "created_at >=" in condition and "created_at <" in condition, plan
