"""The sample company in the database: everything adds up, everybody sees his own, the same seed the same data."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.embedded import EmbeddedServer
from services.checking import check
from services.errors import Invalid, Refused
from services.sample.companies import SALESPEOPLE, Customer, customers, suppliers
from services.sample.company import build
from services.sample.people import contacts
from services.sample.products import SUPPLIERS, products
from services.sample.sheets import TABLES
from services.sample.staff import PEOPLE
from services.sample.story import orders
from services.session import log_in
from tests.conftest import PASSWORD, Company
from tests.databases import Copies

TODAY = date(2026, 9, 30)


@pytest.fixture(scope="module")
def told(server: EmbeddedServer, template: str) -> str:
    """Name of a database with 300 customers, seed 7, told up to TODAY, that is only copied."""
    name = Copies.on(server).plain_copy(template, "template_told")
    build(server.url(database=name), size=300, seed=7, password=PASSWORD, today=TODAY)
    return name


@pytest.fixture
def made(server: EmbeddedServer, told: str) -> Iterator[Company]:
    """A company of its own with 300 customers, seed 7, told up to TODAY."""
    company = Company(server, Copies.on(server).copy(told))
    yield company
    company.close()
    Copies.on(server).drop(company.name)


def one(company: Company, sql: str, login: str = "postgres") -> Any:
    row = company.psql(login).execute(sql).fetchone()
    assert row is not None
    return row[0]


def flat(batches: Any) -> list[Any]:
    return list(itertools.chain.from_iterable(batches))


@pytest.mark.req("ADM-32", "PRD-01")
def test_whole_boxes_were_ordered_as_boxes(made: Company) -> None:
    lines = (
        made.psql()
        .execute(
            "SELECT l.quantity, l.pack_unit, l.pack_factor, l.pack_quantity, l.pack_price, l.tax_price, p.pack_unit"
            " FROM sales.order_line l JOIN products.product p ON p.id = l.product_id WHERE p.pack_factor > 0"
            " AND l.quantity % p.pack_factor = 0"
        )
        .fetchall()
    )
    assert len(lines) > 20
    for quantity, unit, factor, packs, price, piece, of_product in lines:
        assert (unit, packs * factor, price) == (of_product, quantity, piece * factor)
    assert one(made, "SELECT count(*) FROM sales.order_line WHERE pack_unit IS NOT NULL") == len(lines)
    for table in ("stock.issue_line", "delivery.note_line"):
        assert one(made, f"SELECT count(*) FROM {table} WHERE pack_unit IS NOT NULL") > 10
    differ = (
        "SELECT count(*) FROM stock.issue_line i JOIN sales.order_line l ON l.id = i.order_line_id"
        " WHERE (i.pack_unit, i.pack_factor) IS DISTINCT FROM (l.pack_unit, l.pack_factor)"
    )
    assert one(made, differ) == 0


@pytest.mark.req("ADM-32")
def test_everything_adds_up(made: Company) -> None:
    with Session(made.as_("postgres").engine) as session:
        assert check(session) == []
    people, goods = flat(customers(7, 300, TODAY)), products(7)
    told = flat(orders(7, 300, TODAY, goods))
    assert one(made, "SELECT count(*) FROM customers.customer") == 300 + SUPPLIERS
    assert one(made, "SELECT count(*) FROM customers.contact") == len(flat(contacts(7, 300)))
    assert one(made, 'SELECT count(*) FROM sales."order"') == len(told)
    assert one(made, "SELECT count(*) FROM sales.order_line") == sum(len(order.lines) for order in told)
    assert one(made, "SELECT count(*) FROM products.product") == len(goods)
    names = {row[0] for row in made.psql().execute("SELECT name FROM customers.customer").fetchall()}
    assert names == {each.name for each in [*people, *suppliers(7, SUPPLIERS, TODAY)]}
    # what lies in the warehouses is what the goods say is there
    assert one(made, "SELECT sum(on_hand) FROM stock.balance") == sum(each.stock for each in goods)
    newest = "SELECT max(o.date) FROM sales.\"order\" o WHERE o.customer_id = b.id AND o.state = 'confirmed'"
    assert one(made, f"SELECT count(*) FROM customers.balance b WHERE b.last_order_on <> ({newest})") == 0
    assert one(made, f"SELECT count(last_order_on) - count(({newest})) FROM customers.balance b") == 0
    assert (
        one(made, "SELECT count(*) FROM products.cost WHERE last_purchase IS NULL AND needs_adjusting") == 0
    )
    assert (
        one(made, "SELECT count(*) FROM app.history WHERE entity ~ '^(customers|sales|stock.i|finance.p)'")
        == 0
    )


@pytest.mark.req("ADM-32")
def test_work_goes_on_from_there(made: Company) -> None:
    seller = made.psql("sales1")
    row = seller.execute(
        "INSERT INTO customers.customer (name) VALUES ('新客户有限公司') RETURNING id, number"
    ).fetchone()
    assert row == (301 + SUPPLIERS, "C-000337")
    assert one(made, "SELECT count(*) FROM customers.balance WHERE id = 337") == 1
    search = "SELECT count(*) FROM customers.customer WHERE search OPERATOR(app.@@@) '''hxx'' | ''h新客'''::tsquery"
    assert one(made, search, "sales1") == 1


def test_the_day_has_work(sample_office: Company) -> None:
    for sql in (
        "SELECT count(*) FROM sales.\"order\" WHERE date > current_date - 31 AND state = 'confirmed'",
        "SELECT count(*) FROM sales.\"order\" WHERE open_quantity > 0 AND state = 'confirmed'",
        "SELECT count(*) FROM sales.\"order\" WHERE gross > received AND due_on < current_date AND state = 'confirmed'",
        "SELECT count(*) FROM activities.task WHERE state IN ('open', 'accepted') AND due_at::date = current_date",
        "SELECT count(*) FROM customers.balance WHERE receivable > 0",
    ):
        assert one(sample_office, sql) > 0, sql


def expected_owner(customer: Customer) -> str:
    if customer.owner is None:
        return "the pool"
    return f"sales{customer.owner + 1}"


def test_everybody_logs_in_and_sees_his_own(sample_office: Company) -> None:
    people = next(customers(1, 100, date.today()))
    owned = Counter(expected_owner(each) for each in people)
    owned["buyer"] += SUPPLIERS
    below: dict[str, set[str]] = {person.login: {person.login} for person in PEOPLE}
    for person in reversed(PEOPLE):
        if person.superior:
            below[person.superior] |= below[person.login]
    everything = sum(owned.values())
    for person in PEOPLE:
        user = log_in(sample_office.as_(person.login))
        assert user.name == person.name
        wanted = sum(owned[login] for login in below[person.login])
        if "customers.pool.view" in user.rights:
            wanted += owned["the pool"]
        if {"customers.see_all", "customers.service"} & user.rights:
            wanted = everything
        if "customers.customer.view" not in user.rights:
            wanted = 0
        assert one(sample_office, "SELECT count(*) FROM customers.customer", person.login) == wanted, (
            person.login
        )
    assert SALESPEOPLE == 8 and all(owned[f"sales{n}"] for n in range(1, 9))


def fingerprint(company: Company) -> dict[str, Any]:
    return {
        table: one(
            company,
            f"""SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), ''))
                FROM (SELECT {", ".join(f'"{column}"' for column in columns)}
                      FROM {table.replace(".", '."')}") t""",
        )
        for table, columns in TABLES.items()
    }


@pytest.mark.req("ADM-32")
def test_the_same_seed_gives_the_same_rows(made: Company, server: EmbeddedServer, template: str) -> None:
    Copies.on(server).plain_copy(template, "again")
    again = Company(server, "again")
    try:
        build(again.url(), size=300, seed=7, password=PASSWORD, today=TODAY)
        assert fingerprint(again) == fingerprint(made)
    finally:
        again.close()
        Copies.on(server).drop("again")


def test_it_is_made_once_only(made: Company) -> None:
    with pytest.raises(Refused):
        build(made.url(), size=100, seed=1, password=PASSWORD)
    with pytest.raises(Invalid):
        build(made.url(), size=99, seed=1, password=PASSWORD)
