"""Fills a migrated database with the sample company (ADM-32): any size from 100 to 1,000,000 customers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Final

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL

from services.clock import today as china_today
from services.errors import Invalid, Refused
from services.language import mark
from services.sample import notes
from services.sample.blocks import Block, Blocks, Story, tell
from services.sample.books import UNITS, Books, Buyer, House
from services.sample.companies import suppliers
from services.sample.loading import Loading, Progress, Row
from services.sample.own_fields import (
    CUSTOMER_COLUMNS,
    PRODUCT_COLUMNS,
    define_own_fields,
    product_values,
)
from services.sample.products import SUPPLIERS, Product, categories, products
from services.sample.sheets import TABLES, money
from services.sample.staff import ACCOUNTS, BRANCHES, KEEPERS, PRICE_LEVELS, WAREHOUSES, hire
from services.sample.story import Order
from services.sample.vocabulary import choices, words

SMALLEST: Final = 100
LARGEST: Final = 1_000_000
RECORDS: Final = 200_000
"""Contact records are thinned out above about this number: nobody reads more, and they are slow to index."""
PEOPLE_TABLES: Final = ("customers.customer", "customers.contact", "activities.record", "activities.task")
"""What is complete before the first document is written."""


@dataclass(frozen=True)
class Filled:
    """What was made. ``phases`` are seconds by name."""

    counts: dict[str, int]
    phases: dict[str, float] = field(default_factory=dict)


def build(
    admin_url: URL,
    *,
    size: int,
    seed: int,
    password: str,
    today: date | None = None,
    activity: float = 1.0,
    progress: Progress | None = None,
) -> Filled:
    """Hire the staff and tell the story of ``size`` customers. ``activity`` multiplies the number of orders.

    ``admin_url`` is the superuser's, of a database that was upgraded and holds no customers; Refused otherwise.
    Equal ``size``, ``seed``, ``today`` and ``activity`` give equal data. Takes a second for 100 customers and
    some minutes for a million; interrupted, the database must be made anew.
    """
    if not SMALLEST <= size <= LARGEST:
        raise Invalid(
            mark("The sample company may have {smallest} to {largest} customers."),
            field="size",
            smallest=SMALLEST,
            largest=LARGEST,
        )
    # the day in the company, not on a PC elsewhere
    day = today or china_today()
    users = _hire(admin_url, password)
    url = admin_url.set(drivername="postgresql").render_as_string(hide_password=False)
    tables = {
        **TABLES,
        "customers.customer": (*TABLES["customers.customer"], *CUSTOMER_COLUMNS),
        "products.product": (*TABLES["products.product"], *PRODUCT_COLUMNS),
    }
    with Loading(url, tables, progress) as loading:
        filling = _Filling(loading, users, day, seed, size)
        with loading.phase("customers and story"):
            told = filling.tell(activity)
            loading.complete(PEOPLE_TABLES)
        with loading.phase("documents"):
            filling.books.write(told)
            filling.finish()
            loading.flush()
            # what a trigger would have kept: COPY runs without them
            loading.connection.execute("SELECT products.claim_codes(ARRAY(SELECT id FROM products.product))")
        loading.finish()
        counts = loading.counts()
    return Filled(counts, loading.phases)


def _hire(admin_url: URL, password: str) -> dict[str, int]:
    engine = create_engine(admin_url.set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as connection:
            if connection.scalar(
                text(
                    "SELECT EXISTS (SELECT FROM customers.customer)"
                    " OR EXISTS (SELECT FROM system.custom_field)"
                )
            ):
                raise Refused(
                    mark("This database has customers already. Make a new one for the sample company.")
                )
            people = {
                str(row.login): int(row.id)
                for row in connection.execute(text('SELECT login, id FROM organisation."user"'))
            }
            define_own_fields(connection)
            return people or hire(connection, password)
    finally:
        engine.dispose()


class _Filling:
    def __init__(self, loading: Loading, users: dict[str, int], today: date, seed: int, size: int) -> None:
        self.loading, self.users, self.today, self.seed, self.size = loading, users, today, seed, size
        self.branches = self._ids("organisation.branch", BRANCHES)
        self.levels = self._ids("products.price_level", tuple(PRICE_LEVELS))
        warehouses = self._ids("stock.warehouse", WAREHOUSES)
        self.goods = products(seed)
        self.house = House(
            today, users, self.branches, warehouses,
            {warehouses[code]: users[logins[0]] for code, logins in KEEPERS.items()},
            self._ids("finance.account", ACCOUNTS), [size + 1 + each for each in range(SUPPLIERS)],
        )  # fmt: skip
        self.books = Books(loading, self.house, self.goods)
        self.sellers = tuple(users[f"sales{n}"] for n in range(1, 9))
        self._record = self._task = 0
        self._todays: set[int] = set()
        self.owners: list[int] = []

    def _ids(self, table: str, codes: tuple[str, ...]) -> dict[str, int]:
        # staff.hire has made them in this order
        rows = self.loading.connection.execute(f"SELECT id FROM {table} ORDER BY id").fetchall()
        return dict(zip(codes, (int(row[0]) for row in rows), strict=True))

    def tell(self, activity: float) -> list[tuple[Order, Buyer]]:
        """Write customers, contacts, records and tasks block by block; the orders with their buyers."""
        story, loading = self._story(activity), self.loading
        blocks = Blocks(story)
        told: list[tuple[Order, Buyer]] = []
        for block in tell(story, blocks):
            loading.lines("customers.customer", block.customers)
            loading.lines("customers.contact", block.contacts)
            loading.lines(
                "activities.record", [f"{n}{line}" for n, line in enumerate(block.records, self._record + 1)]
            )
            self._record += len(block.records)
            for task in block.tasks:
                self._write_task(task)
            self._write_todays_tasks(block, blocks)
            self.owners += block.owners
            told += block.orders
        buyer = self.users["buyer"]
        for each in suppliers(self.seed, SUPPLIERS, self.today):
            target = self.house.suppliers[each.ordinal]
            loading.lines("customers.customer", [blocks.customer(each, target, buyer, None)])
            self.owners.append(buyer)
        return told

    def _story(self, activity: float) -> Story:
        return Story(
            self.seed,
            self.size,
            self.today,
            activity,
            min(1.0, RECORDS / (2.7 * self.size)),
            self.sellers,
            (self.users["lead1"], self.users["lead2"]),
            (self.branches["head"], self.branches["chongqing"]),
            self.levels,
            self.loading.sheets,
            self.loading.readings,
        )

    def _write_task(self, task: Row) -> None:
        self._task += 1
        self.loading.add("activities.task", (self._task, *task))

    def _write_todays_tasks(self, block: Block, blocks: Blocks) -> None:
        """One task for today for every salesperson, about the first of his customers."""
        first = sorted(block.first_of_seller.items(), key=lambda item: item[1].ordinal)
        for seller, customer in first:
            if seller in self._todays:
                continue
            self._todays.add(seller)
            random = Random(self.seed * 100 + seller)
            subject = notes.spoken(random, random.choice(words("notes")["tasks"]))
            task = notes.SampleTask(customer.ordinal, self.today, self.today, "task_priority.high", subject, seller,
                                    None)  # fmt: skip
            self._write_task(blocks.task(self._task + 1, task, customer))

    def finish(self) -> None:
        """Goods with their prices and costs, what each customer owes, the counters."""
        self._write_goods()
        for target, owner in enumerate(self.owners, 1):
            state = self.books.journal.owed.get(target, (0, 0, 0, 0))
            ordered = self.books.last_orders.get(target)
            self.loading.add(
                "customers.balance",
                (target, owner, *map(money, state), str(ordered) if ordered else None),
            )
        with self.loading.connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO app.counter (series, last) VALUES (%s, %s)"
                " ON CONFLICT ON CONSTRAINT uq_counter_series DO UPDATE SET last = excluded.last",
                sorted(self.books.journal.counters.items()),
            )
            cursor.executemany(
                "UPDATE finance.account_balance SET balance = %s WHERE id = %s",
                [(money(cents), account) for account, cents in self.books.journal.accounts.items()],
            )

    def _write_goods(self) -> None:
        paths: dict[str, int] = {}
        for position, path in enumerate(categories(), 1):
            parent, _, name = path.rpartition("/")
            paths[path] = position
            row = (position, name, paths[parent] if parent else None, position, self.users["buyer"])
            self.loading.add("products.category", row)
        brands = {f"product_brand.{each['code']}": each["zh"] for each in choices()["product_brand"]}
        for each in self.goods:
            self._write_product(each, paths[each.category], brands.get(each.brand))

    def _write_product(self, each: Product, category: int, brand: str | None) -> None:
        target = each.ordinal + 1
        prices = {key.partition(".")[2]: price for key, price in each.prices.items()}
        self.loading.add(
            "products.product",
            (target, each.number, each.name, each.model, each.specification or None, each.barcode or None, category,
             brand, UNITS[each.unit], UNITS[each.pack_unit] if each.pack_unit else None,
             each.pack_factor if each.pack_unit else None, str(prices["list"]),
             money(int(prices["wholesale"] * 80)) if each.stocked else None, str(each.tax_rate),
             "t" if each.stocked else "f", each.lower_limit or None, each.upper_limit or None,
             str(each.weight) if each.weight else None, self.house.suppliers[each.supplier],
             "discontinued" if each.discontinued else "active", self.users["buyer"],
             *product_values(self.seed, each.ordinal)),
        )  # fmt: skip
        self.loading.extend(
            "products.level_price",
            ((target, self.levels[level], str(price)) for level, price in prices.items()),
        )
        known = (("品牌", brand), ("单重", f"{each.weight} kg" if each.weight else None))
        self.loading.extend(
            "products.parameter",
            ((target, at, name, value) for at, (name, value) in enumerate(known, 1) if value),
        )
        cost = int(each.cost * 100)
        last = self.books.last_cost.get(target, 0)
        self.loading.add(
            "products.cost",
            (target, money(cost), money(last) if last else None, "t" if last and last != cost else "f"),
        )
