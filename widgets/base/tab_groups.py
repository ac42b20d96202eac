"""Groups of tabs and the splitters between them: the parts the workspace is built of."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QSplitter,
    QTabBar,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from services.language import tr
from widgets.base.enter_key import press_by_enter
from widgets.base.icons import app_icon, icon, paint_icon
from widgets.base.messages import MessageBar
from widgets.base.pages import Holder
from widgets.base.style import text_size, tokens

DIRTY = "●"
WIDEST = 240
"""Width in pixels beyond which the text of a tab is cut, at normal text size."""
BESIDE = 64
"""Pixels of a tab beside its text: its margins, the sign of typed input, its button."""


class Side(StrEnum):
    """Where something goes, seen from a group."""

    LEFT = "left"
    RIGHT = "right"
    ABOVE = "above"
    BELOW = "below"
    INTO = "into"


class GroupBar(QTabBar):
    """The tabs of one group: click, middle click, context menu, and the begin of a drag."""

    drag_moved = Signal(object, QPoint)
    """Holder, place on the screen."""
    drag_dropped = Signal(object, QPoint)
    drag_cancelled = Signal()
    menu_wanted = Signal(object, QPoint)
    close_wanted = Signal(object)

    def __init__(self, group: TabGroup) -> None:
        super().__init__(group)
        self._group = group
        self._pressed: QPoint | None = None
        self._dragged: Holder | None = None
        self._settled: tuple[int, int, int] | None = None
        self._settle_timer = QTimer(self)
        self._settle_timer.setSingleShot(True)
        self._settle_timer.timeout.connect(self._settle)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_for_menu)

    def tabLayoutChange(self) -> None:
        """Qt laid the tabs out anew."""
        self._settle_timer.start(0)

    def _settle(self) -> None:
        """Fill the room beside the last tab: Qt scrolls too far while a group is still narrow, and comes back
        only when it is resized."""
        now = (self.width(), self.count(), self.currentIndex())
        room = self.width() - self.tabRect(self.count() - 1).right() if self.count() else 0
        if room > 80 and self.tabRect(0).left() < 0 and now != self._settled:
            self._settled = now
            QApplication.sendEvent(self, QResizeEvent(self.size(), self.size()))
            self.update()

    def tabSizeHint(self, index: int) -> QSize:
        """As wide as the text needs, up to WIDEST."""
        size = super().tabSizeHint(index)
        return QSize(min(size.width(), round(WIDEST * text_size() / 13)), size.height())

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Tabs scroll rather than shrink to nothing."""
        return self.tabSizeHint(index)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select; remember where a drag might begin."""
        super().mousePressEvent(event)
        here = event.position().toPoint()
        on_tab = event.button() == Qt.MouseButton.LeftButton and self.tabAt(here) >= 0
        self._pressed = here if on_tab else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Far enough from the press: it is a drag."""
        here = event.position().toPoint()
        if self._dragged is None and self._pressed is not None:
            far = (here - self._pressed).manhattanLength() >= QApplication.startDragDistance()
            if far and event.buttons() & Qt.MouseButton.LeftButton:
                self._dragged = self._group.holder(self.tabAt(self._pressed))
                self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._dragged is not None:
            self.drag_moved.emit(self._dragged, event.globalPosition().toPoint())
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Drop, or close by the middle button."""
        dragged, self._dragged, self._pressed = self._dragged, None, None
        super().mouseReleaseEvent(event)
        if dragged is not None:
            self.drag_dropped.emit(dragged, event.globalPosition().toPoint())
        elif event.button() == Qt.MouseButton.MiddleButton:
            holder = self._group.holder(self.tabAt(event.position().toPoint()))
            if holder is not None:
                self.close_wanted.emit(holder)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc ends a drag."""
        if event.key() == Qt.Key.Key_Escape and self._dragged is not None:
            self._dragged = self._pressed = None
            self.drag_cancelled.emit()
            return
        super().keyPressEvent(event)

    def _ask_for_menu(self, where: QPoint) -> None:
        holder = self._group.holder(self.tabAt(where))
        if holder is not None:
            self.menu_wanted.emit(holder, self.mapToGlobal(where))

    def place(self, where: QPoint) -> int:
        """Index at which a tab dropped at ``where`` (in this bar) would stand."""
        for index in range(self.count()):
            if where.x() < self.tabRect(index).center().x():
                return index
        return self.count()


