"""Waiting for somebody who waits."""

from __future__ import annotations

import time

from tests.conftest import Company


def wait_until_blocked(company: Company, login: str) -> None:
    """Return when a session of ``login`` waits for a lock; fails after 10 s."""
    watcher = company.psql()
    for _ in range(500):
        row = watcher.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND wait_event_type = 'Lock'", (login,)
        ).fetchone()
        if row and row[0]:
            return
        time.sleep(0.02)
    raise AssertionError(f"{login} never waited")
