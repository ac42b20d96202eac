"""Every print of a document is counted, so that the paper says which one it is (PLT-54)."""

from __future__ import annotations

from typing import Final

from services.commands import Changes, Work

COUNTED: Final = {
    "sales.order": ("sales.count_print", "order_id"),
    "stock.receipt": ("stock.count_receipt_print", "receipt_id"),
    "stock.issue": ("stock.count_print", "issue_id"),
    "delivery.note": ("delivery.count_print", "note_id"),
    "delivery.dispatch": ("delivery.count_dispatch_print", "dispatch_id"),
    "finance.payment": ("finance.count_print", "payment_id"),
}
"""Entities whose papers are counted: the posting function, and what it calls the record's id."""


def count_print(work: Work, *, entity: str, record_id: int) -> Changes:
    """One more print of the document was made. The result holds ``print_count`` and ``version``."""
    function, name = COUNTED[entity]
    return work.post(function, **{name: record_id})
