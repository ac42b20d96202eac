"""Customers with everything that is told of them, block by block, in several processes for a large company.

A block's values depend on its number only, so blocks are made in any process; they are handed over in their
order, and what counts through all of them (ids of contact records and tasks) is given then.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, NamedTuple

from services.sample import notes
from services.sample.books import Buyer
from services.sample.companies import Customer, customers
from services.sample.loading import Row, Rows, Sheet
from services.sample.own_fields import customer_values
from services.sample.people import Contact, contacts, contacts_before
from services.sample.products import products
from services.sample.searching import Readings
from services.sample.seeds import BLOCK
from services.sample.story import Order, Teller

PROCESSES: Final = 2
LARGE: Final = 10_000
"""Customers from which further processes are worth their start of about a second."""
_HOT_REASONS: Final = (
    "近期有大额采购计划",
    "正在招标，我方入围",
    "老厂扩建，设备要换新",
    "竞争对手供货出了问题",
)
"""Why customers are worth most attention now."""


def _pooled(customer: Customer) -> bool:
    """Whether nobody owns it; suppliers belong to their branch's manager."""
    return customer.owner is None and customer.category != "customer_category.supplier"


@dataclass(frozen=True)
class Story:
    """What has to be known to tell any block. Plain data: it is sent to other processes."""

    seed: int
    size: int
    today: date
    activity: float
    """Multiplies the number of orders."""
    spoken: float
    """Multiplies the number of contact records."""
    sellers: tuple[int, ...]
    """User ids of the salespeople."""
    leads: tuple[int, int]
    branches: tuple[int, int]
    levels: dict[str, int]
    """Price level → id."""
    sheets: dict[str, Sheet]
    readings: Readings = field(repr=False)

    def owner(self, customer: Customer) -> int:
        """User id of who has ``customer``. What was done with those that lie in the pool by now, their branch's
        manager did."""
        return self.leads[customer.branch] if customer.owner is None else self.sellers[customer.owner]


class Block(NamedTuple):
    """One block as COPY's lines."""

    customers: list[str]
    contacts: list[str]
    records: list[str]
    """Without their ids."""
    tasks: list[Row]
    """Without their ids."""
    owners: list[int]
    """User id of each customer's owner."""
    first_of_seller: dict[int, Customer]
    """Salesperson → his first company."""
    orders: list[tuple[Order, Buyer]]


