"""Every kind of damage is found, and named so that somebody can look for it (STK-11)."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from services.checking import RULES, check
from services.checks_of_files import FILE_RULES
from services.language import language, use_language
from tests.conftest import Company
from tests.factories.rights import keep

DAMAGE = {
    "stock.on_hand": "UPDATE stock.balance SET on_hand = on_hand + 1 WHERE id = 5",
    "stock.reserved": "UPDATE stock.balance SET reserved = reserved + 1 WHERE id = 5",
    "stock.negative": "UPDATE stock.balance SET on_hand = -1, negative_allowed = true WHERE id = 5",
    "stock.negative_allowed": "UPDATE stock.balance SET negative_allowed = NOT negative_allowed WHERE id = 5",
    "stock.keeper": 'INSERT INTO stock.keeper (warehouse_id, user_id) SELECT 1, id FROM organisation."user"'
    " WHERE login = 'accountant'",
    "stock.ledger": "UPDATE stock.ledger SET balance_after = balance_after + 1 WHERE id = 7",
    "stock.value": "UPDATE stock.cost SET value = value + 1 WHERE id = 5",
    "stock.average": "UPDATE stock.cost SET average = average + 1 WHERE id = 5",
    "stock.worth": "UPDATE stock.cost SET base_value = base_value + 100 WHERE id = 5",
    "stock.ledger_cost": "UPDATE stock.ledger_cost SET value_after = value_after - 1 WHERE id = 7",
    "stock.cost_rows": "DELETE FROM stock.ledger_cost WHERE id = 7",
    "customers.balance": "UPDATE customers.balance SET paid = paid + 1 WHERE id = 3",
    "customers.balance.owner": "UPDATE customers.balance SET owner_id = owner_id + 1 WHERE id = 3",
    "finance.ledger": "UPDATE finance.ledger SET receivable_after = receivable_after + 1 WHERE id = 9",
    "finance.account_balance": "UPDATE finance.account_balance SET balance = balance + 1 WHERE id = 1",
    "finance.account_ledger": "UPDATE finance.account_ledger SET balance_after = 0 WHERE id = 9",
    "sales.order_line": "UPDATE sales.order_line SET gross = gross + 1, net = net + 1 WHERE id = 4",
    "sales.order.total": 'UPDATE sales."order" SET lines_total = lines_total + 1 WHERE id = 4',
    "sales.order.quantity": 'UPDATE sales."order" SET open_quantity = open_quantity + 1 WHERE id = 4',
    "sales.order.received": 'UPDATE sales."order" SET received = received + 1 WHERE id = 4',
    "sales.order.issued": 'UPDATE sales."order" SET issued_amount = issued_amount + 1 WHERE id = 4',
    "sales.order_line.delivered": "UPDATE sales.order_line SET asked = asked + 1 WHERE id = 4",
    "activities.task.state": "UPDATE activities.task SET accepted_by = '{}' WHERE state = 'accepted'",
    "sales.order_line.notified": "UPDATE sales.order_line SET notified = notified + 1 WHERE id = 4",
    "sales.order.ledger": "DELETE FROM finance.ledger WHERE id = 1",
    "finance.payment.ledger": "UPDATE finance.payment SET amount = amount + 1 WHERE id = 4",
    "finance.allocation": "UPDATE finance.allocation SET amount = amount + 1 WHERE id = 4",
    "stock.issue.ledger": "DELETE FROM stock.issue_line WHERE id = 4",
    "stock.receipt.ledger": "DELETE FROM stock.receipt_line WHERE id = 4",
    "app.counter": "UPDATE finance.payment SET number = number || '9' WHERE id = 4",
    "products.code": "UPDATE products.code SET product_id = product_id + 1 WHERE id = 4",
    "sales.order_line.owner": "UPDATE sales.order_line SET owner_id = owner_id + 1 WHERE id = 4",
    "organisation.share": """
        UPDATE organisation."user" SET active = false WHERE login = 'sales3';
        INSERT INTO organisation.share (entity, record_id, user_id)
        SELECT 'customers.customer', 1, id FROM organisation."user" WHERE login = 'sales3'""",
    "app.user_scope": "UPDATE app.user_scope SET owner_ids = owner_ids[:1] WHERE login = 'lead1'",
    "customers.customer.search": "UPDATE customers.customer SET search = NULL WHERE id = 4",
}


def test_every_rule_is_tried() -> None:
    # seals cover finished transactions only, so they are broken in tests/services/system
    # and files are damaged in tests/services/files
    elsewhere = {"app.seal", *(rule.key for rule in FILE_RULES)}
    assert {rule.key for rule in RULES} - elsewhere == set(DAMAGE) - {"customers.customer.search"}


@pytest.mark.req("STK-11")
def test_damage_is_found(sample: Company) -> None:
    with Session(sample.as_("postgres").engine) as session:
        assert check(session) == []
        connection = session.connection().connection.driver_connection
        assert connection is not None
        for key, damage in DAMAGE.items():
            connection.execute("SAVEPOINT whole; SET session_replication_role = replica")
            connection.execute(damage)
            found = check(session)
            assert key in {difference.rule for difference in found}, key
            for difference in found:
                assert difference.where and difference.expected != difference.found, difference
            connection.execute("ROLLBACK TO whole")
        assert check(session) == []


@pytest.mark.req("STK-11")
@pytest.mark.parametrize(
    ("table", "damage", "lacks"),
    [
        ("customers.customer", 'owner_id = (SELECT max(id) FROM organisation."user")', "o"),
        ("customers.customer", "owner_id = NULL, pooled_at = now()", "o0"),
        ("delivery.note", "warehouse_id = 99", "w99"),
        ("activities.task", "others = ARRAY[98, 99]", "o98 & o99"),
    ],
)
def test_whose_a_row_is_stands_in_what_search_stores(
    sample: Company, table: str, damage: str, lacks: str
) -> None:
    """Otherwise Ctrl+K would not show a record to those who see few, its owner among them."""
    connection = sample.psql()
    connection.execute("SET session_replication_role = replica")
    connection.execute(f"UPDATE {table} SET {damage} WHERE id = (SELECT max(id) FROM {table})")  # type: ignore[call-overload]
    with Session(sample.as_("postgres").engine) as session:
        found = [one for one in check(session) if one.rule == f"{table}.search"]
    assert len(found) == 1 and lacks in found[0].expected, found


@pytest.mark.req("STK-11")
def test_two_connections_find_the_same(sample: Company) -> None:
    connection = sample.psql()
    connection.execute("SET session_replication_role = replica")
    for key in ("stock.on_hand", "sales.order_line", "app.counter", "customers.customer.search"):
        connection.execute(DAMAGE[key])
    engine = sample.as_("postgres").engine
    with Session(engine) as session, Session(engine) as beside:
        together = check(session, beside=beside)
        assert together == check(session)
        assert len({difference.rule for difference in together}) >= 4
        beside.connection().connection.driver_connection.close()  # type: ignore[union-attr]
        with pytest.raises(DBAPIError):
            check(session, beside=beside)


@pytest.mark.req("STK-11")
def test_a_difference_speaks(sample: Company) -> None:
    connection = sample.psql()
    connection.execute("SET session_replication_role = replica")
    connection.execute("UPDATE customers.balance SET receivable = receivable + 100 WHERE id = 3")
    name = connection.execute("SELECT number || ' ' || name FROM customers.customer WHERE id = 3").fetchone()
    with Session(sample.as_("postgres").engine) as session:
        (difference,) = check(session)
    spoken = language()
    use_language("en")
    try:
        assert name is not None and str(difference).startswith(
            f"What a customer owes differs from his ledger: {name[0]}:"
        )
    finally:
        use_language(spoken)


def test_work_leaves_everything_right(sample: Company) -> None:
    """Posting on top of the sample company: the triggers and the loader mean the same."""
    database = sample.as_("keeper1")
    from tests.models.test_posting import run

    draft = (
        sample.psql()
        .execute("SELECT id FROM stock.issue WHERE state = 'draft' AND warehouse_id = 1")
        .fetchone()
    )
    if draft is not None:
        run(database, "stock.post_issue", issue_id=draft[0])
    receipt = run(
        database, "stock.save_receipt", warehouse_id=1, kind="other",
        lines=[{"product_id": 1, "quantity": 7, "unit_cost": "3.3333"}],
    )  # fmt: skip
    run(database, "stock.post_receipt", receipt_id=receipt.id)
    owed = (
        sample.psql()
        .execute(
            "SELECT id, customer_id FROM sales.\"order\" WHERE state = 'confirmed' AND gross > received LIMIT 1"
        )
        .fetchone()
    )
    assert owed is not None
    run(sample.as_("cashier1"), "finance.post_payment", customer_id=owed[1], amount="0.55", account_id=1,
        orders=[[owed[0], "0.5"]])  # fmt: skip
    with Session(sample.as_("postgres").engine) as session:
        assert check(session) == []


def test_a_sale_over_the_counter_leaves_reservations_alone(sample: Company) -> None:
    from tests.models.test_posting import run

    admin = sample.psql()
    row = admin.execute(
        "SELECT b.product_id FROM stock.balance b JOIN products.product p ON p.id = b.product_id"
        " WHERE b.warehouse_id = 1 AND b.on_hand > 20 AND b.reserved = 0 AND p.stocked LIMIT 1"
    ).fetchone()
    customer = admin.execute(
        "SELECT id FROM customers.customer WHERE credit_limit IS NULL LIMIT 1"
    ).fetchone()
    assert row is not None and customer is not None
    keep(sample, "boss", 1)
    boss = sample.as_("boss")
    line = {"product_id": row[0], "quantity": 5, "tax_price": "11.3", "tax_rate": 13}
    order = {"customer_id": customer[0], "warehouse_id": 1, "lines": [line]}
    waiting = run(boss, "sales.save_order", **order)
    run(boss, "sales.confirm_order", order_id=waiting.id)
    run(boss, "sales.sell", order=order, account_id=1)
    with Session(sample.as_("postgres").engine) as session:
        assert check(session) == []
