"""The cost of the next entity: tests/e2e/memo.py declares one, and a person works with it.

What every entity must do is asked of it where it is asked of all: the tests over ``tests.factories.next_entity.EVERY``
(lists, forms, doors and visibility, search boxes, export and import, words) and those of the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
from pytestqt.qtbot import QtBot

from services import records
from services.drafts import Drafts
from services.entity import Query
from services.errors import Refused
from services.exporting import export
from services.language import use_language
from services.listing import Listing
from tests.conftest import Company
from tests.factories.next_entity import ENTITIES, MEMO
from tests.widgets.base.lists import settle
from tests.widgets.base.test_every_form import fill_and_save
from tests.widgets.desk import client_of
from widgets.base.client import Client
from widgets.base.formatting import value_text
from widgets.base.list_page import ListPage
from widgets.base.tasks import tasks

ROOT = Path(__file__).parents[2]
DECLARATION = Path(__file__).with_name("memo.py")


def client_with_memo(company: Company, login: str) -> Client:
    """The client of one person whose registry has the memo."""
    return client_of(company.as_(login), ENTITIES)


def test_the_declaration_is_short_and_the_manual_of_the_house_shows_it() -> None:
    lines = DECLARATION.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60, "imports, rights and words included"
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Adding an entity")[2]
    shown = re.findall(r"^ *```(?:python|sql)\n(.*?)^ *```", guide, re.MULTILINE | re.DOTALL)
    assert len(shown) == 4, "table, guard, entity, rights and words"
    whole = "\n".join(line.strip() for line in lines if line.strip())
    for block in shown:
        said = "\n".join(line.strip() for line in block.splitlines() if line.strip())
        assert said in whole, f"{block}\nstands otherwise in {DECLARATION.name}"


def test_the_next_entity(next_company: Company, qtbot: QtBot, tmp_path: Path) -> None:
    use_language("en")
    client = client_with_memo(next_company, "sales1")
    client.database.write(
        records.create, entity=ENTITIES["customers.customer"], values={"name": "重庆长宏机电"}
    )

    # form: required fields, saving, reloading, editing, with a row in the history
    record_id = fill_and_save(client, MEMO, next_company, qtbot, Drafts("memo", tmp_path))
    client.database.write(
        records.update_record, entity=MEMO, record_id=record_id, version=_version(client, record_id),
        values={"subject": "单雄信的阀门"},
    )  # fmt: skip
    history = (
        next_company.psql("boss")
        .execute("SELECT action FROM app.history WHERE entity = 'customers.memo' ORDER BY id")
        .fetchall()
    )
    assert history[0] == ("create",)
    assert ("change",) in history

    # list: found by pinyin through the page, invisible to the other team, sorted, exported
    page = ListPage(client, Query(MEMO.key))
    qtbot.addWidget(page)
    page.show()
    settle(page, qtbot)
    qtbot.keyClicks(page.search, "sxx")
    settle(page, qtbot)
    assert [row.id for row in page.model.rows] == [record_id]
    other = client_with_memo(next_company, "sales5")
    with other.database.read_session() as session:
        assert Listing(Query(MEMO.key), user=other.user, entity=MEMO).count(session) == 0
    with pytest.raises(Refused):
        Listing(Query(MEMO.key), user=client_with_memo(next_company, "keeper1").user, entity=MEMO)
    listing = Listing(Query(MEMO.key, order=("-subject",)), user=client.user, entity=MEMO)
    export(
        client.database, listing, tmp_path / "memo.xlsx", shown=["subject", "customer"],
        text_of=lambda column, value: value_text(column, value, client.dictionary),
    )  # fmt: skip
    book = openpyxl.load_workbook(tmp_path / "memo.xlsx")
    assert book.active is not None
    assert (book.active["A2"].value, book.active["B2"].value) == ("单雄信的阀门", "重庆长宏机电")

    # recycle bin: goes with its customer, comes back with him
    customer = ENTITIES["customers.customer"]
    with client.database.read_session() as session:
        customer_id = int(records.read(session, entity=MEMO, record_id=record_id)["customer_id"])
    deleted = client.database.write(records.recycle, entity=customer, ids=[customer_id])
    with client.database.read_session() as session:
        assert Listing(Query(MEMO.key), user=client.user, entity=MEMO).count(session) == 0
    client.database.write(records.restore, entity=customer, deletions=deleted.result["deletions"])
    with client.database.read_session() as session:
        assert Listing(Query(MEMO.key), user=client.user, entity=MEMO).count(session) == 1
    tasks().wait()
    use_language("zh_CN")


def _version(client: Client, record_id: int) -> int:
    with client.database.read_session() as session:
        return int(records.read(session, entity=MEMO, record_id=record_id)["version"])
