"""Who sees what, and how fast it changes (ORG-10, ORG-13): the tree, shares, transfer, closed users."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.conftest import Company


def customer_of(company: Company, login: str, name: str = "长宏机电") -> int:
    """A customer owned by ``login``."""
    row = (
        company.psql(login)
        .execute("INSERT INTO customers.customer (name) VALUES (%s) RETURNING id", (name,))
        .fetchone()
    )
    assert row is not None
    return int(str(row[0]))


def user_id(company: Company, login: str) -> int:
    """Id of a login."""
    row = company.psql().execute('SELECT id FROM organisation."user" WHERE login = %s', (login,)).fetchone()
    assert row is not None
    return int(str(row[0]))


def sees(connection: psycopg.Connection[Any], table: str = "customers.customer") -> int:
    """How many rows somebody sees."""
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[call-overload]
    return int(row[0])


def share(connection: psycopg.Connection[Any], customer: int, **what: Any) -> None:
    """Share a customer as the connection's user; ``what`` as organisation.share_records takes it."""
    arguments = {"entity": "customers.customer", "ids": [customer], **what}
    connection.execute(
        "SELECT app.post(gen_random_uuid(), 'organisation.share_records', %s)", (Jsonb(arguments),)
    )


@pytest.mark.req("ORG-10")
def test_the_tree(company: Company) -> None:
    customer_of(company, "sales1")
    assert {login: sees(company.psql(login)) for login in
            ("sales1", "sales2", "lead1", "lead2", "sales5", "manager", "boss", "keeper1", "cashier1")} == {
        "sales1": 1, "sales2": 0, "lead1": 1, "lead2": 0, "sales5": 0, "manager": 1, "boss": 1,
        "keeper1": 0, "cashier1": 1,
    }  # fmt: skip


@pytest.mark.req("ORG-10")
def test_a_share_shows_and_hides(company: Company) -> None:
    customer = customer_of(company, "sales1")
    other = company.psql("sales5")
    owner = company.psql("sales1")
    friend = user_id(company, "sales5")
    owner.execute("INSERT INTO customers.contact (customer_id, name) VALUES (%s, '单雄')", (customer,))
    share(owner, customer, users=[friend])
    assert sees(other) == 1
    assert sees(other, "customers.contact") == 1
    changed = other.execute("UPDATE customers.customer SET phone = '110'").rowcount
    assert changed == 0
    share(owner, customer, users=[friend], can_edit=True)
    assert other.execute("UPDATE customers.customer SET phone = '110'").rowcount == 1
    company.psql().execute("UPDATE organisation.share SET until = current_date - 1")
    assert sees(other) == 0
    share(owner, customer, users=[friend])
    assert sees(other) == 1
    wanted = {"entity": "customers.customer", "ids": [customer], "users": [friend]}
    owner.execute("SELECT app.post(gen_random_uuid(), 'organisation.take_back', %s)", (Jsonb(wanted),))
    assert sees(other) == 0


@pytest.mark.req("ORG-10")
def test_a_share_with_a_position(company: Company) -> None:
    customer = customer_of(company, "sales1")
    position = (
        company.psql()
        .execute("SELECT position_id FROM organisation.\"user\" WHERE login = 'sales5'")
        .fetchone()
    )
    assert position is not None
    share(company.psql("sales1"), customer, positions=[position[0]])
    assert sees(company.psql("sales6")) == 1
    assert sees(company.psql("lead2")) == 0


@pytest.mark.req("ORG-02")
def test_moving_a_branch_of_the_tree_takes_effect_at_once(company: Company) -> None:
    customer_of(company, "sales5")
    lead1 = company.psql("lead1")
    assert sees(lead1) == 0
    admin = company.psql()
    admin.execute(
        "UPDATE organisation.position SET parent_id ="
        " (SELECT position_id FROM organisation.\"user\" WHERE login = 'lead1')"
        " WHERE id = (SELECT position_id FROM organisation.\"user\" WHERE login = 'sales5')"
    )
    assert sees(lead1) == 1
    assert sees(company.psql("lead2")) == 0


@pytest.mark.req("ORG-20")
def test_a_prepared_statement_loses_rights_with_its_user(company: Company) -> None:
    customer_of(company, "sales1")
    cashier = company.psql("cashier1")
    for _ in range(8):
        assert cashier.execute("SELECT count(*) FROM customers.customer", prepare=True).fetchone() == (1,)
    admin = company.psql()
    admin.execute(
        "UPDATE organisation.role SET rights = array_remove(rights, 'customers.see_all') WHERE code = 'cashier'"
    )
    assert cashier.execute("SELECT count(*) FROM customers.customer", prepare=True).fetchone() == (0,)


@pytest.mark.req("ORG-13")
def test_transfer(company: Company) -> None:
    customer = customer_of(company, "sales1")
    heir = user_id(company, "sales2")
    statement = "SELECT app.post(gen_random_uuid(), 'organisation.transfer', %s)"
    wanted = Jsonb({"entity": "customers.customer", "ids": [customer], "to_user": heir})
    with pytest.raises(psycopg.Error) as refused:
        company.psql("sales1").execute(statement, (wanted,))
    assert refused.value.sqlstate == "42501"
    company.psql("lead1").execute(statement, (wanted,))
    assert sees(company.psql("sales1")) == 0
    assert sees(company.psql("sales2")) == 1
    assert sees(company.psql("sales2"), "customers.balance") == 1
    change = (
        company.psql("boss")
        .execute("SELECT changes FROM app.history WHERE entity = 'customers.customer' AND action = 'change'")
        .fetchone()
    )
    assert change is not None
    assert change[0]["owner_id"] == [user_id(company, "sales1"), heir]  # type: ignore[index]


