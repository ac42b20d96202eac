"""Numbers, exact from the keyboard to the database: no float, hence no QDoubleSpinBox."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QWidget

from services.language import tr
from services.money import rounded
from services.typed import number, plain_digits
from widgets.base.editors.base import LineEditor

LARGEST = Decimal(10) ** 12
"""What the database's columns hold at least."""


class NumberEditor(LineEditor):
    """A Decimal with at most ``places`` decimals; more are rounded half away from zero when the field is left.

    Accepts 1,234.5, full-width digits and sums such as 12*3. ``fixed`` writes all decimals (money). Up and Down
    add and take one.
    """

    def __init__(
        self, parent: QWidget | None = None, *, places: int = 2, fixed: bool = False, suffix: str = ""
    ) -> None:
        super().__init__(parent)
        self.places, self.fixed = places, fixed
        self.line.setAlignment(Qt.AlignmentFlag.AlignRight)
        beside = []
        if suffix:
            label = QLabel(suffix)
            label.setProperty("role", "muted")
            beside.append(label)
        self.take_input(self.line, *beside)

    def understand(self, text: str) -> object:
        """The number, rounded."""
        value = number(text)
        if value is None:
            return None
        if abs(value) >= LARGEST:
            raise ValueError(text)
        return self.stored(rounded(value, self.places))

    def stored(self, value: Decimal) -> object:
        """The number as it is handed out."""
        return value

    def show_as(self, value: object) -> str:
        """With thousands separators."""
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        return plain_digits(exact, self.places if self.fixed else 0)

    def complaint(self) -> str:
        """What it should look like."""
        return tr("This is not a number. Type one such as 1,234.50, or a sum such as 12*3.")

    def key_pressed(self, event: QKeyEvent) -> bool:
        """Up and Down count."""
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        if step and not event.modifiers() and not self.line.isReadOnly() and self._problem is None:
            old = self._value if isinstance(self._value, Decimal | int) else Decimal(0)
            self.line.setText(plain_digits(Decimal(old) + step, self.places if self.fixed else 0))
            self._edited(self.line.text())
            return True
        return super().key_pressed(event)


class IntegerEditor(NumberEditor):
    """A whole number, as int."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, places=0)

    def understand(self, text: str) -> object:
        """What is not whole is not understood, and not rounded either."""
        value = number(text)
        if value is None:
            return None
        if value != value.to_integral_value() or abs(value) >= 2**31:
            raise ValueError(text)
        return int(value)

    def complaint(self) -> str:
        """What it should look like."""
        return tr("This is not a whole number.")


class PercentEditor(NumberEditor):
    """Per cent as a Decimal: 13 means 13 %."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, places=4, suffix="%")
