"""Writing customers beyond what services.records does for every entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services import records
from services.commands import Changes, Work
from services.customers.contact_entity import CONTACT_ENTITY
from services.customers.entities import CUSTOMER_ENTITY
from services.entity import Entity


def create_with_contact(
    work: Work,
    *,
    customer: Mapping[str, Any],
    contact: Mapping[str, Any],
    customers: Entity = CUSTOMER_ENTITY,
    contacts: Entity = CONTACT_ENTITY,
) -> Changes:
    """A customer and his first, main contact in one transaction (CUS-05).

    The values are those of the two entities' fields, with the office's own where ``customers`` and ``contacts`` have
    them; without a contact's name only the customer is made.
    """
    made = records.create(work, entity=customers, values=customer)
    if not str(contact.get("name") or "").strip():
        return made
    values = {"main": True, **contact, "customer_id": made.id}
    first = records.create(work, entity=contacts, values=values)
    return Changes({**made.ids, **first.ids})


def link_contact(work: Work, *, contact_id: int, customer_id: int, role: str) -> Changes:
    """A contact belongs to another customer too, as ``role`` (CON-01)."""
    return work.post("customers.link_contact", contact_id=contact_id, customer_id=customer_id, role=role)


def unlink_contact(work: Work, *, contact_id: int, customer_id: int) -> Changes:
    """He belongs there no more."""
    return work.post("customers.unlink_contact", contact_id=contact_id, customer_id=customer_id)
