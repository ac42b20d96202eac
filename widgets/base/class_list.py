"""Data classes of a list with the number of records in each, at its side (PLT-10)."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from services.entity import Entity, Kind
from services.language import tr
from services.session import Dictionary
from widgets.base.formatting import number_text
from widgets.base.style import text_size, tokens

COUNT = Qt.ItemDataRole.UserRole + 1


class _Delegate(QStyledItemDelegate):
    """The count at the right, faint."""

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
    the key."""

    chosen = Signal(str)

    def __init__(self, entity: Entity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entity = entity
        self._dictionary = Dictionary()
        self._counts: Mapping[str, int] = {}
        self._current = "all"
        self.setItemDelegate(_Delegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(184)
        self._fill()
        self.currentItemChanged.connect(self._moved)

    def show_counts(self, counts: Mapping[str, int], dictionary: Dictionary) -> None:
        """Show how many records each class has."""
        self._counts, self._dictionary = dict(counts), dictionary
        self._fill()

    def show_current(self, key: str) -> None:
        """Mark the class in force; no signal."""
        self._current = key
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
        for data_class in self._entity.classes:
            if data_class.key == key:
                return tr(data_class.title)
        name, _, value = key.partition("=")
        column = self._entity.column(name)
        return (
            tr(column.labels[value])
            if column.labels and value in column.labels
            else self._dictionary.label(value)
        )

    def _listed(self) -> list[str]:
        found = [data_class.key for data_class in self._entity.classes]
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
            self.item(row).setText(self.title_of(key))
            self.item(row).setToolTip(self.title_of(key))
            self.item(row).setData(COUNT, self._counts.get(key))
        self.blockSignals(False)
        self.show_current(self._current)

    def _moved(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._current = item.data(Qt.ItemDataRole.UserRole)
            self.chosen.emit(self._current)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._fill()
        super().changeEvent(event)
