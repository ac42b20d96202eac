"""All tables together: importing this module fills ``Base.metadata``."""

from models import (
    activities,
    attachments,
    customers,
    delivery,
    finance,
    organisation,
    presence,
    products,
    reading,
    sales,
    stock,
    system,
)
from models.base import Base

SCHEMAS = (
    "app",
    "organisation",
    "system",
    "customers",
    "activities",
    "products",
    "stock",
    "sales",
    "delivery",
    "finance",
)
"""Schemas in the order in which their SQL files are applied; ``app`` holds the mechanism."""

METADATA = Base.metadata

__all__ = [
    "METADATA",
    "SCHEMAS",
    "activities",
    "attachments",
    "customers",
    "delivery",
    "finance",
    "organisation",
    "presence",
    "products",
    "reading",
    "sales",
    "stock",
    "system",
]
