"""What screens ask about products: search while typing, prices, stock, costs, the category tree.

Functions take a read session and return frozen rows, so that a task may hand them to a screen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    Text,
    and_,
    any_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from models.products import (
    Category,
    Code,
    Cost,
    LevelPrice,
    Pack,
    PriceLevel,
    Product,
)
from models.stock import Balance, Receipt, ReceiptLine, ReceiptLineCost, Warehouse
from models.stock import Cost as StockCost
from services.products.packs import PackUnit
from services.products.pricing import price_of
from services.search import CANDIDATES, candidates, normalise, rank_expression

_product = Product.__table__.c


@dataclass(frozen=True, slots=True)
class ProductHit:
    """A product as it is offered while lines are entered."""

    id: int
    number: str
    name: str
    model: str
    specification: str
    bar_code: str
    unit: str
    price: Decimal
    """With tax: of the price level asked for, or the list price where that level has none."""
    lowest_price: Decimal | None
    tax_rate: Decimal
    stocked: bool
    on_hand: Decimal | None
    """In the warehouse asked for, or in all; None where the user may not see stock."""
    free: Decimal | None
    """``on_hand`` less what confirmed orders have reserved."""
    active: bool = True
    packs: tuple[PackUnit, ...] = ()
    """Pack units in which its quantity may be typed."""
    further_codes: tuple[str, ...] = ()
    """Its other bar codes, those of packs among them."""

    @property
    def label(self) -> str:
        """Name and model."""
        return f"{self.name} {self.model}".strip()


@dataclass(frozen=True, slots=True)
class LevelPriceRow:
    """One price level and the product's price there, None where it has none."""

    level_id: int
    name: str
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class WarehouseStock:
    """What lies in one warehouse."""

    warehouse_id: int
    name: str
    on_hand: Decimal
    free: Decimal


@dataclass(frozen=True, slots=True)
class ProductCost:
    """What a product costs without tax; only for those with the right products.see_cost."""

    cost_price: Decimal
    last_purchase: Decimal | None
    average: Decimal | None
    """Moving average over the warehouses; None without stock."""
    needs_adjusting: bool
    average_purchase: Decimal | None = None
    """Average per unit of the last PURCHASES posted purchase receipts, weighted by quantity."""
    lowest_purchase: Decimal | None = None
    """The lowest of all posted purchase receipts."""


