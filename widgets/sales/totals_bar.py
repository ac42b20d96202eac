"""Below the grid: what the lines add up to, and what the head does to it: discount in per cent and as an amount,
freight, rounding, a total typed by hand (SAL-04, SAL-05)."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from printing.capitals import capitals
from services.language import tr
from services.money import ZERO
from services.sales.arithmetic import HUNDRED, OrderTotals, Terms
from services.sales.entities import ROUNDING_TERMS, ROUNDINGS
from services.typed import plain_digits
from widgets.base.editors.base import Editor
from widgets.base.editors.choice import LabelEditor
from widgets.base.editors.number import NumberEditor


class TotalsBar(QFrame):
    """Kinds, pieces, net, tax; discount, deduction, freight, rounding and total to type; the total large and in
    capitals."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._totals: OrderTotals | None = None
        self._counts = (0, ZERO)
        self.sums = QLabel()
        self.sums.setProperty("role", "muted")
        self.sums.setWordWrap(True)
        self.discount = NumberEditor(places=2)
        self.deduction, self.freight, self.typed = (NumberEditor(fixed=True) for _ in range(3))
        self.rounding = LabelEditor(ROUNDINGS)
        self._editors: dict[Editor, int] = {
            self.discount: 62,
            self.deduction: 84,
            self.freight: 84,
            self.rounding: 124,
            self.typed: 92,
        }
        self._captions = {editor: QLabel() for editor in self._editors}
        self.difference = QLabel()
        self.difference.setProperty("chip", "waiting")
        self.difference.hide()
        self.total = QLabel()
        self.total.setProperty("role", "figure")
        self.capitals = QLabel()
        self.capitals.setProperty("role", "small")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        row.addWidget(self.sums, 1)
        for editor, caption in self._captions.items():
            editor.setFixedWidth(self._editors[editor])
            caption.setProperty("role", "small")
            caption.setBuddy(editor)
            cell = QVBoxLayout()
            cell.setSpacing(2)
            cell.addWidget(caption)
            cell.addWidget(editor)
            row.addLayout(cell)
            editor.changed.connect(self.edited)
        row.addWidget(self.difference)
        large = QVBoxLayout()
        large.setSpacing(0)
        for label in (self.total, self.capitals):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            large.addWidget(label, 0, Qt.AlignmentFlag.AlignRight)
        row.addSpacing(8)
        row.addLayout(large)
        self.retranslate()

    def terms(self) -> Terms:
        """What was typed of the head's terms; an empty discount is none."""
        discount = self._of(self.discount)
        unit, down = ROUNDING_TERMS.get(str(self.rounding.value()), ROUNDING_TERMS["none"])
        return Terms(
            discount=HUNDRED if discount is None else discount,
            deduction=self._of(self.deduction) or ZERO,
            freight=self._of(self.freight) or ZERO,
            rounding_unit=unit,
            round_down=down,
            typed_total=self._of(self.typed),
        )

    def set_terms(self, terms: Terms) -> None:
        """Show what is stored."""
        self.discount.set_value(None if terms.discount == HUNDRED else terms.discount)
        self.deduction.set_value(terms.deduction or None)
        self.freight.set_value(terms.freight or None)
        kept = (terms.rounding_unit, terms.round_down)
        found = next((key for key, rounding in ROUNDING_TERMS.items() if rounding == kept), "none")
        self.rounding.set_value(None if found == "none" else found)
        self.typed.set_value(terms.typed_total)

    def called(self, key: str) -> str:
        """What a term is called (``services.sales.kept``)."""
        editors: dict[str, Editor] = {
            "discount": self.discount,
            "deduction": self.deduction,
            "freight": self.freight,
            "rounding": self.rounding,
            "typed_total": self.typed,
        }
        return self._captions[editors[key]].text()

    def set_read_only(self, read_only: bool) -> None:
        """For a confirmed order."""
        for editor, caption in self._captions.items():
            editor.set_read_only(read_only)
            shown = not read_only or editor.value() is not None
            editor.setVisible(shown)
            caption.setVisible(shown)

    def show_totals(self, totals: OrderTotals, kinds: int, pieces: Decimal) -> None:
        """Show what the arithmetic found."""
        self._totals, self._counts = totals, (kinds, pieces)
        self.retranslate()

    @staticmethod
    def _of(editor: NumberEditor) -> Decimal | None:
        value = editor.value()
        return value if isinstance(value, Decimal) else None

    def retranslate(self) -> None:
        """Set every text."""
        self._captions[self.discount].setText(tr("Discount %"))
        self._captions[self.deduction].setText(tr("Deduction"))
        self._captions[self.rounding].setText(tr("Rounding"))
        self._captions[self.freight].setText(tr("Freight"))
        self._captions[self.typed].setText(tr("Typed total"))
        self.typed.set_placeholder(tr("automatic"))
        self.discount.set_placeholder("100")
        self.rounding.set_placeholder(tr("none"))
        totals = self._totals
        if totals is None:
            self.sums.setText("")
            return
        kinds, pieces = self._counts
        self.sums.setText(
            "    ".join(
                (
                    tr("{kinds} products, {pieces} pieces", kinds=kinds, pieces=plain_digits(pieces)),
                    _unbroken(tr("Net {amount}", amount=plain_digits(totals.lines.net, 2))),
                    _unbroken(tr("Tax {amount}", amount=plain_digits(totals.lines.tax, 2))),
                )
            )
        )
        self._captions[self.rounding].setToolTip(
            tr("The rounding adds {amount}.", amount=plain_digits(totals.rounding, 2))
            if totals.rounding
            else ""
        )
        self.difference.setVisible(totals.typed and bool(totals.difference))
        sign = "+" if totals.difference > 0 else ""
        self.difference.setText(f"{sign}{plain_digits(totals.difference, 2)}")
        self.difference.setToolTip(
            tr("Calculated {amount}; the difference to it.", amount=plain_digits(totals.calculated, 2))
        )
        self.total.setText(f"¥{plain_digits(totals.total, 2)}")
        self.capitals.setText(capitals(totals.total))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _unbroken(text: str) -> str:
    """A word and its figure stay on one line where the row is narrow."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")
