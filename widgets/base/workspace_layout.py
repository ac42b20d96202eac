"""What the workspace remembers of its splits, tabs and windows, as JSON values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSplitter, QWidget

from widgets.base.pages import Holder, PageKey
from widgets.base.tab_groups import TabGroup, make_splitter

TakeTab = Callable[[PageKey, str, dict[str, Any] | None], Holder | None]
"""What stands in the tab of a key, with the title and the state kept of it; None where it stands already."""


def written(node: QWidget | None) -> dict[str, Any] | None:
    """A tree of splitters and groups as ``read`` takes it up."""
    if isinstance(node, TabGroup):
        tabs = [
            {"key": holder.key.as_list(), "title": holder.title(), "state": holder.page_state()}
            for holder in node.holders()
        ]
        return {"tabs": tabs, "current": node.currentIndex()}
    if isinstance(node, QSplitter):
        flat = node.orientation() == Qt.Orientation.Horizontal
        children = [written(node.widget(index)) for index in range(node.count())]
        return {"split": "across" if flat else "down", "sizes": node.sizes(), "children": children}
    return None


def read(node: object, new_group: Callable[[], TabGroup], take: TakeTab) -> QWidget | None:
    """The tree that ``written`` gave, made of new groups; None where nothing of it can be read."""
    if not isinstance(node, dict):
        return None
    if isinstance(node.get("tabs"), list):
        return _read_group(node, new_group, take)
    children = node.get("children")
    found = [
        widget
        for child in (children if isinstance(children, list) else [])
        if (widget := read(child, new_group, take)) is not None
    ]
    if len(found) < 2:
        return found[0] if found else None
    flat = node.get("split") == "across"
    splitter = make_splitter(Qt.Orientation.Horizontal if flat else Qt.Orientation.Vertical)
    for widget in found:
        splitter.addWidget(widget)
    sizes = node.get("sizes")
    if isinstance(sizes, list) and len(sizes) == len(found) and all(isinstance(size, int) for size in sizes):
        splitter.setSizes(sizes)
    return splitter


def _read_group(node: dict[str, Any], new_group: Callable[[], TabGroup], take: TakeTab) -> TabGroup | None:
    group = new_group()
    for tab in node["tabs"]:
        try:
            key = PageKey.from_list(tab["key"])
        except (ValueError, KeyError, TypeError):
            continue
        state = tab.get("state")
        holder = take(key, str(tab.get("title") or ""), state if isinstance(state, dict) else None)
        if holder is not None:
            group.put(holder)
    if not group.count():
        group.deleteLater()
        return None
    current = node.get("current")
    if isinstance(current, int) and 0 <= current < group.count():
        group.setCurrentIndex(current)
    return group


def on_screen(place: object) -> QRect | None:
    """``place`` as a rectangle if some of it lies on a screen that is there now."""
    match place:
        case [int(x), int(y), int(width), int(height)] if width > 0 and height > 0:
            wanted = QRect(x, y, width, height)
            if any(screen.availableGeometry().intersects(wanted) for screen in QGuiApplication.screens()):
                return wanted
    return None
