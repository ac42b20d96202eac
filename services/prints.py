"""Every print of a document is counted, so that the paper says which one it is (PLT-54)."""

from __future__ import annotations

from services.commands import Changes, Work


def count_print(work: Work, *, entity: str, record_id: int) -> Changes:
    """One more print of the document was made. The result holds ``print_count`` and ``version``."""
    return work.post("app.count_print", entity=entity, id=record_id)
