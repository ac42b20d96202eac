"""Filling tables in bulk: COPY into them with their search columns, indexes afterwards.

Runs as the superuser with ``session_replication_role = replica``: no trigger, no foreign key, no history. What
triggers would have filled is given in the rows; the search columns are computed here (``searching.py``), because
an UPDATE of a million wide rows afterwards writes the table and all its indexes once more.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg import sql

from services.sample.searching import Pairs, Readings, Searching, name_key, read_pairs, read_readings

CHUNK: Final = 5_000
"""Rows that are collected before they are sent."""
WORKERS: Final = min(4, os.cpu_count() or 1)
SENDERS: Final = 2
"""Connections that COPY while the next rows are made. A table has one, so that its rows keep their order."""

Value = str | int | None
Row = Sequence[Value]
Progress = Callable[[str, float], None]
"""Told the name of a phase and how many seconds it took."""


def _name(table: str) -> sql.Composed:
    schema, _, noun = table.partition(".")
    return sql.SQL("{}.{}").format(sql.Identifier(schema), sql.Identifier(noun))


class Sheet(NamedTuple):
    """What is written into one table: the columns of the rows given, and the pairs that quick search looks at."""

    columns: tuple[str, ...]
    pairs: Pairs = ()
    keyed: int | None = None
    """Place of the name of which ``name_key`` is made."""

    @property
    def written(self) -> tuple[str, ...]:
        """All columns, those that are computed last."""
        searched = ("sort_name", "search") if self.pairs else ()
        return (*self.columns, *searched, *(("name_key",) if self.keyed is not None else ()))


class Rows:
    """Makes COPY's lines. Needs no database, so that it can work in another process."""

    def __init__(self, sheets: dict[str, Sheet], readings: Readings) -> None:
        searching = Searching(readings)
        self._sheets = sheets
        self._fill = {
            table: searching.filler(sheet.columns, sheet.pairs)
            for table, sheet in sheets.items()
            if sheet.pairs
        }

    def line(self, table: str, row: Row) -> str:
        """One row, values in the order of the sheet's columns."""
        text = "\t".join(
            [value if value.__class__ is str else "\\N" if value is None else str(value) for value in row]
        )
        fill = self._fill.get(table)
        if fill is not None:
            key, document = fill(row)
            text = "\t".join((text, "\\N" if key is None else key, document))
        keyed = self._sheets[table].keyed
        return text if keyed is None else f"{text}\t{name_key(str(row[keyed]))}"


