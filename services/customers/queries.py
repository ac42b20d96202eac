"""Questions about customers that no list answers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, String, cast, column, func, select
from sqlalchemy.orm import Session

from services.language import tr


@dataclass(frozen=True, slots=True)
class Taken:
    """A customer of (nearly) this name that somebody has already: no more than name and owner are told."""

    name: str
    owner: str


def name_taken(session: Session, *, name: str, besides: int | None = None) -> list[Taken]:
    """Who has a customer called ``name``, across all customers, even hidden ones (CUS-03); at most five.

    Compared without case, width, blanks, brackets and legal form (有限公司). ``besides``: the customer who is to be
    renamed, and whom the user sees. Cost: one index look-up.
    """
    if not name.strip():
        return []
    found = func.customers.name_taken(name, cast(besides, BigInteger)).table_valued(
        column("taken_name", String), column("owner_name", String)
    )
    rows = session.execute(select(found.c.taken_name, found.c.owner_name))
    # nobody owns what lies in the pool
    return [Taken(taken, tr("Customer pool") if owner == "Customer pool" else owner) for taken, owner in rows]
