"""Second records in a row: the contact beside his company. An explicit list, as entities are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from services.customers.importing import CONTACT_FIELDS
from services.entity import Field


@dataclass(frozen=True)
class Companion:
    """Records of ``entity`` that stand in the rows of another one and refer to it by ``through``.

    ``fields`` have keys ``prefix.key``. ``unique`` are keys (without prefix) by which one that the other record
    has already is recognised. It is made where a row fills ``name``; a row without it makes none.
    """

    entity: str
    prefix: str
    through: str
    fields: tuple[Field, ...]
    unique: tuple[str, ...]
    name: str

    @cached_property
    def keys(self) -> frozenset[str]:
        """Keys of ``fields``."""
        return frozenset(field.key for field in self.fields)

    def bare(self, key: str) -> str:
        """``key`` without the prefix."""
        return key.removeprefix(f"{self.prefix}.")


COMPANIONS: Mapping[str, Companion] = MappingProxyType(
    {
        "customers.customer": Companion(
            entity="customers.contact",
            prefix="contact",
            through="customer_id",
            fields=CONTACT_FIELDS,
            unique=("customer_id", "name", "mobile"),
            name="contact.name",
        )
    }
)
"""By the key of the entity whose rows they stand in."""
