"""What is typed at branches, positions, users and roles outlives a crash of the client (PLT-30)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from services.organisation import commands, queries
from tests.conftest import Company
from tests.services.organisation.test_people import person
from tests.widgets.organisation.conftest import settle
from tests.widgets.organisation.test_pages import choose, click
from tests.widgets.organisation.test_two_at_a_form import branch_of, change_branch
from widgets.base.client import Client
from widgets.organisation.branches_page import BranchesPage
from widgets.organisation.positions_page import PositionsPage
from widgets.organisation.roles_page import RolesPage
from widgets.organisation.typed_form import FormPage
from widgets.organisation.users_page import UsersPage

Login = Callable[[str], Client]
Show = Callable[[QWidget], Any]


def crash(page: FormPage, qtbot: QtBot) -> None:
    """The page goes without a question, as with a killed client: what is on the disk by then is what is left."""
    assert page.keeping is not None
    page.keeping.keep()
    settle(qtbot)
    page.keeping.drafts.release(page.keeping._held[0])
    page.hide()


def go_on(page: FormPage, qtbot: QtBot, what: str = "Continue with it") -> None:
    """Press the button of the message that offers the draft."""
    assert "not saved" in page.bar.messages[-1].text
    buttons = page.bar.messages[-1].findChildren(QPushButton)
    next(button for button in buttons if button.text() == what).click()
    settle(qtbot)


@pytest.mark.req("PLT-30", "ORG-01")
def test_a_new_branch_and_one_that_was_left(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    mine = client("boss")
    page: BranchesPage = show(BranchesPage(mine))
    page.fields["fax"].setText("0591-7")
    page.start_new()
    page.fields["name"].setText("西安分公司")
    crash(page, qtbot)
    # a colleague changes the company's own data meanwhile
    change_branch(company, "admin", website="example.cn")
    again: BranchesPage = show(BranchesPage(mine))
    go_on(again, qtbot)
    assert again.fields["name"].text() == "西安分公司" and again.branch == {
        "id": None,
        "version": None,
        "parent_id": branch_of(company)["id"],
    }
    click(qtbot, again.save_button)
    again.table.setCurrentCell(0, 0)
    assert (again.fields["fax"].text(), again.fields["website"].text()) == ("0591-7", "example.cn")
    click(qtbot, again.save_button)
    saved = branch_of(company)
    assert (saved["fax"], saved["website"]) == ("0591-7", "example.cn") and not again.dirty()
    third: BranchesPage = show(BranchesPage(mine))
    assert not third.bar.messages, "what was saved is no draft any more"


@pytest.mark.req("PLT-30", "ORG-03", "ORG-22")
def test_a_new_user_but_never_his_password(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    mine = client("boss")
    page: UsersPage = show(UsersPage(mine))
    page.start_new()
    form = page.form
    form.login.setText("xin4")
    form.name.setText("辛四")
    form.password.setText("Geheim-4711-x")
    form.networks.setText("10.0.0.0/8")
    form.limited.setChecked(True)
    form.roles.item(2).setCheckState(form.roles.item(2).checkState().Checked)
    roles = form.chosen_roles()
    crash(page, qtbot)
    folder = page.keeping.drafts.folder if page.keeping else None
    assert folder is not None
    written = [file.read_text("utf-8") for file in folder.glob("*.json")]
    assert any("xin4" in text for text in written)
    assert not any("Geheim" in text or "password" in text for text in written)
    again: UsersPage = show(UsersPage(mine))
    go_on(again, qtbot)
    form = again.form
    assert (form.login.text(), form.name.text(), form.networks.text()) == ("xin4", "辛四", "10.0.0.0/8")
    assert form.fresh and form.chosen_roles() == roles and len(form.password.text()) >= 8
    assert again.typed.fields.values()["hours"] == (time(8), time(18))
    form.position.setCurrentIndex(form.position.findText("采购主管"))
    click(qtbot, form.save_button)
    try:
        made = person(company.as_("boss"), "xin4")
        assert made.hours == (time(8), time(18)) and made.networks == ("10.0.0.0/8",)
    finally:
        company.psql().execute("DROP ROLE IF EXISTS xin4")


@pytest.mark.req("PLT-30", "ORG-02")
def test_a_new_position_stands_where_it_was_put(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    mine, below = client("boss"), person(company.as_("boss"), "lead1").position_id
    page: PositionsPage = show(PositionsPage(mine))
    page.start_below(below)
    page.name_edit.setText("见习销售")
    crash(page, qtbot)
    again: PositionsPage = show(PositionsPage(mine))
    go_on(again, qtbot)
    assert again.name_edit.text() == "见习销售" and again.above.currentData() == below
    click(qtbot, again.save_button)
    with company.as_("boss").read_session() as session:
        made = next(one for one in queries.tree(session) if one.name == "见习销售")
    assert made.parent_id == below and not again.dirty()


@pytest.mark.req("PLT-30", "ORG-05")
def test_ticks_of_a_role_and_of_one_that_is_gone(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    mine, boss = client("boss"), company.as_("boss")
    made = boss.write(commands.save_role, name="临时", rights=["sales.order.view"])
    page: RolesPage = show(RolesPage(mine, chosen=made.id))
    page.tree.tick("sales.order.print", True)
    choose(page.table, "Customer service")
    page.tree.tick("products.see_cost", True)
    crash(page, qtbot)
    company.psql("boss").execute("SELECT app.recycle('organisation.role', ARRAY[%s]::bigint[])", (made.id,))
    again: RolesPage = show(RolesPage(mine))
    go_on(again, qtbot)
    assert again.role is not None and again.role.title == "Customer service"
    assert again.tree.is_ticked("products.see_cost") and again.dirty()
    assert any("there no more" in message.text for message in again.bar.messages)


@pytest.mark.req("PLT-30")
def test_what_is_discarded_is_gone(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    mine = client("boss")
    page: BranchesPage = show(BranchesPage(mine))
    page.fields["fax"].setText("0591-8")
    crash(page, qtbot)
    again: BranchesPage = show(BranchesPage(mine))
    go_on(again, qtbot, "Discard it")
    third: BranchesPage = show(BranchesPage(mine))
    assert not third.bar.messages
    # typed and given up by hand: nothing is left either
    third.fields["fax"].setText("0591-9")
    assert third.keeping is not None
    third.keeping.keep()
    settle(qtbot)
    third.fields["fax"].setText("")
    settle(qtbot)
    fourth: BranchesPage = show(BranchesPage(mine))
    assert not fourth.bar.messages