PURCHASES: Final = 5
"""How many purchases the average of purchases is of."""


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A node of the category tree."""

    id: int
    name: str
    parent_id: int | None
    position: int
    version: int
    products: int


@dataclass(frozen=True, slots=True)
class NamedRow:
    """Id and name of a row of a short list, such as a warehouse or a price level."""

    id: int
    name: str


def _hits(rows: Any, level_id: int | None, warehouse_id: int | None) -> Select[Any]:
    """The columns of ProductHit for the products whose columns ``rows`` (a table or subquery) has."""
    branch = select(func.app.my_branch_id()).scalar_subquery()
    level_price = price_of(rows, level_id, branch_id=branch)
    pack_prices = (
        select(
            func.jsonb_object_agg(
                LevelPrice.unit,
                # the last of equal keys wins: the branch's own
                aggregate_order_by(cast(LevelPrice.price, String), LevelPrice.branch_id.asc().nulls_first()),
            )
        )
        .where(
            LevelPrice.product_id == rows.c.id,
            LevelPrice.level_id == level_id,
            LevelPrice.unit.is_not(None),
            or_(LevelPrice.branch_id.is_(None), LevelPrice.branch_id == branch),
        )
        .scalar_subquery()
        if level_id is not None
        else null()
    )
    packs = (
        select(
            func.jsonb_agg(
                func.jsonb_build_array(Pack.name, cast(Pack.factor, String), func.coalesce(Pack.bar_code, ""))
            )
        )
        .where(Pack.product_id == rows.c.id)
        .scalar_subquery()
    )
    here: ColumnElement[bool] = Balance.product_id == rows.c.id
    if warehouse_id is not None:
        here = and_(here, Balance.warehouse_id == warehouse_id)
    may_see = func.app.can("stock.balance.view")
    on_hand = select(func.coalesce(func.sum(Balance.on_hand), 0)).where(here).scalar_subquery()
    free = (
        select(func.coalesce(func.sum(Balance.on_hand - Balance.reserved), 0)).where(here).scalar_subquery()
    )
    return select(
        rows.c.id,
        rows.c.number,
        rows.c.name,
        rows.c.model,
        rows.c.specification,
        rows.c.bar_code,
        rows.c.unit,
        func.coalesce(level_price, rows.c.list_price).label("price"),
        rows.c.lowest_price,
        rows.c.tax_rate,
        rows.c.stocked,
        rows.c.state,
        rows.c.further_codes,
        rows.c.pack_unit,
        rows.c.pack_factor,
        packs.label("packs"),
        pack_prices.label("pack_prices"),
        on_hand.label("on_hand"),
        free.label("free"),
        select(may_see).scalar_subquery().label("sees_stock"),
    )


def _hit(row: Any) -> ProductHit:
    known = row.stocked and row.sees_stock
    return ProductHit(
        id=row.id,
        number=row.number or "",
        name=row.name,
        model=row.model or "",
        specification=row.specification or "",
        bar_code=row.bar_code or "",
        unit=row.unit or "",
        price=row.price,
        lowest_price=row.lowest_price,
        tax_rate=row.tax_rate,
        stocked=row.stocked,
        on_hand=row.on_hand if known else None,
        free=row.free if known else None,
        active=row.state == "active",
        packs=_packs(row),
        further_codes=tuple((row.further_codes or "").split()),
    )


def _packs(row: Any) -> tuple[PackUnit, ...]:
    prices = row.pack_prices or {}
    given = [(row.pack_unit, str(row.pack_factor), "")] if row.pack_unit and row.pack_factor else []
    return tuple(
        PackUnit(name, Decimal(factor), Decimal(prices[name]) if name in prices else None, code)
        for name, factor, code in [*given, *(row.packs or [])]
    )


def in_use() -> ColumnElement[bool]:
    """The condition over products that may stand on new lines: those that are not discontinued."""
    return _product.state == "active"


def _offered(discontinued: bool) -> Select[Any]:
    there = select(Product.__table__).where(_product.deleted_at.is_(None))
    return there if discontinued else there.where(in_use())


def find_products(
    session: Session,
    words: str,
    *,
    level_id: int | None = None,
    warehouse_id: int | None = None,
    discontinued: bool = False,
    limit: int = 10,
) -> tuple[ProductHit, ...]:
    """Active products that answer ``words`` (name, model, number, bar code, pinyin), the best first.

    Nothing typed gives the first of them by name. ``discontinued`` offers what is not sold any more too, for goods
    that come back.
    """
    offered = _offered(discontinued)
    if words.strip() and (scanned := _of_code(session, words.strip())):
        found = offered.where(_product.id.in_(scanned)).subquery()
        order: tuple[Any, ...] = (found.c.sort_name, found.c.id)
    elif words.strip():
        found = offered.where(_product.id.in_(_answering(offered, words.strip()))).subquery()
        rank = rank_expression(
            found.c.search, words, exact=(found.c.number, found.c.bar_code, found.c.model), name=found.c.name
        )
        order = (rank, found.c.sort_name, found.c.id)
    else:
        found = offered.order_by(_product.sort_name, _product.id).limit(limit).subquery()
        order = (found.c.sort_name, found.c.id)
    rows = session.execute(_hits(found, level_id, warehouse_id).order_by(*order).limit(limit))
    return tuple(_hit(row) for row in rows)


def _answering(offered: Select[Any], words: str) -> CompoundSelect[Any]:
    """Ids of the candidates for ``words``, which come in no order, and whatever is called or numbered just so: it must
    be among them, of however many."""
    ids = offered.with_only_columns(_product.id)
    called = ids.where(_product.name == words).limit(CANDIDATES)
    return union(
        candidates(ids, _product.search, words),
        called,
        ids.where(_product.number.in_({words, words.upper()})),
    )


def _any(values: Collection[object], kind: type[TypeEngine[Any]]) -> ColumnElement[Any]:
    """For comparing with any of ``values``: one array, because a statement takes 65,535 parameters at most."""
    return any_(literal(list(values), ARRAY(kind)))


def _of_code(session: Session, code: str) -> list[int]:
    """Id of the product of which ``code`` is a bar code, its own, a further one or a pack's; a look-up by index."""
    if len(code) < 6:
        return []
    return list(session.scalars(select(Code.product_id).where(Code.key == func.products.code_key(code))))


