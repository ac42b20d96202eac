"""The event loop goes on while lists, forms, searches and postings work; and the toolkit leaks no references."""

from __future__ import annotations

import gc
import statistics
import sys
import threading
import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.record_search import RecordProvider
from services.entity import Query
from tests.conftest import Company
from tests.factories.shop import open_shop
from tests.widgets.desk import client_of
from widgets.base.global_search import Reach
from widgets.base.list_page import ListPage
from widgets.base.tasks import tasks
from widgets.sales.order_form import OrderForm

FACTOR = 20.0
"""How many times as long as at rest the loop may stand still: building a page is work for the loop itself."""
LEAST = 0.05
"""Seconds: the bound on a machine that does nothing else; nothing below counts as a stall."""
HELD = 1.0
"""Seconds that every answer of the server is kept back: a loop that waits for one stands still that long."""


class Pulse(QObject):
    """Ticks every 5 ms and remembers the longest gap between two ticks, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._timer.start(5)

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append(now - self._last)
        self._last = now

    def during(self, qtbot: QtBot, work: Callable[[], object], over: Callable[[], object]) -> float:
        """The longest gap from ``work`` until ``over`` holds."""
        self._tick()
        self.gaps.clear()
        work()
        qtbot.waitUntil(lambda: bool(over()))
        self._tick()
        return max(self.gaps)

    def at_rest(self, qtbot: QtBot) -> float:
        """How long a gap is when nothing happens: the median of the worst of several spells."""
        worst = []
        for _ in range(5):
            self._tick()
            self.gaps.clear()
            qtbot.wait(120)
            worst.append(max(self.gaps))
        return statistics.median(worst)


@pytest.mark.req("PLT-08")
def test_the_loop_never_waits_for_the_server(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    database = company.as_("sales1")
    client = client_of(database)
    pulse = Pulse()
    page = ListPage(client, Query("customers.customer"))
    qtbot.addWidget(page)
    form = OrderForm(client, None, {"customer_id": shop.customer})
    qtbot.addWidget(form)
    page.show()
    form.show()
    qtbot.waitUntil(lambda: page.total == 2 and not page.loader.busy and not form.busy)
    form.lines.view.begin(0)
    form.lines.take_product(0, shop.products[1])
    qtbot.waitUntil(lambda: any(line.product is not None for line in form.lines.model.lines()))
    reached: list[Reach] = []
    search = RecordProvider(lambda: client, form)
    bound = max(LEAST, FACTOR * pulse.at_rest(qtbot))
    assert bound < HELD, "too busy a machine to tell a stall from its load"
    steps: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "list": (page.reload, lambda: not page.loader.busy),
        "quick search": (
            lambda: qtbot.keyClicks(page.search, "cqch"),
            lambda: page.query.words == "cqch" and not page.loader.busy,
        ),
        "Ctrl+K": (
            lambda: search.search("cqch", lambda _hits, reach: reached.append(reach)),
            lambda: Reach.WHOLE in reached,
        ),
        "posting": (lambda: form.act("save"), lambda: form.record is not None and not form.busy),
        "form": (form.reload, lambda: not form.busy),
    }
    gaps = {}
    began = time.perf_counter()
    for what, (work, over) in steps.items():
        hold(company)
        gaps[what] = pulse.during(qtbot, work, over)
    assert time.perf_counter() - began > 2 * HELD, "the server kept answers back"
    tasks().wait()
    assert {what: round(gap, 3) for what, gap in gaps.items() if gap > bound} == {}, f"bound {bound:.3f} s"


@pytest.mark.req("PLT-03")
def test_a_search_cut_off_by_its_time_goes_on_and_finds(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    client, parent = client_of(company.as_("sales1")), QObject()
    name = company.psql().execute("SELECT name FROM customers.customer WHERE id = %s", (shop.customer,))
    row = name.fetchone()
    assert row is not None
    answers: list[tuple[list[str], Reach]] = []
    hold(company)
    RecordProvider(lambda: client, parent).search(
        str(row[0]), lambda hits, reach: answers.append(([hit.title for hit in hits], reach))
    )
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert answers[0][1] is Reach.GOING_ON and answers[1][1] is Reach.WHOLE
    assert answers[0][0] == [] and "长宏" in answers[1][0]


def hold(company: Company) -> None:
    """Hold the tables for a while: whoever reads or writes them waits for the server."""
    held = threading.Event()

    def work() -> None:
        with company.psql() as connection, connection.transaction():
            connection.execute('LOCK TABLE sales."order", customers.customer IN ACCESS EXCLUSIVE MODE')
            held.set()
            connection.execute("SELECT pg_sleep(%s)", (HELD,))

    threading.Thread(target=work).start()
    assert held.wait(30)


def test_setting_text_leaks_no_reference_to_none(qtbot: QtBot) -> None:
    """One release of the toolkit lost a reference to None per call, and crashed after a day's work."""
    line = QLineEdit()
    qtbot.addWidget(line)
    line.setText("warm")
    gc.collect()
    before = sys.getrefcount(None)
    for number in range(1000):
        line.setText(str(number))
    gc.collect()
    # a None that lives for ever (3.12 and later) does not count at all
    assert abs(sys.getrefcount(None) - before) < 100
