"""The server is killed (-9) in the middle of posting, several times: nothing half, nothing twice, and on it goes."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psutil
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from app.embedded import EmbeddedServer
from services.checking import check
from services.commands import Changes
from services.database import Database
from services.errors import ConnectionLost
from services.finance.commands import post_payment
from services.sales.commands import confirm_order, save_order
from services.stock.commands import make_issue, post_issue
from tests.conftest import Company
from tests.factories.own_server import DATABASE, own_server
from tests.factories.shop import Shop, open_shop
from tests.widgets.desk import client_of
from widgets.base.tasks import tasks
from widgets.sales.lines_model import PLACE
from widgets.sales.order_form import OrderForm

ROUNDS = 4
CLERKS = ("sales1", "lead1", "manager")
"""All of them see the customers of sales1."""


@pytest.fixture
def own_company() -> Iterator[Company]:
    """A company on a server of this test, that may be killed."""
    with own_server() as server:
        made = Company(server, DATABASE)
        yield made
        made.close()
        server.start()


def kill(server: EmbeddedServer) -> None:
    """kill -9 of this server and everything that it has started."""
    pid = server.pid()
    assert pid is not None
    postmaster = psutil.Process(pid)
    for process in (postmaster, *postmaster.children(recursive=True)):
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


@dataclass
class Clerk(threading.Thread):
    """Sells, lets the keeper issue, takes money, again and again; asks each key until it has an answer."""

    database: Database
    keeper: Database
    cashier: Database
    shop: Shop
    account: int
    stopped: threading.Event
    confirmed: dict[UUID, Changes] = field(default_factory=dict)
    issued: dict[UUID, Changes] = field(default_factory=dict)
    paid: dict[UUID, Changes] = field(default_factory=dict)
    lost: int = 0
    error: BaseException | None = None

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        try:
            while not self.stopped.is_set():
                self.sell()
        except BaseException as error:  # handed to the test, which fails by it
            self.error = error

    def once(
        self, database: Database, command: Callable[..., Changes], **arguments: Any
    ) -> tuple[UUID, Changes]:
        """As a screen does: the same key after every lost connection, until there is an answer."""
        key = uuid4()
        for _attempt in range(60):
            try:
                return key, database.write_once(key, command, **arguments)
            except ConnectionLost:
                self.lost += 1
                time.sleep(0.2)
        raise AssertionError("the server did not come back")

    def sell(self) -> None:
        same = {"quantity": "1", "tax_price": "50", "discount": "100", "tax_rate": "0"}
        lines = [{"product_id": product, **same} for product in random.sample(self.shop.products[:3], 2)]
        order = {"customer_id": self.shop.other, "warehouse_id": self.shop.warehouse, "lines": lines}
        _key, saved = self.once(self.database, save_order, order=order)
        key, changes = self.once(self.database, confirm_order, order_id=saved.id)
        self.confirmed[key] = changes
        with_lines = self.lines(saved.id)
        _key, asked = self.once(self.database, make_issue, warehouse_id=self.shop.warehouse, lines=with_lines)
        key, changes = self.once(self.keeper, post_issue, issue_id=asked.id, counted=[])
        self.issued[key] = changes
        key, changes = self.once(
            self.cashier,
            post_payment,
            customer_id=self.shop.other,
            account_id=self.account,
            amount=Decimal(100),
            date=date.today(),
            orders=[(saved.id, Decimal(100))],
        )
        self.paid[key] = changes

    def lines(self, order: int) -> list[tuple[int, Decimal]]:
        for _attempt in range(60):
            try:
                with self.database.read_session() as session:
                    statement = text("SELECT id FROM sales.order_line WHERE order_id = :order ORDER BY id")
                    return [(int(i), Decimal(1)) for i in session.scalars(statement, {"order": order})]
            except ConnectionLost:
                time.sleep(0.2)
        raise AssertionError("the server did not come back")


@pytest.mark.req("PLT-30", "STK-05")
def test_a_killed_server_leaves_nothing_half_and_nothing_twice(own_company: Company, qtbot: QtBot) -> None:
    company, seed = own_company, random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    shop = open_shop(company)
    with company.psql() as admin:
        row = admin.execute("SELECT min(id) FROM finance.account").fetchone()
        before = admin.execute("SELECT sum(on_hand) FROM stock.balance").fetchone()
    assert row is not None and before is not None
    stopped = threading.Event()
    keeper, cashier = company.as_("keeper1", pool=3), company.as_("cashier1", pool=3)
    clerks = [Clerk(company.as_(login), keeper, cashier, shop, int(str(row[0])), stopped) for login in CLERKS]
    for clerk in clerks:
        clerk.start()
    forms: list[int] = []
    client = client_of(company.as_("sales1"))
    for _round in range(ROUNDS):
        forms.append(play_round(qtbot, company, client, shop, chance))
    qtbot.wait(600)
    stopped.set()
    qtbot.waitUntil(lambda: not any(clerk.is_alive() for clerk in clerks))
    tasks().wait()
    assert [clerk.error for clerk in clerks if clerk.error is not None] == []
    assert sum(clerk.lost for clerk in clerks) > 0 or ROUNDS == 0, "some work was under way when it died"
    agree(company, clerks, forms, Decimal(str(before[0])))


def play_round(qtbot: QtBot, company: Company, client: Any, shop: Shop, chance: random.Random) -> int:
    """A sale in the real form; the server dies at a random moment of it, and comes back. The order's id."""
    form = OrderForm(client, None, {"customer_id": shop.customer})
    qtbot.addWidget(form)
    form.show()
    qtbot.waitUntil(lambda: not form.busy and form.head.value("warehouse_id") is not None)
    form.activateWindow()
    form.lines.view.begin(0)
    form.lines.take_product(0, shop.products[1])
    qtbot.waitUntil(lambda: any(line.product is not None for line in form.lines.model.lines()))
    model = form.lines.model
    assert model.setData(model.index(0, PLACE["quantity"]), "3")
    killer = threading.Timer(chance.uniform(0.0, 0.25), kill, [company.server])
    killer.start()
    form.act("confirm")
    killer.join()
    # somebody starts the server again; nobody starts a client
    back = threading.Thread(target=company.server.start)
    threading.Timer(chance.uniform(0.0, 1.5), back.start).start()

    def sold() -> bool:
        if form.record is not None and form.record.state == "confirmed":
            return not form.busy
        if not form.busy:
            # what was typed is kept; the person presses the key again
            qtbot.keyClick(form, Qt.Key.Key_F9)
        return False

    qtbot.waitUntil(sold, timeout=60_000)
    qtbot.waitUntil(lambda: back.ident is not None and not back.is_alive())
    assert form.record is not None
    form.close()
    return form.record.id


