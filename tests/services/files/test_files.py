"""Files at records: sent in parts, stored once, fetched whole, deleted and brought back (PLT-32)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services import records, recycling
from services.checking import check
from services.customers.contact_entity import CONTACT_ENTITY
from services.customers.entities import CUSTOMER_ENTITY
from services.database import Database
from services.errors import Cancelled, NotAvailable, Refused
from services.files import commands, queries
from services.files.entities import ATTACHED_TO
from services.files.transfer import PART, download, fetch, parts_of, safe_name, upload
from services.language import use_language
from tests.conftest import Company
from tests.services.files.sending import PNG, send


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Refusals are read by their English words."""
    use_language("en")
    yield
    use_language("zh_CN")


def customer(database: Database, name: str = "万州五金店") -> int:
    return database.write(records.create, entity=CUSTOMER_ENTITY, values={"name": name}).id


def files_at(database: Database, record_id: int, entity: str = "customers.customer") -> list[queries.File]:
    with database.read_session() as session:
        return queries.files_of(session, entity=entity, record_id=record_id)


def differences(company: Company) -> list[str]:
    database = company.as_("postgres")
    with database.read_session() as session:
        return [str(one) for one in check(session)]


@pytest.mark.req("PLT-32")
def test_a_file_comes_back_as_it_was_sent(company: Company, tmp_path: Path) -> None:
    database = company.as_("sales1")
    data = random.Random(1).randbytes(PART * 2 + 12345)
    source = tmp_path / "合同 扫描.bin"
    source.write_bytes(data)
    told: list[tuple[int, int]] = []
    sent = upload(
        database,
        source,
        key=uuid4(),
        entity="customers.customer",
        record_id=(owner := customer(database)),
        progress=lambda done, total: told.append((done, total)),
    )
    (found,) = files_at(database, owner)
    assert (found.id, found.name, found.size, found.type) == (
        sent,
        "合同 扫描.bin",
        len(data),
        "application/octet-stream",
    )
    assert told[0] == (0, len(data)) and told[-1] == (len(data), len(data)) and len(told) == 4
    target = download(database, sent, tmp_path / "back.bin", size=found.size, digest=found.digest)
    assert target.read_bytes() == data
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back.bin", "合同 扫描.bin"]
    assert differences(company) == []


@pytest.mark.req("PLT-32")
def test_the_same_file_is_stored_once(company: Company) -> None:
    first, second = company.as_("sales1"), company.as_("sales5")
    data = random.Random(2).randbytes(PART + 7)
    one, two = customer(first), customer(second, "长宏机电")
    a, b, c = (
        send(first, data, one, name="a"),
        send(second, data, two, name="b"),
        send(first, data, one, name="c"),
    )
    admin = company.psql()
    assert admin.execute("SELECT count(*), sum(size) FROM system.content").fetchone() == (1, len(data))
    assert [file.name for file in files_at(first, one)] == ["c", "a"]
    for database, attachment in ((first, a), (second, b), (first, c)):
        assert b"".join(parts_of(database, attachment)) == data
    # the last of the three takes the bytes along
    for login, attachment in (("sales1", a), ("sales5", b), ("sales1", c)):
        company.as_(login).write(commands.recycle, ids=[attachment])
        assert admin.execute("SELECT count(*) FROM system.content").fetchone() == (1,)
        deletion = admin.execute("SELECT id FROM app.deletion WHERE record_id = %s", (attachment,)).fetchone()
        assert deletion is not None
        company.as_("boss").write(recycling.purge, deletions=[int(str(deletion[0]))])
    assert admin.execute("SELECT count(*) FROM system.content").fetchone() == (0,)
    assert admin.execute("SELECT count(*) FROM system.content_part").fetchone() == (0,)
    assert differences(company) == []


