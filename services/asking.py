"""What a query asks of a list: its conditions and its order as SQL, for one user.

Words, data class and facets of the ``Query`` meet the entity's declaration here; ``listing.Listing`` reads the rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Text, and_, false, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from services import facets
from services.bin_columns import bin_columns
from services.custom_fields import own_fields
from services.data_classes import find_class
from services.entity import Column, Condition, Entity, Group, Kind, Query
from services.errors import Refused
from services.language import mark
from services.ordering import Key
from services.records import table_of
from services.search import parse, search_condition
from services.session import CurrentUser, Dictionary

TITLES: Final = 4
"""Columns that the search box names at most."""
_SEVERAL: Final = {"eq": "in", "in": "in", "ne": "not_in", "not_in": "not_in"}
"""Operators of choices: what each is called where several are meant."""
THROUGH: Final = 1000
"""Rows of another table that quick search looks through; beyond that many a word is too common to help."""


def list_columns(entity: Entity, user: CurrentUser, *, deleted: bool = False) -> tuple[Column, ...]:
    """The columns that ``user`` may see; those of the recycle bin first where ``deleted``."""
    seen = tuple(column for column in entity.columns if column.right is None or user.can(column.right))
    table = table_of(entity)
    if deleted and "deleted_at" in table.c:
        own = {column.key for column in seen}
        return (*(column for column in bin_columns(entity) if column.key not in own), *seen)
    return seen


class Asked:
    """``query`` over ``entity`` as ``user`` may ask it: Refused with a column, class or order that is none.

    ``dictionary`` gives the order of choices and people.
    """

    def __init__(self, query: Query, entity: Entity, user: CurrentUser, dictionary: Dictionary) -> None:
        self.query, self.entity, self.user = query, entity, user
        self.columns = list_columns(entity, user, deleted=query.deleted)
        self.by_key = {column.key: column for column in self.columns}
        self._dictionary, self._table = dictionary, table_of(entity)
        self.alive = self._alive_condition()
        """Not in the recycle bin, or in it."""
        self.searched = [self._words()] if query.words.strip() else []
        self.narrowed = self._narrowing()
        self.keys = self._sort_keys()
        """The order; its last key is the id."""

    def _alive_condition(self) -> list[ColumnElement[bool]]:
        if "deleted_at" not in self._table.c:
            return []
        deleted = self._table.c.deleted_at
        return [deleted.is_not(None) if self.query.deleted else deleted.is_(None)]

    def _narrowing(self) -> list[ColumnElement[bool]]:
        """What the query demands beside its words."""
        query, context = self.query, self.user.context
        found = [condition(context) for condition in query.conditions]
        if query.data_class not in ("", "all"):
            found.append(self._class_condition(query.data_class))
        return found + [facets.whole(self._with_below(part), self.column, context) for part in query.facets]

    def _with_below(self, part: Condition) -> Condition:
        """``part`` with what stands below the choices that it names: who asks for manufacturing means steel too."""
        if isinstance(part, Group):
            return replace(part, parts=tuple(self._with_below(one) for one in part.parts))
        column = self.by_key.get(part.column)
        if column is None or column.kind not in (Kind.CHOICE, Kind.CHOICES) or part.operator not in _SEVERAL:
            return part
        named = (part.value,) if isinstance(part.value, str) else part.value
        if not isinstance(named, list | tuple) or not all(isinstance(one, str) for one in named):
            return part
        meant = self._dictionary.with_below(named)
        return (
            part if len(meant) == len(named) else replace(part, operator=_SEVERAL[part.operator], value=meant)
        )

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """All that a row of the result fulfils."""
        return [*self.alive, *self.narrowed, *self.searched]

    def fixed(self) -> list[ColumnElement[bool]]:
        """What holds whatever words, class and facets say."""
        context = self.user.context
        return [*self.alive, *(condition(context) for condition in self.query.conditions)]

    def column(self, key: str) -> Column:
        """The column ``key``; Refused if the user sees none of that name."""
        column = self.by_key.get(key)
        if column is None:
            raise Refused(mark("There is no column {column} here any more."), column=key)
        return column

    def _class_condition(self, key: str) -> ColumnElement[bool]:
        found = find_class(self.entity.classes, key)
        if found is not None:
            return found[0].condition(replace(self.user.context, days=found[1]))
        name, equals, value = key.partition("=")
        if equals and name in self.entity.class_columns:
            meant = self._dictionary.with_below((value,))
            own = self.column(name).value
            return own == value if len(meant) == 1 else own.in_(meant)
        raise Refused(mark("There is no data class {name} here any more."), name=key)

    @property
    def sought(self) -> tuple[str, ...]:
        """Titles of what quick search looks in, for the search box: as declared, or the columns of text."""
        own = tuple(field.title for field in own_fields(self.entity) if field.searched)
        texts = (column.title for column in self.columns if column.kind in facets.TEXTS and column.shown)
        return (*(self.entity.sought or tuple(texts)[:TITLES]), *own)

    def _words(self) -> ColumnElement[bool]:
        if not self.entity.searchable:
            texts = [c.value for c in self.columns if c.kind in facets.TEXTS]
            return and_(
                *(
                    or_(
                        false(),
                        *(text.icontains(word, autoescape=True) for text in texts),
                        *self._elsewhere(word),
                    )
                    for word in self.query.words.split()
                )
            )
        search = self._table.c.search
        if not self.entity.search_through or not parse(self.query.words).words:
            return search_condition(search, self.query.words)
        # word by word, because one may stand in the record and the next in what hangs on it
        return and_(*(self._through(search, word) for word in parse(self.query.words).words))

    def _through(self, search: ColumnElement[Any], word: str) -> ColumnElement[bool]:
        """``word`` in the record or in a row of another table."""
        return or_(search_condition(search, word), *self._elsewhere(word))

    def _elsewhere(self, word: str) -> list[ColumnElement[bool]]:
        """``word`` in a row of another table. That table is asked once, for at most THROUGH keys, as an array: a
        sub-select per row or a join would cost the index walk."""
        found = []
        for way in self.entity.search_through:
            keys = select(way.key).where(search_condition(way.search, word)).limit(THROUGH)
            if "deleted_at" in (other := way.key.table.c):
                keys = keys.where(other.deleted_at.is_(None))
            found.append(way.own == func.any(func.array(keys.scalar_subquery())))
        return found

    def _sort_keys(self) -> tuple[Key, ...]:
        keys: list[Key] = []
        named = [key for key in self.query.order or self.entity.order if key]
        for key in named:
            descending, name = key.startswith("-"), key.lstrip("-")
            if name == "id":
                return (*keys, Key(self._table.c.id, descending))
            column = self.column(name)
            if not column.sortable:
                raise Refused(mark("{column} cannot be sorted by."), column=column.title)
            keys.append(Key(self._sorted_by(column), descending))
        return (*keys, Key(self._table.c.id, bool(keys) and keys[0].descending))

    def _sorted_by(self, column: Column) -> ColumnElement[Any]:
        """What ``column`` is sorted by. Choices and people go in the order in which they are shown: place in an
        array, which costs a comparison per choice and row, but no join."""
        if column.sort is not None:
            return column.sort
        ordered: list[Any] = []
        if column.kind == Kind.CHOICE and column.dictionary:
            ordered = [
                key for key, choice in self._dictionary.choices.items() if choice.kind == column.dictionary
            ]
        elif column.kind == Kind.STATE and column.labels:
            ordered = list(column.labels)
        elif column.kind == Kind.USER:
            ordered = list(self._dictionary.users)
        if not ordered:
            return column.value
        type_ = BigInteger() if column.kind == Kind.USER else Text()
        return func.array_position(literal(ordered, ARRAY(type_)), column.value)
