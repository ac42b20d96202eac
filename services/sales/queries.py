"""What the order's screen asks: the order, its customer's terms, and prices, stock and history of a product.

Functions take a read session and return frozen rows, so that a task may hand them to a screen.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.customers import Balance as CustomerBalance
from models.customers import Contact, Customer
from models.finance import Account
from models.sales import Order, OrderLine
from models.stock import Warehouse
from services.custom_fields import own_values
from services.errors import NotAvailable
from services.language import mark
from services.organisation.sender import Sender, sender_of
from services.products.packs import PackUnit, pack_of
from services.products.queries import (
    LevelPriceRow,
    NamedRow,
    ProductCost,
    ProductHit,
    WarehouseStock,
    cost_of,
    level_prices,
    price_levels,
    products_by_id,
    stock_by_warehouse,
    warehouses,
)
from services.sales.entities import delivery_state, payment_state
from services.sales.related import RelatedDocument, related_documents

HEAD_FIELDS: Final = (
    "customer_id",
    "contact_id",
    "subject",
    "date",
    "required_on",
    "payment_method",
    "warehouse_id",
    "price_level_id",
    "consignee",
    "consignee_phone",
    "delivery_address",
    "remark",
)
"""What of an order's head is typed, as sales.save_order takes it."""


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A person at the customer."""

    id: int
    name: str
    phone: str
    main: bool


@dataclass(frozen=True, slots=True)
class CustomerTerms:
    """What an order takes over from its customer."""

    id: int
    name: str
    credit_limit: Decimal | None
    """None: no limit."""
    credit_days: int
    owed: Decimal
    price_level_id: int | None
    address: str
    phone: str
    contacts: tuple[ContactRow, ...]


@dataclass(frozen=True, slots=True)
class LineRecord:
    """A stored line."""

    id: int
    product: ProductHit
    quantity: Decimal
    tax_price: Decimal
    discount: Decimal
    tax_rate: Decimal
    gross: Decimal
    delivered: Decimal
    asked: Decimal
    """On stock issues that wait for the keeper."""
    notified: Decimal
    """On dispatch notices that let it leave."""
    remark: str
    pack: PackUnit | None = None
    """The unit it was taken in; quantities and prices above are of the product's own unit all the same."""
    pack_quantity: Decimal | None = None
    pack_price: Decimal | None = None

    @property
    def in_unit(self) -> Decimal:
        """The quantity in the unit it was taken in."""
        return self.quantity if self.pack_quantity is None else self.pack_quantity

    @property
    def unit_price(self) -> Decimal:
        """The price with tax of the unit it was taken in, before the discount."""
        return self.tax_price if self.pack_price is None else self.pack_price

    @property
    def open(self) -> Decimal:
        """What may still be put on a stock issue or dispatch notice."""
        return max(self.quantity - self.delivered - self.asked - self.notified, Decimal(0))


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line with open goods, of another order."""

    order_number: str
    line: LineRecord


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order as it is stored."""

    id: int
    version: int
    number: str
    state: str
    delivery_state: str
    payment_state: str
    owner_id: int
    head: Mapping[str, Any]
    """Values of HEAD_FIELDS."""
    own: Mapping[str, Any]
    """What it holds in the office's own fields."""
    discount_rate: Decimal
    """Of the whole order, in %: 100 is none off."""
    discount: Decimal
    freight: Decimal
    rounding_unit: Decimal
    round_down: bool
    rounding: Decimal
    total_typed: bool
    gross: Decimal
    tax: Decimal
    received: Decimal
    due_on: datetime.date | None
    warehouse: str
    print_count: int
    sender: Sender
    """Whose paper it is printed on."""
    lines: tuple[LineRecord, ...]
    terms: CustomerTerms
    related: tuple[RelatedDocument, ...]


