"""The explicit list of all entities."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.activities import entities as activities
from services.delivery import entities as delivery
from services.entity import Entity
from services.finance import entities as finance
from services.stock import entities as stock

ALL: tuple[Entity, ...] = (*activities.ALL, *delivery.ALL, *finance.ALL, *stock.ALL)
"""In the order in which menus, searches and exports name them."""

ENTITIES: Mapping[str, Entity] = MappingProxyType({entity.key: entity for entity in ALL})
