"""What the sharing model and the sections of customer service let through, and what they do not (ORG-11, ORG-12)."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from services.database import Database
from services.errors import NotAvailable, Refused, ShukeError
from services.organisation import access
from services.organisation.queries import KINDS, SECTIONS
from tests.conftest import Company

BEHIND = {
    "contacts": ("customers.contact",),
    "records": ("activities.record",),
    "orders": ('sales."order"', "sales.order_line"),
    "payments": ("finance.payment", "finance.allocation"),
    "receivables": ("finance.ledger", "customers.balance"),
    "deliveries": ("delivery.note", "delivery.note_line"),
}
"""Tables behind each section."""


def count(connection: psycopg.Connection[Any], table: str) -> int:
    """Rows of a table that the connection's user sees."""
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # type: ignore[call-overload]
    return int(row[0])


def only(admin: Database, *shown: str) -> None:
    """Show these sections and no others."""
    admin.write(access.set_sections, shown=shown, hidden=[key for key in SECTIONS if key not in shown])


@pytest.mark.req("ORG-12")
def test_customer_service_sees_the_sections_shown_and_no_others(sample: Company) -> None:
    service, everything, admin = sample.psql("service1"), sample.psql(), sample.as_("admin")
    for section, tables in BEHIND.items():
        only(admin, "basic", section)
        assert count(service, "customers.customer") == count(everything, "customers.customer") > 0
        for key, others in BEHIND.items():
            for table in others:
                seen, there = count(service, table), count(everything, table)
                if key == section:
                    assert seen == there > 0, (section, table)
                elif key == "records":
                    assert seen < there, (section, table)
                else:
                    assert seen == 0, (section, table)
        assert tables
    only(admin)
    assert count(service, "customers.customer") == 0


@pytest.mark.req("ORG-12")
def test_a_section_shows_and_does_not_let_write(sample: Company) -> None:
    admin = sample.as_("admin")
    only(admin, *BEHIND, "basic")
    service, superuser = sample.psql("service1"), sample.psql()
    assert service.execute("UPDATE activities.record SET said = 'x'").rowcount == 0
    for statement in (
        "UPDATE customers.customer SET phone = '110'",
        "UPDATE customers.contact SET name = 'x'",
    ):
        assert service.execute(statement).rowcount == 0
    # a salesperson who serves customers too reads everybody's orders, and edits his own people's alone
    superuser.execute(
        "INSERT INTO organisation.user_role (user_id, role_id) SELECT u.id, r.id"
        " FROM organisation.\"user\" u, organisation.role r WHERE u.login = 'service1' AND r.code = 'sales'"
    )
    assert count(service, 'sales."order"') == count(superuser, 'sales."order"')
    for statement in (
        "UPDATE customers.customer SET phone = '110'",
        "UPDATE customers.contact SET name = 'x'",
    ):
        assert service.execute(statement).rowcount == 0
    row = superuser.execute("SELECT min(id) FROM customers.customer").fetchone()
    assert row is not None
    for entity in ("customers.customer",):
        with pytest.raises(psycopg.Error) as refused:
            service.execute("SELECT app.recycle(%s, ARRAY[%s]::bigint[])", (entity, row[0]))
        assert refused.value.sqlstate == "SK001"


@pytest.mark.req("ORG-12")
def test_a_section_taken_away_is_gone_from_prepared_statements(sample: Company) -> None:
    admin = sample.as_("admin")
    only(admin, "basic", "orders")
    service = sample.psql("service1")
    statement = 'SELECT count(*) FROM sales."order"'
    for _ in range(8):
        row = service.execute(statement, prepare=True).fetchone()
        assert row is not None and row[0] > 0
    only(admin, "basic")
    assert service.execute(statement, prepare=True).fetchone() == (0,)


