"""Pages of people and rights as the boss and the administrator use them: keys, clicks, drags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QWidget
from pytestqt.qtbot import QtBot

from services.database import Database
from services.entity import Query
from services.errors import Refused
from services.organisation import queries
from services.session import log_in
from tests.conftest import PASSWORD, Company
from tests.services.test_visibility import customer_of, sees, share, user_id
from tests.widgets.desk import shell_of
from tests.widgets.organisation.conftest import settle
from widgets.base.client import Client
from widgets.base.language import switch_language
from widgets.organisation.branches_page import BranchesPage
from widgets.organisation.departments_page import DepartmentsPage
from widgets.organisation.hand_over_dialog import HandOverDialog
from widgets.organisation.personal_page import PersonalPage
from widgets.organisation.positions_page import PositionsPage
from widgets.organisation.roles_page import RolesPage
from widgets.organisation.sessions_page import SessionsPage
from widgets.organisation.users_page import UsersPage

Login = Callable[[str], Client]
Show = Callable[[QWidget], Any]
LEFT = Qt.MouseButton.LeftButton


def click(qtbot: QtBot, button: QWidget) -> None:
    """Press a button and wait for what it began."""
    qtbot.mouseClick(button, LEFT)
    settle(qtbot)


def choose(table: Any, text: str) -> None:
    """Make the row with ``text`` in its first two columns the current one."""
    for row in range(table.rowCount()):
        if text in (table.item(row, 0).text(), table.item(row, 1).text()):
            table.setCurrentCell(row, 0)
            return
    raise AssertionError(f"no row {text}")


@pytest.mark.req("ORG-03")
def test_hiring_and_closing_a_user(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    boss = client("boss")
    page: UsersPage = show(UsersPage(boss))
    click(qtbot, page.add_button)
    form = page.form
    qtbot.keyClicks(form.login, "xin2")
    password = form.password.text()
    assert len(password) >= 8
    qtbot.keyClicks(form.name, "Xin")
    form.position.setCurrentIndex(form.position.findText("采购主管"))
    for row in range(form.roles.count()):
        if form.roles.item(row).text() == "Buyer":
            form.roles.item(row).setCheckState(Qt.CheckState.Checked)
    click(qtbot, form.save_button)
    try:
        assert not page.bar.messages
        assert password in shell_of(boss).said[-1][1]
        newcomer = Database(company.url("boss").set(username="xin2", password=password))
        company.opened.append(newcomer)
        assert log_in(newcomer).can("stock.receipt.create")
        choose(page.table, "xin2")
        click(qtbot, form.close_button)
        with pytest.raises(Refused):
            log_in(newcomer)
        page.with_closed.setChecked(True)
        choose(page.table, "xin2")
        assert form.close_button.text() == "Let in again"
        click(qtbot, form.close_button)
        assert log_in(newcomer).login == "xin2"
        form.password.setText("123")
        click(qtbot, form.password_button)
        assert "at least" in page.bar.messages[-1].text
        newcomer.close()
    finally:
        company.psql().execute("DROP ROLE IF EXISTS xin2")


@pytest.mark.req("ORG-04")
def test_deleting_a_user_demands_that_his_work_is_handed_over(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    customer_of(company, "sales8")
    boss = client("boss")
    page: UsersPage = show(UsersPage(boss))
    choose(page.table, "sales8")
    form = page.form
    assert form.delete_button.isHidden(), "a login that is open is closed first"
    click(qtbot, form.close_button)
    page.with_closed.setChecked(True)
    choose(page.table, "sales8")
    assert form.delete_button.isVisible() and form.password_button.isHidden()
    click(qtbot, form.delete_button)
    assert "hand them over first" in page.bar.messages[-1].text
    dialog = form.findChildren(HandOverDialog)[-1]
    assert [line.tick.text() for line in dialog.lines] == ["Customers: 1"]
    dialog.to.setEditText(boss.dictionary.user(user_id(company, "sales7")))
    click(qtbot, dialog.buttons.button(QDialogButtonBox.StandardButton.Ok))
    assert sees(company.psql("sales7")) == 1
    click(qtbot, form.delete_button)
    logins = [page.table.item(row, 1).text() for row in range(page.table.rowCount())]
    assert "sales8" not in logins and "was deleted" in shell_of(boss).said[-1][1]
    shell_of(boss).actions[-1][1]()
    settle(qtbot)
    logins = [page.table.item(row, 1).text() for row in range(page.table.rowCount())]
    assert "sales8" in logins


@pytest.mark.req("ORG-08")
def test_limits_in_the_form(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    page: UsersPage = show(UsersPage(client("boss")))
    choose(page.table, "sales1")
    page.form.networks.setText("203.0.113.0/24，198.51.100.7/32")
    page.form.limited.setChecked(True)
    click(qtbot, page.form.save_button)
    assert not page.bar.messages, [one.text for one in page.bar.messages]
    with company.as_("boss").read_session() as session:
        person = next(one for one in queries.people(session) if one.login == "sales1")
    assert person.networks == ("203.0.113.0/24", "198.51.100.7/32")
    assert person.hours is not None and person.hours[0].hour == 8
    page.form.networks.setText("office")
    click(qtbot, page.form.save_button)
    assert "192.168.1.0/24" in page.bar.messages[-1].text


@pytest.mark.req("ORG-03", "ORG-08")
def test_a_newcomer_is_limited_from_his_first_login(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    page: UsersPage = show(UsersPage(client("boss")))
    click(qtbot, page.add_button)
    form = page.form
    qtbot.keyClicks(form.login, "xin3")
    qtbot.keyClicks(form.name, "Xin")
    form.position.setCurrentIndex(form.position.findText("采购主管"))
    form.networks.setText("office")
    form.limited.setChecked(True)
    click(qtbot, form.save_button)
    people = 'SELECT count(*) FROM organisation."user" WHERE login = %s'
    try:
        assert "192.168.1.0/24" in page.bar.messages[-1].text
        assert company.psql().execute(people, ("xin3",)).fetchone() == (0,), "all of him or nothing"
        password = form.password.text()
        form.networks.setText("203.0.113.0/24")
        click(qtbot, form.save_button)
        newcomer = Database(company.url("boss").set(username="xin3", password=password))
        company.opened.append(newcomer)
        with pytest.raises(Refused, match="from this place"):
            log_in(newcomer)
        with company.as_("boss").read_session() as session:
            made = next(one for one in queries.people(session) if one.login == "xin3")
        assert made.networks == ("203.0.113.0/24",) and made.hours is not None and made.version == 1
        newcomer.close()
    finally:
        company.psql().execute("DROP ROLE IF EXISTS xin3")


def test_an_administrator_is_offered_only_what_he_may_give(client: Login, show: Show) -> None:
    page: UsersPage = show(UsersPage(client("admin")))
    page.start_new()
    enabled = {
        page.form.roles.item(row).text(): bool(page.form.roles.item(row).flags() & Qt.ItemFlag.ItemIsEnabled)
        for row in range(page.form.roles.count())
    }
    assert enabled["Administrator"] and not enabled["Boss"] and not enabled["Salesperson"]
    seller: UsersPage = show(UsersPage(client("sales1")))
    assert not seller.add_button.isVisible()
    choose(seller.table, "boss")
    assert not seller.form.save_button.isEnabled()
    assert not seller.form.close_button.isVisible()


@pytest.mark.req("ORG-05", "ORG-06")
def test_a_role_is_copied_ticked_and_deleted(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    boss = client("boss")
    page: RolesPage = show(RolesPage(boss))
    assert not page.save_button.isEnabled(), "the boss's role is chosen first, and nobody changes it"
    choose(page.table, "Salesperson")
    assert not page.delete_button.isEnabled()
    click(qtbot, page.copy_button)
    assert page.role is not None and page.name_edit.text() == "Copy of Salesperson"
    page.tree.tick("stock.warehouse.view", False)
    page.tree.tick("finance.payment.create", True)
    page.tree.tick("products.see_cost", True)
    assert page.dirty()
    click(qtbot, page.save_button)
    assert not page.bar.messages and not page.dirty()
    with company.as_("boss").read_session() as session:
        role = next(one for one in queries.roles(session) if one.name == "Copy of Salesperson")
    assert {"finance.payment.create", "finance.payment.view", "products.see_cost"} <= role.rights
    assert "stock.warehouse.view" not in role.rights
    click(qtbot, page.delete_button)
    undo = shell_of(boss).actions[-1]
    undo[1]()
    settle(qtbot)
    assert "Copy of Salesperson" in [page.table.item(row, 0).text() for row in range(page.table.rowCount())]


def test_ticks_hold_together(client: Login, show: Show) -> None:
    page: RolesPage = show(RolesPage(client("admin")))
    choose(page.table, "Customer service")
    tree = page.tree
    tree.tick("organisation.user.view", False)
    tree.tick("organisation.user.edit", True)
    assert {"organisation.user.view", "organisation.user.edit"} <= tree.ticked()
    tree.tick("organisation.user.view", False)
    assert not {"organisation.user.view", "organisation.user.edit"} & tree.ticked()
    tree.tick("system.purge", True)
    assert "system.purge" not in tree.ticked(), "nobody gives what he lacks"


@pytest.mark.req("PLT-33", "ORG-05")
def test_deleting_for_ever_is_not_given_away(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    page: RolesPage = show(RolesPage(client("boss")))
    choose(page.table, "Boss")
    assert "system.purge" in page.tree.ticked()
    click(qtbot, page.copy_button)
    settle(qtbot)
    assert page.role is not None and page.role.title == "Copy of Boss" and not page.bar.messages
    assert len(page.tree.ticked()) > 100 and "system.purge" not in page.tree.ticked()
    page.tree.tick("system.purge", True)
    assert "system.purge" not in page.tree.ticked() and not page.dirty()
    item, column = page.tree._boxes["system.purge"]
    assert "alone" in item.toolTip(column)


@pytest.mark.req("ORG-02")
def test_a_box_is_dragged_onto_another(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    customer_of(company, "sales5")
    boss = client("boss")
    page: PositionsPage = show(PositionsPage(boss))
    page.diagram.fit()
    with company.as_("boss").read_session() as session:
        by_login = {one.login: one.position_id for one in queries.people(session)}
    moving, target = page.diagram.boxes[by_login["sales5"]], page.diagram.boxes[by_login["lead1"]]
    view = page.diagram.viewport()
    start = page.diagram.mapFromScene(moving.pos() + QPointF(88, moving.height / 2))
    end = page.diagram.mapFromScene(target.pos() + QPointF(88, target.height / 2))
    QTest.mousePress(view, LEFT, Qt.KeyboardModifier.NoModifier, start)
    for step in range(1, 11):
        QTest.mouseMove(view, start + (end - start) * step / 10)
        qtbot.wait(5)
    assert target.target
    QTest.mouseRelease(view, LEFT, Qt.KeyboardModifier.NoModifier, end)
    settle(qtbot)
    assert not page.bar.messages
    assert sees(company.psql("lead1")) == 1
    shell_of(boss).actions[-1][1]()
    settle(qtbot)
    assert sees(company.psql("lead1")) == 0


@pytest.mark.req("ORG-02", "ORG-10")
def test_a_department_is_dragged_and_renamed(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    customer = customer_of(company, "sales5")
    share(company.psql("boss"), customer, departments=["财务部"])
    boss = client("boss")
    page: DepartmentsPage = show(DepartmentsPage(boss))
    boxes = {box.place.name: box for box in page.diagram.boxes.values()}
    assert boxes["销售二部"].place.parent_id == boxes["销售部"].place.id
    assert len(boxes["销售二部"].place.people) == 5
    assert sees(company.psql("lead1")) == 0
    page.diagram.move_wanted.emit(boxes["销售二部"].place.id, boxes["销售一部"].place.id)
    settle(qtbot)
    assert not page.bar.messages
    assert sees(company.psql("lead1")) == 1
    shell_of(boss).actions[-1][1]()
    settle(qtbot)
    assert sees(company.psql("lead1")) == 0
    # below itself it cannot go
    boxes = {box.place.name: box for box in page.diagram.boxes.values()}
    page.diagram.move_wanted.emit(boxes["销售部"].place.id, boxes["销售二部"].place.id)
    settle(qtbot)
    assert "below itself" in page.bar.messages[-1].text
    page.diagram.choose(boxes["财务部"].place.id)
    page.name_edit.setText("财务中心")
    click(qtbot, page.save_button)
    assert "财务中心" in {box.place.name for box in page.diagram.boxes.values()}
    rows = company.psql().execute("SELECT department FROM organisation.share").fetchall()
    assert rows == [("财务中心",)], "what is shared with it follows"


@pytest.mark.req("ORG-02")
def test_the_tree_by_keyboard(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    page: PositionsPage = show(PositionsPage(client("boss")))
    diagram = page.diagram
    with company.as_("boss").read_session() as session:
        by_login = {one.login: one.position_id for one in queries.people(session)}
    diagram.setFocus()
    qtbot.keyClick(diagram, Qt.Key.Key_Down)
    assert diagram.current() == by_login["boss"]
    qtbot.keyClick(diagram, Qt.Key.Key_Insert)
    page.name_edit.setText("助理")  # QTest types Latin letters only
    click(qtbot, page.save_button)
    made = diagram.current()
    assert made is not None and page.name_edit.text() == "助理"
    diagram.choose(made)
    qtbot.keyClick(diagram, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
    diagram.choose(by_login["manager"])
    qtbot.keyClick(diagram, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot)
    with company.as_("boss").read_session() as session:
        place = next(one for one in queries.tree(session) if one.id == made)
    assert place.parent_id == by_login["manager"]
    diagram.choose(made)
    click(qtbot, page.delete_button)
    assert made not in diagram.boxes
    diagram.choose(by_login["manager"])
    click(qtbot, page.delete_button)
    assert "cannot be deleted" in page.bar.messages[-1].text


def test_no_box_covers_another(company: Company, client: Login, show: Show) -> None:
    page: PositionsPage = show(PositionsPage(client("boss")))
    boxes = list(page.diagram.boxes.values())
    assert len(boxes) > 8
    for number, box in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert not box.sceneBoundingRect().intersects(other.sceneBoundingRect())


@pytest.mark.req("ORG-01")
def test_a_branch_is_added_and_changed(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    page: BranchesPage = show(BranchesPage(client("boss")))
    click(qtbot, page.add_button)
    qtbot.keyClicks(page.fields["name"], "Wanzhou branch")
    click(qtbot, page.save_button)
    assert not page.bar.messages
    assert page.fields["name"].text() == "Wanzhou branch"
    page.fields["phone"].setText("023-58000000")
    click(qtbot, page.save_button)
    with company.as_("boss").read_session() as session:
        branch = next(one for one in queries.branches(session) if one["name"] == "Wanzhou branch")
    assert (branch["phone"], branch["version"]) == ("023-58000000", 2)


@pytest.mark.req("ORG-01", "ORG-03", "ORG-09")
def test_what_is_no_phone_or_e_mail_is_said_in_the_form(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    boss = client("boss")
    users: UsersPage = show(UsersPage(boss))
    choose(users.table, "sales1")
    for edit, wrong, right, said in (
        (users.form.email, "li at example", "li@example.com", "This is no e-mail address."),
        (users.form.phone, "none", "023-63000000", "A phone number has at least three digits."),
    ):
        edit.setText(wrong)
        click(qtbot, users.form.save_button)
        assert users.bar.messages[-1].text == said and edit.text() == wrong
        edit.setText(right)
    click(qtbot, users.form.save_button)
    assert not users.bar.messages and not users.dirty()
    mine: PersonalPage = show(PersonalPage(client("sales1")))
    mine.phone.setText("12")
    click(qtbot, mine.save_button)
    assert mine.bar.messages[-1].text == "A phone number has at least three digits."
    branches: BranchesPage = show(BranchesPage(boss))
    branches.fields["tax_number"].setText("1234")
    click(qtbot, branches.save_button)
    assert "15, 17, 18 or 20" in branches.bar.messages[-1].text


@pytest.mark.req("ORG-01")
def test_a_branch_goes_when_nothing_stands_in_it(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    boss = client("boss")
    page: BranchesPage = show(BranchesPage(boss))
    assert page.branch is not None and not page.delete_button.isEnabled(), "the company itself stays"
    click(qtbot, page.add_button)
    qtbot.keyClicks(page.fields["name"], "Wanzhou branch")
    click(qtbot, page.save_button)
    made = page.branch["id"]
    admin = company.psql()
    warehouse = (
        "INSERT INTO stock.warehouse (name, branch_id) VALUES ('万州仓', %s) RETURNING id",
        "UPDATE stock.warehouse SET branch_id = NULL WHERE branch_id = %s RETURNING id",
    )
    account = (
        "INSERT INTO finance.account (name, branch_id) VALUES ('万州现金', %s) RETURNING id",
        "UPDATE finance.account SET branch_id = NULL WHERE branch_id = %s RETURNING id",
    )
    person = (
        "UPDATE organisation.\"user\" SET branch_id = %s WHERE login = 'sales8' RETURNING id",
        'UPDATE organisation."user" SET branch_id = NULL WHERE branch_id = %s RETURNING id',
    )
    for put, leave in (warehouse, account, person):
        assert admin.execute(put, (made,)).fetchone()
        click(qtbot, page.delete_button)
        assert "cannot be deleted" in page.bar.messages[-1].text
        assert admin.execute(leave, (made,)).fetchone()
    click(qtbot, page.delete_button)
    names = {page.table.item(row, 0).text() for row in range(page.table.rowCount())}
    assert "Wanzhou branch" not in names
    shell_of(boss).actions[-1][1]()
    settle(qtbot)
    assert "Wanzhou branch" in {page.table.item(row, 0).text() for row in range(page.table.rowCount())}


@pytest.mark.req("ORG-07")
def test_sessions_and_log(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    other = company.psql("sales2")
    other.execute("SELECT 1")
    log_in(company.as_("sales3"))
    boss = client("boss")
    page: SessionsPage = show(SessionsPage(boss))
    choose(page.sessions, "sales2")
    click(qtbot, page.end_button)
    assert "ended" in shell_of(boss).said[-1][1]
    assert other.closed or other.pgconn.status == 0 or _is_dead(other)
    assert page.log is not None
    page.log.show_query(Query("organisation.login", order=("-at",), data_class="two_weeks"))
    settle(qtbot)
    log = page.log.model
    qtbot.waitUntil(lambda: bool(log.rows))
    keys = [column.key for column in log.columns]
    shown = {row.values[keys.index("login")]: row.values for row in log.rows}
    assert shown["sales3"][keys.index("success")] and shown["sales3"][keys.index("roles")] == "Salesperson"


def _is_dead(connection: Any) -> bool:
    import psycopg

    try:
        connection.execute("SELECT 1")
    except psycopg.Error:
        return True
    return False


@pytest.mark.req("ORG-09")
def test_ones_own_password_phone_and_language(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    mine = client("sales4")
    page: PersonalPage = show(PersonalPage(mine))
    page.phone.setText("13800001111")
    click(qtbot, page.save_button)
    for edit, text in ((page.old, "wrong"), (page.new, "Ganz-neu-1"), (page.again, "Ganz-neu-1")):
        edit.setText(text)
    click(qtbot, page.password_button)
    assert "old password" in page.bar.messages[-1].text
    page.old.setText(PASSWORD)
    click(qtbot, page.password_button)
    try:
        changed = Database(company.url("boss").set(username="sales4", password="Ganz-neu-1"))
        company.opened.append(changed)
        assert log_in(changed).login == "sales4"
        with pytest.raises(Refused):
            log_in(company.as_("sales4"))
    finally:
        from services.passwords import scram_verifier

        company.psql().execute("SELECT app.make_login('sales4', %s)", (scram_verifier(PASSWORD),))
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    page.language.setCurrentIndex(page.language.findData("zh_CN"))
    page.language.activated.emit(page.language.currentIndex())
    try:
        assert page.heading.text() == "个人设置"
        settle(qtbot)
        row = (
            company.psql("sales4")
            .execute("SELECT value FROM system.preference WHERE key = 'language'")
            .fetchone()
        )
        assert row == ("zh_CN",)
    finally:
        switch_language(app, "en")
    with company.as_("boss").read_session() as session:
        assert next(one for one in queries.people(session) if one.login == "sales4").phone == "13800001111"


def test_what_a_colleague_changes_appears(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    from services.changes import Notice
    from services.organisation import commands

    boss = client("boss")
    page: PositionsPage = show(PositionsPage(boss))
    top = next(iter(page.diagram.boxes))
    company.as_("boss").write(commands.save_position, name="新岗位", parent_id=top)
    boss.bus.tell(Notice("organisation.position", None, False))
    settle(qtbot)
    assert "新岗位" in {box.place.name for box in page.diagram.boxes.values()}
