"""Two years of orders, deliveries and payments of the sample company, up to a given day.

A customer's orders depend on the seed, his index and ``today`` only. Many buy once or never, few often and
much; business grows by about a quarter a year, rests at Chinese New Year and at weekends; people buy the same
goods again at the price they last paid; deliveries and payments come late, in parts, or not yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np

from services.sample.companies import Customer, customers
from services.sample.products import Product
from services.sample.seeds import BLOCK, Picker, block_rng

DAYS: Final = 730
"""Length of the story in days; day DAYS is today."""
YEARLY_GROWTH: Final = 1.25
MONTHS: Final = (0.75, 0.55, 1.05, 1.1, 1.12, 1.05, 0.92, 0.9, 1.08, 1.0, 1.15, 1.25)
"""Season by month: Chinese New Year rests, spring and the end of the year build."""
WEEKDAYS: Final = (1.12, 1.1, 1.06, 1.06, 1.02, 0.5, 0.2)
HUNDRED: Final = Decimal(100)


class OrderLine(NamedTuple):
    """One line; what follows from these values is ``services.sales.arithmetic.line``."""

    product: int
    """Index of the product."""
    quantity: int
    tax_price: Decimal
    """Unit price with tax, before discount."""
    discount: Decimal
    """In %, 100 = none."""
    rate: Decimal
    """Tax rate in %."""


class Issue(NamedTuple):
    """Goods leaving the warehouse: how many of each line of the order, 0 for lines without stock."""

    day: date
    quantities: tuple[int, ...]


class Payment(NamedTuple):
    """Money received: a share of the order's total in %. The last of a fully paid order brings it to 100."""

    day: date
    share: int
    method: str
    """Key of ``payment_method``."""


class Order(NamedTuple):
    """One order or counter sale of the story."""

    customer: int
    sequence: int
    """Counts the customer's orders from 0 by date."""
    day: date
    counter: bool
    """True for a sale over the shop's counter: paid and taken at once."""
    cancelled: bool
    delivery_way: str
    lines: tuple[OrderLine, ...]
    issues: tuple[Issue, ...]
    payments: tuple[Payment, ...]


