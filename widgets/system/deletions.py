"""Everything in the recycle bin (PLT-33): one line for each deletion, opening to what it took along; whole trees come
back, or go for ever, as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from services import recycling
from services.clock import CHINA
from services.commands import Changes
from services.entity import Kind
from services.language import mark, tr
from services.organisation.rights import entity_title
from services.recycling import PAGE, Deleted, Part
from services.writing import Writing
from widgets.base.action_panel import ActionPanel
from widgets.base.client import Client
from widgets.base.formatting import counted, number_text, said_back, said_purged
from widgets.base.icons import icon
from widgets.base.simple_page import SimplePage
from widgets.base.tasks import Control, Task

_DELETED = Qt.ItemDataRole.UserRole
TYPING = 250
"""Milliseconds without a key before a search starts."""


class Deletions(SimplePage):
    """Newest first. Right arrow or a click on the triangle shows what went along, Ctrl+R brings it all back."""

    name = mark("Recycle bin: everything")

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self.watched = frozenset(client.entities)
        self._lines: list[Deleted] = []
        self._loaded = False
        self.restore_button = self.button("archive-restore", self.restore, primary=True)
        self.purge_button = self.button("trash-2", self.purge)
        self.empty_button = self.button("trash-2", self.empty_bin)
        self.search, self.person = QLineEdit(), QComboBox()
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(300)
        self.search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.person.addItem("", None)
        for user in client.dictionary.users:
            self.person.addItem(client.dictionary.user(user), user)
        self.person.setMinimumWidth(130)
        self.person_label, self.nothing = QLabel(), QLabel()
        self.nothing.setProperty("role", "muted")
        self.tree = self._make_tree()
        self.more_button = QPushButton()
        self.more_button.clicked.connect(self.more)
        self.panel = ActionPanel(self)
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self.search, self.person_label, self.person):
            row.addWidget(widget)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addWidget(self.panel)
        self.body.addWidget(self.nothing)
        self.body.addWidget(self.tree, 1)
        self.body.addWidget(self.more_button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING)
        self._typing.timeout.connect(self._search)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.search.returnPressed.connect(self._search)
        self.person.activated.connect(lambda _row: self._search())
        self.setFocusProxy(self.tree)
        self._make_actions()
        self.retranslate()
        self._enable()
        self.reload()

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setColumnCount(5)
        tree.setUniformRowHeights(True)
        tree.setProperty("boxed", True)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        for column, width in enumerate((330, 130, 330, 100)):
            tree.setColumnWidth(column, width)
        tree.itemExpanded.connect(self._read_parts)
        tree.itemSelectionChanged.connect(self._enable)
        tree.customContextMenuRequested.connect(self._menu)
        return tree

    def _make_actions(self) -> None:
        self.actions_: dict[str, QAction] = {}
        offered: tuple[tuple[str, str, str, Callable[[], None], bool], ...] = (
            ("restore", "archive-restore", "Ctrl+R", self.restore, True),
            ("purge", "trash-2", "Shift+Del", self.purge, self.client.user.can("system.purge")),
        )
        for name, symbol, keys, call, allowed in offered:
            if allowed:
                action = QAction(icon(symbol), "", self)
                action.setShortcut(QKeySequence(keys))
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
                action.triggered.connect(lambda _on=False, call=call: call())
                self.tree.addAction(action)
                self.actions_[name] = action

    # -- reading

    def asked(self, before: int | None = None) -> recycling.Asked:
        """What the filters say."""
        return recycling.Asked(user_id=self.person.currentData(), words=self.search.text(), before=before)

    def reload(self) -> None:
        """Read again as many as are shown."""
        self._read(max(PAGE, len(self._lines)))

    def _search(self) -> None:
        self._typing.stop()
        self._read(PAGE)

    def _read(self, limit: int) -> None:
        asked, entities = self.asked(), self.client.entities
        self.read(
            lambda session: recycling.deletions(session, entities=entities, asked=asked, limit=limit),
            lambda found: self._found(found, limit),
        )

    def _found(self, found: list[Deleted], limit: int) -> None:
        self._loaded = True
        self._take(found, limit)

    def more(self) -> None:
        """Read the next older ones."""
        asked, entities = self.asked(self._lines[-1].id if self._lines else None), self.client.entities
        self.read(
            lambda session: recycling.deletions(session, entities=entities, asked=asked),
            lambda found: self._append(found, PAGE),
        )

    def _take(self, found: list[Deleted], limit: int) -> None:
        chosen, current = {one.id for one in self.chosen()}, self._of(self.tree.currentItem())
        opened = {
            self._lines[row].id
            for row in range(len(self._lines))
            if (item := self.tree.topLevelItem(row)) is not None and item.isExpanded()
        }
        place = self.tree.verticalScrollBar().value()
        self._lines = []
        self.tree.clear()
        self._append(found, limit)
        for row, one in enumerate(found):
            item = self.tree.topLevelItem(row)
            if item is None:
                continue
            if current is not None and one.id == current.id:
                self.tree.setCurrentItem(item)
            item.setSelected(one.id in chosen)
            item.setExpanded(one.id in opened)
        first = self.tree.topLevelItem(0)
        if first is not None and self.tree.currentItem() is None:
            self.tree.setCurrentItem(first)
        self.tree.verticalScrollBar().setValue(place)
        self._enable()

    def _append(self, found: list[Deleted], limit: int) -> None:
        self._lines = [*self._lines, *found]
        self.tree.addTopLevelItems([self._item(one) for one in found])
        self.more_button.setVisible(len(found) == limit)
        self.nothing.setVisible(self._loaded and not self._lines)
        self._say_nothing()

    def _item(self, one: Deleted) -> QTreeWidgetItem:
        entity = self.client.entities.get(one.entity)
        item = QTreeWidgetItem(
            [
                one.name or tr("(not yours to see any more)"),
                entity_title(one.entity, plural=False),
                counted(one.taken),
                self.client.dictionary.user(one.user_id),
                f"{one.at.astimezone(CHINA):%Y-%m-%d %H:%M}",
            ]
        )
        item.setIcon(0, icon(entity.icon if entity is not None else "trash-2"))
        item.setData(0, _DELETED, one)
        for column in (0, 2):
            item.setToolTip(column, item.text(column))
        if one.taken:
            item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
        return item

    def _read_parts(self, item: QTreeWidgetItem) -> None:
        one = self._of(item)
        if one is None or item.childCount() or item.parent() is not None:
            return
        database, entities = self.client.database, self.client.entities

        def reading(_control: Control) -> list[Part]:
            with database.read_session() as session:
                return recycling.parts(session, entities=entities, deleted=one)

        Task(self, reading, lambda found: self._show_parts(one, found), self.failed)

    def _show_parts(self, one: Deleted, found: list[Part]) -> None:
        items = (self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount()))
        item = next((each for each in items if each is not None and self._of(each) is one), None)
        if item is None or item.childCount():
            return
        for part in found:
            title = entity_title(part.entity, plural=False)
            for name in part.names:
                child = QTreeWidgetItem(item, [name, title])
                child.setToolTip(0, name)
            unnamed = part.count - len(part.names)
            if unnamed:
                count = number_text(unnamed, Kind.INTEGER)
                QTreeWidgetItem(
                    item,
                    [tr("{count} more", count=count) if part.names else count, entity_title(part.entity)],
                )

    def _of(self, item: QTreeWidgetItem | None) -> Deleted | None:
        """The deletion that a line, or one below it, belongs to."""
        if item is None:
            return None
        found = (item.parent() or item).data(0, _DELETED)
        return found if isinstance(found, Deleted) else None

    # -- doing

    def chosen(self) -> list[Deleted]:
        """The deletions chosen; a line below one stands for the whole."""
        found = {one.id: one for item in self.tree.selectedItems() if (one := self._of(item)) is not None}
        return list(found.values())

    def _enable(self) -> None:
        some, boss = bool(self.tree.selectedItems()), self.client.user.can("system.purge")
        self.restore_button.setEnabled(some)
        self.purge_button.setVisible(boss)
        self.purge_button.setEnabled(some)
        self.empty_button.setVisible(boss)
        self.empty_button.setEnabled(bool(self._lines))
        for action in self.actions_.values():
            action.setEnabled(some)

    def restore(self) -> None:
        """Bring the chosen ones back whole."""
        ids = [one.id for one in self.chosen()]
        if ids:
            self._do(recycling.restore, said_back, deletions=ids)

    def purge(self) -> None:
        """Ask, then delete the chosen ones for ever with all that they took along."""
        ids = [one.id for one in self.chosen()]
        if not ids or not self.client.user.can("system.purge"):
            return
        along = sum(sum(one.taken.values()) for one in self.chosen())
        count = number_text(len(ids), Kind.INTEGER)
        self.panel.ask(
            tr(
                "Delete {count} records for ever, with {along} that went along? Nobody can bring them back.",
                count=count,
                along=number_text(along, Kind.INTEGER),
            )
            if along
            else tr("Delete {count} records for ever? Nobody can bring them back.", count=count),
            tr("Delete for ever"),
            lambda: self._do(recycling.purge, said_purged, deletions=ids),
            after=self.tree,
            for_ever=True,
        )

    def empty_bin(self) -> None:
        """Ask, then delete for ever all that lies here."""
        self.panel.ask(
            tr(
                "Delete everything in the recycle bin for ever, of all kinds and of everybody? Nobody can bring it"
                " back. The change history keeps what it was."
            ),
            tr("Empty the recycle bin"),
            lambda: self._do(recycling.empty, said_purged),
            after=self.tree,
            for_ever=True,
        )

    def _do(self, command: Callable[..., Changes], said: Callable[[Changes], str], **arguments: Any) -> None:
        """Run ``command`` in one transaction beside the screen; the status bar shows how far it is and ends it."""
        writing: list[Writing] = []

        def work(control: Control) -> Changes:
            writing.append(Writing(self.client.database, control.progress))
            control.check()
            return writing[0].write(command, **arguments)

        def end() -> None:
            for one in writing:
                one.cancel()

        def finished(changes: Changes) -> None:
            self.bar.clear()
            self.bar.done(said(changes))
            self._read(PAGE)

        self.panel.done()
        Task(self, work, finished, self.failed, cancel=end, title=tr("Recycle bin"), settled=True)

    def _menu(self, place: QPoint) -> None:
        if self.tree.itemAt(place) is None:
            return
        menu = QMenu(self)
        menu.addActions(list(self.actions_.values()))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.tree.viewport().mapToGlobal(place))

    # -- words

    def _say_nothing(self) -> None:
        narrowed = bool(self.search.text().strip()) or self.person.currentData() is not None
        self.nothing.setText(
            tr("Nothing here answers your search.") if narrowed else tr("The recycle bin is empty.")
        )

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.search.setPlaceholderText(tr("Name of what was deleted, or of what went along"))
        self.person_label.setText(tr("Deleted by"))
        self.person.setItemText(0, tr("All"))
        texts = {"restore": tr("Restore"), "purge": tr("Delete for ever …")}
        self.restore_button.setText(texts["restore"])
        self.restore_button.setToolTip(tr("Bring back whole what was deleted together (Ctrl+R)"))
        self.purge_button.setText(texts["purge"])
        self.purge_button.setToolTip(tr("Nobody can bring it back (Shift+Del)"))
        self.empty_button.setText(tr("Empty the recycle bin …"))
        for name, action in self.actions_.items():
            action.setText(texts[name])
        self.tree.setHeaderLabels(
            [tr("What was deleted"), tr("Kind"), tr("Took along"), tr("Deleted by"), tr("Deleted at")]
        )
        self.more_button.setText(tr("Show older ones"))
        self._take(self._lines, len(self._lines) if self.more_button.isVisibleTo(self) else -1)
