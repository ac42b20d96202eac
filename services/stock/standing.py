"""The stock list (STK-06): per warehouse or in total over them, now or as it was at the end of a past day.

Each is an ``Entity`` over the same columns, so that the ordinary list mechanism searches, sorts, pages, totals,
exports and prints it. A past day is what lies there now less what the journal moved since: exact, because nothing
but the journal changes a balance. Cost: the balances asked for, and for a past day the journal since then once.
"""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Numeric,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
)

from models.organisation import Branch
from models.permissions import Permission
from models.products import Category, Product
from models.stock import Balance, Cost, Ledger, LedgerCost, Warehouse
from services.branch_column import of_branch
from services.clock import CHINA
from services.entity import Column, DataClass, Entity, Kind, SearchThrough
from services.language import mark

_B = Balance.__table__.c
_by_product = Product.__table__.c


def end_of(day: datetime.date) -> datetime.datetime:
    """The first moment after ``day`` in the company's time."""
    return datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), CHINA)


def goods_columns(goods: Any) -> tuple[Column, ...]:
    """Number, name, model and unit of the product that the alias ``goods`` of products.product is joined for."""
    return (
        Column("product_number", mark("Product number"), goods.c.number, width=120),
        Column(
            "product",
            mark("Product"),
            goods.c.name,
            width=200,
            sort=goods.c.sort_name,
            opens="products.product",
            opens_id=goods.c.id,
        ),
        Column("model", mark("Model"), goods.c.model, width=120),
        Column("unit", mark("Unit"), goods.c.unit, width=60),
    )


def _since(day: datetime.date) -> Any:
    """What the journal moved after ``day``, per warehouse and product."""
    return (
        select(
            Ledger.warehouse_id,
            Ledger.product_id,
            func.sum(Ledger.delta).label("moved"),
            func.sum(LedgerCost.value).label("worth"),
        )
        .outerjoin(LedgerCost, LedgerCost.id == Ledger.id)
        .where(Ledger.at >= end_of(day))
        .group_by(Ledger.warehouse_id, Ledger.product_id)
        .subquery("since")
    )


def _rows(day: datetime.date | None) -> tuple[FromClause, dict[str, ColumnElement[Any]]]:
    """Balances with their cost, and the figures of one row; for a past day nothing is reserved or to come."""
    # the cost lies behind its own policy: for those without the right the outer join finds no row
    cost = Cost.__table__.alias("stock_cost")
    source = Balance.__table__.outerjoin(cost, cost.c.id == _B.id)
    if day is None:
        return source, {
            "on_hand": _B.on_hand,
            "reserved": _B.reserved,
            "free": _B.on_hand - _B.reserved,
            "to_come": _B.to_come,
            "value": cost.c.value,
            "average": cost.c.average,
            "cleared": _B.cleared,
        }
    since = _since(day)
    source = source.outerjoin(
        since, and_(since.c.warehouse_id == _B.warehouse_id, since.c.product_id == _B.product_id)
    )
    on_hand = _B.on_hand - func.coalesce(since.c.moved, 0)
    value = cost.c.value - func.coalesce(since.c.worth, 0)
    unknown = cast(null(), Numeric)
    return source, {
        "on_hand": on_hand,
        "reserved": unknown,
        "free": unknown,
        "to_come": unknown,
        "value": value,
        "average": _average(value, on_hand),
        "cleared": on_hand == 0,
    }


