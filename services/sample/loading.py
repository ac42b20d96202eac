"""Filling tables in bulk: COPY into them, search columns in two connections, indexes afterwards.

Runs as the superuser with ``session_replication_role = replica``: no trigger, no foreign key, no history. What
triggers would have filled is either given in the rows or computed here set by set, from the same functions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

STAGE: Final = "sample_stage"
CHUNK: Final = 20_000
"""Rows that are collected before they are sent."""
WORKERS: Final = 2

Value = str | int | None
Row = Sequence[Value]
Progress = Callable[[str, float], None]
"""Told the name of a phase and how many seconds it took."""


def _name(table: str) -> sql.Composed:
    schema, _, noun = table.partition(".")
    return sql.SQL("{}.{}").format(sql.Identifier(schema), sql.Identifier(noun))


class Loading:
    """The tables of one database while they are filled. Use as a context manager."""

    def __init__(self, conninfo: str, tables: dict[str, tuple[str, ...]], progress: Progress | None) -> None:
        self.conninfo = conninfo
        self.tables = tables
        self.phases: dict[str, float] = {}
        self._progress = progress
        self._rows: dict[str, list[str]] = {table: [] for table in tables}
        self._searched: dict[str, list[tuple[str, str]]] = {}
        self._indexes: list[str] = []
        self.connection = self._connect()

    def _connect(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(self.conninfo, autocommit=True)
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        return connection

    def __enter__(self) -> Loading:
        self.connection.execute(f"DROP SCHEMA IF EXISTS {STAGE} CASCADE; CREATE SCHEMA {STAGE}")
        for table in self.tables:
            pairs = self._pairs(table)
            if pairs:
                self._searched[table] = pairs
                self.connection.execute(
                    sql.SQL("CREATE UNLOGGED TABLE {} AS SELECT {} FROM {} WITH NO DATA").format(
                        self._staged(table), self._columns(table), _name(table)
                    )
                )
        self._drop_indexes()
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.execute(f"DROP SCHEMA IF EXISTS {STAGE} CASCADE")
        self.connection.close()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure what is done inside as the phase ``name``."""
        start = time.perf_counter()
        yield
        took = time.perf_counter() - start
        self.phases[name] = self.phases.get(name, 0.0) + took
        if self._progress is not None:
            self._progress(name, took)

    def add(self, table: str, row: Row) -> None:
        """One row, values in the order of the table's columns."""
        rows = self._rows[table]
        rows.append("\t".join(["\\N" if value is None else str(value) for value in row]))
        if len(rows) >= CHUNK:
            self._send(table)

    def extend(self, table: str, rows: Iterable[Row]) -> None:
        """Several rows."""
        for row in rows:
            self.add(table, row)

    def _send(self, table: str) -> None:
        rows = self._rows[table]
        if not rows:
            return
        text = "\n".join(rows) + "\n"
        # The generator's words hold none of COPY's special characters; a new word that did would be seen here.
        if text.count("\t") != len(rows) * (len(self.tables[table]) - 1) or "\\" in text.replace("\\N", ""):
            raise ValueError(f"a row of {table} holds a tab or a backslash")
        target = self._staged(table) if table in self._searched else _name(table)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(target, self._columns(table))
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(text)
        rows.clear()

    def _staged(self, table: str) -> sql.Composed:
        return sql.SQL("{}.{}").format(sql.Identifier(STAGE), sql.Identifier(table.replace(".", "_")))

    def _columns(self, table: str) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, self.tables[table]))

    def _pairs(self, table: str) -> list[tuple[str, str]]:
        # the arguments of the table's own trigger, so that there is one truth about what is searched
        row = self.connection.execute(
            "SELECT tgargs FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = 'fill_search'",
            (_name(table).as_string(self.connection),),
        ).fetchone()
        if row is None:
            return []
        words = bytes(row[0]).decode().split("\0")[:-1]
        return list(zip(words[::2], words[1::2], strict=True))

    def _drop_indexes(self) -> None:
        rows = self.connection.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
            " WHERE i.indrelid = ANY (%s::regclass[])"
            " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)"
            " ORDER BY pg_get_indexdef(i.indexrelid) LIKE '%% USING gin %%' DESC",
            ([_name(table).as_string(self.connection) for table in self.tables],),
        ).fetchall()
        self._indexes = [definition for _, definition in rows]
        for index, _ in rows:
            self.connection.execute(f"DROP INDEX {index}")

    def fill(self, extra: dict[str, dict[str, LiteralString]]) -> None:
        """Move the staged rows into their tables with their search columns.

        ``extra`` gives per table further columns as SQL over the staged row.
        """
        for table in self.tables:
            self._send(table)
        self._read_names()
        steps = []
        for table in self._searched:
            low, high = self.connection.execute(
                sql.SQL("SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM {}").format(
                    self._staged(table)
                )
            ).fetchone() or (0, 0)
            parts = WORKERS * 4 if high - low > 1000 else 1
            step = (high - low) // parts + 1
            steps += [
                self._insert(table, extra.get(table, {}), low + part * step, low + (part + 1) * step)
                for part in range(parts)
            ]
        self.run(steps)

    def _read_names(self) -> None:
        """Read each customer's name once for all of his documents, which carry it first among their pairs."""
        names = sql.Identifier(STAGE, "names")
        self.connection.execute(
            sql.SQL("CREATE UNLOGGED TABLE {} (name text, document text, sort_name text)").format(names)
        )
        documents = [table for table in self._searched if self._by_name(table)]
        every = sql.SQL(" UNION ").join(
            sql.SQL("SELECT customer_name FROM {}").format(self._staged(table)) for table in documents
        )
        self.run(
            [
                sql.SQL(
                    "INSERT INTO {} SELECT customer_name, app.search_text(ARRAY[customer_name], ARRAY['name']),"
                    " coalesce(app.sort_key(customer_name, false), '') FROM ({}) x"
                    " WHERE customer_name IS NOT NULL AND hashtext(customer_name) & {} = {}"
                ).format(names, every, sql.Literal(WORKERS - 1), sql.Literal(part))
                for part in range(WORKERS)
            ]
        )
        self.connection.execute(sql.SQL("ANALYZE {}").format(names))

    def _by_name(self, table: str) -> bool:
        return self._searched[table][0] == ("customer_name", "name")

    def _insert(self, table: str, extra: dict[str, LiteralString], first: int, end: int) -> sql.Composed:
        by_name = self._by_name(table)
        pairs = self._searched[table]
        columns = sql.SQL(", ").join(map(sql.Identifier, [*self.tables[table], *extra]))
        values = sql.SQL(", ").join(
            [
                *(sql.Identifier("r", column) for column in self.tables[table]),
                *(sql.SQL(text) for text in extra.values()),
            ]
        )
        # values keep their places, because a place is a position in the search column
        texts = [
            sql.SQL("{}::text").format(sql.Identifier("r", column))
            if column in self.tables[table] and not (by_name and place == 0)
            else sql.SQL("NULL::text")
            for place, (column, _) in enumerate(pairs)
        ]
        named = next(((c, kind) for c, kind in pairs if kind.partition("|")[0] in ("name", "person")), None)
        sorted_: sql.Composable = sql.SQL("NULL")
        if by_name:
            sorted_ = sql.SQL("coalesce(k.sort_name, '')")
        elif named:
            sorted_ = sql.SQL("coalesce(app.sort_key({}, {} = 'person'), '')").format(
                sql.Identifier("r", named[0]), self._kind(named[1])
            )
        return sql.SQL(
            "INSERT INTO {} ({}, sort_name, search) OVERRIDING SYSTEM VALUE SELECT {}, {},"
            " concat_ws(' ', {}, app.search_text(ARRAY[{}], ARRAY[{}]))::tsvector"
            " FROM {} r {} WHERE r.id >= {} AND r.id < {} ORDER BY r.id"
        ).format(
            _name(table),
            columns,
            values,
            sorted_,
            sql.SQL("k.document" if by_name else "NULL"),
            sql.SQL(", ").join(texts),
            sql.SQL(", ").join(self._kind(kind) for _, kind in pairs),
            self._staged(table),
            sql.SQL("LEFT JOIN {} k ON k.name = r.customer_name").format(sql.Identifier(STAGE, "names"))
            if by_name
            else sql.SQL(""),
            sql.Literal(first),
            sql.Literal(end),
        )

    @staticmethod
    def _kind(kind: str) -> sql.Composable:
        """The kind of a value as the table's trigger decides it: ``name|person:kind=individual``."""
        usual, _, other = kind.partition("|")
        if not other:
            return sql.Literal(usual)
        special, _, condition = other.partition(":")
        column, _, value = condition.partition("=")
        return sql.SQL("CASE WHEN {} = {} THEN {} ELSE {} END").format(
            sql.Identifier("r", column), sql.Literal(value), sql.Literal(special), sql.Literal(usual)
        )

    def run(self, statements: Sequence[sql.SQL | sql.Composed]) -> None:
        """Run independent statements, two at a time."""
        if not statements:
            return
        connections = [self._connect() for _ in range(min(WORKERS, len(statements)))]
        waiting = iter(statements)

        def work(connection: psycopg.Connection[Any]) -> None:
            # next() on a list iterator is one step under the interpreter's lock
            for statement in waiting:
                connection.execute(statement)

        try:
            with ThreadPoolExecutor(len(connections)) as pool:
                list(pool.map(work, connections))
        finally:
            for connection in connections:
                connection.close()

    def finish(self) -> None:
        """Indexes, sequences, statistics and the visibility map."""
        with self.phase("indexes"):
            self.run([sql.SQL(definition) for definition in self._indexes])
        for table in self.tables:
            self.connection.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(m, 1), m > 0) FROM"
                f" (SELECT coalesce(max(id), 0) AS m FROM {_name(table).as_string(self.connection)}) x",
                (_name(table).as_string(self.connection),),
            )
        with self.phase("vacuum"):
            self.run([sql.SQL("VACUUM (ANALYZE) {}").format(_name(table)) for table in self.tables])

    def counts(self) -> dict[str, int]:
        """How many rows each table has now."""
        found = {}
        for table in self.tables:
            row = self.connection.execute(sql.SQL("SELECT count(*) FROM {}").format(_name(table))).fetchone()
            found[table] = int(row[0]) if row else 0
        return found
