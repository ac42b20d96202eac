"""The panels that the workbench offers (WB-01), and what each shows."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QWidget

from services.analysis import workbench as figures
from services.entity import Facet, Query
from services.language import language, mark, tr
from services.records import update_record
from services.registry import ENTITIES
from widgets.activities.panel import Panel, PanelKind
from widgets.base.bar_chart import Bar, BarChart
from widgets.base.card import Elided
from widgets.base.client import Client
from widgets.base.moments import money, month_label, number, short_day, short_moment, today
from widgets.base.row_list import Row, RowList
from widgets.base.style import repolish
from widgets.base.tasks import Task

TASK_STATES: Final = {"open", "accepted"}


class _ListPanel(Panel):
    """A panel whose body is a short list."""

    empty = ""
    """What an empty list says: a source string."""

    def __init__(self, client: Client, kind: PanelKind) -> None:
        self.list = RowList()
        super().__init__(client, kind, self.list)
        self.data: Any = None
        self.list.opened.connect(lambda row, _beside: client.shell.open_record(row.entity, row.record_id))
        self.retranslate()

    def show_data(self, data: Any) -> None:
        """Show what was read."""
        self.data = data
        self.retranslate_body()

    def rows(self) -> Sequence[Row]:
        """Rows of ``data``."""
        raise NotImplementedError

    def summary(self) -> str:
        """Note in the head, from ``data``."""
        return ""

    def retranslate_body(self) -> None:
        """Rows and note in the language in force."""
        if self.data is not None:
            self.list.set_empty(tr(self.empty))
            self.list.set_rows(self.rows())
            self.set_note(self.summary())


def _month_end(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def orders_of(first: date, last: date) -> Query:
    """The list of confirmed orders of some days: what figures drill down to."""
    return Query(
        "sales.order",
        facets=(Facet("state", "in", ("confirmed",)), Facet("date", "between", (first, last))),
        order=("-date",),
    )


class MonthPanel(Panel):
    """This month: signed, received, new customers; beside the last month."""

    def __init__(self, client: Client, kind: PanelKind) -> None:
        body = QWidget()
        self._grid = QGridLayout(body)
        self._grid.setContentsMargins(14, 10, 14, 12)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(2)
        super().__init__(client, kind, body)
        self._data: figures.Performance | None = None
        self._cells = [self._cell(column) for column in range(3)]
        self._grid.setRowStretch(4, 1)
        self.retranslate()

    def _cell(self, column: int) -> tuple[QLabel, QPushButton, QLabel, QLabel]:
        title, change, last = QLabel(), Elided(), Elided()
        figure = QPushButton()
        figure.setFlat(True)
        figure.setProperty("figure", True)
        figure.setCursor(Qt.CursorShape.PointingHandCursor)
        figure.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        title.setProperty("role", "muted")
        last.setProperty("role", "small")
        change.setProperty("role", "small")
        for row, widget in enumerate((title, figure, change, last)):
            self._grid.addWidget(widget, row, column, Qt.AlignmentFlag.AlignLeft)
        self._grid.setColumnStretch(column, 1)
        figure.clicked.connect(lambda _checked=False: self._drill(column))
        return title, figure, change, last

    def read(self) -> figures.Performance:
        """See services.analysis.workbench."""
        with self.client.database.read_session() as session:
            return figures.performance(session)

    def show_data(self, data: figures.Performance) -> None:
        """The three figures."""
        self._data = data
        self.retranslate_body()

    def figure(self, at: int) -> str:
        """Text of figure ``at``: signed, received, new customers."""
        return self._cells[at][1].text()

    def retranslate_body(self) -> None:
        """Titles and figures in the language in force."""
        titles = (tr("Signed"), tr("Received"), tr("New customers"))
        for (title, *_rest), text in zip(self._cells, titles, strict=True):
            title.setText(text)
        if self._data is None:
            return
        now, then, last = self._data.now, self._data.then, self._data.last
        self._set(
            0,
            "¥" + money(now.signed, cents=False),
            now.signed,
            then.signed,
            "¥" + money(last.signed, cents=False),
        )
        self._set(
            1,
            "¥" + money(now.received, cents=False),
            now.received,
            then.received,
            "¥" + money(last.received, cents=False),
        )
        self._set(2, str(now.customers), Decimal(now.customers), Decimal(then.customers), str(last.customers))
        self.set_note(tr("{count} orders", count=now.orders))

    def _set(self, at: int, text: str, now: Decimal, then: Decimal, last: str) -> None:
        _title, figure, change, before = self._cells[at]
        figure.setText(text)
        if then > 0:
            share = (now - then) * 100 / then
            change.setToolTip(tr("Compared with the same days of last month"))
            change.setText(tr("{share} % on last month", share=f"{share:+,.0f}"))
            change.setProperty("tone", "good" if share >= 0 else "bad")
        else:
            change.setText("")
        repolish(change)
        before.setText(tr("Last month {figure}", figure=last))

    def _drill(self, at: int) -> None:
        first = today().replace(day=1)
        queries = (
            orders_of(first, _month_end(first)),
            Query("finance.payment", facets=(Facet("date", "within", "this_month"),), order=("-date",)),
            Query("customers.customer", data_class="new"),
        )
        self.client.shell.open_list(queries[at])


class YearPanel(Panel):
    """Sales of this year by month beside last year's; a bar drills down to the orders of its month."""

    def __init__(self, client: Client, kind: PanelKind) -> None:
        self.chart = BarChart()
        super().__init__(client, kind, self.chart)
        self._data: list[figures.Sold] = []
        self.chart.chosen.connect(lambda first: client.shell.open_list(orders_of(first, _month_end(first))))
        self.retranslate()

    def read(self) -> list[figures.Sold]:
        """See services.analysis.workbench."""
        with self.client.database.read_session() as session:
            return figures.sales_of_year(session)

    def show_data(self, data: list[figures.Sold]) -> None:
        """One bar a month."""
        self._data = data
        self.retranslate_body()

    def retranslate_body(self) -> None:
        """Labels in the language in force."""
        this = today().replace(day=1)
        bars = []
        for sold in self._data:
            tip = tr(
                "{month}: ¥{gross}, the year before ¥{before}",
                month=f"{sold.month:%Y-%m}",
                gross=money(sold.gross),
                before=money(sold.year_before),
            )
            bars.append(
                Bar(
                    month_label(sold.month), sold.gross, tip, sold.year_before, sold.month == this, sold.month
                )
            )
        self.chart.set_bars(bars)
        self.chart.setAccessibleName(tr(self.kind.title))
        if self._data:
            total = sum((sold.gross for sold in self._data), Decimal(0))
            self.set_note(tr("¥{total} so far · line: the year before", total=money(total, cents=False)))