class Blocks:
    """Makes single blocks of one story."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._rows = Rows(story.sheets, story.readings)
        self._teller = Teller(story.seed, story.today, products(story.seed), story.activity)

    def block(self, number: int, contact: int) -> Block:
        """Block ``number``, whose first contact has the id ``contact`` + 1."""
        story, start = self._story, number * BLOCK
        whole = next(customers(story.seed, start + BLOCK, story.today, first=start))
        batch = whole[: story.size - start]
        people = next(contacts(story.seed, min(story.size, start + BLOCK), first=start))
        mains: dict[int, tuple[int, Contact]] = {}
        lines = []
        for target, each in enumerate(people, contact + 1):
            if each.main:
                mains[each.customer] = (target, each)
            lines.append(self._contact(target, batch[each.customer - start], each))
        told = notes.records_of_block(story.seed, number, whole, story.size, story.today, story.spoken)
        last: dict[int, date] = {}
        for record in told:
            last[record.customer] = max(last.get(record.customer, date.min), record.at.date())
        return Block(
            [
                self.customer(each, each.ordinal + 1, story.owner(each), last.get(each.ordinal))
                for each in batch
            ],
            lines,
            [self._record(each, batch[each.customer - start], mains) for each in told],
            [
                self.task(place, each, batch[each.customer - start])
                for place, each in enumerate(
                    notes.tasks_of_block(story.seed, number, whole, story.size, story.today), 1
                )
            ],
            [story.owner(each) for each in batch],
            {each.owner: each for each in reversed(batch) if each.owner is not None and each.company},
            self._orders(number, whole, mains),
        )

    def _orders(
        self, number: int, whole: list[Customer], mains: dict[int, tuple[int, Contact]]
    ) -> list[tuple[Order, Buyer]]:
        buyers: dict[int, Buyer] = {}
        told = []
        for order in self._teller.orders_of_block(number, whole, self._story.size):
            if order.customer not in buyers:
                each = whole[order.customer - number * BLOCK]
                buyers[order.customer] = self._buyer(each, mains.get(order.customer))
            told.append((order, buyers[order.customer]))
        return told

    def _buyer(self, each: Customer, main: tuple[int, Contact] | None) -> Buyer:
        story = self._story
        return Buyer(
            each.ordinal + 1, each.name, story.owner(each), story.branches[each.branch], main[0] if main else None,
            main[1].name if main else each.name, (main[1].mobile if main else "") or each.phone, each.address,
            each.credit_days, story.levels[each.price_level.partition(".")[2]],
        )  # fmt: skip

    def customer(self, each: Customer, target: int, owner: int, last: date | None) -> str:
        """The line of a customer with the id ``target``, last contacted on ``last``."""
        story, at, worth = self._story, f"{each.created} 09:10:00+08", each.value
        level = "high" if worth >= 100_000 else "middle" if worth >= 20_000 else "low"
        pooled = _pooled(each)
        hot = None if pooled else each.hot or None
        return self._rows.line(
            "customers.customer",
            (target, at, owner, at, owner, None if pooled else owner, story.branches[each.branch],
             "company" if each.company else "individual", f"C-{target:06d}", each.name, each.short_name or None,
             each.category, each.stage or None, each.level, each.source, each.industry or None, each.region,
             each.address, each.phone, each.fax or None, each.website or None,
             each.email or None, each.tax_number or None, each.bank or None,
             each.bank_account or None, None if not each.credit_limit else each.credit_limit,
             each.credit_days or None, f"customer_value.{level}", None if each.parent is None else each.parent + 1,
             story.levels[each.price_level.partition(".")[2]], each.remark or None, str(last) if last else None,
             hot, _HOT_REASONS[target % len(_HOT_REASONS)] if hot else None,
             str(story.today + timedelta(days=target % 45)) if hot else None,
             f"{last or each.created} 18:00:00+08" if pooled else None,
             *customer_values(story.seed, each.ordinal, company=each.company)),
        )  # fmt: skip

    def _contact(self, target: int, customer: Customer, each: Contact) -> str:
        story = self._story
        at, owner = f"{customer.created} 09:15:00+08", story.owner(customer)
        return self._rows.line(
            "customers.contact",
            (target, at, owner, at, owner, None if _pooled(customer) else owner, story.branches[customer.branch],
             customer.ordinal + 1, each.name, each.salutation,
             each.contact_class, each.department or None, each.title or None, each.phone or None,
             each.mobile or None, each.email or None, each.wechat or None,
             str(each.birthday) if each.birthday else None, "lunar" if each.lunar_birthday else "solar",
             each.hobby or None, each.remark or None, "t" if each.main else "f"),
        )  # fmt: skip

    def _record(
        self, record: notes.ContactRecord, customer: Customer, mains: dict[int, tuple[int, Contact]]
    ) -> str:
        story = self._story
        author, at = story.sellers[record.author], record.at.isoformat()
        main = mains.get(record.customer)
        line = self._rows.line(
            "activities.record",
            (0, at, author, at, author, author, story.branches[customer.branch], record.customer + 1,
             main[0] if main else None, record.kind, at, record.text, record.result or None,
             record.next_step or None, str(record.next_date) if record.next_date else None),
        )  # fmt: skip
        return line.removeprefix("0")

    def task(self, place: int, each: notes.SampleTask, customer: Customer) -> Row:
        """The row of a task without its id; ``place`` is its number in the block."""
        story = self._story
        executor, branch = story.sellers[each.executor], story.branches[customer.branch]
        # every third is given by the manager, the others people set themselves
        owner = story.leads[each.executor // 4] if place % 3 == 0 else executor
        at, due = f"{each.created} 09:30:00+08", each.due
        if each.done is None:
            state, progress = ("accepted", 50) if place % 2 else ("open", 0)
            due = story.today if place % 3 == 1 else due
        else:
            state, progress = "closed" if (story.today - each.done).days > 14 else "done", 100
        return (at, owner, at, owner, owner, branch, each.subject, each.customer + 1, executor,
                f"{due} 17:30:00+08", each.priority, progress, state,
                "{}" if state == "open" else f"{{{executor}}}",
                f"{{{executor}}}" if state in ("done", "closed") else "{}")  # fmt: skip


_MAKER: list[Blocks] = []
"""In a process of the pool: what it makes blocks with."""


def _prepare(story: Story) -> None:
    _MAKER[:] = [Blocks(story)]


def _make(number: int, contact: int) -> Block:
    return _MAKER[0].block(number, contact)


def tell(story: Story, blocks: Blocks) -> Iterator[Block]:
    """All blocks in order: by ``blocks`` here, by further processes for a large company."""
    starts = list(enumerate(contacts_before(story.seed, story.size)))
    # a program made one file would start itself again instead of an interpreter
    if story.size < LARGE or getattr(sys, "frozen", False) or (os.cpu_count() or 1) < 2:
        yield from (blocks.block(*start) for start in starts)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, context, initializer=_prepare, initargs=(story,)) as pool:
        coming: deque[Future[Block]] = deque()
        for start in starts:
            coming.append(pool.submit(_make, *start))
            if len(coming) >= 3 * PROCESSES:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
