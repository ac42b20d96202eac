"""What stands behind the choices of the first run: a sample to try, a company on this PC, a company for the office."""

from __future__ import annotations

from pathlib import Path

from app.commands.sample import SIZE, sample_url
from app.installation import Installation
from app.sharing import share
from services import schema
from services.database import translated_errors
from services.errors import Refused
from services.founding import NewCompany, found, has_people
from services.language import mark, tr
from services.settings import Server
from widgets.organisation.first_run import Begun, Say, Ways

SAMPLE = "sample"
"""Folder of the sample company beside the real one: trying out never touches what one lives on."""


def ways(folder: Path) -> Ways:
    """The ways to begin of a PC whose embedded server lies in ``folder``."""
    here = Installation(folder)
    return Ways(
        try_sample=lambda say: _try_sample(folder / SAMPLE, say),
        alone=lambda company, say: _alone(here, company, say),
        serve=lambda company, say: _serve(here, company, say),
        has_company=lambda: _has_company(here),
        here=Server("Shuke", str(folder), embedded=True),
    )


def _try_sample(folder: Path, say: Say) -> Begun:
    say(tr("The sample company is being made. This takes half a minute the first time."))
    here = Installation(folder)
    # one that was broken off has no password kept, and is made anew
    address, password = sample_url(here, size=SIZE, fresh=not here.knows_sample_password)
    notice = tr(
        "You try Shuke as boss of a sample company. Others to log in as: sales1, keeper1, cashier1 … "
        "Password of all of them: {password}",
        password=password,
    )
    server = Server(mark("Sample company"), str(folder), embedded=True)
    return Begun(server, address, "boss", password, notice=notice)


def _prepared(here: Installation, say: Say) -> None:
    say(tr("PostgreSQL is being started on this PC."))
    here.start()
    if not here.has_database():
        say(tr("The database is being made."))
        schema.prepare(here.maintenance(), here.database)
    schema.upgrade(here.url())


def _founded(here: Installation, company: NewCompany, say: Say) -> None:
    _prepared(here, say)
    engine = here.engine()
    try:
        with translated_errors(), engine.begin() as connection:
            found(connection, company)
    finally:
        engine.dispose()


def _begun(here: Installation, title: str, company: NewCompany) -> Begun:
    address = here.url(user="nobody").set(username=None).render_as_string(hide_password=False)
    server = Server(title, str(here.folder), embedded=True)
    return Begun(server, address, company.login.strip(), company.password)


def _alone(here: Installation, company: NewCompany, say: Say) -> Begun:
    _founded(here, company, say)
    return _begun(here, company.name.strip(), company)


def _serve(here: Installation, company: NewCompany | None, say: Say) -> Begun:
    if company is not None:
        _founded(here, company, say)
    elif not _has_company(here):
        raise Refused(mark("There is no company on this PC yet."))
    say(tr("The server is being opened to the network."))
    opened = share(here.server)
    if company is None:
        address = here.url(user="nobody").set(username=None).render_as_string(hide_password=False)
        return Begun(Server("Shuke", str(here.folder), embedded=True), address, "", "", opened)
    begun = _begun(here, company.name.strip(), company)
    return Begun(begun.server, begun.address, begun.login, begun.password, opened)


def _has_company(here: Installation) -> bool:
    if not (here.server.data / "PG_VERSION").exists():
        return False
    here.start()
    if not here.has_database():
        return False
    engine = here.engine()
    try:
        with translated_errors(), engine.connect() as connection:
            return schema.is_ours(connection) and has_people(connection)
    finally:
        engine.dispose()
