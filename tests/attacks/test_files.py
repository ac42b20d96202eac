"""What an employee with psql must not get out of files, nor do to them (PLT-32, ORG-20)."""

from __future__ import annotations

import hashlib
import json
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors

from services import records
from services.customers.entities import CUSTOMER_ENTITY
from services.database import Database
from services.errors import NotAvailable, Refused, ShukeError
from services.files import commands, queries
from services.files.transfer import parts_of
from services.organisation.moving import transfer
from services.organisation.sharing import Receivers, share_records, take_back
from tests.conftest import Company
from tests.services.files.sending import PNG, send

SECRET = b"the price list of 2027"
Psql = psycopg.Connection[tuple[object, ...]]


def customer(database: Database, name: str) -> int:
    return database.write(records.create, entity=CUSTOMER_ENTITY, values={"name": name}).id


def post(connection: Psql, command: str, **arguments: object) -> dict[str, int]:
    row = connection.execute(
        "SELECT app.post(%s, %s, %s::jsonb)", (uuid4(), command, json.dumps(arguments))
    ).fetchone()
    assert row is not None and isinstance(row[0], dict)
    return row[0]


@pytest.mark.req("PLT-32")
def test_a_file_is_seen_with_its_record_only(company: Company) -> None:
    mine, other = company.as_("sales1"), company.as_("sales5")
    owner = customer(mine, "万州五金店")
    sent = send(mine, SECRET, owner, name="价目表.txt", thumbnail=PNG)
    thief = company.psql("sales5")
    assert thief.execute("SELECT count(*) FROM system.attachment").fetchone() == (0,)
    assert thief.execute("SELECT count(*) FROM system.thumbnail").fetchone() == (0,)
    with pytest.raises(errors.DatabaseError, match="not available"):
        thief.execute("SELECT system.read_part(%s, 0)", (sent,))
    with pytest.raises(NotAvailable), other.read_session() as session:
        queries.file(session, attachment_id=sent)
    # his superior sees it, who gets the customer does, who loses him does no more
    assert b"".join(parts_of(company.as_("lead1"), sent)) == SECRET
    company.as_("boss").write(
        share_records, entity=CUSTOMER_ENTITY.key, ids=[owner], to=Receivers((_user(company, "sales5"),))
    )
    assert b"".join(parts_of(other, sent)) == SECRET
    company.as_("boss").write(
        take_back, entity=CUSTOMER_ENTITY.key, ids=[owner], to=Receivers((_user(company, "sales5"),))
    )
    assert thief.execute("SELECT count(*) FROM system.attachment").fetchone() == (0,)
    company.as_("boss").write(transfer, entity=CUSTOMER_ENTITY, ids=[owner], to_user=_user(company, "sales5"))
    assert b"".join(parts_of(other, sent)) == SECRET
    with pytest.raises(NotAvailable):
        list(parts_of(mine, sent))


def _user(company: Company, login: str) -> int:
    row = company.psql().execute('SELECT id FROM organisation."user" WHERE login = %s', (login,)).fetchone()
    assert row is not None
    return int(str(row[0]))


def test_the_bytes_have_no_door_of_their_own(company: Company) -> None:
    mine = company.as_("sales1")
    send(mine, SECRET, customer(mine, "万州五金店"))
    for login in ("sales1", "sales5", "boss"):
        connection = company.psql(login)
        for table in ("system.content", "system.content_part"):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {table}")
            for verb in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id", f"TRUNCATE {table}"):
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(verb)
        for statement in (
            "INSERT INTO system.attachment (entity, record_id, name, content_id, size, type, digest)"
            " VALUES ('customers.customer', 1, 'x', 1, 1, 'x', 'x')",
            "UPDATE system.attachment SET content_id = 1",
            "UPDATE system.attachment SET record_id = 1",
            "DELETE FROM system.attachment",
            "INSERT INTO system.thumbnail VALUES (1, 'x')",
            "UPDATE system.thumbnail SET data = 'x'",
            "SELECT system.finish_upload(1)",
            "SELECT * FROM system.lost_attachments()",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement)


