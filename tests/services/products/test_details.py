"""Lists of a product (codes, packs, parameters, questions), and what is discontinued (PRD-01)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from services.errors import Refused
from services.language import use_language
from services.products import commands
from services.products.details import details_of
from services.products.queries import find_products, recognise
from services.purchasing.commands import request_for_order
from services.purchasing.entities import REQUEST
from services.records import create
from services.sales.commands import save_order
from services.stock.commands import ReceiptLineInput, save_receipt
from tests.conftest import Company
from tests.factories.shop import open_shop, save_lists
from tests.factories.trade import Trade, open_trade


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")


@pytest.mark.req("PRD-01")
def test_lists_of_a_product(company: Company) -> None:
    shop = open_shop(company)
    ball = shop.products[0]
    buyer = company.as_("buyer")
    save_lists(
        buyer,
        product_id=ball,
        packs=[{"name": "箱", "factor": 12, "bar_code": "16901028062319"}, {"name": "托", "factor": "480"}],
        bar_codes=[{"code": "6901028099999", "remark": "旧码"}, {"code": "6901028088888"}],
        parameters=[{"name": "材质", "value": "304"}, {"name": "压力", "value": "PN16"}],
        questions=[{"question": "能用于蒸汽吗？", "answer": "不能超过 120 ℃。"}],
    )
    with buyer.read_session() as session:
        found = details_of(session, ball)
        assert [(p.name, int(p.factor), p.bar_code) for p in found.packs] == [
            ("箱", 12, "16901028062319"),
            ("托", 480, ""),
        ]
        assert found.bar_codes == (("6901028099999", "旧码"), ("6901028088888", ""))
        assert found.parameters == (("材质", "304"), ("压力", "PN16"))
        assert found.questions == (("能用于蒸汽吗？", "不能超过 120 ℃。"),)
        for code in ("6901028099999", "6901028088888", "16901028062319"):
            assert [hit.id for hit in find_products(session, code)] == [ball]
            assert [hit.id if hit else None for hit in recognise(session, [code])] == [ball]
    # a list that is not given stays; one that is takes its place
    save_lists(buyer, product_id=ball, parameters=[{"name": "压力", "value": "PN25"}])
    with buyer.read_session() as session:
        found = details_of(session, ball)
        assert found.parameters == (("压力", "PN25"),) and len(found.packs) == 2
    other = shop.products[2]
    with pytest.raises(Refused, match="belongs to"):
        save_lists(buyer, product_id=other, bar_codes=[{"code": "16901028062319"}])
    with pytest.raises(Refused, match="there twice"):
        save_lists(buyer, product_id=other, parameters=[{"name": "a"}, {"name": " a ", "value": "2"}])
    with pytest.raises(Refused, match="more than zero"):
        save_lists(buyer, product_id=other, packs=[{"name": "箱", "factor": 0}])


def line(product: int) -> dict[str, Any]:
    return {"product_id": product, "quantity": 1, "tax_price": 1, "discount": 100, "tax_rate": 0}


def order(trade: Trade, *lines: dict[str, Any], **stored: Any) -> Any:
    return trade.seller.write(
        save_order,
        order={
            "customer_id": trade.customer,
            "warehouse_id": trade.warehouse,
            "lines": list(lines),
            **stored,
        },
    )


@pytest.mark.req("PRD-01")
def test_what_is_discontinued_is_on_no_new_line(company: Company) -> None:
    trade = open_trade(company)
    ball, flange = trade.products[:2]
    draft = order(trade, line(ball))
    buyer = company.as_("buyer")
    buyer.write(commands.set_state, ids=[ball], state="discontinued")
    with buyer.read_session() as session:
        assert ball not in [hit.id for hit in find_products(session, "不锈钢球阀")]
    with pytest.raises(Refused, match="is discontinued"):
        order(trade, line(ball))
    # the line that is there already stays, beside a new one of other goods
    stored = trade.rows("SELECT id FROM sales.order_line WHERE order_id = %s", draft.id)[0][0]
    version = trade.one('SELECT version FROM sales."order" WHERE id = %s', draft.id)
    order(trade, {**line(ball), "id": stored}, line(flange), id=draft.id, version=version)
    # but no line becomes one of what is discontinued
    version = trade.one('SELECT version FROM sales."order" WHERE id = %s', draft.id)
    swapped = trade.one(
        "SELECT id FROM sales.order_line WHERE order_id = %s AND product_id = %s", draft.id, flange
    )
    with pytest.raises(Refused, match="is discontinued"):
        order(trade, {**line(ball), "id": swapped}, id=draft.id, version=version)
    receipt: dict[str, Any] = {"warehouse_id": trade.warehouse, "lines": [ReceiptLineInput(ball, Decimal(1))]}
    with pytest.raises(Refused, match="is discontinued"):
        trade.keeper.write(save_receipt, kind="purchase", **receipt)
    assert trade.keeper.write(save_receipt, kind="return", **receipt).id
    # nor is it bought, but for an order that was taken before
    wanted = {"product_id": ball, "quantity": Decimal(1)}
    with pytest.raises(Refused, match="is discontinued"):
        trade.seller.write(create, entity=REQUEST, values=wanted)
    with pytest.raises(psycopg.Error) as refused:
        company.psql("sales1").execute(
            "INSERT INTO purchasing.request (product_id, quantity) VALUES (%s, 1)", (ball,)
        )
    assert refused.value.sqlstate == "SK001"
    asked = trade.seller.write(create, entity=REQUEST, values={"product_id": flange, "quantity": Decimal(1)})
    with pytest.raises(psycopg.Error):
        company.psql("sales1").execute(
            "UPDATE purchasing.request SET product_id = %s WHERE id = %s", (ball, asked.id)
        )
    buyer.write(commands.set_state, ids=[ball], state="active")
    sold = trade.order(5)
    buyer.write(commands.set_state, ids=[ball], state="discontinued")
    short = [(trade.lines(sold)[0], Decimal(5))]
    assert trade.seller.write(request_for_order, order_id=sold, lines=short).result["requests"] == 1
    buyer.write(commands.set_state, ids=[ball], state="active")
    assert order(trade, line(ball)).id