class TasksPanel(_ListPanel):
    """Tasks of today and overdue ones; a tick completes."""

    empty = mark("Nothing to do today. New tasks appear here by themselves.")

    def __init__(self, client: Client, kind: PanelKind) -> None:
        super().__init__(client, kind)
        self.list.ticked.connect(self._tick)

    def read(self) -> list[figures.Due]:
        """See services.analysis.workbench."""
        with self.client.database.read_session() as session:
            return figures.tasks_due(session)

    def rows(self) -> Sequence[Row]:
        """One row a task."""
        return [self._due_row(due) for due in self.data]

    def _due_row(self, due: figures.Due) -> Row:
        day = due.due_at.date() if due.due_at is not None else None
        chip, tone = "", "neutral"
        if due.overdue and day is not None:
            days = (today() - day).days
            chip = tr("{days} days late", days=days) if days > 0 else tr("late")
            tone = "bad"
        when = short_moment(due.due_at) if due.due_at is not None and not chip else ""
        return Row(
            due.subject,
            "activities.task",
            due.id,
            note=due.customer,
            chip=chip,
            tone=tone,
            value=when,
            ticked=due.state == "done",
            strong=False,
            key=due,
        )

    def summary(self) -> str:
        """How many are left."""
        left = [due for due in self.data if due.state != "done"]
        late = sum(due.overdue for due in left)
        if late:
            return tr("{count} to do, {late} late", count=len(left), late=late)
        return tr("{count} to do", count=len(left)) if left else ""

    def _tick(self, row: Row) -> None:
        due = row.key
        assert isinstance(due, figures.Due)
        state = "done" if due.state in TASK_STATES else "accepted"

        def done(_changes: object) -> None:
            if state == "done":
                self.client.shell.message(tr("Completed: {subject}", subject=due.subject), "done")
            self.refresh()

        def failed(error: Exception) -> None:
            self.client.shell.error(error)
            self.refresh()

        values = {"state": state, "progress": 100} if state == "done" else {"state": state}
        Task(
            self,
            lambda _control: self.client.database.write(
                update_record,
                entity=ENTITIES["activities.task"],
                record_id=due.id,
                version=due.version,
                values=values,
            ),
            done,
            failed,
        )


