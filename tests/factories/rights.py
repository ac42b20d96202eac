"""Rights beyond those that the built-in roles have."""

from __future__ import annotations

from tests.conftest import Company


def give(company: Company, role: str, right: str) -> None:
    """An office whose ``role`` has ``right``, too."""
    company.psql().execute(
        "UPDATE organisation.role SET rights = rights || %(right)s::text"
        " WHERE code = %(role)s AND NOT %(right)s = ANY (rights)",
        {"role": role, "right": right},
    )
