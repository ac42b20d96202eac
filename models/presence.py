"""Who has which record open (PLT-31)."""

from __future__ import annotations

import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Presence(Base):
    """One record open at one client. It lives as long as the connection ``pid`` that announced it last."""

    __tablename__ = "presence"
    __table_args__ = (
        UniqueConstraint("entity", "record_id", "client"),
        {"schema": "app"},
    )

    client: Mapped[UUID]
    entity: Mapped[str]
    record_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger)
    login: Mapped[str]
    pid: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime.datetime] = mapped_column(server_default=text("clock_timestamp()"))
    seen_at: Mapped[datetime.datetime] = mapped_column(server_default=text("clock_timestamp()"))
