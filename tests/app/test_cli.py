"""The administrator's commands: what they do, what they print, how they end."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from app.embedded import EmbeddedServer
from services.errors import Refused
from services.session import log_in
from tests.attacks.test_connections import as_from_the_network
from tests.conftest import PASSWORD, Company
from tests.databases import server_folder

ROOT = Path(__file__).parents[2]


class Shuke:
    """``shuke`` as a process of its own."""

    def __init__(self, **environment: str) -> None:
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("SHUKE_")},
            "PYTHONPATH": str(ROOT),
            **environment,
        }

    def __call__(self, *arguments: str, typed: str = "", ends: int = 0) -> str:
        """Standard output of one call, or what it complained about where it has to fail with ``ends``."""
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            input=typed,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=self.environment,
            timeout=120,
            check=False,
        )
        assert done.returncode == ends, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        if ends and ends != 3:
            return done.stderr or done.stdout
        return done.stdout


@pytest.fixture
def shuke(company: Company) -> Shuke:
    """Commands that work with a company of their own, by its address."""
    return Shuke(SHUKE_URL=company.url().render_as_string(hide_password=False))


def can_log_in(company: Company, login: str, password: str) -> bool:
    url = company.url(login).set(password=password).render_as_string(hide_password=False)
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.req("ADM-31")
def test_users(shuke: Shuke, company: Company) -> None:
    arguments = ("user", "add", "joe", "--name", "乔大年", "--position", "销售员", "--role", "sales")
    shuke(*arguments, "--password-stdin", typed="Quiet-river-7\n")
    assert can_log_in(company, "joe", "Quiet-river-7")
    assert not can_log_in(company, "joe", "Quiet-river-8")
    assert "taken" in shuke(*arguments, ends=1)
    assert "role" in shuke(
        "user", "add", "jim", "--name", "金", "--position", "销售员", "--role", "king", ends=1
    )
    assert "position" in shuke("user", "add", "jim", "--name", "金", "--position", "皇帝", ends=1)
    assert "password" in shuke("user", "password", "joe", "--password-stdin", typed="joe\n", ends=1)
    printed = shuke("user", "password", "joe").split()[-1]
    assert can_log_in(company, "joe", printed)
    there = company.psql("sales1")
    shuke("user", "close", "sales1")
    with pytest.raises(psycopg.OperationalError):
        there.execute("SELECT 1")
    assert not can_log_in(company, "sales1", PASSWORD)
    people = {person["login"]: person for person in json.loads(shuke("user", "list", "--json"))}
    assert people["joe"]["roles"] == ["sales"] and people["joe"]["name"] == "乔大年"
    assert not people["sales1"]["active"]
    shuke("user", "reopen", "sales1")
    assert can_log_in(company, "sales1", PASSWORD)
    assert "nobody" in shuke("user", "close", "nobody", ends=1)


@pytest.mark.req("ADM-31", "STK-11")
def test_check_ends_with_one_when_something_is_wrong(shuke: Shuke, company: Company) -> None:
    assert "no differences" in shuke("check")
    connection = company.psql()
    connection.execute("SET session_replication_role = replica")
    connection.execute("UPDATE finance.account_balance SET balance = 5 WHERE id = 1")
    assert "工行基本户: 0 expected, 5.00 found" in shuke("check", ends=1)
    found = subprocess.run(
        [sys.executable, "-m", "app.cli", "check", "--json"], capture_output=True, text=True, cwd=ROOT,
        env=shuke.environment, timeout=120, check=False,
    )  # fmt: skip
    (difference,) = json.loads(found.stdout)
    assert difference["rule"] == "finance.account_balance"


@pytest.mark.req("ADM-31")
def test_wrong_use_and_refusals(shuke: Shuke) -> None:
    for arguments in (["nonsense"], ["server", "init", "--sample", "many"], ["user", "add", "x"]):
        assert shuke(*arguments, ends=2)
    for arguments in (["--help"], ["server", "--help"], ["user", "add", "--help"], ["check", "--help"]):
        assert "Usage: shuke" in shuke(*arguments)
    assert "administrator" in shuke("server", "stop", ends=1)
    assert "100" in shuke("server", "init", "--sample", "5", ends=1)
    lost = Shuke(SHUKE_URL="postgresql://postgres@127.0.0.1:1/shuke")
    assert "cannot be reached" in lost("user", "list", ends=1)
    listed = json.loads(shuke("entities", "--json"))
    assert isinstance(listed, list)


@pytest.fixture
def machine() -> Iterator[tuple[Shuke, EmbeddedServer]]:
    """A machine on which Shuke never ran."""
    # not pytest's own folder: every run of pytest takes the server's user out of all of them
    with server_folder() as made:
        folder = made / "数据" / "shuke"
        yield Shuke(SHUKE_DATA=str(folder)), EmbeddedServer(folder)
        EmbeddedServer(folder).stop()


@pytest.mark.req("ADM-02", "ADM-31", "ADM-32")
def test_a_fresh_machine(machine: tuple[Shuke, EmbeddedServer]) -> None:
    shuke, server = machine
    assert shuke("server", "status", ends=1)
    made = json.loads(shuke("server", "init", "--sample", "100", "--seed", "3", "--json"))
    assert made["rows"]["customers.customer"] > 100
    secret = server.folder / "sample.secret"
    assert secret.read_text() == made["password"]
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    first = server.pid()
    assert "already" in shuke("server", "start")
    address = shuke("server", "url", "--user", "sales1").strip()
    assert made["password"] not in address and "sales1" in address
    with psycopg.connect(address, password=made["password"]) as connection:
        row = connection.execute("SELECT count(*) FROM customers.customer").fetchone()
    assert row is not None and 0 < row[0] < 100
    # the power goes; the next command brings everything back
    assert first is not None
    process = psutil.Process(first)
    os.kill(first, signal.SIGKILL)
    process.wait(10)
    assert "no differences" in shuke("check")
    assert server.pid() != first
    status = json.loads(shuke("server", "status", "--json"))
    assert status["running"] and status["current"] and status["users"] == 20
    shuke("server", "init")
    assert "customers already" in shuke("server", "init", "--sample", "100", ends=1)
    shuke("server", "stop")
    assert not server.running()
    assert "not running" in shuke("server", "stop")


@pytest.mark.req("ORG-21")
def test_tls_that_was_lost_after_it_was_demanded(shuke: Shuke, company: Company) -> None:
    """Nobody comes in to take the demand back; the administrator of the server does."""
    superuser = company.psql()
    superuser.execute("INSERT INTO system.setting (key, value) VALUES ('security.tls', 'true')")
    as_from_the_network(company)
    inside = company.psql("sales1")
    assert inside.execute("SELECT app.my_user_id()").fetchone() == (None,)
    for login in ("boss", "admin"):
        with pytest.raises(Refused):
            log_in(company.as_(login))
    assert "without encryption again" in shuke("server", "tls", "--allow-plain")
    assert inside.execute("SELECT app.my_user_id() IS NOT NULL").fetchone() == (True,), "from now on"
    assert log_in(company.as_("boss")).login == "boss"
    row = superuser.execute(
        "SELECT login, changes -> 'value' FROM app.history WHERE entity = 'system.setting' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert row == ("postgres", [True, False]), "its line stays"
