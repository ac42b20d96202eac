"""How a line of the budget is measured and judged."""

from __future__ import annotations

import os
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
    """One line of the budget. Times in milliseconds, medians.

    Other programs' work only ever adds time, so on a busy machine the fastest run of each way is judged.
    """

    name: str
    ours: float
    by_hand: float | None = None
    most_ratio: float | None = None
    most_ms: float | None = None
    note: str = ""
    most: float | None = None
    """Bound of a figure in another unit."""
    unit: str = "ms"
    best: float | None = None
    """Our fastest run."""
    best_by_hand: float | None = None
    busy: bool = False
    """Whether others kept the machine busy."""
    measured: bool = True
    """False where the work failed: ``note`` says how."""
    plan: str = ""
    """Where the budget is not kept: the plans of what took longest."""

    def with_plan(self, plan: str) -> Line:
        """The same line with its plan."""
        return replace(self, plan=plan)

    @property
    def judged(self) -> float:
        """Our time that the bound is compared with."""
        return self.best if self.busy and self.best is not None else self.ours

    @property
    def ratio(self) -> float | None:
        """Our time over that of the hand-written work."""
        if self.busy and self.best is not None and self.best_by_hand:
            return self.best / self.best_by_hand
        return self.ours / self.by_hand if self.by_hand else None

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        if not self.measured:
            return False
        ratio = self.ratio
        bound = self.most if self.most_ms is None else self.most_ms
        return (bound is None or self.judged <= bound) and (
            self.most_ratio is None or ratio is None or ratio <= self.most_ratio or self.judged < NOISE_MS
        )


def failed(name: str, error: Exception) -> Line:
    """The line of what could not be measured; the others still can."""
    said = " ".join(str(error).split()) or type(error).__name__
    return Line(name, 0.0, note=f"not measured: {said[-300:]}", measured=False)


def machine_is_busy() -> bool:
    """Whether more wants to run than there are processors, in the last minute."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > (os.cpu_count() or 1) + 0.5


def alone(name: str, work: Callable[[], Any], repeat: int, most_ms: float) -> Line:
    """``work`` against a bound in milliseconds, after one call that warms up."""
    work()
    times = [_took(work) for _ in range(repeat)]
    return Line(name, statistics.median(times), most_ms=most_ms, best=min(times), busy=machine_is_busy())


def compared(
    name: str,
    ours: Callable[[], Any],
    by_hand: Callable[[], Any],
    repeat: int,
    most_ratio: float | None,
    most_ms: float | None = None,
) -> Line:
    """Two ways, taken in turns so that a busy machine is equally unfair to both."""
    ours(), by_hand()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeat):
        times[0].append(_took(ours))
        times[1].append(_took(by_hand))
    return Line(
        name,
        statistics.median(times[0]),
        statistics.median(times[1]),
        most_ratio,
        most_ms,
        best=min(times[0]),
        best_by_hand=min(times[1]),
        busy=machine_is_busy(),
    )


def _took(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


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
