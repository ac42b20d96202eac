"""The names that Word and Excel templates use, and what stands behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from printing.document import Document, Kind, written
from printing.spreadsheet import safe_text
from services.language import mark, tr

WORDS: Final = {
    "date": mark("Date"),
    "number": mark("Document number"),
    "phone": mark("Phone"),
    "remarks": mark("Remarks"),
}
"""Labels that every kind of document needs; with colon, like all labels of a template."""


def template_fields(document: Document) -> list[tuple[str, str]]:
    """Name and meaning of every field a template of this kind may use, for the manual."""
    fields = [(key, tr(title)) for key, title in WORDS.items() if key != "phone"]
    fields += [(field.key, field.label) for field in document.head]
    fields += [(f"line.{column.key}", column.title) for column in (*document.columns, *document.hidden)]
    fields += [
        (f"total.{column.key}", f"{tr('Total')} {column.title}")
        for column in document.columns
        if column.total
    ]
    return fields


def template_context(document: Document) -> dict[str, Any]:
    """All values as text, by the names that templates use."""
    columns = (*document.columns, *document.hidden)
    sums = document.sums()
    context: dict[str, Any] = {field.key: field.text for field in document.head}
    context |= {
        "title": document.title,
        "number": document.number,
        "date": document.date.isoformat(),
        "company": {
            "name": document.company.name,
            "address": document.company.address,
            "phone": document.company.phone,
            "tax_number": document.company.tax_number,
            "bank_account": document.company.bank_account,
        },
        "label": {field.key: _label(field.label) for field in document.head}
        | {key: _label(tr(title)) for key, title in WORDS.items()},
        "words": {"total": tr("Total")},
        "column": {column.key: column.title for column in columns},
        "lines": [dict(_line(document, row)) for row in document.rows],
        "total": {column.key: "" for column in columns}
        | {
            column.key: written(total, column.kind)
            for column, total in zip(document.columns, sums, strict=True)
            if total is not None
        },
        "totals": [{"label": _label(total.label), "value": total.text} for total in document.totals],
        "amount": written(document.amount, Kind.AMOUNT),
        "capitals": document.in_capitals,
        "capitals_line": tr("Amount in capitals: {amount}", amount=document.in_capitals)
        if document.in_capitals
        else "",
        "remarks": document.remarks,
        "notice": document.notice,
        "reprint": document.reprint,
        "signatures": [{"label": _label(sign.label), "name": sign.name} for sign in document.signatures],
        "copies": list(document.copies),
    }
    return {key: _plain(value) for key, value in context.items()}


def _label(text: str) -> str:
    return tr("{label}: ", label=text)


def _line(document: Document, row: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
    for column in document.hidden:
        yield column.key, ""
    for column, value in zip(document.columns, row, strict=True):
        yield column.key, written(value, column.kind)


def template_shapes(document: Document, context: Mapping[str, Any]) -> dict[str, frozenset[str] | None]:
    """The names a template may use, each with the names behind its dot; None where there are none."""
    columns = frozenset(column.key for column in (*document.columns, *document.hidden))
    shapes = {key: frozenset(value) if isinstance(value, dict) else None for key, value in context.items()}
    shapes |= {"lines": columns, "signatures": frozenset(("label", "name"))}
    return shapes | {"totals": frozenset(("label", "value")), "qr": None, "logo": None}


def _plain(value: Any) -> Any:
    """``value`` with every text in it fit for XML."""
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value]