def _average(value: ColumnElement[Any], on_hand: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((on_hand != 0, value / func.nullif(on_hand, 0)))


def _columns(
    goods: Any, category: Any, place: tuple[Column, ...], figures: dict[str, ColumnElement[Any]]
) -> tuple[Column, ...]:
    cost = Permission.PRODUCTS_SEE_COST
    return (
        *goods_columns(goods),
        *place,
        Column("on_hand", mark("On hand"), figures["on_hand"], Kind.QUANTITY, 100, total=True),
        Column("reserved", mark("Reserved"), figures["reserved"], Kind.QUANTITY, 90, total=True),
        Column("free", mark("Free"), figures["free"], Kind.QUANTITY, 100, total=True),
        Column("to_come", mark("To come"), figures["to_come"], Kind.QUANTITY, 90, total=True),
        Column("average", mark("Average cost"), figures["average"], Kind.PRICE, 100, right=cost),
        Column("value", mark("Stock value"), figures["value"], Kind.AMOUNT, 120, total=True, right=cost),
        Column("lower_limit", mark("Lower limit"), goods.c.lower_limit, Kind.QUANTITY, 90),
        Column("upper_limit", mark("Upper limit"), goods.c.upper_limit, Kind.QUANTITY, 90),
        Column("category", mark("Category"), category.c.name, width=120, shown=False),
        Column("specification", mark("Specification"), goods.c.specification, width=120, shown=False),
        Column("bar_code", mark("Bar code"), goods.c.bar_code, width=120, shown=False),
    )


def _classes(goods: Any, figures: dict[str, ColumnElement[Any]]) -> tuple[DataClass, ...]:
    on_hand, reserved, to_come = figures["on_hand"], figures["reserved"], figures["to_come"]
    return (
        DataClass("current", mark("Without cleared rows"), lambda _context: ~figures["cleared"]),
        DataClass("there", mark("Without zero rows"), lambda _context: on_hand != 0),
        DataClass("all", mark("All"), lambda _context: literal(True)),
        DataClass("reserved", mark("Reserved"), lambda _context: reserved > 0),
        DataClass("short", mark("Less than reserved"), lambda _context: on_hand < reserved),
        DataClass("to_come", mark("To come"), lambda _context: to_come > 0),
        DataClass("low", mark("Below lower limit"), lambda _context: on_hand < goods.c.lower_limit),
        DataClass("high", mark("Above upper limit"), lambda _context: on_hand > goods.c.upper_limit),
        DataClass("negative", mark("Below zero"), lambda _context: on_hand < 0),
    )


def stock_per_warehouse(day: datetime.date | None = None) -> Entity:
    """A row for every product in every warehouse; ``day`` for the end of a past one."""
    goods = Product.__table__.alias("goods")
    category = Category.__table__.alias("goods_category")
    place = Warehouse.__table__.alias("place")
    branch = Branch.__table__.alias("place_branch")
    rows, figures = _rows(day)

    def source() -> FromClause:
        return (
            rows.outerjoin(goods, goods.c.id == _B.product_id)
            .outerjoin(category, category.c.id == goods.c.category_id)
            .outerjoin(place, place.c.id == _B.warehouse_id)
            .outerjoin(branch, branch.c.id == place.c.branch_id)
        )

    return Entity(
        key="stock.balance",
        title=mark("Stock"),
        plural=mark("Stock list"),
        icon="boxes",
        model=Balance,
        label=func.concat_ws(" ", goods.c.name, goods.c.model),
        source=source,
        columns=_columns(
            goods,
            category,
            (
                Column(
                    "warehouse",
                    mark("Warehouse"),
                    place.c.name,
                    width=120,
                    opens="stock.warehouse",
                    opens_id=_B.warehouse_id,
                ),
                Column("bin", mark("Bin"), _B.bin, width=80),
                of_branch(branch, place.c.branch_id),
            ),
            figures,
        ),
        fields=(),
        classes=_classes(goods, figures),
        order=("product",),
        searchable=False,
        search_through=(SearchThrough(_B.product_id, _by_product.id, _by_product.search),),
        create_by_form=False,
        comes_from=mark("Enter products first, then what lies in the warehouse as a stock receipt."),
    )


def stock_in_total(day: datetime.date | None = None) -> Entity:
    """A row for every product, over all warehouses that the user may see; ``day`` for the end of a past one."""
    goods: Any = Product.__table__
    category = Category.__table__.alias("goods_category")
    place = Warehouse.__table__.alias("place")
    rows, each = _rows(day)
    summed = {
        key: func.sum(each[key]).label(key) for key in ("on_hand", "reserved", "free", "to_come", "value")
    }
    held = (
        select(
            _B.product_id,
            *summed.values(),
            func.bool_and(each["cleared"]).label("cleared"),
            func.string_agg(case((each["on_hand"] != 0, place.c.name)), cast("、", String)).label("places"),
            func.string_agg(_B.bin, cast("、", String)).label("bins"),
        )
        .select_from(rows.outerjoin(place, place.c.id == _B.warehouse_id))
        .group_by(_B.product_id)
        .subquery("held")
    )
    figures: dict[str, ColumnElement[Any]] = {
        key: held.c[key]
        if key == "value" or (day is not None and key != "on_hand")
        else func.coalesce(held.c[key], 0)
        for key in summed
    }
    figures["average"] = _average(held.c.value, held.c.on_hand)
    # products of which nothing ever lay anywhere are in the class of all alone
    figures["cleared"] = func.coalesce(held.c.cleared, true())

    def source() -> FromClause:
        found: FromClause = goods.outerjoin(held, held.c.product_id == goods.c.id).outerjoin(
            category, category.c.id == goods.c.category_id
        )
        return found

    return Entity(
        key="stock.balance",
        title=mark("Stock"),
        plural=mark("Stock list"),
        icon="boxes",
        model=Product,
        label=func.concat_ws(" ", goods.c.name, goods.c.model),
        source=source,
        columns=_columns(
            goods,
            category,
            (
                Column("warehouse", mark("Warehouse"), held.c.places, width=120),
                Column("bin", mark("Bin"), held.c.bins, width=80),
            ),
            figures,
        ),
        fields=(),
        classes=_classes(goods, figures),
        order=("product",),
        searchable=True,
        create_by_form=False,
        comes_from=mark("Enter products first, then what lies in the warehouse as a stock receipt."),
    )
