"""The file that people fill in for an import: a header, an example, lists to choose from, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from services.entity import Field, Kind
from services.language import mark, tr
from services.tabular.writing import FORMATS, TableWriter, excel_text, heading, put_text

ROWS: Final = 5_000
"""How far formats and lists reach down."""
_WHAT: Final = {
    Kind.TEXT: mark("Text in one line"),
    Kind.LONG_TEXT: mark("Text"),
    Kind.PHONE: mark("Phone number; type it as text"),
    Kind.EMAIL: mark("E-mail address"),
    Kind.URL: mark("Web address"),
    Kind.INTEGER: mark("Whole number"),
    Kind.QUANTITY: mark("Number"),
    Kind.PRICE: mark("Price in yuan"),
    Kind.AMOUNT: mark("Amount in yuan, at most two decimals"),
    Kind.PERCENT: mark("Per cent; 13 means 13%"),
    Kind.DATE: mark("Date like 2026-11-21"),
    Kind.TIME: mark("Date and time like 2026-11-21 09:30"),
    Kind.YES_NO: mark("Yes or no"),
    Kind.CHOICE: mark("One of the list"),
    Kind.STATE: mark("One of the list"),
    Kind.USER: mark("Name of a colleague"),
    Kind.REFERENCE: mark("Name or number of a record that exists"),
    Kind.REGION: mark("Region like 浙江省杭州市西湖区"),
}
_EXAMPLES: Final = {
    Kind.TEXT: "示例",
    Kind.LONG_TEXT: "示例",
    Kind.PHONE: "13800138000",
    Kind.EMAIL: "name@example.com",
    Kind.URL: "www.example.com",
    Kind.INTEGER: "1",
    Kind.QUANTITY: "10",
    Kind.PRICE: "12.50",
    Kind.AMOUNT: "1234.50",
    Kind.PERCENT: "13",
    Kind.DATE: "2026-11-21",
    Kind.TIME: "2026-11-21 09:30",
    Kind.REGION: "浙江省杭州市西湖区",
}


def write_template(
    path: Path | str,
    fields: Sequence[Field],
    *,
    sheet: str = "",
    choices: Mapping[str, Sequence[str]] | None = None,
    example: Mapping[str, str] | None = None,
) -> None:
    """Write the import template for ``fields`` (those that are ``editable``) to ``path``.

    ``choices`` gives the labels by field key; ``example`` the example row's values where the kind's own will
    not do. The first sheet has titles (required ones marked *) and the example, which the user overwrites.
    """
    shown = [field for field in fields if field.editable]
    with _TemplateWriter(path, shown, sheet or tr("Import"), dict(choices or {}), dict(example or {})):
        pass


class _TemplateWriter(TableWriter):
    """Uses the writer's way of putting a file in place; writes a whole small workbook instead of rows."""

    def __init__(
        self,
        path: Path | str,
        fields: Sequence[Field],
        sheet: str,
        choices: dict[str, Sequence[str]],
        example: dict[str, str],
    ) -> None:
        super().__init__(path, [])
        self._fields, self._name, self._choices, self._example = fields, sheet, choices, example
        for field in fields:
            if field.kind is Kind.YES_NO and field.key not in self._choices:
                self._choices[field.key] = (tr("Yes"), tr("No"))

    def _open(self, path: Path) -> None:
        """Nothing to keep open."""

    def _abandon(self) -> None:
        """Nothing is kept open."""

    def _write(self, values: Sequence[object]) -> None:
        raise NotImplementedError("a template has no rows of its own")

    def _finish(self) -> None:
        book: Any = Workbook()
        data = book.active
        data.title = self._name[:31]
        notes = book.create_sheet(tr("Notes"))
        lists = book.create_sheet("lists")
        lists.sheet_state = "hidden"
        data.freeze_panes = "A2"
        for place, field in enumerate(self._fields, 1):
            self._column(data, lists, place, field)
        self._notes(notes)
        book.save(self._temporary)

    def _column(self, data: Any, lists: Any, place: int, field: Field) -> None:
        letter = get_column_letter(place)
        title = tr(field.title) + ("*" if field.required else "")
        top = heading(data, title)
        cell = data.cell(1, place)
        put_text(cell, top.value)
        cell.font, cell.fill, cell.alignment = copy(top.font), copy(top.fill), copy(top.alignment)
        labels = self._choices.get(field.key, ())
        text = self._example.get(field.key, labels[0] if labels else _EXAMPLES.get(field.kind, ""))
        below = data.cell(2, place)
        put_text(below, excel_text(text))
        below.font = Font(italic=True, color="FF808080")
        data.column_dimensions[letter].width = 32 if field.wide else max(14, len(title.encode("gb18030")) + 4)
        # Text, so that Excel damages neither phone numbers nor bar codes; numbers and dates are typed as
        # such.
        kind_format = FORMATS.get(field.kind, "@")
        for row in range(2, 202):
            data.cell(row, place).number_format = kind_format if row > 2 else "@"
        data.column_dimensions[letter].number_format = kind_format
        if labels:
            for row, label in enumerate(labels, 1):
                put_text(lists.cell(row, place), excel_text(label))
            area = f"{quote_sheetname('lists')}!${letter}$1:${letter}${len(labels)}"
            rule = DataValidation(type="list", formula1=area, allow_blank=not field.required)
            rule.error, rule.errorTitle = tr("Choose one of the list."), tr(field.title)
            rule.showErrorMessage = True
            rule.add(f"{letter}2:{letter}{ROWS}")
            data.add_data_validation(rule)

    def _notes(self, notes: Any) -> None:
        titles = (tr("Column"), tr("Required"), tr("What to write"), tr("Longest"), tr("Note"))
        for place, title in enumerate(titles, 1):
            put_text(notes.cell(1, place), title)
            notes.cell(1, place).font = Font(bold=True)
        for row, field in enumerate(self._fields, 2):
            labels = self._choices.get(field.key, ())
            what = tr(", ").join(labels[:20]) if labels else tr(_WHAT[field.kind])
            line = (
                tr(field.title),
                tr("Yes") if field.required else "",
                what,
                str(field.length or ""),
                tr(field.help),
            )
            for place, text in enumerate(line, 1):
                put_text(notes.cell(row, place), excel_text(text))
                notes.cell(row, place).alignment = Alignment(wrap_text=True, vertical="top")
        foot = len(self._fields) + 3
        put_text(
            notes.cell(foot, 1),
            tr("Overwrite the example in row 2. Columns that are not needed may be deleted."),
        )
        for letter, width in zip("ABCDE", (20, 10, 44, 10, 50), strict=True):
            notes.column_dimensions[letter].width = width
