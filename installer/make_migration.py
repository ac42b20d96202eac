"""Developer's command: write the migration from the tables as they are in the newest migration to ``models``.

    python -m installer.make_migration "orders carry a freight"

Starts an embedded server of its own in a temporary folder, applies what there is, and writes the difference.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command as alembic
from alembic.config import Config
from sqlalchemy import create_engine, text

from app.embedded import EmbeddedServer
from models.schema import SCHEMAS
from services.schema import MIGRATIONS, prepare


def main(message: str) -> None:
    """Write one file into models/migrations/versions."""
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "server")
        server.start()
        try:
            prepare(server.url(database="postgres"), "scratch")
            engine = create_engine(server.url(database="scratch").set(drivername="postgresql+psycopg"))
            number = len(list((MIGRATIONS / "versions").glob("*.py"))) + 1
            with engine.connect() as connection:
                for schema in SCHEMAS:
                    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
                config = Config()
                config.set_main_option("script_location", str(MIGRATIONS))
                config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
                config.attributes["connection"] = connection
                alembic.upgrade(config, "head")
                alembic.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
                connection.rollback()
            engine.dispose()
        finally:
            server.stop()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
