"""Tasks that fall due remind their people while the program runs (ACT-02)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.workplace import Workplace
from services.activities.commands import step_task
from services.activities.due import LATE_DAYS, LEAD_MINUTES, tasks_to_remind_of
from services.activities.entities import TASK_ENTITY
from services.clock import CHINA
from services.organisation import reminders
from services.records import create
from tests.conftest import Company
from tests.e2e.test_start import Person
from widgets.base.pages import PageKey

TASK = "activities.task"


@pytest.fixture
def person(qtbot: QtBot, company: Company, tmp_path: Path) -> Iterator[Person]:
    somebody = Person(qtbot, company, tmp_path)
    yield somebody
    somebody.leave()


def given(company: Company, subject: str, minutes: float, *doers: str, by: str = "lead1") -> int:
    """A task of ``doers`` that falls due in so many minutes."""
    people = dict(company.psql().execute('SELECT login, id FROM organisation."user"').fetchall())
    first, *others = (people[login] for login in doers)
    due = datetime.now(CHINA) + timedelta(minutes=minutes)
    values = {"subject": subject, "executor_id": first, "due_at": due}
    made = company.as_(by).write(create, entity=TASK_ENTITY, values=values).id
    if others:
        company.psql().execute("UPDATE activities.task SET others = %s WHERE id = %s", (others, made))
    return made


def bar(place: Workplace) -> str:
    head = place.window.head
    return head.reminder.text().strip() if head.reminder.isVisibleTo(head) else ""


@pytest.mark.req("ACT-02")
def test_a_task_that_falls_due_pops_up_and_opens(person: Person) -> None:
    company = person.company
    old = given(company, "上月的报表", -600, "sales1")
    place = person.log_in("sales1")
    person.wait(lambda: bar(place).startswith("Late since") and "上月的报表" in bar(place))
    assert not place.window.messages.messages, "what was late before he came only stands in the bar"
    # a colleague gives him one that falls due in ten minutes, and one for next week
    visit = given(company, "拜访重庆长宏", 10, "sales1")
    given(company, "下周的事", 60 * 24 * 7, "sales1")
    person.wait(lambda: "拜访重庆长宏" in bar(place))
    assert bar(place).endswith("1 more") and "Late" not in bar(place), "what comes next stands first"
    (message,) = [m for m in place.window.messages.messages if "拜访重庆长宏" in m.text]
    button = next(b for b in message.findChildren(QPushButton) if b.text() == "Open")
    person.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    person.wait(lambda: place.window.workspace.current() == PageKey(TASK, "record", visit))
    # it is told once, and goes when it is done
    place.reminding.read()
    person.wait(lambda: not place.reminding._slot.busy)
    assert sum("拜访重庆长宏" in m.text for m in place.window.messages.messages) <= 1
    version = company.psql().execute("SELECT version FROM activities.task WHERE id = %s", (visit,)).fetchone()
    assert version is not None
    company.as_("sales1").write(step_task, task_id=visit, version=version[0], to="done")
    person.wait(lambda: "拜访重庆长宏" not in bar(place))
    person.qtbot.mouseClick(place.window.head.reminder, Qt.MouseButton.LeftButton)
    person.wait(lambda: place.window.workspace.current() == PageKey(TASK, "record", old))
    place.window.set_language("zh_CN")
    assert bar(place).startswith("已逾期") and "上月的报表" in bar(place)
    place.window.set_language("en")
    with company.as_("lead1").read_session() as session:
        assert tasks_to_remind_of(session) == [], "who gave them is reminded of none"


@pytest.mark.req("ACT-02", "ORG-09")
def test_who_does_not_want_it_is_not_reminded(person: Person) -> None:
    given(person.company, "拜访重庆长宏", 5, "sales1")
    place = person.log_in("sales1")
    person.wait(lambda: "拜访重庆长宏" in bar(place))
    place.client.preferences.set(reminders.PREFERENCE, [reminders.DUE])
    place.reminding.read()
    assert bar(place) == ""
    place.client.preferences.set(reminders.PREFERENCE, [])
    place.reminding.read()
    person.wait(lambda: "拜访重庆长宏" in bar(place))


@pytest.mark.req("ACT-02")
def test_of_what_one_is_reminded(company: Company) -> None:
    """Both sides of every limit; each of several people until his own part is done."""
    soon = given(company, "快到期", LEAD_MINUTES - 1, "sales1", "sales2")
    sooner = given(company, "马上到期", 2, "sales1")
    late = given(company, "已过期", -1, "sales1")
    later = given(company, "早已过期", -60 * 24 * LATE_DAYS + 5, "sales1")
    for minutes in (LEAD_MINUTES + 1, -60 * 24 * LATE_DAYS - 5):
        given(company, "不提醒", minutes, "sales1")
    cancelled = given(company, "取消了", 3, "sales1")
    company.as_("lead1").write(step_task, task_id=cancelled, version=1, to="cancelled")

    def asked(login: str) -> list[int]:
        with company.as_(login).read_session() as session:
            return [task.id for task in tasks_to_remind_of(session)]

    assert asked("sales1") == [sooner, soon, late, later]
    assert asked("sales2") == [soon]
    version = company.psql().execute("SELECT version FROM activities.task WHERE id = %s", (soon,)).fetchone()
    assert version is not None
    company.as_("sales2").write(step_task, task_id=soon, version=version[0], to="done")
    assert asked("sales2") == [] and asked("sales1") == [sooner, soon, late, later]
    assert asked("sales5") == asked("boss") == []
