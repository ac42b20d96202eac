"""Is this name taken? (CUS-03), and a customer with his first contact in one go (CUS-05)."""

from __future__ import annotations

from typing import Any

import pytest

from services import records
from services.customers.commands import create_with_contact, link_contact
from services.customers.contact_entity import CONTACT_ENTITY
from services.customers.entities import CUSTOMER_ENTITY
from services.customers.queries import Taken, name_taken
from services.entity import Query
from services.errors import Refused
from services.listing import Listing
from services.records import recycle, restore
from services.registry import ENTITIES
from services.session import log_in
from tests.conftest import Company

CUSTOMER = ENTITIES["customers.customer"]


@pytest.mark.req("CUS-03")
def test_a_taken_name_is_told_with_its_owner_only_even_when_hidden(company: Company) -> None:
    other, sales = company.as_("sales8"), company.as_("sales1")
    other.write(
        records.create, entity=CUSTOMER, values={"name": "重庆长宏机电有限公司", "phone": "023-68651208"}
    )
    user, owner = log_in(sales), log_in(other)
    with sales.read_session() as session:
        assert Listing(Query(CUSTOMER.key, words="长宏"), user=user).count(session) == 0
        for name in ("重庆长宏机电有限公司", "重庆长宏机电（有限责任公司）", " 重庆 长宏机电 "):
            assert name_taken(session, name=name) == [Taken("重庆长宏机电有限公司", owner.name)], name
        assert name_taken(session, name="重庆") == [] and name_taken(session, name=" ") == []


@pytest.mark.req("CUS-03")
def test_a_customer_who_is_renamed_is_not_told_of_himself(company: Company) -> None:
    """Whom one does not see is never left out: that would tell what he is called."""
    other, sales = company.as_("sales8"), company.as_("sales1")
    name = "重庆长宏机电有限公司"
    hidden = other.write(records.create, entity=CUSTOMER, values={"name": name}).id
    own = sales.write(records.create, entity=CUSTOMER, values={"name": name}).id
    theirs, mine = (Taken(name, log_in(each).name) for each in (other, sales))
    with sales.read_session() as session:
        assert name_taken(session, name="重庆长宏机电", besides=own) == [theirs]
        assert sorted(name_taken(session, name=name, besides=hidden), key=str) == sorted(
            (theirs, mine), key=str
        )


def test_a_customer_and_his_first_contact_are_one_step(company: Company) -> None:
    sales = company.as_("sales1")
    made = sales.write(
        create_with_contact, customer={"name": "上饶信成"}, contact={"name": "单雄", "mobile": "13800138000"}
    )
    contact = made.ids["customers.contact"][0]
    with sales.read_session() as session:
        row = records.read(session, entity=ENTITIES["customers.contact"], record_id=contact)
    assert (row["customer_id"], row["main"]) == (made.ids["customers.customer"][0], True)
    alone = sales.write(create_with_contact, customer={"name": "独行"}, contact={"name": " "})
    assert set(alone.ids) == {CUSTOMER.key}


@pytest.mark.req("CUS-01", "PLT-33")
def test_a_number_that_was_given_again_is_named_when_its_first_owner_comes_back(company: Company) -> None:
    seller = company.as_("sales1")
    first = seller.write(records.create, entity=CUSTOMER_ENTITY, values={"name": "甲", "number": "K-1"}).id
    deletions = seller.write(recycle, entity=CUSTOMER_ENTITY, ids=[first]).result["deletions"]
    seller.write(records.create, entity=CUSTOMER_ENTITY, values={"name": "乙", "number": "K-1"})
    with pytest.raises(Refused, match=r"another record|另一条"):
        seller.write(restore, entity=CUSTOMER_ENTITY, deletions=deletions)
    company.psql("sales1").execute("UPDATE customers.customer SET number = 'K-2' WHERE name = '乙'")
    seller.write(restore, entity=CUSTOMER_ENTITY, deletions=deletions)


@pytest.mark.req("CON-01")
def test_one_main_contact_however_he_comes(company: Company) -> None:
    """Made, brought back from the recycle bin, or moved from another customer: the last who was marked, alone."""
    sql, seller = company.psql("sales1"), company.as_("sales1")

    def one(statement: str, *values: Any) -> int:
        row: Any = sql.execute(statement, values).fetchone()
        return int(row[0])

    here, there = (
        one("INSERT INTO customers.customer (name) VALUES (%s) RETURNING id", name) for name in "甲乙"
    )
    add = "INSERT INTO customers.contact (customer_id, name, main) VALUES (%s, %s, true) RETURNING id"
    first = one(add, here, "单雄")
    deletion = seller.write(recycle, entity=CONTACT_ENTITY, ids=[first]).result["deletions"]
    second = one(add, here, "仇和")
    seller.write(restore, entity=CONTACT_ENTITY, deletions=deletion)
    main = "SELECT id FROM customers.contact WHERE customer_id = %s AND main AND deleted_at IS NULL"
    assert sql.execute(main, (here,)).fetchall() == [(second,)]
    third = one(add, there, "乐毅")
    seller.write(link_contact, contact_id=third, customer_id=here, role="顾问")
    sql.execute("UPDATE customers.contact SET customer_id = %s WHERE id = %s", (here, third))
    assert sql.execute(main, (here,)).fetchall() == [(third,)]
    assert sql.execute("SELECT count(*) FROM customers.contact_link").fetchone() == (0,)
