"""Lines of a stock receipt from an Excel or CSV file, or from the clipboard (STK-02)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from services.database import Database
from services.language import tr
from services.stock.opening import StockTable, read_stock_file, read_stock_text, recognise_stock
from widgets.base.messages import MessageBar
from widgets.base.tasks import Control, Task
from widgets.stock.receipt_lines import receipt_row


class ReceiptTable(QObject):
    """Reads a table on a pool thread and says in ``messages`` which of its rows were taken over, and why not others.

    Without the right to see ``costs`` those of the table are left out, which is asked before.
    """

    read = Signal()
    """It was read; ``taken`` may follow after a question."""
    taken = Signal(object)
    """Rows of the grid (``receipt_row``), in the order of the table."""
    failed = Signal(object)

    def __init__(self, database: Database, messages: MessageBar, page: QWidget, *, costs: bool) -> None:
        super().__init__(page)
        self._database, self._messages, self._page, self._costs = database, messages, page, costs

    def ask(self) -> Path | None:
        """The file that somebody chooses; None if he does not."""
        kinds = tr("Tables") + " (*.xlsx *.xls *.csv *.txt)"
        chosen, _ = QFileDialog.getOpenFileName(self._page, tr("Read from Excel"), "", kinds)
        return Path(chosen) if chosen else None

    def read_text(self, text: str, *, discontinued: bool) -> None:
        """Rows copied from a spreadsheet: product, quantity, cost, remark; ``discontinued`` products if it says so."""
        self._start(lambda: read_stock_text(text), discontinued)

    def read_file(self, path: Path, *, discontinued: bool) -> None:
        """Rows of a file."""
        self._start(lambda: read_stock_file(path), discontinued)

    def _start(self, cells: Callable[[], list[list[str]]], discontinued: bool) -> None:
        database = self._database

        def work(_control: Control) -> StockTable:
            with database.read_session() as session:
                return recognise_stock(session, cells(), discontinued=discontinued)

        Task(self, work, self._found, self.failed.emit, title=tr("Reading the table"))

    def _found(self, table: StockTable) -> None:
        self.read.emit()
        self._messages.clear()
        if table.cost_column and not self._costs:
            # said before anything is taken over: nobody shall believe that his costs are in
            self._messages.warning(
                tr(
                    "The column “{column}” holds costs. You do not have the right to see costs, so they would be left"
                    " out: each line gets the cost price of its product.",
                    column=table.cost_column,
                ),
                (tr("Take the rows over without costs"), lambda: self._take(table)),
            )
        else:
            self._take(table)

    def _take(self, table: StockTable) -> None:
        self._messages.clear()
        rows = [
            receipt_row(line.product, line.quantity, line.unit_cost if self._costs else None, line.remark)
            for line in table.lines
        ]
        if rows:
            self.taken.emit(rows)
        if not table.problems:
            self._messages.done(tr("{count} rows taken over.", count=len(rows)))
            return
        shown = [
            tr("Row {row}: {reason}", row=problem.row, reason=str(problem.reason))
            for problem in table.problems[:8]
        ]
        bad = tr("{good} rows taken over, {bad} not:", good=len(rows), bad=len(table.problems))
        self._messages.warning("\n".join([bad, *shown]))
