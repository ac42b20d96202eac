"""Whatever a file can fill comes back from the file that the list writes; nobody imports without the right (PLT-19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from openpyxl import load_workbook

from services import records
from services.entity import Entity, Field, Kind, Query
from services.errors import Refused
from services.exporting import export
from services.importing.checking import check
from services.importing.plan import Plan, importable_fields, propose
from services.importing.running import Importer, Outcome
from services.listing import Listing
from services.sample.staff import PEOPLE
from services.tabular.reading import open_table
from services.tabular.template import write_template
from services.wording import words
from tests.conftest import Company
from tests.factories.next_entity import ENTITIES, EVERY, spoken
from tests.widgets.base.test_every_form import entity_name, sample
from tests.widgets.desk import client_of
from widgets.base.client import Client

IMPORTABLE = [entity for entity in EVERY if entity.importable]
ROWS = 3
LOGINS = ("boss", *(person.login for person in PEOPLE if person.login != "boss"))
VERBS = ("view", "create", "edit", "delete", "export", "import")
NAMED = {"tax_number": "91500000MA5U0C9T1X", "number": "A-1"}
"""Fields whose text is not any text."""


def one_who_may(company: Company, entity: Entity) -> Client:
    """The first of the people who may do all of it."""
    for login in LOGINS:
        client = client_of(company.as_(login), ENTITIES)
        if all(client.user.can(entity.permission(verb)) for verb in VERBS):
            return client
    raise AssertionError(f"nobody may import {entity.key}")


def own_fields(client: Client, entity: Entity) -> list[Field]:
    """What a file may fill of the record itself."""
    companion = entity.companion.keys if entity.companion else frozenset()
    return [field for field in importable_fields(entity, client.user) if field.key not in companion]


def value_of(client: Client, field: Field, company: Company, number: int) -> Any:
    """A value of the ``number``-th record."""
    if field.key in NAMED and number:
        return None
    if field.key in NAMED:
        return NAMED[field.key]
    if field.kind is Kind.DATE:
        return sample(client, replace(field, default=None), company).replace(day=number + 1)
    value = sample(client, field, company)
    if field.kind in (Kind.TEXT, Kind.LONG_TEXT):
        return f"{value} {field.key} {number}"[: field.length]
    return value


def exported(client: Client, entity: Entity, path: Path, rows: int = ROWS) -> Path:
    """The whole list with all its columns, as a person has it written."""
    listing = Listing(Query(entity.key), user=client.user, dictionary=client.dictionary, entity=entity)
    shown = [column.key for column in listing.columns]
    text_of = lambda column, value: words(column, value, client.dictionary)  # noqa: E731
    assert export(client.database, listing, path, shown=shown, text_of=text_of).rows >= rows
    return path


def imported(client: Client, entity: Entity, path: Path) -> tuple[Plan, Outcome]:
    """The file, by the columns that the program proposes."""
    source = open_table(path)
    plan = Plan(entity, propose(source, entity, client.user).by_field())
    return plan, Importer(client.database, source, plan, client.user, client.dictionary).run()


@pytest.mark.req("PLT-18")
@pytest.mark.req("PLT-19")
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
@pytest.mark.parametrize("entity", IMPORTABLE, ids=lambda entity: entity.key)
def test_what_is_exported_is_imported_again(
    next_company: Company, entity: Entity, ending: str, tmp_path: Path
) -> None:
    with spoken():
        client = one_who_may(next_company, entity)
        fields = own_fields(client, entity)
        referred = {
            field.key: value_of(client, field, next_company, 0)
            for field in fields
            if field.kind is Kind.REFERENCE  # of their own kind, too: they stay
        }
        psql: psycopg.Connection[Any] = next_company.psql()
        before = newest(psql, entity)
        ids = [
            client.database.write(
                records.create,
                entity=entity,
                values={field.key: value_of(client, field, next_company, number) for field in fields}
                | referred,
            ).id
            for number in range(ROWS)
        ]
        typed = contents(psql, entity, fields, before)
        path = exported(client, entity, tmp_path / f"list.{ending}")
        client.database.write(records.recycle, entity=entity, ids=ids)

        plan, outcome = imported(client, entity, path)
        assert {field.key for field in fields} <= set(plan.columns), "a column for all that a file can fill"
        assert {row: [str(error) for error in errors] for row, errors in outcome.rejects.items()} == {}
        assert contents(psql, entity, fields, max(ids)) == typed
        if entity.unique:
            assert outcome.created == ROWS, "what stood there before is recognised"
            _, again = imported(client, entity, path)
            assert (again.created, again.rejected) == (0, 0), "and now all of it"


@pytest.mark.req("PLT-19")
@pytest.mark.parametrize("entity", IMPORTABLE, ids=lambda entity: entity.key)
def test_the_template_of_every_entity_is_filled_in_and_imported(
    next_company: Company, entity: Entity, tmp_path: Path
) -> None:
    """Every column of it finds its field, and a row in the words of the list makes the record that stood there."""
    with spoken():
        client = one_who_may(next_company, entity)
        fields = own_fields(client, entity)
        psql: psycopg.Connection[Any] = next_company.psql()
        values = {field.key: value_of(client, field, next_company, 0) for field in fields}
        before = newest(psql, entity)
        made = client.database.write(records.create, entity=entity, values=values).id
        typed = contents(psql, entity, fields, before)[-1:]
        listed = open_table(exported(client, entity, tmp_path / "list.xlsx", rows=1))
        places = propose(listed, entity, client.user).by_field()
        cells = next(row.cells for row in listed.rows() if same_as(row.cells, values, places))
        client.database.write(records.recycle, entity=entity, ids=[made])

        path = tmp_path / "template.xlsx"
        write_template(path, importable_fields(entity, client.user), sheet=entity.plural)
        template = open_table(path)
        columns = propose(template, entity, client.user).by_field()
        assert sorted(columns.values()) == list(range(len(template.titles))), "no column without its field"
        book = load_workbook(path)
        sheet = book.worksheets[0]
        assert [cell.value for cell in sheet[1]] == list(template.titles)
        for cell in sheet[2]:
            cell.value = None  # the example, which is overwritten
        for field in fields:
            sheet.cell(2, columns[field.key] + 1, cells[places[field.key]])
        book.save(path)
        _, outcome = imported(client, entity, path)
        assert {row: [str(error) for error in errors] for row, errors in outcome.rejects.items()} == {}
        assert (outcome.created, contents(psql, entity, fields, max(made, before))) == (1, typed)


def same_as(cells: Sequence[Any], values: Mapping[str, Any], places: Mapping[str, int]) -> bool:
    """Whether the row of a file is that record: its texts stand there."""
    texts = {key: value for key, value in values.items() if isinstance(value, str) and f" {key} 0" in value}
    return all(cells[places[key]] == value for key, value in texts.items())


def newest(psql: psycopg.Connection[Any], entity: Entity) -> int:
    """The last id there is, 0 for none."""
    rows = psql.execute(f"SELECT coalesce(max(id), 0) FROM {entity_name(entity)}").fetchall()
    return int(rows[0][0])


def contents(
    psql: psycopg.Connection[Any], entity: Entity, fields: list[Field], after: int
) -> list[tuple[Any, ...]]:
    """What really stands in the fields of the records made after the id ``after``, sorted."""
    names = ", ".join(f'"{field.key}"' for field in fields)
    rows = psql.execute(
        f"SELECT {names} FROM {entity_name(entity)} WHERE id > %s AND deleted_at IS NULL ORDER BY id",
        (after,),
    ).fetchall()
    return sorted((plain(row) for row in rows), key=repr)


def plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Numbers without their zeros."""
    return tuple(value.normalize() if isinstance(value, Decimal) else value for value in row)


