"""The generator of the sample company: the same data again, plausible data, data that agrees with itself."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from resources import FOLDER
from services.sales.arithmetic import line_amounts
from services.sample.companies import USCC_DIGITS, USCC_WEIGHTS, customers, suppliers
from services.sample.notes import contact_records, tasks
from services.sample.people import contacts
from services.sample.products import SUPPLIERS, categories, ean13, products
from services.sample.seeds import BLOCK
from services.sample.story import orders
from services.sample.vocabulary import choice_keys, choices, places, regions, words

TODAY = date(2026, 9, 30)
T = TypeVar("T")


def all_of(batches: Iterable[list[T]]) -> list[T]:
    return [each for batch in batches for each in batch]


@pytest.mark.req("ADM-32")
@pytest.mark.parametrize("size", [100, BLOCK, BLOCK + 300])
def test_growing_keeps_what_there_was(size: int) -> None:
    larger = size + BLOCK // 2
    goods = products(5)

    def made(count: int) -> tuple[list[Any], ...]:
        return (
            all_of(customers(5, count, TODAY)),
            all_of(contacts(5, count)),
            all_of(orders(5, count, TODAY, goods, activity=0.1)),
            all_of(contact_records(5, count, TODAY, activity=0.1)),
            all_of(tasks(5, count, TODAY)),
        )

    small, again, large = made(size), made(size), made(larger)
    assert small == again
    for few, many in zip(small, large, strict=True):
        assert few
        assert len(many) > len(few)
        assert many[: len(few)] == few
    assert len(small[0]) == size


def test_another_seed_gives_other_data() -> None:
    assert next(customers(1, 50, TODAY)) != next(customers(2, 50, TODAY))
    assert [each.barcode for each in products(1)] != [each.barcode for each in products(2)]


def test_a_later_part_can_be_made_alone() -> None:
    whole = all_of(customers(3, 2 * BLOCK + 10, TODAY))
    assert all_of(customers(3, 2 * BLOCK + 10, TODAY, first=2 * BLOCK)) == whole[2 * BLOCK :]


def test_customers_are_well_formed() -> None:
    regions_ = regions()
    made = all_of(customers(7, 5000, TODAY))
    keys = {key for kind in choices() for key in choice_keys(kind)}
    for each in made:
        assert each.region in regions_
        assert regions_[each.region][0] in each.address or len(each.address) > 8
        assert re.fullmatch(r"1[3-9]\d{9}|0\d{2,3}-[2-9]\d{6,7}", each.phone), each.phone
        assert {each.category, each.stage, each.level, each.source, each.industry} <= keys
        assert {each.payment_terms, each.price_level} <= keys
        assert not each.hot or each.hot in keys
        assert each.created <= TODAY
        assert each.parent is None or each.parent < each.ordinal
        assert each.company == bool(each.tax_number)
        if each.tax_number:
            values = [USCC_DIGITS.index(digit) for digit in each.tax_number]
            check = sum(v * w for v, w in zip(values, USCC_WEIGHTS, strict=False)) + values[17]
            assert check % 31 == 0
    assert [each.ordinal for each in made] == list(range(5000))
    individuals = sum(not each.company for each in made)
    assert 500 < individuals < 900
    names = Counter(each.name for each in made if each.company)
    assert sum(count - 1 for count in names.values()) < 25
    owners = Counter(each.owner for each in made)
    assert set(owners) == {None, *range(8)}
    places_ = " ".join(each.name for each in made)
    for polyphone in ("重庆", "长沙", "六安", "乐清"):
        assert polyphone in places_


def test_contacts_belong_to_companies_and_each_has_a_main_one() -> None:
    companies = {each.ordinal for each in all_of(customers(7, 3000, TODAY)) if each.company}
    made = all_of(contacts(7, 3000))
    assert {each.customer for each in made} == companies
    assert Counter(each.customer for each in made if each.main) == Counter(companies)
    assert {each.salutation for each in made} <= set(choice_keys("salutation"))
    assert {each.contact_class for each in made} <= set(choice_keys("contact_class"))
    surnames = {each.name[0] for each in made}
    assert surnames >= set("王李张单曾仇")
    assert all(2 <= len(each.name) <= 4 for each in made)
    assert any(each.birthday for each in made)
    assert not any(each.lunar_birthday and each.birthday is None for each in made)


def test_products_are_distinct_and_their_bar_codes_right() -> None:
    made = products(1)
    assert 1800 <= len(made) <= 2500
    assert len({(each.name, each.model) for each in made}) == len(made)
    assert len({each.number for each in made}) == len(made)
    codes = [each.barcode for each in made if each.barcode]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"(2\d|69)\d{11}", code) and ean13(code[:12]) == code for code in codes)
    assert ean13("690123456789") == "6901234567892"
    tree = set(categories())
    for each in made:
        levels = [each.prices[key] for key in choice_keys("price_level")]
        assert levels == sorted(levels, reverse=True)
        assert min(levels) > each.cost
        assert each.category in tree
        assert each.unit in choice_keys("unit")
        assert not each.brand or each.brand in choice_keys("product_brand")
        assert 0 <= each.supplier < SUPPLIERS
    assert len({each.name for each in suppliers(1, SUPPLIERS, TODAY)}) == SUPPLIERS


def test_the_story_holds_together() -> None:
    goods = products(1)
    known = all_of(customers(1, 3000, TODAY))
    made = all_of(orders(1, 3000, TODAY, goods))
    last_price: dict[tuple[int, int], Decimal] = {}
    same = changed = 0
    for order in made:
        assert known[order.customer].created <= order.day <= TODAY
        assert 1 <= len(order.lines) <= 12
        assert len({each.product for each in order.lines}) == len(order.lines)
        for spot, each in enumerate(order.lines):
            issued = sum(issue.quantities[spot] for issue in order.issues)
            assert 0 <= issued <= each.quantity
            assert goods[each.product].stocked or not issued
            key = (order.customer, each.product)
            same += last_price.get(key) == each.tax_price
            changed += key in last_price and last_price[key] != each.tax_price
            last_price[key] = each.tax_price
        assert sum(payment.share for payment in order.payments) <= 100
        for day in [issue.day for issue in order.issues] + [payment.day for payment in order.payments]:
            assert order.day <= day <= TODAY
        assert not order.cancelled or not (order.issues or order.payments)
    assert same > 8 * changed > 0


def test_the_story_looks_like_a_business() -> None:
    goods = products(1)
    turnover: Counter[int] = Counter()
    months: Counter[tuple[int, int]] = Counter()
    partly = unpaid = 0
    for order in all_of(orders(1, 4000, TODAY, goods)):
        value = sum(
            int(line_amounts(Decimal(each.quantity), each.tax_price, each.discount, each.rate).gross)
            for each in order.lines
        )
        turnover[order.customer] += value
        months[order.day.year, order.day.month] += 1
        partly += len(order.issues) > 1
        unpaid += not order.payments
    best = turnover.most_common(len(turnover) // 5)
    share = sum(value for _, value in best) / turnover.total()
    assert 0.6 < share < 0.95
    assert months[2026, 2] < months[2026, 4]
    spring, before = (sum(months[year, month] for month in (3, 4, 5, 6)) for year in (2026, 2025))
    assert spring > 1.1 * before
    assert partly > 100
    assert unpaid > 100


def test_notes_are_not_all_alike_and_have_no_gap_left() -> None:
    records = all_of(contact_records(1, 2000, TODAY))
    assert len({each.text for each in records}) > 0.75 * len(records)
    assert not any("{" in each.text + each.next_step for each in records)
    assert {each.kind for each in records} <= set(choice_keys("action_type"))
    todo = all_of(tasks(1, 2000, TODAY))
    assert any(each.done is None and each.due < TODAY for each in todo)
    assert any(each.done is not None for each in todo)
    assert {each.priority for each in todo} <= set(choice_keys("task_priority"))
    assert not any("{" in each.subject for each in todo)


def test_a_million_is_a_matter_of_seconds() -> None:
    next(customers(1, 10, TODAY))
    # Processor time, so that a busy machine does not count; some 90,000 a second where it was written.
    started = time.process_time()
    count = sum(len(batch) for batch in customers(1, 20_000, TODAY))
    assert count / (time.process_time() - started) > 25_000


def test_reference_data_is_complete() -> None:
    counts = Counter("province" if parent is None else len(code) for code, (_, parent) in regions().items())
    assert counts["province"] == 34
    assert sum(counts.values()) == 34 + 342 + 3056
    assert all(parent is None or parent in regions() for _, parent in regions().values())
    assert len(places()) > 110
    assert all(len(code) == 6 for place in places() for code, _, _ in place.districts)
    titles = json.loads((FOLDER / "reference" / "choice_kinds.json").read_text(encoding="utf-8"))
    assert list(titles) == list(choices())
    for kind, rows in choices().items():
        codes = [row["code"] for row in rows]
        assert len(set(codes)) == len(codes), kind
        for place, row in enumerate(rows):
            assert row["zh"], kind
            assert row["en"], kind
            assert "parent" not in row or row["parent"] in codes[:place], kind
            assert re.fullmatch("#[0-9a-f]{6}", row.get("colour", "#000000")), kind


def test_the_company_itself() -> None:
    company = words("company")
    logins = [person[0] for person in company["people"]]
    assert len(logins) == len(set(logins)) == 20
    branches = {branch["code"] for branch in company["branches"]}
    for _, _, _, branch, superior in company["people"]:
        assert branch in branches
        assert superior is None or superior in logins
    above = {person[0]: person[4] for person in company["people"]}
    assert [above[f"sales{number}"] for number in range(1, 9)] == ["lead1"] * 4 + ["lead2"] * 4
