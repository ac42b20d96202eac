"""What an order's states are derived from is counted by stock documents and payments, never typed (SAL-08)."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from services.checking import check
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade

ORDER = ("state", "received", "issued_amount", "open_quantity", "quantity", "gross", "number", "confirmed_at")
LINE = ("delivered", "asked", "notified", "over_delivery", "quantity", "gross")
VALUES = {"state": "'draft'", "number": "'X'", "confirmed_at": "NULL", "over_delivery": "true"}
COUNTED = {
    "received": "sales.order.received",
    "issued_amount": "sales.order.issued",
    "open_quantity": "sales.order.quantity",
    "delivered": "sales.order_line.delivered",
    "asked": "sales.order_line.delivered",
}
"""What the owner role writes because the functions do, and the rule of ``shuke check`` that finds it out."""


@pytest.fixture
def trade(company: Company) -> Iterator[Trade]:
    made = open_trade(company)
    made.receive(50)
    order = made.order(10)
    made.ask([(made.lines(order)[0], 4)])
    yield made


def updates() -> list[tuple[str, str]]:
    """Column and statement: whoever could run one of these would type a state."""
    return [
        (column, f"UPDATE {table} SET {column} = {VALUES.get(column, '1')}")
        for table, columns in (('sales."order"', ORDER), ("sales.order_line", LINE))
        for column in columns
    ]


@pytest.mark.req("SAL-08", "ORG-20")
@pytest.mark.parametrize(
    "login", ["sales1", "lead1", "manager", "keeper1", "cashier1", "accountant", "admin", "boss"]
)
def test_no_one_types_what_states_are_derived_from(trade: Trade, login: str) -> None:
    psql = trade.company.psql(login)
    before = trade.rows('SELECT * FROM sales."order"'), trade.rows("SELECT * FROM sales.order_line")
    for _column, statement in updates():
        with pytest.raises(errors.InsufficientPrivilege), psql.transaction():
            psql.execute(statement)  # type: ignore[call-overload]
    for table in ('sales."order"', "sales.order_line"):
        with pytest.raises(errors.InsufficientPrivilege), psql.transaction():
            psql.execute(f"INSERT INTO {table} DEFAULT VALUES")  # type: ignore[call-overload]
    assert before == (trade.rows('SELECT * FROM sales."order"'), trade.rows("SELECT * FROM sales.order_line"))


@pytest.mark.req("SAL-08")
def test_the_owner_role_types_no_state_and_its_counting_is_found_out(trade: Trade) -> None:
    owner = trade.superuser
    owner.execute("SET ROLE shuke_owner")
    refused = {column for column, statement in updates() if not runs(owner, statement)}
    assert refused >= {"state", "quantity", "gross", "number", "confirmed_at"}, refused
    # there is no column of a delivery or payment state that anybody could set
    stored = owner.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'sales.order'::regclass AND attname ~ '_state$'"
    )
    assert stored.fetchall() == []
    owner.execute("RESET ROLE")
    for column, rule in COUNTED.items():
        (statement,) = [each for name, each in updates() if name == column]
        with trade.company.as_("postgres").read_session() as session:
            assert check(session) == [], column
        table = "sales.order_line" if "order_line" in statement else 'sales."order"'
        was = trade.one(f"SELECT {column} FROM {table}")
        assert column not in refused and runs(owner, statement, keep=True), statement
        with trade.company.as_("postgres").read_session() as session:
            assert rule in {one.rule for one in check(session)}, column
        owner.execute(f"UPDATE {table} SET {column} = %s", (was,))  # type: ignore[call-overload]


def runs(connection: psycopg.Connection[tuple[object, ...]], statement: str, *, keep: bool = False) -> bool:
    """Whether the wall lets it through; what it has changed is undone unless it is to be kept."""
    try:
        with connection.transaction(force_rollback=not keep):
            connection.execute(statement)  # type: ignore[call-overload]
    except psycopg.Error as error:
        assert error.sqlstate in ("SK001", "SK003", "42501"), error
        return False
    return True
