"""Many at once, and lines that break (SECURITY 26, 27, 29, 30): no deadlock, no oversale, no gap, nothing twice.

By bare connections, so that nothing is repeated unseen.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from services.checking import check
from tests.conftest import Company
from tests.factories.rights import keep
from tests.factories.shop import Shop, open_shop, run

CLERKS = 8


@pytest.fixture
def shop(company: Company) -> Shop:
    """A small shop; the boss may have as many connections as clerks need."""
    company.psql().execute("ALTER ROLE boss CONNECTION LIMIT 60")
    return open_shop(company)


@pytest.fixture(autouse=True)
def _bounds_again(company: Company) -> Any:
    """Logins are the server's, not the database's."""
    yield
    company.psql().execute("ALTER ROLE boss CONNECTION LIMIT 12")


def goods(company: Company, shop: Shop, count: int, each: int) -> list[int]:
    """So many new products with so many pieces of each."""
    admin = company.psql()
    statement = (
        "INSERT INTO products.product (name) SELECT '管件' || n FROM generate_series(1, %s) n RETURNING id"
    )
    made = [int(str(row[0])) for row in admin.execute(statement, (count,)).fetchall()]
    keep(company, "boss")
    keeper = company.as_("boss")
    lines = [{"product_id": product, "quantity": each, "unit_cost": "1"} for product in made]
    saved = run(keeper, "stock.save_receipt", warehouse_id=shop.warehouse, kind="opening", lines=lines)
    run(keeper, "stock.post_receipt", receipt_id=saved.id)
    return made


def sale(shop: Shop, lines: list[tuple[int, int]], day: date | None = None) -> dict[str, Any]:
    """Arguments of a sale over the counter."""
    order: dict[str, Any] = {
        "customer_id": shop.other,
        "warehouse_id": shop.warehouse,
        "lines": [
            {"product_id": product, "quantity": quantity, "tax_price": "10", "tax_rate": 0}
            for product, quantity in lines
        ],
    }
    return {"order": order | ({"date": str(day)} if day else {}), "account_id": 1}


def post(connection: psycopg.Connection[Any], arguments: dict[str, Any], key: UUID | None = None) -> Any:
    """The result of a sale under a key; psycopg.Error when it was refused."""
    row = connection.execute(
        "SELECT app.post(%s, 'sales.sell', %s)", (key or uuid4(), Jsonb(arguments))
    ).fetchone()
    assert row is not None
    return row[0]


def at_once(company: Company, clerk: Callable[[psycopg.Connection[Any], random.Random], None]) -> None:
    """Eight clerks do the same; whatever one of them raises is the test's."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    connections = [company.psql("boss") for _ in range(CLERKS)]
    with ThreadPoolExecutor(CLERKS) as pool:
        for done in [pool.submit(clerk, c, random.Random(seed + n)) for n, c in enumerate(connections)]:
            done.result()


def sound(company: Company) -> None:
    """Every balance is what its ledger says."""
    engine = create_engine(company.url().set(drivername="postgresql+psycopg"))
    with Session(engine) as session:
        assert check(session) == []
    engine.dispose()


def column(company: Company, statement: str) -> list[Any]:
    """The first column."""
    return [row[0] for row in company.psql().execute(statement).fetchall()]  # type: ignore[call-overload]


@pytest.mark.req("STK-05", "SAL-08")
def test_sales_of_ten_lines_in_any_order_never_deadlock(company: Company, shop: Shop) -> None:
    products = goods(company, shop, 20, 100_000)
    states: list[str | None] = []

    def clerk(connection: psycopg.Connection[Any], luck: random.Random) -> None:
        for _ in range(12):
            lines = [(product, luck.randint(1, 9)) for product in luck.sample(products, 10)]
            try:
                post(connection, sale(shop, lines))
                states.append(None)
            except psycopg.Error as error:
                states.append(error.sqlstate)

    at_once(company, clerk)
    assert states == [None] * (12 * CLERKS)
    sold = column(company, "SELECT sum(quantity) FROM sales.order_line")[0]
    left = column(company, f"SELECT sum(on_hand) FROM stock.balance WHERE product_id >= {min(products)}")[0]
    assert sold + left == Decimal(20 * 100_000)
    sound(company)


