"""The list as a document to look at, print and keep as PDF, Word or Excel (PLT-21)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt

from printing import document as paper_document
from printing.document import Company, Document, Value
from printing.loading import load_makers
from printing.paper import A4, A4_LANDSCAPE, A5, A5_LANDSCAPE
from services.clock import today
from services.entity import Column, Kind
from services.language import tr
from services.list_printing import PrintedRows, rows_to_print
from services.reading import Reading
from services.session import Dictionary
from widgets.base.formatting import condition_text, value_text
from widgets.base.list_core import ListCore
from widgets.base.tasks import Control, Task

if TYPE_CHECKING:
    from printing.preview import DocumentPreview

_NUMBERS: Final = {
    Kind.INTEGER: paper_document.Kind.INTEGER,
    Kind.QUANTITY: paper_document.Kind.QUANTITY,
    Kind.PRICE: paper_document.Kind.PRICE,
    Kind.AMOUNT: paper_document.Kind.AMOUNT,
    Kind.PERCENT: paper_document.Kind.PERCENT,
    Kind.DATE: paper_document.Kind.DATE,
}
"""Kinds whose values stay values; all others are printed as the text on the screen."""
_PAPERS: Final = (A4_LANDSCAPE, A4, A5_LANDSCAPE, A5)


def conditions_text(page: ListCore) -> str:
    """What the list is narrowed to, in words; empty for all records."""
    query, parts = page.query, [page.conditions_text()]
    if query.deleted:
        parts.append(tr("Recycle bin"))
    if query.data_class not in ("", "all"):
        parts.append(page.classes.title_of(query.data_class))
    if query.words.strip():
        parts.append(tr("“{words}”", words=query.words.strip()))
    columns = {column.key: column for column in page.listing.columns}
    parts += [condition_text(part, columns, page.client.dictionary) for part in query.facets]
    return tr(", ").join(part for part in parts if part)


def logged_conditions(page: ListCore) -> str:
    """The same for the export log, where nothing would leave open what was meant."""
    return conditions_text(page) or tr("All")


def document_of(page: ListCore, columns: tuple[Column, ...], found: PrintedRows, conditions: str) -> Document:
    """The rows as a document in the language of the screen."""
    from printing.list_document import list_document

    client = page.client
    widths = {shown.key: page.table.columnWidth(at) for at, shown in enumerate(page.model.columns, 1)}
    return list_document(
        title=tr(page.entity.plural),
        company=Company(found.company, found.address, found.phone),
        columns=[
            paper_document.Column(
                column.key,
                tr(column.title),
                float(widths.get(column.key, column.width)),
                _NUMBERS.get(column.kind, paper_document.Kind.TEXT),
                total=column.total,
            )
            for column in columns
        ],
        rows=[
            tuple(
                _value(column, value, client.dictionary) for column, value in zip(columns, row, strict=True)
            )
            for row in found.rows
        ],
        conditions=conditions,
        printed_by=client.dictionary.user(client.user.id),
        day=today(),
    )


def _value(column: Column, value: Any, dictionary: Dictionary) -> Value:
    if value is None:
        return None
    if column.kind in _NUMBERS:
        number: Value = value if isinstance(value, date | int | Decimal) else Decimal(str(value))
        return number
    return value_text(column, value, dictionary)


def print_list(page: ListCore) -> Task:
    """Read all rows beside the screen, then show the preview in a window of its own."""
    reading, listing, columns = Reading(page.client.database, patient=True), page.listing, page.model.columns
    shown, conditions = [column.key for column in columns], conditions_text(page)
    logged = logged_conditions(page)

    def work(control: Control) -> PrintedRows:
        load_makers()
        return rows_to_print(
            page.client.database,
            listing,
            shown=shown,
            conditions=logged,
            reading=reading,
            cancelled=lambda: control.cancelled,
        )

    def done(found: PrintedRows) -> None:
        page.panel.done()
        page.preview = open_preview(page, document_of(page, columns, found, conditions))

    task = Task(
        page,
        work,
        done,
        page.failed,
        cancel=reading.cancel,
        title=tr("Print: {name}", name=tr(page.entity.plural)),
    )
    page.panel.ask(tr("The list is being laid out …"), tr("Stop"), task.cancel, after=page.table)
    return task


def open_preview(page: ListCore, document: Document) -> DocumentPreview:
    """The preview as a window that stands beside the list, not over it."""
    from printing.preview import DocumentPreview

    if page.preview is not None:
        page.preview.close()
    preview = DocumentPreview(document, A4_LANDSCAPE, papers=_PAPERS, parent=page)
    preview.setWindowFlag(Qt.WindowType.Window)
    preview.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    preview.destroyed.connect(lambda: setattr(page, "preview", None))
    preview.setWindowTitle(tr("Print: {name}", name=document.title))
    preview.saved.connect(lambda path: page.messages.done(tr("{path} was written.", path=path)))
    preview.resize(1080, 780)
    preview.show()
    return preview
