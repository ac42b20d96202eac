"""The export log as the boss reads it: who took out what, narrowed to what, how many rows (PLT-18)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import psycopg
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.navigation import menu
from services.entity import Facet, Query
from services.language import use_language
from services.system.export_log import KEY
from tests.conftest import Company
from tests.factories.rights import give
from tests.services.test_listing import fill
from tests.widgets.base.lists import CUSTOMER, opened, settle
from widgets.base.list_page import ListPage
from widgets.base.pages import PageKey
from widgets.base.tasks import tasks


@pytest.fixture(autouse=True)
def _calm(qtbot: QtBot) -> Iterator[None]:
    use_language("zh_CN")
    yield
    use_language("zh_CN")
    qtbot.waitUntil(lambda: not tasks()._jobs, timeout=5000)


def exported(page: ListPage, qtbot: QtBot, path: Path) -> int:
    """Have the list written; the number of its rows."""
    page.actions_.export_to(str(path))
    qtbot.waitUntil(lambda: bool(page.messages.messages), timeout=20_000)
    assert path.exists(), page.messages.messages[-1].text
    page.messages.clear()
    assert page.total
    return page.total


def lines(page: ListPage) -> list[dict[str, str]]:
    """What stands in the rows, by column."""
    return [
        {
            column.key: str(page.model.index(row, at).data(Qt.ItemDataRole.DisplayRole))
            for at, column in enumerate(page.model.columns, 1)
        }
        for row in range(page.model.rowCount())
    ]


@pytest.mark.req("PLT-18", "ORG-06")
def test_the_boss_finds_who_exported_what(company: Company, qtbot: QtBot, tmp_path: Path) -> None:
    fill(company.psql(), 300)
    query = Query(
        CUSTOMER,
        data_class="companies",
        words="长宏",
        facets=(Facet("credit_days", "ge", 10),),
        order=("name",),
    )
    hers = opened(company, qtbot, "lead1", query)
    few = exported(hers, qtbot, tmp_path / "c.xlsx")
    many = exported(opened(company, qtbot, "boss"), qtbot, tmp_path / "all.csv")
    assert 0 < few < many

    page = opened(company, qtbot, "boss", Query(KEY))
    newest, older = lines(page)
    people = dict(company.psql().execute('SELECT login, name FROM organisation."user"').fetchall())
    assert (older["name"], older["login"]) == (people["lead1"], "lead1")
    assert (older["entity"], older["format"], older["exported"]) == ("客户", "Excel", str(few))
    assert older["conditions"] == "企业客户、“长宏”、账期（天） 不少于 10"
    assert (newest["login"], newest["format"], newest["conditions"]) == ("boss", "CSV", "全部")
    assert older["computer"] not in ("", "None"), "from which PC"

    # classes, conditions and order as in every list
    page.show_query(Query(KEY, facets=(Facet("login", "eq", "lead1"), Facet("entity", "in", (CUSTOMER,)))))
    settle(page, qtbot)
    assert [line["login"] for line in lines(page)] == ["lead1"]
    page.show_query(Query(KEY, words="账期"))
    settle(page, qtbot)
    assert [line["login"] for line in lines(page)] == ["lead1"], "found by the words of the filter"
    for chosen, found in (("today", 2), ("many", 0), ("format=csv", 1), ("format=print", 0)):
        page.show_query(Query(KEY, data_class=chosen))
        settle(page, qtbot)
        assert len(lines(page)) == found, chosen
    page.show_query(Query(KEY, order=("exported",)))
    settle(page, qtbot)
    assert [line["exported"] for line in lines(page)] == [str(few), f"{many:,}"]

    # the log of the log
    exported(page, qtbot, tmp_path / "log.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "log.xlsx").active.values)
    head = list(rows[0])
    assert [row[head.index("记录类型")] for row in rows[1:3]] == [
        "客户",
        "客户",
    ]
    page.reload()
    settle(page, qtbot)
    assert "导出日志" in {line["entity"] for line in lines(page)}
    assert not {"new", "import_", "edit", "delete"} & set(page.actions_.actions)


@pytest.mark.req("PLT-18", "ORG-20")
def test_only_who_has_the_right_sees_it_and_nobody_changes_it(
    company: Company, qtbot: QtBot, tmp_path: Path
) -> None:
    fill(company.psql(), 40)
    exported(opened(company, qtbot, "sales1"), qtbot, tmp_path / "c.csv")
    entry = PageKey(KEY)

    def offered(login: str) -> bool:
        rights = (
            company.psql().execute("SELECT rights FROM app.user_scope WHERE login = %s", (login,)).fetchone()
        )
        assert rights is not None
        held = set(rights[0])  # type: ignore[call-overload]
        return any(one.key == entry for group in menu("advanced", held.__contains__) for one in group.entries)

    for login in ("sales1", "admin", "keeper1"):
        assert not offered(login)
        # nor his own lines: with psql nobody sees more than in the client
        assert company.psql(login).execute("SELECT count(*) FROM system.export_log").fetchone() == (0,)
    give(company, "administrator", f"{KEY}.view")
    assert offered("boss") and offered("admin") and not offered("sales1")
    (line,) = lines(opened(company, qtbot, "admin", Query(KEY)))
    assert line["login"] == "sales1"
    boss, superuser = company.psql("boss"), company.psql()
    for attack in (
        "UPDATE system.export_log SET exported = 0",
        "DELETE FROM system.export_log",
        "TRUNCATE system.export_log",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            boss.execute(attack)  # type: ignore[call-overload]
        with pytest.raises(psycopg.Error) as refused:
            superuser.execute(attack)  # type: ignore[call-overload]
        assert refused.value.sqlstate == "SK003", attack
