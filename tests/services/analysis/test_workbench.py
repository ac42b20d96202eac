"""Which days the figures of the workbench compare."""

from __future__ import annotations

from datetime import date

import pytest

from services.analysis.workbench import month_before


@pytest.mark.req("WB-01")
@pytest.mark.parametrize(
    ("day", "first", "end"),
    [
        ("2026-11-22", "2026-10-01", "2026-10-23"),
        ("2026-03-27", "2026-02-01", "2026-02-28"),
        ("2026-03-28", "2026-02-01", "2026-03-01"),
        ("2026-03-31", "2026-02-01", "2026-03-01"),
        ("2028-03-29", "2028-02-01", "2028-03-01"),
        ("2026-07-30", "2026-06-01", "2026-07-01"),
        ("2026-01-31", "2025-12-01", "2026-01-01"),
        ("2026-01-01", "2025-12-01", "2025-12-02"),
    ],
)
def test_last_month_is_compared_up_to_the_same_day(day: str, first: str, end: str) -> None:
    """A shorter month is compared whole, its last day included."""
    assert month_before(date.fromisoformat(day)) == (date.fromisoformat(first), date.fromisoformat(end))
