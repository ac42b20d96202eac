"""The diagram of a tree with the form of the chosen box beside it: pages of positions and of departments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLabel, QSplitter, QVBoxLayout, QWidget

from services.language import tr
from services.organisation import queries
from widgets.base.client import Client
from widgets.base.simple_page import make_button
from widgets.organisation.position_tree import PositionTree
from widgets.organisation.typed_form import FormPage

NOTHING: Final[Mapping[str, Any]] = {"id": 0}
"""What the form shows while no box is chosen."""


class DiagramPage(FormPage):
    """Subclasses make their fields and give them to ``lay_out``, take the tree in ``_take`` and write in ``send``."""

    watched = frozenset({"organisation.position", "organisation.user"})

    def __init__(self, client: Client, parent: QWidget | None = None, *, may_move: bool) -> None:
        super().__init__(client, parent)
        self.larger = self.button("zoom-in", lambda: self.diagram.zoom(1.2))
        self.smaller = self.button("zoom-out", lambda: self.diagram.zoom(1 / 1.2))
        self.whole = self.button("layout-grid", lambda: self.diagram.fit())
        self.diagram = PositionTree(may_move=may_move)
        self.form_heading, self.people, self.hint = QLabel(), QLabel(), QLabel()
        self.form_heading.setProperty("role", "heading")
        self.hint.setProperty("role", "muted")
        for text in (self.people, self.hint):
            text.setWordWrap(True)
        self.labels: list[QLabel] = []
        self.save_button = make_button("save", self.save, primary=True)
        self.saved_by(self.save_button)

    def lay_out(self, fields: Sequence[QWidget], *below: QWidget) -> QVBoxLayout:
        """The diagram; beside it heading, ``fields`` (each with a label of ``labels``), ``below`` and the hint, in the
        layout that is returned."""
        card = QFrame()
        card.setProperty("card", True)
        card.setMinimumWidth(300)
        lines = QFormLayout()
        lines.setSpacing(8)
        self.labels = [QLabel() for _ in fields]
        for label, field in zip(self.labels, fields, strict=True):
            lines.addRow(label, field)
            label.setBuddy(field)
        head = QHBoxLayout()
        head.addWidget(self.form_heading)
        head.addStretch(1)
        head.addWidget(self.save_button)
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        column.addLayout(head)
        column.addLayout(lines)
        for widget in below:
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        column.addWidget(self.hint)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.diagram)
        split.addWidget(card)
        split.setStretchFactor(0, 1)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.setProperty("gap", True)
        split.setSizes([900, 300])
        layout = QVBoxLayout(self.beside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)
        return column

    def show_tree(self, places: Sequence[queries.Place]) -> None:
        """Draw it anew; that is no choice of anybody."""
        self.diagram.blockSignals(True)
        self.diagram.show_tree(places)
        self.diagram.blockSignals(False)

    def reload(self) -> None:
        """Read the tree."""
        self.read(queries.tree, self._take)

    def _take(self, places: Any) -> None:
        """The tree was read."""
        raise NotImplementedError

    def retranslate(self) -> None:
        """Set the texts of the buttons."""
        super().retranslate()
        for button, title in (
            (self.larger, tr("Larger")),
            (self.smaller, tr("Smaller")),
            (self.whole, tr("Whole tree")),
            (self.save_button, tr("Save")),
        ):
            button.setText(title)
