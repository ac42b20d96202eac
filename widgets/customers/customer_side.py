"""Beside the sections of the 360° view: what comes next, who the people are, what was sold by month (CUS-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from services.clock import today
from services.customers import view
from services.language import tr
from widgets.base.bar_chart import Bar, BarChart
from widgets.base.card import Card
from widgets.base.client import Client
from widgets.base.moments import money, short_day
from widgets.base.row_list import Row, RowList

LEAST: Final = 44
"""Height in pixels of a list with nothing or one row in it."""


@dataclass(frozen=True, slots=True)
class Side:
    """What the cards show, with the counts of the sections, which are read along with it."""

    counts: dict[str, int]
    people: list[view.Person]
    steps: list[view.Step]
    months: list[tuple[date, Decimal]]


class CustomerSide(QScrollArea):
    """See the module's docstring. ``month_chosen(date)``: the first day of a month whose bar was clicked."""

    new_wanted = Signal(str)
    month_chosen = Signal(object)

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side: Side | None = None
        self.steps, self.people, self.chart = RowList(), RowList(), BarChart(axis=False)
        self.chart.setFixedHeight(120)
        for rows in (self.steps, self.people):
            rows.setFixedHeight(LEAST)  # before they are filled too: the cards would jump
        self._step_card, self._people_card, self._chart_card = (
            Card(self.steps),
            Card(self.people),
            Card(self.chart),
        )
        self._add_step = self._step_card.add_button("plus", lambda: self.new_wanted.emit("activities.task"))
        self._add_person = self._people_card.add_button(
            "plus", lambda: self.new_wanted.emit("customers.contact")
        )
        self._add_step.setVisible(client.user.can("activities.task.create"))
        self._add_person.setVisible(client.user.can("customers.contact.create"))
        if not client.user.can("sales.order.view"):
            self._chart_card.hide()
        inner = QWidget()
        inner.setProperty("clear", True)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for card in (self._step_card, self._people_card, self._chart_card):
            column.addWidget(card)
        column.addStretch(1)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its lists take the keyboard
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(inner)
        for rows in (self.steps, self.people):
            rows.opened.connect(lambda row, _beside: client.shell.open_record(row.entity, row.record_id))
        self.chart.chosen.connect(self.month_chosen)

    def show_side(self, side: Side) -> None:
        """Show what was read."""
        self._side = side
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self._step_card.set_title(tr("Next steps"))
        self._people_card.set_title(tr("Contacts"))
        self._chart_card.set_title(tr("Last 12 months"))
        self._add_step.setToolTip(tr("New {entity}", entity=tr("Task")))
        self._add_person.setToolTip(tr("New {entity}", entity=tr("Contact")))
        for button in (self._add_step, self._add_person):
            button.setAccessibleName(button.toolTip())
        self.steps.set_empty(tr("Nothing agreed"))
        self.people.set_empty(tr("No contacts yet"))
        if self._side is not None:
            self._show(self._side)

    def _show(self, side: Side) -> None:
        self.steps.set_rows([_step_row(step) for step in side.steps])
        self.people.set_rows([_person_row(person) for person in side.people])
        this = today().replace(day=1)
        self.chart.set_bars(
            [
                Bar(
                    str(month.month),
                    gross,
                    f"{month:%Y-%m}: ¥{money(gross)}",
                    faint=month == this,
                    key=month,
                )
                for month, gross in side.months
            ]
        )
        total = sum((gross for _month, gross in side.months), Decimal(0))
        self._chart_card.set_note(f"¥{money(total, cents=False)}")
        for rows in (self.steps, self.people):
            rows.setFixedHeight(max(rows.fitting_height(6), LEAST))


def _step_row(step: view.Step) -> Row:
    late = step.due is not None and step.due < today()
    return Row(
        step.words,
        step.entity,
        step.record_id,
        icon="list-todo" if step.entity == "activities.task" else "phone-call",
        chip=short_day(step.due),
        tone="bad" if late else "neutral",
        strong=False,
    )


def _person_row(person: view.Person) -> Row:
    return Row(
        person.name,
        "customers.contact",
        person.id,
        icon="star" if person.main else "user",
        note=person.title,
        value=person.phone,
    )
