"""Sales orders as an entity (SAL-04, SAL-08)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, FromClause, and_, case, func, literal

from models.customers import Contact
from models.organisation import Branch
from models.permissions import Permission
from models.products import PriceLevel
from models.sales import Order
from models.stock import Warehouse
from services.branch_column import of_branch
from services.data_classes import below, mine, shared
from services.entity import Action, Along, Column, Context, DataClass, Entity, Field, Kind
from services.language import mark

ORDER_STATES: Final = {"draft": mark("Draft"), "confirmed": mark("Confirmed"), "reversed": mark("Reversed")}
DELIVERY_STATES: Final = {
    "nothing": mark("Nothing to ship"),
    "open": mark("Not shipped"),
    "partly": mark("Partly shipped"),
    "done": mark("Shipped"),
}
PAYMENT_STATES: Final = {
    "nothing": mark("Nothing to pay"),
    "open": mark("Unpaid"),
    "partly": mark("Partly paid"),
    "done": mark("Paid"),
}

ROUNDINGS: Final = {
    "none": mark("No rounding"),
    "drop_cents": mark("Drop below ¥0.1"),
    "drop_tenths": mark("Drop below ¥1"),
    "drop_yuan": mark("Drop below ¥10"),
    "to_tenth": mark("Round to ¥0.1"),
    "to_yuan": mark("Round to ¥1"),
    "to_ten": mark("Round to ¥10"),
}
"""How an order's total is rounded (抹零): titles."""
ROUNDING_TERMS: Final = {
    "none": (Decimal("0.01"), False),
    "drop_cents": (Decimal("0.1"), True),
    "drop_tenths": (Decimal(1), True),
    "drop_yuan": (Decimal(10), True),
    "to_tenth": (Decimal("0.1"), False),
    "to_yuan": (Decimal(1), False),
    "to_ten": (Decimal(10), False),
}
"""Unit of the total, and whether what is below it is dropped."""

_order = Order.__table__.c
_contact = Contact.__table__.alias("order_contact")
_warehouse = Warehouse.__table__.alias("order_warehouse")
_level = PriceLevel.__table__.alias("order_price_level")
_branch = Branch.__table__.alias("order_branch")


def delivery_state() -> ColumnElement[str]:
    """How much of an order left: a key of DELIVERY_STATES, derived from its lines and stock issues (SAL-08)."""
    return case(
        (_order.quantity == 0, "nothing"),
        (_order.open_quantity <= 0, "done"),
        (_order.open_quantity < _order.quantity, "partly"),
        else_="open",
    )


def payment_state() -> ColumnElement[str]:
    """How much of an order is paid: a key of PAYMENT_STATES, derived from its payments (SAL-08)."""
    return case(
        (_order.gross <= 0, "nothing"),
        (_order.received >= _order.gross, "done"),
        (_order.received > 0, "partly"),
        else_="open",
    )


def _source() -> FromClause:
    return (
        Order.__table__.outerjoin(_contact, _contact.c.id == _order.contact_id)
        .outerjoin(_warehouse, _warehouse.c.id == _order.warehouse_id)
        .outerjoin(_level, _level.c.id == _order.price_level_id)
        .outerjoin(_branch, _branch.c.id == _order.branch_id)
    )


def _unpaid(_context: Context) -> ColumnElement[bool]:
    return and_(_order.state == "confirmed", _order.received < _order.gross)


def _overdue(context: Context) -> ColumnElement[bool]:
    return and_(_unpaid(context), _order.due_on < func.current_date())


def _since(unit: str) -> ColumnElement[bool]:
    return and_(_order.state != "reversed", _order.date >= func.date_trunc(unit, func.current_date()))


_HEAD = mark("Order")
_DELIVERY = mark("Delivery")

