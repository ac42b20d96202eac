"""A file sent and attached in one line, for tests."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from services.database import Database
from services.files.transfer import upload

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0f01f00050001ffa62bd4"
    "b60000000049454e44ae426082"
)
"""One pixel."""


def send(
    database: Database,
    data: bytes | Path,
    record_id: int | None,
    *,
    entity: str = "customers.customer",
    field: str | None = None,
    name: str = "file.bin",
    thumbnail: bytes | None = None,
) -> int:
    """The id of the attachment."""
    return upload(
        database,
        data,
        key=uuid4(),
        entity=entity,
        record_id=record_id,
        field=field,
        name=name,
        thumbnail=thumbnail,
    )
