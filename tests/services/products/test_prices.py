"""Prices: levels, branches, pack units, change by formula with preview and undo, history (PRD-05)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import Refused
from services.language import use_language
from services.products import commands
from services.products.details import special_prices
from services.products.packs import PackUnit, in_packs, typed_quantity
from services.products.pricing import ROUNDINGS, Formula, Preview, preview
from services.products.queries import find_products, level_prices, products_by_id
from tests.conftest import Company
from tests.factories.shop import open_shop, save_lists

ROUNDED = {rounding.key: rounding for rounding in ROUNDINGS}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")


def read(company: Company, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """What the superuser reads."""
    return list(company.psql().execute(statement, values).fetchall())


def changes(company: Company) -> list[tuple[Any, ...]]:
    """The price history, oldest first, without ids."""
    return (
        company.psql()
        .execute(
            "SELECT u.login, c.kind, c.old, c.new, c.unit, c.branch_id FROM products.price_change c"
            ' LEFT JOIN organisation."user" u ON u.id = c.user_id ORDER BY c.id'
        )
        .fetchall()
    )


@pytest.mark.req("PRD-05")
def test_a_branch_and_a_pack_have_prices_of_their_own(company: Company) -> None:
    shop = open_shop(company)
    admin = company.psql()
    admin.autocommit = True
    branch: list[Any] = list(
        admin.execute("INSERT INTO organisation.branch (name) VALUES ('温州') RETURNING id").fetchone() or ()
    )
    ball = shop.products[0]
    buyer, seller = company.as_("buyer"), company.as_("sales1")
    save_lists(buyer, product_id=ball, packs=[{"name": "箱", "factor": 12}])
    level = shop.levels[0]
    buyer.write(
        commands.set_prices,
        product_id=ball,
        prices=[
            (level, Decimal(40)),
            (level, Decimal(36), branch[0], None),
            (level, Decimal(470), None, "箱"),
            (level, Decimal(420), branch[0], "箱"),
        ],
    )
    with seller.read_session() as session:
        hit = products_by_id(session, [ball], level_id=level)[ball]
        assert hit.price == 40
        assert [(p.name, int(p.factor), int(p.price or 0)) for p in hit.packs if p.price] == [("箱", 12, 470)]
        assert {(p.branch, p.unit, int(p.price)) for p in special_prices(session, ball)} == {
            ("温州", "", 36),
            ("", "箱", 470),
            ("温州", "箱", 420),
        }
        assert [row.price for row in level_prices(session, ball) if row.level_id == level] == [40]
    admin.execute("UPDATE organisation.\"user\" SET branch_id = %s WHERE login = 'sales1'", (branch[0],))
    with seller.read_session() as session:
        hit = find_products(session, "GLQF-50", level_id=level)[0]
        prices = {row.level_id: row.price for row in level_prices(session, ball, as_sold=True)}
        assert prices[level] == 36
        assert hit.price == 36
        assert [int(p.price) for p in hit.packs if p.price] == [420]
    with pytest.raises(Refused, match="no pack unit"):
        buyer.write(commands.set_prices, product_id=ball, prices=[(level, Decimal(1), None, "桶")])
    with pytest.raises(Refused, match="Take them away first"):
        save_lists(buyer, product_id=ball, packs=[])


@pytest.mark.req("PRD-05")
def test_every_change_stands_in_the_history(company: Company) -> None:
    shop = open_shop(company)
    ball, level = shop.products[0], shop.levels[0]
    before = len(changes(company))
    buyer = company.as_("buyer")
    for price in (Decimal(41), Decimal(41), None):
        buyer.write(commands.set_prices, product_id=ball, prices=[(level, price)])
    company.psql("buyer").execute("UPDATE products.product SET list_price = 50.5 WHERE id = %s", (ball,))
    told = changes(company)[before:]
    assert [row[:4] for row in told][-3:] == [
        ("buyer", "level", told[-3][2], Decimal(41)),
        ("buyer", "level", Decimal(41), None),
        ("buyer", "list", told[-1][2], Decimal("50.5")),
    ]
    assert told[-3][2] != 41, "what is the same is no change"


def run(company: Company, formula: Formula, login: str = "buyer", **which: Any) -> tuple[Preview, Any]:
    """Preview and do."""
    database = company.as_(login)
    with database.read_session() as session:
        seen = preview(session, formula, **which)
    return seen, database.write(
        commands.reprice,
        formula=formula,
        product_ids=seen.product_ids,
        count=seen.count,
        total=seen.total,
    )


@pytest.mark.req("PRD-05")
def test_a_level_from_another_by_formula_and_back(company: Company) -> None:
    shop = open_shop(company)
    level = shop.levels[0]
    prices = "SELECT product_id, price FROM products.level_price WHERE level_id = %s ORDER BY 1"
    before = read(company, prices, level)
    formula = Formula(None, level, Decimal("1.05"), Decimal(2), ROUNDED["ninety"])
    seen, done = run(company, formula)
    after = dict(read(company, prices, level))
    lists = dict(read(company, "SELECT id, list_price FROM products.product"))
    assert seen.count == len(after) > len(before)
    assert {row.product_id: row.new for row in seen.rows} == after
    for product, price in after.items():
        exact = lists[product] * Decimal("1.05") + 2
        assert price % 1 == Decimal("0.9") and abs(price - exact) <= Decimal("0.5")
    assert done.result["prices"] == seen.count
    # one price is set by hand after it, the others go back
    one = next(iter(after))
    company.as_("buyer").write(commands.set_prices, product_id=one, prices=[(level, Decimal(77))])
    undone = company.as_("buyer").write(commands.undo_repricing, repricing_id=int(done.result["id"]))
    assert undone.result["kept"] == 1
    back = dict(read(company, prices, level))
    assert back == {**{k: v for k, v in before if k != one}, one: 77}
    with pytest.raises(Refused, match="undone already"):
        company.as_("buyer").write(commands.undo_repricing, repricing_id=int(done.result["id"]))


@pytest.mark.req("PRD-05")
def test_list_prices_by_formula(company: Company) -> None:
    open_shop(company)
    lists = "SELECT id, list_price FROM products.product ORDER BY id"
    before = read(company, lists)
    _seen, done = run(company, Formula(None, None, Decimal("1.1"), Decimal(0), ROUNDED["half"]))
    after = read(company, lists)
    assert after != before and all(price % Decimal("0.5") == 0 for _, price in after)
    assert company.psql().execute(
        "SELECT count(*) FROM products.price_change WHERE repricing_id = %s", (done.result["id"],)
    ).fetchone() == (done.result["prices"],)
    company.as_("buyer").write(commands.undo_repricing, repricing_id=int(done.result["id"]))
    assert read(company, lists) == before


@pytest.mark.req("PRD-05")
def test_what_the_preview_did_not_show_is_not_done(company: Company) -> None:
    shop = open_shop(company)
    buyer = company.as_("buyer")
    formula = Formula(shop.levels[0], shop.levels[0], Decimal("1.05"))
    with buyer.read_session() as session:
        seen = preview(session, formula)
    other = seen.rows[0]
    buyer.write(commands.set_prices, product_id=other.product_id, prices=[(shop.levels[0], other.source + 1)])
    with pytest.raises(Refused, match="since the preview"):
        buyer.write(
            commands.reprice,
            formula=formula,
            product_ids=seen.product_ids,
            count=seen.count,
            total=seen.total,
        )


@settings(max_examples=200, deadline=None)
@given(
    quantity=st.integers(1, 5000),
    factors=st.lists(st.integers(2, 200), min_size=1, max_size=3, unique=True),
)
def test_what_is_said_in_packs_is_understood(quantity: int, factors: list[int]) -> None:
    packs = [PackUnit(name, Decimal(factor)) for name, factor in zip("箱盒包", factors, strict=False)]
    said = in_packs(Decimal(quantity), "个", packs)
    if not said:
        assert quantity < min(factors)
        return
    understood = typed_quantity(said, "个", packs)
    assert understood is not None and understood[0] == quantity


@pytest.mark.parametrize(
    ("text", "quantity", "pack"),
    [
        ("3箱", 36, "箱"),
        ("2箱5个", 29, None),
        ("2 箱 5", 29, None),
        ("1.5箱", 18, "箱"),
        ("4个", 4, None),
        ("3桶", None, None),
        ("箱", None, None),
        ("3*2箱", 72, "箱"),
    ],
)
def test_quantities_in_packs(text: str, quantity: int | None, pack: str | None) -> None:
    found = typed_quantity(text, "个", [PackUnit("箱", Decimal(12))])
    if quantity is None:
        assert found is None
    else:
        assert found is not None
        assert found[0] == quantity
        assert (found[1].name if found[1] else None) == pack
