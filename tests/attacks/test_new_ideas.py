"""Attacks of the third round (ORG-20): values that no type forbids, sessions set up to deceive, ways round about."""

from __future__ import annotations

import json
import threading
import time
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.attacks.test_organisation import posted
from tests.conftest import Company
from tests.factories.rights import give
from tests.services.test_visibility import customer_of, sees, share, user_id


def answer(connection: psycopg.Connection[Any], statement: str, *values: object) -> str | None:
    """The SQLSTATE with which a statement was refused; None when it ran."""
    try:
        connection.execute(statement, values or None)  # type: ignore[call-overload]
    except psycopg.Error as error:
        return error.sqlstate
    return None


def result(connection: psycopg.Connection[Any], function: str, **arguments: Any) -> Any:
    """What a posting function answers."""
    row = connection.execute(
        "SELECT app.post(gen_random_uuid(), %s, %s)", (function, Jsonb(arguments))
    ).fetchone()
    assert row is not None
    return row[0]


def one(connection: psycopg.Connection[Any], statement: str, *values: object) -> Any:
    """The only value of the first row."""
    row = connection.execute(statement, values or None).fetchone()  # type: ignore[call-overload]
    assert row is not None
    return row[0]


# -- values


@pytest.mark.req("ORG-20")
@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("customers.customer", "credit_limit", "'NaN'"),
        ("customers.customer", "hot_until", "'infinity'"),
        ("customers.contact", "birthday", "'-infinity'"),
        ("customers.contact", "birthday", "'0044-03-15 BC'"),
        ("customers.contact", "birthday", "'12026-01-01'"),
        ("customers.contact", "remark", "repeat('x', 2000000)"),
        ("activities.task", "due_at", "'infinity'"),
    ],
)
def test_values_that_no_client_could_show(company: Company, table: str, column: str, value: str) -> None:
    give(company, "sales", "customers.set_credit")
    seller = company.psql("sales1")
    customer = customer_of(company, "sales1")
    seller.execute("INSERT INTO customers.contact (customer_id, name) VALUES (%s, '甲')", (customer,))
    seller.execute("INSERT INTO activities.task (subject, executor_id) VALUES ('打电话', app.my_user_id())")
    hot = ", hot_level = (SELECT key FROM system.choice WHERE kind = 'hot_level' LIMIT 1)"
    also = hot if column == "hot_until" else ""
    assert answer(seller, f"UPDATE {table} SET {column} = {value}{also}") == "23514"


def test_a_day_without_end_does_not_reach_the_customer(company: Company) -> None:
    seller, customer = company.psql("sales1"), customer_of(company, "sales1")
    assert (
        answer(
            seller,
            "INSERT INTO activities.record (customer_id, said, happened_at) VALUES (%s, '好', 'infinity')",
            customer,
        )
        == "SK001"
    )
    assert one(seller, "SELECT last_contact_on FROM customers.customer") is None


@pytest.mark.parametrize("value", ['{"a": ' * 200 + "1" + "}" * 200, "[" * 60 + "]" * 60])
def test_json_deeper_than_a_client_reads(company: Company, value: str) -> None:
    seller = company.psql("sales1")
    refused = answer(
        seller,
        "INSERT INTO system.preference (user_id, key, value) VALUES (app.my_user_id(), 'x', %s::jsonb)",
        value,
    )
    assert refused == "23514"


def _line(company: Company) -> tuple[int, int, dict[str, Any]]:
    """A customer of sales1, a warehouse, and a line of goods that cost 99 and may not go below 65.20."""
    boss = company.psql()
    product = one(
        boss,
        "INSERT INTO products.product (name, list_price, lowest_price, stocked)"
        " VALUES ('球阀', 99, 65.2, false) RETURNING id",
    )
    line = {"product_id": product, "quantity": "10", "tax_price": "99", "discount": "100"}
    return customer_of(company, "sales1"), one(boss, "SELECT min(id) FROM stock.warehouse"), line


@pytest.mark.parametrize("field", ["quantity", "tax_price", "discount", "tax_rate"])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_lines_that_poison_every_sum(company: Company, field: str, value: str) -> None:
    customer, warehouse, line = _line(company)
    refused = posted(
        company.psql("sales1"),
        "sales.save_order",
        customer_id=customer,
        warehouse_id=warehouse,
        lines=[line | {field: value}],
    )
    assert refused in {"SK001", "22003"}


