"""Where the keyboard is can be seen: whatever takes it looks otherwise with it than without, in every style."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDateEdit,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QTabBar,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.app.windows import app
from widgets.base.simple_page import make_table
from widgets.base.style import STYLES, apply_style, contrast

SEEN = 3.0
"""Contrast of a sign with what stood in its place before (WCAG 2.1, 1.4.11)."""
LEAST = 24
"""Pixels of a sign: less than a short line under a word nobody finds."""


def _button(**properties: object) -> QPushButton:
    button = QPushButton("确认")
    for name, value in properties.items():
        button.setProperty(name, value)
    return button


def _tool(**properties: object) -> QToolButton:
    button = QToolButton()
    button.setText("列")
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    for name, value in properties.items():
        button.setProperty(name, value)
    return button


def _flat() -> QPushButton:
    button = _button()
    button.setFlat(True)
    return button


def _combo() -> QComboBox:
    box = QComboBox()
    box.addItems(["全部", "我的"])
    return box


def _table() -> QTableWidget:
    table = make_table(2, (100, 80))
    table.setRowCount(3)
    for row in range(3):
        for column in range(2):
            table.setItem(row, column, QTableWidgetItem(f"{row}{column}"))
    table.setCurrentCell(1, 0)
    return table


def _list() -> QListWidget:
    found = QListWidget()
    found.addItems(["一", "二"])
    found.setCurrentRow(0)
    return found


def _tree() -> QTreeWidget:
    tree = QTreeWidget()
    tree.setHeaderHidden(True)
    items = [QTreeWidgetItem(["一"]), QTreeWidgetItem(["二"])]
    tree.addTopLevelItems(items)
    tree.setCurrentItem(items[0])
    return tree


def _tabs() -> QTabBar:
    bar = QTabBar()
    for title in ("客户", "订单"):
        bar.addTab(title)
    return bar


KINDS: dict[str, Callable[[], QWidget]] = {
    "line": lambda: QLineEdit("418"),
    "text": lambda: QPlainTextEdit("418"),
    "number": QSpinBox,
    "day": lambda: QDateEdit(QDate(2026, 11, 22)),
    "button": _button,
    "primary button": lambda: _button(primary=True),
    "dangerous button": lambda: _button(danger=True),
    "flat button": _flat,
    "chip": lambda: _button(chip="accent"),
    "tool": _tool,
    "outlined tool": lambda: _tool(outlined=True),
    "choice": _combo,
    "check box": lambda: QCheckBox("共享"),
    "radio button": lambda: QRadioButton("只读"),
    "table": _table,
    "list": _list,
    "tree": _tree,
    "tab bar": _tabs,
}


@pytest.fixture(params=STYLES)
def style(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[str]:
    flash = QApplication.cursorFlashTime()
    QApplication.setCursorFlashTime(0)
    apply_style(app(), request.param)
    yield request.param
    apply_style(app(), "light")
    QApplication.setCursorFlashTime(flash)


def _sign(without: QImage, with_focus: QImage) -> int:
    """Pixels that stand out from what was there before."""
    found = 0
    for y in range(without.height()):
        for x in range(without.width()):
            if without.pixel(x, y) != with_focus.pixel(x, y):
                one, other = (image.pixelColor(x, y).name() for image in (without, with_focus))
                found += contrast(one, other) >= SEEN
    return found


@pytest.mark.req("PLT-07")
def test_what_has_the_keyboard_is_seen(style: str, qtbot: QtBot) -> None:
    page = QWidget()
    page.setProperty("page", True)
    layout = QVBoxLayout(page)
    elsewhere = QLineEdit()
    layout.addWidget(elsewhere)
    made = {kind: make() for kind, make in KINDS.items()}
    for widget in made.values():
        if isinstance(widget, QTableWidget | QListWidget | QTreeWidget | QPlainTextEdit):
            widget.setFixedHeight(120)
        layout.addWidget(widget)
    qtbot.addWidget(page)
    page.resize(420, 1200)
    page.show()
    page.activateWindow()
    hidden = []
    for kind, widget in made.items():
        elsewhere.setFocus()
        QApplication.processEvents()
        without = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        assert widget.hasFocus(), kind
        found = _sign(without, widget.grab().toImage())
        if found < LEAST:
            hidden.append(f"{kind}: {found} pixels")
    assert hidden == []
