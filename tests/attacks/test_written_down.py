"""What is written to logs and crash reports after provoked errors: no password, no customer's data (ORG-22)."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from app.crash import CrashGuard
from app.logs import start_logging
from services import records
from services.database import translated_errors
from services.errors import ShukeError
from services.opening import open_as
from services.organisation import commands
from services.registry import ENTITIES
from tests.conftest import PASSWORD, Company

SECRETS = ("geheim-Passwort-77", PASSWORD, "重庆秘密客户有限公司", "13988887777", "915566667777888812")
"""Two passwords, a customer's name, his phone and his tax number."""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of logs of a client that runs as in real life."""
    monkeypatch.setenv("SHUKE_LOGS", str(tmp_path))
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in ("sqlalchemy", "psycopg")}
    start_logging(tmp_path)
    guard = CrashGuard()
    guard.install()
    yield tmp_path
    guard.uninstall()
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)


def crash(error: BaseException) -> None:
    """As an error that nobody caught, in the UI thread and in another one."""
    sys.excepthook(type(error), error, error.__traceback__)
    threading.excepthook(
        threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
    )


@pytest.mark.req("ORG-22")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nothing_secret_is_written_down(company: Company, written: Path) -> None:
    errors: list[BaseException] = []
    with pytest.raises(ShukeError) as wrong:
        open_as(company.url("sales1").set(username=None, password=None), "sales1", SECRETS[0])
    errors.append(wrong.value)
    database = company.as_("sales1")
    entity = ENTITIES["customers.customer"]
    values = {"name": SECRETS[2], "phone": SECRETS[3], "tax_number": SECRETS[4]}
    database.write(records.create, entity=entity, values=values)
    for bad in (
        {**values, "category": "customer_category.none"},
        {**values, "credit_limit": "viel"},
        {**values, "name": SECRETS[2] * 200},
        {**values, "parent_id": 10**9},
    ):
        with pytest.raises(Exception) as refused:
            database.write(records.create, entity=entity, values=bad)
        errors.append(refused.value)
    with pytest.raises(ShukeError) as weak:
        company.as_("boss").write(
            commands.set_password, user_id=1, login="nobody", password=SECRETS[0] + "Zz1"
        )
    errors.append(weak.value)
    # raw errors of the driver carry statements and rows: as bad as it can get
    for statement in (
        "INSERT INTO customers.customer (name, kind) VALUES (:name, 'x')",
        "SELECT CAST(:name AS integer)",
        "UPDATE customers.customer SET owner_id = 1 WHERE name = :name",
    ):
        with pytest.raises(Exception) as raw, database.engine.begin() as connection:
            connection.execute(text(statement), {"name": SECRETS[2]})
        errors.append(raw.value)
        with pytest.raises(ShukeError) as told, translated_errors():
            raise raw.value
        assert not any(secret in str(told.value) for secret in SECRETS)
    try:
        psycopg.connect(f"postgresql://sales1:{SECRETS[0]}@127.0.0.1:1/x", connect_timeout=1)
    except psycopg.Error as error:
        errors.append(error)
    errors.append(KeyError(SECRETS[2]))
    for error in errors:
        crash(error)
        logging.getLogger("shuke").error("%s", type(error).__name__)
    files = [path for path in written.rglob("*") if path.is_file()]
    together = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert len(list((written / "crashes").glob("*.txt"))) >= 5, "reports were written at all"
    assert ("KeyError" in together and "IntegrityError" in together) or "DataError" in together
    for secret in SECRETS:
        assert secret not in together, secret


@pytest.mark.req("ORG-22")
def test_the_server_logs_no_password(company: Company) -> None:
    """The client sends a verifier: even a server that logs every statement would not write the password."""
    superuser = company.psql()
    superuser.execute("ALTER SYSTEM SET log_statement = 'all'")
    superuser.execute("SELECT pg_reload_conf()")
    try:
        fresh = company.psql()
        row = fresh.execute("SELECT id, login FROM organisation.\"user\" WHERE login = 'sales3'").fetchone()
        assert row is not None
        boss = company.as_("boss")
        boss.write(
            commands.set_password, user_id=int(str(row[0])), login=str(row[1]), password="Geheim-2026-Wort"
        )
    finally:
        superuser.execute("ALTER SYSTEM RESET log_statement")
        superuser.execute("SELECT pg_reload_conf()")
        company.psql().execute(
            "SELECT app.make_login('sales3', (SELECT rolpassword FROM pg_authid WHERE rolname = 'sales2'))"
        )
    log = (company.server.data / "server.log").read_text(encoding="utf-8", errors="replace")
    assert "set_password" in log or "make_login" in log, "the statement was logged"
    assert "Geheim-2026-Wort" not in log