@pytest.mark.req("SAL-05")
def test_a_net_price_that_the_price_does_not_give(company: Company) -> None:
    """Gross, tax, net and the price without tax follow from what was agreed, whatever a client says they are."""
    customer, warehouse, line = _line(company)
    lie = {"price": "1", "net": "1", "tax": "0", "gross": "1"}
    boxed = line | {"pack_unit": "箱", "pack_factor": "12"} | lie
    company.psql().execute("UPDATE products.product SET pack_unit = '箱', pack_factor = 12")
    clerk = company.psql("sales1")
    for given in (line | lie, line | lie | {"tax_rate": "0"}, boxed):
        made = posted(clerk, "sales.save_order", customer_id=customer, warehouse_id=warehouse, lines=[given])
        assert made is None
    found = clerk.execute("SELECT price, net + tax = gross, net FROM sales.order_line ORDER BY id").fetchall()
    assert found == [
        (Decimal("87.610619"), True, Decimal("876.11")),
        (Decimal("99"), True, Decimal("990")),
        (Decimal("7.300885"), True, Decimal("876.11")),
    ]
    # not even who owns the tables writes another one
    for login in ("sales1", "postgres"):
        with pytest.raises(psycopg.errors.GeneratedAlways):
            company.psql(login).execute("UPDATE sales.order_line SET price = 1")


@pytest.mark.parametrize(
    "head",
    [
        {"total": "NaN"},
        {"discount": "NaN"},
        {"freight": "NaN"},
        {"discount": "99999"},
        {"freight": "-900"},
        {"total": "-1"},
        {"date": "infinity"},
        {"date": "0044-03-15 BC"},
    ],
)
def test_heads_that_turn_a_sum_round(company: Company, head: dict[str, str]) -> None:
    customer, warehouse, line = _line(company)
    order = {"customer_id": customer, "warehouse_id": warehouse, "lines": [line], **head}
    for login in ("sales1", "manager"):
        seller = company.psql(login)
        try:
            saved = result(seller, "sales.save_order", **order)
        except psycopg.Error as error:
            assert error.sqlstate == "SK001"
            continue
        target = saved["changes"]["sales.order"][0]
        assert posted(seller, "sales.confirm_order", order_id=target) == "SK001"


@pytest.mark.req("ORG-06")
@pytest.mark.parametrize(
    ("head", "allowed"),
    [
        ({}, True),
        ({"discount_rate": "90"}, True),
        ({"discount_rate": "1"}, False),
        ({"discount": "700"}, False),
        ({"total": "0.01"}, False),
        ({"total": "651.99"}, False),
        ({"total": "652"}, True),
    ],
)
def test_the_lowest_price_holds_for_the_whole_order(
    company: Company, head: dict[str, str], allowed: bool
) -> None:
    customer, warehouse, line = _line(company)
    for login, may in (("sales1", allowed), ("manager", True)):
        seller = company.psql(login)
        saved = result(
            seller, "sales.save_order", customer_id=customer, warehouse_id=warehouse, lines=[line], **head
        )
        order = saved["changes"]["sales.order"][0]
        assert posted(seller, "sales.confirm_order", order_id=order) == (None if may else "SK001"), login


# -- sessions set up to deceive


def test_an_ended_share_does_not_live_on_in_another_time_zone(company: Company) -> None:
    customer = customer_of(company, "sales1")
    share(company.psql("sales1"), customer, users=[user_id(company, "sales5")])
    company.psql().execute("UPDATE organisation.share SET until = app.today() - 1")
    other = company.psql("sales5")
    for zone in ("Asia/Shanghai", "Etc/GMT+12", "Etc/GMT-14", "<x>+100"):
        answer(other, f"SET timezone = '{zone}'")
        assert sees(other) == 0, zone


def test_nothing_is_posted_on_an_old_snapshot(company: Company) -> None:
    """Two orders at once within a credit limit for one: the sum must be read after the lock."""
    customer, warehouse, line = _line(company)
    company.psql().execute("UPDATE customers.customer SET credit_limit = 1000")
    seller, second = company.psql("sales1"), company.psql("sales1")
    orders = [
        result(seller, "sales.save_order", customer_id=customer, warehouse_id=warehouse, lines=[line])[
            "changes"
        ]["sales.order"][0]
        for _ in range(2)
    ]
    for level in ("REPEATABLE READ", "SERIALIZABLE"):
        second.execute(f"BEGIN ISOLATION LEVEL {level}")
        second.execute("SELECT 1")
        if level == "REPEATABLE READ":
            assert posted(seller, "sales.confirm_order", order_id=orders[0]) is None
        assert posted(second, "sales.confirm_order", order_id=orders[1]) == "25001"
        second.execute("ROLLBACK")
    assert posted(second, "sales.confirm_order", order_id=orders[1]) == "SK001"


