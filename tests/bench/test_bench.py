"""``shuke bench`` runs and measures every line; how fast is not a question for tests on a busy machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from app.bench.batches import checking, importing
from app.bench.desks import Desk, explained
from app.bench.measure import Line, Ways
from app.bench.posting import posting
from app.bench.reading import header, lists, report, search
from app.bench.security import global_search, secured_heads, secured_lists, secured_searches
from app.commands.bench import _measured, write_report
from tests.conftest import Company


def test_every_line_is_measured(sample: Company, tmp_path: Path) -> None:
    def url(login: str | None) -> str:
        return sample.url(login or "postgres").render_as_string(hide_password=False)

    ways = Ways(url)
    try:
        lines = [line for part in (lists, search, header, report) for line in part(ways, 1)]
        for secured in (secured_lists, secured_searches, secured_heads, global_search):
            lines += secured(ways, 1)
        lines += checking(ways)
        lines += posting(ways, 1, 0.3)
        before = ways.as_().execute("SELECT count(*) FROM customers.customer").fetchone()
        lines += importing(ways, 100)
        assert ways.as_().execute("SELECT count(*) FROM customers.customer").fetchone() == before
    finally:
        ways.close()
    assert len(lines) >= 180
    assert all(line.ours > 0 for line in lines)
    named = {line.name: line for line in lines}
    assert named["the same, 8 clerks on the same 20 products (ms per sale)"].note.endswith(
        "0 failed, 0 below zero"
    )
    assert named["shuke check"].note.startswith("0 differences")
    assert named["import of 100 customers with dry run, boss"].note.startswith("98 made, 2 known already")
    # row security on and off for four people
    for what in ("page of customers by created_at, middle", "list search, number", "360° header"):
        for login in ("boss", "manager", "lead1", "sales1"):
            assert named[f"{what}, {login}"].by_hand is not None
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
        (Line("a", 90, 20, 1.5, 60, best=14, best_by_hand=10), False),
        (Line("a", 90, 20, 1.5, 60, best=14, best_by_hand=10, busy=True), True),
        (Line("a", 16, 20, 1.5, 60, best=16, best_by_hand=10, busy=True), False),
    ],
)
def test_when_the_budget_is_kept(line: Line, kept: bool) -> None:
    assert line.kept is kept


def test_a_miss_brings_the_plan_of_its_statement(sample_office: Company) -> None:
    ways = Ways(lambda login: sample_office.url(login or "postgres").render_as_string(hide_password=False))
    desk = Desk.of(ways, "sales1")
    try:
        plan = explained(
            desk.bound,
            lambda session: session.execute(
                text("SELECT c.name FROM customers.customer c WHERE c.id = 1")
            ).all(),
        )
    finally:
        desk.close()
        ways.close()
    # the plan is that of the person, with his policy in it
    assert "Execution Time" in plan and "InitPlan" in plan and "owner_id = ANY" in plan


def test_a_part_that_fails_takes_no_other_along(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> list[Line]:
        raise RuntimeError("the client does not come to rest")

    for name in ("lists", "search", "header", "report", "client", "secured_lists", "secured_searches",
                 "secured_heads", "global_search", "checking", "posting", "importing", "changing"):  # fmt: skip
        monkeypatch.setattr(f"app.commands.bench.{name}", lambda *_: [Line("one", 1.0)])
    monkeypatch.setattr("app.commands.bench.client", broken)
    found = list(_measured(Ways(lambda _login: ""), 1, 1.0, 100))
    assert [line.measured for line in found] == [True] * 4 + [False] + [True] * 8
    assert not found[4].kept and found[4].name == "broken" and "come to rest" in found[4].note
