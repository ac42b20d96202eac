"""What a change of many records would do, before it is done (PLT-16): how many, old and new, what is refused and why.

The database answers by the rules it will apply; the change itself is services.records' in one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Text, and_, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from models.permissions import Permission
from services import records
from services.entity import Entity
from services.language import mark
from services.listing import CHUNK
from services.lookup import labels
from services.registry import ENTITIES

GONE: Final = mark("deleted meanwhile, or not yours to see any more")
NOT_DELETABLE: Final = mark("you may see them, but not delete them")
READ_ONLY: Final = mark("you may see them, but not change them")
IN_DOCUMENT: Final = mark("this field is changed in the document itself")
NOT_YOURS: Final = mark("they belong to others than you and those below you")
UNOWNED: Final = mark("nobody owns them")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What one field holds now in the records that would change: commonest values with counts, and the others."""

    key: str
    now: tuple[tuple[Any, int], ...]
    others: int
    new: Any
    names: Mapping[Any, str] = field(default_factory=dict)
    """Of a reference: what the records are called, by id."""


@dataclass(frozen=True, slots=True)
class EditPlan:
    """Which records would change: ``versions`` {id: version}, as they are now."""

    versions: Mapping[int, int]
    same: int
    """Records that hold all the new values already."""
    fields: tuple[FieldChange, ...]
    refused: Mapping[str, int]
    """{why, a source string: number of records}; some in the words of the database (``app.editable_while``)."""


@dataclass(frozen=True, slots=True)
class GivePlan:
    """Which records can be given away, by what the caller may do with them."""

    give: tuple[int, ...]
    whose: tuple[int, ...]
    """The owner of each of ``give`` now."""
    owners: tuple[tuple[int, int], ...]
    """Owners now of those that can be given away, with counts, most first."""
    refused: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DeletePlan:
    """Which records would go into the recycle bin, and what with them."""

    ids: tuple[int, ...]
    taken: Mapping[str, int]
    """{entity key: number}, the records themselves included."""
    held: Mapping[str, int]
    """{entity key: number of records that stay because such records refer to them}."""
    hidden: int
    read_only: int = 0
    """Records that the caller sees, but may not delete."""


def plan_edit(session: Session, *, entity: Entity, ids: Sequence[int], values: Mapping[str, Any]) -> EditPlan:
    """What changing ``values`` of ``ids`` would do. Cost: one pass over them, and one for each field."""
    table = records.table_of(entity)
    granted = session.scalar(
        select(
            and_(
                *(
                    func.has_column_privilege(f'{table.schema}."{table.name}"', key, "UPDATE")
                    for key in values
                )
            )
        )
    )
    if not granted:
        return EditPlan({}, 0, (), {IN_DOCUMENT: len(ids)})
    may = _may_do(entity, ids)
    same = and_(*(table.c[key].is_not_distinct_from(value) for key, value in values.items()))
    statement = select(table.c.id, table.c.version, may.c.edit, may.c.give, may.c.refusal, same).join(
        may, may.c.id == table.c.id
    )
    # what only those set who might give the record away, such as a customer's branch (app.lies_in_branch)
    giving = any(
        field.right_to_set is Permission.ORGANISATION_TRANSFER
        for field in entity.fields
        if field.key in values
    )
    fine: dict[int, int] = {}
    refused: Counter[str] = Counter()
    seen = equal = 0
    # in parts, so that 100,000 rows do not keep the interpreter from the screen
    for chunk in session.execute(statement, execution_options={"yield_per": CHUNK}).partitions():
        for id_, version, edit, give, refusal, already in chunk:
            seen += 1
            if already:
                equal += 1
            elif not edit:
                refused[refusal or READ_ONLY] += 1
            elif giving and not give:
                refused[NOT_YOURS] += 1
            else:
                fine[id_] = version
    changes = tuple(_change(session, entity, list(fine), key, value) for key, value in values.items())
    return EditPlan(fine, equal, changes, _counted({GONE: len(set(ids)) - seen, **refused}))


def _change(session: Session, entity: Entity, ids: Sequence[int], key: str, new: Any) -> FieldChange:
    now, others = records.values_now(session, entity=entity, ids=ids, key=key)
    reference = entity.field(key).reference
    known = {value for value, _count in now} | {new}
    names = labels(session, ENTITIES[reference], known - {None}) if reference is not None else {}
    return FieldChange(key, tuple(now), others, new, names)


def plan_delete(session: Session, *, entity: Entity, ids: Sequence[int]) -> DeletePlan:
    """What putting ``ids`` into the recycle bin would do; Refused without the right to."""
    found = session.scalar(select(func.app.recycle_plan(entity.key, _array(ids)))) or {}
    return DeletePlan(
        tuple(found["ids"]),
        {str(key): int(n) for key, n in found["taken"].items()},
        {str(key): int(n) for key, n in found["refused"].items()},
        int(found["hidden"]),
        int(found["read_only"]),
    )


def plan_give(session: Session, *, entity: Entity, ids: Sequence[int]) -> GivePlan:
    """Which of ``ids`` can be given to another owner. One pass over them."""
    table, may = records.table_of(entity), _may_do(entity, ids)
    statement = select(may.c.id, may.c.give, table.c.owner_id).join(may, may.c.id == table.c.id)
    give: list[int] = []
    whose: list[int] = []
    owners: dict[int, int] = {}
    seen = unowned = 0
    for chunk in session.execute(statement, execution_options={"yield_per": CHUNK}).partitions():
        for id_, can_give, owner in chunk:
            seen += 1
            if can_give:
                give.append(id_)
                whose.append(owner)
                owners[owner] = owners.get(owner, 0) + 1
            elif owner is None:
                unowned += 1
    refused = {
        GONE: len(set(ids)) - seen,
        UNOWNED: unowned,
        NOT_YOURS: seen - len(give) - unowned,
    }
    ordered = sorted(owners.items(), key=lambda pair: (-pair[1], pair[0]))
    return GivePlan(tuple(give), tuple(whose), tuple(ordered), _counted(refused))


def _may_do(entity: Entity, ids: Sequence[int]) -> Any:
    return (
        func.app.may_do(entity.key, _array(ids))
        .table_valued(
            column("id", BigInteger),
            column("edit", Boolean),
            column("give", Boolean),
            column("refusal", Text),
        )
        .alias("may")
    )


def _counted(refused: Mapping[str, int]) -> dict[str, int]:
    return {why: count for why, count in refused.items() if count}


def _array(ids: Sequence[int]) -> Any:
    return literal(list(ids), ARRAY(BigInteger))
