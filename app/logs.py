"""The program's log: one rotating file per PC. Neither customer data nor passwords are ever written to it."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

import platformdirs

_kept: list[IO[str]] = []


def log_folder() -> Path:
    """Where logs and crash reports lie; SHUKE_LOGS names another place."""
    given = os.environ.get("SHUKE_LOGS")
    return Path(given) if given else platformdirs.user_log_path("shuke", appauthor=False)


def start_logging(folder: Path | None = None) -> Path:
    """Write the log of this run to ``folder``, and the stacks of a hard crash beside it; the folder used.

    A PC whose disk is full or whose folder is closed logs to standard error.
    """
    target = folder or log_folder()
    handler: logging.Handler
    try:
        target.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            target / "shuke.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8"
        )
        stacks = (target / "crash.log").open("a", encoding="utf-8")
        _kept.append(stacks)
        faulthandler.enable(stacks)
    except OSError:
        handler = logging.StreamHandler(sys.stderr)
        faulthandler.enable()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    # SQLAlchemy and psycopg can print statements with their values
    for name in ("sqlalchemy", "psycopg"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return target
