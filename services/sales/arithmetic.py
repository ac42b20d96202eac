"""The arithmetic of document lines and totals: pure functions over Decimal.

**The rule of a line.** Four values are stored: quantity, tax price (unit price with tax, before discount),
discount in % (100 = none) and tax rate in %. All else follows from them, in Python and in SQL alike:

    gross = round(quantity * tax_price * discount * 0.01, 2)
    tax   = round(gross * rate * 1.000000000000 / (100 + rate), 2)
    net   = gross - tax
    price = round(tax_price * 100 / (100 + rate), price decimals)

(SQL multiplies by 0.01, because numeric division rounds, and carries twelve more decimals into the division
of the tax: PostgreSQL gives the quotient of a large amount few decimals and would round twice, which was
wrong for 3 of 40,000 random amounts up to 10^13.)

**What follows what** when a value is typed (SAL-05):

========= ==============================================================================================
typed     follows
========= ==============================================================================================
quantity  total; prices and discount stay
discount  total; prices and quantity stay
tax price price, total
price     tax price = price × (100 + rate) %, exact, so that net is quantity × price to the cent; total
rate      price; the tax price and so the total stay, because they are what was agreed with the customer
total     tax price, price; quantity and discount stay. Where nothing could carry the total, quantity 0
          becomes 1 and discount 0 becomes 100
========= ==============================================================================================

Typed quantities and prices are rounded to the office's decimals. A tax price that follows from a typed price
or total keeps as many more decimals as it takes (at most TAX_PRICE_PLACES) for the typed value to come out
exactly: a total of 100.00 over 3 pieces is a tax price of 33.333, not 33.33. Show it with all its decimals.
Typing what is shown changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from services.errors import Invalid
from services.language import mark
from services.money import (
    EXACT,
    ZERO,
    Precision,
    amount,
    apportioned,
    percent_of,
    product,
    quotient,
    rounded,
    total,
)

LineField = Literal["quantity", "discount", "price", "tax_price", "rate", "total"]

HUNDRED: Final = Decimal(100)
TAX_PRICE_PLACES: Final = 12
"""Most decimals of a stored tax price: a cent of the total over the greatest quantity and discount."""
PERCENT_PLACES: Final = 2
MOST_QUANTITY: Final = Decimal(10) ** 9
MOST_PRICE: Final = Decimal(10) ** 12
MOST_DISCOUNT: Final = Decimal(1000)
MOST_RATE: Final = HUNDRED
MOST_TOTAL: Final = Decimal(10) ** 13
"""Quantities, prices, discounts and totals stay below these (in size), the rate at most at its own."""


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """Amounts of one line in the document's currency, two decimals; ``net + tax == gross`` always."""

    net: Decimal
    tax: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """The numbers of one line. Make it with ``line``, change it with ``edited``; ``price`` is derived."""

    quantity: Decimal
    price: Decimal
    """Unit price without tax and before discount, at the office's decimals."""
    tax_price: Decimal
    """Unit price with tax and before discount; the stored one."""
    discount: Decimal
    """What of the price is paid, in %: 100 is no discount, 95 is 九五折, 0 is a gift."""
    rate: Decimal
    """Tax rate in %: 13 is 13 %."""
    amounts: LineAmounts

    @property
    def total(self) -> Decimal:
        """The line's total with tax."""
        return self.amounts.gross


def line_amounts(quantity: Decimal, tax_price: Decimal, discount: Decimal, rate: Decimal) -> LineAmounts:
    """Gross, tax and net of a line, by the formulas of the module's docstring."""
    gross = amount(percent_of(product(quantity, tax_price), discount))
    tax = tax_within(gross, rate)
    return LineAmounts(net=EXACT.subtract(gross, tax), tax=tax, gross=gross)


def tax_within(gross: Decimal, rate: Decimal) -> Decimal:
    """The tax contained in an amount with tax, two decimals."""
    return amount(quotient(product(gross, rate), EXACT.add(HUNDRED, rate)))