@pytest.mark.req("ORG-03")
def test_a_closed_user_is_out(company: Company) -> None:
    customer_of(company, "sales1")
    open_session = company.psql("sales1")
    assert sees(open_session) == 1
    boss = company.psql("boss")
    leaver = user_id(company, "sales1")
    boss.execute("SELECT organisation.close_user(%s)", (leaver,))
    with pytest.raises(psycopg.OperationalError):  # his connection was ended
        sees(open_session)
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        company.psql("sales1")
    boss.execute("SELECT organisation.reopen_user(%s)", (leaver,))
    assert sees(company.psql("sales1")) == 1


@pytest.mark.req("PLT-33")
def test_the_recycle_bin(company: Company) -> None:
    customer = customer_of(company, "sales1")
    owner, boss = company.psql("sales1"), company.psql("boss")
    owner.execute("INSERT INTO customers.contact (customer_id, name) VALUES (%s, '单雄')", (customer,))
    owner.execute("INSERT INTO activities.record (customer_id, said) VALUES (%s, '好')", (customer,))
    row = owner.execute(
        "SELECT app.recycle('customers.customer', ARRAY[%s]::bigint[])", (customer,)
    ).fetchone()
    assert row is not None
    deletion = row[0][0]  # type: ignore[index]
    taken = owner.execute("SELECT entity, taken_along FROM app.deletion").fetchone()
    assert taken == ("customers.customer", {"customers.contact": 1, "activities.record": 1})
    alive = "SELECT count(*) FROM customers.contact WHERE deleted_at IS NULL"
    assert owner.execute(alive).fetchone() == (0,)
    owner.execute("SELECT app.restore(ARRAY[%s]::bigint[])", (deletion,))
    assert owner.execute(alive).fetchone() == (1,)
    row = owner.execute(
        "SELECT app.recycle('customers.customer', ARRAY[%s]::bigint[])", (customer,)
    ).fetchone()
    assert row is not None
    with pytest.raises(psycopg.Error) as refused:
        owner.execute("SELECT app.purge(%s::bigint[])", ([row[0][0]],))  # type: ignore[index]
    assert refused.value.sqlstate == "42501"
    boss.execute("SELECT app.purge(%s::bigint[])", ([row[0][0]],))  # type: ignore[index]
    assert sees(boss) == 0
    last = boss.execute(
        "SELECT changes ->> 'name' FROM app.history WHERE entity = 'customers.customer' AND action = 'purge'"
    ).fetchone()
    assert last == ("长宏机电",)


@pytest.mark.req("PLT-34")
def test_history_tells_every_change_and_cannot_be_changed(company: Company) -> None:
    customer = customer_of(company, "sales1")
    owner = company.psql("sales1")
    owner.execute("UPDATE customers.customer SET phone = '8000', remark = '好' WHERE id = %s", (customer,))
    owner.execute("UPDATE customers.customer SET phone = '8001' WHERE id = %s", (customer,))
    assert owner.execute("SELECT count(*) FROM app.history").fetchone() == (0,)
    rows = (
        company.psql("boss")
        .execute(
            "SELECT action, changes, login FROM app.history WHERE entity = 'customers.customer' ORDER BY id"
        )
        .fetchall()
    )
    assert rows == [
        ("create", None, "sales1"),
        ("change", {"phone": [None, "8000"], "remark": [None, "好"]}, "sales1"),
        ("change", {"phone": ["8000", "8001"]}, "sales1"),
    ]
    admin = company.psql()
    for statement in (
        "UPDATE app.history SET login = 'x'",
        "DELETE FROM app.history",
        "TRUNCATE app.history",
    ):
        admin.execute("SET ROLE shuke_owner")
        with pytest.raises(psycopg.Error) as refused:
            admin.execute(statement)  # type: ignore[call-overload]
        assert refused.value.sqlstate == "SK003"
        admin.execute("RESET ROLE")


@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE sales."order" SET gross = 0',
        "UPDATE sales.\"order\" SET customer_name = 'x'",
        "UPDATE sales.\"order\" SET number = 'x'",
        'DELETE FROM sales."order"',
        "UPDATE sales.order_line SET quantity = 1",
        "DELETE FROM sales.order_line",
        "UPDATE finance.ledger SET delta = 0",
        "DELETE FROM finance.ledger",
        "UPDATE customers.balance SET receivable = 0",
        "TRUNCATE finance.ledger",
    ],
)
def test_posted_things_do_not_change_even_for_the_owner(posted: Company, statement: str) -> None:
    admin = posted.psql()
    admin.execute("SET ROLE shuke_owner")
    with pytest.raises(psycopg.Error) as refused:
        admin.execute(statement)  # type: ignore[call-overload]
    assert refused.value.sqlstate in {"SK003", "0A000"}


@pytest.fixture(scope="module")
def posted(office: Company) -> Company:
    """The shared company with one confirmed order of a service."""
    seller = office.psql("sales2")
    office.psql().execute("INSERT INTO products.product (name, stocked, model) VALUES ('安装', false, 'A')")
    customer = customer_of(office, "sales2", "已过账")
    saved = seller.execute(
        "SELECT app.post(gen_random_uuid(), 'sales.save_order', jsonb_build_object('customer_id', %s::bigint, 'lines',"
        " jsonb_build_array(jsonb_build_object('product_id', (SELECT max(id) FROM products.product), 'quantity', 2,"
        " 'price', 10, 'tax_price', 11.3))))",
        (customer,),
    ).fetchone()
    assert saved is not None
    order = saved[0]["changes"]["sales.order"][0]  # type: ignore[index]
    seller.execute(
        "SELECT app.post(gen_random_uuid(), 'sales.confirm_order', jsonb_build_object('order_id', %s::bigint))",
        (order,),
    )
    office.close()
    return office