@pytest.mark.req("ORG-11")
def test_levels_of_the_sharing_model(company: Company) -> None:
    made = (
        company.psql("sales5")
        .execute("INSERT INTO customers.customer (name) VALUES ('万州五金') RETURNING id")
        .fetchone()
    )
    assert made is not None
    company.psql("sales5").execute(
        "INSERT INTO customers.contact (customer_id, name) VALUES (%s, '甲')", made
    )
    other, keeper, admin = company.psql("sales1"), company.psql("keeper1"), company.as_("admin")
    edit = "UPDATE customers.customer SET phone = '110'"
    seen = "SELECT count(*) FROM customers.customer"
    for _ in range(8):
        assert other.execute(seen, prepare=True).fetchone() == (0,)
    admin.write(access.set_sharing, levels={"customers": "read"})
    assert other.execute(seen, prepare=True).fetchone() == (1,)
    assert count(other, "customers.contact") == 1
    assert count(keeper, "customers.customer") == 0, "the right to view is needed all the same"
    assert count(other, "customers.balance") == 0, "what he owes is no part of the customer's data"
    assert other.execute(edit).rowcount == 0
    with pytest.raises(psycopg.Error) as refused:
        other.execute("SELECT app.recycle('customers.customer', ARRAY[%s]::bigint[])", made)
    assert refused.value.sqlstate == "SK001"
    assert count(other, "customers.customer WHERE deleted_at IS NULL") == 1
    admin.write(access.set_sharing, levels={"customers": "write"})
    assert other.execute(edit).rowcount == 1
    admin.write(access.set_sharing, levels={"customers": "private"})
    assert other.execute(seen, prepare=True).fetchone() == (0,)
    assert other.execute(edit).rowcount == 0
    told = company.psql("boss").execute("SELECT template FROM organisation.notice ORDER BY id").fetchall()
    assert len(told) == 3 and "opened" in told[0][0]
    changes = company.psql("boss").execute(
        "SELECT changes -> 'level' FROM app.history WHERE entity = 'app.sharing' AND action = 'change' ORDER BY id"
    )
    assert [row[0] for row in changes] == [["private", "read"], ["read", "write"], ["write", "private"]]


@pytest.mark.req("ORG-11")
def test_an_open_kind_costs_no_look_at_every_row(company: Company) -> None:
    company.as_("admin").write(access.set_sharing, levels={"customers": "read"})
    plan = "\n".join(
        str(row[0])
        for row in company.psql("sales1")
        .execute("EXPLAIN (COSTS OFF) SELECT * FROM customers.customer")
        .fetchall()
    )
    assert "owner_id" not in plan and "SubPlan" not in plan, plan
    company.as_("admin").write(access.set_sharing, levels={"customers": "private"})
    plan = "\n".join(
        str(row[0])
        for row in company.psql("sales1")
        .execute("EXPLAIN (COSTS OFF) SELECT * FROM customers.customer WHERE number = 'C-1'")
        .fetchall()
    )
    assert "InitPlan" in plan and "SubPlan" not in plan, plan


@pytest.mark.req("ORG-11")
def test_every_document_has_a_sharing_model(office: Company) -> None:
    """Whatever is numbered is a document, and what a customer owns besides."""
    superuser = office.psql()
    shared = {row[0] for row in superuser.execute("SELECT unnest(entities) FROM app.sharing").fetchall()}
    numbered = {row[0] for row in superuser.execute("SELECT entity FROM app.numbering").fetchall()}
    of_customers = {
        row[0]
        for row in superuser.execute(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'customer_id'"
            " JOIN app.guarded g ON g.entity = n.nspname || '.' || c.relname WHERE c.relkind = 'r'"
        ).fetchall()
    }
    assert len(numbered) >= 7 and len(of_customers) >= 6
    assert (numbered | of_customers) - shared <= PEOPLES_OWN
    assert {kind for (kind,) in superuser.execute("SELECT kind FROM app.sharing").fetchall()} == set(KINDS)


PEOPLES_OWN = {"activities.task"}
"""Seen by who gave and who does it: work between people, no document of the customer."""


