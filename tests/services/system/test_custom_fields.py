"""The office's own fields: columns that the definitions make, and what the database upholds (PLT-38)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from services import records
from services.commands import Changes
from services.custom_fields import with_custom
from services.database import Database
from services.entity import Entity, Facet, Query
from services.errors import Conflict, Invalid, NotAvailable, Refused
from services.listing import Listing
from services.registry import ENTITIES
from services.session import Dictionary, log_in, read_dictionary
from services.system.entities import CUSTOM_FIELD_ENTITY, CUSTOMISED
from services.system.history import Asked, changes, in_words
from tests.conftest import Company
from tests.services.files.sending import send

CUSTOMER = ENTITIES["customers.customer"]


def define(
    database: Database, title: str, kind: str, entity: str = "customers.customer", **more: Any
) -> Changes:
    """A definition, as the form writes it."""
    return database.write(
        records.create,
        entity=CUSTOM_FIELD_ENTITY,
        values={"entity": entity, "title": title, "kind": kind, **more},
    )


def change(database: Database, field: int, **values: Any) -> None:
    """Change a definition, as the form does."""
    with database.read_session() as session:
        version = records.read(session, entity=CUSTOM_FIELD_ENTITY, record_id=field)["version"]
    database.write(
        records.update_record, entity=CUSTOM_FIELD_ENTITY, record_id=field, version=version, values=values
    )


def known(database: Database, entity: Entity = CUSTOMER) -> tuple[Entity, Dictionary]:
    """The entity with the fields that the office has now, and the dictionary."""
    with database.read_session() as session:
        dictionary = read_dictionary(session)
    return with_custom(entity, dictionary.custom), dictionary


def customer(database: Database, name: str, **values: Any) -> int:
    """A customer, as the form writes it."""
    entity, _ = known(database)
    return database.write(records.create, entity=entity, values={"name": name, **values}).id


def read(database: Database, record: int) -> dict[str, Any]:
    """The record with its own fields."""
    entity, _ = known(database)
    with database.read_session() as session:
        return records.read(session, entity=entity, record_id=record)


def names(database: Database, **asked: Any) -> list[str]:
    """Names of the customers that a list shows."""
    entity, dictionary = known(database)
    listing = Listing(
        Query("customers.customer", **asked), user=log_in(database), dictionary=dictionary, entity=entity
    )
    with database.read_session() as session:
        page = listing.page(session, first=0, size=50, shown=["name"])
    return [row.values[0] for row in page.rows]


def test_every_customised_table_is_declared_and_joins() -> None:
    assert set(CUSTOMISED) == {key for key, entity in ENTITIES.items() if entity.custom}


@pytest.mark.req("PLT-38")
@pytest.mark.req("CUS-01")
def test_all_kinds_are_written_read_found_and_sorted(company: Company) -> None:
    boss = company.as_("boss")
    define(boss, "老板爱好", "text", searched=True)
    define(boss, "开票备注", "long_text")
    define(boss, "员工人数", "number", initial="10")
    define(boss, "年采购额", "amount")
    define(boss, "签约日", "date", initial="today")
    define(boss, "有进口权", "yes_no", initial="是")
    define(boss, "行业地位", "choice", dictionary="customer_level", required=True)
    define(boss, "经营品类", "choices", dictionary="industry")
    entity, dictionary = known(boss)
    assert [field.key for field in entity.fields[-8:]] == [f"custom_{n}" for n in range(1, 9)]
    level = dictionary.of("customer_level")
    trades = [choice.key for choice in dictionary.of("industry")[:3]]
    sales = company.as_("sales1")
    a = customer(
        sales,
        "甲公司",
        custom_1="钓鱼",
        custom_3=Decimal("25.5"),
        custom_4=Decimal("1200000.00"),
        custom_7=level[0].key,
        custom_8=trades[:2],
    )
    b = customer(sales, "乙公司", custom_1="围棋", custom_7=level[1].key, custom_8=trades[2:])
    found = read(sales, a)
    assert (found["custom_1"], found["custom_3"], found["custom_4"]) == (
        "钓鱼",
        Decimal("25.5"),
        Decimal("1200000"),
    )
    assert (found["custom_7"], found["custom_8"]) == (level[0].key, trades[:2])
    assert (read(sales, b)["custom_3"], read(sales, b)["custom_6"]) == (Decimal(10), True)
    assert read(sales, b)["custom_5"] is not None
    assert names(sales, words="钓鱼") == ["甲公司"], "quick search finds it"
    assert names(sales, order=("custom_3",)) == ["乙公司", "甲公司"]
    assert names(sales, order=("-custom_3",)) == ["甲公司", "乙公司"]
    assert names(sales, facets=(Facet("custom_4", "ge", Decimal(1000)),)) == ["甲公司"]
    assert names(sales, facets=(Facet("custom_7", "in", (level[1].key,)),)) == ["乙公司"]
    assert names(sales, facets=(Facet("custom_8", "in", (trades[0], trades[2])),), order=("id",)) == [
        "甲公司",
        "乙公司",
    ]
    assert names(sales, facets=(Facet("custom_8", "in", (trades[1],)),)) == ["甲公司"]
    assert names(sales, facets=(Facet("custom_4", "empty"),)) == ["乙公司"]
    assert names(sales, facets=(Facet("custom_5", "within", "today"),), order=("id",)) == ["甲公司", "乙公司"]
    assert names(sales, facets=(Facet("custom_6", "eq", True), Facet("custom_1", "contains", "棋"))) == [
        "乙公司"
    ]


@pytest.mark.req("PLT-38")
def test_a_field_may_hold_a_file(company: Company) -> None:
    boss, sales, other = company.as_("boss"), company.as_("sales1"), company.as_("sales5")
    define(boss, "营业执照", "file")
    first = send(sales, b"%PDF-1.4 first", None, field="custom_1", name="执照.pdf")
    with pytest.raises(NotAvailable):
        customer(other, "别人的", custom_1=first)
    record = customer(sales, "甲公司", custom_1=first)
    with pytest.raises(NotAvailable):
        customer(sales, "乙公司", custom_1=first)
    entity, dictionary = known(sales)
    listing = Listing(Query("customers.customer"), user=log_in(sales), dictionary=dictionary, entity=entity)
    with sales.read_session() as session:
        rows = listing.page(session, first=0, size=5, shown=["name", "custom_1"]).rows
    assert [row.values for row in rows] == [("甲公司", "执照.pdf")]
    assert names(sales, facets=(Facet("custom_1", "contains", "执照"),)) == ["甲公司"]
    assert names(sales, facets=(Facet("custom_1", "contains", "合同"),)) == []
    second = send(sales, b"%PDF-1.4 second", None, field="custom_1", name="新执照.pdf")
    sales.write(
        records.update_record, entity=entity, record_id=record, version=1, values={"custom_1": second}
    )
    assert company.psql().execute(
        "SELECT id, deleted_at IS NOT NULL, record_id FROM system.attachment ORDER BY id"
    ).fetchall() == [(first, True, record), (second, False, record)], "the old one is in the recycle bin"
    with boss.read_session() as session:
        line = changes(session, Asked("customers.customer", record))[0]
    assert in_words(entity, line, dictionary)[0][0] == "营业执照"
    for more in ({"initial": "x"}, {"indexed": True}, {"searched": True}):
        with pytest.raises(Refused):
            define(boss, "合同", "file", **more)


@pytest.mark.req("PLT-38")
def test_history_and_conflicts_are_field_by_field(company: Company) -> None:
    boss = company.as_("boss")
    define(boss, "员工人数", "number")
    define(boss, "老板爱好", "text")
    record = customer(boss, "甲公司", custom_1=Decimal(8))
    entity, dictionary = known(boss)
    version = read(boss, record)["version"]
    boss.write(
        records.update_record, entity=entity, record_id=record, version=version, values={"custom_2": "钓鱼"}
    )
    with pytest.raises(Conflict) as caught:
        boss.write(
            records.update_record,
            entity=entity,
            record_id=record,
            version=version,
            values={"custom_1": Decimal(9)},
        )
    assert (caught.value.current["custom_1"], caught.value.current["custom_2"]) == (Decimal(8), "钓鱼")
    with boss.read_session() as session:
        newest = changes(session, Asked("customers.customer", record))[0]
    assert dict(newest.changes) == {"custom_2": [None, "钓鱼"]}
    assert in_words(entity, newest, dictionary)[0][0] == "老板爱好"
    boss.write(
        records.update_many, entity=entity, versions={record: version + 1}, values={"custom_1": Decimal(9)}
    )
    assert read(boss, record)["custom_1"] == 9


@pytest.mark.req("PLT-38")
def test_a_field_that_is_switched_off_keeps_its_values(company: Company) -> None:
    boss = company.as_("boss")
    field = define(boss, "老板爱好", "text", searched=True, initial="钓鱼", required=True).id
    record = customer(boss, "甲公司")
    version = read(boss, record)["version"]
    assert names(boss, words="钓鱼") == ["甲公司"]
    change(boss, field, active=False)
    assert "custom_1" not in read(boss, record)
    assert names(boss, words="钓鱼") == []
    assert customer(boss, "乙公司") > record, "nobody is asked for it"
    change(boss, field, active=True)
    assert read(boss, record)["custom_1"] == "钓鱼"
    assert read(boss, record)["version"] == version, "the record itself did not change"
    assert names(boss, words="钓鱼") == ["甲公司"]


@pytest.mark.req("PLT-38")
def test_the_database_refuses_what_does_not_fit(company: Company) -> None:
    boss, sales = company.as_("boss"), company.as_("sales1")
    record = customer(sales, "甲公司")
    define(boss, "员工人数", "number")
    define(boss, "行业地位", "choice", dictionary="customer_level", required=True)
    define(boss, "经营品类", "choices", dictionary="industry")
    define(boss, "老板爱好", "text", required=True)
    entity, dictionary = known(sales)
    level = dictionary.of("customer_level")[0].key
    with pytest.raises(Invalid):
        records.check(entity, {"name": "乙", "custom_2": None}, complete=True)
    shell = company.psql("sales1")
    for statement, words in (
        ("UPDATE customers.customer SET custom_1 = 'many'", "invalid input syntax"),
        ("UPDATE customers.customer SET custom_2 = 'industry.it'", "行业地位"),
        ("UPDATE customers.customer SET custom_2 = 'customer_level.none'", "foreign key"),
        (f"UPDATE customers.customer SET custom_3 = ARRAY['{level}']", "经营品类"),
        ("UPDATE customers.customer SET custom_3 = ARRAY[NULL]", "经营品类"),
        ("UPDATE customers.customer SET custom_4 = repeat('x', 501)", "老板爱好"),
        ("INSERT INTO customers.customer (name, custom_4) VALUES ('乙', '棋')", "行业地位"),
        (
            f"INSERT INTO customers.customer (name, custom_2, custom_4) VALUES ('乙', '{level}', ' ')",
            "老板爱好",
        ),
    ):
        with pytest.raises(psycopg.Error) as caught:
            shell.execute(statement)
        assert words in f"{caught.value} {caught.value.diag.message_detail}", statement
    shell.execute(
        "UPDATE customers.customer SET remark = 'old records are not asked' WHERE id = %s", [record]
    )
    shell.execute(
        "UPDATE customers.customer SET custom_2 = %s, custom_4 = '棋' WHERE id = %s", [level, record]
    )
    with pytest.raises(psycopg.Error, match="must not be empty"):
        shell.execute("UPDATE customers.customer SET custom_4 = NULL WHERE id = %s", [record])


@pytest.mark.req("PLT-38")
def test_only_who_holds_the_right_defines_fields(company: Company) -> None:
    define(company.as_("admin"), "老板爱好", "text")
    sales = company.as_("sales1")
    assert known(sales)[1].custom[0].title == "老板爱好", "everybody knows what fields there are"
    with pytest.raises(Refused):
        define(sales, "另一个", "text")
    shell = company.psql("sales1")
    for statement in (
        "INSERT INTO system.custom_field (entity, title, kind) VALUES ('customers.customer', 'x', 'text')",
        "UPDATE system.custom_field SET title = 'x' RETURNING 1",
        "DELETE FROM system.custom_field",
        "ALTER TABLE customers.customer ADD COLUMN mine text",
        "ALTER TABLE customers.customer DROP COLUMN custom_1",
        "SELECT system.make_custom_column(f) FROM system.custom_field f",
        "CALL app.customise('customers.customer')",
    ):
        try:
            assert shell.execute(statement).fetchall() == [], statement
        except psycopg.errors.InsufficientPrivilege:
            continue
    assert known(sales)[1].custom[0].title == "老板爱好"


def test_definitions_that_make_no_sense_are_refused(company: Company) -> None:
    boss = company.as_("boss")
    field = define(boss, "老板爱好", "text").id
    for title, kind, more in (
        ("老板爱好", "text", {}),
        ("人数", "number", {"initial": "many"}),
        ("人数", "number", {"searched": True}),
        ("日期", "date", {"initial": "2026-02-30"}),
        ("等级", "choice", {"dictionary": "nothing"}),
        ("等级", "choice", {"dictionary": "customer_level", "initial": "没有"}),
        ("品类", "choices", {"indexed": True}),
        ("工资", "amount", {"entity": "organisation.user"}),
        ("攻击", "text", {"entity": "customers.customer; DROP TABLE customers.customer"}),
    ):
        with pytest.raises(Refused):
            define(boss, title, kind, **more)
    with pytest.raises(psycopg.Error):
        company.psql("boss").execute("UPDATE system.custom_field SET kind = 'date'")
    with pytest.raises(psycopg.Error):
        company.psql("postgres").execute(
            "UPDATE system.custom_field SET kind = 'date' WHERE id = %s", [field]
        )


def test_quotes_in_titles_and_defaults_stay_text(company: Company) -> None:
    boss = company.as_("boss")
    nasty = "x'; DROP TABLE customers.customer; -- \\ {name} $$ %s"
    define(boss, "它's", "text", initial=nasty, required=True)
    record = customer(boss, "甲公司")
    assert read(boss, record)["custom_1"] == nasty
    with pytest.raises(psycopg.Error, match="must not be empty"):
        company.psql("boss").execute("UPDATE customers.customer SET custom_1 = NULL")


def test_work_goes_on_in_open_connections_while_fields_come(company: Company) -> None:
    """Plans that a connection keeps fit the table as it is now: triggers with whole rows, too."""
    boss, sales = company.as_("boss"), company.as_("sales1")
    record = customer(sales, "甲公司")
    for n in range(3):
        for turn in range(6):
            version = read(sales, record)["version"]
            sales.write(
                records.update_record,
                entity=CUSTOMER,
                record_id=record,
                version=version,
                values={"remark": f"{n}.{turn}"},
            )
        define(boss, f"字段{n}", "text")
    entity, _ = known(sales)
    sales.write(
        records.update_record,
        entity=entity,
        record_id=record,
        version=read(sales, record)["version"],
        values={"custom_3": "x"},
    )
    with boss.read_session() as session:
        assert dict(changes(session, Asked("customers.customer", record))[0].changes) == {
            "custom_3": [None, "x"]
        }


def test_an_index_comes_and_goes(company: Company) -> None:
    boss = company.as_("boss")
    field = define(boss, "员工人数", "number", indexed=True).id
    shell = company.psql()
    asked = "SELECT count(*) FROM pg_indexes WHERE indexname = 'ix_customer_custom_1'"
    assert shell.execute(asked).fetchone() == (1,)
    change(boss, field, indexed=False)
    assert shell.execute(asked).fetchone() == (0,)


@pytest.mark.req("PLT-38")
def test_an_upgrade_keeps_fields_search_and_grants(company: Company) -> None:
    from services import schema

    boss, sales = company.as_("boss"), company.as_("sales1")
    define(boss, "老板爱好", "text", searched=True, required=True)
    customer(sales, "甲公司", custom_1="钓鱼")
    company.psql().execute("UPDATE app.applied SET checksum = 'older'")
    boss.close()
    sales.close()
    schema.upgrade(company.url())
    sales = company.as_("sales1")
    customer(sales, "乙公司", custom_1="围棋")
    assert names(sales, words="围棋") == ["乙公司"]
    with pytest.raises(Refused, match="老板爱好"):
        sales.write(records.create, entity=CUSTOMER, values={"name": "丙公司"})


@pytest.mark.req("PLT-37")
def test_a_choice_in_use_cannot_vanish(company: Company) -> None:
    boss = company.as_("boss")
    define(boss, "经营品类", "choices", dictionary="industry")
    _, dictionary = known(boss)
    trades = [choice.key for choice in dictionary.of("industry") if choice.parent_key][:2]
    stage = dictionary.of("customer_stage")[0].key
    customer(boss, "甲公司", custom_1=trades[:1], stage=stage)
    choice = ENTITIES["system.choice"]
    with boss.read_session() as session:
        ids = {
            key: session.connection()
            .exec_driver_sql("SELECT id FROM system.choice WHERE key = %s", (key,))
            .scalar()
            for key in (*trades, stage)
        }
    for key in (trades[0], stage):
        with pytest.raises(Refused, match=dictionary.choices[key].zh):
            boss.write(records.recycle, entity=choice, ids=[ids[key]])
        with pytest.raises(psycopg.Error):
            company.psql().execute("DELETE FROM system.choice WHERE key = %s", [key])
    boss.write(records.recycle, entity=choice, ids=[ids[trades[1]]])
    boss.write_once(
        uuid4(), records.update_many, entity=choice, versions={ids[stage]: 1}, values={"active": False}
    )
    _, dictionary = known(boss)
    assert trades[1] not in dictionary.choices
    assert dictionary.label(stage) and stage not in [each.key for each in dictionary.of("customer_stage")]
    assert stage in [each.key for each in dictionary.ever("customer_stage")]
