"""Alembic's environment: always online, on the connection that services/schema.py hands over."""

from alembic import context

from models.migrations.naming import ours
from models.schema import METADATA

connection = context.config.attributes["connection"]


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
