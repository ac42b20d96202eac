"""Preparing and upgrading a database: roles, tables, guards.

Run by the administrator's command only (ADM-04); a client compares versions at its start and never migrates.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Final

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL

from models.schema import SCHEMAS
from services.company import seed_company
from services.errors import Refused
from services.language import mark
from services.pinyin import seed as seed_readings

SQL: Final = Path(str(files("models"))) / "sql"
MIGRATIONS: Final = Path(str(files("models"))) / "migrations"
LOCK: Final = 7352000
"""Advisory lock: one upgrade at a time."""
OLDEST: Final = {16: 14, 17: 10, 18: 4}
"""Minor versions below these let an ordinary SQL user corrupt the server's memory (CVE-2026-6473)."""


def check_server(connection: Connection) -> None:
    """Refuse a server that is too old to be safe. Costs nothing: it said so when the connection was opened."""
    driver = connection.connection.driver_connection
    assert driver is not None
    check_version(driver.info.server_version)


def check_version(number: int) -> None:
    """Refuse a version of PostgreSQL, such as 180004 for 18.4, that is too old to be safe."""
    major, minor = divmod(number, 10000)
    if major < min(OLDEST) or minor < OLDEST.get(major, 0):
        raise Refused(
            mark("The server runs PostgreSQL {version}. Shuke needs 16.14, 17.10, 18.4 or newer."),
            version=f"{major}.{minor}",
        )


def sql_files() -> list[Path]:
    """The SQL files in the order in which they are applied."""
    return [file for schema in SCHEMAS for file in sorted((SQL / schema).glob("*.sql"))]


def checksum() -> str:
    """Of all SQL files and migrations: what a database that is up to date has stored."""
    return _digest([SQL / "roles.sql", SQL / "superuser.sql", *sql_files(), *_migrations()])


def tables_digest(revision: str) -> str:
    """Of the migrations up to ``revision``: what a database that was brought there by this program has stored."""
    return _digest([file for file in _migrations() if file.name.partition("_")[0] <= revision])


def _migrations() -> list[Path]:
    return sorted((MIGRATIONS / "versions").glob("*.py"))


def _digest(files: list[Path]) -> str:
    together = hashlib.sha256()
    for file in files:
        # a checkout on Windows may end its lines otherwise
        together.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return together.hexdigest()


