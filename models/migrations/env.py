"""Alembic's environment: always online, on the connection that services/schema.py hands over."""

from collections.abc import MutableMapping
from typing import Any

from alembic import context

from models.schema import METADATA

connection = context.config.attributes["connection"]


def ours(name: str | None, kind: str, _parent: MutableMapping[Any, str | None]) -> bool:
    """Leave indexes alone that the SQL files make (quick search)."""
    return not (kind == "index" and str(name).endswith("_search"))


context.configure(
    connection=connection,
    target_metadata=METADATA,
    include_schemas=True,
    include_name=ours,
    version_table_schema="app",
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
