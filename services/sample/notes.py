"""Contact records and tasks: what sales people write down, from a small grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Final, NamedTuple

from services.clock import CHINA
from services.sample.companies import Customer, customers
from services.sample.seeds import BLOCK, Picker, block_rng
from services.sample.vocabulary import words

DAYS: Final = 730
RECORDS: Final = {"potential": 2.2, "ordinary": 2.6, "vip": 9.0, "agent": 8.0, "partner": 5.0, "lost": 1.2}
"""Mean number of contact records in two years, by category."""
SLOT: Final = re.compile(r"\{(?:n:(\d+)-(\d+)|(\w+))\}")


class ContactRecord(NamedTuple):
    """One contact record. ``author`` is the customer's owner, or a chance one for the pool's customers."""

    customer: int
    at: datetime
    kind: str
    """Key of ``action_type``."""
    text: str
    result: str
    next_step: str
    """Empty where nothing was agreed."""
    next_date: date | None
    author: int


class SampleTask(NamedTuple):
    """One task for a salesperson about a customer."""

    customer: int
    created: date
    due: date
    priority: str
    """Key of ``task_priority``."""
    subject: str
    executor: int
    done: date | None


def spoken(random: Random, text: str) -> str:
    """``text`` with every slot filled by chance."""
    slots = words("notes")["slots"]

    def fill(match: re.Match[str]) -> str:
        low, high, slot = match.groups()
        if slot is None:
            return str(random.randint(int(low), int(high)))
        return spoken(random, random.choice(slots[slot]))

    return SLOT.sub(fill, text)


@cache
def _kinds() -> Picker:
    weights = words("notes")["record_weights"]
    return Picker(list(weights), list(weights.values()))


def contact_records(
    seed: int, size: int, today: date, *, activity: float = 1.0
) -> Iterator[list[ContactRecord]]:
    """Contact records of customers 0 to ``size`` over two years, in batches, by customer and time.

    ``activity`` multiplies their number. Growing ``size`` keeps those of the former customers.
    """
    for block, batch in enumerate(customers(seed, -(-size // BLOCK) * BLOCK, today)):
        yield records_of_block(seed, block, batch, size, today, activity)


def records_of_block(
    seed: int, block: int, batch: list[Customer], size: int, today: date, activity: float
) -> list[ContactRecord]:
    """Contact records of one block, ``batch`` its customers (all BLOCK of them, whatever ``size``)."""
    rng = block_rng(seed, "records", block)
    means = [RECORDS.get(each.category.partition(".")[2], 0.2) * activity for each in batch]
    counts = rng.poisson(means).tolist()
    seeds = rng.integers(0, 1 << 62, len(batch)).tolist()
    made: list[ContactRecord] = []
    for customer, count, own in zip(batch[: max(0, size - block * BLOCK)], counts, seeds, strict=False):
        if count:
            made += _records(Random(own), customer, count, today)
    return made


def _records(random: Random, customer: Customer, count: int, today: date) -> list[ContactRecord]:
    data, made = words("notes"), []
    span = max(1, min(DAYS, (today - customer.created).days))
    for _ in range(count):
        # Squared, so that more was written lately than long ago.
        day = _workday(today - timedelta(int(span * random.random() ** 1.5)), customer.created)
        kind = _kinds().values[_kinds().at(random.random())]
        text, result = random.choice(data["records"][kind])
        minutes = random.choice((8, 9, 9, 10, 10, 11, 14, 14, 15, 15, 16, 17)) * 60 + random.randrange(60)
        at = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=CHINA)
        further = random.random() < 0.45
        made.append(
            ContactRecord(
                customer.ordinal,
                at,
                f"action_type.{kind}",
                spoken(random, text),
                result,
                spoken(random, random.choice(data["next_steps"])) if further else "",
                day + timedelta(random.choice((1, 2, 3, 5, 7, 7, 10, 14, 30))) if further else None,
                customer.owner if customer.owner is not None else random.randrange(8),
            )
        )
    return sorted(made, key=lambda record: record.at)


def _workday(day: date, earliest: date) -> date:
    """``day``, or the Friday before it when it is a Sunday or Saturday and the customer was known by then."""
    moved = day - timedelta(max(0, day.weekday() - 4))
    return moved if moved >= earliest else day


def tasks(seed: int, size: int, today: date) -> Iterator[list[SampleTask]]:
    """Tasks about customers 0 to ``size``: about one for ten, most done, some open and some overdue."""
    for block, batch in enumerate(customers(seed, -(-size // BLOCK) * BLOCK, today)):
        yield tasks_of_block(seed, block, batch, size, today)


@cache
def _priorities() -> Picker:
    weights = words("notes")["task_weights"]
    return Picker([f"task_priority.{code}" for code in weights], list(weights.values()))


def tasks_of_block(seed: int, block: int, batch: list[Customer], size: int, today: date) -> list[SampleTask]:
    """Tasks of one block, ``batch`` its customers (all BLOCK of them, whatever ``size``)."""
    data, priorities = words("notes"), _priorities()
    rng = block_rng(seed, "tasks", block)
    chosen, seeds = rng.random(len(batch)), rng.integers(0, 1 << 62, len(batch)).tolist()
    made = []
    for customer, chance, own in zip(batch, chosen.tolist(), seeds, strict=True):
        if customer.ordinal >= size or customer.owner is None or chance > 0.12:
            continue
        random = Random(own)
        known = (today - customer.created).days
        created = today - timedelta(min(int(120 * random.random() ** 1.7), known))
        due = created + timedelta(random.choice((1, 2, 3, 5, 7, 10, 14, 21)))
        finished = created + timedelta(int((due - created).days * random.uniform(0.2, 1.3)))
        open_ = finished > today or random.random() < 0.06
        made.append(
            SampleTask(
                customer.ordinal,
                created,
                due,
                priorities.values[priorities.at(random.random())],
                spoken(random, random.choice(data["tasks"])),
                customer.owner,
                None if open_ else finished,
            )
        )
    return made
