"""The explicit list of all entities."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.activities import entities as activities
from services.customers import entities as customers
from services.delivery import entities as delivery
from services.entity import Entity
from services.files import entities as files
from services.finance import entities as finance
from services.organisation import entities as organisation
from services.products import entities as products
from services.products import price_entities
from services.purchasing import entities as purchasing
from services.sales import entities as sales
from services.stock import entities as stock
from services.system import entities as system
from services.system.export_log import export_log

_WORKED_WITH: tuple[Entity, ...] = (
    *customers.ALL,
    *activities.ALL,
    sales.ORDER,
    *delivery.ALL,
    products.PRODUCT,
    products.CATEGORY,
    products.PRICE_LEVEL,
    price_entities.LEVEL_PRICE,
    price_entities.PRICE_CHANGE,
    *stock.ALL,
    *purchasing.ALL,
    *finance.ALL,
    *organisation.ALL,
    *system.ALL,
    *files.ALL,
)
ALL: tuple[Entity, ...] = (*_WORKED_WITH, export_log(_WORKED_WITH))
"""In the order in which menus, searches and exports name them."""

ENTITIES: Mapping[str, Entity] = MappingProxyType({entity.key: entity for entity in ALL})
