"""The refused rows as a file that can be corrected and imported again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from services.entity import Field
from services.errors import Invalid, ShukeError
from services.importing.plan import Source
from services.language import tr
from services.tabular.writing import RejectedWriter


def sentence(problem: ShukeError, fields: Sequence[Field]) -> str:
    """A reason in words, with the field's title before it where it is about one field."""
    if isinstance(problem, Invalid):
        title = next((tr(field.title) for field in fields if field.key == problem.field), "")
        if title:
            return tr("{field}: {reason}", field=title, reason=str(problem))
    return str(problem)


def write_rejected(
    path: Path | str,
    source: Source,
    rejects: Mapping[int, Sequence[ShukeError]],
    fields: Sequence[Field],
) -> int:
    """Write the rows of ``source`` that ``rejects`` names, with their reasons; how many there were.

    Reads the source again instead of keeping rows in memory.
    """
    written = 0
    with RejectedWriter(path, source.titles) as writer:
        for row in source.rows():
            reasons = rejects.get(row.number)
            if reasons is not None:
                writer.write(row.number, row.cells, [sentence(reason, fields) for reason in reasons])
                written += 1
                if written == len(rejects):
                    break
    return written