@pytest.mark.req("PLT-19")
@pytest.mark.parametrize("entity", IMPORTABLE, ids=lambda entity: entity.key)
def test_without_the_right_client_and_database_refuse(
    next_company: Company, entity: Entity, tmp_path: Path
) -> None:
    able = one_who_may(next_company, entity)
    titles = [field.title for field in own_fields(able, entity) if field.required]
    path = tmp_path / "file.csv"
    path.write_text(",".join(titles) + "\n" + ",".join("x" for _ in titles) + "\n", "utf-8")
    refused = 0
    before = next_company.psql().execute(f"SELECT count(*) FROM {entity_name(entity)}").fetchall()
    for login in LOGINS:
        client = client_of(next_company.as_(login), ENTITIES)
        if client.user.can(entity.permission("import")):
            continue
        source = open_table(path)
        plan = Plan(entity, propose(source, entity, able.user).by_field())
        with pytest.raises(Refused):
            check(client.database, source, plan, client.user, client.dictionary)
        with pytest.raises(Refused):
            Importer(client.database, source, plan, client.user, client.dictionary).run()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            next_company.psql(login).execute("SELECT app.begin_import(%s, 'x', 'skip')", (entity.key,))
        refused += 1
    assert refused, "somebody lacks the right"
    assert next_company.psql().execute(f"SELECT count(*) FROM {entity_name(entity)}").fetchall() == before