@pytest.mark.req("ORG-08")
def test_who_is_not_admitted_may_do_nothing_at_all(company: Company) -> None:
    customer, warehouse, line = _line(company)
    cashier = company.psql("cashier1")
    assert sees(cashier) == 1
    company.psql().execute(
        "UPDATE organisation.\"user\" SET networks = '{203.0.113.0/24}' WHERE login = 'cashier1'"
    )
    assert sees(cashier) == 0
    assert one(cashier, "SELECT app.kinds_seen_whole()") == []
    assert one(cashier, "SELECT app.deletions_to_restore()") == []
    order = {"customer_id": customer, "warehouse_id": warehouse, "lines": [line]}
    assert posted(cashier, "sales.sell", order=order, paid="990") == "42501"


def test_a_setting_silences_no_notice(company: Company) -> None:
    lead = company.psql("lead1")
    lead.execute("SET shuke.told = 'yes'")
    lead.execute(
        "INSERT INTO activities.task (subject, executor_id) VALUES ('打电话', %s)",
        (user_id(company, "sales2"),),
    )
    assert one(company.psql("sales2"), "SELECT count(*) FROM organisation.notice") == 1


def test_plain_backslashes_find_the_same_name(company: Company) -> None:
    seller = company.psql("sales1")
    seller.execute("SET standard_conforming_strings = off")
    assert one(seller, "SELECT customers.name_key('Swiss Steel (上海) 有限公司')") == "swisssteel上海"


# -- ways round about


@pytest.mark.req("ORG-10")
@pytest.mark.parametrize("can_edit", [False, True])
def test_a_share_is_not_prolonged_by_who_has_it(company: Company, can_edit: bool) -> None:
    customer = customer_of(company, "sales1")
    me, friend = user_id(company, "sales5"), user_id(company, "sales6")
    last = str(one(company.psql(), "SELECT app.today() + 7"))
    owner, seller = company.psql("sales1"), company.psql("sales5")
    share(owner, customer, users=[me], until=last, can_edit=can_edit)
    passing = {"entity": "customers.customer", "ids": [customer], "users": [me]}
    for until in (None, "2099-01-01", "infinity"):
        assert posted(seller, "organisation.share_records", **passing, until=until) == "SK001"
    assert (
        posted(seller, "organisation.share_records", **passing | {"users": [friend]}, until=None) == "SK001"
    )
    # within what he has he may pass it on, but changes nobody else's share by it
    share(owner, customer, users=[friend], can_edit=True)
    assert posted(seller, "organisation.share_records", **passing | {"users": [friend]}, until=last) is None
    rows = company.psql().execute("SELECT user_id, can_edit, until::text FROM organisation.share ORDER BY id")
    assert rows.fetchall() == [(me, can_edit, last), (friend, True, None)]
    if not can_edit:
        assert posted(seller, "organisation.share_records", **passing, until=last, can_edit=True) == "SK002"


def test_what_lay_in_the_pool_is_not_kept_by_a_share(company: Company) -> None:
    customer = customer_of(company, "sales5")
    me = user_id(company, "sales1")
    first, other, seller = company.psql("sales5"), company.psql("sales6"), company.psql("sales1")
    assert posted(first, "customers.put_into_pool", ids=[customer], reason="无暇跟进") is None
    assert sees(seller) == 1
    refused = posted(
        seller, "organisation.share_records", entity="customers.customer", ids=[customer], users=[me]
    )
    assert refused == "SK001"
    # even a share that somebody who may has made there ends when the customer has an owner again
    share(company.psql("boss"), customer, users=[me])
    assert posted(other, "customers.take_from_pool", ids=[customer]) is None
    assert sees(seller) == 0