@pytest.mark.req("STK-05")
@pytest.mark.parametrize("allowed", [False, True])
def test_the_last_pieces_are_sold_once(company: Company, shop: Shop, allowed: bool) -> None:
    """Twenty pieces, eight clerks who want some sixty; where the warehouse may owe goods, all of them are sold."""
    (product,) = goods(company, shop, 1, 20)
    if allowed:
        run(company.as_("boss"), "stock.allow_negative", warehouse_id=shop.warehouse, allowed=True)
    sold: list[int] = []
    refused: list[str | None] = []

    def clerk(connection: psycopg.Connection[Any], luck: random.Random) -> None:
        for _ in range(5):
            quantity = luck.randint(1, 3)
            try:
                post(connection, sale(shop, [(product, quantity)]))
                sold.append(quantity)
            except psycopg.Error as error:
                refused.append(error.sqlstate)

    at_once(company, clerk)
    left = column(company, f"SELECT on_hand FROM stock.balance WHERE product_id = {product}")[0]
    assert left == 20 - sum(sold)
    lowest = column(company, f"SELECT min(balance_after) FROM stock.ledger WHERE product_id = {product}")[0]
    if allowed:
        assert not refused and lowest < 0
    else:
        assert set(refused) == {"SK001"} and left >= 0 and lowest >= 0
    sound(company)


@pytest.mark.req("PLT-36", "PLT-30")
def test_numbers_over_new_year_while_connections_die(company: Company, shop: Shop) -> None:
    """The last and the first day of a year at once; connections are ended in the middle, after their number was taken
    too. What was answered stands, what was not is asked for again with its key: 1 to n on each day."""
    products, days = goods(company, shop, 3, 100_000), (date(2026, 12, 31), date(2027, 1, 1))
    told: dict[UUID, str] = {}
    lost: list[UUID] = []
    over = threading.Event()
    superuser = company.psql()

    def killer() -> None:
        for _ in range(40):
            if over.wait(0.1):
                return
            superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND usename = 'boss' AND state = 'active' ORDER BY random() LIMIT 1"
            )

    def clerk(connection: psycopg.Connection[Any], luck: random.Random) -> None:
        for _ in range(10):
            key, arguments = uuid4(), sale(shop, [(luck.choice(products), 1)], luck.choice(days))
            for _attempt in range(200):
                try:
                    if connection.closed:
                        connection = company.psql("boss")
                    told[key] = str(post(connection, arguments, key)["number"])
                    break
                except psycopg.OperationalError:
                    lost.append(key)
            else:
                raise AssertionError("never answered")

    thread = threading.Thread(target=killer)
    thread.start()
    try:
        at_once(company, clerk)
    finally:
        over.set()
        thread.join()
    assert lost, "connections died in the middle"
    assert len(told) == len(set(told.values())) == 10 * CLERKS
    assert sorted(column(company, 'SELECT number FROM sales."order"')) == sorted(told.values())
    for day in days:
        of_day = sorted(int(number[-4:]) for number in told.values() if f"{day:%Y%m%d}" in number)
        assert of_day and of_day == list(range(1, len(of_day) + 1)), day
    sound(company)


@pytest.mark.req("PLT-30", "SAL-08")
def test_two_hundred_lost_answers_sell_nothing_twice(company: Company, shop: Shop) -> None:
    """Each sale is done and its answer lost; asked again with its key, by another connection, it says what it did."""
    products = goods(company, shop, 3, 100_000)
    first, second = company.psql("boss"), company.psql("boss")
    numbers = []
    for n in range(200):
        key, arguments = uuid4(), sale(shop, [(products[n % 3], 1)])
        unheard = post(first, arguments, key)
        again = post(second, arguments, key)
        assert again == unheard
        numbers.append(again["number"])
        if n % 20 == 0:
            # the same key with other contents is refused, whoever lost what
            other = sale(shop, [(products[n % 3], 2)])
            with pytest.raises(psycopg.Error) as refused:
                post(second, other, key)
            assert refused.value.sqlstate == "SK001"
    assert sorted(column(company, 'SELECT number FROM sales."order"')) == sorted(numbers)
    assert column(company, "SELECT count(*) FROM finance.payment") == [200]
    sound(company)