class _Sender(threading.Thread):
    """One connection that writes what it is handed. An error is kept and raised at the next hand-over."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__(daemon=True)
        self._connection = connection
        self._waiting: queue.Queue[tuple[sql.Composed, str] | None] = queue.Queue(4)
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        while (task := self._waiting.get()) is not None:
            try:
                if self._error is None:
                    with self._connection.cursor() as cursor, cursor.copy(task[0]) as copy:
                        copy.write(task[1])
            except psycopg.Error as error:
                self._error = error
            finally:
                self._waiting.task_done()
        self._connection.close()

    def send(self, statement: sql.Composed, text: str) -> None:
        self._raise()
        self._waiting.put((statement, text))

    def wait(self) -> None:
        self._waiting.join()
        self._raise()

    def close(self) -> None:
        self._waiting.put(None)
        self.join()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error


class Loading:
    """The tables of one database while they are filled. Use as a context manager."""

    def __init__(self, conninfo: str, tables: dict[str, tuple[str, ...]], progress: Progress | None) -> None:
        self.conninfo = conninfo
        self.tables = tables
        self.phases: dict[str, float] = {}
        self._progress = progress
        self._waiting: dict[str, list[str]] = {table: [] for table in tables}
        self._indexes: list[tuple[str, str]] = []
        self._pool = ThreadPoolExecutor(1)
        self._beside: list[Future[None]] = []
        self.connection = self._connect()
        self.readings = read_readings(self.connection)
        self.sheets = {table: self._sheet(table) for table in tables}
        self.rows = Rows(self.sheets, self.readings)
        self._statements = {table: self._statement(table) for table in tables}

    def _connect(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(self.conninfo, autocommit=True)
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '1GB'")
        # WORKERS statements run beside one another as it is
        connection.execute("SET max_parallel_maintenance_workers = 0")
        return connection

    def _sheet(self, table: str) -> Sheet:
        columns = self.tables[table]
        pairs = read_pairs(self.connection, _name(table).as_string(self.connection))
        return Sheet(columns, pairs, columns.index("name") if table == "customers.customer" else None)

    def _statement(self, table: str) -> sql.Composed:
        columns = sql.SQL(", ").join(map(sql.Identifier, self.sheets[table].written))
        return sql.SQL("COPY {} ({}) FROM STDIN").format(_name(table), columns)

    def __enter__(self) -> Loading:
        self._drop_indexes()
        # its workers would read what is just being written, and do so again afterwards
        self._set_tables("SET (autovacuum_enabled = false)")
        senders = [_Sender(self._connect()) for _ in range(SENDERS)]
        self._senders = {table: senders[n % SENDERS] for n, table in enumerate(self.tables)}
        return self

    def __exit__(self, *error: object) -> None:
        for sender in set(self._senders.values()):
            sender.close()
        self._pool.shutdown()
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
        waiting = self._waiting[table]
        waiting.append(self.rows.line(table, row))
        if len(waiting) >= CHUNK:
            self._send(table)

    def extend(self, table: str, rows: Iterable[Row]) -> None:
        """Several rows."""
        for row in rows:
            self.add(table, row)

    def lines(self, table: str, lines: Sequence[str]) -> None:
        """Rows that are COPY's lines already."""
        waiting = self._waiting[table]
        waiting += lines
        if len(waiting) >= CHUNK:
            self._send(table)

    def _send(self, table: str) -> None:
        waiting = self._waiting[table]
        if not waiting:
            return
        text = "\n".join(waiting) + "\n"
        # The generator's words hold none of COPY's special characters; a new word that did would be seen here.
        tabs = len(waiting) * (len(self.sheets[table].written) - 1)
        if text.count("\t") != tabs or text.count("\n") != len(waiting) or "\\" in text.replace("\\N", ""):
            raise ValueError(f"a row of {table} holds a tab, a line break or a backslash")
        self._senders[table].send(self._statements[table], text)
        waiting.clear()

    def flush(self) -> None:
        """Everything that was added is in its table."""
        for table in self.tables:
            self._send(table)
        for sender in set(self._senders.values()):
            sender.wait()

    def _drop_indexes(self) -> None:
        rows = self.connection.execute(
            "SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, pg_get_indexdef(i.indexrelid)"
            " FROM pg_index i WHERE i.indrelid = ANY (%s::regclass[])"
            " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)"
            " ORDER BY 3",
            ([_name(table).as_string(self.connection) for table in self.tables],),
        ).fetchall()
        self._indexes = [(table, definition) for _, table, definition in rows]
        for index, _, _ in rows:
            self.connection.execute(f"DROP INDEX {index}")

    def _set_tables(self, what: LiteralString) -> None:
        for table in self.tables:
            self.connection.execute(sql.SQL("ALTER TABLE {} {}").format(_name(table), sql.SQL(what)))

    def run(self, statements: Sequence[sql.SQL | sql.Composed], workers: int = WORKERS) -> None:
        """Run independent statements, ``workers`` at a time."""
        if not statements:
            return
        connections = [self._connect() for _ in range(min(workers, len(statements)))]
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

    def complete(self, tables: Sequence[str]) -> None:
        """``tables`` have all their rows: their indexes are built beside what is written next."""
        self.flush()
        names = {self._printed(table) for table in tables}
        definitions = self._longest_first(names)
        self._indexes = [index for index in self._indexes if index[0] not in names]
        steps = [sql.SQL(definition) for definition in definitions]
        self._beside.append(self._pool.submit(self.run, steps, 1))

    def _printed(self, table: str) -> str:
        name = _name(table).as_string(self.connection)
        row = self.connection.execute("SELECT %s::regclass::text", (name,)).fetchone()
        return str(row[0]) if row else table

    def finish(self) -> None:
        """Indexes, sequences, statistics and the visibility map."""
        with self.phase("indexes"):
            names = {table for table, _ in self._indexes}
            self.run([sql.SQL(definition) for definition in self._longest_first(names)])
            for building in self._beside:
                building.result()
        for table in self.tables:
            self.connection.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(m, 1), m > 0) FROM"
                f" (SELECT coalesce(max(id), 0) AS m FROM {_name(table).as_string(self.connection)}) x",
                (_name(table).as_string(self.connection),),
            )
        self._set_tables("RESET (autovacuum_enabled)")
        with self.phase("vacuum"):
            self.run([sql.SQL("VACUUM (ANALYZE) {}").format(_name(table)) for table in self.tables])

    def _longest_first(self, names: set[str]) -> list[str]:
        sizes = {
            table: self.connection.execute("SELECT pg_relation_size(%s::regclass)", (table,)).fetchone()
            or (0,)
            for table in names
        }

        def weight(index: tuple[str, str]) -> tuple[bool, int]:
            return (" USING gin " in index[1], sizes[index[0]][0])

        chosen = [index for index in self._indexes if index[0] in names]
        return [definition for _, definition in sorted(chosen, key=weight, reverse=True)]

    def counts(self) -> dict[str, int]:
        """How many rows each table has now."""
        found = {}
        for table in self.tables:
            row = self.connection.execute(sql.SQL("SELECT count(*) FROM {}").format(_name(table))).fetchone()
            found[table] = int(row[0]) if row else 0
        return found
