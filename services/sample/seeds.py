"""Random numbers of the sample company: one generator per block of a stream."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

BLOCK: Final = 2000
"""Records made at a time. Changing it changes all data."""


def block_rng(seed: int, stream: str, block: int) -> np.random.Generator:
    """The generator of ``block`` of ``stream``; equal arguments give equal numbers on every platform."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(stream.encode()), block]))


def blocks(size: int, first: int = 0) -> Iterator[tuple[int, int, int]]:
    """(block number, index of its first record, how many of its records are wanted) up to ``size``.

    Blocks before that of index ``first`` are left out.
    """
    for block in range(first // BLOCK, -(-size // BLOCK)):
        start = block * BLOCK
        yield block, start, min(BLOCK, size - start)


class Picker:
    """Draws from ``values`` with ``weights`` (equal ones if None), many at a time."""

    def __init__(self, values: Sequence[Any], weights: Sequence[float] | None = None) -> None:
        if not values or (weights is not None and len(values) != len(weights)):
            raise ValueError("as many weights as values, and at least one value")
        self.values = list(values)
        sizes = np.asarray(weights if weights is not None else [1.0] * len(values), dtype=float)
        self._edges = np.cumsum(sizes / sizes.sum())
        self._edges[-1] = 1.0
        self._list: list[float] = self._edges.tolist()

    def indices(self, rng: np.random.Generator, count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        """``count`` positions in ``values``."""
        return np.searchsorted(self._edges, rng.random(count), side="right")

    def at(self, luck: float) -> int:
        """The position in ``values`` of one number of 0 to less than 1."""
        return min(bisect_right(self._list, luck), len(self._list) - 1)

    def draw(self, rng: np.random.Generator, count: int) -> list[Any]:
        """``count`` values."""
        values = self.values
        return [values[i] for i in self.indices(rng, count).tolist()]
