"""Documents through Word templates that the office edits itself (docxtpl).

A template names fields: ``{{ number }}``, ``{{ customer }}``, ``{{ company.name }}``; a row of the table with
``{{ line.name }}`` stands between ``{%tr for line in lines %}`` and ``{%tr endfor %}``. ``template_fields``
lists all that a document has. Templates run in Jinja's sandbox, and values are escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

from docx.opc.exceptions import OpcError
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml.etree import LxmlError

from printing.codes import qr_picture
from printing.document import Document, Kind, written
from printing.spreadsheet import safe_text
from printing.template_check import BrokenTemplate, check
from resources import FOLDER
from services.errors import ShukeError
from services.language import mark, tr

TEMPLATES: Final = FOLDER / "templates"
WORDS: Final = {
    "date": mark("Date"),
    "number": mark("Number"),
    "phone": mark("Phone"),
    "remarks": mark("Remarks"),
}
"""Labels that every kind of document needs; with colon, like all labels of a template."""


def render_word(document: Document, template: Path | None = None) -> bytes:
    """``document`` as a .docx file by ``template``, or by the one that comes with the program.

    BrokenTemplate says which field is wrong and where it stands; ShukeError if it is no Word file.
    """
    path = template or default_template(document)
    try:
        book = DocxTemplate(str(path))
        parts = book.get_docx()
    except (OSError, BadZipFile, OpcError, KeyError, ValueError, LxmlError) as error:
        raise ShukeError(
            mark("The template {file} cannot be opened. Save it in Word as a .docx file."), file=path.name
        ) from error
    context = _context(document)
    check(parts, path.name, _shapes(document, context))
    pictures = {"qr": qr_picture(document.number), "logo": document.company.logo}
    for key, picture in pictures.items():
        context[key] = InlineImage(book, BytesIO(picture), height=Mm(16)) if picture else ""
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    try:
        book.render(context, environment, autoescape=True)
        stream = BytesIO()
        book.save(stream)
    except (TemplateError, LxmlError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise BrokenTemplate(
            mark("The template {file} cannot be filled in: {reason}"), file=path.name, reason=str(error)
        ) from error
    return stream.getvalue()


def default_template(document: Document) -> Path:
    """The template of the document's kind; a kind without prices has one of its own, if hidden."""
    without = TEMPLATES / f"{document.kind}_no_prices.docx"
    return without if document.hidden and without.exists() else TEMPLATES / f"{document.kind}.docx"


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


def _context(document: Document) -> dict[str, Any]:
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
        "capitals_line": tr("Amount in capitals: {amount}", amount=document.in_capitals),
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


def _shapes(document: Document, context: Mapping[str, Any]) -> dict[str, frozenset[str] | None]:
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
