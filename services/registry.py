"""The explicit list of all entities."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.entity import Entity

ALL: tuple[Entity, ...] = ()
"""In the order in which menus, searches and exports name them."""

ENTITIES: Mapping[str, Entity] = MappingProxyType({entity.key: entity for entity in ALL})
