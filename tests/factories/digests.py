"""What stands in every table of a database, as one digest each: whether something changed that nobody asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1
"""


def digests(psql: psycopg.Connection[Any], newest: Mapping[str, int] = {}) -> dict[str, tuple[int, Any]]:
    """{table: (rows, sum of the hashes of its rows)} as the superuser sees them; of tables named in ``newest`` only
    rows up to that id."""
    answer: dict[str, tuple[int, Any]] = {}
    for (name,) in psql.execute(TABLES).fetchall():
        within = f" WHERE t.id <= {newest[name]}" if name in newest else ""
        (answer[name],) = psql.execute(
            f"SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {name} t{within}"
        ).fetchall()
    return answer
