"""Names in a file to ids in the database: records by number or name, paths of a tree, colleagues, choices."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from sqlalchemy import Index, Table, UniqueConstraint, insert, select, text
from sqlalchemy.orm import Session

from models.base import Base
from resources import FOLDER
from services.entity import Column, Entity, Field
from services.errors import Invalid
from services.language import in_every_language, mark
from services.session import Dictionary
from services.tabular.regions import Regions
from services.tabular.values import form

_PATH: Final = re.compile(r"\s*[/\\>＞›→|／]\s*")
_MOST: Final = 20_000
"""Rows of a small table that are read as a whole."""


class Missing(str):
    """A name whose record does not exist yet and is to be made."""

    __slots__ = ()


class Lookup:
    """Ids of the records of one table by what files call them. Sees what the user sees."""

    def __init__(self, field: Field, create_missing: bool) -> None:
        assert field.reference is not None
        self._field = field
        self._table: Table = Base.metadata.tables[field.reference]
        self._known: dict[str, set[int]] = {}
        self._asked: set[str] = set()
        self._small = "number" not in self._table.c
        unique: list[UniqueConstraint | Index] = [
            *(each for each in self._table.constraints if isinstance(each, UniqueConstraint)),
            *(each for each in self._table.indexes if each.unique),
        ]
        self._tree = any({"name", "parent_id"} <= {column.name for column in each.columns} for each in unique)
        self._creates = create_missing and creatable(field)

    def load(self, session: Session, names: Iterable[str]) -> None:
        """Find all of ``names`` that were not looked for before, in one statement."""
        new = sorted({name.strip() for name in names} - self._asked)
        if not new or (self._small and self._asked):
            return
        self._asked.update(new)
        if self._small:
            self._load_all(session)
        else:
            self._load_named(session, new)

    def find(self, name: str) -> int | Missing:
        """The id of what is called so; ``Missing`` if it will be made. Raises Invalid."""
        found = self._known.get(_shape(name), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise Invalid(
                mark("“{value}” is the name of several. Write the number or code."),
                field=self._field.key,
                value=name[:40],
            )
        if self._creates:
            return Missing(name.strip())
        raise Invalid(
            mark("There is no “{value}” that you may see. Create it first, or correct the name."),
            field=self._field.key,
            value=name[:40],
        )

    def create(self, session: Session, names: Iterable[str]) -> list[int]:
        """Make the records of ``names``, those above them in a tree first; ids of what was made."""
        made = []
        for name in dict.fromkeys(names):
            parts = [part for part in _PATH.split(name) if part] if self._tree else [name]
            above: int | None = None
            for depth in range(1, len(parts) + 1):
                path = "/".join(parts[:depth])
                found = self._known.get(_shape(path), set())
                if not found:
                    values: dict[str, Any] = {"name": parts[depth - 1]}
                    if self._tree and above is not None:
                        values["parent_id"] = above
                    new = session.execute(
                        insert(self._table).values(**values).returning(self._table.c.id)
                    ).scalar_one()
                    made.append(new)
                    found = {new}
                    self._known[_shape(path)] = found
                above = next(iter(found))
        return made

    def _load_all(self, session: Session) -> None:
        table = self._table
        wanted = [table.c.id, table.c.name]
        if self._tree:
            wanted.append(table.c.parent_id)
        # lists write a branch by its short name, so a file that was exported names it so
        short = "short_name" in table.c
        if short:
            wanted.append(table.c.short_name)
        query = select(*wanted).limit(_MOST)
        if "deleted_at" in table.c:
            query = query.where(table.c.deleted_at.is_(None))
        rows = {row.id: row for row in session.execute(query)}
        for row in rows.values():
            self._add(row.name, row.id)
            if short and row.short_name:
                self._add(row.short_name, row.id)
            if self._tree:
                for path in _paths(row, rows):
                    self._add(path, row.id)
        # A name at the top is what the name alone means, even if branches further down are called the same.
        for row in rows.values():
            if self._tree and row.parent_id is None:
                self._known[_shape(row.name)] = {row.id}

    def _load_named(self, session: Session, names: list[str]) -> None:
        table = self._table
        schema, keyed = table.schema, "name_key" in table.c
        same = f"t.name_key = {schema}.name_key(x.name)" if keyed else "t.name = x.name"
        alive = " AND t.deleted_at IS NULL" if "deleted_at" in table.c else ""
        rows = session.execute(
            text(
                f"SELECT x.name, t.id, false AS exact FROM unnest(CAST(:names AS text[])) x(name)"
                f" JOIN {schema}.{table.name} t ON {same}{alive}"
                f" UNION ALL SELECT x.name, t.id, true FROM unnest(CAST(:names AS text[])) x(name)"
                f" JOIN {schema}.{table.name} t ON t.number = x.name{alive}"
            ),
            {"names": names},
        ).all()
        for row in rows:
            self._add(row.name, row.id)
        for row in rows:
            if row.exact:
                self._known[_shape(row.name)] = {row.id}

    def _add(self, name: str, record: int) -> None:
        self._known.setdefault(_shape(name), set()).add(record)


def creatable(field: Field) -> bool:
    """Whether a record of the field's reference can be made from its name alone."""
    if field.reference is None or field.reference not in Base.metadata.tables:
        return False
    table = Base.metadata.tables[field.reference]
    return "number" not in table.c and all(
        column.nullable or column.server_default is not None or column.identity is not None
        for column in table.c
        if column.name != "name"
    )


def _shape(name: str) -> str:
    return "/".join(form(part) for part in _PATH.split(name.strip()))


def _paths(row: Any, rows: dict[int, Any]) -> list[str]:
    """``A/B/C`` and its shorter ends (``B/C``)."""
    names = [row.name]
    seen = {row.id}
    above = rows.get(row.parent_id)
    paths = []
    while above is not None and above.id not in seen:
        seen.add(above.id)
        names.insert(0, above.name)
        paths.append("/".join(names))
        above = rows.get(above.parent_id)
    return paths


def choice_names(field: Field, dictionary: Dictionary) -> dict[str, object]:
    """Every name of the choices of ``field``: labels in both languages, keys, codes."""
    names: dict[str, object] = {}
    for choice in dictionary.of(field.dictionary or ""):
        for name in (choice.label, choice.zh, choice.en, choice.key.partition(".")[2], choice.key):
            names.setdefault(name, choice.key)
    return names


def state_names(entity: Entity, field: Field) -> dict[str, object]:
    """Every name of the states that a field may hold."""
    names: dict[str, object] = {}
    column: Column | None = next((c for c in entity.columns if c.key == field.key), None)
    for value, title in ((column.labels or {}) if column else {}).items():
        for name in (*in_every_language(title), value):
            names.setdefault(name, value)
    return names


def user_names(session: Session) -> dict[str, object]:
    """Names and logins of the active users; a name that two bear is not in it."""
    names: dict[str, object] = {}
    doubtful = set()
    for row in session.execute(text('SELECT id, name, login FROM organisation."user" WHERE active')):
        if row.name in names:
            doubtful.add(row.name)
        names[row.name] = row.id
        names[row.login] = row.id
    return {name: record for name, record in names.items() if name not in doubtful}


@cache
def regions() -> Regions:
    """The administrative divisions that come with the program."""
    rows = json.loads((FOLDER / "reference" / "regions.json").read_text(encoding="utf-8"))["rows"]
    return Regions((code, name) for code, name, _above in rows)
