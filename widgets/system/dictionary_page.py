"""The data dictionary (PLT-37): kinds at the left; the chosen one's choices at the right, named, coloured, ordered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QDropEvent, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from services import records
from services.language import mark, tr
from services.search import normalise
from services.system import dictionary
from services.system.dictionary import DictionaryChoice
from services.system.entities import CHOICE_ENTITY
from widgets.base.client import Client
from widgets.base.simple_page import SimplePage, make_button
from widgets.base.style import text_size, tokens

_CHOICE: Final = Qt.ItemDataRole.UserRole
ZH, EN, COLOUR, STATE = range(4)
COLOURS: Final = {
    "#dc2626": mark("Red"),
    "#ea580c": mark("Orange"),
    "#ca8a04": mark("Amber"),
    "#16a34a": mark("Green"),
    "#0891b2": mark("Cyan"),
    "#2563eb": mark("Blue"),
    "#7c3aed": mark("Violet"),
    "#db2777": mark("Pink"),
    "#6b7280": mark("Grey"),
}
"""Colours to choose from: each can be read as a chip in every style."""


def swatch(colour: str | None) -> QIcon:
    """A small disc of ``colour``, an empty ring for none."""
    picture = QPixmap(28, 28)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(colour) if colour else tokens().color("line"))
    painter.setBrush(QColor(colour) if colour else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(4, 4, 20, 20)
    painter.end()
    return QIcon(picture)


class ChoiceTree(QTreeWidget):
    """The choices of one kind. ``moved`` carries their ids in the new order after a drag, or Alt with an arrow."""

    moved = Signal(list)
    not_there = Signal()
    """A choice was dropped among the children of another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setColumnCount(4)
        self.setUniformRowHeights(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        for column, width in enumerate((16, 14, 8)):
            self.setColumnWidth(column, width * text_size())

    def show_choices(self, found: Sequence[DictionaryChoice], *, editable: bool) -> None:
        """Show ``found``; the current one stays."""
        current = self.choice()
        self.blockSignals(True)
        self.clear()
        items: dict[str, QTreeWidgetItem] = {}
        for choice in found:
            items[choice.key] = self._item(choice, editable)
        for choice in found:
            above = items.get(choice.parent_key or "")
            if above is not None:
                above.addChild(items[choice.key])
            else:
                self.addTopLevelItem(items[choice.key])
        self.setRootIsDecorated(any(choice.parent_key in items for choice in found))
        self.expandAll()
        self.blockSignals(False)
        kept = items.get(current.key) if current is not None else None
        if kept is not None:
            self.setCurrentItem(kept)

    def _item(self, choice: DictionaryChoice, editable: bool) -> QTreeWidgetItem:
        item = QTreeWidgetItem([choice.zh, choice.en, "", "" if choice.active else tr("Switched off")])
        item.setData(0, _CHOICE, choice)
        item.setIcon(COLOUR, swatch(choice.colour))
        item.setText(COLOUR, tr(COLOURS[choice.colour]) if choice.colour in COLOURS else choice.colour or "")
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        if editable:
            flags |= (
                Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled | Qt.ItemFlag.ItemIsDropEnabled
            )
        item.setFlags(flags)
        if not choice.active:
            for column in range(4):
                item.setForeground(column, tokens().color("muted"))
        return item

    def edit(self, index: Any, *rest: Any) -> Any:
        """Names are typed; colour and state have buttons."""
        if rest and index.column() > EN:
            return False
        return super().edit(index, *rest)

    def choice(self) -> DictionaryChoice | None:
        """The current one."""
        item = self.currentItem()
        return item.data(0, _CHOICE) if item is not None else None

    def ids(self) -> list[int]:
        """All ids as they stand, parents before their children."""
        found: list[int] = []
        waiting = [self.topLevelItem(n) for n in range(self.topLevelItemCount())]
        while waiting:
            item = waiting.pop(0)
            if item is not None:
                found.append(item.data(0, _CHOICE).id)
                waiting[:0] = [item.child(n) for n in range(item.childCount())]
        return found

    def move_current(self, by: int) -> None:
        """The current choice up (-1) or down (1) among its neighbours."""
        item = self.currentItem()
        if item is None:
            return
        above = item.parent() or self.invisibleRootItem()
        place = above.indexOfChild(item)
        if 0 <= place + by < above.childCount():
            above.removeChild(item)
            above.insertChild(place + by, item)
            item.setExpanded(True)
            self.setCurrentItem(item)
            self.moved.emit(self.ids())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt with an arrow moves the choice."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in steps:
            self.move_current(steps[Qt.Key(event.key())])
            return
        super().keyPressEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Among its neighbours only: what a choice is below stays."""
        item, target = self.currentItem(), self.itemAt(event.position().toPoint())
        on_item = self.dropIndicatorPosition() == QAbstractItemView.DropIndicatorPosition.OnItem
        below = target if on_item else (target.parent() if target is not None else None)
        if item is None or below is not item.parent():
            event.ignore()
            self.not_there.emit()
            return
        super().dropEvent(event)
        self.expandAll()
        self.setCurrentItem(item)
        self.moved.emit(self.ids())


class DictionaryPage(SimplePage):
    """All choices of the company. Whoever lacks the right to edit sees them all the same."""

    name = mark("Data dictionary")
    watched = frozenset({"system.choice"})

    def __init__(self, client: Client, parent: QWidget | None = None, *, chosen: int | None = None) -> None:
        """``chosen`` is the id of a choice whose list is shown first."""
        super().__init__(client, parent)
        self._chosen = chosen
        self._choices: list[DictionaryChoice] = []
        self._kinds: dict[str, str] = {}
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.kinds = QListWidget()
        self.kinds.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree = ChoiceTree()
        self.tree.setIconSize(QSize(14, 14))
        self.kind_title, self.hint = QLabel(), QLabel()
        self.kind_title.setProperty("role", "heading")
        self.kind_title.setWordWrap(True)
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        self.new_name = QLineEdit()
        self.add = make_button("plus", self.add_choice, primary=True)
        self.colour = make_button("diamond", lambda: None)
        self.turn = make_button("eye-off", self.turn_choice)
        self.up = make_button("chevron-up", lambda: self.tree.move_current(-1))
        self.down = make_button("chevron-down", lambda: self.tree.move_current(1))
        self.remove = make_button("trash-2", self.remove_choice)
        self.buttons: tuple[QPushButton, ...] = (self.colour, self.turn, self.up, self.down, self.remove)
        self.menu = QMenu(self)
        self.colour.setMenu(self.menu)
        self._lay_out()
        self._connect()
        self.retranslate()
        self.reload()

    def _lay_out(self) -> None:
        left, right = QFrame(), QFrame()
        for card in (left, right):
            card.setProperty("card", True)
        column = QVBoxLayout(left)
        column.setContentsMargins(10, 10, 10, 10)
        column.addWidget(self.search)
        column.addWidget(self.kinds, 1)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.new_name, 1)
        line.addWidget(self.add)
        # a line of their own: on a small screen they would leave no room to type a name in
        below = QHBoxLayout()
        below.setSpacing(8)
        for button in self.buttons:
            below.addWidget(button)
        below.addStretch(1)
        column = QVBoxLayout(right)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addWidget(self.kind_title)
        column.addLayout(line)
        column.addLayout(below)
        column.addWidget(self.tree, 1)
        column.addWidget(self.hint)
        splitter = QSplitter()
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([22 * text_size(), 60 * text_size()])
        splitter.setChildrenCollapsible(False)
        self.body.addWidget(splitter, 1)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._show_kinds())
        self.kinds.currentItemChanged.connect(lambda _now, _before: self._show_choices())
        self.tree.itemChanged.connect(self._renamed)
        self.tree.moved.connect(lambda ids: self.write(dictionary.order_choices, ids=ids))
        self.tree.not_there.connect(
            lambda: self.bar.warning(tr("A choice is moved among its neighbours only."))
        )
        self.tree.currentItemChanged.connect(lambda _now, _before: self._enable())
        self.new_name.returnPressed.connect(self.add_choice)
        delegate = self.tree.itemDelegate()
        delegate.closeEditor.connect(lambda *_how: QTimer.singleShot(0, self, self._edited))
        self.menu.aboutToShow.connect(self._fill_menu)

    # -- what is shown

    def reload(self) -> None:
        """Read all choices."""
        self.read(dictionary.choices, self._loaded)

    def _edited(self) -> None:
        """A name that was being typed is there, or given up: what came in between is shown now."""
        if self._stale:
            self.reload()

    def _loaded(self, found: list[DictionaryChoice]) -> None:
        if self.tree.state() == QAbstractItemView.State.EditingState:
            # showing it would take away what is just being typed
            self._stale = True
            return
        self._choices = found
        self._show_kinds()
        wanted = next((choice.kind for choice in found if choice.id == self._chosen), None)
        self._chosen = None
        if wanted is not None:
            self.show_kind(wanted)

    def _show_kinds(self) -> None:
        counts: dict[str, int] = {}
        for choice in self._choices:
            counts[choice.kind] = counts.get(choice.kind, 0) + 1
        self._kinds = dictionary.kind_titles(self.client.entities, list(counts))
        wanted, chosen = normalise(self.search.text()), self.kind()
        self.kinds.blockSignals(True)
        self.kinds.clear()
        for kind, title in self._kinds.items():
            if wanted not in normalise(title) and wanted not in kind:
                continue
            item = QListWidgetItem(f"{title} · {counts.get(kind, 0)}")
            item.setData(_CHOICE, kind)
            item.setToolTip(title)
            self.kinds.addItem(item)
            if kind == chosen:
                self.kinds.setCurrentItem(item)
        if self.kinds.currentItem() is None and self.kinds.count():
            self.kinds.setCurrentRow(0)
        self.kinds.blockSignals(False)
        self._show_choices()

    def kind(self) -> str:
        """The kind chosen."""
        item = self.kinds.currentItem()
        return str(item.data(_CHOICE)) if item is not None else ""

    def show_kind(self, kind: str) -> None:
        """Choose a kind."""
        for row in range(self.kinds.count()):
            if self.kinds.item(row).data(_CHOICE) == kind:
                self.kinds.setCurrentRow(row)

    def _show_choices(self) -> None:
        kind = self.kind()
        self.kind_title.setText(self._kinds.get(kind, ""))
        self.tree.show_choices(
            [choice for choice in self._choices if choice.kind == kind],
            editable=self.client.can(CHOICE_ENTITY, "edit"),
        )
        self._enable()

    def _enable(self) -> None:
        choice = self.tree.choice()
        edits = self.client.can(CHOICE_ENTITY, "edit")
        creates = self.client.can(CHOICE_ENTITY, "create")
        for widget in (self.new_name, self.add):
            widget.setVisible(creates)
            widget.setEnabled(bool(self.kind()))
        for button in self.buttons:
            button.setVisible(edits)
            button.setEnabled(choice is not None)
        self.remove.setVisible(self.client.can(CHOICE_ENTITY, "delete"))
        off = choice is not None and not choice.active
        self.turn.setText(tr("Switch on") if off else tr("Switch off"))

    # -- what is changed

    def add_choice(self) -> None:
        """A new one, below the current one's parent where the kind is a tree."""
        current = self.tree.choice()

        def done(_changes: object) -> None:
            self.new_name.clear()

        self.write(
            dictionary.add_choice,
            done,
            kind=self.kind(),
            zh=self.new_name.text(),
            parent_key=current.parent_key if current is not None else None,
        )

    def _renamed(self, item: QTreeWidgetItem, column: int) -> None:
        choice: DictionaryChoice = item.data(0, _CHOICE)
        text = item.text(column).strip()
        key = {ZH: "zh", EN: "en"}.get(column)
        if key is None or text == getattr(choice, key):
            return
        if not text:
            self.bar.warning(tr("A choice needs a name."))
            self._show_choices()
            return
        self._change(choice, **{key: text})

    def turn_choice(self) -> None:
        """Switch the current choice off, or on again."""
        choice = self.tree.choice()
        if choice is not None:
            self._change(choice, active=not choice.active)

    def set_colour(self, colour: str | None) -> None:
        """Give the current choice a colour, or none."""
        choice = self.tree.choice()
        if choice is not None:
            self._change(choice, colour=colour)

    def remove_choice(self) -> None:
        """Into the recycle bin; the database refuses for one that a record holds."""
        choice = self.tree.choice()
        if choice is not None:
            self.write(records.recycle, entity=CHOICE_ENTITY, ids=[choice.id])

    def _change(self, choice: DictionaryChoice, **values: Any) -> None:
        self.write(
            records.update_record,
            entity=CHOICE_ENTITY,
            record_id=choice.id,
            version=choice.version,
            values=values,
        )

    def failed(self, error: Exception) -> None:
        """Say it, and show what is there."""
        super().failed(error)
        self._show_choices()

    def _fill_menu(self) -> None:
        self.menu.clear()
        self.menu.addAction(swatch(None), tr("No colour")).triggered.connect(lambda: self.set_colour(None))
        for colour, title in COLOURS.items():
            action = self.menu.addAction(swatch(colour), tr(title))
            action.triggered.connect(lambda _checked=False, colour=colour: self.set_colour(colour))

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.search.setPlaceholderText(tr("Find a list"))
        self.kinds.setAccessibleName(tr("Lists of choices"))
        self.tree.setAccessibleName(tr("Choices"))
        self.tree.setHeaderLabels([tr("Chinese"), tr("English"), tr("Colour"), tr("State")])
        self.new_name.setPlaceholderText(tr("Name of a new choice"))
        self.add.setText(tr("Add"))
        self.colour.setText(tr("Colour"))
        for button, title in (
            (self.up, tr("Move up (Alt+Up)")),
            (self.down, tr("Move down (Alt+Down)")),
            (self.remove, tr("Delete")),
        ):
            button.setToolTip(title)
            button.setAccessibleName(title)
        self.hint.setText(
            tr(
                "Double-click a name to change it; drag a choice to its place. What records already hold stays there, "
                "also when it is switched off."
            )
        )
        self._show_kinds()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language, and the style: its colours stand in the discs."""
        if event.type() == QEvent.Type.StyleChange and self._choices:
            self._show_choices()
        super().changeEvent(event)
