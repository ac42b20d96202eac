"""Rows of a list: one page at a time out of any number of them.

``Listing`` turns a ``Query`` into SQL: what the user asks is combined with the entity's declaration, and the
policies of the database decide what he sees. A page is read in two steps: first the ids, from the entity's own
table wherever conditions and order allow it, so that an index can be walked and nothing is joined for rows
that are not shown; then the rows of these ids with their joins.

No row is kept here. Every page is read anew, so that nothing is shown which the database would refuse now.
What is kept between pages are anchors (every 200th sort key), which only say where to begin reading.

Costs at 1,000,000 rows, measured on two busy cores, for somebody who sees all: the first page and any page by
anchors 10 ms, after one pass over the keys (0.9 s by an index); search up to 40 ms; count 0.1 s; class counts of
customers 1 s, totals 2 s beside; a first page by a column without an index 1 to 2.5 s. Somebody who sees 5,000 waits
0.4 s for his first page and 10 s for the last: the planner cannot know the arrays of the policies and walks the
order's index instead of fetching his rows by their owner.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from services.asking import Asked
from services.common_words import rows_to_walk
from services.custom_fields import with_custom
from services.entity import Column, Entity, Query
from services.errors import Refused
from services.language import mark
from services.ordering import Anchors, Key, in_order, segments
from services.records import table_of
from services.registry import ENTITIES
from services.search import parse, read_scopes, scope_condition
from services.session import CurrentUser, Dictionary

NEAR: Final = 2000
"""Rows that are skipped by OFFSET rather than by an anchor."""
FEW: Final = 10_000
"""Rows up to which somebody's own are fetched by their owner and sorted, instead of walking the order's index until
enough of them are found: the planner cannot know how few rows a policy leaves."""
CHUNK: Final = 500
"""Rows fetched at once while streaming: more would keep the interpreter from the screen."""
ALL_IDS: Final = 200_000
"""Most records that 'select all of the result' takes: what is done with them is one transaction."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the database showed it: values in the order of the columns asked for."""

    id: int
    version: int | None
    values: tuple[Any, ...]
    opens: tuple[int | None, ...]
    """Id of the record that a click on each value opens."""
    deletion: int | None = None
    """What brings it back from the recycle bin."""
    entities: tuple[str | None, ...] = ()
    """Entity that a click on each value opens where it differs from row to row (Column.opens_entity)."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows from place ``first`` (0 for the first of the result) on."""

    first: int
    rows: tuple[Row, ...]


