"""The company's people at their desks: the program's own statements as one of them, and past all policies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, event, func, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.bench.measure import Line, Ways, alone, compared
from services.database import Database
from services.entity import Context
from services.records import table_of
from services.registry import ENTITIES
from services.session import CurrentUser, Dictionary, log_in, read_dictionary

Work = Callable[[Session], Any]


@dataclass(frozen=True, slots=True)
class OwnedBy:
    """What a policy lets through, as a condition of a list that no policy binds."""

    entity: str
    owners: tuple[int, ...]
    pool: bool = False
    """With what nobody owns."""

    def __call__(self, _context: Context) -> ColumnElement[bool]:
        owner = table_of(ENTITIES[self.entity]).c.owner_id
        return or_(owner.in_(self.owners), owner.is_(None)) if self.pool else owner.in_(self.owners)


@dataclass(frozen=True)
class Desk:
    """One person: ``bound`` is his connection, ``free`` one that row security does not bind."""

    user: CurrentUser
    dictionary: Dictionary
    bound: Database
    free: Database
    plans: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, ways: Ways, login: str) -> Desk:
        """Logs in as ``login``."""
        bound = Database(ways.url(login))
        user = log_in(bound)
        with bound.read_session() as session:
            dictionary = read_dictionary(session)
        return cls(user, dictionary, bound, Database(ways.url()))

    def close(self) -> None:
        """Give the connections back."""
        self.bound.close()
        self.free.close()

    def conditions(self, entity: str) -> tuple[OwnedBy, ...]:
        """What has to be added where no policy does it; nothing for somebody who reads all records of the kind."""
        domain = entity.partition(".")[0]
        with self.bound.read_session() as session:
            beyond = session.scalar(select(func.app.reads_beyond(entity)))
        if beyond or self.user.can(f"{domain}.see_all"):
            return ()
        return (OwnedBy(entity, self.user.below, self.user.can(f"{domain}.pool.view")),)

    def freed(self, entity: str) -> CurrentUser:
        """He as the list past all policies has to take him: who reads all records of the kind sees all."""
        if self.conditions(entity):
            return self.user
        return replace(self.user, rights=self.user.rights | {f"{entity.partition('.')[0]}.see_all"})

    def alone(self, name: str, work: Work, repeat: int, most_ms: float) -> Line:
        """One line: ``work`` under his policies against a bound in milliseconds."""
        line = alone(f"{name}, {self.user.login}", self._calls(self.bound, work), repeat, most_ms)
        return line if line.kept else line.with_plan(explained(self.bound, work))

    def both(self, name: str, on: Work, off: Work, repeat: int, most_ms: float | None = 60) -> Line:
        """One line: the same work with row security on and off, ``off`` filtered by hand; at most 1.5 times."""
        bound, free = self._calls(self.bound, on), self._calls(self.free, off)
        line = compared(f"{name}, {self.user.login}", bound, free, repeat, 1.5, most_ms)
        return line if line.kept else line.with_plan(explained(self.bound, on))

    @staticmethod
    def _calls(database: Database, work: Work) -> Callable[[], None]:
        def call() -> None:
            with database.read_session() as session:
                work(session)

        return call


def explained(database: Database, work: Work) -> str:
    """The plans of the statements of ``work`` that took longest, at most three, as EXPLAIN ANALYZE gives them."""
    said: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        said.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        with suppress(Exception), database.read_session() as session:
            work(session)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    plans: list[tuple[float, str]] = []
    for statement, values in said:
        if not statement.lstrip("( \n").upper().startswith(("SELECT", "WITH")):
            continue
        with suppress(DBAPIError), database.engine.connect() as connection:
            rows = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", values)
            text = "\n".join(str(row[0]) for row in rows)
            plans.append((_took(text), f"{statement}\n{text}"))
    plans.sort(reverse=True)
    return "\n\n".join(text for _, text in plans[:3])


def _took(plan: str) -> float:
    found = plan.rpartition("Execution Time: ")[2].partition(" ")[0]
    return float(found) if found.replace(".", "", 1).isdigit() else 0.0
