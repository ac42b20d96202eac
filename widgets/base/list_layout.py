"""Where the parts of a list page stand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from widgets.base.list_core import ListCore


def lay_out(page: ListCore, buttons: Sequence[QPushButton]) -> None:
    """Put the parts of ``page`` into place: head, conditions, messages, classes beside the table, foot.

    ``buttons`` stand at the right of the head.
    """
    head = QHBoxLayout()
    head.setContentsMargins(12, 8, 12, 4)
    head.setSpacing(8)
    head.addWidget(page.classes_button)
    head.addWidget(page.heading)
    head.addWidget(page.counted)
    head.addSpacing(8)
    # what is searched stands in it: it takes the room first, up to its widest
    head.addWidget(page.search, 5)
    head.addStretch(1)
    for button in buttons:
        head.addWidget(button)
    head.addWidget(page.columns_button)
    bar = QHBoxLayout()
    bar.setContentsMargins(12, 0, 12, 6)
    bar.setSpacing(8)
    bar.addWidget(page.facets, 1)
    for widget in (page.selection.label, page.selection.all_button, page.selection.none_button):
        bar.addWidget(widget)
    body = QHBoxLayout()
    body.setSpacing(0)
    body.setContentsMargins(0, 0, 0, 0)
    body.addWidget(page.classes)
    body.addWidget(page.table, 1)
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    layout.addLayout(head)
    layout.addLayout(bar)
    layout.addWidget(page.messages)
    layout.addWidget(page.panel)
    layout.addWidget(page.busy)
    layout.addLayout(body, 1)
    layout.addWidget(page.footer)
    page.setFocusProxy(page.table)
