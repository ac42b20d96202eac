"""A list that stands open while things happen: changes elsewhere, errors, another language."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFont
from pytestqt.qtbot import QtBot

from app.live import THROTTLE, Live
from services import records
from services.changes import Listener, Notice
from services.errors import Refused
from services.language import use_language
from services.registry import ENTITIES
from tests.conftest import Company
from tests.services.test_listing import fill
from tests.widgets.base.lists import CUSTOMER, names, opened, settle
from widgets.base.tasks import tasks


@pytest.fixture(autouse=True)
def _calm(qtbot: QtBot) -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")
    qtbot.waitUntil(lambda: not tasks()._jobs, timeout=5000)


@pytest.mark.req("PLT-08")
def test_the_first_notice_refreshes_at_once_and_a_flood_few_times(company: Company, qtbot: QtBot) -> None:
    page = opened(company, qtbot, "sales1")
    asked: list[float] = []
    load = page.loader.load

    def counted(*arguments: Any, **keywords: Any) -> None:
        asked.append(time.monotonic())
        load(*arguments, **keywords)

    page.loader.load = counted  # type: ignore[method-assign]
    told: list[float] = []
    page.client.bus.changed.connect(lambda _notice: told.append(time.monotonic()))
    live = Live(page.client.database, page.client.bus, page)
    flood = QTimer(page)
    flood.timeout.connect(lambda: live.hear(Notice(CUSTOMER, frozenset({1}), False)))
    began = time.monotonic()
    flood.start(10)
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert page._pause.isActive() and page._pause.interval() <= 1000, "two seconds at most, with a margin"
    qtbot.waitUntil(lambda: len(asked) == 3)
    flood.stop()
    assert time.monotonic() - began > 1.9, "one refresh a second, however many notices"
    live.flush()
    qtbot.waitUntil(lambda: asked[-1] >= told[-1])  # the last notice is not forgotten
    settle(page, qtbot)


def test_what_is_heard_while_the_work_ends_reaches_no_screen(sample_office: Company, qtbot: QtBot) -> None:
    page = opened(sample_office, qtbot, "sales1")
    live = Live(page.client.database, page.client.bus, page)
    told: list[str] = []
    page.client.bus.changed.connect(lambda notice: told.append(notice.entity))
    live.scope.connect(lambda: told.append("scope"))
    live.lost.connect(lambda: told.append("lost"))
    # one is woken and waits for its throttle, one has not even been woken when the work ends
    live.flush()
    live.hear(Notice("scope", None, False))
    qtbot.waitUntil(live._timer.isActive)
    live._state.emit(False)
    live.stop()
    qtbot.wait(THROTTLE + 100)
    live.hear(Notice(CUSTOMER, frozenset({1}), False))
    live._woken.emit()
    qtbot.wait(100)
    assert told == []


def test_live_a_change_elsewhere_appears_and_what_is_hidden_goes(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 60)
    page = opened(company, qtbot, "sales1")
    listener = Listener(page.client.database, page.client.bus.tell, page.client.bus.connected.emit)
    with qtbot.waitSignal(page.client.bus.connected):
        listener.start()
    try:
        page.table.setCurrentIndex(page.model.index(3, 2))
        current = page.model.rows[3].id
        target = page.model.rows[5].id
        company.as_("lead1").write(
            records.update_record,
            entity=ENTITIES[CUSTOMER],
            record_id=target,
            version=page.model.rows[5].version or 0,
            values={"short_name": "新简称"},
        )
        place = [column.key for column in page.model.columns].index("short_name")
        qtbot.waitUntil(lambda: page.model.rows[5].values[place] == "新简称", timeout=2000)
        assert page.model.rows[page.table.currentIndex().row()].id == current
        company.psql().execute(
            "UPDATE customers.customer SET owner_id = (SELECT id FROM organisation.\"user\" WHERE login = 'sales8')"
            " WHERE id = %s",
            (target,),
        )
        qtbot.waitUntil(lambda: page.model.place_of(target) is None, timeout=4000)
        # the number of rows comes after the rows
        settle(page, qtbot)
        page.hide()
        count = page.total
        page.client.database.write(records.create, entity=ENTITIES[CUSTOMER], values={"name": "阿尔法"})
        qtbot.waitUntil(lambda: page.stale, timeout=2000)
        page.show()
        qtbot.waitUntil(lambda: page.total == (count or 0) + 1, timeout=4000)
    finally:
        listener.stop()
        listener.join(3)


def test_an_error_keeps_the_rows_and_offers_another_try(
    company: Company, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(company.psql(), 40)
    page = opened(company, qtbot)
    before = names(page)

    def broken(*_: object, **__: object) -> None:
        raise Refused("The server is having a rest.")

    monkeypatch.setattr(page.listing, "page", broken)
    page.reload()
    qtbot.waitUntil(lambda: bool(page.messages.messages))
    assert names(page) == before
    monkeypatch.undo()
    again = next(
        b
        for b in page.messages.messages[0].findChildren(type(page.selection.all_button))
        if b.text() == "Try again"
    )
    qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    settle(page, qtbot)
    assert names(page) == before and not page.messages.messages


def test_language_changes_while_it_is_open(company: Company, qtbot: QtBot) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    page = opened(company, qtbot)
    assert page.heading.text() == "Customers"
    use_language("zh_CN")
    QApplication.sendEvent(page, QEvent(QEvent.Type.LanguageChange))
    assert page.heading.text() == "客户"
    assert isinstance(page.font(), QFont)
