"""Purchase requests as lists and forms show them (DLV-02)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, FromClause, and_, case, func, null

from models.organisation import Branch
from models.permissions import Permission
from models.products import Product
from models.purchasing import Request
from models.sales import Order
from models.stock import Warehouse
from services.branch_column import of_branch
from services.data_classes import below, everything, mine
from services.entity import Action, Along, Column, DataClass, Entity, Field, Kind
from services.language import mark

REQUEST_STATES: Final = {
    "open": mark("To be ordered"),
    "ordered": mark("Order placed"),
    "closed": mark("Closed"),
}

_R = Request.__table__.c
_product = Product.__table__.alias("request_product")
_warehouse = Warehouse.__table__.alias("request_warehouse")
_order = Order.__table__.alias("request_order")
_branch = Branch.__table__.alias("request_branch")


def _source() -> FromClause:
    return (
        Request.__table__.outerjoin(_product, _product.c.id == _R.product_id)
        .outerjoin(_warehouse, _warehouse.c.id == _R.warehouse_id)
        .outerjoin(_order, _order.c.id == _R.order_id)
        .outerjoin(_branch, _branch.c.id == _R.branch_id)
    )


def _packs() -> ColumnElement[str]:
    """The quantity in the pack that its order line was taken in: 2.5箱."""
    count = func.trim_scale(func.round(_R.quantity / _R.pack_factor, 2))
    return case((_R.pack_factor.is_not(None), func.concat(count, _R.pack_unit)), else_=null())


def _in_state(state: str) -> DataClass:
    return DataClass(state, REQUEST_STATES[state], lambda _context: _R.state == state)


REQUEST: Final = Entity(
    key="purchasing.request",
    title=mark("Purchase request"),
    plural=mark("Purchase requests"),
    icon="shopping-cart",
    model=Request,
    label=func.concat_ws(" ", _R.number, _R.product_name),
    along=(Along("sales.order", ("open", "all"), "open"),),
    detail=_R.order_number,
    source=_source,
    sought=(
        mark("Product"),
        mark("Request number"),
        mark("Order number"),
    ),
    columns=(
        Column("number", mark("Request number"), _R.number, width=150, opens="purchasing.request"),
        Column("state", mark("State"), _R.state, Kind.STATE, 100, labels=REQUEST_STATES),
        Column(
            "product",
            mark("Product"),
            _R.product_name,
            width=220,
            sort=_R.sort_name,
            opens="products.product",
            opens_id=_R.product_id,
        ),
        Column("quantity", mark("Quantity"), _R.quantity, Kind.QUANTITY, 90),
        Column("unit", mark("Unit"), _R.unit, width=60),
        Column("packs", mark("In packs"), _packs(), width=90, sortable=False),
        Column("wanted_on", mark("Wanted on"), _R.wanted_on, Kind.DATE, 100),
        Column(
            "order",
            mark("For order"),
            _R.order_number,
            width=150,
            opens="sales.order",
            opens_id=_R.order_id,
        ),
        Column("customer", mark("Customer"), _order.c.customer_name, width=200),
        Column("warehouse", mark("Warehouse"), _warehouse.c.name, width=120),
        Column("date", mark("Date"), _R.date, Kind.DATE, 100),
        Column("remark", mark("Remark"), _R.remark, width=180),
        Column("owner", mark("Asked by"), _R.owner_id, Kind.USER, 90),
        of_branch(_branch, _R.branch_id),
    ),
    fields=(
        Field(
            "product_id",
            mark("Product"),
            Kind.REFERENCE,
            required=True,
            reference="products.product",
        ),
        Field("quantity", mark("Quantity"), Kind.QUANTITY, required=True),
        Field("wanted_on", mark("Wanted on"), Kind.DATE),
        Field("warehouse_id", mark("Warehouse"), Kind.REFERENCE, reference="stock.warehouse"),
        Field("remark", mark("Remark"), Kind.LONG_TEXT, length=2000, wide=True),
    ),
    classes=(
        _in_state("open"),
        everything(),
        _in_state("ordered"),
        _in_state("closed"),
        DataClass(
            "late",
            mark("Late"),
            lambda _context: and_(_R.state != "closed", _R.wanted_on < func.current_date()),
        ),
        mine(_R.owner_id),
        below(_R.owner_id),
    ),
    actions=(
        Action(
            "order",
            mark("Order placed"),
            Permission.PURCHASING_REQUEST_STEP,
            frozenset({"open"}),
            "F9",
            "check",
        ),
        Action(
            "close",
            mark("Close"),
            Permission.PURCHASING_REQUEST_STEP,
            frozenset({"open", "ordered"}),
            icon="circle-check",
        ),
        Action(
            "reopen",
            mark("Open again"),
            Permission.PURCHASING_REQUEST_STEP,
            frozenset({"ordered", "closed"}),
            icon="undo-2",
        ),
    ),
    order=("wanted_on", "id"),
)

ALL: tuple[Entity, ...] = (REQUEST,)
