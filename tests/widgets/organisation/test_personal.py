"""Personal settings beyond password and looks: workbench, reminders, signature, mail account (ORG-09)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keyring
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from services.analysis import panels
from services.organisation import reminders
from services.session import Preferences
from tests.conftest import Company
from tests.services.test_mail import PASSWORD, MailServer
from tests.services.test_visibility import customer_of, share, user_id
from tests.widgets.organisation.conftest import Safe, settle
from tests.widgets.organisation.test_pages import click
from widgets.activities.panels import KINDS
from widgets.activities.workbench import Workbench
from widgets.base.client import Client
from widgets.organisation.personal_cards import SMS_SIGNATURE
from widgets.organisation.personal_page import PersonalPage

Login = Callable[[str], Client]
Show = Callable[[QWidget], Any]


def kept_of(company: Company, client: Client, key: str) -> Any:
    """What the database keeps for the user: what another PC would read."""
    return Preferences(company.as_(client.user.login), client.user).get(key)


@pytest.mark.req("ORG-09")
def test_start_pages_are_those_that_one_may_open(company: Company, client: Login, show: Show) -> None:
    for login, offered, hidden in (
        (
            "keeper1",
            {"", "activities.workbench", "stock.balance", "stock.issue"},
            {"customers.customer", "sales.order"},
        ),
        ("sales1", {"", "customers.customer", "sales.order"}, set()),
    ):
        page: PersonalPage = show(PersonalPage(client(login)))
        keys = {page.start.itemData(row) for row in range(page.start.count())}
        assert offered <= keys and not hidden & keys
        assert all(page.start.itemText(row) for row in range(page.start.count()))


@pytest.mark.req("ORG-09")
def test_panels_are_chosen_and_ordered_by_keys_and_the_workbench_follows(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    mine = client("sales1")
    bench: Workbench = show(Workbench(mine))
    first = bench.shown()
    page: PersonalPage = show(PersonalPage(mine))
    card = page.panels
    assert card.wanted() == first == panels.offered(mine.user)
    card.list.setFocus()
    card.list.setCurrentRow(1)
    qtbot.keyClick(card.list, Qt.Key.Key_Space)
    card.list.setCurrentRow(2)
    qtbot.keyClick(card.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(card.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    settle(qtbot)
    wanted = [first[2], first[0], *first[3:]]
    assert card.wanted() == wanted and not card.up_button.isEnabled()
    assert kept_of(company, mine, panels.PREFERENCE) == {"shown": wanted, "closed": [first[1]]}
    bench.on_shown()
    assert bench.shown() == wanted
    # the other way round: closed in the workbench, seen here
    bench.close_panel(bench.panels[0])
    page.on_shown()
    assert card.wanted() == wanted[1:]
    click(qtbot, card.first_button)
    assert card.wanted() == first
    assert "stock" not in panels.offered(client("service1").user) or client("service1").user.can(
        "stock.balance.view"
    )


def test_every_panel_that_is_offered_can_be_drawn() -> None:
    assert list(KINDS) == list(panels.PANELS)


@pytest.mark.req("ORG-09")
def test_the_bell_is_silent_about_what_one_does_not_want(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    customer = customer_of(company, "sales1")
    share(company.psql("sales1"), customer, users=[user_id(company, "sales5")])
    friend = client("sales5")
    told: list[str] = []
    friend.bus.changed.connect(lambda notice: told.append(notice.entity))
    page: PersonalPage = show(PersonalPage(friend))

    def counted() -> int:
        silent = reminders.silent(friend.preferences.get(reminders.PREFERENCE))
        with company.as_("sales5").read_session() as session:
            return reminders.unread(session, silent)

    assert counted() == 1
    page.reminders.ticks["shares"].click()
    settle(qtbot)
    assert counted() == 0 and told == ["organisation.notice"]
    assert kept_of(company, friend, reminders.PREFERENCE) == ["shares"]
    page.reminders.ticks["shares"].click()
    assert counted() == 1


def test_every_notice_of_the_database_is_of_one_kind_of_reminder() -> None:
    folder = Path(__file__).parents[3] / "models" / "sql"
    said = {
        text
        for file in folder.rglob("*.sql")
        for text in re.findall(r"'(\{by\}[^']*)'", file.read_text("utf-8"))
    }
    kinds = [template for _title, templates in reminders.KINDS.values() for template in templates]
    assert said == set(kinds) and len(kinds) == len(set(kinds))


@pytest.mark.req("ORG-09")
def test_the_signature_of_text_messages(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    mine = client("sales1")
    page: PersonalPage = show(PersonalPage(mine))
    edit = page.reminders.signature
    edit.insert("【长宏机电】")
    edit.textEdited.emit(edit.text())
    assert page.reminders.sms_hint.text() == "Your text messages end with: 【长宏机电】"
    qtbot.waitUntil(lambda: mine.preferences.get(SMS_SIGNATURE) == "长宏机电")
    settle(qtbot)
    assert kept_of(company, mine, SMS_SIGNATURE) == "长宏机电"


@pytest.mark.req("ORG-09", "ORG-21")
def test_the_mail_account_is_tried_out_and_its_password_lies_in_the_keyring(
    company: Company, client: Login, show: Show, qtbot: QtBot, safe: Safe
) -> None:
    mine = client("sales1")
    page: PersonalPage = show(PersonalPage(mine))
    card = page.mail
    qtbot.keyClicks(card.address, "li@qq.com")
    qtbot.keyClick(card.address, Qt.Key.Key_Return)
    assert (card.server.text(), card.port.value(), card.way.currentData()) == ("smtp.qq.com", 465, "tls")
    card.address.setText("li")
    click(qtbot, card.save_button)
    assert "whole mail address" in card.bar.messages[-1].text and card.address.hasFocus()
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        card.address.setText("li@example.com")
        card.server.setText("127.0.0.1")
        card.way.setCurrentIndex(card.way.findData("plain"))
        card.port.setValue(server.port)
        qtbot.keyClicks(card.password, "wrong")
        click(qtbot, card.test_button)
        assert "does not accept the login" in card.bar.messages[-1].text and server.taken == []
        card.password.selectAll()
        qtbot.keyClicks(card.password, PASSWORD)
        click(qtbot, card.test_button)
        assert len(server.taken) == 1 and "took the mail" in card.bar.messages[-1].text
        server.shutdown()
    assert safe.held == {}, "nothing is kept before it is saved"
    click(qtbot, card.save_button)
    assert safe.held == {("shuke", "li@example.com@mail:127.0.0.1"): PASSWORD}
    database = company.psql()
    kept = database.execute(
        "SELECT count(*) FROM system.preference WHERE value::text LIKE %s", (f"%{PASSWORD}%",)
    )
    assert kept.fetchone() == (0,)
    history = database.execute(
        "SELECT count(*) FROM app.history WHERE changes::text LIKE %s", (f"%{PASSWORD}%",)
    )
    assert history.fetchone() == (0,)
    again: PersonalPage = show(PersonalPage(mine))
    assert again.mail.password.text() == PASSWORD and again.mail.account() == card.account()
    again.mail.address.clear()
    click(qtbot, again.mail.save_button)
    assert safe.held == {} and kept_of(company, mine, "mail.account")["server"] == ""


@pytest.mark.req("ORG-09")
def test_a_pc_without_a_safe_says_so(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        card = show(PersonalPage(client("sales1"))).mail
        card.address.setText("li@example.com")
        card.server.setText("smtp.example.com")
        card.password.setText(PASSWORD)
        click(qtbot, card.save_button)
        assert "no safe place" in card.bar.messages[-1].text
    finally:
        keyring.set_keyring(before)