class Listing:
    """What one query shows to one user. Refused without the right to view, or with a condition that is none.

    ``dictionary`` gives the order of choices and people; without it they sort by key.
    """

    def __init__(
        self,
        query: Query,
        *,
        user: CurrentUser,
        dictionary: Dictionary | None = None,
        entity: Entity | None = None,
    ) -> None:
        self.query = query
        self.entity = entity or with_custom(ENTITIES[query.entity], dictionary.custom if dictionary else ())
        self.user = user
        if not user.can(self.entity.permission("view")):
            raise Refused(mark("You do not have the right to see these records."))
        self._dictionary = dictionary or Dictionary()
        self._asked = Asked(query, self.entity, user, self._dictionary)
        self._table = table_of(self.entity)
        self._anchors: Anchors | None = None
        self._few: bool | None = None
        self._within: tuple[ColumnElement[bool], ...] = ()
        self._steps: int | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that the user may see."""
        return self._asked.columns

    @property
    def sought(self) -> tuple[str, ...]:
        """Titles of what quick search looks in, for the search box."""
        return self._asked.sought

    # -- statements -------------------------------------------------------------------------------------

    def _from(self, *expressions: ColumnElement[Any]) -> FromClause:
        """The table alone if that is all that ``expressions`` need, else with its joins."""
        used = select(*expressions).get_final_froms() if expressions else []
        if self.entity.source is None or all(source is self._table for source in used):
            return self._table
        return self.entity.source()

    def _select(self, *wanted: ColumnElement[Any], also: Sequence[ColumnElement[Any]] = ()) -> Select[Any]:
        conditions = [*self._asked.conditions, *self._within]
        source = self._from(*wanted, *also, *conditions)
        return select(*wanted).select_from(source).where(*conditions)

    def _ids(self) -> Select[Any]:
        return self._select(self._table.c.id, also=[key.value for key in self._asked.keys])

    # -- answers ----------------------------------------------------------------------------------------

    def page(
        self,
        session: Session,
        *,
        first: int,
        size: int,
        total: int | None = None,
        shown: Sequence[str] | None = None,
    ) -> Page:
        """``size`` rows from place ``first`` on, with the columns ``shown`` (keys; None for all).

        ``total``, if known, lets the end of the list be read from its end.
        """
        ids = self.page_ids(session, first=first, size=size, total=total)
        return Page(first, self.rows(session, ids, shown=shown))

    def page_ids(self, session: Session, *, first: int, size: int, total: int | None = None) -> list[int]:
        """Ids of the rows from place ``first`` on, in order."""
        if self._narrow(session):
            return list(session.scalars(self._fenced().offset(first).limit(size)))
        if first + size <= NEAR and (steps := self._walk(session, first + size)):
            walked = list(session.scalars(self._along(steps).offset(first).limit(size)))
            if len(walked) == size:
                return walked
        if first <= NEAR:
            statement = in_order(self._ids(), self._asked.keys).offset(first).limit(size)
            return list(session.scalars(statement))
        if total is not None and first < total <= first + NEAR:
            turned = [key.turned for key in self._asked.keys]
            after = max(0, total - first - size)
            wanted = min(size, total - first)
            statement = in_order(self._ids(), turned).offset(after).limit(wanted)
            return list(session.scalars(statement))[::-1]
        anchors = self._anchors or self.anchor(session)
        return self._from_anchor(session, anchors, first, size)

    def _narrow(self, session: Session) -> bool:
        """Whether the user sees so few rows of the table, whatever the query asks for. Counted once, by the index
        of the owners, which takes some 2 ms; not where he reads beyond his own people's rows."""
        if "owner_id" not in self._table.c:
            return self._narrow_by_search(session)
        if self._few is None:
            domain = self.entity.key.partition(".")[0]
            self._few = False
            if not self.user.can(f"{domain}.see_all"):
                owners = literal(list(self.user.below), ARRAY(BigInteger))
                own = select(literal(1)).where(self._table.c.owner_id == func.any(owners)).limit(FEW + 1)
                counted = select(func.count()).select_from(own.subquery()).scalar_subquery()
                beyond = func.app.reads_beyond(f"{self._table.schema}.{self._table.name}", type_=Boolean())
                # the scalar sub-select runs only where the function says no
                self._few = bool(session.scalar(select(case((beyond, false()), else_=counted <= FEW))))
        return self._few

    def _narrow_by_search(self, session: Session) -> bool:
        """The same of documents that lie in warehouses, seen also by those whose goods they hold: who keeps none has
        his rows found by what quick search stores of whose they are. Which lexemes those are is asked every time,
        as he may see more by now; the policies decide all the same."""
        self._within = ()
        see_all = self.user.can(f"{self.entity.key.partition('.')[0]}.see_all")
        if self._few is False or see_all or not self.entity.searchable or "search" not in self._table.c:
            return False
        scope = read_scopes(session, [self.entity.key]).get(self.entity.key)
        if scope is None or scope.shared or not all(lexeme.startswith("o") for lexeme in scope.lexemes):
            self._few = False
            return False
        own = scope_condition(self._table.c.search, scope)
        if self._few is None:
            some = select(literal(1)).where(own).limit(FEW + 1).subquery()
            self._few = (session.scalar(select(func.count()).select_from(some)) or 0) <= FEW
        if self._few:
            self._within = (own,)
        return self._few

    def _fenced(self) -> Select[Any]:
        """Ids in order, whatever the index of the order promises: OFFSET 0 keeps the planner from walking it."""
        keys = [key.value.label(f"k{n}") for n, key in enumerate(self._asked.keys)]
        seen = self._select(self._table.c.id.label("seen_id"), *keys).offset(0).subquery()
        ordered = [Key(seen.c[f"k{n}"], key.descending).ordered for n, key in enumerate(self._asked.keys)]
        return select(seen.c.seen_id).order_by(*ordered)

    def _walk(self, session: Session, wanted: int) -> int:
        """Rows to look through along the order where quick search alone narrows the list, in the order of an index;
        0 for none. The first page's answer holds for the next ones."""
        if self._steps is None:
            ordered = [key.value for key in self._asked.keys[:-1]]
            indexed = any(list(index.columns)[:1] == ordered for index in self._table.indexes)
            self._steps = 0
            if self._asked.searched and not self._asked.narrowed and indexed and self.entity.searchable:
                self._steps = rows_to_walk(session, self._table, parse(self.query.words).parts, wanted)
        return self._steps

    def _along(self, steps: int) -> Select[Any]:
        """Ids of those among the order's first rows that answer the words: a page full of them is the page, whatever
        comes behind."""
        keys = [key.value.label(f"k{n}") for n, key in enumerate(self._asked.keys)]
        seen = select(self._table.c.id.label("seen_id"), and_(*self._asked.searched).label("fits"), *keys)
        walked = in_order(seen.where(*self._asked.alive), self._asked.keys).limit(steps).subquery()
        ordered = [Key(walked.c[f"k{n}"], key.descending).ordered for n, key in enumerate(self._asked.keys)]
        return select(walked.c.seen_id).where(walked.c.fits).order_by(*ordered)

    def anchor(self, session: Session) -> Anchors:
        """Read the anchors, one pass over the keys of the result, and keep them for jumps to any page."""
        keys = [key.value.label(f"k{n}") for n, key in enumerate(self._asked.keys)]
        place = func.row_number().over(order_by=[key.ordered for key in self._asked.keys]).label("place")
        inner = self._select(*keys, place).subquery()
        step = Anchors.STEP
        statement = (
            select(*(inner.c[f"k{n}"] for n in range(len(keys))))
            .where((inner.c.place - 1) % step == 0)
            .order_by(inner.c.place)
        )
        found: list[tuple[Any, ...]] = []
        for chunk in session.execute(statement).partitions(CHUNK):
            found.extend(tuple(row) for row in chunk)
        self._anchors = Anchors(tuple(found))
        return self._anchors

    @property
    def anchored(self) -> bool:
        """Whether a jump to any page needs no pass over the keys any more."""
        return self._anchors is not None

    def forget(self) -> None:
        """Drop the anchors: rows came, went or moved."""
        self._anchors = None

    def _from_anchor(self, session: Session, anchors: Anchors, first: int, size: int) -> list[int]:
        start = anchors.at(first)
        if start is None:
            return []
        skip = first % Anchors.STEP
        # two steps of room, in case rows have gone since
        end = anchors.at(first + size + 2 * Anchors.STEP)
        found = self._between(session, start, end, skip + size)
        if len(found) < skip + size and end is not None:
            found = self._between(session, start, None, skip + size)
        return found[skip:]

    def _between(
        self, session: Session, start: tuple[Any, ...], end: tuple[Any, ...] | None, wanted: int
    ) -> list[int]:
        found: list[int] = []
        for segment in segments(self._asked.keys, start, None if end is None else end[0], open_=end is None):
            statement = in_order(self._ids().where(segment), self._asked.keys).limit(wanted - len(found))
            found.extend(session.scalars(statement))
            if len(found) >= wanted:
                break
        return found

    def rows(
        self, session: Session, ids: Sequence[int], *, shown: Sequence[str] | None = None
    ) -> tuple[Row, ...]:
        """The rows of these ids, in their order; those that are gone or hidden by now are left out."""
        if not ids:
            return ()
        columns = self._shown(shown)
        statement = self._row_select(columns).where(
            self._table.c.id == func.any(literal(list(ids), ARRAY(BigInteger))), *self._asked.alive
        )
        by_id = {row.id: row for row in (self._row(raw, len(columns)) for raw in session.execute(statement))}
        return tuple(by_id[id_] for id_ in ids if id_ in by_id)

    def _shown(self, shown: Sequence[str] | None) -> list[Column]:
        return list(self.columns) if shown is None else [self._asked.column(key) for key in shown]

    def _row_select(self, columns: Sequence[Column], also: Sequence[ColumnElement[Any]] = ()) -> Select[Any]:
        table = self._table
        heads = [table.c[name] if name in table.c else null() for name in ("id", "version", "deletion_id")]
        values = [column.value for column in columns]
        opened = [column.opens_id if column.opens_id is not None else null() for column in columns]
        opened += [column.opens_entity if column.opens_entity is not None else null() for column in columns]
        labelled = [value.label(f"v{n}") for n, value in enumerate([*heads, *values, *opened])]
        return select(*labelled).select_from(self._from(*values, *opened, *also))

    @staticmethod
    def _row(raw: Any, width: int) -> Row:
        id_, version, deletion, *rest = raw
        return Row(
            id_,
            version,
            tuple(rest[:width]),
            tuple(rest[width : 2 * width]),
            deletion,
            tuple(rest[2 * width :]),
        )

    def count(self, session: Session) -> int:
        """How many rows the result has. Cost: one pass over the keys it can be answered from."""
        self._narrow(session)
        conditions = [*self._asked.conditions, *self._within]
        statement = select(func.count()).select_from(self._from(*conditions)).where(*conditions)
        return int(session.scalar(statement) or 0)

    def totals(self, session: Session) -> dict[str, Decimal]:
        """Sums over the whole result of the columns that have totals, by key. Cost: one pass with joins."""
        summed = [column for column in self.columns if column.total]
        if not summed:
            return {}
        self._narrow(session)
        row = session.execute(
            self._select(
                *(func.coalesce(func.sum(column.value), 0).label(column.key) for column in summed),
                also=[column.value for column in summed],
            )
        ).one()
        return {column.key: Decimal(value) for column, value in zip(summed, row, strict=True)}

    def class_counts(
        self, session: Session, days: Mapping[str, int] = MappingProxyType({})
    ) -> dict[str, int]:
        """Number of records in each data class by its own key, whatever words and facets say; values of class columns
        that no record has are left out. ``days``: by key of a class that counts days, how many.

        One statement for each class, so that each can be answered from an index of its own: together they took one
        pass over the whole table, with joins. Who sees few records has them all counted in one statement.
        """
        fixed = self._asked.fixed()
        classes = self.entity.classes
        context = self.user.context
        conditions = [
            each.condition(replace(context, days=days.get(each.key, each.days or 0))) for each in classes
        ]
        counted: dict[str, int] = {}
        narrow = self._narrow(session)
        fixed = [*fixed, *self._within]
        if classes and narrow:
            statement = select(*(func.count().filter(condition) for condition in conditions))
            row = session.execute(statement.select_from(self._from(*fixed, *conditions)).where(*fixed)).one()
            counted = {data_class.key: n for data_class, n in zip(classes, row, strict=True)}
        elif classes:
            for data_class, condition in zip(classes, conditions, strict=True):
                source = self._from(*fixed, condition)
                found = session.scalar(select(func.count()).select_from(source).where(*fixed, condition))
                counted[data_class.key] = int(found or 0)
        for name in self.entity.class_columns:
            if name not in self._asked.by_key:
                continue
            value = self._asked.by_key[name].value
            grouped = select(value, func.count()).select_from(self._from(value, *fixed)).where(*fixed)
            for key, n in session.execute(grouped.group_by(value)):
                # who chooses a class of a tree sees what stands below it too
                for above in self._dictionary.with_above(key) if key is not None else ():
                    counted[f"{name}={above}"] = counted.get(f"{name}={above}", 0) + n
        return counted

    def all_ids(self, session: Session) -> dict[int, int | None]:
        """Id and version of every row of the result, in order. Refused when there are more than ALL_IDS."""
        version = self._table.c.version if "version" in self._table.c else null()
        self._narrow(session)
        statement = self._select(self._table.c.id, version, also=[key.value for key in self._asked.keys])
        ordered = in_order(statement, self._asked.keys).limit(ALL_IDS + 1)
        found: dict[int, int | None] = {}
        for chunk in session.execute(ordered, execution_options={"yield_per": CHUNK}).partitions():
            found.update((int(row[0]), row[1]) for row in chunk)
        if len(found) > ALL_IDS:
            raise Refused(
                mark("At most {count} records can be chosen at once. Narrow the search first."), count=ALL_IDS
            )
        return found

    def stream(
        self, session: Session, *, shown: Sequence[str] | None = None
    ) -> Generator[list[Row], None, None]:
        """All rows of the result in order, CHUNK at a time, through a cursor of the server: one snapshot, and
        constant memory here whatever the number of rows. Close it inside the session when you stop half-way."""
        columns = self._shown(shown)
        statement = self._row_select(
            columns, also=[*self._asked.conditions, *(key.value for key in self._asked.keys)]
        )
        ordered = in_order(statement.where(*self._asked.conditions), self._asked.keys)
        result = session.execute(ordered, execution_options={"yield_per": CHUNK})
        try:
            for chunk in result.partitions():
                yield [self._row(raw, len(columns)) for raw in chunk]
        finally:
            # whoever stops half-way must not leave the cursor to the garbage collector, after its transaction
            result.close()
