"""What tests of the window share: settings, pages and answers that live as long as the test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from app.main_window import MainWindow
from app.tour import settle as wait_for_tasks
from app.workplace import Workplace
from services.entity import Entity
from services.registry import ALL
from widgets.base.global_search import Answer
from widgets.base.pages import PageKey
from widgets.base.style import style_settled

CUSTOMERS = PageKey("customers.customer")
ORDERS = PageKey("sales.order")
CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


class Memory:
    """Settings that live as long as the test."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, key: str, default: Any) -> Any:
        return json.loads(self.kept[key]) if key in self.kept else default

    def set(self, key: str, value: Any) -> None:
        self.kept[key] = json.dumps(value)


class DemoPage(QWidget):
    def __init__(self, key: PageKey) -> None:
        super().__init__()
        self.key, self.refuses = key, False
        self.edit = QLineEdit()
        QVBoxLayout(self).addWidget(self.edit)
        self.setFocusProxy(self.edit)

    def title(self) -> str:
        return f"Number {self.key.record} of many" if self.key.record is not None else self.key.entity

    def can_close(self) -> bool:
        return not self.refuses

    def state(self) -> dict[str, Any]:
        return {"text": self.edit.text()}

    def restore(self, state: dict[str, Any]) -> None:
        self.edit.setText(state["text"])


class SlowProvider:
    """Answers when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Answer]] = []

    def search(self, words: str, answer: Answer) -> None:
        self.asked.append((words, answer))


def app() -> QApplication:
    found = QApplication.instance()
    assert isinstance(found, QApplication)
    return found


def settle() -> None:
    while not style_settled():
        QApplication.processEvents()
    for _ in range(3):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


Make = Callable[..., MainWindow]


def titles(window: MainWindow) -> list[str]:
    return [entry.title for entry in window.rail.entries()]


def new_pages(place: Workplace) -> Iterator[tuple[Entity, QWidget]]:
    """The page of a new record of every kind that ``place`` may make by a form, one after the other, each closed
    when the next is asked for."""
    for entity in ALL:
        if not entity.create_by_form or not place.client.can(entity, "create"):
            continue
        key = PageKey(entity.key, "new", 1)
        place.window.open(key)
        wait_for_tasks(quiet=0.05)
        page = place.window.workspace.page(key)
        assert page is not None
        yield entity, page
        place.window.workspace.close_page(key, force=True)
