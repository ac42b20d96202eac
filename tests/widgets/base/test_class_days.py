"""Whom nobody has contacted, or who has bought nothing, for as many days as the person wants (CUS-02)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSpinBox
from pytestqt.qtbot import QtBot

from services.entity import Query
from services.errors import Refused
from services.language import use_language
from services.listing import Listing
from services.query_json import query_as_json, query_from_json
from services.session import log_in
from tests.conftest import Company
from tests.services.test_listing import fill
from tests.widgets.desk import client_of
from widgets.base.class_list import DAYS
from widgets.base.client import Client
from widgets.base.list_page import ListPage
from widgets.base.tasks import tasks

CUSTOMER = "customers.customer"


@pytest.fixture(autouse=True)
def _calm(qtbot: QtBot) -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")
    qtbot.waitUntil(lambda: not tasks()._jobs, timeout=5000)


@pytest.fixture
def shop(company: Company) -> Company:
    """40 customers: the n-th was contacted n days ago and bought 10 n days ago."""
    psql = company.psql()
    fill(psql, 40)
    psql.execute("UPDATE customers.customer SET last_contact_on = app.today() - id::int")
    psql.execute("SET session_replication_role = replica")
    psql.execute("UPDATE customers.balance SET last_order_on = app.today() - 10 * id::int")
    psql.execute("RESET session_replication_role")
    return company


def opened(client: Client, qtbot: QtBot, query: Query | None = None) -> ListPage:
    page = ListPage(client, query or Query(CUSTOMER))
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    settle(page, qtbot)
    return page


def settle(page: ListPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page.total is not None and page.totals is not None and not page.loader.busy)


def line(page: ListPage, name: str) -> int:
    return next(at for at, key in enumerate(page.classes.keys()) if key.partition("=")[0] == name)


@pytest.mark.req("CUS-02")
def test_days_are_typed_in_the_class_itself_and_remembered(shop: Company, qtbot: QtBot) -> None:
    client = client_of(shop.as_("boss"))
    page = opened(client, qtbot)
    classes = page.classes
    at = line(page, "quiet")
    assert classes.item(at).text() == "No contact for 30 days"
    classes.setCurrentRow(at)
    settle(page, qtbot)
    assert page.query.data_class == "quiet" and page.total == 10
    classes.editItem(classes.item(at))
    (field,) = classes.findChildren(QSpinBox)
    field.setValue(25)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.query.data_class == "quiet=25")
    settle(page, qtbot)
    assert page.total == 15
    assert classes.item(at).text() == "No contact for 25 days" and classes.currentRow() == at
    qtbot.waitUntil(lambda: classes.item(at).data(Qt.ItemDataRole.UserRole + 1) == 15)
    lapsed = line(page, "lapsed")
    classes.setCurrentRow(lapsed)
    classes.item(lapsed).setData(DAYS, 350)
    settle(page, qtbot)
    assert page.query.data_class == "lapsed=350" and page.total == 5
    again = opened(client, qtbot)
    assert again.classes.item(at).text() == "No contact for 25 days"
    again.classes.setCurrentRow(at)
    settle(again, qtbot)
    assert again.query.data_class == "quiet=25" and again.total == 15
    use_language("zh_CN")
    assert again.classes.title_of("quiet=25") == "25 天未联系"
    use_language("en")
    # a query that somebody else saved with other days shows its own, and changes nobody's
    saved = query_from_json(Query(CUSTOMER), query_as_json(Query(CUSTOMER, data_class="quiet=35")))
    again.change(saved)
    settle(again, qtbot)
    assert again.total == 5 and again.classes.item(at).text() == "No contact for 35 days"
    assert opened(client, qtbot).classes.days == {"quiet": 25, "lapsed": 350}


@pytest.mark.req("CUS-02")
def test_days_of_a_query_are_days(shop: Company) -> None:
    database = shop.as_("boss")
    user = log_in(database)
    with database.read_session() as session:
        for key, expected in (("quiet=9999", 0), ("quiet=1", 39), ("lapsed=95", 31), ("lapsed", 31)):
            listing = Listing(Query(CUSTOMER, data_class=key), user=user)
            assert listing.count(session) == expected, key
        counts = Listing(Query(CUSTOMER), user=user).class_counts(session, {"quiet": 5, "lapsed": 395})
        assert (counts["quiet"], counts["lapsed"]) == (35, 1)
    for key in ("quiet=0", "quiet=-3", "quiet=", "quiet=x", "quiet=10000", "quiet=²", "mine=5", "nothing=3"):
        with pytest.raises(Refused):
            Listing(Query(CUSTOMER, data_class=key), user=user)
