"""What lists and exports of products show, and the tables it comes from (PRD-01, PRD-03)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Text, func, select

from models.customers import Customer
from models.permissions import Permission
from models.products import Category, Cost, Product
from models.stock import Balance
from services.entity import Column, Kind
from services.language import mark

PRODUCT_STATES: Final = {"active": mark("In use"), "discontinued": mark("Discontinued")}

_product = Product.__table__.c
_category = Category.__table__.alias("product_category")
cost = Cost.__table__.alias("product_cost")
_supplier = Customer.__table__.alias("product_supplier")
# grouped, so that paths are worked out once for each category, not for each product, and not at all where nobody asks
_path = (
    select(
        Category.__table__.c.id,
        func.products.category_path(Category.__table__.c.id, type_=Text).label("path"),
    )
    .group_by(Category.__table__.c.id)
    .subquery("product_category_path")
)


def stock_of(column: Any) -> ColumnElement[Decimal]:
    """The sum of ``column`` over the warehouses whose stock the user may see; NULL where he sees none."""
    return select(func.sum(column)).where(Balance.product_id == _product.id).scalar_subquery()


def product_source() -> FromClause:
    """The product with its cost, category and supplier."""
    # The cost lies behind its own policy: for those without the right the outer join finds no row.
    return (
        Product.__table__.outerjoin(_category, _category.c.id == _product.category_id)
        .outerjoin(_path, _path.c.id == _product.category_id)
        .outerjoin(cost, cost.c.id == _product.id)
        .outerjoin(_supplier, _supplier.c.id == _product.supplier_id)
    )


PRODUCT_COLUMNS: Final = (
    Column("number", mark("Product number"), _product.number, width=110),
    Column(
        "name",
        mark("Product name"),
        _product.name,
        width=220,
        sort=_product.sort_name,
        opens="products.product",
    ),
    Column("model", mark("Model"), _product.model, width=120),
    Column("specification", mark("Specification"), _product.specification, width=140),
    Column("category", mark("Category"), _category.c.name, width=110),
    Column(
        "category_path",
        mark("Category with those above it"),
        _path.c.path,
        width=200,
        shown=False,
    ),
    Column("brand", mark("Brand"), _product.brand, width=90),
    Column("unit", mark("Unit"), _product.unit, width=56),
    Column("list_price", mark("List price"), _product.list_price, Kind.PRICE, width=96),
    Column("lowest_price", mark("Lowest price"), _product.lowest_price, Kind.PRICE, width=96),
    Column(
        "cost_price",
        mark("Cost price"),
        cost.c.cost_price,
        Kind.PRICE,
        width=96,
        right=Permission.PRODUCTS_SEE_COST,
    ),
    Column(
        "last_purchase",
        mark("Last purchase price"),
        cost.c.last_purchase,
        Kind.PRICE,
        width=110,
        right=Permission.PRODUCTS_SEE_COST,
        shown=False,
    ),
    Column(
        "stock",
        mark("Stock"),
        stock_of(Balance.on_hand),
        Kind.QUANTITY,
        width=90,
        right=Permission.STOCK_BALANCE_VIEW,
    ),
    Column(
        "free",
        mark("Free stock"),
        stock_of(Balance.on_hand - Balance.reserved),
        Kind.QUANTITY,
        width=90,
        right=Permission.STOCK_BALANCE_VIEW,
    ),
    Column("lower_limit", mark("Lower limit"), _product.lower_limit, Kind.QUANTITY, width=80, shown=False),
    Column("upper_limit", mark("Upper limit"), _product.upper_limit, Kind.QUANTITY, width=80, shown=False),
    Column("tax_rate", mark("Tax rate %"), _product.tax_rate, Kind.PERCENT, width=70),
    Column("bar_code", mark("Bar code"), _product.bar_code, width=130),
    Column("further_codes", mark("Further bar codes"), _product.further_codes, width=150, shown=False),
    Column("pack_unit", mark("Pack unit"), _product.pack_unit, width=72, shown=False),
    Column("pack_factor", mark("Units per pack"), _product.pack_factor, Kind.QUANTITY, width=96, shown=False),
    Column("stocked", mark("Stocked"), _product.stocked, Kind.YES_NO, width=72, shown=False),
    Column("weight", mark("Weight (kg)"), _product.weight, Kind.QUANTITY, width=80, shown=False),
    Column(
        "supplier",
        mark("Supplier"),
        _supplier.c.name,
        width=200,
        opens="customers.customer",
        opens_id=_supplier.c.id,
        shown=False,
    ),
    Column("state", mark("State"), _product.state, Kind.STATE, width=80, labels=PRODUCT_STATES),
    Column("description", mark("Description"), _product.description, Kind.LONG_TEXT, width=240, shown=False),
    Column("remark", mark("Remark"), _product.remark, Kind.LONG_TEXT, width=200, shown=False),
    Column("created_at", mark("Created on"), _product.created_at, Kind.TIME, width=130, shown=False),
    Column("changed_at", mark("Changed on"), _product.changed_at, Kind.TIME, width=130, shown=False),
)
