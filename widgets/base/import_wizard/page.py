"""The page that leads through an import. Nothing modal: steps can be gone back at any time until it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from services.entity import Entity, Field, Kind
from services.errors import Cancelled, ConnectionLost, ShukeError
from services.importing.checking import Action, CheckResult, check
from services.importing.found import PastImport, imported_query, past_imports
from services.importing.plan import (
    Pasted,
    Plan,
    Source,
    importable_fields,
    preference_key,
    propose,
    remember,
    remembered_choices,
)
from services.importing.rejected import write_rejected
from services.importing.running import Importer, Outcome, Undone, undo
from services.language import mark, tr
from services.tabular.clipboard import paste_table
from services.tabular.reading import Table, open_table
from services.tabular.template import write_template
from widgets.base.client import Client
from widgets.base.import_wizard.check_step import CheckStep
from widgets.base.import_wizard.columns_step import ColumnsStep
from widgets.base.import_wizard.file_step import FileStep
from widgets.base.import_wizard.result_step import ResultStep
from widgets.base.messages import MessageBar
from widgets.base.style import repolish
from widgets.base.tasks import Control, Task, TaskSlot

Answer = TypeVar("Answer")
STEPS = (mark("File"), mark("Match columns"), mark("Check"), mark("Import"))


class ImportPage(QWidget):
    """Imports a file into one entity, step by step."""

    title_changed = Signal()
    dirty_changed = Signal()

    def __init__(self, client: Client, entity: Entity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("page", True)
        self._client, self._entity = client, entity
        self._fields: tuple[Field, ...] = importable_fields(entity, client.user)
        self._choices = remembered_choices(client.preferences, entity)
        self._source: Source | None = None
        self._result: CheckResult | None = None
        self._outcome: Outcome | None = None
        self._task: Task | None = None
        self._earlier = TaskSlot(self)
        self._request: UUID | None = None
        self.file = FileStep()
        self.columns = ColumnsStep(entity)
        self.check = CheckStep(self._choices_of)
        self.result = ResultStep()
        self._steps = QStackedWidget()
        for step in (self.file, self.columns, self.check, self.result):
            self._steps.addWidget(step)
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self._marks = [QLabel() for _ in STEPS]
        self.back = QPushButton()
        self.next = QPushButton()
        self.next.setProperty("primary", True)
        self._busy = QLabel()
        self._busy.setProperty("role", "muted")
        self.messages = MessageBar()
        self._lay_out()
        self._connect()
        self.retranslate()
        self._go(0)
        self.setFocusProxy(self.file.choose)
        self._read_earlier()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title)
        head.addSpacing(16)
        for label in self._marks:
            head.addWidget(label)
        head.addStretch(1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._busy, 1)
        foot.addWidget(self.back)
        foot.addWidget(self.next)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self.messages)
        layout.addWidget(self._steps, 1)
        layout.addLayout(foot)

    def _connect(self) -> None:
        self.file.file_chosen.connect(self.open_file)
        self.file.pasted.connect(self.open_text)
        self.file.reading_changed.connect(self._read_again)
        self.file.template_wanted.connect(self._write_template)
        self.file.earlier.open_wanted.connect(self._open_list)
        self.file.earlier.undo_wanted.connect(self.undo)
        self.columns.changed.connect(self._columns_changed)
        self.check.check_again.connect(self.run_check)
        self.result.cancelled.connect(self.cancel)
        self.result.open_wanted.connect(lambda: self._open_list())
        self.result.rejects_wanted.connect(self._save_rejects)
        self.result.undo_wanted.connect(lambda: self.undo())
        self.result.another_wanted.connect(self.start_over)
        self.back.clicked.connect(self.go_back)
        self.next.clicked.connect(self.go_on)
        for sequence, call, words in (
            (QKeySequence("Ctrl+Return"), self.go_on, mark("Next step of an import")),
            (QKeySequence("Alt+Left"), self.go_back, mark("Step back in an import")),
        ):
            shortcut = QShortcut(sequence, self)
            shortcut.activated.connect(call)
            shortcut.setWhatsThis(tr(words))
        paste = QShortcut(QKeySequence.StandardKey.Paste, self.file)
        paste.activated.connect(self.file.paste_clipboard)

    @property
    def outcome(self) -> Outcome | None:
        """What the import has done; None before."""
        return self._outcome

    # The page in its tab

    def title(self) -> str:
        """Text of the tab."""
        return tr("Import {records}", records=tr(self._entity.plural))

    def dirty(self) -> bool:
        """True while the import runs."""
        return self._steps.currentWidget() is self.result and self._task is not None

    def can_close(self) -> bool:
        """Not while it runs: cancel first."""
        if self.dirty():
            self.messages.warning(tr("The import is running. Cancel it before you close the page."))
            return False
        return True

    # Step 1

    def open_file(self, path: Path) -> None:
        """Read the beginning of a file."""
        self._work(lambda control: open_table(path, cancelled=lambda: control.cancelled), self._opened)

    def open_text(self, text: str) -> None:
        """Take a table from the clipboard."""
        try:
            cells = paste_table(text)
        except ShukeError as error:
            self._failed(error)
            return
        if len(cells) < 2:
            self.messages.warning(tr("The clipboard holds no rows. Copy titles and rows in Excel first."))
            return
        self._opened(Pasted(tuple(tuple(row) for row in cells)))

    def _read_again(self) -> None:
        if isinstance(self._source, Table):
            path = self._source.path
            sheet, header, encoding = self.file.reading()
            if sheet != self._source.sheet:
                header = True
            self._work(
                lambda control: open_table(
                    path, sheet=sheet, header=header, encoding=encoding, cancelled=lambda: control.cancelled
                ),
                self._opened,
            )

    def _opened(self, source: Source) -> None:
        self._source = source
        self._result = self._outcome = self._request = None
        self.file.show_source(source)
        matching = propose(source, self._entity, self._client.user, self._client.preferences)
        self.columns.show_matching(source, self._fields, matching)
        self._update()
        self.next.setFocus()

    def _write_template(self, path: Path) -> None:
        labels = {f.key: list(self._choices_of(f).values()) for f in self._fields}
        title = tr(self._entity.plural)
        self._work(
            lambda _control: write_template(
                path,
                self._fields,
                sheet=title,
                choices={key: found for key, found in labels.items() if found},
            ),
            lambda _done: self.messages.done(tr("The template was saved.")),
        )

    # Step 2

    def plan(self) -> Plan:
        """The import as chosen on the page."""
        columns = self.columns.columns()
        return Plan(
            self._entity,
            columns,
            duplicates=self.columns.chosen_duplicates(),
            all_or_nothing=self.columns.all_or_nothing.isChecked(),
            choices={key: labels for key, labels in self._choices.items() if key in columns},
            create_missing=self.columns.chosen_missing(),
        )

    def _columns_changed(self) -> None:
        self._result = self._request = None
        self._update()

    # Step 3

    def run_check(self) -> None:
        """Look at every row without writing anything."""
        source = self._source
        if source is None:
            return
        for key, labels in self.check.choices().items():
            self._choices.setdefault(key, {}).update(labels)
        plan, client = self.plan(), self._client

        def work(control: Control) -> CheckResult:
            return check(
                client.database,
                source,
                plan,
                client.user,
                client.dictionary,
                progress=lambda done: control.progress(done),
                cancelled=lambda: control.cancelled,
            )

        def done(result: CheckResult) -> None:
            self._result = result
            self.check.show_result(result, plan.columns, self._fields)
            self._go(2)

        self._request = None
        self._work(work, done, words=tr("Checking: {done} rows", done="{done}"))

    # Step 4

    def run_import(self) -> None:
        """Write it. After a lost connection the same request goes on, so that nothing is done twice."""
        source, result = self._source, self._result
        if source is None or result is None or self._task is not None:
            return
        plan, client = self.plan(), self._client
        key = self._request = self._request or uuid4()

        def work(control: Control) -> Outcome:
            importer = Importer(
                client.database,
                source,
                plan,
                client.user,
                client.dictionary,
                progress=lambda done: control.progress(done),
                cancelled=lambda: control.cancelled,
            )
            outcome = importer.run(key)
            if remember(client.preferences, source, plan):
                client.preferences.store(preference_key(plan.entity))
            return outcome

        def done(outcome: Outcome) -> None:
            self._outcome, self._request = outcome, None
            self.result.show_outcome(outcome)
            self._update()

        def failed(error: Exception) -> None:
            if not isinstance(error, ConnectionLost):
                self._request = None
            self.result.show_stopped()
            self._go(2)
            self._failed(error)

        self._go(3)
        self.result.show_running(result.total)
        self._work(work, done, failed, progress=self.result.show_progress)

    def cancel(self) -> None:
        """Stop what runs; nothing is changed then."""
        if self._task is not None:
            self._task.cancel()

    def undo(self, import_id: int | None = None) -> None:
        """Take a whole import back: the one just made, or an earlier one."""
        if import_id is None and self._outcome is not None:
            import_id = self._outcome.import_id
        if import_id is None or self._task is not None:
            return
        taken, database = import_id, self._client.database

        def done(undone: Undone) -> None:
            self.result.show_undone(undone)
            self._go(3)
            self._update()

        self._work(lambda _control: undo(database, taken), done, words=tr("Undoing…"))

    def _open_list(self, import_id: int | None = None) -> None:
        if import_id is None and self._outcome is not None:
            import_id = self._outcome.import_id
        if import_id is not None:
            self._client.shell.open_list(imported_query(self._entity, import_id))

    def _read_earlier(self) -> None:
        database, entity = self._client.database, self._entity

        def work(_control: Control) -> list[PastImport]:
            with database.read_session() as session:
                return past_imports(session, entity)

        self._earlier.start(work, self.file.show_earlier, self._failed)

    def _save_rejects(self, path: Path) -> None:
        source, outcome, fields = self._source, self._outcome, self._fields
        if source is not None and outcome is not None:
            self._work(
                lambda _control: write_rejected(path, source, outcome.rejects, fields),
                lambda count: self.messages.done(tr("{count} rows were saved.", count=count)),
            )

    def start_over(self) -> None:
        """Back to an empty first step."""
        self._source = self._result = self._outcome = self._request = None
        self.file.show_source(None)
        self._read_earlier()
        self._go(0)
        self.file.choose.setFocus()

    # Between the steps

    def go_on(self) -> None:
        """The next step, if this one is complete."""
        if not self.next.isEnabled() or self._task is not None:
            return
        place = self._steps.currentIndex()
        if place == 0:
            self._go(1)
        elif place == 1:
            self.run_check()
        elif place == 2:
            self.run_import()

    def go_back(self) -> None:
        """The step before."""
        if self.back.isEnabled() and self._task is None:
            self._go(self._steps.currentIndex() - 1)

    def _go(self, place: int) -> None:
        self._steps.setCurrentIndex(max(place, 0))
        self._update()
        if place == 1 and self.columns.combos:
            self.columns.combos[0].setFocus()
        elif place == 2:
            self.check.table.setFocus()

    def _update(self) -> None:
        place = self._steps.currentIndex()
        busy = self._task is not None
        ready = (
            self._source is not None,
            not self.columns.missing() and bool(self.columns.columns()),
            self._result is not None and self._importable(self._result),
            False,
        )[place]
        self.next.setEnabled(ready and not busy)
        self.next.setVisible(place < 3)
        self.back.setEnabled(place > 0 and not busy)
        self.back.setVisible(0 < place < 3 or (place == 3 and self._outcome is None and not busy))
        for number, label in enumerate(self._marks):
            label.setProperty(
                "chip", "accent" if number == place else "good" if number < place else "neutral"
            )
            repolish(label)
        self._say_next(place)
        if not busy:
            self._busy.setText("")
        self.dirty_changed.emit()

    def _say_next(self, place: int) -> None:
        if place == 2 and self._result is not None:
            counts = self._result.counts
            count = counts[Action.CREATE] + counts[Action.UPDATE]
            self.next.setText(tr("Import {count} rows", count=f"{count:,}"))
        else:
            self.next.setText((tr("Next"), tr("Check"), tr("Import"), "")[place])

    def _importable(self, result: CheckResult) -> bool:
        if self.columns.all_or_nothing.isChecked() and result.counts[Action.REJECT]:
            return False
        return bool(result.counts[Action.CREATE] or result.counts[Action.UPDATE] or result.companions)

    def _work(
        self,
        work: Callable[[Control], Answer],
        done: Callable[[Answer], object],
        failed: Callable[[Exception], None] | None = None,
        *,
        progress: Callable[[int], None] | None = None,
        words: str = "",
    ) -> None:
        """Run ``work`` beside the screen; one thing at a time. ``words`` with {done} are shown meanwhile."""
        if self._task is not None:
            return

        def over(call: Callable[[], object]) -> None:
            self._task = None
            call()
            self._update()

        def tell(count: int, _total: int) -> None:
            if progress is not None:
                progress(count)
            elif words:
                self._busy.setText(words.replace("{done}", f"{count:,}"))

        fail = failed or self._failed
        self._task = Task(
            self,
            work,
            lambda answer: over(lambda: done(answer)),
            lambda error: over(lambda: fail(error)),
            progress=tell,
            title=self.title(),
        )
        self._busy.setText(words.replace("{done}", "0") if words else tr("Reading…"))
        self._update()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self.messages.info(tr("Cancelled. Nothing was changed."))
        elif isinstance(error, ShukeError):
            self.messages.error(error)
        else:
            self._client.shell.error(error)

    def _choices_of(self, field: Field) -> Mapping[str, str]:
        if field.kind is Kind.CHOICE:
            return {choice.key: choice.label for choice in self._client.dictionary.of(field.dictionary or "")}
        if field.kind is Kind.STATE:
            column = next((c for c in self._entity.columns if c.key == field.key), None)
            return {key: tr(title) for key, title in ((column.labels if column else None) or {}).items()}
        return {}

    def retranslate(self) -> None:
        """Texts in the language in force."""
        self._title.setText(self.title())
        for number, (label, step) in enumerate(zip(self._marks, STEPS, strict=True), 1):
            label.setText(f"{number} {tr(step)}")
        self.back.setText(tr("Back"))
        self._update()
        self.title_changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