def test_nobody_comes_into_a_department_for_its_shares(company: Company) -> None:
    customer = customer_of(company, "sales1")
    share(company.psql("sales1"), customer, departments=["财务部"])
    admin = company.psql("admin")
    mine = admin.execute(
        'SELECT p.id, p.version, p.name, p.parent_id FROM organisation.position p JOIN organisation."user" u'
        " ON u.position_id = p.id WHERE u.login = 'admin'"
    ).fetchone()
    assert mine is not None
    assert sees(admin) == 0
    for function, arguments in (
        (
            "organisation.save_position",
            {"id": mine[0], "version": mine[1], "name": mine[2], "department": "财务部"},
        ),
        (
            "organisation.move_position",
            {
                "id": mine[0],
                "parent_id": one(
                    admin, "SELECT id FROM organisation.position WHERE department = '财务部' LIMIT 1"
                ),
            },
        ),
    ):
        assert posted(admin, function, **arguments) == "SK001", function
    assert sees(admin) == 0
    # the same with another name harms nobody
    harmless = {"id": mine[0], "version": mine[1], "name": mine[2], "department": "信息部"}
    assert posted(admin, "organisation.save_position", **harmless) is None


def test_documents_that_others_count_on_do_not_go_into_the_bin(sample: Company) -> None:
    """No role has the right, for the tick list has none; a role that holds it all the same gains nothing by it."""
    boss, superuser = sample.psql("boss"), sample.psql()
    tables = ("delivery.note", "delivery.dispatch", "finance.payment")
    # what the small sample company lacks
    superuser.execute(
        "INSERT INTO delivery.dispatch (number, warehouse_id, customer_id, customer_name, owner_id)"
        " SELECT 'FT-1', warehouse_id, customer_id, customer_name, owner_id FROM delivery.note LIMIT 1"
    )
    targets = [
        (table, target)
        for table in tables
        for (target,) in boss.execute(f"SELECT min(id) FROM {table} GROUP BY state").fetchall()  # type: ignore[call-overload]
    ]
    assert {table for table, _ in targets} == set(tables)
    recycle = "SELECT app.recycle(%s, ARRAY[%s]::bigint[])"
    for table, target in targets:
        assert answer(boss, recycle, table, target) == "42501", table
    superuser.execute(
        "UPDATE organisation.role SET rights = rights || %s::text[] WHERE code = 'boss'",
        ([f"{table}.delete" for table in tables],),
    )
    for table, target in targets:
        assert answer(boss, recycle, table, target) in {"SK001", "SK003"}, table


@pytest.mark.req("PLT-33")
def test_nothing_comes_back_without_what_it_belongs_to(company: Company) -> None:
    seller, customer = company.psql("sales1"), customer_of(company, "sales1")
    contact = one(
        seller, "INSERT INTO customers.contact (customer_id, name) VALUES (%s, '甲') RETURNING id", customer
    )
    first = one(seller, "SELECT app.recycle('customers.contact', ARRAY[%s]::bigint[])", contact)
    second = one(seller, "SELECT app.recycle('customers.customer', ARRAY[%s]::bigint[])", customer)
    assert answer(seller, "SELECT app.restore(%s::bigint[])", first) == "SK001"
    assert answer(seller, "SELECT app.restore(%s::bigint[])", first + second) is None
    assert one(seller, "SELECT count(*) FROM customers.contact WHERE deleted_at IS NULL") == 1


@pytest.mark.req("PLT-33")
def test_who_may_delete_finds_what_others_deleted(company: Company) -> None:
    customer = customer_of(company, "sales1")
    lead, other = company.psql("lead1"), company.psql("sales5")
    gone = one(lead, "SELECT app.recycle('customers.customer', ARRAY[%s]::bigint[])", customer)
    seller = company.psql("sales1")
    assert sees(seller, "app.deletion") == 1 and sees(other, "app.deletion") == 0
    assert answer(other, "SELECT app.restore(%s::bigint[])", gone) == "SK002"
    assert answer(seller, "SELECT app.restore(%s::bigint[])", gone) is None


@pytest.mark.req("PLT-34", "ORG-14")
def test_the_history_shows_no_kind_that_one_may_not_see(company: Company) -> None:
    company.psql().execute("INSERT INTO products.product (name) VALUES ('球阀')")
    company.psql().execute(
        "INSERT INTO products.cost (id, cost_price) SELECT id, 77.77 FROM products.product"
    )
    customer_of(company, "sales1")
    company.psql().execute(
        "UPDATE organisation.role SET rights = rights || '{system.history}'::text[] WHERE code = 'keeper'"
    )
    seen = {row[0] for row in company.psql("keeper1").execute("SELECT entity FROM app.history").fetchall()}
    assert "products.product" in seen
    assert not seen & {"products.cost", "customers.customer", "customers.contact"}
    everything = company.psql("boss").execute("SELECT DISTINCT entity FROM app.history").fetchall()
    assert {("products.cost",), ("customers.customer",)} <= set(everything)


