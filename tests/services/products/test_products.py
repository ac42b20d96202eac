"""Products: lists with their classes, search while typing, prices, costs behind their right, the category tree."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.errors import CheckViolation
from sqlalchemy import select

from models.products import Product
from services.commands import Changes
from services.database import Database
from services.entity import Context, Entity, Facet, Query
from services.errors import Invalid, NotAvailable, Refused
from services.exporting import export
from services.facets import condition
from services.language import tr
from services.listing import Listing
from services.products import commands
from services.products.entities import CATEGORY, PRODUCT
from services.products.product_columns import product_source
from services.products.queries import (
    category_path,
    category_tree,
    cost_of,
    find_products,
    level_prices,
    recognise,
    stock_by_warehouse,
)
from services.records import create
from services.session import log_in
from services.stock.opening import recognise_stock
from tests.conftest import Company
from tests.databases import Copies
from tests.factories.shop import PRODUCTS, Shop, open_shop, run


def rows_of(database: Database, entity: Entity, data_class: str = "all") -> list[dict[str, Any]]:
    """The rows a list shows, by its declaration."""
    condition = next(c for c in entity.classes if c.key == data_class).condition(Context(0))
    source = entity.source() if entity.source else entity.model.__table__
    with database.read_session() as session:
        found = session.execute(
            select(*(c.value.label(c.key) for c in entity.columns)).select_from(source).where(condition)
        )
        return [dict(row) for row in found.mappings()]


@pytest.mark.req("PRD-03")
def test_lists_and_classes_of_products(company: Company) -> None:
    open_shop(company)
    admin = company.psql()
    admin.execute("UPDATE products.product SET state = 'discontinued' WHERE number = 'WT-25'")
    admin.execute("UPDATE products.product SET lower_limit = 20 WHERE number IN ('JZF-16', 'DXF-12')")
    admin.execute("UPDATE products.product SET upper_limit = 500 WHERE number = 'DP-50'")
    boss = company.as_("boss")

    def numbers(data_class: str) -> set[str]:
        return {row["number"] for row in rows_of(boss, PRODUCT, data_class)}

    assert len(numbers("all")) == 7
    assert len(numbers("no_picture")) == 7
    for column in ("lower_limit", "upper_limit", "list_price", "lowest_price", "weight"):
        with pytest.raises(CheckViolation):
            admin.execute(f"UPDATE products.product SET {column} = -1")
    assert numbers("discontinued") == {"WT-25"}
    assert numbers("not_stocked") == {"FW-01"}
    assert numbers("below") == {"JZF-16"}
    assert numbers("above") == {"DP-50"}
    assert numbers("no_category") == numbers("all")
    row = next(r for r in rows_of(boss, PRODUCT) if r["number"] == "GLQF-50")
    assert (row["cost_price"], row["stock"], row["list_price"]) == (Decimal(20), Decimal(1000), Decimal(44))


def test_costs_are_empty_without_the_right(company: Company) -> None:
    shop = open_shop(company)
    seller = company.as_("sales1")
    assert {row["cost_price"] for row in rows_of(seller, PRODUCT)} == {None}
    assert {row["last_purchase"] for row in rows_of(seller, PRODUCT)} == {None}
    with seller.read_session() as session:
        assert cost_of(session, shop.products[0]) is None
    with pytest.raises(Refused):
        seller.write(commands.set_cost, product_id=shop.products[0], cost_price=Decimal(1))
    buyer = company.as_("buyer")
    buyer.write(commands.set_cost, product_id=shop.products[0], cost_price=Decimal("21.5"))
    with buyer.read_session() as session:
        cost = cost_of(session, shop.products[0])
    assert cost is not None and (cost.cost_price, cost.average) == (Decimal("21.5"), Decimal(20))


def test_lists_and_exports_hold_no_cost_without_the_right(company: Company, tmp_path: Path) -> None:
    open_shop(company)
    headers = {}
    for login in ("sales1", "lead1"):
        database = company.as_(login)
        listing = Listing(Query(PRODUCT.key), user=log_in(database))
        file = tmp_path / f"{login}.csv"
        export(
            database,
            listing,
            file,
            shown=[column.key for column in listing.columns],
            text_of=lambda _column, value: str(value),
        )
        if login == "sales1":
            with pytest.raises(Refused):
                export(
                    database,
                    listing,
                    tmp_path / "cost.csv",
                    shown=["cost_price"],
                    text_of=lambda _c, v: str(v),
                )
        headers[login] = file.read_text("utf-8-sig").splitlines()[0]
        with database.read_session() as session:
            assert listing.count(session) == 7
            keys = {column.key for column in listing.columns}
        assert ({"cost_price", "last_purchase"} <= keys) == (login == "lead1")
    costs = {tr(PRODUCT.column(key).title) for key in ("cost_price", "last_purchase")}
    assert not any(cost in headers["sales1"] for cost in costs)
    assert all(cost in headers["lead1"] for cost in costs)


@pytest.mark.req("PRD-03", "SAL-06")
@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("不锈钢球", "GLQF-50"),
        ("bxgqf", "GLQF-50"),
        ("GLQF-50", "GLQF-50"),
        ("6901234500025", "FL-50"),
        ("chongxing", None),
        ("zhongxing", "JZF-16"),
        ("zxjz", "JZF-16"),
        ("changle", "WT-25"),
        ("cldx", None),
        ("dxf", "DXF-12"),
        ("danxiang", "DXF-12"),
        ("J41H", "JZF-16"),
    ],
)
def test_products_by_what_people_type(
    shop_office: tuple[Database, Shop], words: str, number: str | None
) -> None:
    database, _shop = shop_office
    with database.read_session() as session:
        found = find_products(session, words)
    if number is None:
        # a reading nobody uses for this word may still find it, but never another product
        assert {hit.number for hit in found} <= {"JZF-16"}
    else:
        assert found and found[0].number == number


@pytest.fixture(scope="module")
def shop_office(server: Any, template: str) -> Any:
    """A shop that the tests of this module only read, as sales1."""
    made = Company(server, Copies.on(server).copy(template))
    shop = open_shop(made)
    yield made.as_("sales1"), shop
    made.close()


def test_price_level_first_and_stock_where_it_leaves(shop_office: tuple[Database, Shop]) -> None:
    database, shop = shop_office
    with database.read_session() as session:
        (vip, *_) = find_products(session, "GLQF-50", level_id=shop.levels[2], warehouse_id=shop.warehouse)
        (listed, *_) = find_products(session, "GLQF-50", warehouse_id=shop.warehouse + 1)
        prices = level_prices(session, shop.products[0])
        stock = stock_by_warehouse(session, shop.products[0])
        (service, *_) = find_products(session, "FW-01")
    assert (vip.price, vip.on_hand, vip.free) == (Decimal("40.48"), Decimal(1000), Decimal(1000))
    assert (listed.price, listed.on_hand) == (Decimal(44), Decimal(0))
    assert [row.price for row in prices] == [Decimal(p) for p in ("44", "41.80", "40.48", "37.40")]
    assert [row.on_hand for row in stock][:3] == [1000, 0, 0]
    assert service.on_hand is None and not service.stocked


def test_pasted_names_are_recognised(shop_office: tuple[Database, Shop]) -> None:
    database, _shop = shop_office
    with database.read_session() as session:
        found = recognise(
            session, ["glqf-50", "法兰 DN50 PN16", "6901234500032", "单向阀", "DN50", "没有这个", ""]
        )
    assert [hit.number if hit else None for hit in found] == [
        "GLQF-50",
        "FL-50",
        "DP-50",
        "DXF-12",
        None,
        None,
        None,
    ]


@pytest.mark.req("STK-02")
def test_a_table_of_many_thousand_rows_is_recognised(shop_office: tuple[Database, Shop]) -> None:
    """More than a statement could take as parameters of their own."""
    database, shop = shop_office
    table = [
        ["编号", "名称", "数量"],
        *([f"X-{n}", f"没有的商品{n}", "1"] for n in range(12_000)),
        ["GLQF-50", "", "3"],
    ]
    with database.read_session() as session:
        found = recognise_stock(session, table)
    assert [(line.product.id, line.quantity) for line in found.lines] == [(shop.products[0], 3)]
    assert len(found.problems) == 12_000


def test_prices_per_level_are_set_and_taken_away(company: Company) -> None:
    shop = open_shop(company)
    buyer = company.as_("buyer")
    buyer.write(
        commands.set_prices,
        product_id=shop.products[0],
        prices=[(shop.levels[0], Decimal("45.50")), (shop.levels[1], None)],
    )
    with buyer.read_session() as session:
        prices = [row.price for row in level_prices(session, shop.products[0])]
    assert prices == [Decimal("45.50"), None, Decimal("40.48"), Decimal("37.40")]
    with pytest.raises(Refused):
        company.as_("sales1").write(commands.set_prices, product_id=shop.products[0], prices=[])


@pytest.mark.req("PRD-02")
def test_the_category_tree(company: Company) -> None:
    shop = open_shop(company)
    buyer = company.as_("buyer")

    def add(name: str, parent: int | None = None) -> int:
        return buyer.write(commands.add_category, name=name, parent_id=parent).id

    def tree() -> list[tuple[str, int | None]]:
        with buyer.read_session() as session:
            return [(node.name, node.parent_id) for node in category_tree(session)]

    valves, fittings = add("阀门"), add("管件")
    ball = add("球阀", valves)
    deep = add("三通球阀", ball)
    buyer.write(commands.rename_category, category_id=fittings, name="管件配件")
    buyer.write(commands.move_category, category_id=ball, parent_id=fittings)
    assert ("球阀", fittings) in tree() and ("管件配件", None) in tree()
    with pytest.raises(Refused) as refused:
        buyer.write(commands.move_category, category_id=fittings, parent_id=deep)
    assert refused.value.template == "A record cannot stand below itself."
    with pytest.raises(Invalid):
        add("球阀", fittings)
    company.psql().execute(
        "UPDATE products.product SET category_id = %s WHERE id = %s", (ball, shop.products[0])
    )
    with pytest.raises(Refused):
        buyer.write(commands.delete_category, category_id=ball)
    other = add("阀", None)
    buyer.write(commands.merge_categories, from_id=ball, into_id=other)
    assert ("三通球阀", other) in tree() and all(name != "球阀" for name, _ in tree())
    moved = company.psql().execute(
        "SELECT category_id FROM products.product WHERE id = %s", (shop.products[0],)
    )
    assert moved.fetchone() == (other,)
    buyer.write(commands.move_category, category_id=other, parent_id=None, before_id=valves)
    assert [name for name, parent in tree() if parent is None] == ["阀", "阀门", "管件配件"]
    buyer.write(commands.delete_category, category_id=valves)
    with pytest.raises(NotAvailable):
        buyer.write(commands.rename_category, category_id=valves, name="球阀")
    again = add("阀门")
    assert again == valves, "what lies in the recycle bin comes back"


@pytest.mark.req("PRD-02", "PRD-03")
def test_products_of_a_category_and_of_all_below_it(company: Company) -> None:
    shop = open_shop(company)
    buyer = company.as_("buyer")
    ids: dict[str, int] = {}
    for name, above in (
        ("阀门", None),
        ("球阀", "阀门"),
        ("三通", "球阀"),
        ("阀门配件", None),
        ("其他", "阀门配件"),
    ):
        made = buyer.write(commands.add_category, name=name, parent_id=ids[above] if above else None)
        ids[name] = made.id
    # of the same name elsewhere in the tree
    ids["另一个球阀"] = buyer.write(commands.add_category, name="球阀", parent_id=ids["阀门配件"]).id
    places = ("阀门", "球阀", "三通", "阀门配件", "其他", "另一个球阀")
    for product, place in zip(shop.products, places, strict=True):
        company.psql().execute(
            "UPDATE products.product SET category_id = %s WHERE id = %s", (ids[place], product)
        )

    def inside(place: str) -> set[str]:
        with buyer.read_session() as session:
            nodes = {node.id: node for node in category_tree(session)}
        path = category_path(nodes[ids[place]], nodes)
        below = condition(PRODUCT.column("category_path"), Facet("category_path", "starts", path))
        with buyer.read_session() as session:
            numbers = set(session.scalars(select(Product.number).select_from(product_source()).where(below)))
        return {name for name, row in zip(places, PRODUCTS, strict=True) if row[3] in numbers}

    assert inside("阀门") == {"阀门", "球阀", "三通"}
    assert inside("球阀") == {"球阀", "三通"}
    assert inside("阀门配件") == {"阀门配件", "其他", "另一个球阀"}
    assert inside("另一个球阀") == {"另一个球阀"}


@pytest.mark.req("PRD-01")
def test_a_discontinued_product_is_listed_but_not_offered(company: Company) -> None:
    shop = open_shop(company)
    buyer = company.as_("buyer")
    buyer.write(commands.set_state, ids=[shop.products[5]], state="discontinued")
    with buyer.read_session() as session:
        assert find_products(session, "DXF-12") == ()
        assert recognise(session, ["DXF-12"]) == (None,)
    assert "DXF-12" in {row["number"] for row in rows_of(buyer, PRODUCT)}


@pytest.mark.req("PRD-01", "PRD-04")
def test_name_and_model_are_unique_together(company: Company) -> None:
    """But for the specification, which makes two products of one name and model (models/products.py says why)."""
    buyer, psql = company.as_("buyer"), company.psql("buyer")

    def add(name: str, model: str | None, specification: str | None = None) -> Changes:
        values = {"name": name, "model": model, "specification": specification}
        return buyer.write(create, entity=PRODUCT, values=values)

    add("闸阀", "Z41")
    add("闸阀", "Z45")
    add("闸阀", "Z41", "304")
    add("螺丝", None)
    for name, model, specification in (
        ("闸阀", "Z41", None),
        (" 闸阀", "Z41 ", ""),
        ("闸阀", "Z41", "304"),
        ("螺丝", None, None),
    ):
        with pytest.raises(Invalid) as taken:
            add(name, model, specification)
        assert taken.value.field == "name" and taken.value.template.startswith("{product} exists already.")
        with pytest.raises(psycopg.Error):
            psql.execute(
                "INSERT INTO products.product (name, model, specification) VALUES (%s, %s, %s)",
                (name, model, specification),
            )
    with pytest.raises(psycopg.Error):
        psql.execute(
            "UPDATE products.product SET specification = '304' WHERE name = '闸阀' AND model = 'Z41'"
        )
    assert {row["name"] for row in rows_of(buyer, CATEGORY)} == set()


@pytest.mark.req("PRD-02")
def test_merging_trees_and_names_in_the_recycle_bin(company: Company) -> None:
    buyer = company.as_("buyer")

    def add(name: str, parent: int | None = None) -> int:
        return buyer.write(commands.add_category, name=name, parent_id=parent).id

    def tree() -> dict[str, int | None]:
        with buyer.read_session() as session:
            return {node.name: node.parent_id for node in category_tree(session)}

    one, two = add("阀门"), add("进口阀门")
    for parent in (one, two):
        add("球阀", parent)
    ball = add("三通", buyer_child(buyer, two, "球阀"))
    kept = buyer_child(buyer, one, "球阀")
    with pytest.raises(Invalid):
        buyer.write(commands.merge_categories, from_id=two, into_id=ball)
    buyer.write(commands.merge_categories, from_id=two, into_id=one)
    assert tree() == {"阀门": None, "球阀": one, "三通": kept}
    # a name that lies in the recycle bin stands in nobody's way, and comes back as what it was
    buyer.write(commands.delete_category, category_id=ball)
    other = add("四通", kept)
    buyer.write(commands.rename_category, category_id=other, name="三通")
    assert tree() == {"阀门": None, "球阀": one, "三通": kept}


def buyer_child(buyer: Database, parent: int, name: str) -> int:
    with buyer.read_session() as session:
        return next(n.id for n in category_tree(session) if n.parent_id == parent and n.name == name)


@pytest.mark.req("PRD-06")
def test_the_average_of_purchases_is_of_the_last_five_receipts(company: Company) -> None:
    shop = open_shop(company)
    keeper, ball = company.as_("keeper1"), shop.products[0]

    def buy(kind: str, *lines: tuple[int, str]) -> None:
        given = [{"product_id": ball, "quantity": count, "unit_cost": cost} for count, cost in lines]
        draft = run(keeper, "stock.save_receipt", warehouse_id=shop.warehouse, kind=kind, lines=given)
        run(keeper, "stock.post_receipt", receipt_id=draft.id)

    buy("purchase", (100, "9"))
    buy("return", (100, "1"))
    buy("purchase", (1, "20"), (3, "24"))
    for cost in ("20", "21", "22", "23"):
        buy("purchase", (1, cost))
    with company.as_("boss").read_session() as session:
        cost = cost_of(session, ball)
    assert cost is not None
    assert cost.average_purchase == Decimal(20 + 3 * 24 + 20 + 21 + 22 + 23) / 8
    assert (cost.lowest_purchase, cost.last_purchase) == (9, 23)
    with company.as_("sales1").read_session() as session:
        assert cost_of(session, ball) is None
