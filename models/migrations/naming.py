"""What Alembic compares: everything but the indexes that the SQL files make."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any


def ours(name: str | None, kind: str, _parent: MutableMapping[Any, str | None]) -> bool:
    """Whether Alembic looks at a thing; quick search's indexes are made by app.make_searchable."""
    return not (kind == "index" and str(name).endswith("_search"))
