"""Numbers of documents (PLT-36): patterns, resets, branches, and eight clerks at once without gaps or twins."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from services import checking
from services.clock import today
from services.database import Database
from services.errors import Refused, ShukeError
from services.system.numbering import (
    DATE_PARTS,
    RESETS,
    Pattern,
    allowed_resets,
    example,
    patterns,
    set_numbering,
)
from tests.conftest import Company
from tests.factories.shop import Shop, open_shop, run

ORDER = "sales.order"


@pytest.fixture
def shop(company: Company) -> Shop:
    """A small shop."""
    return open_shop(company)


def pattern_of(database: Database, entity: str = ORDER) -> Pattern:
    """How a kind is numbered now."""
    with database.read_session() as session:
        return next(pattern for pattern in patterns(session) if pattern.entity == entity)


def change(company: Company, **wanted: Any) -> None:
    """Change the pattern of orders as the administrator."""
    admin = company.as_("admin")
    admin.write(set_numbering, pattern=replace(pattern_of(admin), **wanted))
    admin.close()


def sell(database: Database, shop: Shop, day: date | None = None, quantity: str = "1") -> str:
    """Confirm an order; its number."""
    made = run(
        database,
        "sales.save_order",
        customer_id=shop.other,
        date=str(day or today()),
        warehouse_id=shop.warehouse,
        lines=[
            {
                "product_id": shop.products[0],
                "quantity": quantity,
                "tax_price": "44",
                "tax_rate": 0,
            }
        ],
    )
    return str(run(database, "sales.confirm_order", order_id=made.id, version=1).result["number"])


def differences(company: Company) -> list[str]:
    """What the check of the numbers finds."""
    engine = create_engine(company.server.url(database=company.name).set(drivername="postgresql+psycopg"))
    try:
        with Session(engine) as session:
            return [str(found) for found in checking.check(session) if found.rule == "app.counter"]
    finally:
        engine.dispose()


@pytest.mark.req("PLT-36")
def test_the_pattern_of_a_kind(company: Company, shop: Shop) -> None:
    seller = company.as_("sales1")
    stamp = f"{today():%Y%m%d}"
    assert [sell(seller, shop) for _ in range(2)] == [f"XS{stamp}-0001", f"XS{stamp}-0002"]
    change(company, prefix="dd", date_part="YYMM", digits=6, resets="month")
    assert sell(seller, shop) == f"DD{today():%y%m}-000001"
    change(company, prefix="HT", date_part="", digits=3, resets="never")
    assert [sell(seller, shop) for _ in range(2)] == ["HT001", "HT002"]
    assert differences(company) == []


@pytest.mark.req("PLT-36")
def test_a_count_begins_anew_with_its_period(company: Company, shop: Shop) -> None:
    seller = company.as_("sales1")
    days = [date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 1), date(2027, 2, 1)]
    change(company, resets="month")
    assert [sell(seller, shop, day)[-4:] for day in days] == ["0001", "0002", "0001", "0001"]
    change(company, prefix="XJ", resets="year")
    assert [sell(seller, shop, day)[-4:] for day in days] == ["0001", "0002", "0003", "0001"]
    change(company, prefix="XK", resets="never")
    assert [sell(seller, shop, day)[-4:] for day in days] == ["0001", "0002", "0003", "0004"]
    assert differences(company) == []


@pytest.mark.req("PLT-36")
@pytest.mark.parametrize(
    "steps", [("day", "month", "day"), ("month", "day", "never", "day"), ("never", "year", "day")]
)
def test_a_changed_pattern_gives_no_number_twice(
    company: Company, shop: Shop, steps: tuple[str, ...]
) -> None:
    seller = company.as_("sales1")
    numbers = []
    for step in steps:
        change(company, resets=step, digits=4 + len(numbers) % 2)
        numbers += [sell(seller, shop) for _ in range(3)]
    assert len(set(numbers)) == len(numbers), numbers
    assert differences(company) == []


@pytest.mark.req("PLT-36")
def test_a_branch_with_a_prefix_of_its_own(company: Company, shop: Shop) -> None:
    company.psql().execute(
        "UPDATE organisation.branch SET number_prefix = 'CQ' WHERE short_name = '重庆分公司'"
    )
    company.psql("sales5").execute("INSERT INTO customers.customer (name) VALUES ('万州五金')")
    company.psql().execute("UPDATE customers.customer SET owner_id = owner_id")
    change(company, per_branch=True)
    stamp = f"{today():%Y%m%d}"
    assert sell(company.as_("sales1"), shop) == f"XS{stamp}-0001"
    company.psql().execute(
        "UPDATE organisation.\"user\" SET branch_id = (SELECT id FROM organisation.branch WHERE number_prefix = 'CQ')"
        " WHERE login = 'sales1'"
    )
    assert [sell(company.as_("sales1"), shop) for _ in range(2)] == [
        f"CQ-XS{stamp}-0001",
        f"CQ-XS{stamp}-0002",
    ]
    assert differences(company) == []


@pytest.mark.req("PLT-36")
def test_what_is_no_pattern(company: Company) -> None:
    admin = company.as_("admin")
    now = pattern_of(admin)
    for wanted in (
        {"prefix": ""},
        {"prefix": "X1"},
        {"prefix": "X'; DROP"},
        {"prefix": "HK"},
        {"digits": 0},
        {"digits": 11},
        {"date_part": "HH24MISS"},
        {"date_part": "YYYYMM", "resets": "day"},
        {"date_part": "", "resets": "year"},
        {"resets": "hour"},
        {"changes": 99},
    ):
        with pytest.raises(Refused):
            admin.write(set_numbering, pattern=replace(now, **wanted))  # type: ignore[arg-type]
    with pytest.raises(Refused):
        company.as_("sales1").write(set_numbering, pattern=replace(now, prefix="AA"))
    assert pattern_of(admin) == now


@given(
    st.sampled_from(sorted(DATE_PARTS)),
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.integers(1, 99999),
)
def test_the_example_shows_the_period(part: str, day: date, count: int) -> None:
    assert "never" in allowed_resets(part)
    assert set(allowed_resets(part)) <= set(RESETS)
    text = example(Pattern(ORDER, "XS", part, 4, "never", False, 0), day, count)
    assert text.startswith("XS") and text.endswith(str(count))
    assert len(text) == 2 + (len(part) + 1 if part else 0) + max(4, len(str(count)))


@pytest.mark.req("PLT-36")
@pytest.mark.parametrize("resets", ["day", "month"])
def test_eight_clerks_leave_neither_gaps_nor_twins(company: Company, shop: Shop, resets: str) -> None:
    """Some sales are refused after their number was taken, and rolled back."""
    if resets != "day":
        change(company, resets=resets)
    # an unsellable one: the credit limit is refused late, a missing stock later still
    failing: Callable[[Database], object] = lambda database: run(  # noqa: E731
        database,
        "sales.sell",
        order={
            "customer_id": shop.other,
            "warehouse_id": shop.warehouse,
            "lines": [
                {
                    "product_id": shop.products[4],
                    "quantity": "1",
                    "tax_price": "44",
                    "tax_rate": 0,
                }
            ],
        },
        account_id=1,
    )
    numbers: list[str] = []
    refused: list[ShukeError] = []
    problems: list[BaseException] = []
    days = [date(2026, 3, 1), date(2026, 3, 2)]

    def clerk(number: int) -> None:
        luck, database = random.Random(number), company.as_("boss")
        try:
            for _ in range(8):
                if luck.random() < 0.3:
                    try:
                        failing(database)
                    except ShukeError as error:
                        refused.append(error)
                else:
                    numbers.append(sell(database, shop, luck.choice(days)))
        except BaseException as error:
            problems.append(error)
        finally:
            database.engine.dispose()

    admin = company.psql()
    # other companies on the tests' server have a boss too, and their connections count
    admin.execute("ALTER ROLE boss CONNECTION LIMIT 60")
    threads = [threading.Thread(target=clerk, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    admin.execute("ALTER ROLE boss CONNECTION LIMIT 12")
    assert not problems, problems[0]
    assert refused and len(numbers) > 20
    assert len(set(numbers)) == len(numbers)
    if resets == "month":
        assert sorted(int(number[-4:]) for number in numbers) == list(range(1, len(numbers) + 1))
    else:
        for day in days:
            of_day = sorted(int(n[-4:]) for n in numbers if f"{day:%Y%m%d}" in n)
            assert of_day == list(range(1, len(of_day) + 1))
    assert differences(company) == []