@pytest.mark.req("ORG-11")
@pytest.mark.parametrize(
    ("kind", "entity", "login"),
    [
        ("records", "activities.record", "sales5"),
        ("orders", "sales.order", "sales5"),
        ("deliveries", "delivery.note", "sales5"),
        ("deliveries", "delivery.dispatch", "sales5"),
        ("payments", "finance.payment", "sales5"),
        ("stock", "stock.issue", "sales5"),
        ("stock", "stock.receipt", "keeper2"),
        ("requests", "purchasing.request", "keeper2"),
    ],
)
def test_documents_follow_the_model(sample: Company, kind: str, entity: str, login: str) -> None:
    """A colleague's documents: hidden, readable, no more; the plan of an opened kind looks at no row."""
    domain, noun = entity.split(".")
    table = f'{domain}."{noun}"'
    # what the small sample company lacks: one of a colleague in the other team
    sample.psql().execute(
        "INSERT INTO delivery.dispatch (number, warehouse_id, customer_id, customer_name, owner_id)"
        " SELECT 'FT-1', n.warehouse_id, n.customer_id, n.customer_name, u.id FROM delivery.note n,"
        " organisation.\"user\" u WHERE u.login = 'sales1' LIMIT 1"
    )
    sample.psql("sales1").execute(
        "INSERT INTO purchasing.request (product_id, quantity) SELECT min(id), 1 FROM products.product"
    )
    all_of_them = count(sample.psql(), table)
    person, admin = sample.psql(login), sample.as_("admin")
    before = count(person, table)
    assert 0 <= before < all_of_them
    admin.write(access.set_sharing, levels={kind: "read"})
    assert count(person, table) == all_of_them
    plan = "\n".join(
        str(row[0]) for row in person.execute(f"EXPLAIN (COSTS OFF) SELECT * FROM {table}").fetchall()
    )  # type: ignore[call-overload]
    assert "owner_id" not in plan and "warehouse_id" not in plan and "SubPlan" not in plan, plan
    editable = person.execute(
        f"SELECT cardinality(app.visible_ids(%s, ARRAY(SELECT id FROM {table}), true))",  # type: ignore[call-overload]
        (entity,),
    ).fetchone()
    assert editable is not None and editable[0] <= before  # type: ignore[operator]
    assert count(sample.psql("service1"), table) <= all_of_them
    without = "cashier1" if entity != "finance.payment" else "keeper1"
    if f"{entity}.view" not in rights_of(sample, without):
        assert count(sample.psql(without), table) == 0, "the right to view is needed all the same"
    admin.write(access.set_sharing, levels={kind: "private"})
    assert count(person, table) == before


def rights_of(company: Company, login: str) -> set[str]:
    """What a person may."""
    row = company.psql().execute("SELECT rights FROM app.user_scope WHERE login = %s", (login,)).fetchone()
    assert row is not None
    return set(row[0])  # type: ignore[call-overload]