def price_without_tax(tax_price: Decimal, rate: Decimal, places: int) -> Decimal:
    """Unit price without tax, with ``places`` decimals."""
    return rounded(quotient(product(tax_price, HUNDRED), EXACT.add(HUNDRED, rate)), places)


def line(
    *,
    quantity: Decimal,
    tax_price: Decimal,
    discount: Decimal = HUNDRED,
    rate: Decimal = ZERO,
    precision: Precision,
) -> Line:
    """A line from its four stored values, which are kept as they are; Invalid when one is out of bounds."""
    _check("quantity", quantity, MOST_QUANTITY)
    _check("tax_price", tax_price, MOST_PRICE)
    _check("discount", discount, MOST_DISCOUNT, signed=False)
    if not ZERO <= rate <= MOST_RATE:
        raise Invalid(mark("The tax rate must lie between 0 and {most} %."), field="rate", most=MOST_RATE)
    amounts = line_amounts(quantity, tax_price, discount, rate)
    _check("total", amounts.gross, MOST_TOTAL)
    price = price_without_tax(tax_price, rate, precision.price)
    return Line(quantity, price, tax_price, discount, rate, amounts)


def edited(before: Line, field: LineField, value: Decimal, precision: Precision) -> Line:
    """``before`` after ``value`` was typed into ``field``, by the table of the module's docstring.

    Invalid, with the field's key, when the value or one that follows from it is out of bounds.
    """
    if not value.is_finite():
        raise Invalid(mark("This is not a number."), field=field)
    if value == getattr(before, field):
        return before
    quantity, tax_price, discount, rate = before.quantity, before.tax_price, before.discount, before.rate
    match field:
        case "quantity":
            quantity = rounded(value, precision.quantity)
        case "discount":
            discount = rounded(value, PERCENT_PLACES)
        case "rate":
            rate = rounded(value, PERCENT_PLACES)
        case "tax_price":
            tax_price = rounded(value, precision.price)
        case "price":
            _check("price", value, MOST_PRICE)
            price = rounded(value, precision.price)
            if price != before.price:
                tax_price = _shortest(percent_of(price, EXACT.add(HUNDRED, rate)), precision.price)
        case "total":
            _check("total", value, MOST_TOTAL)
            wanted = amount(value)
            if wanted == before.total:
                return before
            quantity = quantity or Decimal(1)
            discount = discount or HUNDRED
            tax_price = _price_for_total(wanted, quantity, discount, precision.price)
    try:
        return line(quantity=quantity, tax_price=tax_price, discount=discount, rate=rate, precision=precision)
    except Invalid as refusal:
        if refusal.field == field:
            raise
        raise Invalid(
            mark("With this value another number of the line becomes too large."), field=field
        ) from refusal


def _price_for_total(wanted: Decimal, quantity: Decimal, discount: Decimal, places: int) -> Decimal:
    """The tax price with the fewest decimals, at least ``places``, that gives the total ``wanted``.

    There is one: below the bounds of quantity and discount, half a step of the last of TAX_PRICE_PLACES
    decimals moves the total by less than half a cent.
    """
    exact = quotient(product(wanted, HUNDRED), product(quantity, discount))
    for decimals in range(places, TAX_PRICE_PLACES + 1):
        tax_price = rounded(exact, decimals)
        if amount(percent_of(product(quantity, tax_price), discount)) == wanted:
            return tax_price
    raise Invalid(mark("The quantity is too large for this total."), field="total")


def shortest_price(value: Decimal, places: int) -> Decimal:
    """A price that follows from another one, such as that of a box from its pieces: with at least ``places``
    decimals and as many more as it takes, TAX_PRICE_PLACES at most."""
    return _shortest(value, places)


def _shortest(value: Decimal, places: int) -> Decimal:
    """``value`` without zeros at its end, but with at least ``places`` decimals."""
    for decimals in range(places, TAX_PRICE_PLACES):
        short = rounded(value, decimals)
        if short == value:
            return short
    return rounded(value, TAX_PRICE_PLACES)


