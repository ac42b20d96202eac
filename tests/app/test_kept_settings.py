"""Settings reach the store without holding up the screen, the last value of each last."""

from __future__ import annotations

import threading
import time
from typing import Any

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.kept_settings import KeptSettings


class SlowStore:
    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.written: list[tuple[str, Any]] = []
        self.fails = False
        self.opened = threading.Event()
        """Writing waits while it is not set."""
        self.opened.set()

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    def set(self, key: str, value: Any) -> bool:
        new = key not in self.values or bool(self.values[key] != value)
        self.values[key] = value
        return new

    def store(self, key: str) -> None:
        value = self.values[key]
        assert self.opened.wait(10)
        time.sleep(0.03)
        if self.fails:
            raise OSError("no connection")
        self.written.append((key, value))


def test_settings_are_known_at_once_and_written_beside(qtbot: QtBot) -> None:
    parent, store = QObject(), SlowStore()
    settings = KeptSettings(parent, store)
    store.opened.clear()
    for number in range(20):
        settings.set("style", number)
    settings.set("menu", "quick")
    assert settings.get("style") == 19 and not store.written, "known before anything is written"
    store.opened.set()
    qtbot.waitUntil(lambda: ("menu", "quick") in store.written and store.written.count(("style", 19)) == 1)
    assert [value for key, value in store.written if key == "style"][-1] == 19
    assert len(store.written) <= 3


def test_what_could_not_be_written_is_written_at_the_end(qtbot: QtBot) -> None:
    parent, store = QObject(), SlowStore()
    settings = KeptSettings(parent, store)
    store.fails = True
    settings.set("layout", {"a": 1})
    qtbot.waitUntil(lambda: not settings._writing)
    assert not store.written
    store.fails = False
    settings.flush()
    assert store.written == [("layout", {"a": 1})]
    settings.flush()
    assert len(store.written) == 1
