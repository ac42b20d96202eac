"""The explicit list of all entities."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.entity import Entity
from services.products.entities import CATEGORY, PRICE_LEVEL, PRODUCT
from services.sales.entities import ORDER

ALL: tuple[Entity, ...] = (ORDER, PRODUCT, CATEGORY, PRICE_LEVEL)
"""In the order in which menus, searches and exports name them."""

ENTITIES: Mapping[str, Entity] = MappingProxyType({entity.key: entity for entity in ALL})
