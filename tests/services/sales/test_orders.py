"""What the order's screen asks and writes: states derived, the customer's terms, history, classes of the list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from services.database import Database
from services.entity import Context
from services.errors import Invalid, NotAvailable, Refused
from services.sales import commands
from services.sales.entities import ORDER
from services.sales.queries import customer_terms, product_facts, read_order
from services.stock.commands import make_issue
from tests.conftest import Company
from tests.factories.shop import Shop, open_shop, run


def order(shop: Shop, *lines: tuple[int, str, str], **head: Any) -> dict[str, Any]:
    """Arguments of save_order: (index of the product, quantity, tax price)."""
    return {
        "customer_id": shop.customer,
        "warehouse_id": shop.warehouse,
        "lines": [
            {
                "product_id": shop.products[index],
                "quantity": quantity,
                "tax_price": price,
                "discount": "100",
                "tax_rate": "13",
            }
            for index, quantity, price in lines
        ],
        **head,
    }


def listed(database: Database, data_class: str = "all", user_id: int = 0) -> list[dict[str, Any]]:
    condition = next(c for c in ORDER.classes if c.key == data_class).condition(Context(user_id))
    assert ORDER.source is not None
    with database.read_session() as session:
        return [
            dict(row)
            for row in session.execute(
                select(*(c.value.label(c.key) for c in ORDER.columns))
                .select_from(ORDER.source())
                .where(condition)
            ).mappings()
        ]


@pytest.mark.req("SAL-08")
def test_states_are_derived_from_goods_and_money(company: Company) -> None:
    shop = open_shop(company)
    seller, keeper, cashier = company.as_("sales1"), company.as_("keeper1"), company.as_("cashier1")

    def states() -> tuple[str, str, str]:
        (row,) = listed(seller)
        return row["state"], row["delivery_state"], row["payment_state"]

    saved = seller.write(commands.save_order, order=order(shop, (0, "10", "44"), (1, "5", "12")))
    assert states() == ("draft", "open", "open")
    seller.write(commands.confirm_order, order_id=saved.id)
    assert states() == ("confirmed", "open", "open")
    with seller.read_session() as session:
        record = read_order(session, saved.id)
    assert [line.open for line in record.lines] == [10, 5]
    issue = seller.write(make_issue, warehouse_id=shop.warehouse, lines=[(record.lines[0].id, Decimal(10))])
    run(keeper, "stock.post_issue", issue_id=issue.ids["stock.issue"][0])
    run(
        cashier,
        "finance.post_payment",
        customer_id=shop.customer,
        amount="100",
        account_id=1,
        orders=[[saved.id, "100"]],
    )
    assert states() == ("confirmed", "partly", "partly")
    rest = seller.write(make_issue, warehouse_id=shop.warehouse, lines=[(record.lines[1].id, Decimal(5))])
    run(keeper, "stock.post_issue", issue_id=rest.ids["stock.issue"][0])
    run(
        cashier,
        "finance.post_payment",
        customer_id=shop.customer,
        amount="400",
        account_id=1,
        orders=[[saved.id, "400"]],
    )
    assert states() == ("confirmed", "done", "done")
    with seller.read_session() as session:
        record = read_order(session, saved.id)
    assert [(d.entity, d.state, d.amount) for d in record.related] == [
        ("stock.issue", "posted", None),
        ("stock.issue", "posted", None),
        ("finance.payment", "posted", Decimal("100.00")),
        ("finance.payment", "posted", Decimal("400.00")),
    ]


def test_no_more_than_open_leaves(company: Company) -> None:
    shop = open_shop(company)
    seller = company.as_("sales1")
    saved = seller.write(commands.save_order, order=order(shop, (0, "10", "44")))
    seller.write(commands.confirm_order, order_id=saved.id)
    with seller.read_session() as session:
        line = read_order(session, saved.id).lines[0]
    seller.write(make_issue, warehouse_id=shop.warehouse, lines=[(line.id, Decimal(8))])
    with pytest.raises(Refused) as refused:
        seller.write(make_issue, warehouse_id=shop.warehouse, lines=[(line.id, Decimal(3))])
    assert refused.value.values["open"] == "2"


def test_classes_of_the_list(company: Company) -> None:
    shop = open_shop(company)
    seller = company.as_("sales1")
    draft = seller.write(commands.save_order, order=order(shop, (0, "1", "44")))
    old = seller.write(commands.save_order, order=order(shop, (1, "1", "12"), date="2020-02-03"))
    seller.write(commands.confirm_order, order_id=old.id)

    def found(data_class: str, user_id: int = 0) -> list[str | None]:
        return sorted((row["number"] or "draft") for row in listed(seller, data_class, user_id))

    with seller.read_session() as session:
        number, owner = read_order(session, old.id).number, read_order(session, draft.id).owner_id
    assert found("all") == sorted([number, "draft"])
    assert found("drafts") == ["draft"] == found("month") == found("year")
    assert found("to_ship") == [number] == found("unpaid") == found("overdue")
    assert len(found("mine", owner)) == 2 and found("mine", owner + 1) == []


def test_terms_history_and_facts(company: Company) -> None:
    shop = open_shop(company)
    seller = company.as_("sales1")
    for day, price in (("2026-05-17", "44"), ("2026-08-02", "42.5")):
        saved = seller.write(commands.save_order, order=order(shop, (0, "2", price), date=day))
        seller.write(commands.confirm_order, order_id=saved.id)
    facts_of = {"customer_id": shop.customer, "level_id": shop.levels[2], "warehouse_id": shop.warehouse}
    with seller.read_session() as session:
        terms = customer_terms(session, shop.customer)
        facts = product_facts(session, product_id=shop.products[0], **facts_of)
    assert (terms.credit_limit, terms.owed, terms.credit_days) == (5000, Decimal("173.00"), 30)
    assert [c.name for c in terms.contacts] == ["单雄"] and terms.price_level_id == shop.levels[2]
    assert [(str(row.date), row.price, row.quantity) for row in facts.history] == [
        ("2026-08-02", Decimal("42.5"), 2),
        ("2026-05-17", Decimal(44), 2),
    ]
    assert facts.product.free == 996 and facts.stock[0].free == 996 and facts.cost is None
    with company.as_("lead1").read_session() as session:
        seen = product_facts(session, product_id=shop.products[0], **facts_of)
    assert seen.cost is not None and seen.cost.cost_price == 20
    with company.as_("sales5").read_session() as session:
        with pytest.raises(NotAvailable):
            customer_terms(session, shop.customer)
        with pytest.raises(NotAvailable):
            read_order(session, saved.id)


def test_an_order_needs_its_customer(office: Company) -> None:
    with pytest.raises(Invalid) as invalid:
        office.as_("sales1").write(commands.save_order, order={"customer_id": None, "lines": []})
    assert invalid.value.field == "customer_id"
