"""How much a file may demand before it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for reading one file. Beyond any of them reading ends with an ``ImportProblem``."""

    file_bytes: int = 200 << 20
    unpacked_bytes: int = 2 << 30
    """Of all parts of a zipped workbook together that are read, counted while they are unpacked."""
    ratio: int = 400
    """Unpacked to packed size of one part; looked at only above 32 MiB, small parts may be very regular."""
    rows: int = 1_048_576
    columns: int = 1_024
    cell_length: int = 32_767
    """Characters, Excel's own bound."""
    shared_characters: int = 64_000_000
    """Of the table of shared strings, which has to be in memory as a whole."""
    memory_bytes: int = 1 << 30
    """Of the child process."""
    seconds: float = 120.0
    """Time that the child works; time in which the reader of the rows does something else does not count."""


class Unreadable(Exception):
    """Raised in the child: ``key`` names a message of ``services.tabular.problems``."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values
