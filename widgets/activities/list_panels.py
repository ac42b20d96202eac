"""Panels of the workbench that are short lists of what waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from services.activities.commands import step_task
from services.analysis import workbench as figures
from services.clock import today
from services.language import language, mark, tr
from widgets.activities.panel import Panel, PanelKind
from widgets.base.client import Client
from widgets.base.moments import money, number, short_day, short_moment
from widgets.base.row_list import Row, RowList
from widgets.base.tasks import Task

TASK_STATES: Final = {"open", "accepted"}


class ListPanel(Panel):
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


class TasksPanel(ListPanel):
    """Tasks of today and overdue ones; a tick completes."""

    empty = mark("Nothing to do today. New tasks appear here by themselves.")

    def __init__(self, client: Client, kind: PanelKind) -> None:
        super().__init__(client, kind)
        self.list.ticked.connect(self._tick)

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

        Task(
            self,
            lambda _control: self.client.database.write(
                step_task, task_id=due.id, version=due.version, to=state
            ),
            done,
            failed,
        )


class ReceivablesPanel(ListPanel):
    """Money overdue, and due within 30 days."""

    empty = mark("No customer owes anything that is due within 30 days.")

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


class ShipPanel(ListPanel):
    """Confirmed orders of which goods are still to leave."""

    empty = mark("Everything that was ordered has left.")

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


WAITING: Final = {
    "stock.issue": (mark("to confirm"), "waiting"),
    "stock.receipt": (mark("to receive"), "good"),
    "delivery.dispatch": (mark("to issue"), "waiting"),
    "delivery.note": (mark("to ship"), "accent"),
}
"""What the warehouse has to do with a document, by entity key, and the tone of its chip."""


class WarehousePanel(ListPanel):
    """What comes and goes and waits for the keeper: to receive, to issue, to confirm, to ship."""

    empty = mark("Nothing waits to be received, issued, confirmed or shipped.")

    def rows(self) -> Sequence[Row]:
        """One row a document."""
        return [
            Row(
                document.customer or document.warehouse,
                document.entity,
                document.id,
                chip=tr(WAITING[document.entity][0]),
                tone=WAITING[document.entity][1],
                note=document.number or document.warehouse,
                value=short_day(document.date),
            )
            for document in self.data[1]
        ]

    def summary(self) -> str:
        """How many."""
        return tr("{count} documents", count=self.data[0])


class RecordsPanel(ListPanel):
    """The newest contact records of the viewer and those below him."""

    empty = mark("No contact records yet. Write down what was said with a customer.")

    def __init__(self, client: Client, kind: PanelKind) -> None:
        super().__init__(client, kind)
        if client.user.can("activities.record.create"):
            self._add = self.add_button("plus", lambda: client.shell.new_record("activities.record"))
            self.retranslate()

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
            button.setAccessibleName(button.toolTip())


class StockPanel(ListPanel):
    """Products of which less is there than their lower limit."""

    empty = mark("No product is below its lower limit.")

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
