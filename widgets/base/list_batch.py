"""Change and deletion of many records of a list (PLT-16): what will happen first, then one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer

from services import batch, records
from services.batch import DeletePlan, EditPlan
from services.commands import Changes
from services.entity import FILES, Column, Entity, Field, Kind
from services.language import tr
from services.organisation.rights import entity_title
from services.reading import Reading
from services.writing import Writing
from widgets.base.client import Client
from widgets.base.formatting import counted, number_text, value_text
from widgets.base.list_choosers import FieldsChooser
from widgets.base.list_core import ListCore
from widgets.base.tasks import Control, Task, TaskSlot

SHOW_AFTER: Final = 500
"""Milliseconds after which the page shows how far the work is."""
CANCEL_AFTER: Final = 2000
"""Milliseconds after which it can be ended."""
EDITED_TOGETHER: Final = frozenset(Kind) - {Kind.LONG_TEXT} - FILES
"""Kinds of fields that batch editing offers."""


def edited_together(client: Client, entity: Entity) -> list[Field]:
    """Fields of ``entity`` that this user may change for several records at once."""
    return [
        field
        for field in entity.fields
        if field.kind in EDITED_TOGETHER
        and field.editable
        and not field.once
        and all(client.user.can(right) for right in field.rights)
    ]


class ListBatch(QObject):
    """Works for the actions of one list page, inside its panel."""

    def __init__(self, page: ListCore) -> None:
        super().__init__(page)
        self.page = page
        self._plans = TaskSlot(self)
        self.running: Task | None = None
        self._seen = False
        self.plan: EditPlan | DeletePlan | None = None
        """What was shown last: what will be done."""

    # -- change of fields -----------------------------------------------------------------------------------

    def edit(self) -> None:
        """Ask for fields and values, show what they would do, then do just that."""
        page = self.page
        ids = list(page.selection.targets())
        if not ids:
            return
        chooser = FieldsChooser(page.client, page.entity, edited_together(page.client, page.entity))
        text = tr("Change fields of {count} records.", count=number_text(len(ids), Kind.INTEGER))
        self.plan = None
        page.panel.ask(text, tr("Preview"), lambda: self._go(ids, chooser, text), chooser, after=page.table)
        chooser.asked.connect(self._forget)

    def _forget(self) -> None:
        """Another field or value: what was shown does not hold any more."""
        self.plan = None
        self.page.panel.do_button.setText(tr("Preview"))

    def _go(self, ids: list[int], chooser: FieldsChooser, text: str) -> None:
        try:
            values = chooser.values()
        except ValueError:
            return
        plan = self.plan
        if isinstance(plan, EditPlan) and {one.key: one.new for one in plan.fields} == values:
            self._change(plan, values)
            return
        entity, columns = self.page.entity, chooser.columns()

        def show(found: EditPlan) -> None:
            self.plan = found
            self._show_edit(found, columns, text)

        self._plan(lambda session: batch.plan_edit(session, entity=entity, ids=ids, values=values), show)

    def _show_edit(self, plan: EditPlan, columns: Mapping[str, Column], text: str) -> None:
        lines = [text, *self._changes(plan, columns)]
        if plan.same:
            lines.append(tr("{count} hold these values already.", count=number_text(plan.same, Kind.INTEGER)))
        lines += [
            tr("{count} are left as they are: {why}", count=number_text(count, Kind.INTEGER), why=tr(why))
            for why, count in plan.refused.items()
        ]
        panel = self.page.panel
        panel.text.setText("\n".join(lines))
        panel.do_button.setEnabled(bool(plan.versions))
        panel.do_button.setText(tr("Change {count}", count=number_text(len(plan.versions), Kind.INTEGER)))
        if not plan.versions:
            lines.append(tr("Nothing would change."))
            panel.text.setText("\n".join(lines))
            panel.do_button.setEnabled(True)
            panel.do_button.setText(tr("Preview"))

    def _changes(self, plan: EditPlan, columns: Mapping[str, Column]) -> list[str]:
        dictionary, lines = self.page.client.dictionary, []
        for change in plan.fields if plan.versions else ():
            column = columns[change.key]

            def said(value: Any, column: Column = column, names: Mapping[Any, str] = change.names) -> str:
                return names.get(value) or value_text(column, value, dictionary) or tr("empty")

            now = [tr("{value} ({count})", value=said(value), count=count) for value, count in change.now]
            if change.others:
                now.append(tr("others ({count})", count=change.others))
            lines.append(
                tr(
                    "{field}: {old} → {new}",
                    field=tr(column.title),
                    old=tr(", ").join(now),
                    new=said(change.new),
                )
            )
        return lines

    def _change(self, plan: EditPlan, values: dict[str, Any]) -> None:
        count = number_text(len(plan.versions), Kind.INTEGER)
        self.write(
            records.update_many,
            lambda _changes: self.page.finished(tr("{count} records were changed.", count=count)),
            entity=self.page.entity,
            versions=dict(plan.versions),
            values=values,
        )

    # -- deletion -------------------------------------------------------------------------------------------

    def delete(self) -> None:
        """Show what would go and what stays, then put it into the recycle bin."""
        page = self.page
        ids, entity = list(page.selection.targets()), page.entity
        if ids:
            self._plan(lambda session: batch.plan_delete(session, entity=entity, ids=ids), self._ask_delete)

    def _ask_delete(self, plan: DeletePlan) -> None:
        self.plan = plan
        page, ids = self.page, list(plan.ids)
        count = number_text(len(ids), Kind.INTEGER)
        lines = [tr("Put {count} records into the recycle bin?", count=count)]
        along = counted({key: n for key, n in plan.taken.items() if key != page.entity.key})
        if along:
            lines.append(tr("With them go: {what}", what=along))
        lines += [
            tr(
                "{count} stay: {kind} refer to them.",
                count=number_text(n, Kind.INTEGER),
                kind=entity_title(key),
            )
            for key, n in plan.held.items()
        ]
        if plan.hidden:
            count = number_text(plan.hidden, Kind.INTEGER)
            lines.append(tr("{count} are left as they are: {why}", count=count, why=tr(batch.GONE)))
        if not ids:
            page.messages.warning("\n".join([tr("None of these records can be deleted."), *lines[1:]]))
            return
        self.page.panel.ask(
            "\n".join(lines),
            tr("Delete"),
            lambda: self._put_away(ids),
            after=page.table,
        )

    def _put_away(self, ids: list[int]) -> None:
        self.write(
            records.recycle,
            lambda changes: self._deleted(ids, changes),
            entity=self.page.entity,
            ids=ids,
        )

    def _deleted(self, ids: list[int], changes: Changes) -> None:
        """Say what was deleted, with the way back."""
        page = self.page
        deletions = [int(one) for one in changes.result["deletions"]]
        for one in ids:
            page.selection.chosen.pop(one, None)

        def undo() -> None:
            self.write(
                records.restore,
                lambda _changes: page.said(tr("{count} records are back.", count=len(ids))),
                entity=page.entity,
                deletions=deletions,
            )

        page.messages.done(tr("{count} records are in the recycle bin.", count=len(ids)), (tr("Undo"), undo))
        page.reload()

    # -- what they share ------------------------------------------------------------------------------------

    def _plan(self, question: Callable[[Any], Any], done: Callable[[Any], None]) -> None:
        reading = Reading(self.page.client.database, patient=True)

        def work(_control: Control) -> Any:
            with reading.session() as session:
                return question(session)

        self._plans.start(
            work,
            done,
            self.page.failed,
            cancel=reading.cancel,
            title=tr("What will happen is being worked out"),
        )

    def write(
        self, command: Callable[..., Changes], done: Callable[[Changes], None], **arguments: Any
    ) -> Task:
        """Run ``command`` in one transaction beside the screen: after half a second it is seen how far it is, after two
        it can be ended, which leaves everything as it was."""
        panel = self.page.panel
        panel.do_button.setEnabled(False)
        writing: list[Writing] = []

        def work(control: Control) -> Changes:
            writing.append(Writing(self.page.client.database, control.progress))
            control.check()
            return writing[0].write(command, **arguments)

        def end() -> None:
            for one in writing:
                one.cancel()

        def finished(changes: Changes) -> None:
            self._over()
            panel.done()
            done(changes)

        def failed(error: Exception) -> None:
            self._over()
            self.page.failed(error)

        def advanced(count: int, total: int) -> None:
            if not self._seen:
                return
            far = number_text(count, Kind.INTEGER), number_text(total, Kind.INTEGER)
            panel.text.setText(tr("{done} of {total} records …", done=far[0], total=far[1]))

        title = tr("{count} records", count=number_text(_size(arguments), Kind.INTEGER))
        task = Task(self, work, finished, failed, progress=advanced, cancel=end, title=title, settled=True)
        self._seen = False
        self._after(SHOW_AFTER, lambda: self._show_progress(task))
        self._after(CANCEL_AFTER, lambda: self._show_stop(task))
        self.running = task
        return task

    def _after(self, milliseconds: int, call: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(call)
        timer.timeout.connect(timer.deleteLater)
        timer.start(milliseconds)
        return timer

    def _show_progress(self, task: Task) -> None:
        if self.running is task:
            self.page.panel.ask(
                tr("The records are being written …"), tr("Stop"), task.cancel, after=self.page.table
            )
            self.page.panel.do_button.setEnabled(False)

    def _show_stop(self, task: Task) -> None:
        if self.running is task:
            self.page.panel.do_button.setEnabled(True)

    def _over(self) -> None:
        self.running = None
        self.page.panel.do_button.setEnabled(True)


def _size(arguments: Mapping[str, Any]) -> int:
    return next((len(arguments[name]) for name in ("versions", "ids", "deletions") if name in arguments), 0)
