"""Writing of delivery notes, through the posting functions of the database (models/sql/delivery)."""

from __future__ import annotations

from services.commands import Changes, Work


def make_note(work: Work, *, issue_id: int, way: str | None = None) -> Changes:
    """The note that travels with the goods of a posted stock issue; one per issue."""
    return work.post("delivery.make_note", issue_id=issue_id, way=way)
