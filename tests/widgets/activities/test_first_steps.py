"""The first days of a new company: the workbench says what to do next until it is done or put away."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from services import records
from services.analysis.first_steps import FirstSteps, first_steps
from services.changes import Notice
from services.customers.entities import CUSTOMER_ENTITY
from tests.conftest import Company
from tests.widgets.desk import RememberingShell, client_of
from widgets.activities.first_steps import FirstStepsCard
from widgets.base.client import Client

pytestmark = pytest.mark.usefixtures("english")


def shown(client: Client, qtbot: QtBot) -> FirstStepsCard:
    card = FirstStepsCard(client)
    qtbot.addWidget(card)
    qtbot.waitUntil(lambda: card.steps is not None)
    return card


@pytest.mark.req("WB-01")
def test_a_new_company_is_led_from_step_to_step(company: Company, qtbot: QtBot) -> None:
    boss = client_of(company.as_("boss"))
    card = shown(boss, qtbot)
    assert not card.isHidden() and card.steps is not None and not card.steps.customers
    shell = boss.shell
    assert isinstance(shell, RememberingShell)
    QTest.mouseClick(card.buttons["customers"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(card.buttons["order"], Qt.MouseButton.LeftButton)
    assert [query.entity for query in shell.lists] == ["customers.customer"]
    assert [entity for entity, _values in shell.made] == ["sales.order"]

    new = boss.database.write(records.create, entity=CUSTOMER_ENTITY, values={"name": "万州五金店"}).id
    boss.bus.tell(Notice("customers.customer", frozenset({new}), own=True))
    qtbot.waitUntil(lambda: not card.buttons["customers"].isEnabled())
    assert card.buttons["order"].isEnabled() and "of 6 done" in card.note()


@pytest.mark.req("WB-01")
def test_it_is_put_away_for_good(company: Company, qtbot: QtBot) -> None:
    database = company.as_("boss")
    card = shown(client_of(database), qtbot)
    QTest.mouseClick(card.away, Qt.MouseButton.LeftButton)
    assert card.isHidden()
    client = client_of(database)
    qtbot.waitUntil(lambda: client_of(database).preferences.get("first_steps") == "away")
    again = FirstStepsCard(client_of(database))
    qtbot.addWidget(again)
    qtbot.wait(200)
    assert again.steps is None and again.isHidden()
    assert client.user.login == "boss"


def test_only_who_sets_the_company_up_is_told(company: Company, qtbot: QtBot) -> None:
    card = FirstStepsCard(client_of(company.as_("sales1")))
    qtbot.addWidget(card)
    qtbot.wait(200)
    assert card.steps is None and card.isHidden()


def test_a_company_at_work_is_not_told(sample_office: Company, qtbot: QtBot) -> None:
    card = shown(client_of(sample_office.as_("boss")), qtbot)
    assert card.steps == FirstSteps(True, True, True, True, True, True)
    assert card.isHidden()


def test_a_draft_is_not_yet_an_order(sample: Company) -> None:
    company = sample.as_("boss")
    with company.read_session() as session:
        assert first_steps(session).order
    sample.psql().execute(
        "SET session_replication_role = replica; DELETE FROM sales.\"order\" WHERE state <> 'draft'"
    )
    with company.read_session() as session:
        assert not first_steps(session).order
