"""Data classes that most entities have. Each takes the columns of its table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.entity import DataClass
from services.language import mark

ALL: Final = mark("All")
LONGEST: Final = 9999
"""Days that a data class counts at most, some 27 years."""


def find_class(classes: Sequence[DataClass], key: str) -> tuple[DataClass, int] | None:
    """The data class that a query calls ``key``, and the days that it counts (0 where it counts none).

    >>> find_class((DataClass("quiet", "", lambda _context: literal(True), days=30),), "quiet=60")[1]
    60
    """
    name, equals, days = key.partition("=")
    for data_class in classes:
        if data_class.key == key:
            return data_class, data_class.days or 0
        wanted = int(days) if days.isascii() and days.isdecimal() and len(days) <= 4 else 0
        if equals and data_class.key == name and data_class.days is not None and 0 < wanted <= LONGEST:
            return data_class, wanted
    return None


def class_key(data_class: DataClass, days: int | None) -> str:
    """What a query calls ``data_class`` where it counts ``days``; None for those of the declaration."""
    usual = days is None or data_class.days is None or days == data_class.days
    return data_class.key if usual else f"{data_class.key}={days}"


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