class TabGroup(QTabWidget):
    """Some tabs of which one is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = GroupBar(self)
        self.setTabBar(self.bar)
        self.setDocumentMode(True)
        self.setMinimumSize(160, 100)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.help = QToolButton()
        self.help.setIcon(icon("circle-help"))
        self.help.setAutoRaise(True)
        self.help.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # a tab has its margin above, so what stands beside the tabs does too
        corner = QWidget()
        beside = QVBoxLayout(corner)
        beside.setContentsMargins(2, 0, 4, 2)
        beside.addWidget(self.help)
        self.setCornerWidget(corner, Qt.Corner.TopRightCorner)
        self._name_help()

    def _name_help(self) -> None:
        self.help.setToolTip(tr("Help with this page (Shift+F1)"))
        self.help.setAccessibleName(tr("Help with this page"))

    def holder(self, index: int) -> Holder | None:
        """What stands at ``index``; None outside."""
        found = self.widget(index) if index >= 0 else None
        return found if isinstance(found, Holder) else None

    def holders(self) -> list[Holder]:
        """All of them, from left to right."""
        return [found for index in range(self.count()) if (found := self.holder(index)) is not None]

    def put(self, holder: Holder, index: int | None = None) -> None:
        """Take ``holder`` in at ``index`` (None: last)."""
        at = self.insertTab(self.count() if index is None else index, holder, "")
        close = QToolButton()
        close.setProperty("tab_close", True)
        close.setIcon(icon("x"))
        close.setIconSize(QSize(14, 14))
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close.clicked.connect(lambda: self.bar.close_wanted.emit(holder))
        self.bar.setTabButton(at, QTabBar.ButtonPosition.RightSide, close)
        holder.changed.connect(self._show_titles)
        self._show_title(at, holder)

    def take(self, holder: Holder) -> None:
        """Let ``holder`` go; it is not deleted and has no parent then."""
        holder.changed.disconnect(self._show_titles)
        self.removeTab(self.indexOf(holder))
        holder.setParent(None)

    def _show_titles(self) -> None:
        for index, holder in enumerate(self.holders()):
            self._show_title(index, holder)

    def _show_title(self, index: int, holder: Holder) -> None:
        title = holder.title()
        text = self._cut(title).replace("&", "&&") + (f" {DIRTY}" if holder.dirty() else "")
        if self.tabText(index) != text:
            self.setTabText(index, text)
        self.setTabToolTip(index, title)
        button = self.bar.tabButton(index, QTabBar.ButtonPosition.RightSide)
        if button is not None:
            button.setToolTip(tr("Close (Ctrl+W)"))
            button.setAccessibleName(tr("Close {title}", title=title))

    def _cut(self, title: str) -> str:
        """``title`` as far as it fits into the widest tab: Qt cuts it for plain letters, the chosen one is bold."""
        font = QFont(self.bar.font())
        font.setBold(True)
        room = round((WIDEST - BESIDE) * text_size() / 13)
        return QFontMetrics(font).elidedText(title, Qt.TextElideMode.ElideRight, room)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._show_titles()
            self._name_help()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """An empty group says what to do."""
        super().paintEvent(event)
        if self.count():
            return
        painter = QPainter(self)
        look = tokens()
        painter.fillRect(self.rect(), look.color("ground"))
        middle = self.rect().center()
        picture = QRect(0, 0, 48, 48)
        picture.moveCenter(middle - QPoint(0, 48))
        paint_icon(painter, picture, "app-window", look.strong_line)
        painter.setPen(look.color("muted"))
        area = QRect(16, middle.y() - 8, self.width() - 32, 60)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        text = tr("Nothing is open. Choose a page in the menu, or press Ctrl+K and type what you look for.")
        painter.drawText(area, int(flags), text)


class Area(QWidget):
    """A tree of splitters with groups as leaves; fills the workspace or a window of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.root: QWidget | None = None

    def set_root(self, widget: QWidget) -> QWidget | None:
        """Make ``widget`` the whole content; returns what was there, without a parent."""
        old = self.root
        if old is not None:
            self._layout.removeWidget(old)
            old.setParent(None)
        self.root = widget
        self._layout.addWidget(widget)
        widget.show()
        return old

    def groups(self) -> list[TabGroup]:
        """All groups, from left to right and top to bottom."""
        return list(_leaves(self.root))

    def split(self, group: TabGroup, new: TabGroup, side: Side) -> None:
        """Put ``new`` beside ``group``; both share its room."""
        flat = side in (Side.LEFT, Side.RIGHT)
        orientation = Qt.Orientation.Horizontal if flat else Qt.Orientation.Vertical
        after = side in (Side.RIGHT, Side.BELOW)
        parent = group.parentWidget()
        if not (isinstance(parent, QSplitter) and parent.orientation() == orientation):
            parent = self._wrap(group, orientation)
        sizes, at = parent.sizes(), parent.indexOf(group)
        room = sizes[at] or (group.width() if flat else group.height())
        parent.insertWidget(at + after, new)
        sizes[at] = room // 2
        sizes.insert(at + after, room - room // 2)
        parent.setSizes(sizes)
        new.show()

    def remove(self, group: TabGroup) -> None:
        """Take the empty ``group`` away and give its room to its neighbours. The last group stays."""
        parent = group.parentWidget()
        if not isinstance(parent, QSplitter):
            return
        group.setParent(None)
        group.deleteLater()
        if parent.count() == 1:
            only = parent.widget(0)
            assert only is not None
            self._swap(parent, only)
            parent.deleteLater()

    def _wrap(self, group: TabGroup, orientation: Qt.Orientation) -> QSplitter:
        splitter = make_splitter(orientation)
        self._swap(group, splitter)
        splitter.addWidget(group)
        group.show()
        return splitter

    def _swap(self, old: QWidget, new: QWidget) -> None:
        above = old.parentWidget()
        if isinstance(above, QSplitter):
            sizes = above.sizes()
            # Not replaceWidget: it leaves the new one to Python, which deletes it at the end of the call.
            at = above.indexOf(old)
            old.setParent(None)
            above.insertWidget(at, new)
            above.setSizes(sizes)
            new.show()
        else:
            self.set_root(new)


class FloatingWindow(QWidget):
    """A window of its own, for a second screen."""

    closing = Signal(object, QCloseEvent)
    activated = Signal(object)

    def __init__(self, area: Area) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.area = area
        self.setWindowIcon(app_icon())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.messages = MessageBar()
        """What the pages in it say, seen where they are worked in."""
        layout.addWidget(self.messages)
        layout.addWidget(area, 1)
        self.setProperty("page", True)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The workspace decides: its pages may refuse."""
        self.closing.emit(self, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the keyboard."""
        if not press_by_enter(self, event):
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """The newest window in front gets what is dropped where windows overlap."""
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.activated.emit(self)
        super().changeEvent(event)


def make_splitter(orientation: Qt.Orientation) -> QSplitter:
    """A splitter as the workspace uses it."""
    splitter = QSplitter(orientation)
    splitter.setChildrenCollapsible(False)
    splitter.setHandleWidth(5)
    return splitter


def _leaves(node: QWidget | None) -> Iterator[TabGroup]:
    if isinstance(node, TabGroup):
        yield node
    elif isinstance(node, QSplitter):
        for index in range(node.count()):
            yield from _leaves(node.widget(index))
