"""What the organisation's rows promise, done through the screens and read back (ORG-01, 02, 03, 05, 07, 10)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg
import pypdfium2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from models.sales import Order
from printing.order import order_document
from printing.paper import A4
from printing.pdf import render_pdf
from services.entity import Query
from services.organisation import queries
from services.sales import queries as sales
from services.session import log_in
from tests.conftest import Company
from tests.factories.shop import open_shop
from tests.services.organisation.test_people import person
from tests.services.system.test_numbering import change, sell
from tests.services.test_visibility import customer_of, sees, user_id
from tests.widgets.desk import client_of
from tests.widgets.organisation.conftest import settle
from tests.widgets.organisation.test_dialogs import tick
from tests.widgets.organisation.test_pages import choose, click
from widgets.base.client import Client
from widgets.base.list_page import ListPage
from widgets.base.share_dialog import ShareDialog
from widgets.organisation.branches_page import BranchesPage
from widgets.organisation.positions_page import PositionsPage
from widgets.organisation.users_page import UsersPage
from widgets.sales.print_data import order_data

Login = Callable[[str], Client]
Show = Callable[[QWidget], Any]


@pytest.mark.req("ORG-02", "ORG-10")
def test_a_tree_of_six_levels_by_the_diagram(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    boss = company.as_("boss")
    page: PositionsPage = show(PositionsPage(client("boss")))
    diagram = page.diagram
    level = person(boss, "boss").position_id
    chain = [level]
    diagram.choose(level)
    for name in ("总监", "经理", "副经理", "主任", "销售"):
        diagram.setFocus()
        qtbot.keyClick(diagram, Qt.Key.Key_Insert)
        page.name_edit.setText(name)
        click(qtbot, page.save_button)
        made = diagram.current()
        assert made is not None
        chain.append(made)
    assert len(chain) == 6
    tops = [diagram.boxes[key].sceneBoundingRect().top() for key in chain]
    assert tops == sorted(set(tops)), "every level stands below the one above it"
    with boss.read_session() as session:
        above = {place.id: place.parent_id for place in queries.tree(session)}
    assert [above[key] for key in chain[1:]] == chain[:-1]
    # the lowest and one in the middle are given people, in the users' form
    users: UsersPage = show(UsersPage(client("boss")))
    for login, place in (("sales1", chain[5]), ("lead2", chain[2])):
        choose(users.table, login)
        users.form.position.setCurrentIndex(users.form.position.findData(place))
        click(qtbot, users.form.save_button)
    customer_of(company, "sales1")
    assert sees(company.psql("lead2")) == 1 and sees(company.psql("lead1")) == 0


@pytest.mark.req("ORG-05")
def test_two_roles_by_the_form_are_the_rights_of_both(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    boss = company.as_("boss")
    page: UsersPage = show(UsersPage(client("boss")))
    choose(page.table, "sales1")
    roles = page.form.roles
    row = next(n for n in range(roles.count()) if roles.item(n).text() == "Buyer")
    roles.item(row).setCheckState(Qt.CheckState.Checked)
    click(qtbot, page.form.save_button)
    with boss.read_session() as session:
        rights = {role.code: role.rights for role in queries.roles(session)}
    assert not rights["buyer"] <= rights["sales"] and not rights["sales"] <= rights["buyer"]
    assert log_in(company.as_("sales1")).rights == rights["sales"] | rights["buyer"]
    shown = {roles.item(n).text() for n in range(roles.count()) if roles.item(n).checkState().value}
    assert shown == {"Salesperson", "Buyer"}


@pytest.mark.req("ORG-05", "ORG-06")
def test_the_rights_of_several_roles_are_seen_together(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    """Before it is saved one sees what two roles allow together, and which of them each right comes from."""
    page: UsersPage = show(UsersPage(client("boss")))
    choose(page.table, "sales1")
    roles = page.form.roles
    row = next(n for n in range(roles.count()) if roles.item(n).text() == "Buyer")
    roles.item(row).setCheckState(Qt.CheckState.Checked)
    click(qtbot, page.form.rights_button)
    dialog = page.form.rights_dialog
    assert dialog is not None and dialog.isVisible()
    with company.as_("boss").read_session() as session:
        known = {role.code: role for role in queries.roles(session)}
    together = known["sales"].rights | known["buyer"].rights
    assert dialog.tree.ticked() == together & set(dialog.tree.rights())
    for right in dialog.tree.ticked():
        item, column = dialog.tree._boxes[right]
        said = item.toolTip(column).split("\n")[1:]
        assert said == [
            known[code].title for code in known if code in ("sales", "buyer") and right in known[code].rights
        ]
    # it is for reading: a click changes nothing
    right = next(iter(known["sales"].rights & set(dialog.tree.rights())))
    dialog.tree.tick(right, False)
    assert dialog.tree.is_ticked(right)
    dialog.close()
    # a newcomer without a role may nothing
    for place in range(roles.count()):
        roles.item(place).setCheckState(Qt.CheckState.Unchecked)
    click(qtbot, page.form.rights_button)
    dialog = page.form.rights_dialog
    assert dialog is not None and dialog.tree.ticked() == frozenset()
    assert "nothing" in dialog.heading.text()
    dialog.close()


@pytest.mark.req("ORG-03")
def test_what_a_user_is_comes_back(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    page: UsersPage = show(UsersPage(client("boss")))
    choose(page.table, "sales1")
    form = page.form
    other = next(n for n in range(1, form.branch.count()) if n != form.branch.currentIndex())
    branch, title = form.branch.itemData(other), form.branch.itemText(other)
    form.branch.setCurrentIndex(other)
    form.phone.setText("13912345678")
    form.email.setText("li@example.com")
    click(qtbot, form.save_button)
    again: UsersPage = show(UsersPage(client("boss")))
    choose(again.table, "sales1")
    assert (again.form.phone.text(), again.form.email.text()) == ("13912345678", "li@example.com")
    assert again.form.branch.currentText() == title
    row = company.psql().execute(
        "SELECT phone, email, branch_id FROM organisation.\"user\" WHERE login = 'sales1'"
    )
    assert row.fetchone() == ("13912345678", "li@example.com", branch)
    assert log_in(company.as_("sales1")).branch == dict(
        company.psql().execute("SELECT id, name FROM organisation.branch").fetchall()
    ).get(branch)


@pytest.mark.req("ORG-01")
def test_the_companys_data_stand_on_its_paper(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    page: BranchesPage = show(BranchesPage(client("boss")))
    typed = {
        "tax_number": "91500000MA5U000000",
        "bank_account": "建设银行渝中支行 5000 1234",
        "address": "重庆市渝中区民权路1号",
        "phone": "023-63000000",
        "number_prefix": "yz",
    }
    for key, value in typed.items():
        page.fields[key].setText(value)
    click(qtbot, page.save_button)
    assert not page.bar.messages and page.fields["number_prefix"].text() == "YZ"
    change(company, per_branch=True)
    company.psql().execute(
        'UPDATE organisation."user" SET branch_id = (SELECT id FROM organisation.branch WHERE parent_id IS NULL)'
    )
    shop = open_shop(company)
    seller = client_of(company.as_("sales1"))
    number = sell(company.as_("sales1"), shop)
    with seller.database.read_session() as session:
        order = session.scalar(select(Order.id).where(Order.number == number))
        assert order is not None
        record = sales.read_order(session, order)
    document = order_document(order_data(record, seller.dictionary))
    assert document.number.startswith("YZ-")
    with pypdfium2.PdfDocument(render_pdf(document, A4)) as book:
        said = "".join(book[0].get_textpage().get_text_range().split())
    for value in (*list(typed.values())[:4], document.number):
        assert value.replace(" ", "") in said, value


@pytest.mark.req("ORG-03")
def test_who_is_closed_is_out_of_every_connection(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    client_connection = company.as_("sales1")
    log_in(client_connection)
    others = [company.psql("sales1") for _ in range(3)]
    others[0].execute("BEGIN")
    others[0].execute("INSERT INTO customers.customer (name) VALUES ('offen')")
    page: UsersPage = show(UsersPage(client("boss")))
    choose(page.table, "sales1")
    try:
        began = time.monotonic()
        click(qtbot, page.form.close_button)
        assert not page.bar.messages
        for connection in others:
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        assert time.monotonic() - began < 5
        open_now = company.psql().execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'sales1'")
        assert open_now.fetchone() == (0,)
        assert sees(company.psql()) == 0, "what was open is rolled back"
        with pytest.raises(psycopg.OperationalError):
            company.psql("sales1")
    finally:
        company.psql().execute("ALTER ROLE sales1 LOGIN")


@pytest.mark.req("ORG-07")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE organisation.login SET success = false, reason = 'password'",
        "UPDATE organisation.login SET address = NULL, computer = 'x'",
        "DELETE FROM organisation.login",
        "TRUNCATE organisation.login",
    ],
)
def test_nobody_changes_the_login_log(office: Company, statement: str) -> None:
    log_in(office.as_("boss"))
    owner = office.psql()
    owner.execute("SET ROLE shuke_owner")
    with pytest.raises(psycopg.Error) as refused:
        owner.execute(statement)  # type: ignore[call-overload]
    assert refused.value.sqlstate == "SK003"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        office.psql("boss").execute(statement)  # type: ignore[call-overload]


@pytest.mark.req("ORG-10")
def test_sharing_what_is_chosen_in_a_list(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    customer = customer_of(company, "sales1")
    for name in ("甲", "乙", "丙"):
        company.psql("sales1").execute(
            "INSERT INTO customers.contact (customer_id, name) VALUES (%s, %s)", (customer, name)
        )
    mine = client("sales1")
    page: ListPage = show(ListPage(mine, Query("customers.contact")))
    qtbot.waitUntil(lambda: len(page.model.rows) == 3, timeout=8000)
    for row in (0, 2):
        page.selection.tick(row)
    page.actions_.share()
    settle(qtbot)
    dialog = page.findChildren(ShareDialog)[-1]
    assert len(dialog.ids) == 2
    tick(dialog.people, mine.dictionary.user(user_id(company, "sales5")))
    click(qtbot, dialog.buttons.button(QDialogButtonBox.StandardButton.Ok))
    settle(qtbot)
    assert sees(company.psql("sales5"), "customers.contact") == 2
    assert sees(company.psql("sales5")) == 0, "the contacts alone, not their customer"
    assert not page.selection.chosen
