"""People at work in their own windows: what a test does with the mouse, the keyboard and the eyes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QInputMethodEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.workplace import Workplace
from services.importing.running import Outcome
from services.opening import open_as
from tests.conftest import PASSWORD, Company
from widgets.base.import_wizard import ImportPage
from widgets.base.list_page import ListPage
from widgets.base.pages import PageKey
from widgets.base.product_line import ProductLine
from widgets.sales.order_form import OrderForm

Enter = Qt.Key.Key_Return
Control = Qt.KeyboardModifier.ControlModifier


class Colleague:
    """Somebody with a main window of his own on the company's database."""

    def __init__(self, qtbot: QtBot, company: Company, login: str) -> None:
        self.qtbot = qtbot
        address = company.url("nobody").set(username=None, password=None)
        self.place = Workplace(open_as(address, login, PASSWORD), "office-server")
        self.place.start()
        self.place.window.resize(1440, 900)
        self.wait(lambda: self.place.live.connected)

    def leave(self) -> None:
        """Go home."""
        self.place.end("")
        self.place.take_down()

    # eyes

    def wait(self, condition: Callable[[], object]) -> None:
        """Until it holds, within half a minute."""
        self.qtbot.waitUntil(lambda: bool(condition()))

    def page(self, key: PageKey) -> Any:
        """The page of a tab, brought to the front."""
        self.place.window.open(key)
        self.wait(lambda: self.place.window.workspace.current() == key)
        return self.place.window.workspace.page(key)

    def current(self) -> Any:
        """The page in front."""
        key = self.place.window.workspace.current()
        return None if key is None else self.place.window.workspace.page(key)

    def list_of(self, entity: str) -> ListPage:
        """The list of an entity, read."""
        page = self.page(PageKey(entity))
        assert isinstance(page, ListPage)
        self.wait(lambda: page.total is not None and not page.loader.busy)
        return page

    def front(self) -> None:
        """Bring the window to the front, so that keys go there."""
        self.place.window.activateWindow()
        self.wait(lambda: QApplication.activeWindow() is self.place.window)

    # hands

    def focus(self) -> QWidget:
        """Who has the keyboard."""
        found = QApplication.focusWidget()
        assert found is not None
        return found

    def type(self, text: str) -> None:
        """Type where the keyboard is; Chinese comes from an input method."""
        if text.isascii():
            self.qtbot.keyClicks(self.focus(), text)
            return
        event = QInputMethodEvent()
        event.setCommitString(text)
        QApplication.sendEvent(self.focus(), event)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press one key."""
        self.qtbot.keyClick(self.focus(), key, modifier)

    # work

    def bring(self, entity: str, path: Path) -> Outcome:
        """Import a file: from the list's menu, dropped into the page, three times Ctrl+Enter."""
        self.list_of(entity).actions_.actions["import_"].trigger()
        self.wait(lambda: self.place.window.workspace.current() == PageKey(entity, "import"))
        page = self.current()
        assert isinstance(page, ImportPage)
        self.front()
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        nothing = Qt.KeyboardModifier.NoModifier
        page.file.dropEvent(
            QDropEvent(QPointF(20, 20), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, nothing)
        )
        self.wait(lambda: page.next.isEnabled())
        for done in (lambda: page.columns.isVisible(), lambda: page.check.isVisible()):
            self.qtbot.keyClick(page, Enter, Control)
            self.wait(lambda done=done: done() and page.next.isEnabled())
        self.qtbot.keyClick(page, Enter, Control)
        self.wait(lambda: page._outcome is not None)
        outcome = page._outcome
        assert outcome is not None
        return outcome

    def find(self, words: str) -> list[str]:
        """What Ctrl+K offers of ``words``, from top to bottom, once it has answered."""
        self.front()
        box = self.place.window.head.search
        self.qtbot.keyClick(self.place.window, Qt.Key.Key_K, Control)
        self.wait(box.hasFocus)
        box.clear()
        box._answers.clear()
        self.type(words)
        self.wait(lambda: not box._timer.isActive() and len(box._answers) == len(box._providers))
        return [hit.title for hit in box.results.hits()]

    def search_list(self, entity: str, words: str) -> list[int]:
        """Ids that the quick search of a list leaves."""
        page = self.list_of(entity)
        self.front()
        page.search.setFocus()
        page.search.selectAll()
        self.type(words)
        self.wait(lambda: page.query.words == words and page.total is not None and not page.loader.busy)
        found = [row.id for row in page.model.rows]
        page.search.clear()
        self.wait(lambda: page.query.words == "" and page.total is not None and not page.loader.busy)
        return found

    def export(self, entity: str, path: Path) -> list[tuple[Any, ...]]:
        """The rows of a list as the exported workbook holds them."""
        page = self.list_of(entity)
        page.actions_.export_to(str(path))
        self.wait(lambda: path.exists() and page.actions_.panel.isHidden())
        return list(load_workbook(path).active.iter_rows(values_only=True))  # type: ignore[union-attr]

    def new(self, entity: str, values: dict[str, Any] | None = None) -> Any:
        """An empty form in front."""
        self.place.shell.new_record(entity, values)
        self.wait(lambda: getattr(self.place.window.workspace.current(), "view", "") == "new")
        page = self.current()
        self.wait(lambda: not getattr(page, "busy", False))
        self.front()
        return page

    def line(self, form: OrderForm, words: str, quantity: str) -> None:
        """One line by keyboard: product by ``words``, quantity, the rest as proposed."""
        view = form.lines.view
        row = view.currentIndex().row()
        self.wait(lambda: isinstance(QApplication.focusWidget(), ProductLine))
        self.type(words)
        self.key(Enter)
        self.wait(lambda: self._in_cell() and not isinstance(self.focus(), ProductLine))
        self.type(quantity)
        for _ in range(8):
            before = view.currentIndex()
            self.key(Enter)
            self.wait(lambda before=before: self._in_cell() and view.currentIndex() != before)
            if view.currentIndex().row() > row:
                return

    def _in_cell(self) -> bool:
        return isinstance(QApplication.focusWidget(), QLineEdit)


def workbook(path: Path, titles: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """A file as people have it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (titles, *rows):
        sheet.append(list(row))
    book.save(path)
    return path