ORDER: Final = Entity(
    key="sales.order",
    title=mark("Order"),
    plural=mark("Orders"),
    icon="clipboard-list",
    model=Order,
    custom=True,
    label=func.concat_ws(" ", _order.number, _order.customer_name),
    along=(Along("customers.customer", ("open", "all"), "open"),),
    lines="sales.order_line",
    detail=func.concat_ws(" · ", _order.date.cast(Order.number.type), _order.subject),
    source=_source,
    sought=(
        mark("Customer"),
        mark("Order number"),
        mark("Subject"),
    ),
    columns=(
        Column("number", mark("Order number"), _order.number, width=150, opens="sales.order"),
        Column("state", mark("State"), _order.state, Kind.STATE, width=80, labels=ORDER_STATES),
        Column("date", mark("Date"), _order.date, Kind.DATE, width=92),
        Column(
            "customer",
            mark("Customer"),
            _order.customer_name,
            width=240,
            sort=_order.sort_name,
            opens="customers.customer",
            opens_id=_order.customer_id,
        ),
        Column("subject", mark("Subject"), _order.subject, width=180),
        Column("gross", mark("Amount"), _order.gross, Kind.AMOUNT, width=110, total=True),
        Column("received", mark("Received"), _order.received, Kind.AMOUNT, width=110, total=True),
        Column(
            "unpaid",
            mark("Unpaid amount"),
            case((_order.state == "confirmed", _order.gross - _order.received), else_=literal(0)),
            Kind.AMOUNT,
            width=110,
            total=True,
        ),
        Column(
            "delivery_state",
            mark("Delivery"),
            delivery_state(),
            Kind.STATE,
            width=90,
            sortable=False,
            labels=DELIVERY_STATES,
        ),
        Column(
            "payment_state",
            mark("Payment"),
            payment_state(),
            Kind.STATE,
            width=90,
            sortable=False,
            labels=PAYMENT_STATES,
        ),
        Column("owner", mark("Owner"), _order.owner_id, Kind.USER, width=90),
        Column("required_on", mark("Required on"), _order.required_on, Kind.DATE, width=92),
        Column("due_on", mark("Due on"), _order.due_on, Kind.DATE, width=92, shown=False),
        of_branch(_branch, _order.branch_id),
        Column("contact", mark("Contact"), _contact.c.name, width=90, shown=False),
        Column(
            "payment_method",
            mark("Payment method"),
            _order.payment_method,
            Kind.CHOICE,
            width=100,
            dictionary="payment_method",
            shown=False,
        ),
        Column("warehouse", mark("Warehouse"), _warehouse.c.name, width=110, shown=False),
        Column("price_level", mark("Price level"), _level.c.name, width=90, shown=False),
        Column(
            "quantity", mark("Quantity"), _order.quantity, Kind.QUANTITY, width=90, total=True, shown=False
        ),
        Column(
            "open_quantity",
            mark("Still open"),
            _order.open_quantity,
            Kind.QUANTITY,
            width=90,
            total=True,
            shown=False,
        ),
        Column(
            "issued_amount", mark("Amount shipped"), _order.issued_amount, Kind.AMOUNT, width=110, shown=False
        ),
        Column("discount", mark("Deduction"), _order.discount, Kind.AMOUNT, width=90, shown=False),
        Column(
            "discount_rate",
            mark("Discount on the whole"),
            _order.discount_rate,
            Kind.PERCENT,
            width=90,
            shown=False,
        ),
        Column("rounding", mark("Rounding"), _order.rounding, Kind.AMOUNT, width=80, shown=False),
        Column("freight", mark("Freight"), _order.freight, Kind.AMOUNT, width=90, shown=False),
        Column("tax", mark("Tax"), _order.tax, Kind.AMOUNT, width=90, total=True, shown=False),
        Column("consignee", mark("Consignee"), _order.consignee, width=90, shown=False),
        Column("delivery_address", mark("Delivery address"), _order.delivery_address, width=220, shown=False),
        Column("remark", mark("Remark"), _order.remark, Kind.LONG_TEXT, width=200, shown=False),
        Column("print_count", mark("Times printed"), _order.print_count, Kind.INTEGER, 80, shown=False),
        Column("created_by", mark("Created by"), _order.created_by, Kind.USER, width=90, shown=False),
        Column("created_at", mark("Created on"), _order.created_at, Kind.TIME, width=130, shown=False),
    ),
    fields=(
        Field(
            "customer_id",
            mark("Customer"),
            Kind.REFERENCE,
            group=_HEAD,
            required=True,
            reference="customers.customer",
        ),
        Field("contact_id", mark("Contact"), Kind.REFERENCE, group=_HEAD, reference="customers.contact"),
        Field("subject", mark("Subject"), group=_HEAD, length=200),
        Field("date", mark("Date"), Kind.DATE, group=_HEAD),
        Field("required_on", mark("Required on"), Kind.DATE, group=_HEAD),
        Field(
            "payment_method",
            mark("Payment method"),
            Kind.CHOICE,
            group=_HEAD,
            dictionary="payment_method",
        ),
        Field(
            "price_level_id",
            mark("Price level"),
            Kind.REFERENCE,
            group=_HEAD,
            reference="products.price_level",
        ),
        Field(
            "warehouse_id", mark("Warehouse"), Kind.REFERENCE, group=_DELIVERY, reference="stock.warehouse"
        ),
        Field("consignee", mark("Consignee"), group=_DELIVERY, length=80),
        Field("consignee_phone", mark("Consignee's phone"), Kind.PHONE, group=_DELIVERY, length=40),
        Field("delivery_address", mark("Delivery address"), group=_DELIVERY, length=300, wide=True),
        Field("remark", mark("Remark"), Kind.LONG_TEXT, group=_HEAD, wide=True),
    ),
    classes=(
        DataClass("all", mark("All orders"), lambda _context: literal(True)),
        DataClass("drafts", mark("Drafts"), lambda _context: _order.state == "draft"),
        DataClass(
            "to_ship",
            mark("To ship"),
            lambda _context: and_(_order.state == "confirmed", _order.open_quantity > 0),
        ),
        DataClass("unpaid", mark("Not fully paid"), _unpaid),
        DataClass("overdue", mark("Overdue"), _overdue),
        DataClass("month", mark("This month"), lambda _context: _since("month")),
        DataClass("year", mark("This year"), lambda _context: _since("year")),
        mine(_order.owner_id),
        below(_order.owner_id),
        shared("sales.order", _order.id),
    ),
    actions=(
        Action(
            "confirm",
            mark("Confirm"),
            Permission.SALES_ORDER_CONFIRM,
            states=frozenset({"draft"}),
            shortcut="F9",
            icon="circle-check",
        ),
        Action(
            "dispatch",
            mark("Dispatch notice"),
            Permission.DELIVERY_DISPATCH_CREATE,
            states=frozenset({"confirmed"}),
            icon="megaphone",
        ),
        Action(
            "issue",
            mark("Stock issue"),
            Permission.STOCK_ISSUE_CREATE,
            states=frozenset({"confirmed"}),
            icon="boxes",
        ),
        Action(
            "payment",
            mark("Payment"),
            Permission.FINANCE_PAYMENT_POST,
            states=frozenset({"confirmed"}),
            icon="wallet",
        ),
        Action(
            "note",
            mark("Delivery note"),
            Permission.DELIVERY_NOTE_CREATE,
            states=frozenset({"confirmed"}),
            icon="truck",
        ),
        Action(
            "request",
            mark("Purchase request"),
            Permission.PURCHASING_REQUEST_CREATE,
            states=frozenset({"confirmed"}),
            icon="shopping-cart",
        ),
        Action("print", mark("Print"), Permission.SALES_ORDER_PRINT, shortcut="Ctrl+P", icon="printer"),
    ),
    order=("-date", "-id"),
)

ALL: tuple[Entity, ...] = (ORDER,)
