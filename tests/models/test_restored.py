"""A backup as the manual describes it, on another server: people, wall, seals and figures (SECURITY 34)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.embedded import EmbeddedServer, program_folder
from services.checking import check
from services.sample.staff import PEOPLE
from services.session import log_in
from services.system import seals
from tests.attacks.catalogue import COLUMN_GRANTS, GRANTS, POLICIES, faults
from tests.attacks.reach import state
from tests.conftest import Company
from tests.databases import server_folder
from tests.e2e.test_visibility_everywhere import by_sql
from tests.factories.next_entity import EVERY


def run(name: str, *arguments: str, address: str, fails: bool = False) -> str:
    """One of PostgreSQL's own programs at an address; what it said."""
    program = program_folder() / name
    if not program.exists() and not program.with_suffix(".exe").exists():
        pytest.skip(f"the embedded server comes without {name}")
    done = subprocess.run(
        [str(program), *arguments, "-d", address],
        capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}, timeout=180,
    )  # fmt: skip
    assert (done.returncode != 0) is fails, done.stderr[-2000:]
    return done.stderr


def address(company: Company, database: str) -> str:
    """libpq address as superuser."""
    return company.server.url(database=database).render_as_string(hide_password=False)


@pytest.fixture
def elsewhere() -> Iterator[EmbeddedServer]:
    """An empty server: new logins, new transaction numbers."""
    with server_folder() as folder:
        server = EmbeddedServer(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def wall(connection: psycopg.Connection[Any]) -> list[list[Any]]:
    """Policies, grants, logins with their bounds, memberships and verifiers."""
    ours = (
        "SELECT rolname FROM pg_roles WHERE rolname ~ '^shuke_'"
        ' OR rolname IN (SELECT login FROM organisation."user")'
    )
    return [
        sorted(map(str, connection.execute(statement).fetchall()))  # type: ignore[call-overload]
        for statement in (
            POLICIES, GRANTS, COLUMN_GRANTS,
            "SELECT rolname, rolcanlogin, rolsuper, rolcreaterole, rolbypassrls, rolconnlimit, rolvaliduntil,"
            f" rolpassword FROM pg_authid WHERE rolname IN ({ours})",
            "SELECT g.rolname, m.rolname, a.admin_option, a.inherit_option, a.set_option FROM pg_auth_members a"
            " JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member"
            f" WHERE m.rolname IN ({ours})",
            "SELECT coalesce(r.rolname, ''), coalesce(d.datname, ''), s.setconfig FROM pg_db_role_setting s"
            " LEFT JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase"
            " WHERE coalesce(d.datname, current_database()) = current_database()"
            f" AND (s.setrole = 0 OR r.rolname IN ({ours}))",
            "SELECT datacl::text FROM pg_database WHERE datname = current_database()",
        )
    ]  # fmt: skip


@pytest.mark.req("ORG-20", "PLT-34")
def test_the_backup_of_the_manual_comes_back_whole(
    sample: Company, elsewhere: EmbeddedServer, tmp_path: Path
) -> None:
    head = str(sample.as_("boss").write(seals.seal_now).result["head"])
    sample.psql("boss").execute("UPDATE customers.customer SET remark = '封存以后'")
    dump, roles = tmp_path / "office.dump", tmp_path / "roles.sql"
    run("pg_dump", "-Fc", "-C", "-f", str(dump), address=address(sample, sample.name))
    run("pg_dumpall", "--roles-only", "-f", str(roles), address=address(sample, "postgres"))
    restored = Company(elsewhere, sample.name)
    # the superuser is there already; everybody else comes with the file
    run("psql", "-q", "-f", str(roles), address=address(restored, "postgres"))
    with psycopg.connect(address(sample, "postgres"), autocommit=True) as here:
        kept = here.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'").fetchone()
    assert kept is not None
    # and with it the old server's password of the superuser
    assert elsewhere.superuser_password() != sample.server.superuser_password()
    own = elsewhere.url(password=sample.server.superuser_password(), database="postgres")
    with psycopg.connect(own.render_as_string(hide_password=False), autocommit=True) as there:
        there.execute(f"ALTER ROLE postgres PASSWORD '{elsewhere.superuser_password()}'")  # type: ignore[call-overload]
    run("pg_restore", "--exit-on-error", "-C", str(dump), address=address(restored, "postgres"))
    try:
        same_office(sample, restored, head)
        damaged(dump, tmp_path / "damaged.dump", restored)
    finally:
        restored.close()


def same_office(before: Company, after: Company, head: str) -> None:
    """Everything that held there holds here."""
    old, new = before.psql(), after.psql()
    assert wall(new) == wall(old)
    assert faults(new) == []
    for person in PEOPLE:
        there, here = before.psql(person.login), after.psql(person.login)
        for entity in EVERY:
            if entity.key != "customers.memo":
                assert by_sql(here, entity) == by_sql(there, entity), (person.login, entity.key)
        assert here.execute("SHOW statement_timeout").fetchone() == ("2min",), "his bounds came along"
        assert state(here, "SELECT app.rebuild_scope()") == "42501"
        there.close()
        here.close()
    for _ in range(12):
        after.psql("sales4")
    with pytest.raises(psycopg.OperationalError, match="too many connections"):
        after.psql("sales4")
    engine = create_engine(after.url().set(drivername="postgresql+psycopg"))
    with Session(engine) as session:
        assert check(session) == []
        assert seals.verify(session, expected_head=head) == []
    engine.dispose()
    # and people go on, whether or not anybody upgraded: what is written and sealed here is sealed, what was sealed
    # there still is
    assert log_in(after.as_("sales1")).login == "sales1"
    after.psql("boss").execute("UPDATE customers.customer SET remark = '恢复以后'")
    made = after.as_("boss").write(seals.seal_now)
    assert int(str(made.result["rows"])) > 0
    engine = create_engine(after.url().set(drivername="postgresql+psycopg"))
    with Session(engine) as session:
        assert seals.verify(session, expected_head=head) == []
    engine.dispose()
    new.execute("SET session_replication_role = replica")
    new.execute("UPDATE app.history SET login = 'nobody' WHERE id = (SELECT min(id) FROM app.history)")
    engine = create_engine(after.url().set(drivername="postgresql+psycopg"))
    with Session(engine) as session:
        assert [fault.seal for fault in seals.verify(session)] == [1]
    engine.dispose()


def damaged(dump: Path, file: Path, company: Company) -> None:
    """A backup of which a part is missing, or a bit is another, is told by the program that brings it back."""
    whole = dump.read_bytes()
    for contents in (whole[: len(whole) * 2 // 3], flipped(whole)):
        file.write_bytes(contents)
        with psycopg.connect(address(company, "postgres"), autocommit=True) as admin:
            admin.execute("CREATE DATABASE spare TEMPLATE template0")
        run("pg_restore", "--exit-on-error", str(file), address=address(company, "spare"), fails=True)
        with psycopg.connect(address(company, "postgres"), autocommit=True) as admin:
            admin.execute("DROP DATABASE spare")


def flipped(whole: bytes) -> bytes:
    """One bit in the middle of the packed rows."""
    changed = bytearray(whole)
    changed[len(whole) * 3 // 4] ^= 0x10
    return bytes(changed)
