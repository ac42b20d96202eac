"""Two people at the forms of organisation pages: nothing typed is lost, nothing is overwritten unseen (PLT-31)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from services import presence, records
from services.errors import Refused
from services.organisation import commands, queries
from services.organisation.entities import BRANCH_ENTITY
from tests.conftest import Company
from tests.services.organisation.test_people import limit, person
from tests.widgets.desk import changed_elsewhere
from tests.widgets.organisation.conftest import settle
from tests.widgets.organisation.test_pages import choose, click
from widgets.base.client import Client
from widgets.organisation.branches_page import BranchesPage
from widgets.organisation.departments_page import DepartmentsPage
from widgets.organisation.positions_page import PositionsPage
from widgets.organisation.roles_page import RolesPage
from widgets.organisation.typed_form import FormPage
from widgets.organisation.users_page import UsersPage

Login = Callable[[str], Client]
Show = Callable[[QWidget], Any]


def branch_of(company: Company) -> dict[str, Any]:
    """The company itself as it is stored."""
    with company.as_("boss").read_session() as session:
        return queries.branches(session)[0]


def change_branch(company: Company, login: str, **values: Any) -> int:
    """What a colleague saves of the company's data; its id."""
    now = branch_of(company)
    kept = {
        key: now[key] for key in queries.BRANCH_KEYS if key not in ("id", "version", "logo_id", "changed_by")
    }
    company.as_(login).write(
        commands.save_branch, values={**kept, **values}, branch_id=now["id"], version=now["version"]
    )
    return int(now["id"])


def texts(page: FormPage) -> str:
    """All that the page says."""
    return "\n".join(message.text for message in page.bar.messages)