def test_a_lost_answer_attaches_once(company: Company) -> None:
    database = company.as_("sales1")
    owner, key = customer(database), uuid4()
    started = database.write(commands.begin_upload, size=0).id
    given: dict[str, Any] = {
        "upload_id": started,
        "entity": "customers.customer",
        "record_id": owner,
        "field": None,
        "name": "empty.txt",
        "thumbnail": None,
    }
    first = database.write_once(key, commands.attach, **given).id
    assert database.write_once(key, commands.attach, **given).id == first
    (found,) = files_at(database, owner)
    assert (found.size, found.type) == (0, "application/x-empty")


def test_a_cancelled_upload_leaves_nothing(company: Company) -> None:
    database = company.as_("sales1")
    calls = iter((None, None, Cancelled("The work was cancelled.")))

    def stop() -> None:
        error = next(calls)
        if error is not None:
            raise error

    with pytest.raises(Cancelled):
        upload(
            database,
            bytes(PART * 4),
            key=uuid4(),
            entity="customers.customer",
            record_id=customer(database),
            check=stop,
        )
    admin = company.psql()
    assert admin.execute("SELECT count(*) FROM system.content").fetchone() == (0,)
    assert admin.execute("SELECT count(*) FROM system.content_part").fetchone() == (0,)


@pytest.mark.req("PLT-32")
def test_limits_are_the_administrators(company: Company) -> None:
    database, boss = company.as_("sales1"), company.as_("boss")
    owner = customer(database)
    with pytest.raises(Refused, match="right"):
        database.write(commands.set_limits, largest_mb=1, quota_mb=1)
    with pytest.raises(Refused, match="right"), database.read_session() as session:
        queries.space(session)
    boss.write(commands.set_limits, largest_mb=1, quota_mb=2)
    with pytest.raises(Refused, match="1 MB"):
        send(database, bytes(1_048_577), owner)
    send(database, b"x" * 1_048_576, owner)
    send(database, b"y" * 1_048_575, owner)
    with pytest.raises(Refused, match="no room"):
        send(database, b"zz", owner)
    with boss.read_session() as session:
        space = queries.space(session)
    assert (space.used, space.quota, space.largest, space.files) == (2_097_151, 2_097_152, 1_048_576, 2)
    assert space.kinds == (("customers.customer", 2, 2_097_151),)


@pytest.mark.req("PLT-33")
def test_files_go_and_come_back_with_their_record(company: Company) -> None:
    database = company.as_("sales1")
    owner = customer(database)
    person = database.write(
        records.create, entity=CONTACT_ENTITY, values={"name": "李强", "customer_id": owner}
    ).id
    # the same number of another kind of record stays where it is
    stays = send(database, b"photo", person, entity="customers.contact", name="photo")
    alone = send(database, b"old", owner, name="old")
    database.write(commands.recycle, ids=[alone])
    send(database, b"contract", owner, name="contract")
    with database.read_session() as session:
        assert records.recycle_preview(session, entity=CUSTOMER_ENTITY, ids=[owner]) == {
            "customers.customer": 1,
            "customers.contact": 1,
            "system.attachment": 2,
        }
    gone = database.write(records.recycle, entity=CUSTOMER_ENTITY, ids=[owner])
    assert files_at(database, owner) == [] and files_at(database, person, "customers.contact") == []
    database.write(records.restore, entity=CUSTOMER_ENTITY, deletions=gone.result["deletions"])
    assert [file.name for file in files_at(database, owner)] == ["contract"]
    assert [file.id for file in files_at(database, person, "customers.contact")] == [stays]
    # for ever: nothing of it is left, what had been deleted before included
    again = database.write(records.recycle, entity=CUSTOMER_ENTITY, ids=[owner])
    company.as_("boss").write(recycling.purge, deletions=again.result["deletions"])
    admin = company.psql()
    for table in ("system.attachment", "system.content", "app.deletion"):
        assert admin.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    assert differences(company) == []


