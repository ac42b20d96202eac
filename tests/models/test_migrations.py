"""The migrations make exactly the tables that models declares."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from models.migrations.naming import ours
from models.schema import METADATA
from tests.conftest import Company


def test_migrated_tables_are_the_declared_ones(office: Company) -> None:
    engine = create_engine(office.url().set(drivername="postgresql+psycopg"))
    options: dict[str, Any] = {
        "include_schemas": True,
        "include_name": ours,
        "version_table_schema": "app",
        "compare_server_default": False,
    }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, METADATA)
    engine.dispose()
    assert differences == []
