"""The stock list as the ordinary list: in total, on a past day, bins, clean-up, export (STK-01, STK-06)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from services.clock import today
from services.language import use_language
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import RememberingShell, client_of
from widgets.base.tasks import tasks
from widgets.stock.stock_list import TOTAL, StockListPage

PICTURES = os.environ.get("GOODS_PICTURES", "")


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language(os.environ.get("GOODS_LANGUAGE", "en"))
    yield
    use_language("zh_CN")


@pytest.fixture
def trade(company: Company) -> Iterator[Trade]:
    """Goods in two warehouses; work still under way ends before the company's connections do."""
    trade = open_trade(company)
    trade.receive(10, 5, cost="2")
    trade.receive(7, warehouse=trade.other_warehouse, cost="2")
    yield trade
    tasks().wait()


def wait(qtbot: QtBot, condition: Callable[[], object]) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=15000)


def shown(page: StockListPage, *keys: str) -> list[tuple[object, ...]]:
    columns = [column.key for column in page.model.columns]
    return [tuple(row.values[columns.index(key)] for key in keys) for row in page.model.rows]


@pytest.mark.req("STK-06", "STK-01")
def test_total_past_bins_and_clean_up(trade: Trade, qtbot: QtBot, tmp_path: Path) -> None:
    client = client_of(trade.keeper)
    page = StockListPage(client)
    qtbot.addWidget(page)
    page.resize(1366, 600)
    page.show()
    wait(qtbot, lambda: page.model.rowCount() == 3 and page._places)
    assert {value for (value,) in shown(page, "on_hand")} == {10, 7, 5}
    here = next(place.name for place in page._places if place.id == trade.warehouse)
    page.place.setCurrentIndex(page.place.findData(trade.warehouse))
    wait(qtbot, lambda: page.total == 2 and page.model.rowCount() == 2)
    assert page.query.facets[0].value == here
    # the bin of one row
    page.table.setCurrentIndex(page.model.index(0, 1))
    row = page.model.rows[0]
    page.save_bins([row.id], " A-03-2 ")
    wait(qtbot, lambda: trade.rows("SELECT bin FROM stock.balance WHERE bin IS NOT NULL") == [("A-03-2",)])
    wait(qtbot, lambda: shown(page, "bin")[0] == ("A-03-2",))
    if PICTURES:
        page.grab().save(str(Path(PICTURES) / "stock.png"))
    # over all warehouses; Enter opens the product
    page.place.setCurrentIndex(page.place.findData(TOTAL))
    wait(qtbot, lambda: page.total == 2 and {v for (v,) in shown(page, "on_hand")} == {17, 5})
    if PICTURES:
        page.grab().save(str(Path(PICTURES) / "total.png"))
    page.table.opened.emit(page.model.index(0, 1))
    assert isinstance(client.shell, RememberingShell)
    page.actions_.export_to(str(tmp_path / "stock.csv"))
    wait(qtbot, lambda: page.actions_.running is not None and not page.actions_.panel.isVisible())
    written = (tmp_path / "stock.csv").read_text("utf-8-sig").splitlines()
    assert len(written) == 4 and ",22,0,22,0," in written[-1], "header, two products, the total"
    # yesterday nothing was there
    page.on.set_value(today().replace(year=today().year - 1))
    page._day_chosen()
    wait(qtbot, lambda: page.total == 0)
    assert page.conditions_text()
    page.on.set_value(None)
    page._day_chosen()
    wait(qtbot, lambda: page.total == 2)


@pytest.mark.req("STK-06")
def test_rows_of_nothing_are_cleaned_up_until_something_moves_them(trade: Trade, qtbot: QtBot) -> None:
    order = trade.order(0, 5)
    from services.stock.commands import post_issue

    trade.keeper.write(post_issue, issue_id=trade.ask([(trade.lines(order)[0], 5)]), counted=[])
    page = StockListPage(client_of(trade.keeper))
    qtbot.addWidget(page)
    page.show()
    wait(qtbot, lambda: page.model.rowCount() == 3)
    page.clean_up()
    page.actions_.panel.do_button.click()
    wait(qtbot, lambda: page.total == 2)
    assert trade.one("SELECT average FROM stock.cost c JOIN stock.balance b USING (id) WHERE b.cleared") == 2
    trade.receive(0, 1, cost="3")
    page.reload()
    wait(qtbot, lambda: page.total == 3)


@pytest.mark.req("STK-01")
def test_a_branch_may_have_a_hundred_warehouses(company: Company, qtbot: QtBot) -> None:
    trade = open_trade(company)
    admin = company.psql()
    admin.autocommit = True
    admin.execute(
        "INSERT INTO stock.warehouse (name, branch_id) SELECT '仓库' || n, 1 FROM generate_series(1, 100) n"
    )
    keeper = admin.execute("SELECT id FROM organisation.\"user\" WHERE login = 'keeper1'").fetchone()
    assert keeper is not None
    admin.execute(
        "INSERT INTO stock.keeper (warehouse_id, user_id) SELECT id, %s FROM stock.warehouse WHERE name LIKE '仓库%%'"
        " AND name <> '仓库100'",
        (keeper[0],),
    )
    last = trade.one("SELECT id FROM stock.warehouse WHERE name = '仓库99'")
    trade.keeper.close()
    del trade.keeper
    from services.stock.commands import ReceiptLineInput, post_receipt, save_receipt

    keeper1 = company.as_("keeper1")
    lines = [ReceiptLineInput(trade.products[0], 3)]  # type: ignore[arg-type]
    draft = keeper1.write(save_receipt, warehouse_id=last, lines=lines)
    keeper1.write(post_receipt, receipt_id=draft.id)
    from services.errors import Refused

    other = keeper1.write(save_receipt, warehouse_id=last + 1, lines=lines)
    with pytest.raises(Refused, match="Nobody keeps 仓库100"):
        keeper1.write(post_receipt, receipt_id=other.id)
    page = StockListPage(client_of(keeper1))
    qtbot.addWidget(page)
    page.show()
    wait(qtbot, lambda: len(page._places) >= 100 and page.model.rowCount() == 2)
    tasks().wait()
