"""The keyboard in the whole window: where it stands after a page was opened, and that nothing takes it away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.tour import NotKept, settle
from app.workplace import Workplace
from services.opening import Opened
from services.session import log_in, read_dictionary
from tests.conftest import Company
from widgets.base.pages import PageKey
from widgets.views import PAGES

NEW = (
    *("customers.customer", "customers.contact", "products.product", "sales.order", "finance.payment"),
    *("activities.record", "activities.task", "purchasing.request"),
)


class _Windows(QObject):
    """Remembers which widgets were shown as windows of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Nothing is kept back."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(type(watched).__name__)
        return False


@pytest.fixture
def place(sample_office: Company, qtbot: QtBot) -> Iterator[Workplace]:
    database = sample_office.as_("boss")
    user = log_in(database)
    with database.read_session() as session:
        dictionary = read_dictionary(session)
    opened = Opened(database, user, NotKept(Opened(database, user, None, dictionary)), dictionary)  # type: ignore[arg-type]
    made = Workplace(opened, "test")
    made.start()
    made.window.resize(1280, 800)
    made.window.show()
    made.window.activateWindow()
    settle()
    yield made
    made.end("")
    made.take_down()


def test_no_part_of_a_page_flashes_up_as_a_window(place: Workplace) -> None:
    windows = _Windows()
    application = QApplication.instance()
    assert application is not None
    keys = [key for key in PAGES if place.source.may(key)]
    keys += [PageKey(entity) for entity in ("customers.customer", "sales.order", "stock.balance")]
    keys += [PageKey(entity, "new", 1) for entity in NEW]
    keys += [PageKey("customers.customer", "record", 1), PageKey("products.product", "record", 1)]
    application.installEventFilter(windows)
    try:
        for key in keys:
            place.window.open(key)
            settle(quiet=0.05)
    finally:
        application.removeEventFilter(windows)
    assert windows.shown == []
    assert place.window.isActiveWindow()


@pytest.mark.parametrize("entity", NEW)
def test_a_new_record_is_typed_at_once_and_the_cursor_stays_while_one_looks_elsewhere(
    place: Workplace, entity: str
) -> None:
    window, key = place.window, PageKey(entity, "new", 1)
    window.open(key)
    settle(quiet=0.05)
    page, field = window.workspace.page(key), QApplication.focusWidget()
    assert isinstance(field, QLineEdit) and page is not None and page.isAncestorOf(field)
    other = page.findChildren(QLineEdit)[-1]
    if other.isVisible() and other.isEnabled():
        other.setFocus()
    held = QApplication.focusWidget()
    window.open(PageKey("sales.order"))
    settle(quiet=0.05)
    assert QApplication.focusWidget() is not held
    window.open(key)
    settle(quiet=0.05)
    now = QApplication.focusWidget()
    assert now is not None and page.isAncestorOf(now)
