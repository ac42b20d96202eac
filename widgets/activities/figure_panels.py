"""Panels of the workbench that show figures: this month, this year."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QPushButton, QSizePolicy, QWidget

from services.analysis import workbench as figures
from services.clock import today
from services.entity import Facet, Query
from services.language import tr
from widgets.activities.panel import Panel, PanelKind
from widgets.base.bar_chart import Bar, BarChart
from widgets.base.card import Elided
from widgets.base.client import Client
from widgets.base.moments import money, month_label
from widgets.base.style import repolish


def _month_end(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _called(branch: str | None) -> str:
    return tr("All branches") if branch is None else branch or tr("(no branch)")


def orders_of(first: date, last: date) -> Query:
    """The list of confirmed orders of some days: what figures drill down to."""
    return Query(
        "sales.order",
        facets=(Facet("state", "in", ("confirmed",)), Facet("date", "between", (first, last))),
        order=("-date",),
    )


class MonthPanel(Panel):
    """This month: signed, received, new customers; beside the last month. In total, or of one branch."""

    def __init__(self, client: Client, kind: PanelKind) -> None:
        body = QWidget()
        self._grid = QGridLayout(body)
        self._grid.setContentsMargins(14, 10, 14, 12)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(2)
        super().__init__(client, kind, body)
        self._data: figures.Performance | None = None
        self._branch: str | None = None
        """Whose figures are shown; None for all."""
        self.branches = self.add_button("network", self._choose_branch)
        self.branches.hide()
        self._cells = [self._cell(column) for column in range(3)]
        self._grid.setRowStretch(4, 1)
        self.retranslate()

    def _cell(self, column: int) -> tuple[QLabel, QPushButton, QLabel, QLabel]:
        title, change, last = Elided(), Elided(), Elided()
        figure = QPushButton()
        figure.setFlat(True)
        figure.setProperty("figure", True)
        figure.setCursor(Qt.CursorShape.PointingHandCursor)
        figure.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        title.setProperty("role", "muted")
        last.setProperty("role", "small")
        change.setProperty("role", "small")
        for row, widget in enumerate((title, figure, change, last)):
            self._grid.addWidget(widget, row, column, Qt.AlignmentFlag.AlignLeft)
        self._grid.setColumnStretch(column, 1)
        figure.clicked.connect(lambda _checked=False: self._drill(column))
        return title, figure, change, last

    def show_data(self, data: figures.Performance) -> None:
        """The three figures."""
        self._data = data
        if self._branch not in data.branches:
            self._branch = None
        self.branches.setVisible(bool(data.branches))
        self.retranslate_body()

    def branch_menu(self) -> QMenu:
        """All branches together, and each of them."""
        menu = QMenu(self)
        for name in (None, *(self._data.branches if self._data is not None else ())):
            action = menu.addAction(_called(name), partial(self.show_branch, name))
            action.setCheckable(True)
            action.setChecked(name == self._branch)
        return menu

    def show_branch(self, name: str | None) -> None:
        """The figures of one branch, None for all together."""
        self._branch = name
        self.retranslate_body()

    def _choose_branch(self) -> None:
        menu = self.branch_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.branches.mapToGlobal(self.branches.rect().bottomLeft()))

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
        shown = self._data if self._branch is None else self._data.branches[self._branch]
        now, then, last = shown.now, shown.then, shown.last
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
        note = tr("{count} orders", count=now.orders)
        self.set_note(note if self._branch is None else f"{_called(self._branch)} · {note}")
        self.branches.setToolTip(tr("Figures of one branch, or of all together"))
        self.branches.setAccessibleName(self.branches.toolTip())

    def _set(self, at: int, text: str, now: Decimal, then: Decimal, last: str) -> None:
        _title, figure, change, before = self._cells[at]
        figure.setText(text)
        if then > 0:
            share = ((now - then) * 100 / then).quantize(Decimal(1))
            change.setToolTip(tr("Compared with the same days of last month"))
            change.setText(tr("{share} % to date", share=f"{share:+,}" if share else "±0"))
            change.setProperty("tone", "" if not share else "good" if share > 0 else "bad")
        else:
            change.setText("")
        repolish(change)
        before.setText(tr("Last: {figure}", figure=last))

    def _drill(self, at: int) -> None:
        first = today().replace(day=1)
        queries = (
            orders_of(first, _month_end(first)),
            Query("finance.payment", facets=(Facet("date", "within", "this_month"),), order=("-date",)),
            Query("customers.customer", data_class="new"),
        )
        query = queries[at]
        if self._branch is not None:
            facet = Facet("branch", "eq", self._branch) if self._branch else Facet("branch", "empty")
            query = replace(query, facets=(*query.facets, facet))
        self.client.shell.open_list(query)


class YearPanel(Panel):
    """Sales of this year by month beside last year's; a bar drills down to the orders of its month."""

    def __init__(self, client: Client, kind: PanelKind) -> None:
        self.chart = BarChart()
        super().__init__(client, kind, self.chart)
        self._data: list[figures.Sold] = []
        self.chart.chosen.connect(lambda first: client.shell.open_list(orders_of(first, _month_end(first))))
        self.retranslate()

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
        self.chart.set_empty(tr("No sales yet. Confirmed orders stand here month by month."))
        self.chart.setAccessibleName(tr(self.kind.title))
        if self._data:
            total = sum((sold.gross for sold in self._data), Decimal(0))
            self.set_note(tr("¥{total} so far · line: the year before", total=money(total, cents=False)))
