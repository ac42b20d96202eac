"""Data classes of a list with the number of records in each, at its side (PLT-10)."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from services.data_classes import LONGEST, class_key, find_class
from services.entity import Entity, Kind
from services.language import tr
from services.session import Dictionary
from widgets.base.formatting import number_text
from widgets.base.style import text_size, tokens

COUNT = Qt.ItemDataRole.UserRole + 1
DAYS = Qt.ItemDataRole.UserRole + 2
"""The days that a class counts; only where it counts some."""


class _Delegate(QStyledItemDelegate):
    """The count at the right, faint; days are typed in the place of their class."""

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        """A field for the days."""
        box = QSpinBox(parent)
        box.setRange(1, LONGEST)
        box.setSuffix(tr(" days"))
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        box.setAutoFillBackground(True)
        box.setAccessibleName(str(index.data()))
        return box

    def updateEditorGeometry(
        self,
        editor: QWidget,
        option: QStyleOptionViewItem,
        _index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """At the right, in the place of the count: what the days are of stays in sight, and so do the lines around."""
        area: QRect = option.rect
        wide = editor.sizeHint().width()
        editor.setGeometry(area.adjusted(max(0, area.width() - wide - 4), 0, -4, 0))

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """High enough for the field."""
        return super().sizeHint(option, index).expandedTo(QSize(0, round(1.85 * text_size())))

    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        """The days in force, all marked."""
        assert isinstance(editor, QSpinBox)
        editor.setValue(index.data(DAYS))
        editor.selectAll()

    def setModelData(
        self, editor: QWidget, model: QAbstractItemModel, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Take the days."""
        assert isinstance(editor, QSpinBox)
        editor.interpretText()
        if editor.value() != index.data(DAYS):
            model.setData(index, editor.value(), DAYS)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        full = QStyleOptionViewItem(option)
        self.initStyleOption(full, index)
        text, full.text = full.text, ""
        full.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, full, painter, full.widget)
        chosen = bool(full.state & QStyle.StateFlag.State_Selected)
        count = index.data(COUNT)
        number = "" if count is None else number_text(count, Kind.INTEGER)
        area = full.rect.adjusted(10, 0, -10, 0)
        painter.save()
        small = full.font
        small.setPixelSize(max(10, text_size() - 1))
        painter.setFont(small)
        painter.setPen(tokens().color("muted"))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, number)
        room = painter.fontMetrics().horizontalAdvance(number) + 10
        usual = option.font
        usual.setPixelSize(text_size())
        usual.setBold(chosen)
        painter.setFont(usual)
        painter.setPen(tokens().color("link" if chosen else "ink"))
        area.setRight(area.right() - room)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.restore()


class ClassList(QListWidget):
    """One line for each data class; values of class columns only while somebody has them. ``chosen`` carries
    the key, of a class that counts days with the days that the person wants (``data_classes.class_key``): they are
    typed in the line itself, by another click on it, a double click or F2."""

    chosen = Signal(str)
    days_chosen = Signal(str, int)
    """Somebody wants a class to count so many days."""

    def __init__(self, entity: Entity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entity = entity
        self._dictionary = Dictionary()
        self._counts: Mapping[str, int] = {}
        self._current = "all"
        self.days: dict[str, int] = {each.key: each.days for each in entity.classes if each.days is not None}
        """By key of each class that counts days, how many."""
        triggers = QListWidget.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.SelectedClicked | triggers.EditKeyPressed)
        self.setItemDelegate(_Delegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(184)
        self._fill()
        self.currentItemChanged.connect(self._moved)
        self.itemChanged.connect(self._changed)

    def show_days(self, key: str, days: int) -> None:
        """The class ``key`` counts ``days`` from now on; no signal."""
        if self.days[key] != days:
            self.days[key] = days
            self._fill()

    def show_counts(self, counts: Mapping[str, int], dictionary: Dictionary) -> None:
        """Show how many records each class has."""
        self._counts, self._dictionary = dict(counts), dictionary
        self._fill()

    def show_current(self, key: str) -> None:
        """Mark the class in force; no signal."""
        self._current = key
        found = find_class(self._entity.classes, key)
        if found is not None and found[0].key in self.days:
            self.show_days(found[0].key, found[1])
        self.blockSignals(True)
        for row in range(self.count()):
            if self.item(row).data(Qt.ItemDataRole.UserRole) == key:
                self.setCurrentRow(row)
                break
        else:
            self.setCurrentRow(-1)
        self.blockSignals(False)

    def keys(self) -> list[str]:
        """Keys of the classes shown, in order."""
        return [self.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.count())]

    def title_of(self, key: str) -> str:
        """How a class is called."""
        found = find_class(self._entity.classes, key)
        if found is not None:
            return tr(found[0].title, days=found[1]) if found[0].days else tr(found[0].title)
        name, _, value = key.partition("=")
        column = self._entity.column(name)
        return (
            tr(column.labels[value])
            if column.labels and value in column.labels
            else self._dictionary.label(value)
        )

    def _listed(self) -> list[str]:
        found = [class_key(each, self.days.get(each.key)) for each in self._entity.classes]
        for name in self._entity.class_columns:
            column = self._entity.column(name)
            values = (
                list(column.labels)
                if column.labels
                else [key for key, c in self._dictionary.choices.items() if c.kind == column.dictionary]
            )
            keys = [f"{name}={value}" for value in values]
            found += [key for key in keys if self._counts.get(key) or key == self._current]
        return found

    def _fill(self) -> None:
        self.blockSignals(True)
        wanted = self._listed()
        if wanted != self.keys():
            self.clear()
            for key in wanted:
                item = QListWidgetItem(self)
                item.setData(Qt.ItemDataRole.UserRole, key)
        for row, key in enumerate(wanted):
            self._show(self.item(row), key)
        self.blockSignals(False)
        self.show_current(self._current)

    def _show(self, item: QListWidgetItem, key: str) -> None:
        title, data_class = self.title_of(key), find_class(self._entity.classes, key)
        own = data_class[0].key if data_class is not None else key
        item.setText(title)
        item.setData(COUNT, self._counts.get(own))
        if own in self.days:
            item.setData(DAYS, self.days[own])
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            title += "\n" + tr("Another number of days: click it again, or press F2.")
        item.setToolTip(title)

    def _changed(self, item: QListWidgetItem) -> None:
        """Days were typed."""
        found = find_class(self._entity.classes, item.data(Qt.ItemDataRole.UserRole))
        if found is None or item.data(DAYS) == self.days.get(found[0].key):
            return
        key, days = found[0].key, int(item.data(DAYS))
        self._current = class_key(found[0], days)
        self.days[key] = days
        self._counts = {other: count for other, count in self._counts.items() if other != key}
        self.blockSignals(True)
        # the line itself stays: its field is still open
        item.setData(Qt.ItemDataRole.UserRole, self._current)
        self._show(item, self._current)
        self.blockSignals(False)
        self.days_chosen.emit(key, days)
        self.chosen.emit(self._current)

    def _moved(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._current = item.data(Qt.ItemDataRole.UserRole)
            self.chosen.emit(self._current)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._fill()
        super().changeEvent(event)
