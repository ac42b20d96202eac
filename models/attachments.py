"""Files: their bytes, stored once, and the attachments through which records show them (PLT-32)."""

from __future__ import annotations

import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Recorded

SCHEMA = "system"


class Content(Base):
    """A file's bytes, stored once however often it is attached. Closed to everybody: read through an attachment.

    While it is being sent ``digest`` is empty, and only who sends it can go on with it.
    """

    __tablename__ = "content"
    __table_args__ = (
        Index("ix_content_digest", "digest", unique=True),
        CheckConstraint("size >= 0", name="size"),
        {"schema": SCHEMA},
    )

    digest: Mapped[str | None]
    """SHA-256, in hexadecimal, over the SHA-256 of its parts in order: no server has to hold a file whole."""
    size: Mapped[int] = mapped_column(BigInteger)
    """Bytes."""
    type: Mapped[str | None]
    """Media type by its first bytes, never by its name."""
    uploaded_by: Mapped[int | None] = mapped_column(BigInteger)
    started_at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))


class ContentPart(Base):
    """One piece of a file, 512 KiB but for the last."""

    __tablename__ = "content_part"
    __table_args__ = (UniqueConstraint("content_id", "number"), {"schema": SCHEMA})

    content_id: Mapped[int] = mapped_column(ForeignKey("system.content.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    """From 0."""
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Attachment(Recorded, Base):
    """A file at a record. Seen with its record; whoever may edit the record adds and deletes."""

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_record", "entity", "record_id"),
        Index("ix_attachment_content", "content_id"),
        CheckConstraint("record_id IS NOT NULL OR field IS NOT NULL", name="place"),
        {"schema": SCHEMA},
    )

    entity: Mapped[str]
    record_id: Mapped[int | None] = mapped_column(BigInteger)
    """Empty for a picture in a form that is not saved yet: only who chose it sees it then."""
    field: Mapped[str | None]
    """The record's column that holds it, such as ``picture_id``; empty for an ordinary attachment."""
    name: Mapped[str]
    content_id: Mapped[int] = mapped_column(ForeignKey("system.content.id"))
    size: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    digest: Mapped[str]
    """As of its content; whoever knows it can do nothing with it."""


class Thumbnail(Base):
    """A small picture of an attachment, at most 256 pixels wide and high; ``id`` is the attachment's."""

    __tablename__ = "thumbnail"
    __table_args__ = ({"schema": SCHEMA},)

    data: Mapped[bytes] = mapped_column(LargeBinary)
