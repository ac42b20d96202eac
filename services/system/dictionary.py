"""The data dictionary as the office edits it (PLT-37): kinds, choices, their order.

A choice's key never changes and a choice in use is never taken away (``system.keep_choice``), so old records keep
their values whatever happens here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from models.system import Choice
from services.commands import Changes, Work
from services.entity import Entity
from services.errors import Invalid
from services.language import mark, tr

_C = Choice.__table__.c

OTHER_KINDS: Final[Mapping[str, str]] = {
    "expense_kind": mark("Expense kind"),
    "hot_level": mark("Hot level"),
    "invoice_kind": mark("Invoice kind"),
    "lost_reason": mark("Reason for losing"),
    "payment_terms": mark("Payment terms"),
    "price_level": mark("Price level"),
    "product_brand": mark("Brand"),
    "region_grade": mark("Region grade"),
    "relation_kind": mark("Relation"),
    "schedule_type": mark("Kind of appointment"),
    "unit": mark("Unit"),
}
"""Titles of kinds that no form names as its field's."""


@dataclass(frozen=True, slots=True)
class DictionaryChoice:
    """One choice as the page edits it."""

    id: int
    version: int
    key: str
    kind: str
    parent_key: str | None
    zh: str
    en: str
    colour: str | None
    active: bool


def choices(session: Session) -> list[DictionaryChoice]:
    """All choices by kind, in order. A few hundred rows."""
    rows = session.execute(
        select(_C.id, _C.version, _C.key, _C.kind, _C.parent_key, _C.zh, _C.en, _C.colour, _C.active)
        .where(_C.deleted_at.is_(None))
        .order_by(_C.kind, _C.position, _C.id)
    )
    return [DictionaryChoice(*row) for row in rows]


def kind_titles(entities: Mapping[str, Entity], kinds: Sequence[str]) -> dict[str, str]:
    """What each kind is called, in the language in force: after the fields that hold it, else the columns that show
    it, else by its own title."""
    named: dict[str, list[str]] = {}
    for entity in entities.values():
        fields = [(field.dictionary, field.title) for field in entity.fields]
        held = {kind for kind, _title in fields}
        shown = [
            (column.dictionary, column.title) for column in entity.columns if column.dictionary not in held
        ]
        for kind, called in (*fields, *shown):
            if kind:
                title = tr("{records}: {field}", records=tr(entity.plural), field=tr(called))
                named.setdefault(kind, []).append(title)
    titles = {
        kind: " / ".join(dict.fromkeys(named[kind])) if kind in named else tr(OTHER_KINDS.get(kind, kind))
        for kind in (*kinds, *named)
    }
    return dict(sorted(titles.items(), key=lambda pair: (pair[0] not in named, pair[1])))


def add_choice(work: Work, *, kind: str, zh: str, en: str = "", parent_key: str | None = None) -> Changes:
    """A new choice at the end of its kind; without an English name it is called the same in both languages."""
    if not zh.strip():
        raise Invalid(mark("This field must not be empty."), field="zh")
    session = work.session
    prefix = f"{kind}.own_"
    taken = session.scalars(select(_C.key).where(_C.key.startswith(prefix, autoescape=True))).all()
    number = max((int(key[len(prefix) :]) for key in taken if key[len(prefix) :].isdigit()), default=0) + 1
    place = session.scalar(select(func.coalesce(func.max(_C.position), 0)).where(_C.kind == kind)) or 0
    values = {
        "key": f"{prefix}{number}",
        "kind": kind,
        "parent_key": parent_key,
        "zh": zh.strip(),
        "en": en.strip() or zh.strip(),
        "position": place + 1,
    }
    made = session.execute(insert(Choice).values(**values).returning(_C.id)).scalar_one()
    return Changes({"system.choice": (made,)}, {"key": values["key"]})


def order_choices(work: Work, *, ids: Sequence[int]) -> Changes:
    """Put the choices of one kind into this order; only those that move are written."""
    found = work.session.execute(select(_C.id, _C.position).where(_C.id.in_(ids)))
    now: dict[int, int] = {row[0]: row[1] for row in found}
    moved = [(one, place) for place, one in enumerate(ids, 1) if now.get(one) not in (None, place)]
    for one, place in moved:
        work.session.execute(update(Choice).where(_C.id == one).values(position=place))
    return Changes({"system.choice": tuple(one for one, _ in moved)})
