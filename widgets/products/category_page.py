"""The tree of product categories: add, rename in place, move by drag, merge, delete when empty (PRD-02)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFormLayout,
    QFrame,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from services.changes import Notice
from services.commands import Changes
from services.entity import Facet, Query
from services.errors import Cancelled
from services.language import tr
from services.products import commands
from services.products.entities import CATEGORY, PRODUCT
from services.products.queries import CategoryNode, category_path, category_tree
from widgets.base.action_dialog import ActionDialog, Request
from widgets.base.client import Client
from widgets.base.editors.named import NamedEditor
from widgets.base.icons import icon
from widgets.base.messages import MessageBar
from widgets.base.tasks import Control, Task, TaskSlot
from widgets.base.title_row import TitleRow

_ID = Qt.ItemDataRole.UserRole
_NEW = -1


class CategoryTree(QTreeWidget):
    """The tree. What is dropped is not moved here: ``moved`` asks for it, and the tree is read anew."""

    moved = Signal(int, object, object)
    """Id of the category, id of the new parent (None: top), id of the sibling it shall stand before (None: last)."""
    deleted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setColumnCount(2)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setUniformRowHeights(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)

    def place_of(
        self, target: QTreeWidgetItem | None, position: QAbstractItemView.DropIndicatorPosition
    ) -> tuple[int | None, int | None]:
        """Parent and following sibling meant by a drop at ``position`` of ``target``."""
        where = QAbstractItemView.DropIndicatorPosition
        if target is None or position == where.OnViewport:
            return None, None
        if position == where.OnItem:
            return target.data(0, _ID), None
        above_it = target.parent()
        parent = above_it or self.invisibleRootItem()
        above = position == where.AboveItem
        follower = target if above else parent.child(parent.indexOfChild(target) + 1)
        parent_id = None if above_it is None else above_it.data(0, _ID)
        return parent_id, None if follower is None else follower.data(0, _ID)

    def dropEvent(self, event: QDropEvent) -> None:
        item = self.currentItem()
        target = self.itemAt(event.position().toPoint())
        parent_id, before_id = self.place_of(target, self.dropIndicatorPosition())
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        if item is not None and target is not item:
            self.moved.emit(item.data(0, _ID), parent_id, before_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.state() != self.State.EditingState:
            self.deleted.emit()
            return
        super().keyPressEvent(event)

    def edit_current(self) -> None:
        """Open the name of the current category."""
        item = self.currentItem()
        if item is not None:
            self.editItem(item, 0)


class MergeDialog(ActionDialog):
    """Into which category another one goes."""

    def __init__(
        self, client: Client, node: CategoryNode, others: Sequence[CategoryNode], parent: QWidget
    ) -> None:
        super().__init__(client, parent)
        self._node = node
        self.into = NamedEditor()
        self.into.set_rows([(other.id, other.name, "") for other in others])
        self._caption = QLabel()
        form = QFormLayout()
        form.addRow(self._caption, self.into)
        self.body.addLayout(form)
        self.setMinimumWidth(420)
        self.retranslate()

    def check(self) -> str:
        """Another category."""
        return "" if self.into.value() else tr("Choose another category to merge into.")

    def request(self) -> Request:
        """Merge."""
        into = self.into.value()
        assert isinstance(into, int)
        return commands.merge_categories, {"from_id": self._node.id, "into_id": into}

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.setWindowTitle(tr("Merge categories"))
        self.intro.setText(
            tr(
                "The products and categories of {name} go into another category; {name} is deleted.",
                name=self._node.name,
            )
        )
        self._caption.setText(tr("Merge into"))
        self.do.setText(tr("Merge"))


class CategoryPage(QWidget):
    """The page of the tree. Everybody with the right to view sees it; the buttons are those of his rights."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("page", True)
        self._client = client
        self._nodes: dict[int, CategoryNode] = {}
        self._filling = False
        self._select: int | None = None
        self.dialog: MergeDialog | None = None
        self.heading = QLabel()
        self.heading.setProperty("role", "title")
        self.hint = QLabel()
        self.hint.setProperty("role", "small")
        self.messages = MessageBar()
        self.tree = CategoryTree()
        self.buttons: dict[str, QPushButton] = {}
        self._reading = TaskSlot(self)
        self._lay_out()
        self.tree.itemChanged.connect(self._renamed)
        self.tree.currentItemChanged.connect(lambda _now, _before: self._enable())
        self.tree.itemDoubleClicked.connect(lambda _item, _column: self.open_products())
        self.tree.moved.connect(self.move_to)
        self.tree.deleted.connect(self.delete)
        client.bus.changed.connect(self._heard)
        self.retranslate()
        self.reload()

    def _lay_out(self) -> None:
        top = TitleRow()
        top.addWidget(self.heading)
        top.begin_actions()
        for key, picture, does in (
            ("add", "plus", partial(self.add, False)),
            ("below", "plus", partial(self.add, True)),
            ("rename", "pencil", self.tree.edit_current),
            ("merge", "git-merge", self.merge),
            ("delete", "trash-2", self.delete),
            ("products", "package", self.open_products),
        ):
            button = QPushButton()
            button.setIcon(icon(picture, "on_accent" if key == "add" else "muted"))
            button.setProperty("primary", key == "add")
            button.clicked.connect(lambda _checked=False, does=does: does())
            self.buttons[key] = button
            top.addWidget(button)
        card = QFrame()
        card.setProperty("card", True)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self.tree)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.messages)
        layout.addWidget(card, 1)
        layout.addWidget(self.hint)

    def title(self) -> str:
        """Text of the tab."""
        return tr(CATEGORY.plural)

    @property
    def busy(self) -> bool:
        """True while the tree is read."""
        return self._reading.busy

    # Reading

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F5 reads the tree again."""
        if event.key() == Qt.Key.Key_F5 and not event.modifiers():
            self.reload()
        else:
            super().keyPressEvent(event)

    def reload(self) -> None:
        """Read the tree anew."""
        database = self._client.database

        def work(_control: Control) -> tuple[CategoryNode, ...]:
            with database.read_session() as session:
                return category_tree(session)

        self._reading.start(work, self._fill, self._failed)

    def _fill(self, nodes: Sequence[CategoryNode]) -> None:
        wanted = self._select or self.current_id()
        open_ids = {i for i in self._nodes if (item := self.item(i)) is not None and item.isExpanded()}
        fresh = not self._nodes
        self._filling = True
        self.tree.clear()
        self._nodes = {node.id: node for node in nodes}
        items: dict[int | None, QTreeWidgetItem] = {None: self.tree.invisibleRootItem()}
        waiting = list(nodes)
        while waiting:
            ready = [node for node in waiting if node.parent_id in items]
            if not ready:
                break
            for node in ready:
                items[node.id] = self._add_item(items[node.parent_id], node)
            waiting = [node for node in waiting if node.id not in items]
        for node_id, item in items.items():
            if node_id is not None:
                item.setExpanded(fresh or node_id in open_ids or node_id == wanted)
        self._filling = False
        self._say_hint()
        self._select = None
        chosen = items.get(wanted) if wanted is not None else None
        if chosen is not None and wanted is not None:
            self.tree.setCurrentItem(chosen)
        self._enable()

    def _add_item(self, parent: QTreeWidgetItem, node: CategoryNode) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent, [node.name, str(node.products) if node.products else ""])
        item.setData(0, _ID, node.id)
        item.setIcon(0, icon("folder"))
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if self._client.can(CATEGORY, "edit"):
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        else:
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDragEnabled)
        return item

    def item(self, category_id: int) -> QTreeWidgetItem | None:
        """The row of a category."""
        todo = [self.tree.invisibleRootItem()]
        while todo:
            item = todo.pop()
            for n in range(item.childCount()):
                child = item.child(n)
                if child is None:
                    continue
                if child.data(0, _ID) == category_id:
                    return child
                todo.append(child)
        return None

    def current_id(self) -> int | None:
        """The category that is worked on."""
        item = self.tree.currentItem()
        found = None if item is None else item.data(0, _ID)
        return found if isinstance(found, int) and found != _NEW else None

    def _heard(self, notice: Notice) -> None:
        if notice.entity in (CATEGORY.key, "*") and self.tree.state() != self.tree.State.EditingState:
            self.reload()

    # Writing

    def add(self, below: bool) -> None:
        """A new category beside or below the current one; its name is typed in place."""
        current = self.tree.currentItem()
        parent = self.tree.invisibleRootItem()
        if current is not None:
            parent = current if below else (current.parent() or parent)
        self._filling = True
        item = QTreeWidgetItem(parent, ["", ""])
        item.setData(0, _ID, _NEW)
        item.setIcon(0, icon("folder"))
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        parent.setExpanded(True)
        self._filling = False
        self.tree.setCurrentItem(item)
        self.tree.editItem(item, 0)

    def _renamed(self, item: QTreeWidgetItem, column: int) -> None:
        if self._filling or column:
            return
        name, category_id = item.text(0).strip(), item.data(0, _ID)
        if category_id == _NEW:
            parent = item.parent()
            parent_id = None if parent is None else parent.data(0, _ID)
            if not name:
                self.reload()
                return
            self._write(
                lambda db: db.write(commands.add_category, name=name, parent_id=parent_id), select=True
            )
        elif name and name != self._nodes[category_id].name:
            self._write(lambda db: db.write(commands.rename_category, category_id=category_id, name=name))
        else:
            self.reload()

    def move_to(self, category_id: int, parent_id: int | None, before_id: int | None) -> None:
        """Move a category; refused by the database below itself."""
        self._select = category_id
        self._write(
            lambda db: db.write(
                commands.move_category, category_id=category_id, parent_id=parent_id, before_id=before_id
            )
        )

    def merge(self) -> None:
        """Ask into which other category the current one goes."""
        node = self._nodes.get(self.current_id() or 0)
        if node is None:
            return
        below = self._below(node.id)
        others = [other for other in self._nodes.values() if other.id not in below]
        self.dialog = MergeDialog(self._client, node, others, self)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.made.connect(lambda _changes: self.reload())
        self.dialog.open()

    def delete(self) -> None:
        """Delete the current category if it is empty."""
        node = self._nodes.get(self.current_id() or 0)
        if node is None or not self._client.can(CATEGORY, "delete"):
            return
        if node.products or any(other.parent_id == node.id for other in self._nodes.values()):
            self.messages.warning(
                tr(
                    "{name} is not empty. Move its products and categories first, or merge it.",
                    name=node.name,
                )
            )
            return
        self._write(lambda db: db.write(commands.delete_category, category_id=node.id))

    def open_products(self) -> None:
        """The list of the products of the current category and of all below it."""
        node = self._nodes.get(self.current_id() or 0)
        if node is not None:
            inside = Facet("category_path", "starts", category_path(node, self._nodes))
            self._client.shell.open_list(Query(PRODUCT.key, facets=(inside,)))

    def _below(self, category_id: int) -> set[int]:
        found = {category_id}
        while more := {n.id for n in self._nodes.values() if n.parent_id in found} - found:
            found |= more
        return found

    def _write(self, write: Callable[..., Changes], *, select: bool = False) -> None:
        database = self._client.database

        def done(changes: Changes) -> None:
            if select:
                self._select = changes.id
            self.messages.clear()
            self.reload()

        Task(self, lambda _control: write(database), done, self._failed)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            return
        self.messages.error(error)
        # what was typed or dropped is not so: show what is
        if not self._reading.busy:
            self.reload()

    # Looks

    def _enable(self) -> None:
        chosen = self.current_id() is not None
        for key, verb in (
            ("add", "create"),
            ("below", "create"),
            ("rename", "edit"),
            ("merge", "delete"),
            ("delete", "delete"),
        ):
            self.buttons[key].setVisible(self._client.can(CATEGORY, verb))
            self.buttons[key].setEnabled(chosen or key == "add")
        self.buttons["products"].setEnabled(chosen)

    def retranslate(self) -> None:
        """Set every text."""
        self.heading.setText(tr(CATEGORY.plural))
        self.tree.setHeaderLabels([tr("Category"), tr("Products")])
        for key, text in (
            ("add", tr("New category")),
            ("below", tr("New below")),
            ("rename", tr("Rename")),
            ("merge", tr("Merge…")),
            ("delete", tr("Delete")),
            ("products", tr("Show products")),
        ):
            self.buttons[key].setText(text)
        self._say_hint()

    def _say_hint(self) -> None:
        if self.tree.topLevelItemCount():
            self.hint.setText(tr("Drag a category to move it. F2 renames, Del deletes an empty one."))
        else:
            self.hint.setText(tr("No category yet. New category makes the first one."))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
