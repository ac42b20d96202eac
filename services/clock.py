"""What day it is for the company: China's, on every PC, as for the server's sessions (no daylight saving)."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

CHINA: Final = timezone(timedelta(hours=8))


def now() -> datetime:
    """This moment, in China's time."""
    return datetime.now(CHINA)


def today() -> date:
    """The date in China."""
    return now().date()
