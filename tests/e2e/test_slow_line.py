"""The client over a slow line that breaks: nothing waits on the thread of the window, nothing typed or saved is lost,
nothing is done twice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.workplace import Workplace
from services.language import use_language
from services.opening import open_as
from tests.conftest import PASSWORD, Company
from tests.e2e.office_day import Colleague
from tests.e2e.slow_line import SlowLine
from tests.factories.shop import open_shop
from widgets.base.pages import PageKey
from widgets.base.record_form import RecordForm
from widgets.sales.lines_model import PLACE
from widgets.sales.order_form import OrderForm

DELAY = 0.1


class Far(Colleague):
    """A colleague at the end of the line."""

    def __init__(self, qtbot: QtBot, company: Company, line: SlowLine, login: str) -> None:
        self.qtbot = qtbot
        address = company.url("nobody").set(username=None, password=None, host="127.0.0.1", port=line.port)
        self.place = Workplace(open_as(address.set(query={}), login, PASSWORD), "far-server")
        self.place.start()
        self.wait(lambda: self.place.live.connected)


@pytest.fixture
def line(company: Company) -> Iterator[SlowLine]:
    url = company.url("sales1")
    folder = str(url.query["host"])

    def connect() -> socket.socket:
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{folder}/.s.PGSQL.{url.port}")
        return far

    made = SlowLine(connect, DELAY)
    use_language("en")
    yield made
    use_language("zh_CN")
    made.close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who waited for the server on the thread of the window."""
    found: list[str] = []
    waiting = psycopg.Connection.wait

    def watched(self: Any, *arguments: Any, **more: Any) -> Any:
        if self.info.host == "127.0.0.1" and threading.current_thread() is threading.main_thread():
            found.append(str(arguments[0]))
        return waiting(self, *arguments, **more)

    monkeypatch.setattr(psycopg.Connection, "wait", watched)
    return found


def stored(company: Company, statement: str) -> list[Any]:
    return [row[0] for row in company.psql().execute(statement).fetchall()]


@pytest.mark.req("PLT-30")
def test_the_client_at_the_end_of_a_slow_line_that_breaks(
    company: Company, qtbot: QtBot, line: SlowLine, waits: list[str]
) -> None:
    shop = open_shop(company)
    far = Far(qtbot, company, line, "sales1")
    waits.clear()  # a login of a test is no task
    page = far.list_of("customers.customer")
    assert shop.customer in [row.id for row in page.model.rows]
    assert "长宏" in far.find("长宏")
    far.place.window.head.search.results.hide()
    _record_saved_while_the_line_breaks(far, company, line)
    _order_confirmed_while_the_line_breaks(far, company, line, shop)
    far.leave()
    assert waits == []


def _answer_lost(far: Far, line: SlowLine) -> None:
    """What was just asked arrives, its answer does not, then the line is cut."""
    far.wait(line.asked.is_set)
    far.qtbot.wait(600)
    line.cut()


def _record_saved_while_the_line_breaks(far: Far, company: Company, line: SlowLine) -> None:
    far.place.shell.new_record("customers.customer")
    far.wait(lambda: isinstance(far.current(), RecordForm) and far.current().fields.isEnabled())
    form = far.current()
    form.fields.editors["name"].set_value("Far Away Ltd")
    form.fields.changed.emit("name")
    line.lose_answers()
    form.save()
    _answer_lost(far, line)
    far.wait(lambda: bool(form.messages.messages))
    said = form.messages.messages[0]
    assert "What you typed is kept" in said.text, said.text
    assert form.fields.values()["name"] == "Far Away Ltd" and form.dirty()
    line.mend()
    far.wait(lambda: far.place.live.connected)
    again = next(button for button in said.findChildren(QPushButton) if button.text() == "Try again")
    far.qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    # its tab shows the customer from all sides then
    far.wait(lambda: not isinstance(far.current(), RecordForm))
    assert stored(company, "SELECT count(*) FROM customers.customer WHERE name = 'Far Away Ltd'") == [1]


def _order_confirmed_while_the_line_breaks(far: Far, company: Company, line: SlowLine, shop: Any) -> None:
    far.place.shell.new_record("sales.order", {"customer_id": shop.customer})
    far.wait(lambda: isinstance(far.current(), OrderForm) and not far.current().busy)
    form = far.current()
    far.wait(lambda: form.head.value("warehouse_id") is not None)
    form.lines.view.begin(0)
    form.lines.take_product(0, shop.products[1])
    far.wait(lambda: any(each.product is not None for each in form.lines.model.lines()))
    model = form.lines.model
    assert model.setData(model.index(0, PLACE["quantity"]), "3")
    line.lose_answers()
    form.act("confirm")
    _answer_lost(far, line)
    far.wait(lambda: not form.busy)
    assert model.text(0, "quantity") == "3"
    line.mend()

    def sold() -> bool:
        if form.record is not None and form.record.state == "confirmed":
            return not form.busy
        if not form.busy:
            form.act("confirm")  # the person presses the key again
        return False

    far.wait(sold)
    assert stored(company, 'SELECT state FROM sales."order"') == ["confirmed"]
    assert far.place.window.workspace.current() == PageKey("sales.order", "record", form.record.id)