def agree(company: Company, clerks: list[Clerk], forms: list[int], before: Decimal) -> None:
    """What the clients were told is what is stored, once."""
    admin = company.psql()

    def column(statement: str) -> list[Any]:
        return [value for (value,) in admin.execute(statement).fetchall()]  # type: ignore[call-overload]

    told = {
        "sales.confirm_order": [key for clerk in clerks for key in clerk.confirmed],
        "stock.post_issue": [key for clerk in clerks for key in clerk.issued],
        "finance.post_payment": [key for clerk in clerks for key in clerk.paid],
    }
    assert all(told.values()), "there was work before and after"
    for command, keys in told.items():
        stored = column(f"SELECT key FROM app.request WHERE command = '{command}' AND result IS NOT NULL")
        assert len(stored) == len(set(stored)) and set(keys) <= set(stored), command
        extra = len(forms) if command == "sales.confirm_order" else 0
        assert len(stored) == len(keys) + extra, command
    orders = column("SELECT id FROM sales.\"order\" WHERE state = 'confirmed'")
    assert len(orders) == len(told["sales.confirm_order"]) + len(forms)
    assert set(forms) <= set(orders) and len(set(forms)) == len(forms)
    assert column("SELECT count(*) FROM sales.\"order\" WHERE state <> 'confirmed'") == [0], "no draft twice"
    assert column("SELECT count(*) FROM finance.payment") == [len(told["finance.post_payment"])]
    assert column("SELECT count(*) FROM stock.issue WHERE state = 'posted'") == [
        len(told["stock.post_issue"])
    ]
    left = Decimal(str(column("SELECT sum(on_hand) FROM stock.balance")[0]))
    assert left == before - 2 * len(told["stock.post_issue"])
    for table in ('sales."order"', "stock.issue", "finance.payment"):
        numbers = sorted(column(f"SELECT number FROM {table} WHERE number IS NOT NULL"))
        # a PC in another time zone than the office may be a day apart
        for series in {number.rpartition("-")[0] for number in numbers}:
            places = [int(n.rpartition("-")[2]) for n in numbers if n.startswith(series)]
            assert places == list(range(1, len(places) + 1)), (table, series)
    database = Database(company.url())
    with database.read_session() as session:
        assert check(session) == []
    database.close()
