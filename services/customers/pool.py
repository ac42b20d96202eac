"""The customer pool (客户池): putting customers in, taking them out or giving them to somebody (CUS-14)."""

from __future__ import annotations

from collections.abc import Sequence

from services.commands import Changes, Work


def put_into_pool(work: Work, *, ids: Sequence[int], reason: str) -> Changes:
    """Take these customers from their owners, for a reason that the owners are told; their contacts go along."""
    return work.post("customers.put_into_pool", ids=list(ids), reason=reason)


def take_from_pool(work: Work, *, ids: Sequence[int], to_user: int | None = None) -> Changes:
    """Make these customers one's own, or, as the pool's administrator, somebody else's. Refused when a colleague was
    faster."""
    return work.post("customers.take_from_pool", ids=list(ids), to_user=to_user)