def test_types_are_told_by_contents(company: Company) -> None:
    database = company.as_("sales1")
    owner = customer(database)
    for data, kind in (
        (PNG, "image/png"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"MZ\x90\x00", "application/x-executable"),
        (b"PK\x03\x04rest", "application/zip"),
        ("中文".encode(), "text/plain"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
    ):
        with database.read_session() as session:
            sent = send(database, data, owner, name="picture.jpg")
            assert queries.file(session, attachment_id=sent).type == kind


def test_a_preview_does_not_fill_the_memory(company: Company) -> None:
    database = company.as_("sales1")
    sent = send(database, bytes(PART * 3), customer(database))
    with pytest.raises(Refused, match="too large"):
        fetch(database, sent, most=PART)
    assert fetch(database, sent, most=PART * 3) == bytes(PART * 3)


def test_damage_is_told(company: Company, tmp_path: Path) -> None:
    database = company.as_("sales1")
    owner = customer(database)
    send(database, b"good", owner)
    (found,) = files_at(database, owner)
    with pytest.raises(Refused, match="damaged"):
        download(database, found.id, tmp_path / "x", size=4, digest="0" * 64)
    assert list(tmp_path.iterdir()) == []
    admin = company.psql()
    admin.execute("ALTER TABLE system.content_part DISABLE TRIGGER a_kept")
    admin.execute("UPDATE system.content_part SET data = 'evil'")
    assert any("damaged" in one for one in differences(company))
    admin.execute("DELETE FROM system.thumbnail; ALTER TABLE system.attachment DISABLE TRIGGER x_contents")
    admin.execute("DELETE FROM system.attachment")
    with company.as_("postgres").read_session() as session:
        assert {one.rule for one in check(session)} == {"system.content.bytes", "system.content.orphan"}


def test_kinds_with_files_are_the_same_in_sql(office: Company) -> None:
    rows = office.psql().execute("SELECT parent FROM app.child WHERE child = 'system.attachment'").fetchall()
    assert {str(row[0]) for row in rows} == set(ATTACHED_TO)


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("合同.pdf", "合同.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a:b*c?.txt", "a_b_c_.txt"),
        ("CON.txt", "_CON.txt"),
        ("  ", "_"),
        ("x" * 300 + ".docx", "x" * 195 + ".docx"),
    ],
)
def test_names_fit_every_file_system(given: str, made: str) -> None:
    assert safe_name(given) == made


@pytest.mark.req("CUS-01")
def test_a_picture_becomes_the_records_own(company: Company) -> None:
    database = company.as_("sales1")
    chosen = send(database, PNG, None, field="picture_id", name="门头.png", thumbnail=PNG)
    owner = database.write(
        records.create, entity=CUSTOMER_ENTITY, values={"name": "万州五金店", "picture_id": chosen}
    ).id
    admin = company.psql()
    assert admin.execute(
        "SELECT entity, record_id, field FROM system.attachment WHERE id = %s", (chosen,)
    ).fetchone() == ("customers.customer", owner, "picture_id")
    with database.read_session() as session:
        assert queries.thumbnails(session, [chosen]) == {chosen: PNG}
    # another one takes its place; the first lies in the recycle bin, from where the history brings it back
    other = send(database, PNG + b"2", None, field="picture_id")
    database.write(
        records.update_record,
        entity=CUSTOMER_ENTITY,
        record_id=owner,
        version=1,
        values={"picture_id": other},
    )
    assert admin.execute("SELECT deleted_at IS NOT NULL FROM system.attachment ORDER BY id").fetchall() == [
        (True,),
        (False,),
    ]
    database.write(
        records.update_record,
        entity=CUSTOMER_ENTITY,
        record_id=owner,
        version=2,
        values={"picture_id": chosen},
    )
    assert admin.execute("SELECT deleted_at IS NOT NULL FROM system.attachment ORDER BY id").fetchall() == [
        (False,),
        (True,),
    ]
    with pytest.raises(Refused, match="in use"):
        database.write(commands.recycle, ids=[chosen])
    with pytest.raises(NotAvailable):
        database.write(
            records.create, entity=CUSTOMER_ENTITY, values={"name": "长宏机电", "picture_id": chosen}
        )
    assert differences(company) == []
