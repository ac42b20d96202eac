"""The paper of a dispatch notice: what it says, in every form, under whose name, and that prints are counted."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from services.delivery.commands import issue_dispatch, make_dispatch
from services.delivery.dispatches import read_dispatch
from services.language import use_language
from services.stock.commands import post_issue
from services.stock.queries import read_issue
from tests.conftest import Company
from tests.factories.trade import Trade, open_trade
from tests.widgets.desk import client_of
from tests.widgets.paper import office_words, printed, said
from widgets.base.tasks import tasks
from widgets.delivery.dispatch_form import DispatchForm


@pytest.fixture
def trade(company: Company, qapp: QApplication) -> Iterator[Trade]:
    use_language("zh_CN")
    made = open_trade(company)
    made.receive(100, 100)
    yield made
    tasks().wait()


@pytest.mark.req("PLT-50", "PLT-54", "DLV-01")
def test_the_dispatch_notice_on_paper(trade: Trade, qtbot: QtBot, tmp_path: Path) -> None:
    order = trade.order(
        10, 5, consignee="单雄", consignee_phone="13800138000", delivery_address="重庆市渝北区新溉大道18号",
        required_on="2026-12-24",
    )  # fmt: skip
    lines = trade.lines(order)
    notice = trade.seller.write(
        make_dispatch, warehouse_id=trade.warehouse, lines=[(lines[0], Decimal(6)), (lines[1], Decimal(5))]
    )
    page = DispatchForm(client_of(trade.keeper), notice.id)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.record is not None and not page.busy)
    page.act("print")
    dialog = page.paper.dialog
    assert dialog is not None and not dialog.prices.isVisibleTo(dialog), "the warehouse is told no price"
    text = said(qtbot, dialog, tmp_path)
    for words in (
        "发货通知单", notice.result["number"], "重庆长宏机电有限公司", "单雄", "13800138000", "新溉大道18号",
        "2026-12-24", "不锈钢球阀", "法兰",
    ):  # fmt: skip
        assert words in text, words
    assert "44" not in text.replace("-", ""), "no price"
    word, excel = office_words(tmp_path)
    assert notice.result["number"] in word and "法兰" in word
    assert notice.result["number"] in excel and "新溉大道18号" in excel
    printed(qtbot, dialog, tmp_path / "printed.pdf")
    qtbot.waitUntil(lambda: page.record is not None and page.record.print_count == 1 and not page.busy)
    dialog.close()
    # an ended notice still prints, and says how much has left
    with trade.keeper.read_session() as session:
        asked = [(line.id, line.quantity) for line in read_dispatch(session, notice.id).lines]
    issue = trade.keeper.write(issue_dispatch, warehouse_id=trade.warehouse, lines=asked).id
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    page.load()
    qtbot.waitUntil(lambda: page.record is not None and page.record.state == "done" and not page.busy)
    page.act("print")
    again = page.paper.dialog
    assert again is not None
    printed(qtbot, again, tmp_path / "again.pdf")
    qtbot.waitUntil(lambda: page.record is not None and page.record.print_count == 2 and not page.busy)
    again.close()


@pytest.mark.req("PLT-50", "DLV-01", "DLV-02")
def test_a_branch_writes_under_the_name_of_its_company(trade: Trade) -> None:
    company = trade.one("SELECT name FROM organisation.branch WHERE parent_id IS NULL")
    trade.superuser.execute(
        "UPDATE organisation.branch SET address = '重庆市江北区1号', phone = '023-1' WHERE parent_id IS NULL"
    )
    branch = trade.one(
        "INSERT INTO organisation.branch (name, parent_id, phone)"
        " SELECT '成都门店', id, '028-2' FROM organisation.branch WHERE parent_id IS NULL RETURNING id"
    )
    trade.superuser.execute("UPDATE stock.warehouse SET branch_id = %s", (branch,))
    issue = trade.ask([(trade.lines(trade.order(3))[0], 3)])
    with trade.keeper.read_session() as session:
        sender = read_issue(session, issue).sender
    assert (sender.name, sender.phone) == (f"{company} 成都门店", "028-2")
    assert sender.address == "重庆市江北区1号", "the company's where the branch has none"
    trade.superuser.execute(
        "UPDATE organisation.branch SET name = %s, address = '成都市1号' WHERE id = %s",
        (f"{company}成都分公司", branch),
    )
    with trade.keeper.read_session() as session:
        sender = read_issue(session, issue).sender
    assert (sender.name, sender.address) == (f"{company}成都分公司", "成都市1号"), "said once"
