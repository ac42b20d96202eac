"""Price levels, their prices and the price history (PRD-05)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import FromClause, func, literal, select

from models.organisation import Branch
from models.products import LevelPrice, PriceChange, PriceLevel, Product, Repricing
from services.data_classes import everything, new_this_month
from services.entity import Column, DataClass, Entity, Field, Kind, SearchThrough
from services.language import mark

CHANGE_KINDS: Final = {
    "level": mark("Price of a level"),
    "list": mark("List price"),
    "lowest": mark("Lowest price"),
}

_price = LevelPrice.__table__.c
_change = PriceChange.__table__.c
_goods = Product.__table__.alias("priced_goods")
_level = PriceLevel.__table__.alias("price_of_level")
_branch = Branch.__table__.alias("price_of_branch")
_repricing = Repricing.__table__.alias("price_repricing")
_by_product = Product.__table__.c


def _goods_columns() -> tuple[Column, ...]:
    return (
        Column("product_number", mark("Product number"), _goods.c.number, width=110),
        Column(
            "product",
            mark("Product"),
            _goods.c.name,
            width=220,
            sort=_goods.c.sort_name,
            opens="products.product",
            opens_id=_goods.c.id,
        ),
        Column("model", mark("Model"), _goods.c.model, width=120),
    )


def _place_columns(unit: Column) -> tuple[Column, ...]:
    return (
        Column("level", mark("Price level"), _level.c.name, width=110),
        Column("branch", mark("Branch"), func.coalesce(_branch.c.short_name, _branch.c.name), width=110),
        unit,
    )


def _prices() -> FromClause:
    return (
        LevelPrice.__table__.outerjoin(_goods, _goods.c.id == _price.product_id)
        .outerjoin(_level, _level.c.id == _price.level_id)
        .outerjoin(_branch, _branch.c.id == _price.branch_id)
    )


_named = PriceLevel.__table__.c

PRICE_LEVEL: Final = Entity(
    key="products.price_level",
    title=mark("Price level"),
    plural=mark("Price levels"),
    icon="tag",
    model=PriceLevel,
    label=_named.name,
    columns=(
        Column("name", mark("Price level"), _named.name, width=180, opens="products.price_level"),
        Column("position", mark("Place in order"), _named.position, Kind.INTEGER, width=80),
        Column(
            "prices",
            mark("Products with a price"),
            select(func.count())
            .select_from(LevelPrice)
            .where(LevelPrice.level_id == _named.id)
            .scalar_subquery(),
            Kind.INTEGER,
            width=150,
            sortable=False,
        ),
    ),
    fields=(
        Field(
            "name", mark("Price level"), required=True, length=40, aliases=("价格级别", "价格名称", "名称")
        ),
        Field("position", mark("Place in order"), Kind.INTEGER, default=lambda: 0, aliases=("排序", "顺序")),
    ),
    classes=(everything(mark("All price levels")),),
    order=("position", "name"),
    searchable=False,
    importable=True,
    unique=("name",),
)

LEVEL_PRICE: Final = Entity(
    key="products.level_price",
    title=mark("Price"),
    plural=mark("Prices"),
    icon="coins",
    model=LevelPrice,
    label=func.concat_ws(" ", _goods.c.name, _goods.c.model, _level.c.name),
    source=_prices,
    columns=(
        *_goods_columns(),
        *_place_columns(Column("unit", mark("Per"), func.coalesce(_price.unit, _goods.c.unit), width=70)),
        Column("price", mark("Price with tax"), _price.price, Kind.PRICE, width=100),
        Column("list_price", mark("List price"), _goods.c.list_price, Kind.PRICE, width=100),
        Column("lowest_price", mark("Lowest price"), _goods.c.lowest_price, Kind.PRICE, width=100),
        Column("changed_at", mark("Changed on"), _price.changed_at, Kind.TIME, width=135),
    ),
    fields=(),
    classes=(
        DataClass("all", mark("All prices"), lambda _context: literal(True)),
        DataClass("branch", mark("Of one branch"), lambda _context: _price.branch_id.is_not(None)),
        DataClass("pack", mark("Per pack unit"), lambda _context: _price.unit.is_not(None)),
        DataClass(
            "low", mark("Below the lowest price"), lambda _context: _price.price < _goods.c.lowest_price
        ),
        new_this_month(_price.changed_at),
    ),
    order=("product", "level"),
    searchable=False,
    search_through=(SearchThrough(_price.product_id, _by_product.id, _by_product.search),),
    create_by_form=False,
    comes_from=mark("Prices of a level are set on the page of the product."),
)


def _changes() -> FromClause:
    return (
        PriceChange.__table__.outerjoin(_goods, _goods.c.id == _change.product_id)
        .outerjoin(_level, _level.c.id == _change.level_id)
        .outerjoin(_branch, _branch.c.id == _change.branch_id)
        .outerjoin(_repricing, _repricing.c.id == _change.repricing_id)
    )


PRICE_CHANGE: Final = Entity(
    key="products.price_change",
    title=mark("Change of a price"),
    plural=mark("Price history"),
    icon="history",
    model=PriceChange,
    label=func.concat_ws(" ", _goods.c.name, _goods.c.model),
    source=_changes,
    columns=(
        Column("at", mark("Time"), _change.at, Kind.TIME, width=135),
        Column("user", mark("By whom"), _change.user_id, Kind.USER, width=90),
        *_goods_columns(),
        Column("kind", mark("Kind of price"), _change.kind, Kind.STATE, width=100, labels=CHANGE_KINDS),
        *_place_columns(Column("unit", mark("Per"), func.coalesce(_change.unit, _goods.c.unit), width=70)),
        Column("old", mark("Old price"), _change.old, Kind.PRICE, width=96),
        Column("new", mark("New price"), _change.new, Kind.PRICE, width=96),
        Column("difference", mark("Difference"), _change.new - _change.old, Kind.PRICE, width=90),
        Column("rule", mark("By the formula"), _repricing.c.rule, width=160),
        Column("undone_at", mark("Undone at"), _repricing.c.undone_at, Kind.TIME, width=135, shown=False),
        Column(
            "repricing", mark("Number of the change"), _change.repricing_id, Kind.INTEGER, 90, shown=False
        ),
    ),
    fields=(),
    classes=(
        DataClass("all", mark("All changes"), lambda _context: literal(True)),
        DataClass("today", mark("Today"), lambda _context: _change.at >= func.current_date()),
        DataClass("mine", mark("By me"), lambda context: _change.user_id == context.user_id),
        DataClass("formula", mark("By a formula"), lambda _context: _change.repricing_id.is_not(None)),
        DataClass("raised", mark("Raised"), lambda _context: _change.new > _change.old),
        DataClass("lowered", mark("Lowered"), lambda _context: _change.new < _change.old),
    ),
    order=("-at", "-id"),
    searchable=False,
    search_through=(SearchThrough(_change.product_id, _by_product.id, _by_product.search),),
    create_by_form=False,
    comes_from=mark("Every change of a price stands here by itself."),
)
