"""Every paper that the program prints, of the record of the sample company that fills it best."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from printing.delivery_note import delivery_note
from printing.dispatch_notice import dispatch_notice
from printing.document import Document
from printing.order import order_document
from printing.paper import A4, A4_LANDSCAPE, HALF, RECEIPT_80, Paper
from printing.payment_receipt import payment_receipt
from printing.stock_issue import stock_issue
from printing.stock_receipt import stock_receipt
from services.delivery.dispatches import read_dispatch
from services.delivery.queries import read_note
from services.entity import Query
from services.finance.queries import read_payment
from services.list_printing import rows_to_print
from services.opening import Opened
from services.sales.queries import read_order
from services.session import Dictionary
from services.stock.queries import read_issue, read_receipt
from widgets.base.list_page import ListPage
from widgets.base.list_print import conditions_text, document_of
from widgets.delivery.print_data import delivery_note_data, dispatch_notice_data
from widgets.finance.print_data import payment_receipt_data
from widgets.sales.print_data import order_data
from widgets.stock.print_data import stock_issue_data, stock_receipt_data

_Record = TypeVar("_Record")
_Data = TypeVar("_Data")
PAPERS: Final = (A4, HALF, RECEIPT_80)
"""Of documents; the first is also what Word and Excel are made for."""
LIST: Final = Query("stock.warehouse")
"""The list that is printed: short, with words and yes or no in it."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One kind of paper: ``make`` reads record ``id`` of ``entity`` and lays it out; ``best`` finds a full one."""

    name: str
    entity: str
    best: str
    make: Callable[[Session, int, Dictionary], Document]


def _most_lines(table: str, lines: str, column: str, states: str) -> str:
    """The document with most lines, but no opening stock of a hundred pages."""
    return (
        f"SELECT t.id FROM {table} t JOIN {lines} l ON l.{column} = t.id WHERE t.state IN ({states})"
        " GROUP BY t.id HAVING count(*) <= 12 ORDER BY count(*) DESC, t.id DESC LIMIT 1"
    )


def _printed(
    name: str,
    entity: str,
    lines: str,
    states: str,
    read: Callable[[Session, int], _Record],
    data: Callable[[_Record, Dictionary], _Data],
    layout: Callable[[_Data], Document],
) -> Printed:
    """``lines`` is the table of its lines with the column that names the document: what is read becomes the data that
    is laid out."""
    domain, noun = entity.split(".")
    table, _, column = lines.rpartition(".")
    return Printed(
        name,
        entity,
        _most_lines(f'{domain}."{noun}"', table, column, states),
        lambda session, id_, words: layout(data(read(session, id_), words)),
    )


_received = partial(stock_receipt_data, show_costs=True)
PRINTED: Final = (
    _printed("order", "sales.order", "sales.order_line.order_id", "'confirmed'",
             read_order, order_data, order_document),
    _printed("delivery_note", "delivery.note", "delivery.note_line.note_id", "'to_ship', 'shipped', 'signed'",
             read_note, delivery_note_data, delivery_note),
    _printed("dispatch_notice", "delivery.dispatch", "delivery.dispatch_line.dispatch_id",
             "'waiting', 'partly', 'done'", read_dispatch, dispatch_notice_data, dispatch_notice),
    _printed("stock_issue", "stock.issue", "stock.issue_line.issue_id", "'posted'",
             read_issue, stock_issue_data, stock_issue),
    _printed("stock_receipt", "stock.receipt", "stock.receipt_line.receipt_id", "'posted'",
             read_receipt, _received, stock_receipt),
    _printed("payment_receipt", "finance.payment", "finance.allocation.payment_id", "'posted'",
             read_payment, payment_receipt_data, payment_receipt),
)  # fmt: skip
"""Every kind of document with a paper of its own; a test holds them and the makers of ``printing`` together."""


def documents(opened: Opened) -> Iterator[tuple[str, Document, tuple[Paper, ...]]]:
    """Name, document and papers of everything that the user may print and that the company has."""
    for kind in PRINTED:
        if opened.user.can(f"{kind.entity}.view"):
            with opened.database.read_session() as session:
                best = session.scalar(text(kind.best))
                if best is not None:
                    yield kind.name, kind.make(session, int(best), opened.dictionary), PAPERS


def list_of(page: ListPage) -> tuple[str, Document, tuple[Paper, ...]]:
    """Name, document and papers of the list on ``page``, with its columns; printing it is noted as anybody's is."""
    columns = page.model.columns
    shown = [column.key for column in columns]
    found = rows_to_print(page.client.database, page.listing, shown=shown)
    return "list", document_of(page, columns, found, conditions_text(page)), (A4_LANDSCAPE, A4)
