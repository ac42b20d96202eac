"""What of a command is kept beside its key: its name and its arguments as JSON (see ``Database.write_once``)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.entity import Entity


def name_of(command: Callable[..., Any]) -> str:
    """The name under which a request of ``command`` is stored."""
    return f"{command.__module__}.{command.__qualname__}"


def plain(value: Any) -> Any:
    """``value`` as JSON types: decimals, days, times, keys as text, an entity as its key, a dataclass by its fields.

    TypeError for anything that has no such form.
    """
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Entity):
        return value.key
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"{type(value).__name__} cannot be sent as an argument of a command")


def digest(arguments: Mapping[str, Any]) -> str:
    """SHA-256 over the arguments: the same key with other contents is refused."""
    text = json.dumps(plain(arguments), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
