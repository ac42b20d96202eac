"""What a customer's values look like, for everybody and every program (CUS-01, CON-01): the database holds the client's
rules too, and says so in the same words."""

from __future__ import annotations

import psycopg
import pytest

from services import records
from services.checks import check_email, check_phone, check_tax_number
from services.database import explained
from services.entity import Entity
from services.errors import Invalid
from services.registry import ENTITIES
from tests.conftest import Company

SHAPED = (
    "customers.customer",
    "customers.contact",
    "activities.record",
    "activities.task",
    "organisation.user",
    "organisation.branch",
    "organisation.position",
    "organisation.role",
)


@pytest.mark.req("CUS-01", "CON-01", "ACT-02", "ACT-03", "ORG-01", "ORG-03")
@pytest.mark.parametrize("key", SHAPED)
def test_the_database_knows_every_length(office: Company, key: str) -> None:
    entity: Entity = ENTITIES[key]
    table = key.partition(".")[2]
    rows = office.psql().execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
        " AND conname LIKE 'ck\\_%%\\_length'",
        (key,),
    )
    held = {str(name)[len(f"ck_{table}_") : -len("_length")]: str(rule) for name, rule in rows.fetchall()}
    wanted = {field.key: field.length for field in entity.fields if field.length is not None}
    assert set(held) == set(wanted)
    assert all(f"<= {length})" in held[name] for name, length in wanted.items())


WRONG = (
    ("email", "no at sign", "This is no e-mail address."),
    ("email", "a@b", "This is no e-mail address."),
    ("tax_number", "1234", "A tax number has 15, 17, 18 or 20 letters and digits."),
    ("tax_number", "9136110009876543-X", "A tax number has 15, 17, 18 or 20 letters and digits."),
    ("phone", "暂无", "A phone number has at least three digits."),
    ("fax", "1-2", "A phone number has at least three digits."),
    ("region", "361", "This is no region of China."),
    ("region", "990000", "This is no region of China."),
    ("short_name", "长" * 41, "This text is longer than its field holds."),
    ("remark", "长" * 4001, "This text is longer than its field holds."),
    ("credit_days", 3001, "A term is 3,000 days at the longest."),
)


@pytest.mark.req("CUS-01")
@pytest.mark.parametrize(("column", "value", "words"), WRONG)
def test_what_no_field_would_take_is_refused_from_psql(
    office: Company, column: str, value: object, words: str
) -> None:
    # one person's login has few connections, and the office is shared
    with office.psql("sales1") as psql, pytest.raises(psycopg.errors.CheckViolation) as refused:
        psql.execute(f"INSERT INTO customers.customer (name, {column}) VALUES ('甲', %s)", (value,))
    told = explained(refused.value)
    assert isinstance(told, Invalid)
    assert (told.template, told.field) == (words, column)
    with pytest.raises(Invalid) as typed:
        office.as_("sales1").write(
            records.create, entity=ENTITIES["customers.customer"], values={"name": "甲", column: value}
        )
    assert typed.value.field == column


@pytest.mark.req("CON-01")
def test_a_contact_too(office: Company) -> None:
    psql = office.psql("sales1")
    made = psql.execute("INSERT INTO customers.customer (name) VALUES ('鹰潭铜业') RETURNING id").fetchone()
    assert made is not None
    for column, value in (
        ("mobile", "没有"),
        ("email", "a@@b.cn"),
        ("wechat", "x" * 61),
        ("name", "名" * 61),
    ):
        given = {"name": "某人", "customer_id": made[0]} | {column: value}
        names = ", ".join(given)
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            psql.execute(
                f"INSERT INTO customers.contact ({names}) VALUES (%s, %s{', %s' if len(given) > 2 else ''})",
                tuple(given.values()),
            )
        told = explained(refused.value)
        assert isinstance(told, Invalid) and told.field == column


REAL = (
    "0793-8020169", "13970312345", "+86 139 7031 2345", "400-800-8820", "010-62345678转8001", "1８６７０３１２３４５",
    "13970312345/18870311111", "023-68801260（王经理）", "12345", "110", "8001", "00852-23456789",
)  # fmt: skip


@pytest.mark.req("CUS-01")
def test_what_offices_really_write_is_taken(company: Company) -> None:
    psql = company.psql("sales1")
    for number in REAL:
        assert check_phone(number) is None
        psql.execute(
            "INSERT INTO customers.customer (name, phone, fax) VALUES (%s, %s, '')", (number, number)
        )
    for tax in ("91361100MA35XXXX1B", "361100123456789", "36110012345678901", "92361100MA35XXXX1B01"):
        assert check_tax_number(tax) is None
        psql.execute("INSERT INTO customers.customer (name, tax_number) VALUES (%s, %s)", (tax, tax))
    for mail in ("li.qiang@example.com.cn", "采购@公司.中国", "a_b-c+d@mail.example.cn"):
        assert check_email(mail) is None
        psql.execute("INSERT INTO customers.customer (name, email) VALUES (%s, %s)", (mail, mail))
    for region in ("110000", "361102", "500103", "710000", "810000", "820000", "659012"):
        psql.execute("INSERT INTO customers.customer (name, region) VALUES (%s, %s)", (region, region))
