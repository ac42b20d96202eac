"""What can be done with the records of a list: new, delete with undo, batch edit, transfer, share, export, and
in the recycle bin restore and purge. Everything that changes several records is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QStandardPaths, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QFileDialog,
    QMenu,
    QPushButton,
    QWidget,
)

from services import records, recycling
from services.commands import Changes
from services.entity import Action, Column, Entity
from services.language import tr
from services.reading import Reading
from widgets.base.command_dialog import CommandDialog
from widgets.base.formatting import said_back, said_purged, value_text
from widgets.base.icons import icon
from widgets.base.list_batch import ListBatch, edited_together
from widgets.base.list_core import ListCore
from widgets.base.list_print import logged_conditions, print_list
from widgets.base.share_dialog import ShareDialog
from widgets.base.tasks import Control, Task, TaskSlot
from widgets.base.transfer_dialog import TransferDialog
from widgets.base.why_dialog import WhyDialog

if TYPE_CHECKING:
    from services.exporting import Exported

Targets = Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class _Action:
    name: str
    """Also the name of the method that does it."""
    icon: str
    keys: str
    allowed: bool
    needs_records: bool = True


@dataclass(frozen=True, slots=True)
class OwnAction:
    """Something that one kind of list offers beside what all do. ``title`` is a source string; ``run`` does it."""

    name: str
    title: str
    icon: str
    run: Callable[[], None]
    keys: str = ""
    needs_records: bool = True


class ListActions(QObject):
    """The actions of one list page; what the user may not do is not offered."""

    def __init__(self, page: ListCore, own: Sequence[OwnAction]) -> None:
        """``own``: what this kind of list offers beside what all do."""
        super().__init__(page)
        self.page, self.panel = page, page.panel
        self._slot = TaskSlot(self)
        self.batch = ListBatch(page)
        self.running: Task | None = None
        self.actions: dict[str, QAction] = {}
        for declared in self._declared():
            if declared.allowed:
                self._add(declared)
        self._own: dict[str, str] = {}
        for one in own:
            self._own[one.name] = one.title
            self._add(_Action(one.name, one.icon, one.keys, True, one.needs_records), one.run)
        for offered in self._entity.actions if not page.query.deleted else ():
            if offered.command is not None and page.client.user.can(offered.permission):
                self._add_own(offered)
        self.new_button, self.export_button, self.more_button = QPushButton(), QPushButton(), QPushButton()
        self.new_button.setProperty("primary", True)
        self.new_button.setIcon(icon("plus", "on_accent"))
        self.new_button.clicked.connect(self.new)
        self.export_button.setIcon(icon("download"))
        self.export_button.clicked.connect(self.export)
        self.more_button.setIcon(icon("ellipsis"))
        self.more_button.setMenu(self.menu(self.more_button, only_records=True))
        # what has no parent yet must not be shown: it would be a window of its own for a moment
        if "new" not in self.actions:
            self.new_button.hide()
        if "export" not in self.actions:
            self.export_button.hide()
        if not self.more_button.menu().actions():
            self.more_button.hide()
        self.buttons = (self.new_button, self.more_button, self.export_button)

    @property
    def _entity(self) -> Entity:
        return self.page.entity

    def _declared(self) -> Sequence[_Action]:
        entity, client, deleted = self._entity, self.page.client, self.page.query.deleted
        columns = set(records.table_of(entity).columns.keys())
        can_edit = client.can(entity, "edit") and bool(edited_together(client, entity)) and not deleted
        owned = "owner_id" in columns and not deleted
        can_delete = client.can(entity, "delete") and "deleted_at" in columns
        by_form = entity.create_by_form
        importing = entity.importable and client.can(entity, "import")
        return (
            _Action("new", "plus", "Ctrl+N", client.can(entity, "create") and by_form and not deleted, False),
            _Action(
                "many",
                "table-2",
                "Ctrl+Shift+N",
                client.can(entity, "create") and importing and by_form and not deleted,
                False,
            ),
            _Action("import_", "upload", "Ctrl+Shift+I", importing and not deleted, False),
            _Action("open", "external-link", "", not deleted),
            _Action("edit", "pencil", "Ctrl+E", can_edit and by_form),
            _Action("transfer", "arrow-left-right", "", owned and client.user.can("organisation.transfer")),
            _Action("share", "share-2", "", owned and client.user.can("organisation.share")),
            _Action("why", "circle-help", "", not deleted),
            _Action("history", "history", "", client.user.can("system.history")),
            _Action("delete", "trash-2", "Del", can_delete and by_form and not deleted),
            _Action("restore", "archive-restore", "Ctrl+R", can_delete and deleted),
            _Action("purge", "trash-2", "Shift+Del", deleted and client.user.can("system.purge")),
            _Action(
                "print_",
                "printer",
                "Ctrl+P",
                client.can(entity, "print") and client.can(entity, "export"),
                False,
            ),
            _Action("export", "download", "Ctrl+Shift+E", client.can(entity, "export"), False),
        )

    def _add(self, declared: _Action, run: Callable[[], None] | None = None) -> None:
        action = QAction(icon(declared.icon), "", self.page)
        keys = [declared.keys] if declared.keys else []
        if declared.name == "new":
            keys.append("Ins")
        action.setShortcuts([QKeySequence(k) for k in keys])
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setData(declared.needs_records)
        method: Callable[[], None] = run or getattr(self, declared.name)
        action.triggered.connect(lambda _checked=False: method())
        # Del in the search box deletes a character, not a customer
        target = self.page.table if declared.needs_records else self.page
        target.addAction(action)
        self.actions[declared.name] = action

    def _add_own(self, own: Action) -> None:
        """One of the entity's own actions that is done with several records."""
        action = QAction(icon(own.icon), "", self.page)
        action.setData(True)
        action.triggered.connect(lambda _checked=False: self._do_own(own))
        self.page.table.addAction(action)
        self.actions[own.key] = action

    def _do_own(self, own: Action) -> None:
        ids = list(self.page.selection.targets())
        if ids:
            dialog = CommandDialog(self.page.client, self._entity, own, ids, self.page)
            dialog.accepted.connect(self.page.selection.choose_none)
            dialog.accepted.connect(self.page.reload)
            dialog.show()

    def menu(self, parent: QWidget, *, only_records: bool = False) -> QMenu:
        """A menu of the actions, as the context menu or of the button, which has those without a button."""
        menu = QMenu(parent)
        for action in self.actions.values():
            standing = [self.actions.get(name) for name in ("new", "open", "export")]
            if not only_records or action not in standing:
                menu.addAction(action)
        return menu

    def show_targets(self) -> None:
        """Enable what has something to work on."""
        some = bool(self.page.selection.chosen) or self.page.table.currentIndex().isValid()
        for action in self.actions.values():
            action.setEnabled(some or not action.data())

    # -- one by one -----------------------------------------------------------------------------------------

    def new(self) -> None:
        """An empty form."""
        self.page.client.shell.new_record(self._entity.key, self.page.values or None)

    def many(self) -> None:
        """Many records at once, in a grid."""
        self.page.client.shell.open_view(self._entity.key, "grid")

    def import_(self) -> None:
        """From a file."""
        self.page.client.shell.open_view(self._entity.key, "import")

    def open(self) -> None:
        """The current record."""
        self.page.table.opened.emit(self.page.table.currentIndex())

    def choose_all(self) -> None:
        """Every record of the result, on whatever page."""
        reading = Reading(self.page.client.database)
        listing = self.page.listing

        def work(_control: Control) -> dict[int, int | None]:
            with reading.session() as session:
                return listing.all_ids(session)

        self._slot.start(work, self.page.selection.choose, self.page.failed, cancel=reading.cancel)

    def delete(self) -> None:
        """Ask with what goes along and what stays, then delete; the message has the way back."""
        self.batch.delete()

    def restore(self) -> None:
        """Out of the recycle bin, with what went in together: what went along with another record brings that back."""
        self._with_deletions(lambda deletions: self.do(recycling.restore, said_back, deletions=deletions))

    def purge(self) -> None:
        """For ever."""

        def ask(deletions: list[int]) -> None:
            self.panel.ask(
                tr("Delete {count} records for ever? Nobody can bring them back.", count=len(deletions)),
                tr("Delete for ever"),
                lambda: self.do(recycling.purge, said_purged, deletions=deletions),
                after=self.page.table,
                for_ever=True,
            )

        self._with_deletions(ask)

    def _with_deletions(self, then: Callable[[list[int]], None]) -> None:
        ids = list(self.page.selection.targets())
        if not ids:
            return
        listing, database = self.page.listing, self.page.client.database

        def work(_control: Control) -> list[int]:
            with database.read_session() as session:
                found = [row.deletion for row in listing.rows(session, ids, shown=())]
            return sorted({one for one in found if one is not None})

        self._slot.start(work, then, self.page.failed)

    # -- several --------------------------------------------------------------------------------------------

    def edit(self) -> None:
        """The same values for some fields of several records."""
        self.batch.edit()

    def transfer(self) -> None:
        """Another owner, and what goes along."""
        self._open_dialog(TransferDialog)

    def share(self) -> None:
        """Show them to colleagues or positions too."""
        self._open_dialog(ShareDialog)

    def why(self) -> None:
        """Why the current record is seen, and by whom else."""
        ids = list(self.page.selection.targets())
        if ids:
            WhyDialog(self.page.client, self._entity, ids[0], self.page).show()

    def history(self) -> None:
        """What was changed in the current record, and what it was."""
        ids = list(self.page.selection.targets())
        if ids:
            self.page.client.shell.open_history(self._entity.key, ids[0])

    def _open_dialog(self, kind: type[ShareDialog] | type[TransferDialog]) -> None:
        ids = list(self.page.selection.targets())
        if ids:
            self.panel.give_up()
            dialog = kind(self.page.client, self._entity, ids, self.page)
            dialog.accepted.connect(self.page.selection.choose_none)
            dialog.accepted.connect(self.page.reload)
            dialog.show()

    # -- export ---------------------------------------------------------------------------------------------

    def print_(self) -> None:
        """The list as shown, as a document."""
        self.running = print_list(self.page)

    def export(self) -> None:
        """Ask for a file, then write the whole result as it is shown."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = str(Path(folder) / f"{tr(self._entity.plural)}.xlsx")
        path, _chosen = QFileDialog.getSaveFileName(
            self.page, tr("Export"), name, tr("Excel workbook (*.xlsx);;CSV (*.csv)")
        )
        if path:
            self.export_to(path)

    def export_to(self, path: str) -> Task:
        """Write the whole result with the columns shown to ``path``, beside the screen."""
        page, reading = self.page, Reading(self.page.client.database, patient=True)
        listing = page.listing
        shown = [column.key for column in page.model.columns]
        dictionary, total = page.client.dictionary, page.total or 0
        conditions = logged_conditions(page)

        def text_of(column: Column, value: Any) -> str:
            return value_text(column, value, dictionary)

        def work(control: Control) -> Exported:
            # the Excel writer takes a third of a second to load: only who exports waits for it
            from services.exporting import export

            return export(
                page.client.database,
                listing,
                path,
                shown=shown,
                text_of=text_of,
                conditions=conditions,
                progress=lambda done: control.progress(done, total),
                cancelled=lambda: control.cancelled,
                reading=reading,
            )

        def progressed(done: int, _total: int) -> None:
            self.panel.text.setText(tr("{count} rows written …", count=done))

        self.running = Task(
            self,
            work,
            self._exported,
            self.page.failed,
            progress=progressed,
            cancel=reading.cancel,
            title=tr("Export: {name}", name=tr(self._entity.plural)),
        )
        self.panel.ask(tr("The file is being written …"), tr("Stop"), self.running.cancel, after=page.table)
        return self.running

    def _exported(self, done: Exported) -> None:
        self.panel.done()
        self.page.messages.done(tr("{count} rows were written to {path}.", count=done.rows, path=done.path))

    # -- what they share ------------------------------------------------------------------------------------

    def do(self, command: Any, said: Callable[[Changes], str], **arguments: Any) -> None:
        """Run a command beside the screen, say what was done and read the list again."""
        database = self.page.client.database
        self.panel.do_button.setEnabled(False)

        def fine(changes: Changes) -> None:
            self.panel.do_button.setEnabled(True)
            self.panel.done()
            self.page.finished(said(changes))

        self._slot.start(lambda _control: database.write(command, **arguments), fine, self.page.failed)

    def retranslate(self) -> None:
        """Set every text."""
        texts = {
            "new": tr("New {entity}", entity=tr(self._entity.title)),
            "many": tr("New: several in a grid"),
            "import_": tr("Import …"),
            "open": tr("Open"),
            "edit": tr("Change together …"),
            "transfer": tr("Transfer …"),
            "share": tr("Share …"),
            "why": tr("Why can I see this?"),
            "history": tr("Change history"),
            "delete": tr("Delete …"),
            "restore": tr("Restore"),
            "purge": tr("Delete for ever …"),
            "print_": tr("Print …"),
            "export": tr("Export …"),
        }
        texts |= {own.key: tr(own.title) for own in self._entity.actions}
        for name, action in self.actions.items():
            action.setText(tr(self._own[name]) if name in self._own else texts[name])
        self.new_button.setText(texts["new"])
        self.new_button.setToolTip(tr("New (Ins or Ctrl+N)"))
        self.export_button.setText(tr("Export"))
        self.export_button.setToolTip(tr("Write the list to a file (Ctrl+Shift+E)"))
        self.more_button.setText(tr("Actions"))
