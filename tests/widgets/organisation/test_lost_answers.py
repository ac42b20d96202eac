"""Forms of the organisation whose save was done although nobody heard the answer: nothing is made twice (PLT-30)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from services.organisation import commands, queries
from tests.conftest import Company
from tests.services.organisation.test_people import person
from tests.widgets.base.test_answers_lost import Line
from tests.widgets.desk import shell_of
from tests.widgets.organisation.conftest import settle
from tests.widgets.organisation.test_kept_forms import go_on
from tests.widgets.organisation.test_pages import choose, click
from tests.widgets.organisation.test_two_at_a_form import branch_of, texts
from widgets.base.client import Client
from widgets.organisation.branches_page import BranchesPage
from widgets.organisation.departments_page import DepartmentsPage
from widgets.organisation.positions_page import PositionsPage
from widgets.organisation.roles_page import RolesPage
from widgets.organisation.typed_form import FormPage
from widgets.organisation.users_page import UsersPage

Login = Callable[[str], Client]
Show = Callable[[QWidget], Any]


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    return Line(monkeypatch)


@pytest.fixture(autouse=True)
def _no_role_stays(company: Company) -> Iterator[None]:
    yield
    company.psql().execute("DROP ROLE IF EXISTS xin7")


@dataclass(frozen=True)
class Case:
    """A page, how something new is typed into it, how more is typed, what is counted and what says that more came."""

    page: type[FormPage]
    new: Callable[[Any, Company], None]
    more: Callable[[Any], None]
    counted: str
    seen: str


def _branch(page: BranchesPage, _company: Company) -> None:
    page.start_new()
    page.fields["name"].setText("西安分公司")


def _position(page: PositionsPage, company: Company) -> None:
    page.start_below(person(company.as_("boss"), "lead1").position_id)
    page.name_edit.setText("见习销售")


def _user(page: UsersPage, _company: Company) -> None:
    page.start_new()
    form = page.form
    form.login.setText("xin7")
    form.name.setText("辛七")
    form.position.setCurrentIndex(form.position.findText("采购主管"))
    form.roles.item(2).setCheckState(form.roles.item(2).checkState().Checked)


CASES = {
    "branch": Case(
        BranchesPage,
        _branch,
        lambda page: page.fields["fax"].setText("029-7"),
        "SELECT count(*) FROM organisation.branch WHERE name = '西安分公司'",
        "SELECT fax FROM organisation.branch WHERE name = '西安分公司'",
    ),
    "position": Case(
        PositionsPage,
        _position,
        lambda page: page.department_edit.setText("029-7"),
        "SELECT count(*) FROM organisation.position WHERE name = '见习销售'",
        "SELECT department FROM organisation.position WHERE name = '见习销售'",
    ),
    "user": Case(
        UsersPage,
        _user,
        lambda page: page.form.phone.setText("029-7"),
        "SELECT count(*) FROM organisation.\"user\" WHERE login = 'xin7'",
        "SELECT phone FROM organisation.\"user\" WHERE login = 'xin7'",
    ),
}
EACH = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def one(company: Company, statement: str) -> Any:
    """The one value of it, as the superuser reads it."""
    (row,) = company.psql().execute(statement).fetchall()  # type: ignore[call-overload]
    return row[0]


def kill(page: FormPage) -> None:
    """The client is gone; what lay on the disk when it sent is what is left."""
    assert page.keeping is not None
    page.keeping._timer.stop()
    page.keeping.drafts.release(page.keeping._held[0])
    page.hide()


def save(page: FormPage, qtbot: QtBot) -> None:
    """Press the button."""
    button = page.form.save_button if isinstance(page, UsersPage) else page.save_button  # type: ignore[attr-defined]
    click(qtbot, button)


def lost(case: Case, page: FormPage, company: Company, line: Line, qtbot: QtBot, cut: str = "after") -> None:
    """Type something new and save it over a line that is cut."""
    case.new(page, company)
    line.cut = cut
    save(page, qtbot)
    line.cut = ""
    assert "cannot be reached" in texts(page) and page.dirty()
    assert one(company, case.counted) == (cut == "after")


@pytest.mark.req("PLT-30", "ORG-01", "ORG-02", "ORG-03")
@EACH
def test_saved_again_it_is_there_once(
    case: Case, company: Company, client: Login, show: Show, qtbot: QtBot, line: Line
) -> None:
    page: FormPage = show(case.page(client("boss")))
    lost(case, page, company, line, qtbot)
    save(page, qtbot)
    assert one(company, case.counted) == 1
    assert not page.dirty() and page.typed.record_id is not None, "it stands there as what it is now"


@pytest.mark.req("PLT-30", "ORG-01", "ORG-02", "ORG-03")
@EACH
def test_typed_on_and_saved_again(
    case: Case, company: Company, client: Login, show: Show, qtbot: QtBot, line: Line
) -> None:
    page: FormPage = show(case.page(client("boss")))
    lost(case, page, company, line, qtbot)
    case.more(page)
    save(page, qtbot)
    assert "had been saved before" in texts(page) and page.dirty() and page.typed.record_id is not None
    save(page, qtbot)
    assert (one(company, case.counted), one(company, case.seen)) == (1, "029-7") and not page.dirty()


@pytest.mark.req("PLT-30", "ORG-01", "ORG-02", "ORG-03")
@EACH
def test_the_client_is_killed_too(
    case: Case, company: Company, client: Login, show: Show, qtbot: QtBot, line: Line
) -> None:
    mine = client("boss")
    page: FormPage = show(case.page(mine))
    lost(case, page, company, line, qtbot)
    kill(page)
    again: FormPage = show(case.page(mine))
    assert "only the answer was lost" in texts(again) and not again.dirty()
    next(b for b in again.bar.messages[-1].findChildren(QPushButton) if b.text() == "Open it").click()
    made = one(company, case.counted.replace("count(*)", "id"))
    assert shell_of(mine).opened == [(again.typed.entity.key, made)]
    assert one(company, case.counted) == 1
    third: FormPage = show(case.page(mine))
    assert not third.bar.messages


@pytest.mark.req("PLT-30", "ORG-01", "ORG-02", "ORG-03")
@EACH
def test_killed_after_more_was_typed(
    case: Case, company: Company, client: Login, show: Show, qtbot: QtBot, line: Line
) -> None:
    mine = client("boss")
    page: FormPage = show(case.page(mine))
    lost(case, page, company, line, qtbot)
    case.more(page)
    assert page.keeping is not None
    page.keeping.keep()
    settle(qtbot)
    kill(page)
    again: FormPage = show(case.page(mine))
    go_on(again, qtbot)
    assert again.typed.record_id is not None and set(again.typed.changes()) <= {"fax", "department", "phone"}
    save(again, qtbot)
    assert (one(company, case.counted), one(company, case.seen)) == (1, "029-7") and not again.dirty()


@pytest.mark.req("PLT-30", "ORG-01", "ORG-02", "ORG-03")
@EACH
def test_never_arrived_and_killed(
    case: Case, company: Company, client: Login, show: Show, qtbot: QtBot, line: Line
) -> None:
    mine = client("boss")
    page: FormPage = show(case.page(mine))
    lost(case, page, company, line, qtbot, "before")
    kill(page)
    again: FormPage = show(case.page(mine))
    go_on(again, qtbot)
    assert again.typed.record_id is None and again.dirty()
    save(again, qtbot)
    assert one(company, case.counted) == 1 and not again.dirty()


@pytest.mark.req("PLT-30", "ORG-01")
def test_what_was_typed_for_another_stays(
    company: Company, client: Login, show: Show, qtbot: QtBot, line: Line
) -> None:
    """The draft of a page holds several forms: one of them was saved, that of the company itself was not."""
    mine = client("boss")
    page: BranchesPage = show(BranchesPage(mine))
    page.fields["fax"].setText("0591-7")
    lost(CASES["branch"], page, company, line, qtbot)
    kill(page)
    again: BranchesPage = show(BranchesPage(mine))
    go_on(again, qtbot)
    again.table.setCurrentCell(0, 0)
    assert again.fields["fax"].text() == "0591-7"
    save(again, qtbot)
    assert branch_of(company)["fax"] == "0591-7" and not again.dirty()
    assert one(company, CASES["branch"].counted) == 1


@pytest.mark.req("PLT-30", "ORG-05")
def test_a_copy_of_a_role_is_made_once(
    company: Company, client: Login, show: Show, qtbot: QtBot, line: Line
) -> None:
    page: RolesPage = show(RolesPage(client("boss")))
    choose(page.table, "Salesperson")
    line.cut = "after"
    click(qtbot, page.copy_button)
    line.cut = ""
    click(qtbot, page.copy_button)
    assert one(company, "SELECT count(*) FROM organisation.role WHERE name = 'Copy of Salesperson'") == 1
    assert page.role is not None and page.role.name == "Copy of Salesperson"
    click(qtbot, page.copy_button)
    assert one(company, "SELECT count(*) FROM organisation.role WHERE NOT built_in") == 2, (
        "and then another one"
    )


@pytest.mark.req("PLT-30", "ORG-02")
def test_a_department_is_renamed_once_and_its_new_name_outlives_a_crash(
    company: Company, client: Login, show: Show, qtbot: QtBot, line: Line
) -> None:
    mine = client("boss")
    page: DepartmentsPage = show(DepartmentsPage(mine))
    team = next(one for one in page._teams.values() if one.name == "销售二部")
    page.diagram.choose(team.id)
    page.name_edit.setText("华东销售部")
    assert page.keeping is not None
    page.keeping.keep()
    settle(qtbot)
    kill(page)
    # another department comes meanwhile: this one is known again all the same
    with company.as_("boss").read_session() as session:
        place = next(one for one in queries.tree(session) if one.people and one.name == "采购主管")
    company.as_("boss").write(commands.save_position, name="档案员", department="档案室", parent_id=place.id)
    again: DepartmentsPage = show(DepartmentsPage(mine))
    go_on(again, qtbot)
    assert again.name_edit.text() == "华东销售部" and again.dirty()
    line.cut = "after"
    save(again, qtbot)
    line.cut = ""
    assert "cannot be reached" in texts(again)
    save(again, qtbot)
    assert not again.dirty(), texts(again)
    assert one(company, "SELECT count(*) FROM organisation.position WHERE department = '销售二部'") == 0
    assert one(company, "SELECT count(*) > 0 FROM organisation.position WHERE department = '华东销售部'")
    third: DepartmentsPage = show(DepartmentsPage(mine))
    assert not third.bar.messages