class ReceivablesPanel(_ListPanel):
    """Money overdue, and due within 30 days."""

    empty = mark("No customer owes anything that is due within 30 days.")

    def read(self) -> figures.Receivables:
        """See services.analysis.workbench."""
        with self.client.database.read_session() as session:
            return figures.receivables(session)

    def rows(self) -> Sequence[Row]:
        """One row an order."""
        return [self._money_row(due) for due in self.data.rows]

    def _money_row(self, due: figures.Receivable) -> Row:
        if due.days < 0:
            chip, tone = tr("{days} days overdue", days=-due.days), "bad"
        elif due.days == 0:
            chip, tone = tr("due today"), "waiting"
        else:
            chip, tone = tr("in {days} days", days=due.days), "waiting" if due.days <= 7 else "neutral"
        return Row(
            due.customer, "sales.order", due.id, chip=chip, tone=tone, value=money(due.unpaid), key=due
        )

    def summary(self) -> str:
        """Sums."""
        return tr(
            "overdue {overdue_count}: ¥{overdue} · within 30 days {soon_count}: ¥{soon}",
            overdue_count=self.data.overdue_count,
            overdue=money(self.data.overdue, cents=False),
            soon_count=self.data.soon_count,
            soon=money(self.data.soon, cents=False),
        )


class ShipPanel(_ListPanel):
    """Confirmed orders of which goods are still to leave."""

    empty = mark("Everything that was ordered has left.")

    def read(self) -> tuple[int, list[figures.Waiting]]:
        """See services.analysis.workbench."""
        with self.client.database.read_session() as session:
            return figures.to_ship(session)

    def rows(self) -> Sequence[Row]:
        """One row an order."""
        return [self._order_row(order) for order in self.data[1]]

    def _order_row(self, order: figures.Waiting) -> Row:
        if order.asked:
            chip, tone = tr("waits for the keeper"), "waiting"
        elif order.partly:
            chip, tone = tr("partly left"), "accent"
        else:
            chip, tone = tr("not begun"), "neutral"
        late = order.required_on is not None and order.required_on < today()
        return Row(
            order.customer,
            "sales.order",
            order.id,
            note=order.number,
            chip=tr("late") if late and not order.asked else chip,
            tone="bad" if late and not order.asked else tone,
            value=short_day(order.required_on),
        )

    def summary(self) -> str:
        """How many."""
        return tr("{count} orders", count=self.data[0])


class WarehousePanel(_ListPanel):
    """Stock issues to be confirmed, delivery notes to be shipped."""

    empty = mark("No stock issue waits to be confirmed, no delivery note to be shipped.")

    def read(self) -> tuple[int, list[figures.Document]]:
        """See services.analysis.workbench."""
        with self.client.database.read_session() as session:
            return figures.warehouse_work(session)

    def rows(self) -> Sequence[Row]:
        """One row a document."""
        return [
            Row(
                document.customer or document.warehouse,
                document.entity,
                document.id,
                chip=tr("to ship") if document.entity == "delivery.note" else tr("to confirm"),
                tone="accent" if document.entity == "delivery.note" else "waiting",
                note=document.number or document.warehouse,
                value=short_day(document.date),
            )
            for document in self.data[1]
        ]

    def summary(self) -> str:
        """How many."""
        return tr("{count} documents", count=self.data[0])


