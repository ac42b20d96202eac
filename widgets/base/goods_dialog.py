"""A dialog over rows of goods with a quantity each, such as those that are to leave or to be bought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFormLayout, QFrame, QGridLayout, QLabel, QScrollArea, QWidget

from services.entity import Entity
from services.language import tr
from services.products.packs import PackUnit, said_in
from services.typed import plain_digits
from widgets.base.action_dialog import ActionDialog
from widgets.base.client import Client
from widgets.base.editors.base import Editor
from widgets.base.editors.packed import PackedEditor


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """One row. ``id`` is what the command wants, ``open`` how many there are to do."""

    id: int
    label: str
    unit: str
    open: Decimal
    pack: PackUnit | None = None
    """The unit the line was taken in, in which the open quantity is said too."""
    packs: tuple[PackUnit, ...] = ()
    """Those of the product, in which a quantity may be typed."""

    @property
    def open_text(self) -> str:
        """The open quantity: ``29 (2箱 5个)``."""
        number = plain_digits(self.open)
        return number if self.pack is None else f"{number} ({said_in(self.open, self.unit, self.pack)})"


NUMBER: Final = 112
"""Width of the box of a quantity; the same in every line, so that they stand below one another."""
BESIDE: Final = 110
"""Width of what stands beside it: the unit, and how many packs that is."""
LEAST: Final = 560
WIDEST: Final = 900
"""Wider than this the list scrolls."""


class GoodsDialog(ActionDialog):
    """Rows with a quantity each; ``top`` takes what is asked above them. More than is open is refused unless
    ``over_allowed``."""

    def __init__(self, client: Client, parent: QWidget, *, over_allowed: bool = False) -> None:
        super().__init__(client, parent)
        self.over_allowed = over_allowed
        self.rows: list[GoodsRow] = []
        self.quantities: list[PackedEditor] = []
        self.fields: dict[str, Editor] = {}
        """What is typed beside the quantities."""
        self.others: QCheckBox | None = None
        """Whether further rows are shown, where there may be some."""
        self._waiting: dict[int, Decimal | None] = {}
        """Quantities of a draft whose rows are not there yet."""
        self.top = QFormLayout()
        self.top.setHorizontalSpacing(12)
        self.body.addLayout(self.top)
        inside = QWidget()
        inside.setProperty("clear", True)
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._headers = [QLabel() for _ in range(3)]
        for column, header in enumerate(self._headers):
            header.setProperty("role", "small")
            side = Qt.AlignmentFlag.AlignRight if column == 1 else Qt.AlignmentFlag.AlignLeft
            self._grid.addWidget(header, 0, column, side)
        self.area = QScrollArea()
        self._inside = inside
        self.area.setWidget(inside)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.body.addWidget(self.area, 1)
        self.setMinimumWidth(LEAST)

    def add_row(self, row: GoodsRow, wanted: Decimal) -> None:
        """One more row, with ``wanted`` filled in; 0 leaves it empty."""
        at = len(self.rows) + 1
        self._grid.addWidget(QLabel(row.label), at, 0)
        self._grid.addWidget(QLabel(row.open_text), at, 1, Qt.AlignmentFlag.AlignRight)
        quantity = PackedEditor()
        quantity.set_packs(row.unit, row.packs, row.pack)
        quantity.set_value(self._waiting.pop(row.id, wanted) or None)
        number = quantity.input()
        assert number is not None
        number.setFixedWidth(NUMBER)
        # room for what it is in packs beside the number, also when that is typed later
        quantity.setMinimumWidth(NUMBER + BESIDE if row.pack is not None or row.packs else NUMBER)
        quantity.finished.connect(self.run)
        quantity.changed.connect(self.typed)
        self.rows.append(row)
        self.quantities.append(quantity)
        self._grid.addWidget(quantity, at, 2, Qt.AlignmentFlag.AlignLeft)
        needed = self._inside.sizeHint()
        self.area.setMinimumHeight(min(needed.height() + 4, 420))
        bar = self.area.verticalScrollBar().sizeHint().width()
        wide = min(needed.width() + bar + 4, WIDEST)
        self.area.setMinimumWidth(wide)
        layout = self.layout()
        assert layout is not None
        margins = layout.contentsMargins()
        self.setMinimumWidth(max(LEAST, wide + margins.left() + margins.right()))

    def keep_input(self, entity: Entity, name: str) -> None:
        """Called when all that can be typed into is there."""
        super().keep_input(entity, name)
        for editor in self.fields.values():
            editor.changed.connect(self.typed)

    def kept(self) -> dict[str, Any]:
        """The quantities by their rows, and what is typed beside them."""
        pairs = zip(self.rows, self.quantities, strict=True)
        lines = [{"line": row.id, "quantity": editor.value()} for row, editor in pairs]
        others = self.others is not None and self.others.isChecked()
        return {
            **{key: editor.value() for key, editor in self.fields.items()},
            "lines": lines,
            "others": others,
        }

    def take_up(self, values: Mapping[str, Any]) -> None:
        """Show a draft; quantities of rows that are still to be read wait for them."""
        self._waiting = {line["line"]: line["quantity"] for line in values["lines"]}
        for row, quantity in zip(self.rows, self.quantities, strict=True):
            quantity.set_value(self._waiting.pop(row.id, None))
        for key, editor in self.fields.items():
            editor.set_value(values[key])
        if values["others"] and self.others is not None:
            self.others.setChecked(True)

    def wanted(self) -> list[tuple[int, Decimal]]:
        """Id and quantity of every row that has one."""
        found = []
        for row, editor in zip(self.rows, self.quantities, strict=True):
            value = editor.value()
            if isinstance(value, Decimal) and value:
                found.append((row.id, value))
        return found

    def typed_in(self) -> dict[int, PackUnit]:
        """By id of its row, the pack that a quantity was typed in."""
        pairs = zip(self.rows, self.quantities, strict=True)
        return {row.id: editor.pack for row, editor in pairs if editor.pack is not None}

    def check(self) -> str:
        """Numbers that are possible, and one at least."""
        unclear = next((problem for editor in self.quantities if (problem := editor.problem())), None)
        if unclear is not None:
            return unclear
        for row, editor in zip(self.rows, self.quantities, strict=True):
            value = editor.value()
            if isinstance(value, Decimal) and not (value >= 0 and (value <= row.open or self.over_allowed)):
                return tr(
                    "Only {open} of {product} are open.", open=plain_digits(row.open), product=row.label
                )
        return "" if self.wanted() else self.nothing_chosen()

    def nothing_chosen(self) -> str:
        """What is said where no row has a quantity."""
        return tr("There is nothing to issue: choose lines with open goods.")

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        texts = (tr("Product and model"), tr("Still open"), tr("Quantity"))
        for header, text in zip(self._headers, texts, strict=True):
            header.setText(text)
