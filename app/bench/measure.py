"""How a line of the budget is measured and judged."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import psycopg

NOISE_MS = 3.0
"""Below this a ratio says more about the machine's other work than about ours."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the budget. Times in milliseconds."""

    name: str
    ours: float
    by_hand: float | None = None
    most_ratio: float | None = None
    most_ms: float | None = None
    note: str = ""
    plan: str = ""
    """Where the budget is not kept: the plans of what took longest."""

    def with_plan(self, plan: str) -> Line:
        """The same line with its plan."""
        return replace(self, plan=plan)

    @property
    def ratio(self) -> float | None:
        """Our time over that of the hand-written work."""
        return self.ours / self.by_hand if self.by_hand else None

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        ratio = self.ratio
        return (self.most_ms is None or self.ours <= self.most_ms) and (
            self.most_ratio is None or ratio is None or ratio <= self.most_ratio or self.ours < NOISE_MS
        )


def median_ms(work: Callable[[], Any], repeat: int) -> float:
    """Median time of ``work`` in milliseconds, after one call that warms up."""
    work()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def both_ms(ours: Callable[[], Any], by_hand: Callable[[], Any], repeat: int) -> tuple[float, float]:
    """Medians of two ways, taken in turns so that a busy machine is equally unfair to both."""
    ours(), by_hand()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeat):
        for way, found in ((ours, times[0]), (by_hand, times[1])):
            start = time.perf_counter()
            way()
            found.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


class Ways:
    """Connections to the benchmark's company: as its people and, for hand-written SQL, as the owner."""

    def __init__(self, url: Callable[[str | None], str]) -> None:
        self._url = url
        self._open: dict[str | None, psycopg.Connection[Any]] = {}

    def connect(self, login: str | None = None) -> psycopg.Connection[Any]:
        """A new autocommit connection as ``login``; None for who is bound by no policy."""
        return psycopg.connect(self._url(login), autocommit=True)

    def as_(self, login: str | None = None) -> psycopg.Connection[Any]:
        """The one connection kept for ``login``."""
        if login not in self._open:
            self._open[login] = self.connect(login)
        return self._open[login]

    def url(self, login: str | None = None) -> str:
        """Address with password."""
        return self._url(login)

    def close(self) -> None:
        """Close what is open."""
        for connection in self._open.values():
            connection.close()