def products_by_id(
    session: Session, ids: Sequence[int], *, level_id: int | None = None, warehouse_id: int | None = None
) -> Mapping[int, ProductHit]:
    """Products by id, discontinued ones too: what the lines of an order that exists show."""
    table = Product.__table__
    rows = session.execute(_hits(table, level_id, warehouse_id).where(table.c.id == _any(ids, BigInteger)))
    return {row.id: _hit(row) for row in rows}


def recognise(
    session: Session,
    texts: Sequence[str],
    *,
    level_id: int | None = None,
    warehouse_id: int | None = None,
    discontinued: bool = False,
) -> tuple[ProductHit | None, ...]:
    """The product meant by each of ``texts``, as pasted from a spreadsheet; None where it is not clear.

    A text is a number, a bar code, a name, or a name and a model; where several products answer, none is meant.
    """
    wanted = {normalise(text) for text in texts} - {""}
    if not wanted:
        return tuple(None for _ in texts)
    table = Product.__table__
    keys = (table.c.number, table.c.bar_code, table.c.name, table.c.model)
    ways = [func.app.search_normalise(key) for key in (*keys, func.concat(table.c.name, table.c.model))]
    coded = select(Code.product_id).where(Code.key == _any(wanted, Text))
    rows = session.execute(
        select(table.c.id, table.c.further_codes, *ways).where(
            table.c.deleted_at.is_(None),
            true() if discontinued else in_use(),
            or_(*(way == _any(wanted, Text) for way in ways), table.c.id.in_(coded)),
        )
    )
    found: list[dict[str, set[int]]] = [{} for _ in (*ways, "further codes")]
    for id_, further_codes, *values in rows:
        for by_key, key in zip(found, values, strict=False):
            if key:
                by_key.setdefault(key, set()).add(id_)
        for code in (further_codes or "").split():
            found[-1].setdefault(normalise(code), set()).add(id_)
    # a number is surer than a bar code, and that surer than a whole name, a name or a model alone
    order = (0, 1, 5, 4, 2, 3)
    meant = [_only([found[n].get(normalise(text), set()) for n in order]) for text in texts]
    hits = products_by_id(
        session, [id_ for id_ in meant if id_ is not None], level_id=level_id, warehouse_id=warehouse_id
    )
    return tuple(None if id_ is None else hits.get(id_) for id_ in meant)


def _only(ways: Sequence[Collection[int]]) -> int | None:
    for ids in ways:
        if ids:
            return next(iter(ids)) if len(ids) == 1 else None
    return None


def level_prices(session: Session, product_id: int, *, as_sold: bool = False) -> tuple[LevelPriceRow, ...]:
    """All price levels with the product's price per unit, in the office's order: the one for every branch, or
    ``as_sold`` what holds in the user's own branch."""
    mine = func.app.my_branch_id() if as_sold else null()
    price = (
        select(LevelPrice.price)
        .where(
            LevelPrice.level_id == PriceLevel.id,
            LevelPrice.product_id == literal(product_id),
            LevelPrice.unit.is_(None),
            or_(LevelPrice.branch_id.is_(None), LevelPrice.branch_id == mine),
        )
        .order_by(LevelPrice.branch_id.asc().nulls_last())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(PriceLevel.id, PriceLevel.name, price.label("price"))
        .where(PriceLevel.deleted_at.is_(None))
        .order_by(PriceLevel.position, PriceLevel.id)
    )
    return tuple(LevelPriceRow(row.id, row.name, row.price) for row in rows)