class RecordsPanel(_ListPanel):
    """The newest contact records of the viewer and those below him."""

    empty = mark("No contact records yet. Write down what was said with a customer.")

    def __init__(self, client: Client, kind: PanelKind) -> None:
        super().__init__(client, kind)
        if client.user.can("activities.record.create"):
            self._add = self.add_button("plus", lambda: client.shell.new_record("activities.record"))
            self.retranslate()

    def read(self) -> list[figures.Spoken]:
        """See services.analysis.workbench."""
        with self.client.database.read_session() as session:
            return figures.latest_records(session)

    def rows(self) -> Sequence[Row]:
        """One row a record."""
        choices = self.client.dictionary
        return [
            Row(
                f"{record.customer}：{record.said}"
                if language() == "zh_CN"
                else f"{record.customer}: {record.said}",
                "activities.record",
                record.id,
                lead=short_moment(record.at),
                chip=choices.label(record.kind),
                strong=False,
                note=choices.user(record.user_id),
            )
            for record in self.data
        ]

    def retranslate_body(self) -> None:
        """The button too."""
        super().retranslate_body()
        button = getattr(self, "_add", None)
        if button is not None:
            button.setToolTip(tr("New contact record"))


class StockPanel(_ListPanel):
    """Products of which less is there than their lower limit."""

    empty = mark("No product is below its lower limit.")

    def read(self) -> tuple[int, list[figures.Short]]:
        """See services.analysis.workbench."""
        with self.client.database.read_session() as session:
            return figures.short_stock(session)

    def rows(self) -> Sequence[Row]:
        """One row a product."""
        return [
            Row(
                short.name,
                "products.product",
                short.product_id,
                lead=short.number,
                chip=tr("none left") if short.on_hand <= 0 else "",
                tone="bad",
                value=f"{number(short.on_hand)} / {number(short.lower_limit)} {short.unit}".rstrip(),
            )
            for short in self.data[1]
        ]

    def summary(self) -> str:
        """How many."""
        return tr("{count} products", count=self.data[0])


def _kind(
    key: str,
    title: str,
    right: str,
    entities: Sequence[str],
    make: Callable[[Client, PanelKind], Panel],
    width: int = 2,
    weight: int = 2,
) -> PanelKind:
    return PanelKind(key, title, right, frozenset(entities), make, width, weight)


_MONEY: Final = ("sales.order", "finance.payment")
KINDS: Final = {
    kind.key: kind
    for kind in (
        _kind(
            "month",
            mark("Performance of this month"),
            "sales.order.view",
            (*_MONEY, "customers.customer"),
            MonthPanel,
            weight=2,
        ),
        _kind("receivables", mark("Receivables to remind of"), "sales.order.view", _MONEY, ReceivablesPanel),
        _kind("tasks", mark("Tasks of today"), "activities.task.view", ("activities.task",), TasksPanel),
        _kind("year", mark("Sales of this year"), "sales.order.view", ("sales.order",), YearPanel, 4, 3),
        _kind(
            "ship",
            mark("Goods to ship"),
            "sales.order.view",
            ("sales.order", "stock.issue"),
            ShipPanel,
            weight=3,
        ),
        _kind(
            "records",
            mark("Latest contact records"),
            "activities.record.view",
            ("activities.record",),
            RecordsPanel,
            4,
            3,
        ),
        _kind(
            "warehouse",
            mark("Waiting in the warehouse"),
            "stock.issue.view",
            ("stock.issue", "delivery.note"),
            WarehousePanel,
            weight=3,
        ),
        _kind(
            "stock",
            mark("Stock below its limit"),
            "stock.balance.view",
            ("stock.balance", "stock.ledger", "products.product"),
            StockPanel,
            weight=3,
        ),
    )
}
"""All panels, in the order in which they stand at first."""
