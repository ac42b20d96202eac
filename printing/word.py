"""Documents through Word templates that the office edits itself (docxtpl).

A template names fields: ``{{ number }}``, ``{{ customer }}``, ``{{ company.name }}``; a row of the table with
``{{ line.name }}`` stands between ``{%tr for line in lines %}`` and ``{%tr endfor %}``. ``fields.template_fields``
lists all that a document has. Templates run in Jinja's sandbox, and values are escaped.
"""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

from docx.image.exceptions import (
    InvalidImageStreamError,
    UnexpectedEndOfFileError,
    UnrecognizedImageError,
)
from docx.image.image import Image
from docx.opc.exceptions import OpcError
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml.etree import LxmlError

from printing.codes import qr_picture
from printing.document import Document
from printing.fields import template_context, template_shapes
from printing.template_check import BrokenTemplate, check
from resources import FOLDER
from services.errors import ShukeError
from services.language import mark

TEMPLATES: Final = FOLDER / "templates"


def render_word(document: Document, template: Path | None = None) -> bytes:
    """``document`` as a .docx file by ``template``, or by the one that comes with the program;
    a kind that has none, such as a list, becomes a plain table.

    BrokenTemplate says which field is wrong and where it stands; ShukeError if it is no Word file.
    """
    path = template or default_template(document)
    if template is None and not path.exists():
        from printing.list_document import plain_word

        return plain_word(document)
    try:
        book = DocxTemplate(str(path))
        parts = book.get_docx()
    except (OSError, BadZipFile, OpcError, KeyError, ValueError, LxmlError) as error:
        raise ShukeError(
            mark("The template {file} cannot be opened. Save it in Word as a .docx file."), file=path.name
        ) from error
    context = template_context(document)
    check(parts, path.name, template_shapes(document, context))
    pictures = {"qr": qr_picture(document.number), "logo": document.company.logo}
    for key, picture in pictures.items():
        shown = picture is not None and _readable(picture)
        context[key] = InlineImage(book, BytesIO(picture or b""), height=Mm(16)) if shown else ""
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


def _readable(picture: bytes) -> bool:
    """A picture that Word takes; a damaged one is left out, as on paper."""
    try:
        size = Image.from_blob(picture).px_height
    except (
        UnrecognizedImageError,
        InvalidImageStreamError,
        UnexpectedEndOfFileError,
        LookupError,
        ValueError,
        OSError,
        struct.error,
    ):
        return False
    return size > 0


def default_template(document: Document) -> Path:
    """The template of the document's kind; one of its own where packs or bins are shown, prices are hidden, or several
    of that."""
    shown = {column.key for column in document.columns}
    packs = "_packs" if "packs" in shown else ""
    bins = "_bins" if "bin" in shown else ""
    prices = "" if "price" in shown else "_no_prices"
    for special in (packs + bins + prices, packs + bins, packs + prices, packs, prices):
        chosen = TEMPLATES / f"{document.kind}{special}.docx"
        if chosen.exists():
            return chosen
    return TEMPLATES / f"{document.kind}.docx"