def stock_by_warehouse(session: Session, product_id: int) -> tuple[WarehouseStock, ...]:
    """What lies in each active warehouse, 0 included; empty where the user may not see stock."""
    if not session.scalar(select(func.app.can("stock.balance.view"))):
        return ()
    rows = session.execute(
        select(
            Warehouse.id,
            Warehouse.name,
            func.coalesce(Balance.on_hand, 0).label("on_hand"),
            func.coalesce(Balance.on_hand - Balance.reserved, 0).label("free"),
        )
        .outerjoin(
            Balance, and_(Balance.warehouse_id == Warehouse.id, Balance.product_id == literal(product_id))
        )
        .where(Warehouse.deleted_at.is_(None), Warehouse.active)
        .order_by(Warehouse.id)
    )
    return tuple(WarehouseStock(row.id, row.name, row.on_hand, row.free) for row in rows)


def cost_of(session: Session, product_id: int) -> ProductCost | None:
    """What a product costs; None without the right, or where nothing is known."""
    cost = session.execute(
        select(Cost.cost_price, Cost.last_purchase, Cost.needs_adjusting).where(Cost.id == product_id)
    ).first()
    stock = session.execute(
        select(func.sum(StockCost.value).label("value"), func.sum(Balance.on_hand).label("quantity"))
        .join(Balance, Balance.id == StockCost.id)
        .where(StockCost.product_id == product_id)
    ).one()
    average = stock.value / stock.quantity if stock.value is not None and stock.quantity else None
    lines = (
        select(
            ReceiptLine.quantity,
            ReceiptLineCost.unit_cost,
            # several lines of one receipt are one purchase
            func.dense_rank().over(order_by=(Receipt.posted_at.desc(), Receipt.id.desc())).label("place"),
        )
        .join(ReceiptLineCost, ReceiptLineCost.id == ReceiptLine.id)
        .join(Receipt, Receipt.id == ReceiptLine.receipt_id)
        .where(
            ReceiptLine.product_id == product_id,
            Receipt.kind == "purchase",
            Receipt.state == "posted",
            ReceiptLine.quantity > 0,
        )
        .subquery()
    )
    recent = lines.c.place <= PURCHASES
    bought = session.execute(
        select(
            (
                func.sum(lines.c.quantity * lines.c.unit_cost).filter(recent)
                / func.sum(lines.c.quantity).filter(recent)
            ).label("average"),
            func.min(lines.c.unit_cost).label("lowest"),
        )
    ).one()
    if cost is None and average is None:
        return None
    return ProductCost(
        cost_price=cost.cost_price if cost is not None else average or Decimal(0),
        last_purchase=cost.last_purchase if cost is not None else None,
        average=average,
        needs_adjusting=cost is not None and cost.needs_adjusting,
        average_purchase=bought.average,
        lowest_purchase=bought.lowest,
    )


def category_path(node: CategoryNode, nodes: Mapping[int, CategoryNode]) -> str:
    """``node`` with those above it, as products.category_path has it: that of everything below begins so."""
    above = nodes.get(node.parent_id or 0)
    return f"{category_path(above, nodes)} {node.name} ›" if above is not None else f"{node.name} ›"


def category_tree(session: Session) -> tuple[CategoryNode, ...]:
    """All categories, siblings in their order; a parent may come after its children."""
    count = (
        select(func.count())
        .select_from(Product)
        .where(Product.category_id == Category.id, Product.deleted_at.is_(None))
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Category.id,
            Category.name,
            Category.parent_id,
            Category.position,
            Category.version,
            count.label("n"),
        )
        .where(Category.deleted_at.is_(None))
        .order_by(Category.position, Category.name, Category.id)
    )
    return tuple(
        CategoryNode(row.id, row.name, row.parent_id, row.position, row.version, row.n) for row in rows
    )


def price_levels(session: Session) -> tuple[NamedRow, ...]:
    """The office's price levels in their order."""
    rows = session.execute(
        select(PriceLevel.id, PriceLevel.name)
        .where(PriceLevel.deleted_at.is_(None))
        .order_by(PriceLevel.position, PriceLevel.id)
    )
    return tuple(NamedRow(row.id, row.name) for row in rows)


def warehouses(session: Session) -> tuple[NamedRow, ...]:
    """Active warehouses."""
    rows = session.execute(
        select(Warehouse.id, Warehouse.name)
        .where(Warehouse.deleted_at.is_(None), Warehouse.active)
        .order_by(Warehouse.id)
    )
    return tuple(NamedRow(row.id, row.name) for row in rows)
