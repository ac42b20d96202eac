"""Preview of documents: their pages, and the ways out: printer, PDF, Word, Excel.

Everything slow runs on one thread of its own, in order; the window never waits.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QImage, QKeySequence, QPixmap, QShortcut, QWheelEvent
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from printing.document import Document
from printing.excel import render_excel
from printing.excel_template import fill_excel
from printing.pages import joined, page_image, page_sizes, print_pdf
from printing.paper import A4, PAPERS, Offset, Paper
from printing.pdf import render_pdf
from printing.word import render_word
from services.errors import ShukeError
from services.language import mark, tr

SCREEN_DPI: Final = 96
ZOOMS: Final = (50, 75, 100, 125, 150, 200, 300)
"""Zoom steps in percent; 0 fits the width of the window."""
FIT: Final = 0
WORD_FILES: Final = "Word (*.docx)"
EXCEL_FILES: Final = "Excel (*.xlsx)"
PDF_FILES: Final = "PDF (*.pdf)"

_worker = ThreadPoolExecutor(1, "printing")


@dataclass(slots=True)
class _Order:
    """One piece of work for the worker. The UI thread drops it: what it holds are Qt objects."""

    owner: QWidget
    work: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]
    made: Any = None
    error: Exception | None = None


class _Press(QObject):
    """Brings what the worker made back to the UI thread; one for all previews, because it must outlive them."""

    _ready = Signal(int)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._orders: dict[int, _Order] = {}
        self._numbers = itertools.count(1)
        self._ready.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def take(self, order: _Order) -> None:
        """Do the work on the worker's thread, then call ``done`` or ``failed`` while the owner lives."""
        number = next(self._numbers)
        self._orders[number] = order
        _worker.submit(self._run, number)

    def _run(self, number: int) -> None:
        """On the worker's thread, which holds nothing of the order any more when it tells."""
        self._make(self._orders[number])
        self._ready.emit(number)

    @staticmethod
    def _make(order: _Order) -> None:
        try:
            order.made = order.work()
        except Exception as error:
            order.error = error

    def _deliver(self, number: int) -> None:
        order = self._orders.pop(number)
        if not isValid(order.owner):
            return
        if order.error is not None:
            order.failed(order.error)
        else:
            order.done(order.made)


_presses: list[_Press] = []


def _press() -> _Press:
    if not _presses or not isValid(_presses[0]):
        app = QCoreApplication.instance()
        assert app is not None
        _presses[:] = [_Press(app)]
    return _presses[0]


def _several(documents: Document | Sequence[Document]) -> tuple[Document, ...]:
    several = (documents,) if isinstance(documents, Document) else tuple(documents)
    if not several:
        raise ValueError("nothing to preview")
    return several


