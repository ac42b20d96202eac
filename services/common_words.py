"""Quick search for words that very many rows answer: when a list's order is the quicker way to its first page.

The search index gives all answers at once, which are then fetched and sorted; along the index of the order the first
page is full after some thousand rows, if answers are frequent. The planner would choose well, but takes neighbouring
syllables for independent: of chongqing it expects 4,300 of 1,000,000 customers where 54,700 are. So a sample is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Table, text
from sqlalchemy.orm import Session

PAGES: Final = 5000
"""Pages of a table below which all answers are fetched soon enough."""
SAMPLED: Final = 128
"""Pages of the sample: some 600 customers, 10 ms."""
LEAST: Final = 300
"""Rows that the planner expects, below which the answers are few even if it is wrong by ten."""
OBVIOUS: Final = 0.03
"""Share of the table that the planner expects, from which it walks by itself."""
STEPS: Final = 30_000
"""Rows of the table that a walk may pass, seen or hidden: some 30 ms."""


def rows_to_walk(session: Session, table: Table, questions: Sequence[str], wanted: int) -> int:
    """How many rows of the order to look through for the first ``wanted`` that answer one of ``questions`` (tsqueries);
    0: better fetch all answers. Cost: 1 ms for rare words, 10 ms for those that may be common."""
    name = f'{table.schema}."{table.name}"'
    size = session.execute(
        text("SELECT relpages, reltuples FROM pg_class WHERE oid = to_regclass(:name)"), {"name": name}
    ).one()
    if size.relpages < PAGES or not questions:
        return 0
    answers = " OR ".join(f"search OPERATOR(app.@@@) {_literal(question)}" for question in questions)
    plan: Any = session.scalar(text(f"EXPLAIN (FORMAT JSON) SELECT FROM {name} WHERE {answers}"))
    if not LEAST <= plan[0]["Plan"]["Plan Rows"] <= OBVIOUS * size.reltuples:
        return 0
    share = SAMPLED / size.relpages
    # under the reader's policies: what counts is what he sees
    seen, fits = session.execute(
        text(
            f"SELECT count(*), count(*) FILTER (WHERE {answers}) FROM {name} TABLESAMPLE SYSTEM ({share * 100:.6f})"
        )
    ).one()
    steps = int(STEPS * min(1.0, seen / (share * size.reltuples)))
    # twice as many as wanted, because answers do not lie evenly along the order
    return steps if fits >= 3 and steps * fits >= 2 * wanted * seen else 0


def _literal(question: str) -> str:
    # quick search knows no backslash; a colon would be a parameter to text()
    quoted = question.replace("'", "''").replace(":", "\\:")
    return f"'{quoted}'\\:\\:tsquery"
