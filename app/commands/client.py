"""``shuke`` without a command: the client itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app.installation import Installation
from services.settings import Server, read_settings


def has_display() -> bool:
    """Whether windows can be shown here."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return os.environ["QT_QPA_PLATFORM"] not in ("offscreen", "minimal")
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run_client(here: Installation) -> int:
    """Open the client; it knows the server that this call means besides those of this PC. The exit code."""
    # Qt takes its time to load: only who opens the client pays for it
    from app.main import answering, run

    settings = read_settings()
    if here.address is not None:
        address = here.url().set(username=None, password=None).render_as_string()
        settings.add(Server(here.url().host or "PostgreSQL", address))
        settings.server = here.url().host or "PostgreSQL"
    elif here.server.data.exists() and not any(_is_here(server, here) for server in settings.servers):
        settings.add(Server("Shuke", "", embedded=True))
        settings.server = settings.server or "Shuke"

    def prepare(server: Server) -> str:
        if not server.embedded or server.url:
            return answering(server)
        here.start()
        return here.url(user="nobody").set(username=None).render_as_string(hide_password=False)

    return run(settings, prepare=prepare, folder=here.folder if here.embedded else None)


def _is_here(server: Server, here: Installation) -> bool:
    return server.embedded and (not server.url or Path(server.url) == here.folder)
