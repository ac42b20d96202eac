"""The bytes of files on their way, in parts of 512 KiB: no side ever holds a file whole.

Both ways run on a pool thread, tell how far they are, and end when nobody wants the result any more. A part whose
answer was lost is sent again; the server takes it once.
"""

from __future__ import annotations

import hashlib
import os
import random
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from sqlalchemy import text

from services.database import ATTEMPTS, Database, translated_errors
from services.errors import ConnectionLost, Refused, ShukeError
from services.files import commands
from services.language import mark

PART: Final = 524_288
"""Bytes of one part; the server takes no other size but for the last."""
NAME_LENGTH: Final = 200

Progress = Callable[[int, int], None]
"""Bytes done, bytes in all."""


def _nothing(_done: int = 0, _total: int = 0) -> None:
    """Nobody listens."""


def upload(
    database: Database,
    source: Path | bytes,
    *,
    key: UUID,
    entity: str,
    record_id: int | None,
    field: str | None = None,
    name: str = "",
    thumbnail: bytes | None = None,
    progress: Progress = _nothing,
    check: Callable[[], None] = _nothing,
) -> int:
    """Send a file, attach it, and return the attachment's id.

    ``key`` is the idempotency key of the last step, which alone attaches: called again with it after a lost
    connection, the file is not attached twice. ``check`` is called between parts and
    ends the work by raising; what was sent is then given up. Refused when the file cannot be read, is too large,
    or changes while it is sent.
    """
    if (known := _attached(database, key)) is not None:
        return known
    with _opened(source) as stream:
        size = len(source) if isinstance(source, bytes) else os.fstat(stream.fileno()).st_size
        started = database.write(commands.begin_upload, size=size).id
        try:
            done = 0
            progress(0, size)
            for number, part in enumerate(_parts(stream)):
                check()
                _store(database, started, number, part)
                done += len(part)
                progress(done, size)
            check()
            return database.write_once(
                key,
                commands.attach,
                upload_id=started,
                entity=entity,
                record_id=record_id,
                field=field,
                name=safe_name(name or ("" if isinstance(source, bytes) else source.name)),
                thumbnail=b64encode(thumbnail).decode() if thumbnail else None,
            ).id
        except ConnectionLost:
            raise
        except Exception:
            with suppress(ShukeError):
                database.write(commands.drop_upload, upload_id=started)
            raise


def _attached(database: Database, key: UUID) -> int | None:
    """What an earlier call with ``key`` has made, if its answer was lost."""
    with database.read_session() as session:
        found = session.scalar(text("SELECT app.request_result(:key)"), {"key": key})
    return int(found["id"]) if found else None


def _opened(source: Path | bytes) -> BinaryIO:
    if isinstance(source, bytes):
        return BytesIO(source)
    try:
        if not source.is_file():
            raise Refused(mark("{name} is no file."), name=source.name)
        return source.open("rb")
    except OSError as error:
        raise Refused(
            mark("{name} cannot be read: {error}"), name=source.name, error=error.strerror or error
        ) from error


def _parts(stream: BinaryIO) -> Iterator[bytes]:
    while part := stream.read(PART):
        yield part


def _store(database: Database, upload_id: int, number: int, part: bytes) -> None:
    for attempt in range(ATTEMPTS):
        try:
            with translated_errors(), database.engine.begin() as connection:
                connection.execute(
                    text("SELECT system.store_part(:upload, :number, :data)"),
                    {"upload": upload_id, "number": number, "data": part},
                )
            return
        except ConnectionLost:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(min(2.0, 0.1 * 2**attempt) * random.uniform(0.5, 1.0))


def parts_of(database: Database, attachment_id: int) -> Iterator[bytes]:
    """The parts of a file, one after the other; NotAvailable where the user may not see it."""
    number = 0
    while (part := _read(database, attachment_id, number)) is not None:
        yield part
        number += 1


def _read(database: Database, attachment_id: int, number: int) -> bytes | None:
    for attempt in range(ATTEMPTS):
        try:
            with database.read_session() as session:
                found: bytes | None = session.scalar(
                    text("SELECT system.read_part(:id, :number)"), {"id": attachment_id, "number": number}
                )
                return found
        except ConnectionLost:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(min(2.0, 0.1 * 2**attempt) * random.uniform(0.5, 1.0))
    raise AssertionError("unreachable")


def download(
    database: Database,
    attachment_id: int,
    target: Path,
    *,
    size: int,
    digest: str,
    progress: Progress = _nothing,
    check: Callable[[], None] = _nothing,
) -> Path:
    """Fetch a file to ``target``: whole, or not at all. Refused when it arrives damaged or cannot be written."""
    seal = hashlib.sha256()
    done = 0
    progress(0, size)
    try:
        handle, partial = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            for part in parts_of(database, attachment_id):
                check()
                file.write(part)
                seal.update(hashlib.sha256(part).digest())
                done += len(part)
                progress(done, size)
        if done != size or seal.hexdigest() != digest:
            raise Refused(mark("The file arrived damaged. Fetch it once more, or tell your administrator."))
        Path(partial).replace(target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        Path(partial).unlink(missing_ok=True)
    return target


def fetch(
    database: Database, attachment_id: int, *, most: int, check: Callable[[], None] = _nothing
) -> bytes:
    """A file in memory, for a preview; Refused if it has more than ``most`` bytes."""
    found = bytearray()
    for part in parts_of(database, attachment_id):
        check()
        found += part
        if len(found) > most:
            raise Refused(mark("This file is too large for a preview. Save it and open it with its program."))
    return bytes(found)


def _unwritable(target: Path, error: OSError) -> Refused:
    return Refused(mark("{name} cannot be written: {error}"), name=target.name, error=error.strerror or error)


_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)


def safe_name(name: str) -> str:
    """``name`` as every file system takes it, its ending kept: no folders, no signs that Windows forbids."""
    plain = "".join("_" if sign in '<>:"/\\|?*' or ord(sign) < 32 else sign for sign in name).strip(" .")
    if not plain or plain.split(".")[0].casefold() in _RESERVED:
        plain = f"_{plain}"
    if len(plain) > NAME_LENGTH:
        stem, dot, ending = plain.rpartition(".")
        plain = (
            f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}"
            if dot and len(ending) < 12
            else plain[:NAME_LENGTH]
        )
    return plain
