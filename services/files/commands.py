"""Writing about files, but for their bytes (``transfer``): attaching, renaming, the limits."""

from __future__ import annotations

from collections.abc import Sequence

from services import records
from services.commands import Changes, Work
from services.files.entities import ATTACHMENT_ENTITY


def begin_upload(work: Work, *, size: int) -> Changes:
    """Announce a file of ``size`` bytes; Refused if it is too large or there is no room. ``id`` names the upload."""
    return work.post("system.begin_upload", size=size)


def drop_upload(work: Work, *, upload_id: int) -> Changes:
    """Give up an upload."""
    return work.post("system.drop_upload", upload_id=upload_id)


def attach(
    work: Work,
    *,
    upload_id: int,
    entity: str,
    record_id: int | None,
    field: str | None,
    name: str,
    thumbnail: str | None,
) -> Changes:
    """Make a file that was sent whole an attachment of a record that the user may edit.

    ``thumbnail`` is a PNG or JPEG in base64. Without ``record_id`` it waits,
    seen by nobody else, until a form is saved whose ``field`` holds its id.
    """
    return work.post(
        "system.attach",
        upload_id=upload_id,
        entity=entity,
        record_id=record_id,
        field=field,
        name=name,
        thumbnail=thumbnail,
    )


def rename(work: Work, *, attachment_id: int, name: str) -> Changes:
    """Another name for a file."""
    return work.post("system.rename_attachment", attachment_id=attachment_id, name=name)


def recycle(work: Work, *, ids: Sequence[int]) -> Changes:
    """Put files into the recycle bin; ``result["deletions"]`` brings them back."""
    return records.recycle(work, entity=ATTACHMENT_ENTITY, ids=ids)


def restore(work: Work, *, deletions: Sequence[int]) -> Changes:
    """Bring files back."""
    return records.restore(work, entity=ATTACHMENT_ENTITY, deletions=deletions)


def set_limits(work: Work, *, largest_mb: int, quota_mb: int) -> Changes:
    """How large one file and all files together may be, in megabytes (1,048,576 bytes)."""
    return work.post("system.set_attachment_limits", largest_mb=largest_mb, quota_mb=quota_mb)