@dataclass(frozen=True, slots=True)
class SaleRow:
    """One earlier sale of a product."""

    date: datetime.date
    price: Decimal
    """With tax, after the line's discount."""
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What the side panel shows of the current line's product."""

    product: ProductHit
    prices: tuple[LevelPriceRow, ...]
    stock: tuple[WarehouseStock, ...]
    history: tuple[SaleRow, ...]
    """Sales to this customer, newest first."""
    cost: ProductCost | None
    """None without the right to see costs."""


@dataclass(frozen=True, slots=True)
class OrderLists:
    """The short lists of an order's head."""

    warehouses: tuple[NamedRow, ...]
    price_levels: tuple[NamedRow, ...]


def order_lists(session: Session) -> OrderLists:
    """Warehouses and price levels to choose from."""
    return OrderLists(warehouses(session), price_levels(session))


def customer_terms(session: Session, customer_id: int) -> CustomerTerms:
    """Credit, price level, address and contacts of a customer; NotAvailable where the user sees none."""
    row = session.execute(
        select(
            Customer.id,
            Customer.name,
            Customer.credit_limit,
            Customer.credit_days,
            Customer.price_level_id,
            Customer.address,
            Customer.phone,
            CustomerBalance.receivable,
        )
        .outerjoin(CustomerBalance, CustomerBalance.id == Customer.id)
        .where(Customer.id == customer_id)
    ).first()
    if row is None:
        raise NotAvailable(mark("That record is not available."))
    contacts = session.execute(
        select(Contact.id, Contact.name, Contact.mobile, Contact.phone, Contact.main)
        .where(Contact.customer_id == customer_id, Contact.deleted_at.is_(None))
        .order_by(Contact.main.desc(), Contact.id)
        .limit(200)
    )
    return CustomerTerms(
        id=row.id,
        name=row.name,
        credit_limit=row.credit_limit,
        credit_days=row.credit_days or 0,
        owed=row.receivable or Decimal("0.00"),
        price_level_id=row.price_level_id,
        address=row.address or "",
        phone=row.phone or "",
        contacts=tuple(ContactRow(c.id, c.name, c.mobile or c.phone or "", c.main) for c in contacts),
    )


def read_order(session: Session, order_id: int) -> OrderRecord:
    """One order with its lines, its customer's terms and what came of it; NotAvailable where there is none."""
    row = session.execute(
        select(
            Order,
            Warehouse.name.label("warehouse"),
            delivery_state().label("delivery_state"),
            payment_state().label("payment_state"),
        )
        .outerjoin(Warehouse, Warehouse.id == Order.warehouse_id)
        .where(Order.id == order_id, Order.deleted_at.is_(None))
    ).first()
    if row is None:
        raise NotAvailable(mark("That record is not available."))
    order: Order = row.Order
    return OrderRecord(
        id=order.id,
        version=order.version,
        number=order.number or "",
        state=order.state,
        delivery_state=row.delivery_state,
        payment_state=row.payment_state,
        owner_id=order.owner_id,
        head={key: getattr(order, key) for key in HEAD_FIELDS},
        own=own_values(session, "sales.order", Order.__table__, order_id),
        discount_rate=order.discount_rate,
        discount=order.discount,
        freight=order.freight,
        rounding_unit=order.rounding_unit,
        round_down=order.round_down,
        rounding=order.rounding,
        total_typed=order.total_typed,
        gross=order.gross,
        tax=order.tax,
        received=order.received,
        due_on=order.due_on,
        warehouse=row.warehouse or "",
        print_count=order.print_count,
        sender=sender_of(session, order.branch_id),
        lines=_lines(session, order),
        terms=_terms_of(session, order),
        related=related_documents(session, order_id),
    )


def _terms_of(session: Session, order: Order) -> CustomerTerms:
    # A keeper or a colleague with whom the order is shared may see it without its customer.
    try:
        return customer_terms(session, order.customer_id)
    except NotAvailable:
        nothing = Decimal("0.00")
        return CustomerTerms(order.customer_id, order.customer_name, None, 0, nothing, None, "", "", ())