class Calendar:
    """How likely a sale is on each day of the story, as running totals."""

    def __init__(self, today: date) -> None:
        self.start = today - timedelta(DAYS)
        weights = []
        for number in range(DAYS + 1):
            day = self.start + timedelta(number)
            growth = YEARLY_GROWTH ** (number / 365)
            weights.append(growth * MONTHS[day.month - 1] * WEEKDAYS[day.weekday()])
        edges = np.cumsum(weights)
        self.edges = np.concatenate([[0.0], edges / edges[-1]])
        self.days = [self.start + timedelta(number) for number in range(DAYS + 1)]

    def share_left(self, first: Sequence[date]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """For customers known since ``first``: which part of all sales was still to come."""
        numbers = [min(max((day - self.start).days, 0), DAYS) for day in first]
        left: np.ndarray[Any, np.dtype[np.float64]] = 1.0 - np.asarray(self.edges[numbers], dtype=np.float64)
        return left


def expected_orders(first: int, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Mean number of orders in the story of customers ``first`` … before chance and class.

    Falls with the index as (i + 10)^-0.27: a firm with ten thousand times the customers sells some eight
    hundred times as often (100 customers: about 500 orders; 1,000,000: about 400,000).
    """
    ranks = np.arange(first, first + count, dtype=np.float64) + 10.0
    return 24.0 * np.power(ranks, -0.274, dtype=np.float64)


EAGERNESS: Final = {"vip": 4.0, "agent": 4.0, "partner": 2.0, "ordinary": 1.3, "lost": 0.6}


class _Goods(NamedTuple):
    products: list[Product]
    popular: Picker
    small: Picker
    """What individuals buy over the counter."""


def _goods(products: list[Product]) -> _Goods:
    rng = block_rng(0, "popularity", 0)
    popularity = 1 / (rng.permutation(len(products)) + 8.0) ** 0.9
    indices = list(range(len(products)))
    cheap = [
        weight if each.prices["price_level.list"] < 150 else weight / 20
        for weight, each in zip(popularity.tolist(), products, strict=True)
    ]
    return _Goods(products, Picker(indices, popularity.tolist()), Picker(indices, cheap))


def orders(
    seed: int, size: int, today: date, products: list[Product], *, activity: float = 1.0
) -> Iterator[list[Order]]:
    """The orders of customers 0 to ``size``, in batches, by customer and date.

    ``activity`` multiplies the number of orders. Equal arguments give equal orders; a larger ``size`` only
    adds those of the further customers.
    """
    teller = Teller(seed, today, products, activity)
    whole = -(-size // BLOCK) * BLOCK
    for block, batch in enumerate(customers(seed, whole, today)):
        yield teller.orders_of_block(block, batch, size)


class Teller:
    """Tells the orders of single blocks; what ``orders`` gives one after the other."""

    def __init__(self, seed: int, today: date, products: list[Product], activity: float) -> None:
        self._seed, self._activity = seed, activity
        self._calendar, self._goods = Calendar(today), _goods(products)

    def orders_of_block(self, block: int, batch: list[Customer], size: int) -> list[Order]:
        """Orders of one block, ``batch`` its customers (all BLOCK of them, whatever ``size``)."""
        # A whole block is always made, so that its random numbers do not depend on the size.
        rng = block_rng(self._seed, "orders", block)
        made = _block(rng, batch, self._calendar, self._goods, self._activity)
        return made if (block + 1) * BLOCK <= size else [each for each in made if each.customer < size]


def _block(
    rng: np.random.Generator, batch: list[Customer], calendar: Calendar, goods: _Goods, activity: float
) -> list[Order]:
    eager = np.asarray([EAGERNESS.get(each.category.partition(".")[2], 0.0) for each in batch])
    chance = np.exp(rng.normal(-0.66, 1.15, len(batch)))
    left = calendar.share_left([each.created for each in batch])
    means = expected_orders(batch[0].ordinal, len(batch)) * eager * chance * left * activity
    counts = rng.poisson(np.minimum(means, 400.0))
    owners = np.repeat(np.arange(len(batch)), counts)
    luck = 1 - left[owners] * (1 - rng.random(len(owners)))
    days = np.clip(np.searchsorted(calendar.edges, luck, side="right") - 1, 0, DAYS)
    days = days[np.lexsort((days, owners))]
    lines = rng.choice(12, len(owners), p=LINE_CHANCES) + 1
    draw = _Luck(rng, len(owners), int(lines.sum()), goods)
    made: list[Order] = []
    position = 0
    for customer, count in zip(batch, counts.tolist(), strict=True):
        if count:
            numbers = range(position, position + count)
            made += _customer(customer, numbers, days[position : position + count].tolist(),
                              lines[position : position + count].tolist(), calendar, goods, draw)  # fmt: skip
            position += count
    return made


LINE_CHANCES: Final = (0.2, 0.18, 0.14, 0.11, 0.09, 0.075, 0.06, 0.05, 0.035, 0.025, 0.02, 0.015)


class _Luck:
    """All random numbers of a block, drawn at once; lines take theirs in turn."""

    def __init__(self, rng: np.random.Generator, orders_: int, lines: int, goods: _Goods) -> None:
        self.order: list[list[float]] = rng.random((9, orders_)).tolist()
        self.line: list[list[float]] = rng.random((5, lines)).tolist()
        self.worth: list[float] = np.exp(rng.normal(0.0, 0.95, lines)).tolist()
        self.any: list[int] = goods.popular.draw(rng, lines)
        self.small: list[int] = goods.small.draw(rng, lines)
        self.next = 0


def _customer(
    customer: Customer, numbers: range, days: list[int], sizes: list[int], calendar: Calendar,
    goods: _Goods, luck: _Luck,
) -> list[Order]:  # fmt: skip
    bought: list[int] = []
    prices: dict[int, Decimal] = {}
    made = []
    for sequence, (number, day, size) in enumerate(zip(numbers, days, sizes, strict=True)):
        chance = [column[number] for column in luck.order]
        counter = not customer.company or chance[0] < 0.06
        lines = _lines(
            customer, min(size, 4) if counter else size, size, bought, prices, goods, luck, counter
        )
        cancelled = not counter and chance[1] < 0.015
        when = calendar.days[day]
        last = calendar.days[DAYS]
        issues = () if cancelled else _issues(when, last, lines, goods.products, counter, chance)
        payments = () if cancelled else _payments(customer, when, last, issues, counter, chance)
        way = "shop" if counter else _way(customer, chance[2])
        made.append(
            Order(customer.ordinal, sequence, when, counter, cancelled, f"delivery_way.{way}", lines, issues,
                  payments)
        )  # fmt: skip
    return made


def _way(customer: Customer, chance: float) -> str:
    if customer.address.startswith(("江西省上饶市", "重庆市")):
        return "own" if chance < 0.66 else "pickup" if chance < 0.86 else "city"
    return "logistics" if chance < 0.72 else "express" if chance < 0.94 else "pickup"


def _lines(
    customer: Customer, wanted: int, drawn: int, bought: list[int], prices: dict[int, Decimal],
    goods: _Goods, luck: _Luck, counter: bool,
) -> tuple[OrderLine, ...]:  # fmt: skip
    start, luck.next = luck.next, luck.next + drawn
    target = 60.0 if counter else min(max(customer.value / 40.0, 250.0), 3000.0)
    lines: dict[int, OrderLine] = {}
    for position in range(start, start + wanted):
        again, which, change, cut, _ = (column[position] for column in luck.line)
        if bought and again < 0.68:
            index = bought[int(which * len(bought))]
        else:
            index = luck.small[position] if counter else luck.any[position]
        if index in lines:
            index = luck.any[position] if not counter else luck.small[position]
        if index in lines:
            continue
        product = goods.products[index]
        if index not in prices:
            bought.append(index)
            prices[index] = product.prices[customer.price_level]
        elif change < 0.05:
            # Now and then the price is talked about again: a little down, or up with the market.
            factor = 97 if change < 0.03 else 102
            prices[index] = (prices[index] * factor / 100).quantize(CENT)
        price = prices[index]
        quantity = _neat(target * luck.worth[position] / float(price))
        discount = DISCOUNTS[0 if cut < 0.9 else 1 if cut < 0.95 else 2 if cut < 0.985 else 3]
        lines[index] = OrderLine(index, quantity, price, discount, product.tax_rate)
    return tuple(lines.values())


CENT: Final = Decimal("0.01")
DISCOUNTS: Final = (HUNDRED, Decimal(98), Decimal(95), Decimal(90))


def _neat(quantity: float) -> int:
    """A quantity as people order it."""
    step = 1 if quantity < 12 else 2 if quantity < 30 else 10 if quantity < 200 else 50
    return max(1, min(round(quantity / step) * step, 5000))


def _issues(
    when: date, last: date, lines: tuple[OrderLine, ...], products: list[Product], counter: bool,
    chance: list[float],
) -> tuple[Issue, ...]:  # fmt: skip
    full = tuple(each.quantity if products[each.product].stocked else 0 for each in lines)
    if not any(full):
        return ()
    first = when if counter else when + timedelta(int(chance[3] ** 2.2 * 9))
    if first > last or (not counter and chance[3] > 0.985):
        return ()
    if counter or chance[4] > 0.13:
        return (Issue(first, full),)
    part = tuple(quantity // 2 for quantity in full)
    rest = tuple(quantity - given for quantity, given in zip(full, part, strict=True))
    second = first + timedelta(3 + int(chance[5] * 18))
    if not any(part):
        return (Issue(first, full),)
    return (Issue(first, part), Issue(second, rest)) if second <= last else (Issue(first, part),)


def _payments(
    customer: Customer, when: date, last: date, issues: tuple[Issue, ...], counter: bool, chance: list[float]
) -> tuple[Payment, ...]:
    method = _method(customer, counter, chance[6])
    if counter:
        return (Payment(when, 100, method),)
    late = int(abs(chance[7] - 0.3) * 30)
    if customer.credit_days:
        if chance[8] < 0.02:
            return ()
        late += 90 if chance[8] < 0.08 else 0
        due = (issues[-1].day if issues else when) + timedelta(customer.credit_days + late - 8)
        plan = [(due, 100)] if chance[8] < 0.84 else [(due, 60), (due + timedelta(30 + late), 40)]
    elif customer.payment_terms == "payment_terms.prepaid":
        plan = [(when + timedelta(late // 7), 100)]
        if chance[8] < 0.25 and issues:
            plan = [(when, 30), (issues[-1].day + timedelta(late // 2), 70)]
    else:
        plan = [((issues[-1].day if issues else when) + timedelta(late // 3), 100)]
    return tuple(Payment(max(day, when), share, method) for day, share in plan if day <= last)


def _method(customer: Customer, counter: bool, chance: float) -> str:
    shares = SHOP_METHODS if counter or not customer.company else OFFICE_METHODS
    for edge, method in shares:
        if chance < edge:
            return f"payment_method.{method}"
    return "payment_method.bank"


SHOP_METHODS: Final = ((0.6, "wechat"), (0.82, "alipay"), (0.95, "cash"), (1.1, "card"))
OFFICE_METHODS: Final = ((0.8, "bank"), (0.87, "bill"), (0.93, "wechat"), (0.97, "alipay"), (1.1, "cash"))