def head() -> str:
    """The newest migration."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


def prepare(admin: URL, database: str) -> None:
    """Create ``database`` on the server of ``admin`` if it is missing, with its owner role. Repeatable."""
    engine = create_engine(_driver(admin), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            check_server(connection)
            _run(connection, SQL / "roles.sql", in_transaction=False)
            there = text("SELECT true FROM pg_database WHERE datname = :name")
            if not connection.scalar(there, {"name": database}):
                name = connection.dialect.identifier_preparer.quote(database)
                connection.execute(text(f"CREATE DATABASE {name} OWNER shuke_owner TEMPLATE template0"))
    finally:
        engine.dispose()


def upgrade(admin: URL) -> None:
    """Bring the database of ``admin`` up to date, all or nothing, one at a time."""
    engine = create_engine(_driver(admin))
    try:
        with engine.begin() as connection:
            _upgrade(connection)
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    check_server(connection)
    open_to_staff(connection)
    _run(connection, SQL / "superuser.sql")
    connection.execute(text("SET LOCAL check_function_bodies = off"))
    superuser = connection.scalar(text("SELECT current_user"))
    connection.execute(text("SET LOCAL ROLE shuke_owner"))
    for schema in SCHEMAS:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO shuke_staff"))
    connection.execute(text("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"))
    _refuse_other_tables(connection)
    _migrate(connection)
    stored = connection.scalar(text("SELECT checksum FROM app.applied ORDER BY id DESC LIMIT 1"))
    if stored != checksum():
        _apply(connection, str(superuser))
        seed_readings(connection)
        seed_company(connection)
        # bounds of a login are the server's, so a database that was brought here brings none
        connection.execute(
            text(
                'SELECT app.bound_login(u.login) FROM organisation."user" u'
                " JOIN pg_roles r ON r.rolname = u.login"
            )
        )
        connection.execute(
            text("INSERT INTO app.applied (checksum, version, tables) VALUES (:checksum, :version, :tables)"),
            {"checksum": checksum(), "version": head(), "tables": tables_digest(head())},
        )
    # before people are let in: after a restore on another server their changes belong to a new epoch
    connection.execute(text("SELECT app.open_epoch()"))


def open_to_staff(connection: Connection) -> None:
    """Who may connect to the database: staff, but without temporary tables. As superuser; a copy needs it again."""
    name = connection.dialect.identifier_preparer.quote(
        str(connection.scalar(text("SELECT current_database()")))
    )
    connection.execute(text(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC"))
    connection.execute(text(f"GRANT CONNECT ON DATABASE {name} TO shuke_staff"))
    connection.execute(text(f"ALTER DATABASE {name} SET lc_messages = 'C'"))
    # nobody may lift this one himself: a sort without end would fill the disk of everybody
    connection.execute(text(f"ALTER DATABASE {name} SET temp_file_limit = '2GB'"))
    connection.execute(text(f"GRANT CREATE, CONNECT, TEMPORARY ON DATABASE {name} TO shuke_owner"))


def is_ours(connection: Connection) -> bool:
    """Whether the database was made by Shuke, whatever its version."""
    return bool(
        connection.scalar(
            text(
                "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = 'app' AND c.relname = 'applied')"
            )
        )
    )


def is_current(connection: Connection) -> bool:
    """Whether the database has exactly the tables and functions that this program was made for."""
    row = connection.execute(text("SELECT checksum FROM app.applied ORDER BY id DESC LIMIT 1")).first()
    return row is not None and row.checksum == checksum()


def _refuse_other_tables(connection: Connection) -> None:
    # Alembic looks at the revision's name alone: a migration that was rewritten would never be run, and the functions
    # that follow would meet tables that they do not know. As json, because a first build had no such column.
    if not is_ours(connection):
        return
    stored = connection.execute(
        text(
            "SELECT a.version, to_jsonb(a) ->> 'tables' AS tables FROM app.applied a ORDER BY a.id DESC LIMIT 1"
        )
    ).first()
    if stored is not None and stored.tables != tables_digest(stored.version):
        raise Refused(
            mark(
                "The tables of this database were made by another build of Shuke, from which no way leads to this"
                " one. Use the program that made them, or begin with a new database."
            )
        )


def _migrate(connection: Connection) -> None:
    # the client compares checksums and never migrates: its start shall not pay for this
    from alembic import command as alembic
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    current = MigrationContext.configure(
        connection, opts={"version_table_schema": "app"}
    ).get_current_revision()
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if current is not None and current not in known:
        raise Refused(mark("The database was upgraded by a newer Shuke. Update this program first."))
    alembic.upgrade(config, "head")


KEY_FUNCTIONS: Final = (
    "app.make_login(text, text)",
    "app.allow_login(text, boolean)",
    "app.end_connections(text)",
    "app.open_connections()",
    "app.end_connection(integer)",
    "app.sync_scope_roles()",
    "app.my_connection()",
    "app.bound_login(text)",
    "app.end_overdue(interval, interval)",
)
"""Functions that make logins, grant scope roles and see connections: they belong to shuke_keys, who alone may."""


def _apply(connection: Connection, superuser: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote(superuser)
    _give_keys(connection, quoted, "shuke_owner")
    for file in sql_files():
        # an operator that policies may trust with an index is the superuser's to make
        if file.name.startswith("00_superuser"):
            connection.execute(text(f"SET LOCAL ROLE {quoted}"))
        _run(connection, file)
        connection.execute(text("SET LOCAL ROLE shuke_owner"))
    connection.execute(text("CALL app.bound_all_values()"))
    _give_keys(connection, quoted, "shuke_keys")


def _give_keys(connection: Connection, superuser: str, owner: str) -> None:
    connection.execute(text(f"SET LOCAL ROLE {superuser}"))
    for function in KEY_FUNCTIONS:
        if connection.scalar(text("SELECT to_regprocedure(:name)"), {"name": function}) is None:
            continue
        connection.execute(text(f"ALTER FUNCTION {function} OWNER TO {owner}"))
        connection.execute(text(f"GRANT EXECUTE ON FUNCTION {function} TO shuke_owner"))
    if owner == "shuke_keys":
        connection.execute(text("GRANT USAGE ON SCHEMA app, organisation TO shuke_keys"))
        connection.execute(text('GRANT SELECT ON app.user_scope, organisation."user" TO shuke_keys'))
        connection.execute(text("GRANT pg_read_all_stats TO shuke_keys"))
    connection.execute(text("SET LOCAL ROLE shuke_owner"))


def _run(connection: Connection, file: Path, *, in_transaction: bool = True) -> None:
    # through the driver: text() would take the colons of PL/pgSQL for parameters
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(file.read_text(encoding="utf-8"))
    if in_transaction and driver.info.transaction_status == TransactionStatus.IDLE:
        raise RuntimeError(f"{file.name} ends the transaction: an upgrade must be all or nothing")


def _driver(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg")
