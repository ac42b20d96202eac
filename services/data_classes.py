"""Data classes that most entities have. Each takes the columns of its table."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.entity import DataClass
from services.language import mark

ALL: Final = mark("All")


def everything(title: str = ALL) -> DataClass:
    """All records that the user may see."""
    return DataClass("all", title, lambda _context: literal(True))


def in_state(key: str, title: str, state: ColumnElement[Any], wanted: str) -> DataClass:
    """Documents whose ``state`` is ``wanted``."""
    return DataClass(key, title, lambda _context: state == wanted)


def this_month(day: ColumnElement[Any]) -> DataClass:
    """Documents of this month by their ``day``."""
    return DataClass(
        "month",
        mark("This month"),
        lambda _context: day >= func.date_trunc("month", func.current_date()),
    )


def mine(owner: ColumnElement[Any]) -> DataClass:
    """Records of the user himself; ``owner`` is the column of the owner."""
    return DataClass("mine", mark("Mine"), lambda context: owner == context.user_id)


def below(owner: ColumnElement[Any]) -> DataClass:
    """Records of the user and of everybody below him."""
    return DataClass(
        "below",
        mark("Mine and below"),
        lambda context: owner == func.any(literal(list(context.below), ARRAY(BigInteger))),
    )


def shared(entity: str, id_: ColumnElement[Any]) -> DataClass:
    """Records that others have shared with the user. One look into the shares per query."""
    return DataClass(
        "shared",
        mark("Shared with me"),
        lambda _context: (
            id_ == func.any(cast(select(func.app.my_shared_ids(entity)).scalar_subquery(), ARRAY(BigInteger)))
        ),
    )


def new_this_month(created: ColumnElement[Any]) -> DataClass:
    """Records made since the first of this month."""
    return DataClass(
        "new", mark("New this month"), lambda _context: created >= func.date_trunc("month", func.now())
    )
