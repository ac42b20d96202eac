"""The branch that a record belongs to, as a column of its list: conditions, totals and exports per branch (ORG-01)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, FromClause, func

from services.entity import Column
from services.language import mark


def of_branch(branch: FromClause, branch_id: ColumnElement[int | None]) -> Column:
    """Column ``branch`` over ``branch``, an alias of the table that the entity's source joins by ``branch_id``.
    Chosen by offices that have branches."""
    return Column(
        "branch",
        mark("Branch"),
        func.coalesce(branch.c.short_name, branch.c.name),
        width=110,
        opens="organisation.branch",
        opens_id=branch_id,
        shown=False,
    )
