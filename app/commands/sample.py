"""The sample company as demo and tour need it: there, answering, with its password."""

from __future__ import annotations

from app.commands.server import fill_sample
from app.installation import Installation
from services import schema

SIZE = 1000
"""Customers of the sample company unless asked otherwise."""


def sample_url(here: Installation, *, size: int = SIZE, fresh: bool = False) -> tuple[str, str]:
    """Address without a login, and the password of all sample logins; the company is made where it is missing."""
    here.start()
    if fresh:
        here.drop_database()
    if not here.has_database():
        schema.prepare(here.maintenance(), here.database)
        schema.upgrade(here.url())
        fill_sample(here, size, 1, quiet=False)
    address = here.url(user="nobody").set(username=None)
    return address.render_as_string(hide_password=False), here.sample_password()
