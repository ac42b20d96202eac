"""The form of every entity that is created by form: opens, asks for what is required, saves, reloads, edits."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from services.drafts import Drafts
from services.entity import Entity, Field, Kind
from services.language import use_language
from services.lookup import lookup
from services.records import table_of
from tests.conftest import Company
from tests.factories.next_entity import ENTITIES, EVERY
from tests.widgets.desk import client_of
from widgets.base.client import Client
from widgets.base.record_form import RecordForm
from widgets.base.tasks import tasks
from widgets.views import RECORDS

OTHER: dict[Kind, Any] = {Kind.TEXT: "Other", Kind.LONG_TEXT: "Other", Kind.PRICE: Decimal("3.5")}
"""What a field is changed to."""

BY_FORM = [
    entity
    for entity in EVERY
    if entity.create_by_form
    and (
        entity.key not in RECORDS
        or entity.key in ("customers.customer", "customers.contact", "products.product")
    )
]
"""Entities whose form is the generic one, alone or as part of a page."""


def sample(client: Client, field: Field, company: Company) -> Any:
    """A value that the field takes."""
    plain: dict[Kind, Any] = {
        Kind.TEXT: "Sample",
        Kind.LONG_TEXT: "Sample",
        Kind.PHONE: "13800000000",
        Kind.EMAIL: "a@example.com",
        Kind.URL: "www.example.com",
        Kind.INTEGER: 3,
        Kind.QUANTITY: Decimal("2.00"),
        Kind.PRICE: Decimal("2.00"),
        Kind.AMOUNT: Decimal("2.00"),
        Kind.PERCENT: Decimal("13"),
        Kind.DATE: date(2026, 11, 21),
        Kind.TIME: datetime(2026, 11, 21, 9).astimezone(),
        Kind.YES_NO: True,
        Kind.REGION: "500103",
    }
    if field.default is not None:
        return field.default()
    if field.kind is Kind.CHOICE and field.dictionary:
        return client.dictionary.of(field.dictionary)[0].key
    if field.kind is Kind.CHOICE:
        return next(
            next(iter(column.labels))
            for entity in EVERY
            for column in entity.columns
            if field in entity.fields and column.key == field.key and column.labels
        )
    if field.kind is Kind.USER:
        return client.user.id
    if field.kind is Kind.REFERENCE:
        return referred(client, ENTITIES[field.reference or ""], company)
    return plain[field.kind]


def referred(client: Client, entity: Entity, company: Company) -> int:
    """A record that a reference may lead to, made if there is none."""
    with client.database.read_session() as session:
        found = lookup(session, entity, "")
    if found:
        return found[0].id
    from services import records

    values = {f.key: sample(client, f, company) for f in entity.fields if f.required}
    return client.database.write(records.create, entity=entity, values=values).id


@pytest.mark.parametrize("entity", BY_FORM, ids=lambda entity: entity.key)
def test_the_form_of_every_entity(
    entity: Entity, qtbot: QtBot, next_company: Company, tmp_path: Path
) -> None:
    use_language("en")
    client = next(
        found
        for login in ("boss", "sales1", "admin", "buyer", "keeper1", "accountant")
        if (found := client_of(next_company.as_(login), ENTITIES)).can(entity, "create")
        and found.can(entity, "view")
    )
    fill_and_save(client, entity, next_company, qtbot, Drafts("every", tmp_path))
    use_language("zh_CN")


def fill_and_save(client: Client, entity: Entity, company: Company, qtbot: QtBot, drafts: Drafts) -> int:
    """Drive the form of ``entity`` once through everything; the id of the record that it made."""
    form = RecordForm(client, entity, drafts=drafts)
    form.resize(1200, 800)
    form.show()
    qtbot.waitUntil(form.fields.isEnabled)
    _required(form, entity)
    record_id = _create(form, client, entity, company, qtbot)
    _edit(form, client, entity, company, record_id, qtbot)
    form.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    tasks().wait()
    return record_id


def _required(form: RecordForm, entity: Entity) -> None:
    needed = [
        f.key for f in entity.fields if f.required and f.default is None and f.key in form.fields.editors
    ]
    form.save()
    if needed:
        for key in needed:
            assert form.fields.editors[key].error(), f"{key} is required"
        assert form.record_id is None


def _create(form: RecordForm, client: Client, entity: Entity, company: Company, qtbot: QtBot) -> int:
    for field in entity.fields:
        if field.required and field.default is None and field.key in form.fields.editors:
            form.fields.set_values({field.key: sample(client, field, company)})
    form._measure()
    problems = form.fields.problems(new=True)
    assert not problems
    with qtbot.waitSignal(form.saved):
        form.save()
    assert form.record_id is not None
    qtbot.waitUntil(lambda: bool(form._record))
    assert not form.dirty(), form.changes()
    return form.record_id


def _edit(
    form: RecordForm, client: Client, entity: Entity, company: Company, record_id: int, qtbot: QtBot
) -> None:
    target, other = next(
        (f, OTHER[f.kind])
        for f in entity.fields
        if f.editable and f.kind in OTHER and not f.once and (f.check is None or f.kind is Kind.PRICE)
    )
    form.fields.set_values({target.key: other})
    form._measure()
    assert form.dirty()
    with qtbot.waitSignal(form.saved):
        form.save()
    qtbot.waitUntil(lambda: form._record.get(target.key) == other)
    table = table_of(entity)
    admin = company.psql()
    assert admin.execute(
        f'SELECT "{target.key}" FROM {entity_name(entity)} WHERE id = %s', (record_id,)
    ).fetchone() == (other,)
    if "version" in table.c:
        actions = admin.execute(
            "SELECT action FROM app.history WHERE entity = %s AND record_id = %s ORDER BY id",
            (entity.key, record_id),
        ).fetchall()
        assert ("create",) in actions and actions[-1] == ("change",)


def entity_name(entity: Entity) -> str:
    schema, _, table = entity.key.partition(".")
    return f'{schema}."{table}"'