def _check(field: str, value: Decimal, most: Decimal, *, signed: bool = True) -> None:
    if not signed and value < 0:
        raise Invalid(mark("This must not be negative."), field=field)
    if abs(value) >= most:
        raise Invalid(mark("This number is too large. It must stay below {most}."), field=field, most=most)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the head of an order does to the sum of its lines."""

    discount: Decimal = HUNDRED
    """In % of the lines, 100 = none."""
    deduction: Decimal = ZERO
    """An amount taken off after the discount (优惠金额)."""
    freight: Decimal = ZERO
    rounding_unit: Decimal = Decimal("0.01")
    """The total is rounded to a multiple of this: 0.01 (no more), 0.1, 1, 10 …"""
    round_down: bool = False
    """True drops what is below the unit (抹零), False rounds half up."""
    typed_total: Decimal | None = None
    """The total as typed by hand; None while it is the calculated one."""


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """Totals of a document: ``lines.gross - discount + freight + rounding == calculated`` and
    ``calculated + difference == total``, to the cent."""

    lines: LineAmounts
    """Sums over the lines."""
    discount: Decimal
    """What the head's discount and deduction take off."""
    freight: Decimal
    rounding: Decimal
    """What rounding added (negative: took off)."""
    calculated: Decimal
    total: Decimal
    typed: bool
    difference: Decimal
    """Typed total less the calculated one; shown beside a typed total."""


def order_totals(lines: Sequence[LineAmounts], terms: Terms = Terms()) -> OrderTotals:
    """Totals of a document from its lines and the terms of its head; Invalid when a term is out of bounds."""
    _check("discount", terms.discount, MOST_DISCOUNT, signed=False)
    _check("freight", terms.freight, MOST_TOTAL)
    _check("deduction", terms.deduction, MOST_TOTAL)
    if terms.rounding_unit < Decimal("0.01"):
        raise Invalid(mark("Totals can be rounded to a cent at the finest."), field="rounding_unit")
    sums = LineAmounts(
        net=total([each.net for each in lines]),
        tax=total([each.tax for each in lines]),
        gross=total([each.gross for each in lines]),
    )
    discounted = EXACT.subtract(amount(percent_of(sums.gross, terms.discount)), amount(terms.deduction))
    freight = amount(terms.freight)
    exact = EXACT.add(discounted, freight)
    calculated = _to_unit(exact, terms.rounding_unit, down=terms.round_down)
    final = calculated
    if terms.typed_total is not None:
        _check("total", terms.typed_total, MOST_TOTAL)
        final = amount(terms.typed_total)
    return OrderTotals(
        lines=sums,
        discount=EXACT.subtract(sums.gross, discounted),
        freight=freight,
        rounding=EXACT.subtract(calculated, exact),
        calculated=calculated,
        total=final,
        typed=terms.typed_total is not None,
        difference=EXACT.subtract(final, calculated),
    )


def _to_unit(value: Decimal, unit: Decimal, *, down: bool) -> Decimal:
    units = quotient(value, unit)
    # Down means towards zero: a refund is not made larger by dropping its small change.
    whole = Decimal(int(units)) if down else rounded(units, 0)
    return amount(product(whole, unit))


def line_shares(lines: Sequence[LineAmounts], rates: Sequence[Decimal], whole: Decimal) -> list[LineAmounts]:
    """What each line contributes to ``whole``, an order's total without freight, after the head's terms.

    For invoices, margins and commissions: the shares add up to ``whole`` exactly and each keeps its own tax
    rate. Shares are in proportion to the lines' gross; ValueError when one of them is negative.
    """
    parts = apportioned(whole, [each.gross for each in lines])
    shares = []
    for part, rate in zip(parts, rates, strict=True):
        tax = tax_within(part, rate)
        shares.append(LineAmounts(net=EXACT.subtract(part, tax), tax=tax, gross=part))
    return shares
