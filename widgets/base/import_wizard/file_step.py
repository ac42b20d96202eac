"""Step 1: the file, its sheet, its header; what was read is shown at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QSize, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from services.importing.found import PastImport
from services.importing.plan import Pasted, Source
from services.language import tr
from services.tabular.reading import Row, Table
from widgets.base.icons import icon
from widgets.base.import_wizard.earlier import EarlierImports
from widgets.base.import_wizard.rows_model import LEFT, GroundDelegate, PreviewModel
from widgets.base.style import SPIN_MARGINS

ENCODINGS = ("", "utf-8", "gb18030", "big5", "utf-16")
"""Offered where the file's own encoding may be wrong; "" finds it."""


class FileStep(QWidget):
    """Chooses a file by button, drop or clipboard, and shows how it was read."""

    file_chosen = Signal(Path)
    pasted = Signal(str)
    reading_changed = Signal()
    """Another sheet, header or encoding: the file has to be read again."""
    template_wanted = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._quiet = False
        self._source: Source | None = None
        self._zone = QFrame()
        self._zone.setProperty("card", True)
        self._picture = QLabel()
        self._picture.setPixmap(icon("file-spreadsheet", "link").pixmap(QSize(32, 32)))
        self._name = QLabel()
        self._name.setProperty("role", "heading")
        self._note = QLabel()
        self._note.setProperty("role", "muted")
        self._note.setWordWrap(True)
        self.choose = QPushButton()
        self.choose.setIcon(icon("folder-open"))
        self.choose.clicked.connect(self._choose)
        self.paste = QPushButton()
        self.paste.setIcon(icon("clipboard-list"))
        self.paste.clicked.connect(self.paste_clipboard)
        self.template = QPushButton()
        self.template.setIcon(icon("download"))
        self.template.clicked.connect(self._template)
        self.sheet = QComboBox()
        self.has_header = QCheckBox()
        self.header_row = QSpinBox()
        self.header_row.setRange(1, 100)
        self.header_last = QSpinBox()
        self.header_last.setRange(1, 100)
        for box in (self.header_row, self.header_last):
            box.lineEdit().setTextMargins(*SPIN_MARGINS)
        self.encoding = QComboBox()
        self._labels = [QLabel() for _ in range(4)]
        for label, widget in zip(
            self._labels, (self.sheet, self.header_row, self.header_last, self.encoding), strict=True
        ):
            label.setBuddy(widget)
        self._options = QWidget()
        self.preview = QTableView()
        self._model = PreviewModel()
        self.preview.setModel(self._model)
        self.preview.setItemDelegate(GroundDelegate(self.preview))
        self.preview.horizontalHeader().setDefaultAlignment(LEFT)
        self.preview.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.preview.setShowGrid(False)
        self.preview.verticalHeader().setDefaultSectionSize(28)
        self.earlier = EarlierImports()
        self._lay_out()
        self.sheet.currentIndexChanged.connect(self._changed)
        self.has_header.toggled.connect(self._changed)
        self.header_row.editingFinished.connect(self._changed)
        self.header_last.editingFinished.connect(self._changed)
        self.encoding.currentIndexChanged.connect(self._changed)
        self.retranslate()
        self.show_source(None)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._name)
        words.addWidget(self._note)
        top = QHBoxLayout(self._zone)
        top.setContentsMargins(16, 12, 16, 12)
        top.setSpacing(12)
        top.addWidget(self._picture)
        top.addLayout(words, 1)
        for button in (self.choose, self.paste, self.template):
            top.addWidget(button)
        options = QHBoxLayout(self._options)
        options.setContentsMargins(0, 0, 0, 0)
        options.setSpacing(8)
        options.addWidget(self._labels[0])
        options.addWidget(self.sheet)
        options.addSpacing(8)
        options.addWidget(self.has_header)
        for place, widget in ((1, self.header_row), (2, self.header_last)):
            options.addWidget(self._labels[place])
            options.addWidget(widget)
        options.addSpacing(8)
        options.addWidget(self._labels[3])
        options.addWidget(self.encoding)
        options.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._zone)
        layout.addWidget(self._options)
        layout.addWidget(self.preview, 1)
        layout.addWidget(self.earlier, 1)
        layout.addStretch(0)

    # What the user does

    def paste_clipboard(self) -> None:
        """Take the table on the clipboard."""
        self.pasted.emit(QGuiApplication.clipboard().text())

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self,
            tr("Choose a file to import"),
            "",
            tr("Tables (*.xlsx *.xlsm *.xls *.csv *.tsv *.txt);;All files (*)"),
        )
        if name:
            self.file_chosen.emit(Path(name))

    def _template(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save the template"), tr("Import template") + ".xlsx", tr("Excel workbook (*.xlsx)")
        )
        if name:
            self.template_wanted.emit(Path(name))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A file over the page."""
        if _dropped(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A file let go over the page."""
        if (path := _dropped(event.mimeData())) is not None:
            event.acceptProposedAction()
            self.file_chosen.emit(path)

    def _changed(self) -> None:
        both = self.has_header.isChecked()
        self.header_row.setEnabled(both)
        self.header_last.setEnabled(both)
        if not self._quiet and isinstance(self._source, Table):
            self.reading_changed.emit()

    # What the page asks and shows

    def reading(self) -> tuple[int, tuple[int, int] | bool, str]:
        """Sheet, header and encoding as chosen."""
        first = self.header_row.value()
        header: tuple[int, int] | bool = (
            (first, max(first, self.header_last.value())) if self.has_header.isChecked() else False
        )
        return max(self.sheet.currentIndex(), 0), header, ENCODINGS[max(self.encoding.currentIndex(), 0)]

    def show_source(self, source: Source | None) -> None:
        """Show what was read; None before there is a file."""
        self._source = source
        self._quiet = True
        table = source if isinstance(source, Table) else None
        self._options.setVisible(table is not None)
        self.preview.setVisible(source is not None)
        self.earlier.setVisible(source is None and bool(self.earlier.table.rows()))
        self.sheet.clear()
        if table is not None:
            self.sheet.addItems([sheet.name for sheet in table.sheets])
            self.sheet.setCurrentIndex(table.sheet)
            self.has_header.setChecked(table.header is not None)
            if table.header is not None:
                self.header_row.setValue(table.header.first)
                self.header_last.setValue(table.header.last)
            text = table.kind in {"csv", "tsv"}
            for widget in (self._labels[3], self.encoding):
                widget.setVisible(text)
            for widget in (self._labels[0], self.sheet):
                widget.setVisible(not text)
            self._model.show_rows(table.sample, table.titles, table.first)
        elif isinstance(source, Pasted):
            rows = [Row(number, cells) for number, cells in enumerate(source.cells[:60], 1)]
            self._model.show_rows(rows, source.titles, 2)
        self._changed()
        self._quiet = False
        self._fit()
        self._name_file()

    def show_earlier(self, imports: Sequence[PastImport]) -> None:
        """Show what was imported before, as long as there is no file."""
        self.earlier.show_imports(imports)
        self.earlier.setVisible(self._source is None and bool(imports))

    def _fit(self) -> None:
        self.preview.resizeColumnsToContents()
        for column in range(self._model.columnCount()):
            self.preview.setColumnWidth(column, min(max(self.preview.columnWidth(column), 70), 240))

    def _name_file(self) -> None:
        source = self._source
        if source is None:
            self._name.setText(tr("Drag an Excel or CSV file here"))
            self._note.setText(tr("Or choose it, or paste rows copied from Excel (Ctrl+V)."))
        elif isinstance(source, Pasted):
            self._name.setText(tr("Rows from the clipboard"))
            self._note.setText(tr("{count} rows; the first one holds the titles.", count=len(source.cells)))
        elif isinstance(source, Table):
            self._name.setText(source.path.name)
            note = tr("{kind} · {columns} columns", kind=source.kind, columns=len(source.titles))
            self._note.setText(note + (f" · {source.encoding}" if source.encoding else ""))

    def retranslate(self) -> None:
        """Texts in the language in force."""
        self.choose.setText(tr("Choose file…"))
        self.paste.setText(tr("Paste"))
        self.template.setText(tr("Download template…"))
        self.has_header.setText(tr("Titles in row"))
        words = (tr("Sheet"), "", tr("to"), tr("Characters"))
        for label, text in zip(self._labels, words, strict=True):
            label.setText(text)
        index = max(self.encoding.currentIndex(), 0)
        self._quiet = True
        self.encoding.clear()
        self.encoding.addItems([tr("Found by itself"), *(name.upper() for name in ENCODINGS[1:])])
        self.encoding.setCurrentIndex(index)
        self._quiet = False
        self._name_file()

    def changeEvent(self, event: QEvent) -> None:
        """Another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _dropped(data: QMimeData) -> Path | None:
    paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return Path(paths[0]) if len(paths) == 1 else None
