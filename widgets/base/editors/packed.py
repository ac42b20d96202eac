"""A quantity of a product, typed as a number of its own unit or in its packs: 3箱, 2箱5个."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtWidgets import QLabel, QWidget

from services.language import tr
from services.money import rounded
from services.products.packs import PackUnit, said_in, typed_quantity, with_pack
from widgets.base.editors.number import LARGEST, NumberEditor


class PackedEditor(NumberEditor):
    """A Decimal in the product's own unit. ``pack`` is the one that it was typed in, else the one agreed before;
    beside the number stands what it is in that pack."""

    def __init__(self, parent: QWidget | None = None, *, places: int = 6) -> None:
        super().__init__(parent, places=places)
        self.pack: PackUnit | None = None
        self._agreed: PackUnit | None = None
        self._unit = ""
        self._packs: tuple[PackUnit, ...] = ()
        self._beside = QLabel()
        self._beside.setProperty("role", "muted")
        self._row.addWidget(self._beside)

    def set_packs(self, unit: str, packs: Sequence[PackUnit], agreed: PackUnit | None = None) -> None:
        """The product's own unit and its packs; ``agreed`` is the one that the line was taken in."""
        self._unit, self._agreed = unit, agreed
        self._packs = with_pack(packs, agreed)
        self.pack = agreed
        self._say()

    def take_pack(self, pack: PackUnit | None) -> None:
        """What the number was typed in, where that is known from before."""
        self.pack = pack
        self._say()

    def understand(self, text: str) -> object:
        """The number, rounded; ValueError also for a unit that the product does not have."""
        try:
            value = super().understand(text)
        except ValueError:
            found = typed_quantity(text, self._unit, self._packs)
            if found is None or abs(found[0]) >= LARGEST:
                raise
            self.pack = found[1]
            return self.stored(rounded(found[0], self.places))
        self.pack = self._agreed
        return value

    def set_value(self, value: object) -> None:
        """Show ``value``, in the product's own unit."""
        super().set_value(value)
        self._say()

    def _edited(self, text: str) -> None:
        super()._edited(text)
        self._say()

    def _say(self) -> None:
        said = self._unit
        if self.pack is not None and isinstance(self._value, Decimal) and self._problem is None:
            said = f"{self._unit}  ({said_in(self._value, self._unit, self.pack)})".strip()
        self._beside.setText(said)

    def complaint(self) -> str:
        """Which units there are."""
        if not self._packs:
            return super().complaint()
        units = tr(", ").join(filter(None, (self._unit, *(pack.name for pack in self._packs))))
        return tr("This is not a quantity. Type a number, or one with a unit: {units}.", units=units)
