"""The story of whose a customer is, in his timeline (ORG-13, CUS-12, CUS-14)."""

from __future__ import annotations

import psycopg
import pytest

from services import records
from services.clock import today
from services.customers.pool import put_into_pool, take_from_pool
from services.customers.timeline import Event, timeline
from services.database import Database
from services.organisation.moving import hand_over, transfer, undo_hand_over
from services.organisation.sharing import Receivers, share_records, take_back
from services.registry import ENTITIES
from tests.conftest import Company

CUSTOMER = ENTITIES["customers.customer"]
KEY = "customers.customer"


def story(database: Database, customer: int) -> list[Event]:
    """Oldest first."""
    with database.read_session() as session:
        return timeline(session, customer_id=customer, kinds=("owner",))[::-1]


@pytest.mark.req("ORG-13", "CUS-14")
def test_every_change_of_owner_stands_in_the_timeline(company: Company) -> None:
    rows = company.psql().execute('SELECT login, id, name FROM organisation."user"').fetchall()
    who = {str(login): int(str(id_)) for login, id_, _name in rows}
    names = {str(login): str(name) for login, _id, name in rows}
    sales1, manager, boss = (company.as_(login) for login in ("sales1", "manager", "boss"))
    one = sales1.write(records.create, entity=CUSTOMER, values={"name": "鄱阳湖水产"}).id
    manager.write(transfer, entity=CUSTOMER, ids=[one], to_user=who["sales5"])
    company.as_("sales5").write(put_into_pool, ids=[one], reason="三个月没有联系上")
    company.as_("sales2").write(take_from_pool, ids=[one])
    company.as_("lead1").write(put_into_pool, ids=[one], reason="重新分配")
    company.as_("lead1").write(take_from_pool, ids=[one], to_user=who["sales3"])
    moved = manager.write(hand_over, from_user=who["sales3"], to_user=who["sales4"], kinds={KEY: "all"})
    manager.write(undo_hand_over, hand_over_id=moved.result["hand_over"])
    found = story(boss, one)
    assert [(e.subtype, e.giver, e.receiver, e.words, e.user_id) for e in found] == [
        ("transfer", names["sales1"], names["sales5"], "", who["manager"]),
        ("put", names["sales5"], "", "三个月没有联系上", who["sales5"]),
        ("take", "", names["sales2"], "", who["sales2"]),
        ("put", names["sales2"], "", "重新分配", who["lead1"]),
        ("assign", "", names["sales3"], "", who["lead1"]),
        ("transfer", names["sales3"], names["sales4"], "", who["manager"]),
        ("transfer", names["sales4"], names["sales3"], "", who["manager"]),
    ]
    # among all that happened too, and only for who sees the customer
    with boss.read_session() as session:
        assert [e.kind for e in timeline(session, customer_id=one)].count("owner") == 7
    assert [e.subtype for e in story(company.as_("sales3"), one)] == [e.subtype for e in found]
    assert story(sales1, one) == []


@pytest.mark.req("ORG-13", "CUS-14")
def test_shares_stand_in_the_timeline(company: Company) -> None:
    rows = company.psql().execute('SELECT login, id, name FROM organisation."user"').fetchall()
    who = {str(login): int(str(id_)) for login, id_, _name in rows}
    names = {str(login): str(name) for login, _id, name in rows}
    sales1 = company.as_("sales1")
    one = sales1.write(records.create, entity=CUSTOMER, values={"name": "万年贡米"}).id
    two = sales1.write(records.create, entity=CUSTOMER, values={"name": "另一家"}).id
    to = Receivers(users=(who["sales2"],))
    sales1.write(share_records, entity=KEY, ids=[one], to=to)
    sales1.write(share_records, entity=KEY, ids=[one], to=to, can_edit=True, until=today())
    sales1.write(share_records, entity=KEY, ids=[one], to=Receivers(departments=("销售二部",)))
    sales1.write(take_back, entity=KEY, ids=[one], to=to)
    assert [(e.subtype, e.receiver, e.words, e.user_id) for e in story(sales1, one)] == [
        ("share", names["sales2"], "", who["sales1"]),
        ("share_to_edit", names["sales2"], today().isoformat(), who["sales1"]),
        ("share", "销售二部", "", who["sales1"]),
        ("unshare", names["sales2"], "", who["sales1"]),
    ]
    assert story(sales1, two) == []


@pytest.mark.req("ORG-13")
def test_nobody_writes_the_story_by_himself(company: Company) -> None:
    sales1 = company.as_("sales1")
    one = sales1.write(records.create, entity=CUSTOMER, values={"name": "横峰葛业"}).id
    sales1.write(put_into_pool, ids=[one], reason="试试")
    sales1.write(take_from_pool, ids=[one])
    for login in ("sales1", "boss"):
        psql = company.psql(login)
        for attack in (
            f"INSERT INTO customers.owner_event (customer_id, action) VALUES ({one}, 'take')",
            "UPDATE customers.owner_event SET from_owner = NULL",
            "DELETE FROM customers.owner_event",
            "TRUNCATE customers.owner_event",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                psql.execute(attack)
    with pytest.raises(psycopg.Error) as kept:
        company.psql().execute("DELETE FROM customers.owner_event")
    assert kept.value.sqlstate == "SK003"
