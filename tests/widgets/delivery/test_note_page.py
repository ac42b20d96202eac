"""A delivery note: typed, shipped, printed to a file that is read back, signed for."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from pytestqt.qtbot import QtBot

from printing.delivery_note import delivery_note
from printing.paper import PAPERS
from printing.pdf import render_pdf
from services.delivery.commands import make_note
from services.language import use_language
from services.stock.commands import post_issue
from tests.conftest import Company
from tests.factories.trade import open_trade
from tests.widgets.desk import RememberingShell, client_of
from tests.widgets.paper_trail import Hand
from widgets.delivery.note_form import NoteForm
from widgets.delivery.print_data import delivery_note_data


@pytest.mark.req("DLV-03", "PLT-54")
def test_from_the_carrier_to_the_signature(company: Company, qtbot: QtBot, tmp_path: Path) -> None:
    use_language("zh_CN")
    trade = open_trade(company)
    trade.receive(100, 100)
    order = trade.order(
        10,
        5,
        consignee="单雄",
        consignee_phone="13908310001",
        delivery_address="重庆市九龙坡区石坪桥横街69号",
    )
    issue = trade.ask(list(zip(trade.lines(order), (10, 5), strict=True)))
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    note = trade.keeper.write(make_note, issue_id=issue).id
    client = client_of(trade.keeper)
    page = NoteForm(client, note)
    hand = Hand(qtbot, page)
    page.editors["carrier"].setFocus()
    for words in ("德邦物流", "DPK20261121", "35.5"):
        hand.focus().selectAll()  # type: ignore[attr-defined]
        hand.type(words)
        hand.enter()
    page.editors["parcels"].setFocus()
    hand.type("3")
    hand.enter()
    hand.type("126.4")
    qtbot.keyClick(page, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert page.paper.dialog is None and hand.said(), "the paper never says what is not stored"
    qtbot.keyClick(page, Qt.Key.Key_F9)  # saves first, then ships
    hand.wait(lambda: page.record is not None and page.record.state == "shipped" and not page.busy)
    stored = trade.rows(
        "SELECT carrier, tracking_number, freight::text, parcels, weight::text FROM delivery.note"
    )
    assert stored == [("德邦物流", "DPK20261121", "35.50", 3, "126.400000")]

    qtbot.keyClick(page, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert page.paper.dialog is not None
    preview = page.paper.dialog.preview
    hand.wait(lambda: preview.page_count == 1)
    half = next(paper for paper in PAPERS if (paper.width, paper.height) == (241, 140))
    preview.set_paper(half)
    hand.wait(lambda: preview.page_count and preview.pdf)
    for ending, save in (
        ("pdf", preview.save_pdf),
        ("docx", preview.save_word),
        ("xlsx", preview.save_excel),
    ):
        with qtbot.waitSignal(preview.saved, timeout=15000):
            save(tmp_path / f"note.{ending}")
    with pypdfium2.PdfDocument(tmp_path / "note.pdf") as document:
        (first,) = list(document)
        width, height = (round(side / 72 * 25.4) for side in first.get_size())
        text = first.get_textpage().get_text_bounded()
    assert (width, height) == (241, 140)
    assert page.record is not None
    for words in (
        page.record.number,
        "重庆长宏机电有限公司",
        "单雄",
        "德邦物流",
        "DPK20261121",
        "不锈钢球阀",
        "660.00",
        page.record.sender.name,
    ):
        assert words in text

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    with qtbot.waitSignal(preview.printed, timeout=15000):
        preview.print_to(printer)
    hand.wait(lambda: page.record is not None and page.record.print_count == 1 and not page.busy)
    page.paper.dialog.close()

    page.activateWindow()
    page.signed_by.setFocus()
    hand.wait(page.isActiveWindow)
    hand.type("陈工")
    page.act("sign")
    hand.wait(lambda: page.record is not None and page.record.state == "signed" and not page.busy)
    assert page.record.signed_by == "陈工"
    assert not page.buttons["save"].isVisibleTo(page) and page.editors["carrier"].line.isReadOnly()  # type: ignore[attr-defined]
    page.act("issue")
    assert isinstance(client.shell, RememberingShell) and client.shell.opened == [("stock.issue", issue)]


@pytest.mark.req("DLV-03")
def test_whom_it_goes_to_how_and_who_pays_stands_on_the_paper(
    company: Company, qtbot: QtBot, tmp_path: Path
) -> None:
    """Every field of the form: typed, stored, read back into another form and from the paper."""
    use_language("zh_CN")
    trade = open_trade(company)
    trade.receive(100)
    issue = trade.ask([(trade.lines(trade.order(10))[0], 10)])
    trade.keeper.write(post_issue, issue_id=issue, counted=[])
    note = trade.keeper.write(make_note, issue_id=issue).id
    client = client_of(trade.keeper)
    page = NoteForm(client, note)
    hand = Hand(qtbot, page)
    typed = {
        "consignee": "陈立新",
        "phone": "13908310001",
        "address": "重庆市江北区海尔路319号3栋",
        "way": "delivery_way.pickup",
        "carrier": "客户自备车",
        "tracking_number": "渝A·D3921",
        "freight": Decimal("88.00"),
        "freight_paid_by": "customer",
        "parcels": 4,
        "weight": Decimal("51.25"),
        "remark": "卸货前请先电话联系",
    }
    assert typed.keys() == page.editors.keys() - {"signed_by"}
    for key, value in typed.items():
        page.editors[key].set_value(value)
        page.editors[key].changed.emit()
    page.act("save")
    hand.wait(lambda: not page.dirty() and not page.busy)
    again = NoteForm(client, note)
    Hand(qtbot, again)
    assert {key: again.editors[key].value() for key in typed} == typed
    assert again.record is not None
    data = delivery_note_data(again.record, client.dictionary, show_prices=False)
    file = tmp_path / "note.pdf"
    file.write_bytes(render_pdf(delivery_note(data), next(paper for paper in PAPERS if paper.height == 297)))
    with pypdfium2.PdfDocument(file) as document:
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
    words = (
        "陈立新", "13908310001", "重庆市江北区海尔路319号3栋", "客户自提", "客户自备车", "渝A·D3921", "88.00",
        "客户承担", "51.25", "卸货前请先电话联系",
    )  # fmt: skip
    assert [each for each in words if each not in text] == []