def _lines(session: Session, order: Order) -> tuple[LineRecord, ...]:
    lines = session.scalars(
        select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.position)
    ).all()
    products = products_by_id(
        session,
        list({line.product_id for line in lines}),
        level_id=order.price_level_id,
        warehouse_id=order.warehouse_id,
    )
    return tuple(
        LineRecord(
            id=line.id,
            product=products.get(line.product_id) or _as_written(line),
            quantity=line.quantity,
            tax_price=line.tax_price,
            discount=line.discount,
            tax_rate=line.tax_rate,
            gross=line.gross,
            delivered=line.delivered,
            asked=line.asked,
            notified=line.notified,
            remark=line.remark or "",
            pack=pack_of(line.pack_unit, line.pack_factor),
            pack_quantity=line.pack_quantity,
            pack_price=line.pack_price,
        )
        for line in lines
    )


def open_lines(session: Session, *, customer_id: int, except_order: int) -> tuple[OpenLine, ...]:
    """Lines of a customer's other confirmed orders that may still be put on a stock issue, oldest order first.

    Cost: one pass over the customer's orders by their index, then over the lines of those with open goods.
    """
    orders = session.scalars(
        select(Order)
        .where(
            Order.customer_id == customer_id,
            Order.id != except_order,
            Order.state == "confirmed",
            Order.open_quantity > 0,
            Order.deleted_at.is_(None),
        )
        .order_by(Order.date, Order.id)
        .limit(50)
    ).all()
    return tuple(
        OpenLine(order.number or "", line)
        for order in orders
        for line in _lines(session, order)
        if line.product.stocked and line.open > 0
    )


def _as_written(line: OrderLine) -> ProductHit:
    """A product the user may not see, as the order's line has it."""
    return ProductHit(
        id=line.product_id,
        number="",
        name=line.product_name,
        model=line.model or "",
        specification="",
        bar_code="",
        unit=line.unit or "",
        price=line.tax_price,
        lowest_price=None,
        tax_rate=line.tax_rate,
        stocked=line.stocked,
        on_hand=None,
        free=None,
        active=False,
    )


def sales_history(
    session: Session, *, product_id: int, customer_id: int | None, limit: int = 8
) -> tuple[SaleRow, ...]:
    """The last sales of a product to a customer (None: to anybody whose orders the user sees), newest first."""
    price = OrderLine.tax_price * OrderLine.discount / 100
    wanted = (
        select(Order.date, price.label("price"), OrderLine.quantity)
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.product_id == product_id, Order.state == "confirmed")
        .order_by(Order.date.desc(), Order.id.desc())
        .limit(limit)
    )
    if customer_id is not None:
        wanted = wanted.where(Order.customer_id == customer_id)
    return tuple(SaleRow(row.date, row.price, row.quantity) for row in session.execute(wanted))


def product_facts(
    session: Session,
    *,
    product_id: int,
    customer_id: int | None,
    level_id: int | None,
    warehouse_id: int | None,
) -> ProductFacts:
    """Everything beside the grid about one product (SAL-06); NotAvailable where the user may not see it."""
    product = products_by_id(session, [product_id], level_id=level_id, warehouse_id=warehouse_id).get(
        product_id
    )
    if product is None:
        raise NotAvailable(mark("That record is not available."))
    return ProductFacts(
        product=product,
        prices=level_prices(session, product_id, as_sold=True),
        stock=stock_by_warehouse(session, product_id) if product.stocked else (),
        history=()
        if customer_id is None
        else sales_history(session, product_id=product_id, customer_id=customer_id),
        cost=cost_of(session, product_id),
    )


def accounts(session: Session) -> tuple[NamedRow, ...]:
    """Accounts that take money."""
    rows = session.execute(
        select(Account.id, Account.name)
        .where(Account.deleted_at.is_(None), Account.active)
        .order_by(Account.position, Account.id)
    )
    return tuple(NamedRow(row.id, row.name) for row in rows)
