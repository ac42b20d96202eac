"""What a printed document says, whatever it is printed with.

A ``Document`` is made by one function per kind (``delivery_note.py`` shows how) from plain values and goes
unchanged to PDF, Word and Excel. It holds typed values, not text, so that Excel gets numbers; titles and
labels are already in the language of the print. Nothing here knows Qt or SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from printing.capitals import LARGEST, capitals
from services.language import tr

Value = str | int | Decimal | date | None
"""What one cell holds."""


class Kind(StrEnum):
    """What a value is, hence how it is written and aligned."""

    TEXT = "text"
    INTEGER = "integer"
    QUANTITY = "quantity"
    """Decimal without superfluous zeros."""
    PRICE = "price"
    """Decimal with two to six places."""
    AMOUNT = "amount"
    """Decimal in CNY with two places."""
    PERCENT = "percent"
    """Decimal; 13 means 13 %."""
    DATE = "date"


class Align(StrEnum):
    """Where text stands in its cell."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Code(StrEnum):
    """The machine-readable form of the number."""

    NONE = "none"
    QR = "qr"
    BARS = "bars"
    """Code 128."""


@dataclass(frozen=True, slots=True)
class Company:
    """Whose paper it is. ``logo`` and ``stamp`` are the bytes of a PNG or JPEG file."""

    name: str
    address: str = ""
    phone: str = ""
    logo: bytes | None = None
    stamp: bytes | None = None
    tax_number: str = ""
    """For papers by which somebody pays or is invoiced, such as an order; so is ``bank_account``."""
    bank_account: str = ""

    def reach(self) -> tuple[str, ...]:
        """The lines below the name: where it is, then how it is paid; only what there is."""
        lines = (
            (self.address, _labelled(tr("Phone"), self.phone)),
            (
                _labelled(tr("Tax number"), self.tax_number),
                _labelled(tr("Bank account"), self.bank_account),
            ),
        )
        written = ("    ".join(filter(None, line)) for line in lines)
        return tuple(filter(None, written))


def _labelled(label: str, value: str) -> str:
    return tr("{label}: ", label=label) + value if value.strip() else ""


@dataclass(frozen=True, slots=True)
class Field:
    """A label with its value above the table.

    ``key`` is its name in Word and Excel templates. ``span`` is its width in twelfths of the page.
    """

    key: str
    label: str
    value: Value
    kind: Kind = Kind.TEXT
    span: int = 3
    keep: bool = False
    """Printed even when empty, because it is often written by hand."""

    @property
    def text(self) -> str:
        """The value as it is written."""
        return written(self.value, self.kind)


@dataclass(frozen=True, slots=True)
class Party:
    """Whom the document is for. ``key`` begins the names of its fields: ``customer``, ``customer_phone``."""

    key: str
    label: str
    name: str
    contact_label: str = ""
    contact: str = ""
    phone: str = ""
    address_label: str = ""
    address: str = ""

    def fields(self) -> tuple[Field, ...]:
        """Name, contact, phone and address as fields, without those that have no label."""
        fields = [Field(self.key, self.label, self.name, span=6, keep=True)]
        if self.contact_label:
            fields.append(Field(f"{self.key}_contact", self.contact_label, self.contact, keep=True))
            fields.append(Field(f"{self.key}_phone", tr("Phone"), self.phone, keep=True))
        if self.address_label:
            key = f"{self.key}_address"
            fields.append(Field(key, self.address_label, self.address, span=6, keep=True))
        return tuple(fields)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table. ``share`` is its width relative to the others; ``total`` sums it up."""

    key: str
    title: str
    share: float
    kind: Kind = Kind.TEXT
    align: Align | None = None
    total: bool = False

    @property
    def alignment(self) -> Align:
        """``align``, or what the kind asks for."""
        if self.align:
            return self.align
        return {Kind.TEXT: Align.LEFT, Kind.DATE: Align.CENTER}.get(self.kind, Align.RIGHT)


@dataclass(frozen=True, slots=True)
class Signature:
    """A place to sign; ``name`` is printed where it is known already."""

    label: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A document ready for print. ``kind`` (``delivery_note``) chooses its templates."""

    kind: str
    title: str
    number: str
    date: date
    company: Company
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    hidden: tuple[Column, ...] = ()
    """Columns that this print leaves out, such as prices; templates that name them show nothing."""
    parties: tuple[Party, ...] = ()
    fields: tuple[Field, ...] = ()
    amount: Decimal | None = None
    """What is owed in all, repeated in capitals; None where prices are not shown."""
    totals: tuple[Field, ...] = ()
    """Further sums below the table, such as paid and due."""
    remarks: str = ""
    notice: str = ""
    """Small print above the signatures."""
    signatures: tuple[Signature, ...] = ()
    copies: tuple[str, ...] = ()
    """Who gets which sheet of a multi-part form, printed small at the foot."""
    code: Code = Code.QR
    print_count: int = 0
    """How often it was printed before this time."""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.kind} {self.number}: a row does not match the columns")

    @property
    def head(self) -> tuple[Field, ...]:
        """All fields above the table, the parties' first; templates may name any of them."""
        return tuple(field for party in self.parties for field in party.fields()) + self.fields

    @property
    def shown(self) -> tuple[Field, ...]:
        """The fields that are printed: those that hold something and those to be written by hand."""
        return tuple(field for field in self.head if field.keep or field.text)

    @property
    def in_capitals(self) -> str:
        """The amount in Chinese capitals; empty without amount or where it has none."""
        if self.amount is None or not self.amount.is_finite() or abs(self.amount) > LARGEST:
            return ""
        return capitals(self.amount)

    @property
    def reprint(self) -> str:
        """What a reprint says on itself; empty on the first print."""
        return tr("Reprint {count}", count=self.print_count) if self.print_count > 0 else ""

    def sums(self, rows: Sequence[tuple[Value, ...]] | None = None) -> tuple[Decimal | None, ...]:
        """Sums of ``rows`` (all rows if None), one per column; None for columns without total."""
        chosen = self.rows if rows is None else rows
        return tuple(
            sum((Decimal(value) for row in chosen if isinstance(value := row[i], int | Decimal)), Decimal(0))
            if column.total
            else None
            for i, column in enumerate(self.columns)
        )


def written(value: Value, kind: Kind) -> str:
    """``value`` as it stands on paper: 1,234.50 for an amount, 3 for a quantity of 3.000000."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, str):
        return value
    number = Decimal(value)
    if not number.is_finite():
        return ""
    if kind is Kind.INTEGER:
        return f"{number:f}"
    if kind is Kind.AMOUNT:
        return f"{number:,.2f}"
    whole, _, places = f"{number:,f}".partition(".")
    places = places.rstrip("0")
    if kind is Kind.PRICE:
        places = places.ljust(2, "0")
    text = f"{whole}.{places}" if places else whole
    return f"{text}%" if kind is Kind.PERCENT else text
