"""Who keeps a warehouse, and what is said where nobody does (STK-01)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from services.checking import check
from services.entity import Query
from services.errors import Refused
from services.listing import Listing
from services.organisation.commands import close_user
from services.session import log_in
from services.stock.commands import ReceiptLineInput, post_receipt, save_receipt
from services.stock.entities import WAREHOUSE_ENTITY
from tests.conftest import Company
from tests.factories.rights import keep, take
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from tests.widgets.paper_trail import Hand
from widgets.base.tasks import tasks
from widgets.stock.warehouse_form import WarehouseForm

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def trade(company: Company) -> Iterator[Trade]:
    yield open_trade(company)
    tasks().wait()


def unkept(trade: Trade) -> list[str]:
    """Names in the class of warehouses without a keeper."""
    boss = trade.company.as_("boss")
    listing = Listing(
        Query(WAREHOUSE_ENTITY.key, data_class="unkept"), user=log_in(boss), entity=WAREHOUSE_ENTITY
    )
    place = [column.key for column in listing.columns].index("name")
    with boss.read_session() as session:
        return sorted(row.values[place] for row in listing.page(session, first=0, size=100).rows)


@pytest.mark.req("STK-01")
def test_a_warehouse_that_nobody_keeps_says_so_until_somebody_is_ticked(trade: Trade, qtbot: QtBot) -> None:
    boss = client_of(trade.company.as_("boss"))
    page = WarehouseForm(boss)
    hand = Hand(qtbot, page)
    assert page.nobody.isVisible() and "nothing can come in or go out" in page.nobody.text()
    first = page.keepers.item(0)
    assert first.text() == boss.user.name and page.ticked() == (), "whoever makes it is offered, not ticked"
    page.editors["name"].set_value("新仓")
    page.act("save")
    hand.settle()
    assert "nobody keeps this warehouse yet" in hand.said() and page.record_id is not None
    assert unkept(trade) == ["新仓"]
    draft = trade.keeper.write(
        save_receipt, warehouse_id=page.record_id, lines=[ReceiptLineInput(trade.products[0], Decimal(3))]
    )
    with pytest.raises(Refused, match="Nobody keeps"):
        trade.keeper.write(post_receipt, receipt_id=draft.id)
    keeper = trade.one("SELECT id FROM organisation.\"user\" WHERE login = 'keeper1'")
    items = [page.keepers.item(at) for at in range(page.keepers.count())]
    (his,) = (item for item in items if item.data(Qt.ItemDataRole.UserRole) == keeper)
    his.setCheckState(Qt.CheckState.Checked)
    assert not page.nobody.isVisible() and page.dirty()
    page.act("save")
    hand.settle()
    assert "Saved." in hand.said() and not page.nobody.isVisible()
    assert unkept(trade) == []
    trade.company.as_("keeper1").write(post_receipt, receipt_id=draft.id)
    assert trade.one("SELECT on_hand FROM stock.balance WHERE warehouse_id = %s", page.record_id) == 3


@pytest.mark.req("STK-01")
def test_who_left_keeps_his_warehouse_for_the_day_he_comes_back(trade: Trade, qtbot: QtBot) -> None:
    """He is not in the list of those to tick: saving the page says nothing of him, and who is left may be nobody."""
    company = trade.company
    keeper = trade.one("SELECT id FROM organisation.\"user\" WHERE login = 'keeper1'")
    company.as_("boss").write(close_user, user_id=keeper)
    page = WarehouseForm(client_of(company.as_("admin")), trade.warehouse)
    hand = Hand(qtbot, page)
    assert page.ticked() == () and page.nobody.isVisible()
    page.editors["remark"].set_value("东门进")
    page.act("save")
    hand.settle()
    assert trade.one("SELECT remark FROM stock.warehouse WHERE id = %s", trade.warehouse) == "东门进"
    assert trade.rows("SELECT user_id FROM stock.keeper WHERE warehouse_id = %s", trade.warehouse) == [
        (keeper,)
    ]
    assert unkept(trade) == ["上饶主仓", "退货待检仓"]


@pytest.mark.req("STK-01")
def test_who_may_post_nothing_keeps_a_warehouse_in_vain(trade: Trade, qtbot: QtBot) -> None:
    """A salesperson is ticked: page, list and ``shuke check`` say so, until his role lets him post."""
    people = dict(trade.rows('SELECT login, id FROM organisation."user"'))
    page = WarehouseForm(client_of(trade.company.as_("boss")), trade.warehouse)
    hand = Hand(qtbot, page)
    assert page.ticked() == (people["keeper1"],) and not page.in_vain.isVisible()

    def tick(login: str, state: Qt.CheckState) -> None:
        items = [page.keepers.item(at) for at in range(page.keepers.count())]
        (his,) = (item for item in items if item.data(Qt.ItemDataRole.UserRole) == people[login])
        his.setCheckState(state)

    tick("sales2", Qt.CheckState.Checked)
    name = trade.one("SELECT name FROM organisation.\"user\" WHERE login = 'sales2'")
    assert page.in_vain.isVisible() and name in page.in_vain.text(), "before anything is saved"
    assert not page.nobody.isVisible()
    page.act("save")
    hand.settle()
    assert "Saved." in hand.said() and page.in_vain.isVisible() and unkept(trade) == []
    assert in_vain(trade) == [
        (trade.one("SELECT name FROM stock.warehouse WHERE id = %s", trade.warehouse), "sales2")
    ]
    # he alone: nothing comes in or goes out, as where nobody is ticked
    tick("keeper1", Qt.CheckState.Unchecked)
    page.act("save")
    hand.settle()
    assert "none of its keepers may post" in hand.said() and len(unkept(trade)) == 1
    with pytest.raises(Refused, match="You do not have the right"):
        trade.company.as_("sales2").write(post_receipt, receipt_id=1)
    tick("keeper1", Qt.CheckState.Checked)
    tick("sales2", Qt.CheckState.Unchecked)
    assert not page.in_vain.isVisible()
    page.act("save")
    hand.settle()
    assert "Saved." in hand.said() and unkept(trade) == [] and in_vain(trade) == []
    # a keeper whose role loses the right, and one who sells over the counter
    keep(trade.company, "cashier1", trade.warehouse)
    assert in_vain(trade) == []
    for right in ("stock.receipt.post", "stock.issue.post", "sales.counter.sell"):
        take(trade.company, "keeper", right)
    assert {login for _place, login in in_vain(trade)} == {"keeper1", "keeper2"}


def in_vain(trade: Trade) -> list[tuple[str, str]]:
    """Warehouse and login of what ``shuke check`` finds of keepers."""
    with trade.company.as_("postgres").read_session() as session:
        return [(one.where, one.found) for one in check(session) if one.rule == "stock.keeper"]