@pytest.mark.req("ORG-11")
def test_only_the_administrator_opens_kinds(company: Company) -> None:
    for login in ("sales1", "manager", "service1"):
        with pytest.raises(Refused):
            company.as_(login).write(access.set_sharing, levels={"customers": "write"})
        with pytest.raises(Refused):
            company.as_(login).write(access.set_sections, shown=["orders"])
        for statement in ("UPDATE app.sharing SET level = 'write'", "UPDATE app.section SET shown = true"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                company.psql(login).execute(statement)  # type: ignore[call-overload]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            company.psql(login).execute("SELECT app.apply_sharing('customers.customer')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            company.psql(login).execute("SELECT app.ids_within('customers.customer', '{1}', 'true')")
    for kind, level in (("app.user_scope", "read"), ("customers", "true"), ("customers", None)):
        with pytest.raises(NotAvailable):
            company.as_("admin").write(access.set_sharing, levels={kind: level})  # type: ignore[arg-type]
    with pytest.raises(NotAvailable):
        company.as_("admin").write(access.set_sections, shown=["payroll"])


@pytest.mark.req("ORG-11")
def test_an_upgrade_keeps_what_was_chosen(company: Company) -> None:
    from services import schema

    admin = company.as_("admin")
    admin.write(access.set_sharing, levels={"customers": "read"})
    only(admin, "basic", "orders")
    company.psql("sales5").execute("INSERT INTO customers.customer (name) VALUES ('万州五金')")
    company.psql().execute("UPDATE app.applied SET checksum = 'older'")
    schema.upgrade(company.server.url(database=company.name))
    assert count(company.psql("sales1"), "customers.customer") == 1
    with admin.read_session() as session:
        assert {kind.kind: kind.level for kind in access.shared_kinds(session)}["customers"] == "read"
        assert [row.key for row in access.customer_sections(session) if row.shown] == ["basic", "orders"]


@pytest.mark.req("ORG-11")
def test_people_at_work_hold_a_change_up_only_for_seconds(company: Company) -> None:
    reader = company.psql("sales1")
    with reader.transaction():
        reader.execute("SELECT count(*) FROM customers.customer")
        with pytest.raises(ShukeError) as refused:
            company.as_("admin").write(access.set_sharing, levels={"customers": "read"})
    assert isinstance(refused.value, Refused)
    assert count(reader, "customers.customer") == 0


def share(connection: psycopg.Connection[Any], **arguments: Any) -> None:
    """Share as the connection's user."""
    connection.execute(
        "SELECT app.post(gen_random_uuid(), 'organisation.share_records', %s)", (Jsonb(arguments),)
    )


@pytest.mark.req("ORG-10")
def test_a_share_with_a_department(company: Company) -> None:
    owner = company.psql("sales1")
    made = owner.execute("INSERT INTO customers.customer (name) VALUES ('长宏机电') RETURNING id").fetchone()
    assert made is not None
    share(owner, entity="customers.customer", ids=[made[0]], departments=["销售二部"])
    seen = {
        login: count(company.psql(login), "customers.customer")
        for login in ("sales5", "sales8", "lead2", "sales2", "keeper1", "buyer")
    }
    assert seen == {"sales5": 1, "sales8": 1, "lead2": 1, "sales2": 0, "keeper1": 0, "buyer": 0}
    told = company.psql("sales5").execute("SELECT count(*) FROM organisation.notice").fetchone()
    assert told == (1,)
    why = company.psql("sales5").execute("SELECT app.why_visible('customers.customer', %s)", made).fetchone()
    assert why is not None and why[0][0]["department"] == "销售二部"  # type: ignore[index]
    with pytest.raises(psycopg.Error) as refused:
        share(owner, entity="customers.customer", ids=[made[0]], departments=["没有这个部门"])
    assert refused.value.sqlstate == "SK001"
    # the day after its last one a share shows nothing
    company.psql().execute("UPDATE organisation.share SET until = current_date - 1")
    assert count(company.psql("sales5"), "customers.customer") == 0


@pytest.mark.req("ORG-10")
def test_a_department_that_is_renamed_keeps_its_shares(company: Company) -> None:
    owner, boss = company.psql("sales1"), company.psql("boss")
    made = owner.execute("INSERT INTO customers.customer (name) VALUES ('长宏机电') RETURNING id").fetchone()
    assert made is not None
    share(owner, entity="customers.customer", ids=[made[0]], departments=["销售二部"])
    place = boss.execute(
        "SELECT id, version, name FROM organisation.position WHERE department = '销售二部'"
    ).fetchone()
    assert place is not None
    boss.execute(
        "SELECT app.post(gen_random_uuid(), 'organisation.save_position', %s)",
        (Jsonb({"id": place[0], "version": place[1], "name": place[2], "department": "渝东部"}),),
    )
    assert count(company.psql("sales5"), "customers.customer") == 1
