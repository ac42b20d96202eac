"""Data classes that most entities have. Each takes the columns of its table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.entity import DataClass
from services.language import mark


def everything() -> DataClass:
    """All records that the user may see."""
    return DataClass("all", mark("All"), lambda _context: literal(True))


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
