"""``shuke bench`` runs and measures every line; how fast is not a question for tests on a busy machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.bench.measure import Line, Ways
from app.bench.posting import posting
from app.bench.reading import header, lists, report, search
from app.commands.bench import write_report
from tests.conftest import Company


def test_every_line_is_measured(sample: Company, tmp_path: Path) -> None:
    def url(login: str | None) -> str:
        return sample.url(login or "postgres").render_as_string(hide_password=False)

    ways = Ways(url)
    try:
        lines = [line for part in (lists, search, header, report) for line in part(ways, 1)]
        lines += posting(ways, 1, 0.3)
    finally:
        ways.close()
    assert len(lines) >= 24
    assert all(line.ours > 0 for line in lines)
    assert lines[-2].note.endswith("0 failed, 0 below zero")
    write_report(tmp_path / "bench.json", 100, lines)
    found = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert [line["name"] for line in found["lines"]] == [line.name for line in lines]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (Line("a", 20, 10, 1.5, 60), False),
        (Line("a", 14, 10, 1.5, 60), True),
        (Line("a", 61, 60, 1.5, 60), False),
        (Line("a", 2, 1, 1.5, 60), True),
        (Line("a", 49, most_ms=50), True),
    ],
)
def test_when_the_budget_is_kept(line: Line, kept: bool) -> None:
    assert line.kept is kept
