"""The seals over the history hold after a dump and a restore, and name what was altered on the way (PLT-34)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.embedded import program_folder
from services.system import seals
from tests.conftest import Company
from tests.services.test_visibility import customer_of


def program(name: str) -> str:
    """One of PostgreSQL's own programs; the test is skipped where the package lacks it."""
    found = program_folder() / name
    if not found.exists() and not found.with_suffix(".exe").exists():
        pytest.skip(f"the embedded server comes without {name}")
    return str(found)


def address(company: Company, database: str) -> str:
    """libpq address as superuser."""
    return company.server.url(database=database).render_as_string(hide_password=False)


def faults(company: Company, database: str, head: str | None = None) -> list[seals.Fault]:
    """What is wrong with the history of a database."""
    engine = create_engine(company.server.url(database=database).set(drivername="postgresql+psycopg"))
    try:
        with Session(engine) as session:
            return seals.verify(session, expected_head=head)
    finally:
        engine.dispose()


@pytest.mark.req("PLT-34")
def test_seals_hold_after_a_restore_and_name_what_was_altered(company: Company, tmp_path: Path) -> None:
    boss = company.as_("boss")
    heads = []
    for name in ("长宏机电", "万州五金", "西湖阀门"):
        customer_of(company, "sales1", name)
        heads.append(str(boss.write(seals.seal_now).result["head"]))
    file = tmp_path / "office.dump"
    subprocess.run(
        [program("pg_dump"), "-Fc", "-f", str(file), "-d", address(company, company.name)],
        check=True,
        capture_output=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    restored = f"{company.name}_restored"
    admin: psycopg.Connection[Any] = psycopg.connect(address(company, "postgres"), autocommit=True)
    try:
        admin.execute(f'CREATE DATABASE "{restored}" OWNER shuke_owner TEMPLATE template0')  # type: ignore[call-overload]
        subprocess.run(
            [program("pg_restore"), "--exit-on-error", "-d", address(company, restored), str(file)],
            check=True,
            capture_output=True,
        )
        assert faults(company, restored, heads[-1]) == []
        with psycopg.connect(address(company, restored), autocommit=True) as altered:
            # a line of the second seal, by somebody who owns the server
            altered.execute("SET session_replication_role = replica")
            altered.execute(
                "UPDATE app.history SET login = 'nobody' WHERE id = (SELECT max(h.id) FROM app.history h, app.seal s"
                " WHERE s.id = 2 AND h.transaction >= s.from_transaction AND h.transaction < s.to_transaction)"
            )
            found = faults(company, restored, heads[-1])
            assert [fault.seal for fault in found] == [2]
            assert found[0].rows == found[0].found
            altered.execute("DELETE FROM app.history WHERE id = (SELECT max(id) FROM app.history)")
            found = faults(company, restored)
            assert [fault.seal for fault in found] == [2, 3]
            assert found[1].found == found[1].rows - 1
            # whoever cuts the end of the chain off as well is betrayed by the value that was kept outside
            altered.execute("DELETE FROM app.seal WHERE id >= 2")
            altered.execute(
                "DELETE FROM app.history WHERE id > 0 AND transaction >= (SELECT to_transaction FROM app.seal)"
            )
            assert faults(company, restored) == []
            assert faults(company, restored, heads[-1])[0].missing_head == heads[-1]
    finally:
        admin.execute(f'DROP DATABASE IF EXISTS "{restored}" WITH (FORCE)')  # type: ignore[call-overload]
        admin.close()