@pytest.mark.req("PLT-31", "ORG-01")
def test_a_branch_keeps_what_is_typed_and_takes_what_comes(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    mine = client("boss")
    page: BranchesPage = show(BranchesPage(mine))
    page.fields["fax"].setText("0591-1")
    assert page.dirty()
    changed_elsewhere(mine, "organisation.branch", change_branch(company, "admin", website="example.cn"))
    settle(qtbot)
    assert (page.fields["fax"].text(), page.fields["website"].text()) == ("0591-1", "example.cn")
    assert page.typed.meeting.titles(["website"]) in texts(page) and page.dirty()
    click(qtbot, page.save_button)
    saved = branch_of(company)
    assert (saved["fax"], saved["website"]) == ("0591-1", "example.cn") and not page.dirty()


@pytest.mark.req("PLT-31", "ORG-01")
def test_the_same_field_of_a_branch_is_chosen(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    mine = client("boss")
    page: BranchesPage = show(BranchesPage(mine))
    page.fields["phone"].setText("111")
    page.fields["fax"].setText("333")
    changed_elsewhere(mine, "organisation.branch", change_branch(company, "admin", phone="222"))
    settle(qtbot)
    assert page.fields["phone"].text() == "111" and "just changed" in texts(page)
    click(qtbot, page.save_button)
    panel = page.typed.meeting.panel
    assert panel is not None and page.stack.currentWidget() is panel
    assert [(each.key, each.mine, each.theirs) for each in panel.fields if each.clash] == [
        ("phone", "111", "222")
    ]
    assert branch_of(company)["phone"] == "222" and not panel.save_button.isEnabled()
    panel.choose("phone", mine=False)
    click(qtbot, panel.save_button)
    saved = branch_of(company)
    assert (saved["phone"], saved["fax"]) == ("222", "333") and not page.dirty()
    assert page.stack.currentWidget() is page.beside


@pytest.mark.req("PLT-31")
def test_without_a_notice_the_save_itself_meets_the_other(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    page: BranchesPage = show(BranchesPage(client("boss")))
    page.fields["phone"].setText("111")
    change_branch(company, "admin", fax="222")
    click(qtbot, page.save_button)
    saved = branch_of(company)
    assert (saved["phone"], saved["fax"]) == ("111", "222")
    assert "both changes are kept" in texts(page) and not page.dirty()


@pytest.mark.req("PLT-31", "PLT-30")
def test_looking_at_another_branch_loses_nothing(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    boss = company.as_("boss")
    boss.write(commands.save_branch, values={"name": "西安分公司", "parent_id": branch_of(company)["id"]})
    page: BranchesPage = show(BranchesPage(client("boss")))
    page.fields["phone"].setText("111")
    choose(page.table, "西安分公司")
    assert page.fields["phone"].text() == "" and page.dirty()
    assert not page.can_close() and "not saved" in texts(page)
    click(qtbot, page.add_button)
    page.fields["name"].setText("新的")
    page.table.setCurrentCell(0, 0)
    assert page.fields["phone"].text() == "111"
    click(qtbot, page.add_button)
    assert page.fields["name"].text() == "新的"
    page.fields["name"].clear()
    page.table.setCurrentCell(0, 0)
    click(qtbot, page.save_button)
    assert branch_of(company)["phone"] == "111" and not page.dirty() and page.can_close()


@pytest.mark.req("PLT-31")
def test_closing_asks_saves_and_closes(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    page: BranchesPage = show(BranchesPage(client("boss")))
    page.fields["phone"].setText("111")
    assert not page.can_close()
    with qtbot.waitSignal(page.close_wanted, timeout=8000):
        page._close(save=True)
    assert branch_of(company)["phone"] == "111" and page.can_close()


@pytest.mark.req("PLT-31")
def test_who_else_has_the_record_open(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    company_id = branch_of(company)["id"]
    presence.announce(
        company.as_("admin"), entity="organisation.branch", record_id=company_id, client=presence.uuid4()
    )
    page: BranchesPage = show(BranchesPage(client("boss")))
    label = page.typed.presence
    assert label is not None
    qtbot.waitUntil(lambda: bool(label.names()), timeout=8000)
    assert label.isVisible() and person(company.as_("boss"), "admin").name in label.text()
    users: UsersPage = show(UsersPage(client("admin")))
    choose(users.table, "sales1")
    settle(qtbot)
    target = person(company.as_("boss"), "sales1")
    others = presence.announce(company.as_("boss"), entity="organisation.user", record_id=target.id)
    assert [each.name for each in others] == [person(company.as_("boss"), "admin").name]


@pytest.mark.req("PLT-31", "ORG-03")
def test_two_at_a_user(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    mine, boss = client("boss"), company.as_("boss")
    page: UsersPage = show(UsersPage(mine))
    choose(page.table, "sales1")
    form, before = page.form, person(boss, "sales1")
    form.phone.setText("13900000001")
    form.networks.setText("192.168.1.0/24")
    form.password.setText("Noch-nicht-1")
    row = next(n for n in range(form.roles.count()) if form.roles.item(n).text() == "Buyer")
    form.roles.item(row).setCheckState(Qt.CheckState.Checked)
    # a colleague limits him and gives him an address
    limit(boss, "sales1", hours=(time(8), time(18)))
    changed_elsewhere(mine, "organisation.user", before.id)
    settle(qtbot)
    assert (form.phone.text(), form.networks.text()) == ("13900000001", "192.168.1.0/24")
    assert form.limited.isChecked() and form.password.text() == "Noch-nicht-1"
    click(qtbot, form.save_button)
    now = person(boss, "sales1")
    assert (now.phone, now.networks, now.hours) == (
        "13900000001",
        ("192.168.1.0/24",),
        (time(8), time(18)),
    )
    assert set(now.roles) == {*before.roles, "buyer"}
    assert now.version == before.version + 2, "one save is one version"
    assert form.password.text() == "Noch-nicht-1", "a password is set by its own button"
    # both change the hours: asked
    limit(boss, "sales1", networks=now.networks, hours=(time(9), time(18)))
    form.hours[0].setTime(form.hours[0].time().addSecs(-3600))
    click(qtbot, form.save_button)
    panel = page.typed.meeting.panel
    assert panel is not None
    hours = next(each for each in panel.fields if each.key == "hours")
    assert hours.clash and (hours.mine, hours.theirs) == ((time(7), time(18)), (time(9), time(18)))
    panel.choose("hours", mine=True)
    click(qtbot, panel.save_button)
    saved = person(boss, "sales1")
    assert saved.hours == (time(7), time(18))


@pytest.mark.req("ORG-03", "ORG-08")
def test_a_user_is_saved_whole_or_not_at_all(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    page: UsersPage = show(UsersPage(client("boss")))
    choose(page.table, "sales1")
    before = person(company.as_("boss"), "sales1")
    page.form.name.setText("另一个")
    page.form.networks.setText("office")
    click(qtbot, page.form.save_button)
    assert "192.168.1.0/24" in texts(page)
    assert person(company.as_("boss"), "sales1") == before
    assert page.form.name.text() == "另一个" and page.dirty()


@pytest.mark.req("PLT-31", "ORG-02")
def test_two_at_a_position(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    mine, boss = client("boss"), company.as_("boss")
    page: PositionsPage = show(PositionsPage(mine))
    place_id = person(boss, "sales1").position_id
    page.diagram.choose(place_id)
    page.name_edit.setText("高级销售")
    with boss.read_session() as session:
        place = next(one for one in queries.tree(session) if one.id == place_id)
    lead2 = person(boss, "lead2").position_id
    boss.write(commands.move_position, position_id=place_id, parent_id=lead2)
    changed_elsewhere(mine, "organisation.position", place_id)
    settle(qtbot)
    assert page.name_edit.text() == "高级销售" and page.above.currentData() == lead2
    # the name is another one meanwhile
    boss.write(
        commands.save_position, position_id=place_id, version=place.version + 1, name="销售甲", department=""
    )
    changed_elsewhere(mine, "organisation.position", place_id)
    settle(qtbot)
    click(qtbot, page.save_button)
    panel = page.typed.meeting.panel
    assert panel is not None and [each.key for each in panel.fields if each.clash] == ["name"]
    panel.choose("name", mine=True)
    click(qtbot, panel.save_button)
    with boss.read_session() as session:
        saved = next(one for one in queries.tree(session) if one.id == place_id)
    assert (saved.name, saved.parent_id, saved.version) == ("高级销售", lead2, place.version + 3)


@pytest.mark.req("PLT-31", "ORG-02")
def test_a_new_position_outlives_a_notice_and_moves_by_form(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    mine, boss = client("boss"), company.as_("boss")
    page: PositionsPage = show(PositionsPage(mine))
    top, lead1 = person(boss, "boss").position_id, person(boss, "lead1").position_id
    page.diagram.choose(top)
    page.start_below(top)
    page.name_edit.setText("助理")
    boss.write(commands.save_position, name="别的", parent_id=top)
    changed_elsewhere(mine, "organisation.position", top)
    settle(qtbot)
    assert page.name_edit.text() == "助理" and page.above.currentData() == top
    click(qtbot, page.save_button)
    made = page.diagram.current()
    assert made is not None and page.diagram.boxes[made].place.name == "助理"
    # name and superior in one save, one version
    page.name_edit.setText("总助")
    page.above.setCurrentIndex(page.above.findData(lead1))
    click(qtbot, page.save_button)
    place = page.diagram.boxes[made].place
    assert (place.name, place.parent_id, place.version) == ("总助", lead1, 2)


@pytest.mark.req("PLT-31", "ORG-02")
def test_two_rename_a_department(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    mine, boss = client("boss"), company.as_("boss")
    page: DepartmentsPage = show(DepartmentsPage(mine))
    box = next(box for box in page.diagram.boxes.values() if box.place.name == "财务部")
    page.diagram.choose(box.place.id)
    page.name_edit.setText("财务中心")
    boss.write(commands.rename_department, department="财务部", name="计财部")
    changed_elsewhere(mine, "organisation.position", 1)
    settle(qtbot)
    assert page.name_edit.text() == "财务中心"
    click(qtbot, page.save_button)
    panel = page.typed.meeting.panel
    assert panel is not None
    panel.choose("name", mine=True)
    click(qtbot, panel.save_button)
    with boss.read_session() as session:
        names = queries.departments(session)
    assert "财务中心" in names and "计财部" not in names


@pytest.mark.req("PLT-31", "ORG-05")
def test_two_at_the_rights_of_a_role(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    mine, boss = client("boss"), company.as_("boss")
    page: RolesPage = show(RolesPage(mine))
    choose(page.table, "Customer service")
    with boss.read_session() as session:
        role = next(one for one in queries.roles(session) if one.title == "Customer service")
    page.tree.tick("products.see_cost", True)
    boss.write(
        commands.save_role,
        role_id=role.id,
        version=role.version,
        name=role.name,
        rights=sorted(role.rights | {"finance.payment.view"}),
    )
    changed_elsewhere(mine, "organisation.role", role.id)
    settle(qtbot)
    assert {"products.see_cost", "finance.payment.view"} <= page.tree.ticked()
    click(qtbot, page.save_button)
    with boss.read_session() as session:
        saved = next(one for one in queries.roles(session) if one.id == role.id)
    assert {"products.see_cost", "finance.payment.view"} <= saved.rights and not page.dirty()


@pytest.mark.req("PLT-31", "ORG-05")
def test_ticks_of_two_never_meet_to_a_right_that_does_nothing(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    boss = company.as_("boss")

    def stored() -> queries.RoleRow:
        with boss.read_session() as session:
            return next(one for one in queries.roles(session) if one.title == "Customer service")

    page: RolesPage = show(RolesPage(client("boss")))
    choose(page.table, "Customer service")
    role = stored()
    assert "products.product.view" in role.rights and "products.product.import" not in role.rights
    page.tree.tick("products.product.import", True)
    # a colleague takes the whole line away meanwhile
    less = sorted(right for right in role.rights if not right.startswith("products.product."))
    boss.write(commands.save_role, role_id=role.id, version=role.version, name=role.name, rights=less)
    click(qtbot, page.save_button)
    assert "View" in page.bar.messages[-1].text and stored().rights == frozenset(less)
    assert page.tree.is_ticked("products.product.import") and page.dirty()
    page.tree.tick("products.product.view", True)
    click(qtbot, page.save_button)
    assert stored().rights == {*less, "products.product.view", "products.product.import"}
    # nor does anybody write it with psql
    with pytest.raises(Refused, match="View"):
        boss.write(commands.save_role, name="x", rights=["sales.order.edit"])


@pytest.mark.req("PLT-31", "ORG-01")
def test_what_is_typed_for_a_deleted_branch_stays_to_be_copied(
    company: Company, client: Login, show: Show, qtbot: QtBot
) -> None:
    boss, mine = company.as_("boss"), client("boss")
    made = boss.write(
        commands.save_branch, values={"name": "西安分公司", "parent_id": branch_of(company)["id"]}
    )
    page: BranchesPage = show(BranchesPage(mine, chosen=made.id))
    page.fields["address"].setText("西安市雁塔区")
    boss.write(records.recycle, entity=BRANCH_ENTITY, ids=[made.id])
    changed_elsewhere(mine, "organisation.branch", made.id or 0)
    settle(qtbot)
    assert page.fields["address"].text() == "西安市雁塔区" and "deleted" in texts(page)
    click(qtbot, page.save_button)
    assert page.fields["address"].text() == "西安市雁塔区" and page.dirty()
    page.table.setCurrentCell(0, 0)
    assert page.fields["name"].text() == branch_of(company)["name"]
