"""Fills a migrated database with the sample company (ADM-32): any size from 100 to 1,000,000 customers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Final, NamedTuple

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL

from services.clock import today as china_today
from services.errors import Invalid, Refused
from services.language import mark
from services.sample import notes
from services.sample.books import UNITS, Books, Buyer, House
from services.sample.companies import Customer, customers, suppliers
from services.sample.loading import Loading, Progress
from services.sample.own_fields import (
    CUSTOMER_COLUMNS,
    PRODUCT_COLUMNS,
    customer_values,
    define_own_fields,
    product_values,
)
from services.sample.people import Contact, contacts
from services.sample.products import SUPPLIERS, Product, categories, products
from services.sample.sheets import TABLES, money
from services.sample.staff import ACCOUNTS, BRANCHES, KEEPERS, PRICE_LEVELS, WAREHOUSES, hire
from services.sample.story import Order, orders
from services.sample.vocabulary import choices, words

SMALLEST: Final = 100
LARGEST: Final = 1_000_000
RECORDS: Final = 200_000
"""Contact records are thinned out above about this number: nobody reads more, and they are slow to index."""


@dataclass(frozen=True)
class Filled:
    """What was made. ``phases`` are seconds by name."""

    counts: dict[str, int]
    phases: dict[str, float] = field(default_factory=dict)


class _Block(NamedTuple):
    customers: list[Customer]
    contacts: list[Contact]
    records: list[notes.ContactRecord]
    tasks: list[notes.SampleTask]
    orders: list[Order]


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
        with loading.phase("documents"):
            filling.books.write(told)
            filling.finish()
        with loading.phase("search columns"):
            loading.fill({"customers.customer": {"name_key": "customers.name_key(r.name)"}})
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
        self.sellers = [users[f"sales{n}"] for n in range(1, 9)]
        self.leads = (users["lead1"], users["lead2"])
        self._contact = self._record = self._task = 0
        self._todays: set[int] = set()
        self.owners: list[int] = []

    def _ids(self, table: str, codes: tuple[str, ...]) -> dict[str, int]:
        # staff.hire has made them in this order
        rows = self.loading.connection.execute(f"SELECT id FROM {table} ORDER BY id").fetchall()
        return dict(zip(codes, (int(row[0]) for row in rows), strict=True))

    def tell(self, activity: float) -> list[tuple[Order, Buyer]]:
        """Write customers, contacts, records and tasks block by block; the orders with their buyers."""
        told: list[tuple[Order, Buyer]] = []
        for block in self._blocks(activity):
            mains, last = self._write_people(block)
            buyers: dict[int, Buyer] = {}
            first = block.customers[0].ordinal
            for order in block.orders:
                if order.customer not in buyers:
                    each = block.customers[order.customer - first]
                    buyers[order.customer] = self._buyer(each, mains.get(order.customer))
                told.append((order, buyers[order.customer]))
            for each in block.customers:
                self._write_customer(each, each.ordinal + 1, self._owner(each), last.get(each.ordinal))
        for each in suppliers(self.seed, SUPPLIERS, self.today):
            self._write_customer(each, self.house.suppliers[each.ordinal], self.users["buyer"], None)
        return told

    def _blocks(self, activity: float) -> Iterator[_Block]:
        seed, size, today = self.seed, self.size, self.today
        spoken = min(1.0, RECORDS / (2.7 * size))
        return map(
            _Block._make,
            zip(
                customers(seed, size, today),
                contacts(seed, size),
                notes.contact_records(seed, size, today, activity=spoken),
                notes.tasks(seed, size, today),
                orders(seed, size, today, self.goods, activity=activity),
                strict=True,
            ),
        )

    def _owner(self, customer: Customer) -> int:
        # customers of nobody in particular are their branch's manager's to give away
        return self.leads[customer.branch] if customer.owner is None else self.sellers[customer.owner]

    def _branch(self, customer: Customer) -> int:
        return self.branches[("head", "chongqing")[customer.branch]]

    def _buyer(self, each: Customer, main: tuple[int, Contact] | None) -> Buyer:
        return Buyer(
            each.ordinal + 1, each.name, self._owner(each), self._branch(each), main[0] if main else None,
            main[1].name if main else each.name, (main[1].mobile if main else "") or each.phone, each.address,
            each.credit_days, self.levels[each.price_level.partition(".")[2]],
        )  # fmt: skip

    def _write_people(self, block: _Block) -> tuple[dict[int, tuple[int, Contact]], dict[int, date]]:
        """Contacts, records and tasks; the main contact and the day of the last record by customer."""
        first = block.customers[0].ordinal
        mains: dict[int, tuple[int, Contact]] = {}
        last: dict[int, date] = {}
        for contact in block.contacts:
            self._contact += 1
            customer = block.customers[contact.customer - first]
            if contact.main:
                mains[contact.customer] = (self._contact, contact)
            self._write_contact(customer, contact)
        for record in block.records:
            self._record += 1
            author, at = self.sellers[record.author], record.at.isoformat()
            main = mains.get(record.customer)
            last[record.customer] = max(last.get(record.customer, date.min), record.at.date())
            self.loading.add(
                "activities.record",
                (self._record, at, author, at, author, author,
                 self._branch(block.customers[record.customer - first]), record.customer + 1,
                 main[0] if main else None, record.kind, at, record.text, record.result or None,
                 record.next_step or None, str(record.next_date) if record.next_date else None),
            )  # fmt: skip
        for task in block.tasks:
            self._write_task(task, self._branch(block.customers[task.customer - first]))
        self._write_todays_tasks(block)
        return mains, last

    def _write_customer(self, each: Customer, target: int, owner: int, last: date | None) -> None:
        at = f"{each.created} 09:10:00+08"
        worth = each.value
        level = "high" if worth >= 100_000 else "middle" if worth >= 20_000 else "low"
        self.loading.add(
            "customers.customer",
            (target, at, owner, at, owner, owner, self._branch(each), "company" if each.company else "individual",
             f"C-{target:06d}", each.name, each.short_name or None, each.category, each.stage or None, each.level,
             each.source, each.industry or None, each.region, each.address, each.phone, each.fax or None,
             each.website or None, each.email or None, each.tax_number or None, each.bank or None,
             each.bank_account or None, None if not each.credit_limit else each.credit_limit,
             each.credit_days or None, f"customer_value.{level}", None if each.parent is None else each.parent + 1,
             self.levels[each.price_level.partition(".")[2]], each.remark or None, str(last) if last else None,
             *customer_values(self.seed, each.ordinal, company=each.company)),
        )  # fmt: skip
        self.owners.append(owner)

    def _write_contact(self, customer: Customer, each: Contact) -> None:
        at, owner = f"{customer.created} 09:15:00+08", self._owner(customer)
        self.loading.add(
            "customers.contact",
            (self._contact, at, owner, at, owner, owner, self._branch(customer), customer.ordinal + 1, each.name,
             each.salutation, each.contact_class, each.department or None, each.title or None, each.phone or None,
             each.mobile or None, each.email or None, each.wechat or None,
             str(each.birthday) if each.birthday else None, "lunar" if each.lunar_birthday else "solar",
             each.hobby or None, each.remark or None, "t" if each.main else "f"),
        )  # fmt: skip

    def _write_task(self, each: notes.SampleTask, branch: int) -> None:
        self._task += 1
        executor = self.sellers[each.executor]
        # every third is given by the manager, the others people set themselves
        owner = self.leads[each.executor // 4] if self._task % 3 == 0 else executor
        at, due = f"{each.created} 09:30:00+08", each.due
        if each.done is None:
            state, progress = ("accepted", 50) if self._task % 2 else ("open", 0)
            due = self.today if self._task % 3 == 1 else due
        else:
            state, progress = "closed" if (self.today - each.done).days > 14 else "done", 100
        self.loading.add(
            "activities.task",
            (self._task, at, owner, at, owner, owner, branch, each.subject, each.customer + 1, executor,
             f"{due} 17:30:00+08", each.priority, progress, state),
        )  # fmt: skip

    def _write_todays_tasks(self, block: _Block) -> None:
        """One task for today for every salesperson, about the first of his customers."""
        for each in block.customers:
            if each.owner is None or each.owner in self._todays or not each.company:
                continue
            self._todays.add(each.owner)
            random = Random(self.seed * 100 + each.owner)
            subject = notes.spoken(random, random.choice(words("notes")["tasks"]))
            task = notes.SampleTask(each.ordinal, self.today, self.today, "task_priority.high", subject, each.owner,
                                    None)  # fmt: skip
            self._write_task(task, self._branch(each))

    def finish(self) -> None:
        """Goods with their prices and costs, what each customer owes, the counters."""
        self._write_goods()
        for target, owner in enumerate(self.owners, 1):
            state = self.books.journal.owed.get(target, (0, 0, 0, 0))
            self.loading.add("customers.balance", (target, owner, *map(money, state)))
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
