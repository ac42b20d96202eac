"""Why a file cannot be read, in the user's words: which file, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.errors import ShukeError
from services.language import mark


class ImportProblem(ShukeError):
    """A file cannot be read, or not within the limits. ``key`` tells which case, ``detail`` is for the
    log."""

    def __init__(self, key: str, /, *, file: str, detail: str = "", **values: object) -> None:
        super().__init__(TEMPLATES.get(key, TEMPLATES["damaged"]), file=file, **values)
        self.key = key
        self.detail = detail


TEMPLATES: Final[Mapping[str, str]] = {
    "missing": mark("“{file}” is not there any more. Choose the file again."),
    "denied": mark(
        "“{file}” cannot be opened: another program holds it, or you "
        "may not read it. Close it there and try again."
    ),
    "empty": mark("“{file}” is empty."),
    "no_rows": mark("“{file}” has no rows in any sheet."),
    "no_sheet": mark("“{file}” has no sheet with cells."),
    "no_such_sheet": mark("“{file}” has no sheet “{sheet}”. Choose another sheet."),
    "damaged": mark(
        "“{file}” is damaged or incomplete. Open it in Excel or WPS, "
        "save it as a new .xlsx file and import that one."
    ),
    "encrypted": mark(
        "“{file}” is protected by a password. Open it in Excel or WPS, "
        "remove the password, save it and import it again."
    ),
    "xlsb": mark(
        "“{file}” is a binary Excel workbook (.xlsb). Save it as .xlsx in Excel and import that one."
    ),
    "opendocument": mark("“{file}” is an OpenDocument file. Save it as .xlsx and import that one."),
    "word": mark(
        "“{file}” is a Word document. Copy its table into Excel, save it as .xlsx and import that one."
    ),
    "slides": mark("“{file}” is a presentation, not a table. Choose an Excel or CSV file."),
    "pdf": mark("“{file}” is a PDF document, not a table. Choose an Excel or CSV file."),
    "picture": mark("“{file}” is a picture, not a table. Choose an Excel or CSV file."),
    "archive": mark("“{file}” is a packed archive. Unpack it and choose the Excel or CSV file in it."),
    "not_a_table": mark("“{file}” is not a table. Choose an Excel or CSV file."),
    "encoding": mark(
        "“{file}” is written in an unknown character encoding. Save it as "
        ".xlsx or as CSV in UTF-8 and import that one."
    ),
    "quote": mark(
        "“{file}”: a quotation mark opened before line {row} is never "
        "closed. Correct it, or save the file as .xlsx."
    ),
    "entities": mark(
        "“{file}” holds definitions that no office program writes and "
        "that can be used for an attack. It was not read."
    ),
    "bomb": mark("“{file}” unpacks to far more than a workbook of this size holds. It was not read."),
    "file_bytes": mark("“{file}” is larger than {limit} MB. Split it into several files."),
    "too_much_text": mark("“{file}” holds more text than can be read at once. Split it into several files."),
    "rows": mark("“{file}” has more than {limit} rows. Split it into several files."),
    "columns": mark("“{file}” has more than {limit} columns. Delete the columns that are not needed."),
    "cell_length": mark("“{file}” has a cell with more than {limit} characters. Shorten it."),
    "memory": mark(
        "“{file}” needs more memory than reading a file may take. Save "
        "only the needed sheet as a new .xlsx file."
    ),
    "time": mark(
        "Reading “{file}” took longer than {limit} seconds and was stopped. "
        "Save only the needed sheet as a new .xlsx file."
    ),
}
"""Messages by the keys that the child process answers."""
