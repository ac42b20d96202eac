"""The explicit list of all entities."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.customers import entities as customers
from services.entity import Entity
from services.organisation import entities as organisation
from services.products import entities as products
from services.sales import entities as sales
from services.system import entities as system

ALL: tuple[Entity, ...] = (
    *customers.ALL,
    *sales.ALL,
    *products.ALL,
    *organisation.ALL,
    *system.ALL,
)
"""In the order in which menus, searches and exports name them."""

ENTITIES: Mapping[str, Entity] = MappingProxyType({entity.key: entity for entity in ALL})
