"""A list page on the screen, and when it is at rest."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from services.entity import Query
from tests.conftest import Company
from tests.widgets.desk import client_of
from widgets.base.list_page import ListPage

CUSTOMER = "customers.customer"


def opened(company: Company, qtbot: QtBot, login: str = "lead1", query: Query | None = None) -> ListPage:
    """A list page on the screen with everything read."""
    database = next((d for d in company.opened if d.url.username == login), None) or company.as_(login)
    page = ListPage(client_of(database), query or Query(CUSTOMER))
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    settle(page, qtbot)
    page.table.setFocus()
    return page


def settle(page: ListPage, qtbot: QtBot) -> None:
    """Wait until nothing is asked any more."""
    qtbot.waitUntil(
        lambda: (
            page.total is not None
            and not page.typing.isActive()
            and not page.loader._pages.busy
            and not page.loader._summary.busy
        ),
        timeout=10_000,
    )


def names(page: ListPage) -> list[str]:
    place = [column.key for column in page.model.columns].index("name")
    return [row.values[place] for row in page.model.rows]