@pytest.mark.req("PLT-32")
def test_knowing_the_hash_gives_nothing(company: Company) -> None:
    mine, other = company.as_("sales1"), company.as_("sales5")
    send(mine, SECRET, customer(mine, "万州五金店"))
    his = customer(other, "长宏机电")
    thief = company.psql("sales5")
    upload = post(thief, "system.begin_upload", size=len(SECRET))["id"]
    digest = hashlib.sha256(hashlib.sha256(SECRET).digest()).hexdigest()
    # without the bytes, with the hash as the bytes, with others of the same length
    with pytest.raises(errors.DatabaseError, match="was changed"):
        post(
            thief,
            "system.attach",
            upload_id=upload,
            entity="customers.customer",
            record_id=his,
            name="x",
            digest=digest,
        )
    with pytest.raises(errors.DatabaseError, match="was changed"):
        thief.execute("SELECT system.store_part(%s, 0, %s)", (upload, digest.encode()))
    thief.execute("SELECT system.store_part(%s, 0, %s)", (upload, b"?" * len(SECRET)))
    made = post(
        thief, "system.attach", upload_id=upload, entity="customers.customer", record_id=his, name="x"
    )["id"]
    assert b"".join(parts_of(other, made)) == b"?" * len(SECRET)


def test_nobody_writes_onto_a_record_that_he_may_not_edit(company: Company) -> None:
    mine, other = company.as_("sales1"), company.as_("sales5")
    owner = customer(mine, "万州五金店")
    admin = company.psql()
    for target in (owner, owner + 1000):
        with pytest.raises(NotAvailable):
            send(other, b"x", target)
    # read-only shares show files, and no more
    sent = send(mine, SECRET, owner)
    company.as_("boss").write(
        share_records, entity=CUSTOMER_ENTITY.key, ids=[owner], to=Receivers((_user(company, "sales5"),))
    )
    assert b"".join(parts_of(other, sent)) == SECRET
    with pytest.raises(NotAvailable):
        send(other, b"x", owner)
    with pytest.raises(Refused):
        other.write(commands.recycle, ids=[sent])
    with pytest.raises(NotAvailable):
        other.write(commands.rename, attachment_id=sent, name="y")
    # kinds that have no files, or that do not exist
    for kind in ("system.setting", "app.history", "nothing.at_all", "customers.balance"):
        with pytest.raises(ShukeError):
            send(mine, b"x", 1, entity=kind)
    assert admin.execute("SELECT count(*) FROM system.attachment").fetchone() == (1,)
    assert admin.execute("SELECT count(*) FROM system.content").fetchone() == (1,)


def test_a_file_once_sent_is_not_replaced(company: Company) -> None:
    mine = company.as_("sales1")
    owner = customer(mine, "万州五金店")
    sent = send(mine, SECRET, owner)
    admin = company.psql()
    row = admin.execute("SELECT content_id FROM system.attachment").fetchone()
    assert row is not None
    for login in ("sales1", "sales5"):
        with pytest.raises(errors.DatabaseError, match="not being sent"):
            company.psql(login).execute("SELECT system.store_part(%s, 0, 'evil')", row)
        with pytest.raises(errors.DatabaseError, match=r"not being sent|not available"):
            post(
                company.psql(login),
                "system.attach",
                upload_id=row[0],
                entity="customers.customer",
                record_id=owner,
                name="x",
            )
        post(company.psql(login), "system.drop_upload", upload_id=row[0])
    # not even the owner of the tables
    with pytest.raises(errors.DatabaseError, match="cannot be changed"):
        admin.execute("UPDATE system.content_part SET data = 'evil'")
    with pytest.raises(errors.DatabaseError, match="cannot be changed"):
        admin.execute("UPDATE system.content SET digest = 'evil'")
    assert b"".join(parts_of(mine, sent)) == SECRET


