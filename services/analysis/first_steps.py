"""What a new company has done already, and what is still to be done before its people can work."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Whether each step is done, in the order in which they are best taken."""

    company: bool
    """Its address stands on papers."""
    people: bool
    customers: bool
    products: bool
    stock: bool
    order: bool
    """An order was confirmed."""

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return all(getattr(self, field.name) for field in fields(self))


def first_steps(session: Session) -> FirstSteps:
    """Read what there is. Each part looks for one row only, so it costs the same with a million customers."""
    row = session.execute(
        text(
            "SELECT EXISTS (SELECT FROM organisation.branch WHERE parent_id IS NULL AND address <> '')"
            " AS company,"
            ' (SELECT count(*) > 1 FROM (SELECT FROM organisation."user" LIMIT 2) AS two) AS people,'
            " EXISTS (SELECT FROM customers.customer) AS customers,"
            " EXISTS (SELECT FROM products.product) AS products,"
            " EXISTS (SELECT FROM stock.ledger) AS stock,"
            ' EXISTS (SELECT FROM sales."order" WHERE state <> \'draft\') AS "order"'
        )
    ).one()
    return FirstSteps(**row._mapping)
