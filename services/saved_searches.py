"""Searches of a list under a name: read, kept, offered; and what has become of one whose field is gone (PLT-12).

A saved search is a record of its own table (``system.saved_search``): ``records.create``, ``update_record`` and
``recycle`` write it as any other, ``organisation.sharing`` shares it with people and positions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.system import SavedSearch
from services import records
from services.commands import Changes, Work
from services.data_classes import find_class
from services.entity import Column, Condition, Entity, Facet, Field, Group, Kind, Query
from services.errors import Invalid
from services.facets import ME, MY_PEOPLE, OPERATORS, operators
from services.language import mark, tr
from services.query_json import query_as_json, query_from_json
from services.regions import label
from services.session import Dictionary

_S = SavedSearch.__table__.c

SAVED_SEARCH: Final = Entity(
    key="system.saved_search",
    title=mark("Saved search"),
    plural=mark("Saved searches"),
    icon="star",
    model=SavedSearch,
    label=_S.name,
    columns=(Column("name", mark("Name"), _S.name, width=200),),
    fields=(Field("name", mark("Name"), required=True, length=60),),
    order=("name",),
    searchable=False,
    create_by_form=False,
)
"""Not among the entities that have lists of their own: searches are met where they are used."""


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved search as its list offers it."""

    id: int
    version: int
    name: str
    owner_id: int
    everybody: bool
    query: Mapping[str, Any]


def saved_searches(session: Session, *, entity: str) -> tuple[Saved, ...]:
    """Every search of a list that the user may use, his own and those he was given, by name. One read of some rows."""
    rows = session.execute(
        select(_S.id, _S.version, _S.name, _S.owner_id, _S.everybody, _S.query)
        .where(_S.entity == entity, _S.deleted_at.is_(None))
        .order_by(_S.name, _S.id)
    )
    return tuple(Saved(*row) for row in rows)


def save_search(work: Work, *, name: str, query: dict[str, Any], entity: str) -> Changes:
    """Keep a search under a name that none of one's own of this list has; Invalid when it is taken."""
    values = {"entity": entity, "name": name.strip(), "query": query}
    records.check(SAVED_SEARCH, {"name": values["name"]}, complete=True)
    return records.create(work, entity=SAVED_SEARCH, values=values)


def change_search(work: Work, *, search_id: int, version: int, values: dict[str, Any]) -> Changes:
    """Another name, or another query; Conflict when somebody was faster."""
    return records.update_record(
        work, entity=SAVED_SEARCH, record_id=search_id, version=version, values=values
    )


def drop_search(work: Work, *, search_id: int) -> Changes:
    """Into the recycle bin; ``result["deletions"]`` brings it back."""
    return records.recycle(work, entity=SAVED_SEARCH, ids=[search_id])


def bring_search_back(work: Work, *, deletions: list[int]) -> Changes:
    """The opposite of ``drop_search``."""
    return records.restore(work, entity=SAVED_SEARCH, deletions=deletions)


def offer_search(work: Work, *, search_id: int, everybody: bool) -> Changes:
    """Let everybody who sees the list use it, or not any more; needs system.saved_search.share."""
    return work.post("system.offer_search", id=search_id, everybody=everybody)


def kept(query: Query) -> dict[str, Any]:
    """What of ``query`` a saved search keeps."""
    return query_as_json(query)


# -- opening ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """A saved search as it can be shown now: what does not exist any more is left out and named in ``gone``."""

    query: Query
    gone: tuple[str, ...]


def opened(
    saved: Mapping[str, Any],
    query: Query,
    entity: Entity,
    columns: tuple[Column, ...],
    dictionary: Dictionary,
) -> Opened:
    """``query`` with what was saved, over the ``columns`` that the user may see now.

    Fields, values, people and data classes that are gone, or that he has no right to, are left out and named in
    words. Invalid when it is no saved search at all.
    """
    try:
        found = query_from_json(query, saved)
    except ValueError as error:
        raise Invalid(
            mark("This saved search cannot be read. Delete it and make it anew."), field="query"
        ) from error
    gone: list[str] = []
    by_key = {column.key: column for column in columns}
    parts = [_mended(part, by_key, dictionary, gone) for part in found.facets]
    order = tuple(name for name in found.order if _sortable(name.lstrip("-"), by_key, gone))
    data_class = found.data_class
    if not _known_class(data_class, entity, by_key, dictionary):
        gone.append(tr("data class {name}", name=data_class))
        data_class = "all"
    mended = replace(
        found, facets=tuple(part for part in parts if part is not None), order=order, data_class=data_class
    )
    return Opened(mended, tuple(dict.fromkeys(gone)))


def _mended(
    part: Condition, columns: Mapping[str, Column], dictionary: Dictionary, gone: list[str]
) -> Condition | None:
    if isinstance(part, Group):
        inside = tuple(
            one
            for one in (_mended(each, columns, dictionary, gone) for each in part.parts)
            if one is not None
        )
        return Group(part.joint, inside) if inside else None
    column = columns.get(part.column)
    if column is None:
        gone.append(tr("field {name}", name=part.column))
        return None
    if part.operator not in operators(column.kind):
        asked = tr(OPERATORS[part.operator]) if part.operator in OPERATORS else part.operator
        gone.append(tr("“{operator}” of {field}", operator=asked, field=tr(column.title)))
        return None
    return _with_values(part, column, dictionary, gone)


def _with_values(part: Facet, column: Column, dictionary: Dictionary, gone: list[str]) -> Facet | None:
    """``part`` without values that no dictionary knows any more."""
    if part.operator in ("empty", "not_empty"):
        return part
    several = part.operator in ("in", "not_in")
    values = tuple(part.value) if several and isinstance(part.value, tuple) else (part.value,)
    fine = tuple(value for value in values if _exists(value, column, dictionary))
    gone.extend(
        tr("value {value} of {field}", value=value, field=tr(column.title))
        for value in values
        if value not in fine
    )
    if not fine:
        return None
    return replace(part, value=fine) if several else part


def _exists(value: Any, column: Column, dictionary: Dictionary) -> bool:
    match column.kind:
        case Kind.CHOICE:
            return value in dictionary.choices
        case Kind.STATE:
            return value in (column.labels or {})
        case Kind.USER:
            return value in (ME, MY_PEOPLE) or value in dictionary.users
        case Kind.REGION:
            return label(str(value)) != str(value)
    return True


def _sortable(name: str, columns: Mapping[str, Column], gone: list[str]) -> bool:
    if name == "id" or (name in columns and columns[name].sortable):
        return True
    gone.append(tr("field {name}", name=name))
    return False


def _known_class(key: str, entity: Entity, columns: Mapping[str, Column], dictionary: Dictionary) -> bool:
    if key in ("", "all") or find_class(entity.classes, key) is not None:
        return True
    name, equals, value = key.partition("=")
    if not equals or name not in entity.class_columns or name not in columns:
        return False
    return _exists(value, columns[name], dictionary)
