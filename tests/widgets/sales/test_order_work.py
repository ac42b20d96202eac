"""An answer that is lost on its way, whichever: the order is sold once, and a payment is posted once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from services.database import Database
from services.errors import ConnectionLost
from services.finance.commands import post_payment
from services.sales.queries import accounts
from tests.conftest import Company
from tests.factories.shop import Shop, open_shop
from tests.widgets.desk import client_of
from widgets.sales import order_work
from widgets.sales.order_actions import PaymentDialog
from widgets.sales.order_work import Requests, read_again, save


class Line:
    """Loses answers: of commands after they were committed, or of reading again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lose: list[str] = []
        write, read = Database.write_once, order_work.read_again

        def write_once(database: Database, key: Any, command: Any, **arguments: Any) -> Any:
            changes = write(database, key, command, **arguments)
            self._maybe(command.__name__)
            return changes

        def read_again(database: Database, order_id: int) -> Any:
            self._maybe("read")
            return read(database, order_id)

        monkeypatch.setattr(Database, "write_once", write_once)
        monkeypatch.setattr(order_work, "read_again", read_again)

    def _maybe(self, what: str) -> None:
        if what in self.lose:
            self.lose.remove(what)
            raise ConnectionLost("The server cannot be reached. What you typed is kept; try again.")


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    yield Line(monkeypatch)


def arguments(shop: Shop, quantity: str = "1") -> dict[str, Any]:
    same = {"tax_price": "50", "discount": "100", "tax_rate": "0"}
    return {
        "customer_id": shop.other,
        "warehouse_id": shop.warehouse,
        "lines": [{"product_id": shop.products[1], "quantity": quantity, **same}],
    }


def orders(company: Company) -> list[Any]:
    return company.psql().execute('SELECT state, gross FROM sales."order" ORDER BY id').fetchall()


@pytest.mark.parametrize(
    "lost", [["save_order"], ["confirm_order"], ["read"], ["save_order", "confirm_order", "read"]]
)
def test_the_same_again_is_sold_once(company: Company, line: Line, lost: list[str]) -> None:
    shop, requests = open_shop(company), Requests()
    database = company.as_("sales1")
    line.lose = list(lost)
    for _ in lost:
        with pytest.raises(ConnectionLost):
            save(database, requests, arguments(shop), None, confirm=True)
    written = save(database, requests, arguments(shop), None, confirm=True)
    assert written.refusal is None and written.record.state == "confirmed"
    assert orders(company) == [("confirmed", 50)]
    # the next order with the same contents is another one
    save(database, requests, arguments(shop), None, confirm=False)
    assert orders(company) == [("confirmed", 50), ("draft", 50)]


@pytest.mark.parametrize("lost", ["save_order", "read"])
def test_what_is_changed_before_the_second_try_is_the_same_order(
    company: Company, line: Line, lost: str
) -> None:
    shop, requests = open_shop(company), Requests()
    database = company.as_("sales1")
    line.lose = [lost]
    with pytest.raises(ConnectionLost):
        save(database, requests, arguments(shop), None, confirm=False)
    save(database, requests, arguments(shop, "3"), None, confirm=True)
    assert orders(company) == [("confirmed", 150)]


def test_a_change_after_the_lost_confirmation_is_refused_and_shown(company: Company, line: Line) -> None:
    shop, requests = open_shop(company), Requests()
    database = company.as_("sales1")
    line.lose = ["confirm_order"]
    with pytest.raises(ConnectionLost):
        save(database, requests, arguments(shop), None, confirm=True)
    written = save(database, requests, arguments(shop, "3"), None, confirm=True)
    assert written.refusal is not None and written.record.state == "confirmed"
    assert orders(company) == [("confirmed", 50)]


def test_a_dialog_posts_once(company: Company, line: Line, qtbot: QtBot) -> None:
    shop = open_shop(company)
    saved = save(company.as_("sales1"), Requests(), arguments(shop), None, confirm=True)
    boss = company.as_("boss")
    with boss.read_session() as session:
        found = accounts(session)
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = PaymentDialog(client_of(boss), read_again(boss, saved.record.id), found, parent)
    line.lose = [post_payment.__name__]
    dialog.run()
    qtbot.waitUntil(lambda: dialog.problem.text() != "")
    with qtbot.waitSignal(dialog.made):
        dialog.run()
    assert company.psql().execute("SELECT amount FROM finance.payment").fetchall() == [(50,)]
