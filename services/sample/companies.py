"""The sample company's customers and suppliers: names, addresses, numbers, classes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from services.sample.firms import Firms
from services.sample.people import individuals, mobiles
from services.sample.seeds import BLOCK, Picker, block_rng, blocks
from services.sample.vocabulary import places, words

OLDEST_DAYS: Final = 9 * 365
"""Age in days of the oldest customer record."""
SALESPEOPLE: Final = 8
USCC_DIGITS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Characters of the unified social credit code, GB 32100-2015, in the order of their values."""
USCC_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


class Customer(NamedTuple):
    """One customer. Dictionary values are keys ``kind.code``; money in whole CNY; empty where unknown."""

    ordinal: int
    """Which customer, counting from 0."""
    company: bool
    """False for individuals (个人客户)."""
    name: str
    short_name: str
    category: str
    stage: str
    level: str
    value: int
    """What sales think it buys in a year, CNY."""
    source: str
    industry: str
    region: str
    """Six digits of GB/T 2260."""
    address: str
    phone: str
    fax: str
    website: str
    email: str
    tax_number: str
    """Unified social credit code with a right check character; empty for individuals."""
    bank: str
    bank_account: str
    credit_limit: int
    credit_days: int
    payment_terms: str
    price_level: str
    owner: int | None
    """Which of the SALESPEOPLE owns it, from 0; None for those in the customer pool."""
    branch: int
    """0 the head office, 1 the Chongqing branch."""
    parent: int | None
    """Index of the parent customer, always a smaller one."""
    created: date
    hot: str
    """Key of ``hot_level`` or empty."""
    remark: str


def _weighted(kind: str, **weights: float) -> Picker:
    return Picker([f"{kind}.{code}" for code in weights], list(weights.values()))


class _Tables(NamedTuple):
    place: Picker
    districts: list[tuple[list[str], list[str], Picker]]
    style: Picker
    source: Picker
    hot: Picker
    stage: dict[str, Picker]


@cache
def _tables() -> _Tables:
    all_places = places()
    districts = [
        ([code for code, _, _ in p.districts], [name for _, name, _ in p.districts],
         Picker(p.districts, [weight for _, _, weight in p.districts]))
        for p in all_places
    ]  # fmt: skip
    styles = words("companies")["styles"]
    early = _weighted("customer_stage", first_contact=40, needs=28, quoted=20, sample=6, paused=6)
    done = _weighted("customer_stage", deal=30, repeat=62, negotiation=8)
    left = _weighted("customer_stage", paused=80, first_contact=20)
    return _Tables(
        place=Picker(all_places, [p.weight for p in all_places]),
        districts=districts,
        style=Picker(styles, [s[3] for s in styles]),
        source=_weighted(
            "customer_source", referral=24, phone=16, visit=15, walk_in=11, web=7, b2b=10, fair=6, partner=3,
            tender=3, advert=2, wechat=6, other=1,
        ),
        hot=Picker(["hot_level.high", "hot_level.middle", "hot_level.low", ""], [0.8, 1.6, 2, 95.6]),
        stage={
            "potential": early, "ordinary": done, "vip": done, "agent": done, "partner": done,
            "lost": left, "invalid": left,
        },
    )  # fmt: skip


CATEGORIES: Final = Picker(
    ["potential", "ordinary", "vip", "agent", "partner", "lost", "invalid"], [44, 40, 4, 3, 2, 5, 2]
)
CREDIT: Final = {"vip": (200_000, 60), "agent": (300_000, 60), "partner": (100_000, 45)}


def customers(seed: int, size: int, today: date, *, first: int = 0) -> Iterator[list[Customer]]:
    """Customers of index ``first`` (rounded down to a block) to ``size``, in batches.

    The same seed, index and ``today`` give the same customer whatever the size. The owner follows the place:
    salespeople 0 to 3 work from the head office, 4 to 7 for Chongqing, the west and the far provinces.
    """
    for block, start, wanted in blocks(size, first):
        yield _block(seed, block, start, today)[:wanted]


def _block(seed: int, block: int, start: int, today: date) -> list[Customer]:
    draws = _Draws(block_rng(seed, "customers", block), start, individuals(seed, block), today)
    return [draws.customer(number) for number in range(BLOCK)]


