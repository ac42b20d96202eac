"""The cost of the next entity: tests/e2e/memo.py declares one, and everything generic works over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import create_engine, text

from services import records
from services.drafts import Drafts
from services.entity import Query
from services.errors import Refused
from services.exporting import export
from services.language import use_language
from services.listing import Listing
from services.registry import ENTITIES
from tests.attacks.catalogue import faults
from tests.conftest import Company
from tests.widgets.base.lists import settle
from tests.widgets.base.test_every_form import fill_and_save
from tests.widgets.desk import client_of
from widgets.base.client import Client
from widgets.base.formatting import value_text
from widgets.base.list_page import ListPage
from widgets.base.tasks import tasks

DECLARATION = Path(__file__).with_name("memo.py")
VERBS = ("view", "create", "edit", "delete", "export", "import")


@pytest.fixture
def memo_company(company: Company) -> Iterator[Company]:
    """A company whose database has the memo: what migration and upgrade would do."""
    from models.base import Base
    from tests.e2e.memo import SQL, Memo

    engine = create_engine(company.url().set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE shuke_owner"))
        Memo.__table__.create(connection)  # type: ignore[attr-defined]
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(SQL)
        connection.execute(
            text("UPDATE organisation.role SET rights = rights || :rights WHERE code IN ('sales', 'boss')"),
            {"rights": [f"customers.memo.{verb}" for verb in VERBS]},
        )
    engine.dispose()
    yield company
    Base.metadata.remove(Memo.__table__)  # type: ignore[arg-type]


def client_with_memo(company: Company, login: str) -> Client:
    """The client of one person whose registry has the memo."""
    from tests.e2e.memo import MEMO

    return replace(client_of(company.as_(login)), entities={**ENTITIES, MEMO.key: MEMO})


def test_the_next_entity(memo_company: Company, qtbot: QtBot, tmp_path: Path) -> None:
    from tests.e2e.memo import MEMO

    assert len(DECLARATION.read_text(encoding="utf-8").splitlines()) <= 70, "docstring and imports included"
    assert faults(memo_company.psql()) == []
    use_language("en")
    client = client_with_memo(memo_company, "sales1")
    client.database.write(
        records.create, entity=ENTITIES["customers.customer"], values={"name": "重庆长宏机电"}
    )

    # form: required fields, saving, reloading, editing, with a row in the history
    record_id = fill_and_save(client, MEMO, memo_company, qtbot, Drafts("memo", tmp_path))
    client.database.write(
        records.update_record, entity=MEMO, record_id=record_id, version=_version(client, record_id),
        values={"subject": "单雄信的阀门"},
    )  # fmt: skip
    history = (
        memo_company.psql("boss")
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
    other = client_with_memo(memo_company, "sales5")
    with other.database.read_session() as session:
        assert Listing(Query(MEMO.key), user=other.user, entity=MEMO).count(session) == 0
    with pytest.raises(Refused):
        Listing(Query(MEMO.key), user=client_of(memo_company.as_("keeper1")).user, entity=MEMO)
    listing = Listing(Query(MEMO.key, order=("-subject",)), user=client.user, entity=MEMO)
    export(
        client.database, listing, tmp_path / "memo.xlsx", shown=["subject", "day"],
        text_of=lambda column, value: value_text(column, value, client.dictionary),
    )  # fmt: skip
    book = openpyxl.load_workbook(tmp_path / "memo.xlsx")
    assert book.active is not None
    assert book.active["A2"].value == "单雄信的阀门"

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
    from tests.e2e.memo import MEMO

    with client.database.read_session() as session:
        return int(records.read(session, entity=MEMO, record_id=record_id)["version"])
