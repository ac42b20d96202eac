"""What is read about files: those of a record, their small pictures, the space they take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.attachments import Attachment, Thumbnail
from services.errors import NotAvailable
from services.language import mark

EXECUTABLE = "application/x-executable"


@dataclass(frozen=True, slots=True)
class File:
    """A file at a record. ``type`` is its media type by its contents; ``size`` in bytes."""

    id: int
    name: str
    size: int
    type: str
    digest: str
    created_by: int | None
    created_at: datetime
    thumbnail: bytes | None = None
    """A PNG or JPEG of at most 256 pixels; None where the file is no picture."""

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown as a picture."""
        return self.type.startswith("image/")

    @property
    def is_pdf(self) -> bool:
        """Whether it is a PDF file."""
        return self.type == "application/pdf"


@dataclass(frozen=True, slots=True)
class Space:
    """What files take of the room that the company gives them, in bytes."""

    used: int
    quota: int
    largest: int
    """One file may have so much."""
    files: int
    deleted: int
    """In the recycle bin."""
    kinds: tuple[tuple[str, int, int], ...]
    """Per kind of record: entity key, files, bytes; the largest first."""


_COLUMNS = (
    Attachment.id,
    Attachment.name,
    Attachment.size,
    Attachment.type,
    Attachment.digest,
    Attachment.created_by,
    Attachment.created_at,
    Thumbnail.data,
)


def files_of(session: Session, *, entity: str, record_id: int) -> list[File]:
    """The files attached to one record, the newest first; pictures in fields and the recycle bin left out.

    One index search; at most a few dozen rows, whose thumbnails come along (about 10 kB each).
    """
    rows = session.execute(
        select(*_COLUMNS)
        .outerjoin(Thumbnail, Thumbnail.id == Attachment.id)
        .where(
            Attachment.entity == entity,
            Attachment.record_id == record_id,
            Attachment.field.is_(None),
            Attachment.deleted_at.is_(None),
        )
        .order_by(Attachment.id.desc())
    )
    return [File(*row) for row in rows]


def count_of(session: Session, *, entity: str, record_id: int) -> int:
    """How many files ``files_of`` would give."""
    return (
        session.scalar(
            select(func.count()).where(
                Attachment.entity == entity,
                Attachment.record_id == record_id,
                Attachment.field.is_(None),
                Attachment.deleted_at.is_(None),
            )
        )
        or 0
    )


def file(session: Session, *, attachment_id: int) -> File:
    """One file; NotAvailable where the user may not see its record."""
    row = session.execute(
        select(*_COLUMNS)
        .outerjoin(Thumbnail, Thumbnail.id == Attachment.id)
        .where(Attachment.id == attachment_id)
    ).first()
    if row is None:
        raise NotAvailable(mark("That record is not available."))
    return File(*row)


def thumbnails(session: Session, ids: Iterable[int]) -> dict[int, bytes]:
    """Small pictures of those attachments ``ids`` that the user may see and that have one."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = session.execute(select(Thumbnail.id, Thumbnail.data).where(Thumbnail.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def contents(session: Session, *, attachment_id: int, most: int) -> bytes | None:
    """The bytes of a small file, such as a logo; None where it has more than ``most``, or may not be seen."""
    size = session.scalar(select(Attachment.size).where(Attachment.id == attachment_id))
    if size is None or size > most:
        return None
    parts = session.scalars(
        select(func.system.read_part(attachment_id, func.generate_series(0, max(0, (size - 1) // 524_288))))
    )
    return b"".join(part for part in parts if part is not None)


def space(session: Session) -> Space:
    """The space that files take; Refused without the right to the company's settings."""
    found = session.scalar(select(func.system.attachment_space())) or {}
    return Space(
        used=int(found["used"]),
        quota=int(found["quota"]),
        largest=int(found["largest"]),
        files=int(found["files"]),
        deleted=int(found["deleted"]),
        kinds=tuple((str(k["entity"]), int(k["files"]), int(k["bytes"])) for k in found["kinds"]),
    )