class _Draws:
    """All random numbers of a block, drawn column by column."""

    def __init__(self, rng: np.random.Generator, start: int, persons: list[bool], today: date) -> None:
        tables = _tables()
        self.start, self.today, self.persons = start, today, persons
        self.firms = Firms(rng, tables.place, tables.districts, tables.style, persons)
        self.categories: list[str] = CATEGORIES.draw(rng, BLOCK)
        self.sources: list[str] = tables.source.draw(rng, BLOCK)
        self.hots: list[str] = tables.hot.draw(rng, BLOCK)
        self.stages = {key: picker.draw(rng, BLOCK) for key, picker in tables.stage.items()}
        # Growth: more customers were found lately than long ago.
        self.ages: list[int] = (OLDEST_DAYS * rng.random(BLOCK) ** 1.6).astype(int).tolist()
        self.values: list[int] = (10 ** rng.normal(4.3, 0.7, BLOCK)).astype(int).tolist()
        self.codes, self.accounts = _credit_codes(rng, self.firms.regions), _digits(rng, 19)
        self.phones, self.cells = _digits(rng, 8), mobiles(rng, BLOCK)
        self.chances: list[list[float]] = rng.random((9, BLOCK)).tolist()
        self.spots: list[list[int]] = rng.integers(0, 1 << 30, (5, BLOCK)).tolist()
        self.remarks: list[str] = words("companies")["remarks"]
        self.banks: list[str] = words("companies")["banks"]

    def customer(self, i: int) -> Customer:
        """The block's customer ``i``."""
        chances, spots, firms = self.chances, self.spots, self.firms
        ordinal, person, category, place = (
            self.start + i,
            self.persons[i],
            self.categories[i],
            firms.places[i],
        )
        if person and category in ("agent", "partner"):
            category = "ordinary"
        banked = not person and category not in ("potential", "invalid")
        limit, days = CREDIT.get(category, (0, 0))
        if category == "ordinary" and not person and chances[0][i] < 0.5:
            limit, days = (20_000, 50_000, 100_000)[spots[0][i] % 3], 30
        value = max(
            200, self.values[i] * (4 if category == "vip" else 1) // (10 if person else 1) // 100 * 100
        )
        landline = f"{place.area_code}-{self.phones[i][: place.local_digits]}"
        west, active = firms.west[i], category not in ("invalid", "lost")
        pooled = chances[6][i] < 0.07 or category == "invalid"
        return Customer(
            ordinal=ordinal,
            company=not person,
            name=firms.names[i],
            short_name=firms.shorts[i],
            category=f"customer_category.{category}",
            stage=self.stages[category][i],
            level=_level(value),
            value=value,
            source=self.sources[i],
            industry=firms.industries[i],
            region=firms.regions[i],
            address=firms.addresses[i],
            phone=self.cells[i] if person or chances[2][i] < 0.35 else landline,
            fax=landline[:-1] + str(spots[1][i] % 10) if not person and chances[3][i] < 0.2 else "",
            website=f"https://www.example.com/c{ordinal:x}" if not person and chances[1][i] < 0.22 else "",
            email=f"info{ordinal:x}@example.com" if not person and chances[4][i] < 0.25 else "",
            tax_number="" if person else self.codes[i],
            bank=f"{self.banks[spots[2][i] % len(self.banks)]}{place.short}支行" if banked else "",
            bank_account="62" + self.accounts[i][:17] if banked else "",
            credit_limit=limit,
            credit_days=days,
            payment_terms=_terms(person, days, chances[5][i]),
            price_level=_price_level(category),
            owner=None if pooled else spots[3][i] % 4 + 4 * west,
            branch=west,
            parent=_parent(ordinal, person, chances[7][i], spots[4][i]),
            created=self.today - timedelta(self.ages[i]),
            hot=self.hots[i] if active else "",
            remark=self.remarks[spots[1][i] % len(self.remarks)] if chances[8][i] < 0.15 else "",
        )


def _parent(index: int, person: bool, chance: float, spot: int) -> int | None:
    return spot % index if index and not person and chance < 0.02 else None


def _level(value: int) -> str:
    code = "a" if value >= 200_000 else "b" if value >= 50_000 else "c" if value >= 8_000 else "d"
    return f"customer_level.{code}"


def _price_level(category: str) -> str:
    return {
        "vip": "price_level.vip",
        "agent": "price_level.wholesale",
        "partner": "price_level.wholesale",
        "ordinary": "price_level.deal",
    }.get(category, "price_level.list")


def _terms(person: bool, days: int, chance: float) -> str:
    if person:
        return "payment_terms.shop"
    if days:
        return "payment_terms.monthly60" if days > 45 else "payment_terms.monthly"
    return "payment_terms.prepaid" if chance < 0.6 else "payment_terms.on_delivery"


def _digits(rng: np.random.Generator, count: int) -> list[str]:
    """BLOCK numbers of ``count`` digits, the first not 0 or 1."""
    figures = rng.integers(0, 10, (BLOCK, count), dtype=np.uint8) + 48
    figures[:, 0] = 50 + figures[:, 0] % 8
    numbers: list[str] = np.ascontiguousarray(figures).view(f"S{count}").ravel().astype(f"U{count}").tolist()
    return numbers


def _credit_codes(rng: np.random.Generator, regions: list[str]) -> list[str]:
    """Unified social credit codes: 91, the region, nine characters of the organisation, the check character.

    GB 32100-2015: check value = 31 - Σ value·weight mod 31, where 31 stands for 0.
    """
    figures = np.zeros((BLOCK, 18), dtype=np.int64)
    figures[:, 0], figures[:, 1] = 9, 1
    for position in range(6):
        figures[:, 2 + position] = np.asarray([int(code[position]) for code in regions])
    figures[:, 8] = 10
    figures[:, 9] = rng.integers(11, 19)
    figures[:, 10:17] = rng.integers(0, 31, (BLOCK, 7))
    figures[:, 17] = (31 - figures[:, :17] @ np.asarray(USCC_WEIGHTS) % 31) % 31
    letters = np.frombuffer(USCC_DIGITS.encode(), dtype=np.uint8)[figures]
    codes: list[str] = np.ascontiguousarray(letters).view("S18").ravel().astype("U18").tolist()
    return codes


def suppliers(seed: int, count: int, today: date) -> list[Customer]:
    """``count`` firms the sample company buys from, as customers of the category ``supplier``.

    Their indices count from 0 on their own; they own no credit and no salesperson.
    """
    wanted = {"valves", "hardware", "plumbing", "lighting", "metalware", "machinery", "labour", "electrical"}
    found: list[Customer] = []
    for batch in customers(seed ^ 0x5EED, 1 << 40, today):
        for each in batch:
            if each.company and each.industry.removeprefix("industry.") in wanted:
                found.append(
                    each._replace(
                        ordinal=len(found), category="customer_category.supplier", stage="", hot="",
                        owner=None, parent=None, credit_limit=0, credit_days=0,
                        price_level="price_level.list",
                    )
                )  # fmt: skip
            if len(found) == count:
                return found
    return found