class DocumentPreview(QWidget):
    """Shows one document, or a batch, on one paper. Looks are left to the style sheet."""

    printed = Signal(str, int)
    """Printer and number of pages, after they were handed over: the place to count a print."""
    saved = Signal(str)
    """Path of a file that was written."""
    failed = Signal(str)
    """Why something could not be done, in the user's words; also shown."""
    paper_changed = Signal(str)
    """Key of the paper chosen."""
    page_shown = Signal(int)
    """Number of the page that now stands on screen."""

    def __init__(
        self,
        documents: Document | Sequence[Document],
        paper: Paper = A4,
        *,
        papers: tuple[Paper, ...] = PAPERS,
        offsets: Mapping[str, Offset] | None = None,
        word_template: Path | None = None,
        excel_template: Path | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Several ``documents`` are shown and printed as one run. ``offsets`` by name of printer; templates
        None for the program's own.
        """
        super().__init__(parent)
        self.setObjectName("documentPreview")
        self._documents = _several(documents)
        self._paper = paper
        self._papers = papers if paper in papers else (paper, *papers)
        self._offsets = dict(offsets or {})
        self._word_template = word_template
        self._excel_template = excel_template
        self._pdf = b""
        self._sizes: list[tuple[float, float]] = []
        self._page = 0
        self._zoom = FIT
        self._generation = 0
        self._dialog: QPrintDialog | None = None
        self._build()
        self.retranslate()
        self.reload()

    # -- what others use

    @property
    def page_count(self) -> int:
        """Pages of the document; 0 until the first is shown."""
        return len(self._sizes)

    @property
    def pdf(self) -> bytes:
        """The document as it is shown; empty until then."""
        return self._pdf

    def show_documents(self, documents: Document | Sequence[Document]) -> None:
        """Show other documents, or the same ones anew."""
        self._documents = _several(documents)
        self.reload()

    def set_paper(self, paper: Paper) -> None:
        """Show the document on ``paper``."""
        if paper is self._paper:
            return
        self._paper = paper
        if paper not in self._papers:
            self._papers = (*self._papers, paper)
            self.retranslate()
        with QSignalBlocker(self.papers):
            self.papers.setCurrentIndex(self._papers.index(paper))
        self.reload()
        self.paper_changed.emit(paper.key)

    def go_to(self, page: int) -> None:
        """Show page ``page``, from 1; beyond the ends the last or first."""
        self._page = min(max(page - 1, 0), max(len(self._sizes) - 1, 0))
        self._show_page()

    def set_zoom(self, percent: int) -> None:
        """Zoom in percent of true size, 0 to fit the width."""
        self._zoom = percent
        with QSignalBlocker(self.zooms):
            index = self.zooms.findData(percent)
            self.zooms.setCurrentIndex(index)
            if index < 0:
                self.zooms.setPlaceholderText(f"{percent} %")
        self._show_page()

    def reload(self) -> None:
        """Lay the document out anew."""
        self._generation += 1
        lay_out = self._lay_out()
        for button in (self.word_button, self.excel_button):  # these files hold one document each
            button.setEnabled(len(self._documents) == 1)

        def work() -> tuple[bytes, list[tuple[float, float]]]:
            pdf = lay_out()
            return pdf, page_sizes(pdf)

        self._say(tr("Laying out the document…"))
        self._run(work, self._loaded)

    def print_to(self, printer: QPrinter) -> None:
        """Print on ``printer`` as it is set up (pages, copies); its paper is set here."""
        lay_out, paper = self._lay_out(), self._paper
        offset = self._offsets.get(printer.printerName(), Offset())

        def work() -> tuple[QPrinter, int]:
            # The printer travels with the work: Qt crashes if it goes away while it is painted on.
            return printer, print_pdf(lay_out(), printer, paper, offset)

        self._say(tr("Printing…"))
        self._run(work, self._was_printed)

    def save_pdf(self, path: Path) -> None:
        """Write the documents as one PDF file."""
        self._save(path, self._lay_out())

    def save_word(self, path: Path) -> None:
        """Write the document through its Word template."""
        self._save(path, partial(render_word, self._documents[0], self._word_template))

    def save_excel(self, path: Path) -> None:
        """Write the document as a workbook."""
        document, template = self._documents[0], self._excel_template
        make = partial(fill_excel, document, template) if template else None
        self._save(path, make or partial(render_excel, document, self._paper))

    def _lay_out(self) -> Callable[[], bytes]:
        """What makes the PDF file, to be called on the worker's thread."""
        documents, paper = self._documents, self._paper
        return lambda: joined([render_pdf(document, paper) for document in documents])

    # -- how it looks

    def _build(self) -> None:
        self.print_button = self._button(self._choose_printer)
        self.print_button.setProperty("primary", True)
        self.pdf_button = self._button(lambda: self._choose_file(PDF_FILES, self.save_pdf))
        self.word_button = self._button(lambda: self._choose_file(WORD_FILES, self.save_word))
        self.excel_button = self._button(lambda: self._choose_file(EXCEL_FILES, self.save_excel))
        self.papers, self.zooms, self.page_box = QComboBox(), QComboBox(), QSpinBox()
        # a paper's name is read whole: two differ at their ends only
        self.papers.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.papers.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        # style sheets give the text inside a number box no room of its own
        self.page_box.lineEdit().setTextMargins(6, 0, 0, 0)
        self.back, self.forward = QToolButton(), QToolButton()
        self.paper_label, self.zoom_label, self.message = QLabel(), QLabel(), QLabel()
        self.picture, self.area = QLabel(), QScrollArea()
        self.message.setWordWrap(True)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.area.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.area.setWidgetResizable(True)
        self.area.setWidget(self.picture)
        for name, widget in vars(self).items():
            if isinstance(widget, QWidget):  # the style sheet knows them as previewPapers, previewArea …
                widget.setObjectName("preview" + "".join(map(str.capitalize, name.split("_"))))
        bar = QHBoxLayout()
        for button in (self.print_button, self.pdf_button, self.word_button, self.excel_button):
            bar.addWidget(button)
        bar.addStretch(1)
        for part in (self.back, self.page_box, self.forward, self.paper_label, self.papers, self.zoom_label):
            bar.addWidget(part)
        bar.addWidget(self.zooms)
        layout = QVBoxLayout(self)
        layout.addLayout(bar)
        layout.addWidget(self.area, 1)
        layout.addWidget(self.message)
        self._connect()

    def _connect(self) -> None:
        self.back.setArrowType(Qt.ArrowType.LeftArrow)
        self.back.clicked.connect(lambda: self.go_to(self._page))
        self.forward.setArrowType(Qt.ArrowType.RightArrow)
        self.forward.clicked.connect(lambda: self.go_to(self._page + 2))
        self.page_box.setMinimum(1)
        self.page_box.valueChanged.connect(self.go_to)
        self.papers.currentIndexChanged.connect(lambda index: self.set_paper(self._papers[index]))
        self.zooms.currentIndexChanged.connect(lambda index: self.set_zoom(self.zooms.itemData(index) or FIT))
        for keys, action in (
            (QKeySequence(QKeySequence.StandardKey.Print), self._choose_printer),
            (QKeySequence(QKeySequence.StandardKey.ZoomIn), partial(self._step_zoom, 1)),
            (QKeySequence(QKeySequence.StandardKey.ZoomOut), partial(self._step_zoom, -1)),
            (QKeySequence(Qt.Key.Key_PageDown), lambda: self.go_to(self._page + 2)),
            (QKeySequence(Qt.Key.Key_PageUp), lambda: self.go_to(self._page)),
        ):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(action)

    def _button(self, action: Callable[[], None]) -> QPushButton:
        button = QPushButton()
        button.clicked.connect(lambda: action())
        return button

    def retranslate(self) -> None:
        """Set every text in the language in force. The document itself stays as it was made."""
        self.print_button.setText(tr("Print…"))
        self.pdf_button.setText(tr("Save as PDF…"))
        self.word_button.setText(tr("Save as Word…"))
        self.excel_button.setText(tr("Save as Excel…"))
        self.back.setToolTip(tr("Previous page"))
        self.forward.setToolTip(tr("Next page"))
        self.paper_label.setText(tr("Paper"))
        self.zoom_label.setText(tr("Zoom"))
        self.area.setAccessibleName(tr("Preview"))
        with QSignalBlocker(self.papers), QSignalBlocker(self.zooms):
            self.papers.clear()
            self.papers.addItems([tr(paper.title) for paper in self._papers])
            self.papers.setCurrentIndex(self._papers.index(self._paper))
            self.zooms.clear()
            self.zooms.addItem(tr("Fit width"), FIT)
            for zoom in ZOOMS:
                self.zooms.addItem(f"{zoom} %", zoom)
            self.zooms.setCurrentIndex(self.zooms.findData(self._zoom))
        self._count_pages()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl and the wheel."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._step_zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def resizeEvent(self, event: Any) -> None:
        """Fit the page to the new width."""
        super().resizeEvent(event)
        if self._zoom == FIT:
            self._show_page()

    # -- pages

    def _loaded(self, made: tuple[bytes, list[tuple[float, float]]]) -> None:
        self._pdf, self._sizes = made
        self._say("")
        self._count_pages()
        self.go_to(self._page + 1)

    def _count_pages(self) -> None:
        with QSignalBlocker(self.page_box):
            self.page_box.setMaximum(max(len(self._sizes), 1))
            self.page_box.setSuffix(f" / {len(self._sizes)}")

    def _dpi(self) -> float:
        """Dots per inch of the screen at the zoom chosen."""
        if self._zoom != FIT:
            return SCREEN_DPI * self._zoom / 100
        room = max(self.area.viewport().width() - 24, 100)
        return min(room / self._sizes[self._page][0] * 25.4, SCREEN_DPI * 3)

    def _show_page(self) -> None:
        if not self._sizes:
            return
        self._generation += 1  # a page or zoom asked for earlier is not wanted any more
        with QSignalBlocker(self.page_box):
            self.page_box.setValue(self._page + 1)
        self.back.setEnabled(self._page > 0)
        self.forward.setEnabled(self._page < len(self._sizes) - 1)
        generation, pdf, page = self._generation, self._pdf, self._page
        dpi, ratio = self._dpi(), self.devicePixelRatioF()

        def work() -> tuple[int, QImage] | None:
            if generation != self._generation:
                return None
            image = page_image(pdf, page, dpi * ratio)
            image.setDevicePixelRatio(ratio)
            return page, image

        self._run(work, self._draw)

    def _draw(self, made: tuple[int, QImage] | None) -> None:
        if made is not None:
            self.picture.setPixmap(QPixmap.fromImage(made[1]))
            self.page_shown.emit(made[0] + 1)

    def _step_zoom(self, direction: int) -> None:
        now = self._zoom or round(self._dpi() / SCREEN_DPI * 100) if self._sizes else 100
        steps = [zoom for zoom in ZOOMS if (zoom > now if direction > 0 else zoom < now)]
        if steps:
            self.set_zoom(steps[0] if direction > 0 else steps[-1])

    # -- ways out

    def _choose_printer(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(f"{self._documents[0].title} {self._documents[0].number}")
        dialog = QPrintDialog(printer, self)
        dialog.setOption(QPrintDialog.PrintDialogOption.PrintPageRange, True)
        dialog.setMinMax(1, max(self.page_count, 1))

        def decided(answer: int) -> None:
            if answer == QDialog.DialogCode.Accepted:
                self.print_to(printer)
            dialog.deleteLater()

        dialog.finished.connect(decided)
        self._dialog = dialog
        QDialog.open(dialog)

    def _was_printed(self, made: tuple[QPrinter, int]) -> None:
        printer, pages = made
        name = printer.printerName() or Path(printer.outputFileName()).name
        self._say(tr("Sent to {printer}: {pages} pages.", printer=name, pages=pages))
        self.printed.emit(name, pages)

    def _choose_file(self, files: str, save: Callable[[Path], None]) -> None:
        ending = files[files.index("*") + 1 : -1]
        name = re.sub(
            r'[\\/:*?"<>|\x00-\x1f]', "_", f"{self._documents[0].title} {self._documents[0].number}"
        )
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save as"), name.strip()[:120] + ending, files)
        if chosen:
            path = Path(chosen)
            save(path if path.suffix.lower() == ending else path.with_name(path.name + ending))

    def _save(self, path: Path, make: Callable[[], bytes]) -> None:
        def work() -> Path:
            data = make()
            try:
                path.write_bytes(data)
            except OSError as error:
                raise ShukeError(
                    mark("{file} cannot be written: {reason}. Close it elsewhere or choose another place."),
                    file=path.name,
                    reason=error.strerror or str(error),
                ) from error
            return path

        self._run(work, self._was_saved)

    def _was_saved(self, path: Path) -> None:
        self._say(tr("Saved as {file}.", file=str(path)))
        self.saved.emit(str(path))

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def _run(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do ``work`` on the worker's thread, then ``done`` with its result on this one."""
        _press().take(_Order(self, work, done, self._report))

    def _report(self, error: Exception) -> None:
        if not isinstance(error, ShukeError):
            self._say("")
            raise error
        self._say(str(error))
        self.failed.emit(str(error))
