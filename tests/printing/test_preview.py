"""The preview, used as a person does, and its ways out."""

from __future__ import annotations

import time
from pathlib import Path

import docx
import openpyxl
import pypdfium2
import pytest
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from printing.delivery_note import delivery_note
from printing.pages import page_image, print_pdf
from printing.paper import A4, A4_LANDSCAPE, A5_LANDSCAPE, HALF, RECEIPT_80, THIRD, Offset, Paper
from printing.pdf import render_pdf
from printing.preview import DocumentPreview
from services.errors import ShukeError
from services.language import use_language
from tests.printing.conftest import Note, texts


@pytest.fixture
def preview(qtbot: QtBot, note: Note) -> DocumentPreview:
    """A long note on half forms, its first page on screen."""
    widget = DocumentPreview(delivery_note(note(40)), HALF, offsets={"Laser": Offset(1, 1)})
    qtbot.addWidget(widget)
    widget.resize(900, 600)
    with qtbot.waitSignal(widget.page_shown):
        widget.show()
    return widget


def file_printer(path: Path) -> QPrinter:
    """A printer that writes a PDF file."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    return printer


def ink(pdf: bytes) -> tuple[int, int, int, int]:
    """The box around everything dark on page 1, at 254 dots per inch: tenths of a millimetre."""
    image = page_image(pdf, 0, 254)
    dark = [
        (x, y)
        for y in range(0, image.height(), 2)
        for x in range(0, image.width(), 2)
        if image.pixelColor(x, y).lightness() < 128
    ]
    xs, ys = [x for x, _ in dark], [y for _, y in dark]
    return min(xs), min(ys), max(xs), max(ys)


@pytest.mark.req("PLT-50")
def test_pages_are_shown_and_turned(preview: DocumentPreview, qtbot: QtBot) -> None:
    assert preview.page_count > 2
    assert preview.page_box.suffix() == f" / {preview.page_count}"
    assert not preview.picture.pixmap().isNull()
    assert not preview.back.isEnabled()
    first = preview.picture.pixmap().toImage()
    with qtbot.waitSignal(preview.page_shown) as shown:
        qtbot.mouseClick(preview.forward, Qt.MouseButton.LeftButton)
    assert shown.args == [2]
    assert preview.picture.pixmap().toImage() != first
    with qtbot.waitSignal(preview.page_shown):
        preview.go_to(999)
    assert preview.page_box.value() == preview.page_count
    assert not preview.forward.isEnabled()


def test_zoom(preview: DocumentPreview, qtbot: QtBot) -> None:
    fitted = preview.picture.pixmap().width()
    assert fitted <= preview.area.viewport().width() * preview.devicePixelRatioF()
    preview.zooms.setCurrentIndex(preview.zooms.findData(200))
    wanted = 241 / 25.4 * 96 * 2 * preview.devicePixelRatioF()
    qtbot.waitUntil(lambda: abs(preview.picture.pixmap().width() - wanted) < 3)
    qtbot.keyClick(preview, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: preview.picture.pixmap().width() < wanted - 100)


@pytest.mark.req("PLT-52")
def test_paper_is_chosen(preview: DocumentPreview, qtbot: QtBot) -> None:
    before = preview.page_count
    with qtbot.waitSignal(preview.paper_changed) as changed, qtbot.waitSignal(preview.page_shown):
        preview.papers.setCurrentIndex(0)
    assert changed.args == ["a4"]
    qtbot.waitUntil(lambda: preview.page_count < before)


@pytest.mark.req("PLT-50")
def test_files(
    preview: DocumentPreview, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for button, ending in (
        (preview.pdf_button, ".pdf"),
        (preview.word_button, ".docx"),
        (preview.excel_button, ".xlsx"),
    ):
        suggested: list[str] = []

        def choose(_: object, __: str, name: str, files: str, seen: list[str] = suggested) -> tuple[str, str]:
            seen.append(name)
            return str(tmp_path / "发货单"), files

        monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
        with qtbot.waitSignal(preview.saved) as saved:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert suggested == [f"Delivery note FH20261121-0012{ending}"]
        assert saved.args == [str(tmp_path / f"发货单{ending}")]
        assert "发货单" in preview.message.text()
    assert texts((tmp_path / "发货单.pdf").read_bytes()) == texts(preview.pdf)
    assert docx.Document(str(tmp_path / "发货单.docx")).tables
    assert openpyxl.load_workbook(tmp_path / "发货单.xlsx").active


@pytest.mark.req("PLT-54")
def test_a_batch_prints_as_one_run(qtbot: QtBot, note: Note, tmp_path: Path) -> None:
    numbers = [f"FH20261121-{i:04}" for i in range(1, 4)]
    documents = [delivery_note(note(20, number=number, print_count=i)) for i, number in enumerate(numbers)]
    widget = DocumentPreview(documents, HALF)
    qtbot.addWidget(widget)
    with qtbot.waitSignal(widget.page_shown):
        widget.show()
    assert not widget.word_button.isEnabled()
    pages = texts(widget.pdf)
    assert [number for number in numbers for _ in range(2)] == [
        number for page in pages for number in numbers if number in page
    ]
    assert ["Reprint" in page for page in pages] == [False, False, True, True, True, True]
    with qtbot.waitSignal(widget.printed, timeout=30000) as printed:
        widget.print_to(file_printer(tmp_path / "batch.pdf"))
    assert printed.args[1] == 6


def test_a_file_that_cannot_be_written(preview: DocumentPreview, qtbot: QtBot, tmp_path: Path) -> None:
    with qtbot.waitSignal(preview.failed) as failed:
        preview.save_pdf(tmp_path / "no such folder" / "a.pdf")
    assert "a.pdf cannot be written" in failed.args[0]
    assert preview.message.isVisible()


@pytest.mark.req("PLT-50", "PLT-52")
@pytest.mark.parametrize(
    "sheet", [A4, A4_LANDSCAPE, A5_LANDSCAPE, HALF, THIRD, RECEIPT_80], ids=lambda s: s.key
)
def test_print_in_true_size(preview: DocumentPreview, qtbot: QtBot, tmp_path: Path, sheet: Paper) -> None:
    if sheet is not HALF:
        with qtbot.waitSignal(preview.page_shown):
            preview.set_paper(sheet)
    with qtbot.waitSignal(preview.printed, timeout=30000) as printed:
        preview.print_to(file_printer(tmp_path / "out.pdf"))
    pages = printed.args[1]
    original = preview.pdf
    printed_pdf = (tmp_path / "out.pdf").read_bytes()
    with pypdfium2.PdfDocument(printed_pdf) as book, pypdfium2.PdfDocument(original) as wanted:
        assert len(book) == len(wanted) == pages
        for page, like in zip(book, wanted, strict=True):
            assert page.get_size() == pytest.approx(like.get_size(), abs=1.5)


@pytest.mark.req("PLT-52")
def test_offset_moves_the_print(note: Note, qapp: QApplication, tmp_path: Path) -> None:
    pdf = render_pdf(delivery_note(note(3)), HALF)
    boxes = []
    for name, offset in (("plain", Offset()), ("moved", Offset(3, 2))):
        path = tmp_path / f"{name}.pdf"
        print_pdf(pdf, file_printer(path), HALF, offset)
        boxes.append(ink(path.read_bytes()))
    plain, moved = boxes
    assert plain == pytest.approx(ink(pdf), abs=5)
    assert [b - a for a, b in zip(plain, moved, strict=True)] == pytest.approx([30, 20, 30, 20], abs=4)


def test_pages_and_copies_that_were_chosen(note: Note, qapp: QApplication, tmp_path: Path) -> None:
    pdf = render_pdf(delivery_note(note(40)), HALF)
    printer = file_printer(tmp_path / "part.pdf")
    printer.setFromTo(2, 3)
    assert print_pdf(pdf, printer, HALF, Offset()) == 2
    with pypdfium2.PdfDocument((tmp_path / "part.pdf").read_bytes()) as book:
        assert len(book) == 2


@pytest.mark.qt_log_ignore("QPainter::begin")
def test_a_printer_that_refuses(note: Note, qapp: QApplication, tmp_path: Path) -> None:
    printer = file_printer(tmp_path / "no such folder" / "out.pdf")
    with pytest.raises(ShukeError, match="does not accept"):
        print_pdf(render_pdf(delivery_note(note(1)), A4), printer, A4, Offset())


def test_print_button_asks_which_printer(preview: DocumentPreview, qtbot: QtBot, tmp_path: Path) -> None:
    qtbot.mouseClick(preview.print_button, Qt.MouseButton.LeftButton)
    dialog = preview.findChild(QPrintDialog)
    assert dialog is not None
    printer = dialog.printer()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "asked.pdf"))
    with qtbot.waitSignal(preview.printed, timeout=30000):
        QDialog.done(dialog, QDialog.DialogCode.Accepted)  # accept() would ask for a real printer
    assert (tmp_path / "asked.pdf").stat().st_size > 1000


def test_the_window_never_waits(preview: DocumentPreview, qtbot: QtBot, note: Note) -> None:
    """Most of its own work between two ticks of 5 ms while documents are laid out and drawn."""
    worked: list[float] = []
    last = time.thread_time()

    def tick() -> None:
        nonlocal last
        now = time.thread_time()
        worked.append(now - last)
        last = now

    timer = QTimer(interval=5)
    timer.timeout.connect(tick)
    timer.start()
    for _ in range(3):
        with qtbot.waitSignal(preview.page_shown, timeout=20000):
            preview.show_documents(delivery_note(note(200)))
    timer.stop()
    assert sorted(worked)[-2] < 0.2


def test_language_changes(preview: DocumentPreview) -> None:
    assert preview.print_button.text() == "Print…"
    shown = preview.papers.currentText()
    use_language("zh_CN")
    QApplication.sendEvent(preview, QEvent(QEvent.Type.LanguageChange))
    use_language("en")
    QApplication.sendEvent(preview, QEvent(QEvent.Type.LanguageChange))
    assert preview.print_button.text() == "Print…"
    assert preview.papers.currentText() == shown
    assert preview.page_count > 2


def test_closing_while_busy(qtbot: QtBot, note: Note) -> None:
    for _ in range(5):
        widget = DocumentPreview(delivery_note(note(40)), A4)
        widget.show()
        widget.deleteLater()
        qtbot.wait(5)
    qtbot.wait(300)
