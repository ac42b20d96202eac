"""Drafts without a screen: what is typed into a row, the arithmetic and the database agree to the last cent."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.database import Database
from services.errors import Invalid
from services.money import Precision
from services.products.queries import products_by_id
from services.sales import commands
from services.sales.arithmetic import Terms, order_totals
from services.sales.draft import (
    DraftLine,
    as_arguments,
    from_record,
    head_terms,
    pasted_rows,
    with_number,
    with_product,
)
from services.sales.entities import ROUNDING_TERMS
from services.sales.queries import HEAD_FIELDS, read_order
from tests.conftest import Company
from tests.databases import Copies
from tests.factories.shop import Shop, open_shop

PRECISION = Precision(price=4, quantity=3)
FIELDS = ("quantity", "discount", "price", "tax_price", "rate", "total")


@pytest.fixture(scope="module")
def shop(server: Any, template: str) -> Iterator[tuple[Database, Shop]]:
    """A shop that the examples fill with drafts."""
    made = Company(server, Copies.on(server).copy(template))
    yield made.as_("sales1"), open_shop(made)
    made.close()


def numbers(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=places, allow_nan=False)


TYPED = st.one_of(
    st.tuples(st.just("quantity"), numbers("0.001", "99999", 3)),
    st.tuples(st.just("discount"), numbers("1", "150", 2)),
    st.tuples(st.just("price"), numbers("0.01", "99999", 4)),
    st.tuples(st.just("tax_price"), numbers("0.01", "99999", 4)),
    st.tuples(st.just("rate"), st.sampled_from([Decimal(r) for r in ("0", "3", "6", "9", "13")])),
    st.tuples(st.just("total"), numbers("0.01", "999999", 2)),
)
ROW = st.tuples(st.integers(0, 5), st.lists(TYPED, max_size=5))


TERMS = st.builds(
    lambda discount, deduction, freight, rounding, typed: Terms(
        discount, deduction, freight, rounding[0], rounding[1], typed
    ),
    st.just(Decimal(100)) | numbers("50", "120", 2),
    numbers("0", "500", 2),
    numbers("0", "500", 2),
    st.sampled_from(sorted(ROUNDING_TERMS.values())),
    st.none() | numbers("0", "999999", 2),
)


@pytest.mark.req("SAL-04", "SAL-05")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(ROW, min_size=1, max_size=8),
    terms=TERMS,
)
def test_grid_arithmetic_and_database_agree(
    shop: tuple[Database, Shop],
    rows: list[tuple[int, list[tuple[Any, Decimal]]]],
    terms: Terms,
) -> None:
    database, goods = shop
    with database.read_session() as session:
        products = products_by_id(session, goods.products, level_id=goods.levels[1])
    lines = []
    for index, typed in rows:
        line = with_product(DraftLine(), products[goods.products[index]], PRECISION)
        for field, value in typed:
            try:
                line = with_number(line, field, value, PRECISION)
            except Invalid:
                continue
        lines.append(line)
    head = {**dict.fromkeys(HEAD_FIELDS), "customer_id": goods.customer, "warehouse_id": goods.warehouse}
    arguments = as_arguments(head, lines, terms=terms)
    saved = database.write(commands.save_order, order=arguments)
    with database.read_session() as session:
        stored = read_order(session, saved.id)
    assert [line.gross for line in stored.lines] == [line.numbers.total for line in lines]
    shown = [from_record(line, PRECISION).numbers for line in stored.lines]
    assert shown == [line.numbers for line in lines], "read again, a row shows what was typed"
    totals = order_totals(
        [line.numbers.amounts for line in lines],
        terms,
    )
    assert stored.rounding == totals.rounding, "rounded in SQL as in Python"
    assert stored.gross == totals.total and stored.total_typed == (terms.typed_total is not None)
    again = database.write(
        commands.save_order,
        order=as_arguments(
            stored.head,
            [from_record(line, PRECISION) for line in stored.lines],
            terms=head_terms(stored),
            stored=(stored.id, stored.version),
        ),
    )
    assert Decimal(again.result["gross"]) == totals.total, "saving what is shown changes nothing"


def test_pasted_rows_with_and_without_a_header() -> None:
    rows = pasted_rows("货号\t商品名称\t数量\t金额\nA-1\t球阀\t3\t120\n\t\t\t\n\t法兰\t\t\n")
    assert [(row.products, dict(row.cells)) for row in rows] == [
        (("A-1", "球阀"), {"quantity": "3", "total": "120"}),
        (("法兰",), {}),
    ]
    rows = pasted_rows("球阀 DN50\t3\t44\t95\t急\n")
    assert rows[0].products == ("球阀 DN50",)
    assert dict(rows[0].cells) == {"quantity": "3", "tax_price": "44", "discount": "95", "remark": "急"}
    assert pasted_rows("\n \n") == ()
