"""Somebody at the keyboard of an order form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from services.database import Database
from services.sales import commands
from tests.conftest import Company
from tests.factories.shop import Shop
from tests.widgets.desk import client_of
from widgets.base.product_line import ProductLine
from widgets.sales.lines_model import COLUMNS
from widgets.sales.order_form import OrderForm

Enter, Tab = Qt.Key.Key_Return, Qt.Key.Key_Tab


class Clerk:
    """Somebody at the keyboard of one form."""

    def __init__(self, qtbot: QtBot, form: OrderForm) -> None:
        self.qtbot, self.form = qtbot, form
        form.resize(1220, 780)
        form.show()
        qtbot.addWidget(form)
        self.wait(lambda: not form.busy)

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=8000)

    def focus(self) -> QWidget:
        found = QApplication.focusWidget()
        assert found is not None
        return found

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(self.focus(), key, modifier)

    def cell(self) -> tuple[int, str]:
        """Where the grid stands, once the next cell is open."""
        view = self.form.lines.view
        self.wait(lambda: isinstance(self.focus(), QLineEdit))
        return view.currentIndex().row(), COLUMNS[view.currentIndex().column()].key

    def type(self, text: str, *keys: Qt.Key) -> None:
        self.wait(lambda: isinstance(self.focus(), QLineEdit))
        self.qtbot.keyClicks(self.focus(), text)
        for key in keys:
            self.key(key)

    def product(self, words: str) -> None:
        """Type into the product cell and take the first hit with Enter, without waiting for the list."""
        self.wait(lambda: isinstance(self.focus(), ProductLine))
        self.type(words, Enter)
        self.wait(lambda: isinstance(self.focus(), QLineEdit) and not isinstance(self.focus(), ProductLine))

    def row(self, words: str, quantity: str, price: str = "", discount: str = "") -> None:
        """One line: product, quantity, tax price, discount, each left with Enter."""
        self.product(words)
        for text, key in ((quantity, "quantity"), (price, "tax_price"), (discount, "discount")):
            self.wait(lambda key=key: self.cell()[1] == key)
            self.type(text, Enter)
        self.wait(lambda: isinstance(self.focus(), ProductLine))

    def said(self) -> list[str]:
        return [message.text for message in self.form.messages.messages]

    def settled(self) -> None:
        self.wait(lambda: not self.form.busy)


def logged_in(company: Company, login: str) -> Database:
    """One client per person: a login may not have many connections."""
    for database in company.opened:
        if database.url.username == login:
            return database
    return company.as_(login)


def opened(
    qtbot: QtBot, company: Company, login: str, order_id: int | None = None, **values: Any
) -> tuple[Clerk, Database]:
    database = logged_in(company, login)
    form = OrderForm(client_of(database), order_id, values)
    return Clerk(qtbot, form), database


def filled(qtbot: QtBot, company: Company, login: str, shop: Shop, *lines: tuple[int, str]) -> Clerk:
    """A form of a saved draft with lines (index of the product, quantity)."""
    seller = logged_in(company, login)
    saved = seller.write(
        commands.save_order,
        order={
            "customer_id": shop.customer,
            "warehouse_id": shop.warehouse,
            "price_level_id": shop.levels[2],
            "lines": [
                {
                    "product_id": shop.products[index],
                    "quantity": quantity,
                    "tax_price": "44",
                    "discount": "100",
                    "tax_rate": "13",
                }
                for index, quantity in lines
            ],
        },
    )
    clerk, _database = opened(qtbot, company, login, saved.id)
    return clerk
