"""The workbench (工作台): what has to be known and done today, in panels that each load by themselves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from services.analysis import panels
from services.clock import today
from services.language import language, tr
from widgets.activities.first_steps import FirstStepsCard
from widgets.activities.panel import Panel
from widgets.activities.panels import KINDS
from widgets.base.client import Client
from widgets.base.icons import icon
from widgets.base.style import text_size
from widgets.base.tasks import Control, Task

NARROW = 1000
"""Below this width two panels stand side by side instead of three."""
BROAD = 600
"""Width of a panel from which on a further one stands beside three."""
MOST = 6
"""Panels side by side on the widest screen."""
LEAST_HEIGHT = 166


class Workbench(QWidget):
    """The page. Which panels stand where is kept per user."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client = client
        self.panels: list[Panel] = []
        self._head = self._make_head()
        self._inner = QWidget()
        self._inner.setProperty("clear", True)
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(14, 8, 14, 14)
        self._grid.setSpacing(10)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._head)
        self.first_steps = FirstStepsCard(client)
        begin = QVBoxLayout()
        begin.setContentsMargins(14, 0, 14, 0)
        begin.addWidget(self.first_steps)
        layout.addLayout(begin)
        layout.addWidget(self._scroll, 1)
        self._columns = 0
        for key in self._kept():
            self._add(key)
        self._place()
        self.retranslate()

    def title(self) -> str:
        """Text of the tab."""
        return tr("Workbench")

    def offered(self) -> list[str]:
        """Keys of the panels that this user may see."""
        return panels.offered(self.client.user)

    def shown(self) -> list[str]:
        """Keys of the panels shown, in their order."""
        return [panel.kind.key for panel in self.panels]

    def _kept(self) -> list[str]:
        return panels.shown(self.client.preferences.get(panels.PREFERENCE), self.client.user)

    def on_shown(self) -> None:
        """Show what was chosen meanwhile in the personal settings."""
        if self._kept() != self.shown():
            self._show_only(self._kept())

    def _make_head(self) -> QHBoxLayout:
        self._hello, self._day = QLabel(), QLabel()
        self._hello.setProperty("role", "heading")
        self._day.setProperty("role", "muted")
        self._choose = QPushButton()
        self._choose.setIcon(icon("layout-grid"))
        self._choose.setFlat(True)
        self._choose.clicked.connect(self._show_menu)
        row = QHBoxLayout()
        row.setContentsMargins(16, 8, 14, 2)
        row.setSpacing(12)
        row.addWidget(self._hello)
        row.addWidget(self._day)
        row.addStretch(1)
        row.addWidget(self._choose)
        return row

    def _add(self, key: str) -> Panel:
        kind = KINDS[key]
        panel = kind.make(self.client, kind)
        panel.close_wanted.connect(self.close_panel)
        panel.move_wanted.connect(self._move)
        panel.dropped.connect(self._drop)
        self.panels.append(panel)
        return panel

    # changing

    def open_panel(self, key: str) -> None:
        """Show a panel that was closed, at the end."""
        if key not in self.shown():
            self._add(key)
            self._place()
            self._keep()

    def close_panel(self, panel: Panel) -> None:
        """Take a panel away; the menu brings it back."""
        self.panels.remove(panel)
        self._grid.removeWidget(panel)
        panel.hide()
        panel.deleteLater()
        self._place()
        self._keep()

    def _move(self, panel: Panel, by: int) -> None:
        at = self.panels.index(panel)
        to = max(0, min(len(self.panels) - 1, at + by))
        self.panels.insert(to, self.panels.pop(at))
        self._place()
        self._keep()

    def _drop(self, panel: Panel, place: QPoint) -> None:
        for target in self.panels:
            if target is not panel and target.rect().contains(target.mapFromGlobal(place)):
                self._move(panel, self.panels.index(target) - self.panels.index(panel))
                return

    def reset(self) -> None:
        """All panels at their first places."""
        self._show_only(self.offered())
        self._keep()

    def _show_only(self, wanted: list[str]) -> None:
        for panel in list(self.panels):
            self.panels.remove(panel)
            self._grid.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
        for key in wanted:
            self._add(key)
        self._place()

    def _keep(self) -> None:
        key, preferences = panels.PREFERENCE, self.client.preferences
        if preferences.set(key, panels.to_keep(self.shown(), self.client.user)):

            def work(_control: Control) -> None:
                preferences.store(key)

            Task(self, work, lambda _done: None, self.client.shell.error)

    def _show_menu(self) -> None:
        menu = QMenu(self)
        shown = {panel.kind.key: panel for panel in self.panels}
        for key in self.offered():
            action = menu.addAction(tr(KINDS[key].title))
            action.setCheckable(True)
            action.setChecked(key in shown)
            if key in shown:
                action.triggered.connect(lambda _on=False, panel=shown[key]: self.close_panel(panel))
            else:
                action.triggered.connect(lambda _on=False, key=key: self.open_panel(key))
        menu.addSeparator()
        menu.addAction(icon("refresh-cw"), tr("Refresh all"), self.refresh)
        menu.addAction(icon("undo-2"), tr("Back to the first order"), self.reset)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._choose.mapToGlobal(self._choose.rect().bottomLeft()))

    def refresh(self) -> None:
        """Read every panel again."""
        for panel in self.panels:
            panel.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F5 reads every panel again."""
        if event.key() == Qt.Key.Key_F5 and not event.modifiers():
            self.refresh()
        else:
            super().keyPressEvent(event)

    def loaded(self) -> bool:
        """Whether every panel shows its data."""
        return all(panel.loaded or panel.failed is not None for panel in self.panels)

    # placing

    def _place(self) -> None:
        """Rows of panels as wide as they ask, the last of each row stretched to its end."""
        for panel in self.panels:
            self._grid.removeWidget(panel)
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 0)
        self._columns = self._wanted_columns()
        wide = 2 * self._columns
        row, used = 0, 0
        line: list[tuple[Panel, int, int]] = []
        lines: list[list[tuple[Panel, int, int]]] = []
        for panel in self.panels:
            width = min(panel.kind.width, wide)
            if used + width > wide and line:
                lines.append(line)
                line, used, row = [], 0, row + 1
            line.append((panel, used, width))
            used += width
        if line:
            lines.append(line)
        for row, placed in enumerate(lines):
            last = placed[-1]
            placed[-1] = (last[0], last[1], wide - last[1])
            for panel, column, width in placed:
                panel.setMinimumHeight(round(LEAST_HEIGHT * max(1.0, text_size() / 13)))
                # columns are as wide as the page makes them, whatever their words want
                panel.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
                self._grid.addWidget(panel, row, column, 1, width)
                panel.show()
            self._grid.setRowStretch(row, max(panel.kind.weight for panel, _c, _w in placed))
        for column in range(2 * MOST):
            self._grid.setColumnStretch(column, 1 if column < wide else 0)

    def _wanted_columns(self) -> int:
        width = self.width() / max(1.0, text_size() / 13)
        return 2 if width < NARROW else max(3, min(MOST, int(width // BROAD)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow page has two panels in a row, a wide one up to six."""
        super().resizeEvent(event)
        if self._wanted_columns() != self._columns:
            self._place()

    def retranslate(self) -> None:
        """Set every text in the language in force; panels do their own."""
        day = today()
        weekdays = ("一", "二", "三", "四", "五", "六", "日")
        if language() == "zh_CN":
            text = f"{day.year}年{day.month}月{day.day}日 星期{weekdays[day.weekday()]}"
        else:
            text = f"{day:%A}, {day.day} {day:%B %Y}"
        self._hello.setText(tr("Good day, {name}", name=self.client.user.name))
        self._day.setText(text)
        self._choose.setText(" " + tr("Panels"))
        self._choose.setToolTip(tr("Choose which panels are shown"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