def test_an_upload_is_its_senders(company: Company) -> None:
    mine, other = company.as_("sales1"), company.as_("sales5")
    started = mine.write(commands.begin_upload, size=4).id
    thief = company.psql("sales5")
    his = customer(other, "长宏机电")
    with pytest.raises(errors.DatabaseError, match="not being sent"):
        thief.execute("SELECT system.store_part(%s, 0, 'evil')", (started,))
    company.psql("sales1").execute("SELECT system.store_part(%s, 0, 'good')", (started,))
    with pytest.raises(errors.DatabaseError, match="not being sent"):
        post(thief, "system.attach", upload_id=started, entity="customers.customer", record_id=his, name="x")
    post(thief, "system.drop_upload", upload_id=started)
    assert company.psql().execute("SELECT count(*) FROM system.content_part").fetchone() == (1,)
    # more than was announced is not taken
    with pytest.raises(errors.DatabaseError, match="was changed"):
        company.psql("sales1").execute("SELECT system.store_part(%s, 1, 'more')", (started,))


def test_a_picture_field_takes_no_file_of_others(company: Company) -> None:
    mine, other = company.as_("sales1"), company.as_("sales5")
    owner = customer(mine, "万州五金店")
    his = customer(other, "长宏机电")
    attached = send(mine, SECRET, owner)
    waiting = send(mine, PNG, None, field="picture_id")
    thief = company.psql("sales5")
    for file in (attached, waiting, 999_999):
        with pytest.raises(errors.DatabaseError, match="not available"):
            thief.execute("UPDATE customers.customer SET picture_id = %s WHERE id = %s", (file, his))
        with pytest.raises(errors.DatabaseError, match="not available"):
            post(thief, "organisation.set_photo", user_id=_user(company, "sales5"), attachment_id=file)
    assert company.psql("lead1").execute(
        "SELECT count(*) FROM system.attachment WHERE id = %s", (waiting,)
    ).fetchone() == (0,)
    # one's own file of another record is no picture of this one either
    second = customer(mine, "第二家")
    with pytest.raises(errors.DatabaseError, match="not available"):
        company.psql("sales1").execute(
            "UPDATE customers.customer SET picture_id = %s WHERE id = %s", (attached, second)
        )
    # photos of colleagues need the right; one's own does not
    photo = send(other, PNG, None, entity="organisation.user", field="photo_id")
    with pytest.raises(errors.DatabaseError):
        post(thief, "organisation.set_photo", user_id=_user(company, "sales1"), attachment_id=photo)
    post(thief, "organisation.set_photo", user_id=_user(company, "sales5"), attachment_id=photo)
    logo = send(other, PNG, None, entity="organisation.branch", field="logo_id")
    with pytest.raises(errors.DatabaseError):
        post(thief, "organisation.set_logo", branch_id=1, attachment_id=logo)


def test_a_contact_is_linked_by_his_owner_only(company: Company) -> None:
    mine, other = company.as_("sales1"), company.as_("sales5")
    owner, his = customer(mine, "万州五金店"), customer(other, "长宏机电")
    row = (
        company.psql("sales1")
        .execute(
            "INSERT INTO customers.contact (customer_id, name) VALUES (%s, '李强') RETURNING id", (owner,)
        )
        .fetchone()
    )
    assert row is not None
    with pytest.raises(errors.DatabaseError, match="not available"):
        post(company.psql("sales5"), "customers.link_contact", contact_id=row[0], customer_id=his)
    with pytest.raises(errors.DatabaseError, match="not available"):
        post(company.psql("sales1"), "customers.link_contact", contact_id=row[0], customer_id=his)
    second = customer(mine, "第二家")
    post(company.psql("sales1"), "customers.link_contact", contact_id=row[0], customer_id=second)
    assert company.psql("sales5").execute("SELECT count(*) FROM customers.contact_link").fetchone() == (0,)
    assert company.psql("sales1").execute("SELECT count(*) FROM customers.contact_link").fetchone() == (1,)
    with pytest.raises(errors.InsufficientPrivilege):
        company.psql("sales1").execute("DELETE FROM customers.contact_link")