@pytest.mark.req("PLT-34")
def test_changes_of_settings_are_in_the_history(company: Company) -> None:
    boss = company.psql("boss")
    for value in ("1", "1000000"):
        boss.execute("SELECT system.set_setting('finance.rounding_limit', %s)", (Jsonb(value),))
    rows = boss.execute(
        "SELECT login, action, changes -> 'value' FROM app.history WHERE entity = 'system.setting' ORDER BY id"
    ).fetchall()
    assert rows == [("boss", "create", None), ("boss", "change", ["1", "1000000"])]


@pytest.mark.req("ORG-03")
def test_who_holds_the_office_up_is_closed_all_the_same(company: Company) -> None:
    """A user with an open transaction that locks what closing him needs."""
    seller, boss = company.psql("sales1"), company.psql("boss")
    me = user_id(company, "sales1")
    seller.execute("BEGIN")
    result(seller, "organisation.change_own", phone="13900000000", email="")
    started = time.monotonic()
    boss.execute("SET lock_timeout = '5s'")
    assert answer(boss, "SELECT organisation.close_user(%s)", me) is None
    assert time.monotonic() - started < 3
    with pytest.raises(psycopg.Error):
        seller.execute("COMMIT")
    assert one(company.psql(), 'SELECT phone FROM organisation."user" WHERE id = %s', me) != "13900000000"


@pytest.mark.req("ORG-07")
def test_who_holds_others_up_is_named(company: Company) -> None:
    customer_of(company, "sales1")
    holder, boss = company.psql("sales1"), company.psql("boss")
    holder.execute("BEGIN")
    holder.execute("UPDATE customers.customer SET remark = 'x'")
    waiting = company.psql("lead1")
    thread = threading.Thread(
        target=lambda: answer(waiting, "UPDATE customers.customer SET remark = 'y'"), daemon=True
    )
    thread.start()
    held: list[Any] = []
    for _ in range(100):
        held = boss.execute("SELECT login, held_up FROM organisation.sessions() WHERE held_up > 0").fetchall()
        if held:
            break
        time.sleep(0.05)
    assert held == [("sales1", 1)]
    pid = one(boss, "SELECT pid FROM organisation.sessions() WHERE held_up > 0")
    assert posted(boss, "organisation.end_session", pid=pid) is None
    thread.join(10)
    assert not thread.is_alive()
    assert one(boss, "SELECT remark FROM customers.customer") == "y"


def test_announced_files_do_not_take_all_the_room(company: Company) -> None:
    seller = company.psql("sales1")
    for size in (-1, None, "x"):
        assert posted(seller, "system.begin_upload", size=size) in {"SK001", "22P02"}
    answers = {posted(seller, "system.begin_upload", size=1_000_000) for _ in range(50)}
    assert answers == {None}
    assert posted(seller, "system.begin_upload", size=1) == "SK001"
    assert posted(company.psql("sales2"), "system.begin_upload", size=1) is None


STRANGE: tuple[Any, ...] = (
    {},
    None,
    [],
    "x",
    1,
    {"id": "x", "ids": "x", "lines": 5},
    {"ids": None, "lines": [None]},
)


def test_no_answer_prints_a_row(company: Company) -> None:
    """Every offered function with arguments that nobody thought of: refused in words or by type, never with a row."""
    boss = company.psql("boss")
    offered = [row[0] for row in company.psql().execute("SELECT command FROM app.offered ORDER BY 1")]
    assert len(offered) > 40
    for function in offered:
        for arguments in STRANGE:
            try:
                boss.execute(
                    "SELECT app.post(gen_random_uuid(), %s, %s::jsonb)", (function, json.dumps(arguments))
                )
            except psycopg.Error as error:
                assert "Failing row" not in str(error), (function, arguments)
                assert error.sqlstate and error.sqlstate[:2] in {"SK", "22", "42", "21", "23"}, (
                    function,
                    str(error),
                )
