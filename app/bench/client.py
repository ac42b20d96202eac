"""The client as a person feels it: how soon it is there, how long it stands still, how much memory it takes.

Each figure is measured in a process of its own without a screen (``app.bench.drive``), against the benchmark's
company.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from app.bench.measure import Line, Ways

START_MS: Final = 2000.0
STALL_MS: Final = 50.0
MEMORY_MB: Final = 350.0
TABS: Final = 20
START: Final = "client start to usable workbench"
MEMORY: Final = f"client memory with {TABS} customer tabs"
LOGIN: Final = "boss"
ROUNDS: Final = 3
"""Processes of which the median counts: each takes some ten seconds."""
FORGET: Final = """DELETE FROM system.preference p USING organisation."user" u
    WHERE p.user_id = u.id AND u.login = %s"""

Figures = dict[str, tuple[float, float]]
"""By name: the figure, and the UI thread's own work in it, which is what it would be on a machine at rest."""


def client(ways: Ways, _repeat: int) -> Iterator[Line]:
    """Start, stalls of the event loop, memory with 20 customers open."""
    _child(ways, "steady")  # warms up: modules compiled, pages of the server in memory
    found = [_child(ways, "steady") for _ in range(ROUNDS)]

    def line(name: str, most: float) -> Line:
        ours, own = (statistics.median(one[name][part] for one in found) for part in (0, 1))
        return Line(name, ours, most_ms=most, note=f"own work {own:.0f} ms" if own else "")

    for name in found[0]:
        yield line(name, START_MS if name == START else STALL_MS)
    memory, _own = _child(ways, "memory")[MEMORY]
    yield Line(MEMORY, memory, most=MEMORY_MB, unit="MB")


def _child(ways: Ways, what: str) -> Figures:
    orders = {"what": what, "url": ways.url(LOGIN), "began": time.time()}
    # as somebody's first login: tabs of the last time would be measured too
    ways.as_().execute(FORGET, (LOGIN,))
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a warm start has its modules compiled
    done = subprocess.run(
        [sys.executable, "-m", "app.bench.drive"],
        input=json.dumps(orders),
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    measured: Figures = json.loads(done.stdout.splitlines()[-1])
    return measured
