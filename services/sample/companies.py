"""The sample company's customers and suppliers: names, addresses, numbers, classes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np

from services.sample.people import individuals, mobiles, person_names
from services.sample.seeds import BLOCK, Picker, block_rng, blocks
from services.sample.vocabulary import Place, places, words

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
    rng = block_rng(seed, "customers", block)
    persons = individuals(seed, block)
    firm = _Firms(rng, start, persons)
    categories = CATEGORIES.draw(rng, BLOCK)
    tables = _tables()
    sources, hots = tables.source.draw(rng, BLOCK), tables.hot.draw(rng, BLOCK)
    stages = {key: picker.draw(rng, BLOCK) for key, picker in tables.stage.items()}
    # Growth: more customers were found lately than long ago.
    ages = (OLDEST_DAYS * rng.random(BLOCK) ** 1.6).astype(int).tolist()
    values = (10 ** rng.normal(4.3, 0.7, BLOCK)).astype(int).tolist()
    codes, accounts = _credit_codes(rng, firm.regions), _digits(rng, 19)
    phones, cells = _digits(rng, 8), mobiles(rng, BLOCK)
    chances: list[list[float]] = rng.random((9, BLOCK)).tolist()
    spots: list[list[int]] = rng.integers(0, 1 << 30, (5, BLOCK)).tolist()
    data = words("companies")
    remarks, banks = data["remarks"], data["banks"]
    made = []
    for i in range(BLOCK):
        index, person, category, place = start + i, persons[i], categories[i], firm.places[i]
        if person and category in ("agent", "partner"):
            category = "ordinary"
        bought = category not in ("potential", "invalid")
        limit, days = CREDIT.get(category, (0, 0))
        if category == "ordinary" and not person and chances[0][i] < 0.5:
            limit, days = (20_000, 50_000, 100_000)[spots[0][i] % 3], 30
        value = max(200, values[i] * (4 if category == "vip" else 1) // (10 if person else 1) // 100 * 100)
        site = f"https://www.example.com/c{index:x}" if not person and chances[1][i] < 0.22 else ""
        landline = f"{place.area_code}-{phones[i][: place.local_digits]}"
        west = firm.west[i]
        made.append(
            Customer(
                index,
                not person,
                firm.names[i],
                firm.shorts[i],
                f"customer_category.{category}",
                stages[category][i],
                _level(value),
                value,
                sources[i],
                firm.industries[i],
                firm.regions[i],
                firm.addresses[i],
                cells[i] if person or chances[2][i] < 0.35 else landline,
                landline[:-1] + str(spots[1][i] % 10) if not person and chances[3][i] < 0.2 else "",
                site,
                f"info{index:x}@example.com" if not person and chances[4][i] < 0.25 else "",
                "" if person else codes[i],
                f"{banks[spots[2][i] % len(banks)]}{place.short}支行" if not person and bought else "",
                "62" + accounts[i][:17] if not person and bought else "",
                limit,
                days,
                _terms(person, days, chances[5][i]),
                _price_level(category),
                None if chances[6][i] < 0.07 or category == "invalid" else spots[3][i] % 4 + 4 * west,
                west,
                _parent(index, person, chances[7][i], spots[4][i]),
                today - timedelta(ages[i]),
                hots[i] if category not in ("invalid", "lost") else "",
                remarks[spots[1][i] % len(remarks)] if chances[8][i] < 0.15 else "",
            )
        )
    return made


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


NUMERALS: Final = "一二三四五六七八九十"


class _Firms:
    """Names, places and industries of a block."""

    def __init__(self, rng: np.random.Generator, start: int, persons: list[bool]) -> None:
        tables, data = _tables(), words("companies")
        spots_of_place = tables.place.indices(rng, BLOCK).tolist()
        all_places: list[Place] = tables.place.values
        self.places = [all_places[spot] for spot in spots_of_place]
        self.west = [1 if place.province in WEST else 0 for place in self.places]
        # One row of luck per customer; a district is found from one number by its city's weights.
        luck: list[list[float]] = rng.random((6, BLOCK)).tolist()
        spots: list[list[int]] = rng.integers(0, 1 << 30, (8, BLOCK)).tolist()
        people, _ = person_names(rng, BLOCK)
        styles = tables.style.draw(rng, BLOCK)
        parts = (data["first"], data["second"], data["third"])
        places_ = words("places")
        public, share = data["public"], data["public_share"]
        self.names: list[str] = []
        self.shorts: list[str] = []
        self.industries: list[str] = []
        self.regions: list[str] = []
        self.addresses: list[str] = []
        for i in range(BLOCK):
            place = self.places[i]
            codes, names, chooser = tables.districts[spots_of_place[i]]
            spot = chooser.at(luck[0][i])
            district = names[spot]
            row = [column[i] for column in spots]
            self.regions.append(codes[spot])
            self.addresses.append(_address(place, district, places_, row, persons[i], luck[1][i]))
            if persons[i]:
                name, short, industry = people[i], people[i], "household"
            elif luck[2][i] < share:
                industry, kinds = public[row[0] % len(public)]
                kind = kinds[row[1] % len(kinds)].replace("第", "第" + NUMERALS[row[2] % len(NUMERALS)], 1)
                name = (district or place.short) + kind
                short = name if len(name) <= 6 else place.short + kind[-4:]
            else:
                industry, trades, endings, _ = styles[i]
                name, short = _company_name(
                    place, district, parts, trades, endings, row, luck[3][i], luck[4][i]
                )
            self.names.append(name)
            self.shorts.append(short)
            self.industries.append(f"industry.{industry}")


WEST: Final = frozenset(
    [
        "重庆市",
        "四川省",
        "贵州省",
        "云南省",
        "陕西省",
        "甘肃省",
        "青海省",
        "湖北省",
        "湖南省",
        "河南省",
        "山西省",
        "河北省",
        "北京市",
        "天津市",
        "辽宁省",
        "吉林省",
        "黑龙江省",
        "宁夏回族自治区",
        "新疆维吾尔自治区",
        "西藏自治区",
        "广西壮族自治区",
        "内蒙古自治区",
    ]
)
"""Provinces of the Chongqing branch."""


def _company_name(
    place: Place, district: str, parts: tuple[str, str, str], trades: list[str], endings: list[str],
    row: list[int], luck: float, more: float,
) -> tuple[str, str]:  # fmt: skip
    first, second, third = parts
    brand = first[row[0] % len(first)] + second[row[1] % len(second)]
    if more < 0.32:
        brand += third[row[2] % len(third)].replace(brand[1], "")
    trade, ending = trades[row[3] % len(trades)], endings[row[4] % len(endings)]
    trade = trade.removesuffix("工程") if ending.startswith("工程") else trade
    if luck < 0.34:
        head = place.short
    elif luck < 0.62:
        head = place.short + "市"
    elif luck < 0.74:
        head = place.province.removesuffix("省").removesuffix("市")[:3].removesuffix("壮").removesuffix("维")
    elif luck < 0.9 and len(district) > 2 and "自治" not in district:
        head = district if ending.endswith(("行", "部", "店")) else district[:-1]
    else:
        head = ""
    if luck > 0.955 and ending.endswith("公司"):
        return f"{brand}（{place.short}）{trade}{ending}", brand + place.short
    short = brand + (trade[:2] if more > 0.5 else "") if luck < 0.7 else place.short + brand
    return f"{head}{brand}{trade}{ending}", short


def _address(
    place: Place, district: str, data: dict[str, Any], row: list[int], person: bool, luck: float
) -> str:
    start = place.address + district
    road = data["roads"][row[5] % len(data["roads"])]
    number = row[6] % 888 + 1
    if person:
        estate = data["estate_names"][row[7] % len(data["estate_names"])]
        estate += data["estates"][row[0] % len(data["estates"])]
        return f"{start}{road}{number}号{estate}{row[1] % 38 + 1}栋{row[2] % 18 + 1}0{row[3] % 4 + 1}室"
    if luck < 0.3:
        site = data["sites"][row[7] % len(data["sites"])]
        return f"{start}{site}{road}{number}号{row[1] % 12 + 1}栋"
    if luck < 0.5:
        return f"{start}{road}{number}号{row[1] % 3 + 1}-{row[2] % 30 + 1}号店面"
    return f"{start}{road}{number}号"


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
