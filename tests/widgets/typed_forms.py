"""A form that a person fills: typed, picked, saved, opened again, and the file of its list."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import psycopg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from services.entity import Entity, Query
from services.exporting import export
from services.listing import Listing
from widgets.base.client import Client
from widgets.base.editors.choice import YesNoEditor
from widgets.base.editors.pick import PickEditor
from widgets.base.formatting import value_text
from widgets.base.record_form import RecordForm
from widgets.views import RECORDS

Typed = Mapping[str, tuple[str, Any]]
"""By field: what is typed (empty: the first choice of its dictionary), and what the table holds then."""
NAMES = {"鸿运阀门", "单雄信", "不锈钢球阀"}
"""By which the row of a file is found that was typed."""


def type_into(form: RecordForm, key: str, words: str, qtbot: QtBot) -> None:
    """As from an input method: the words come at once; what is picked from a list is picked by Enter."""
    editor = form.fields.editors[key]
    if isinstance(editor, YesNoEditor):
        editor.box.click()
        return
    text = editor.findChild(QPlainTextEdit)
    if text is not None:
        text.setFocus()
        text.insertPlainText(words)
        return
    line = editor.findChild(QLineEdit)
    assert line is not None, key
    line.setFocus()
    line.clear()
    line.insert(words)
    line.textEdited.emit(line.text())
    if isinstance(editor, PickEditor):
        qtbot.waitUntil(lambda: bool(editor.popup.options) and editor.popup.options[0].label in words)
        qtbot.keyClick(line, Qt.Key.Key_Return)
        assert editor.value() is not None, key


def opened(client: Client, key: str, record_id: int | None, qtbot: QtBot) -> tuple[QWidget, RecordForm]:
    """The page of a record, and its form."""
    page = RECORDS[key](client, record_id, None)
    qtbot.addWidget(page)
    form = page if isinstance(page, RecordForm) else page.form  # type: ignore[attr-defined]
    page.resize(1240, 900)
    page.show()
    qtbot.waitUntil(lambda: form.fields.isEnabled() and (record_id is None or bool(form._record)))
    return page, form


def filled(form: RecordForm, client: Client, typed: Typed, qtbot: QtBot) -> dict[str, str]:
    """Everything typed; for choices the first one where ``typed`` names none."""
    entity = form.entity
    said = {}
    for key, (words, _held) in typed.items():
        field = entity.field(key)
        said[key] = words or (client.dictionary.of(field.dictionary)[0].label if field.dictionary else "")
        if said[key]:
            type_into(form, key, said[key], qtbot)
    return said


def saved(form: RecordForm, qtbot: QtBot) -> int:
    with qtbot.waitSignal(form.saved):
        form.save()
    assert form.record_id is not None
    qtbot.waitUntil(lambda: bool(form._record))
    assert not form.dirty(), form.changes()
    return form.record_id


def file_of(client: Client, entity: Entity, path: Path) -> dict[str, str]:
    """The one row of a file with every column: {title: words}."""
    listing = Listing(Query(entity.key, words=""), user=client.user, dictionary=client.dictionary)
    export(
        client.database,
        listing,
        path,
        shown=[column.key for column in listing.columns],
        text_of=lambda column, value: value_text(column, value, client.dictionary),
    )
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    titles = rows[0]
    own = next(row for row in rows[1:] if NAMES & set(row))
    return dict(zip(titles, own, strict=True))


def held_by(
    connection: psycopg.Connection[tuple[Any, ...]],
    entity: str,
    record_id: int,
    typed: Typed,
    references: Mapping[str, str],
) -> dict[str, Any]:
    """What the table holds of a record, compared with what was typed: {field: value}.

    ``references`` says of which table a field names a record; what was typed is its name. Of a field for which the
    first choice was taken (nothing typed) the dictionary's kind is compared.
    """
    columns = ", ".join(typed)
    row = connection.execute(f"SELECT {columns} FROM {entity} WHERE id = %s", (record_id,)).fetchone()
    assert row is not None
    held = dict(zip(typed, row, strict=True))
    for key, (words, wanted) in typed.items():
        if key in references:
            names = f"SELECT name FROM {references[key]} WHERE id = %s"
            assert connection.execute(names, (held[key],)).fetchone() == (words,), key
        elif not words:
            assert str(held[key]).startswith(f"{wanted}."), key
        else:
            assert held[key] == wanted, key
    return held


def shown_again(client: Client, key: str, record_id: int, held: Mapping[str, Any], qtbot: QtBot) -> None:
    """The page of the record, opened anew, shows in every field what the table holds."""
    _page, form = opened(client, key, record_id, qtbot)
    for field, value in held.items():
        assert form.fields.editors[field].value() == value, field


def in_file(client: Client, entity: Entity, path: Path, said: Mapping[str, str]) -> None:
    """The file of the list has everything that was said: in one line, and figures as a list writes them."""
    inside = set(file_of(client, entity, path).values())
    for key, spoken in said.items():
        written = {spoken, spoken.replace("\n", " "), spoken.replace(" ", ""), f"{spoken}.00", f"{spoken}%"}
        with contextlib.suppress(InvalidOperation):
            written |= {f"{Decimal(spoken):f}", f"{Decimal(spoken):,f}", f"{Decimal(spoken).normalize():f}"}
        assert written & inside, (key, spoken, inside)
