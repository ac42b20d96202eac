"""Which server a command works with: the embedded one in its folder, or one named by an address."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from app.embedded import DATABASE, EmbeddedServer, default_folder
from services.errors import Invalid, Refused
from services.language import mark
from services.passwords import random_password


@dataclass(frozen=True)
class Installation:
    """One server as a command sees it. ``address`` None: the embedded server in ``folder``."""

    folder: Path
    address: str | None = None

    @classmethod
    def chosen(cls, data: Path | None, address: str | None) -> Installation:
        """From --data and --url, else from SHUKE_DATA and SHUKE_URL, else the platform's user data folder."""
        return cls(data or default_folder(), address or os.environ.get("SHUKE_URL") or None)

    @property
    def embedded(self) -> bool:
        """Whether it is the embedded server."""
        return self.address is None

    @property
    def server(self) -> EmbeddedServer:
        """The embedded server; Refused for one named by an address, which Shuke does not start or stop."""
        if self.address is not None:
            raise Refused(mark("The server of an address is started and stopped by its own administrator."))
        return EmbeddedServer(self.folder)

    def start(self) -> None:
        """Make the embedded server run; nothing for another one."""
        if self.embedded:
            self.server.start()

    def url(
        self, *, user: str | None = None, password: str | None = None, database: str | None = None
    ) -> URL:
        """The address of the database as ``user``; without one as the administrator."""
        if self.address is None:
            server = self.server
            if user is None:
                return server.url(database=database or DATABASE)
            return server.url(user=user, password=password, database=database or DATABASE)
        try:
            url = make_url(self.address)
        except ArgumentError as error:
            raise Invalid(
                mark("The address must look like postgresql://login@host/database."), field="url"
            ) from error
        url = url.set(drivername="postgresql", database=database or url.database or DATABASE)
        return url if user is None else url.set(username=user, password=password or "")

    def maintenance(self) -> URL:
        """The administrator's address of a database that every server has."""
        return self.url(database="postgres")

    @property
    def database(self) -> str:
        """Name of the database."""
        return self.url().database or DATABASE if not self.embedded else DATABASE

    def engine(self) -> Engine:
        """The administrator's way to the database."""
        return create_engine(self.url().set(drivername="postgresql+psycopg"))

    def has_database(self) -> bool:
        """Whether the database exists."""
        engine = create_engine(self.maintenance().set(drivername="postgresql+psycopg"))
        try:
            with engine.connect() as connection:
                found = connection.scalar(
                    text("SELECT true FROM pg_database WHERE datname = :name"), {"name": self.database}
                )
            return bool(found)
        finally:
            engine.dispose()

    def drop_database(self) -> None:
        """Delete the database with everything in it."""
        engine = create_engine(
            self.maintenance().set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            name = connection.dialect.identifier_preparer.quote(self.database)
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        engine.dispose()

    # -- the sample company's password -----------------------------------------------------------------

    @property
    def _secret(self) -> Path:
        return self.folder / "sample.secret"

    @property
    def knows_sample_password(self) -> bool:
        """Whether a sample company was made here to its end."""
        return self._secret.exists()

    def sample_password(self) -> str:
        """All sample logins' password: SHUKE_SAMPLE_PASSWORD, else the one kept here, else a new random one."""
        given = os.environ.get("SHUKE_SAMPLE_PASSWORD")
        if given:
            return given
        if self._secret.exists():
            return self._secret.read_text(encoding="utf-8").strip()
        return random_password()

    def keep_sample_password(self, password: str) -> None:
        """Remember the password for later commands, readable by this user of the computer only."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._secret.unlink(missing_ok=True)
        self._secret.touch(mode=0o600)
        self._secret.write_text(password, encoding="utf-8")
