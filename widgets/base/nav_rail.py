"""The navigation rail: pages with icons, words, headings and red counts; folds to icons alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from services.language import tr
from widgets.base.icons import icon, paint_icon
from widgets.base.pages import PageKey
from widgets.base.style import style_notice, text_size, tokens

ENTRY = Qt.ItemDataRole.UserRole + 1
COUNT = Qt.ItemDataRole.UserRole + 2
HEADING = Qt.ItemDataRole.UserRole + 3

NARROW, WIDE, WIDEST = 52, 172, 216
"""Widths in pixels at normal text size: folded, unfolded, unfolded with long words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the rail: what it opens, what it is called, which right shows it."""

    key: PageKey
    title: str
    icon: str
    permission: str


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under a heading (empty: none)."""

    title: str
    entries: tuple[Entry, ...]


class NavRail(QFrame):
    """Shows groups of entries; a click or Enter opens one."""

    chosen = Signal(object, object)
    """PageKey, Qt.KeyboardModifiers (Ctrl opens beside, as in the lists)."""
    folded_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self._groups: Sequence[Group] = ()
        self._counts: Mapping[str, int] = {}
        self._current: PageKey | None = None
        self._folded = False
        self._model = QStandardItemModel(self)
        self.view = _RailView()
        self.view.setModel(self._model)
        self.view.setItemDelegate(_RailDelegate(self))
        self.view.clicked.connect(lambda index: self._choose(index))
        self.view.entered_key.connect(self._choose)
        self._fold = QToolButton()
        self._fold.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._fold.clicked.connect(lambda: self.set_folded(not self._folded))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 4)
        layout.setSpacing(4)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignRight)
        layout.setAlignment(self._fold, Qt.AlignmentFlag.AlignHCenter)
        style_notice().changed.connect(self._resize)
        self._resize()
        self.retranslate()

    @property
    def folded(self) -> bool:
        """True while only icons are shown."""
        return self._folded

    def set_folded(self, folded: bool) -> None:
        """Show icons alone, or icons with words."""
        if folded != self._folded:
            self._folded = folded
            self._resize()
            self._fill()
            self.retranslate()
            self.folded_changed.emit(folded)

    def set_menu(self, groups: Sequence[Group]) -> None:
        """Show ``groups``; titles are source strings."""
        self._groups = groups
        self._fill()
        self._resize()

    def entries(self) -> list[Entry]:
        """All entries that are shown, from top to bottom."""
        return [entry for group in self._groups for entry in group.entries]

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Show red counts by entity key; 0 or missing shows none."""
        self._counts = dict(counts)
        for row in range(self._model.rowCount()):
            item = self._model.item(row)
            entry = item.data(ENTRY)
            if isinstance(entry, Entry):
                item.setData(self._counts.get(entry.key.entity, 0), COUNT)

    def set_current(self, key: PageKey | None) -> None:
        """Mark the entry of the page that is worked on: its own, else the list of its entity."""
        self._current = key
        found = QModelIndex()
        for row in range(self._model.rowCount()):
            entry = self._model.item(row).data(ENTRY)
            if isinstance(entry, Entry) and key is not None:
                if entry.key == key:
                    found = self._model.index(row, 0)
                    break
                if entry.key == PageKey(key.entity):
                    found = self._model.index(row, 0)
        self.view.setCurrentIndex(found)

    def _choose(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY)
        if isinstance(entry, Entry):
            self.chosen.emit(entry.key, QApplication.keyboardModifiers())

    def _fill(self) -> None:
        self._model.clear()
        for group in self._groups:
            if group.title:
                heading = QStandardItem("" if self._folded else tr(group.title))
                heading.setData(True, HEADING)
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
                self._model.appendRow(heading)
            for entry in group.entries:
                item = QStandardItem(tr(entry.title))
                item.setData(entry, ENTRY)
                item.setData(self._counts.get(entry.key.entity, 0), COUNT)
                item.setEditable(False)
                number = self.entries().index(entry) + 1
                keys = f" (Alt+{number})" if number < 9 else ""
                if self._folded or keys:
                    item.setToolTip(tr(entry.title) + keys)
                self._model.appendRow(item)
        self.set_current(self._current)

    def _resize(self) -> None:
        scale = max(1.0, text_size() / 13)
        bold = QFont(self.font())
        bold.setPixelSize(text_size())
        bold.setBold(True)
        metrics = QFontMetrics(bold)
        words = max((metrics.horizontalAdvance(tr(entry.title)) for entry in self.entries()), default=0)
        wide = max(WIDE * scale, min(words + 66 * scale, WIDEST * scale))
        self.setFixedWidth(round(NARROW * scale if self._folded else wide))
        self.view.doItemsLayout()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self._fold.setIcon(icon("panel-left-open" if self._folded else "panel-left-close", "rail_muted"))
        text = tr("Show words") if self._folded else tr("Icons only")
        self._fold.setToolTip(text)
        self._fold.setAccessibleName(text)
        self.view.setAccessibleName(tr("Menu"))
        self._fill()
        self._resize()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class _RailView(QListView):
    entered_key = Signal(QModelIndex)

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)

    def keyPressEvent(self, event: Any) -> None:
        """Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered_key.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class _RailDelegate(QStyledItemDelegate):
    def __init__(self, rail: NavRail) -> None:
        super().__init__(rail)
        self._rail = rail

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        scale = max(0.95, text_size() / 13)
        if index.data(HEADING):
            return QSize(40, 13 if self._rail.folded else round(26 * scale))
        return QSize(40, round(32 * scale))

    def paint(self, painter: QPainter, option: Any, index: QModelIndex | QPersistentModelIndex) -> None:
        look, rect = tokens(), QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.data(HEADING):
            self._paint_heading(painter, rect, str(index.data()))
        else:
            box = rect.adjusted(8, 1, -8, -1)
            selected = bool(option.state & QStyle.StateFlag.State_Selected)
            if selected or option.state & QStyle.StateFlag.State_MouseOver:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look.color("rail_selected" if selected else "rail_hover"))
                painter.drawRoundedRect(box, 6, 6)
            if option.state & QStyle.StateFlag.State_HasFocus and self._rail.view.hasFocus():
                painter.setPen(QPen(look.color("rail_link"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(box).adjusted(1, 1, -1, -1), 6, 6)
            self._paint_entry(painter, box, index, selected)
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRect, text: str) -> None:
        look = tokens()
        if self._rail.folded:
            painter.setPen(look.color("line"))
            painter.drawLine(rect.left() + 14, rect.center().y(), rect.right() - 14, rect.center().y())
            return
        font = QFont(painter.font())
        font.setPixelSize(max(11, text_size() - 2))
        painter.setFont(font)
        painter.setPen(look.color("rail_muted"))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        painter.drawText(rect.adjusted(18, 0, -8, -4), int(flags), text)

    def _paint_entry(
        self, painter: QPainter, box: QRect, index: QModelIndex | QPersistentModelIndex, selected: bool
    ) -> None:
        look, entry, count = tokens(), index.data(ENTRY), int(index.data(COUNT) or 0)
        side = round(17 * max(1.0, text_size() / 13))
        picture = QRect(0, 0, side, side)
        picture.moveCenter(box.center())
        if not self._rail.folded:
            picture.moveLeft(box.left() + 10)
        paint_icon(painter, picture, entry.icon, look.rail_link if selected else look.rail_muted)
        right = box.right() - 6
        if count:
            right = self._paint_count(painter, box, count) - 6
        if self._rail.folded:
            return
        font = QFont(painter.font())
        font.setBold(selected)
        painter.setFont(font)
        painter.setPen(look.color("rail_link" if selected else "rail_ink"))
        room = QRect(picture.right() + 9, box.top(), right - picture.right() - 9, box.height())
        text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)

    def _paint_count(self, painter: QPainter, box: QRect, count: int) -> int:
        """Returns the left edge of the bubble."""
        text = str(count) if count < 100 else "99+"
        font = QFont(painter.font())
        font.setPixelSize(max(10, text_size() - 2))
        font.setBold(True)
        painter.save()
        painter.setFont(font)
        height = painter.fontMetrics().height() + 1
        width = max(height, painter.fontMetrics().horizontalAdvance(text) + 9)
        bubble = QRect(box.right() - width - 6, box.center().y() - height // 2, width, height)
        if self._rail.folded:
            bubble.moveTopRight(box.topRight())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens().color("badge"))
        painter.drawRoundedRect(bubble, height / 2, height / 2)
        painter.setPen(QColor(tokens().on_badge))
        painter.drawText(bubble, int(Qt.AlignmentFlag.AlignCenter), text)
        painter.restore()
        return bubble.left()
