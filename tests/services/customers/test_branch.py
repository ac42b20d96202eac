"""The branch of a customer: his owner's, until somebody who may give him away chooses another (CUS-01, ORG-01)."""

from __future__ import annotations

import psycopg
import pytest

from services import batch, records
from services.batch import NOT_YOURS
from services.customers.pool import put_into_pool, take_from_pool
from services.entity import Facet, Query
from services.errors import NotAvailable, Refused
from services.listing import Listing
from services.organisation import queries
from services.organisation.commands import change_user
from services.organisation.moving import hand_over, transfer, undo_hand_over
from services.organisation.sharing import Receivers, share_records
from services.registry import ENTITIES
from services.session import log_in
from tests.conftest import Company

CUSTOMER = ENTITIES["customers.customer"]
CONTACT = ENTITIES["customers.contact"]


@pytest.fixture
def branches(company: Company) -> dict[str, int]:
    """Branch of each login."""
    rows = company.psql().execute('SELECT login, branch_id FROM organisation."user"').fetchall()
    found = {str(login): int(str(branch)) for login, branch in rows}
    assert found["sales1"] != found["sales5"]
    return found


def ids(company: Company) -> dict[str, int]:
    rows = company.psql().execute('SELECT login, id FROM organisation."user"').fetchall()
    return {str(login): int(str(id_)) for login, id_ in rows}


def branch_of(company: Company, customer: int, table: str = "customers.customer") -> object:
    row = company.psql().execute(f"SELECT branch_id FROM {table} WHERE id = %s", (customer,)).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.req("CUS-01", "ORG-01", "ORG-13")
def test_the_branch_follows_the_owner(company: Company, branches: dict[str, int]) -> None:
    sales1, manager, who = company.as_("sales1"), company.as_("manager"), ids(company)
    one = sales1.write(records.create, entity=CUSTOMER, values={"name": "上饶鸿运五金"}).id
    beside = sales1.write(records.create, entity=CONTACT, values={"customer_id": one, "name": "吴敏"}).id
    assert branch_of(company, one) == branches["sales1"]
    manager.write(
        transfer, entity=CUSTOMER, ids=[one], to_user=who["sales5"], along={"customers.contact": "all"}
    )
    assert branch_of(company, one) == branches["sales5"]
    assert branch_of(company, beside, "customers.contact") == branches["sales5"]
    # in the pool it stays where it was; who takes it out takes it home
    company.as_("sales5").write(put_into_pool, ids=[one], reason="没有时间")
    assert branch_of(company, one) == branches["sales5"]
    sales1.write(take_from_pool, ids=[one])
    assert branch_of(company, one) == branches["sales1"]
    # a job change moves it, and taking that back brings it home
    moved = manager.write(
        hand_over, from_user=who["sales1"], to_user=who["sales6"], kinds={"customers.customer": "all"}
    )
    assert branch_of(company, one) == branches["sales6"]
    manager.write(undo_hand_over, hand_over_id=moved.result["hand_over"])
    assert branch_of(company, one) == branches["sales1"]


@pytest.mark.req("CUS-01", "ORG-01", "ORG-03")
def test_an_owner_who_changes_branch_leaves_his_customers_there(
    company: Company, branches: dict[str, int]
) -> None:
    """What a branch has won stays in its figures; who wants the customers to come along changes them in the list."""
    boss, sales1 = company.as_("boss"), company.as_("sales1")
    one = sales1.write(records.create, entity=CUSTOMER, values={"name": "抚河管业"}).id
    with boss.read_session() as session:
        who = next(each for each in queries.people(session) if each.login == "sales1")
    boss.write(
        change_user,
        user_id=who.id,
        version=who.version,
        name=who.name,
        position_id=who.position_id,
        branch_id=branches["sales5"],
        roles=who.roles,
    )
    assert branch_of(company, one) == branches["sales1"]
    new = sales1.write(records.create, entity=CUSTOMER, values={"name": "嘉陵江管业"}).id
    assert branch_of(company, new) == branches["sales5"]
    with boss.read_session() as session:
        assert {one, new} <= {
            row.id
            for row in Listing(Query("customers.customer"), user=log_in(boss))
            .page(session, first=0, size=500)
            .rows
        }
    boss.write(
        records.update_many, entity=CUSTOMER, versions={one: 1}, values={"branch_id": branches["sales5"]}
    )
    assert branch_of(company, one) == branches["sales5"]


@pytest.mark.req("CUS-01")
def test_an_owner_without_a_branch_leaves_the_customer_where_he_is(
    company: Company, branches: dict[str, int]
) -> None:
    who = ids(company)
    one = company.as_("sales1").write(records.create, entity=CUSTOMER, values={"name": "信江建材"}).id
    company.psql().execute('UPDATE organisation."user" SET branch_id = NULL WHERE login = %s', ("sales5",))
    company.as_("manager").write(transfer, entity=CUSTOMER, ids=[one], to_user=who["sales5"])
    assert branch_of(company, one) == branches["sales1"]


@pytest.mark.req("CUS-01", "PLT-16")
def test_who_may_give_a_customer_away_chooses_his_branch(company: Company, branches: dict[str, int]) -> None:
    sales1, lead = company.as_("sales1"), company.as_("lead1")
    there = branches["sales5"]
    one = sales1.write(records.create, entity=CUSTOMER, values={"name": "余江阀门"}).id
    # sales have no right to transfer
    with pytest.raises(Refused):
        sales1.write(
            records.update_record, entity=CUSTOMER, record_id=one, version=1, values={"branch_id": there}
        )
    with pytest.raises(Refused):
        sales1.write(records.create, entity=CUSTOMER, values={"name": "自己选", "branch_id": there})
    psql = company.psql("sales1")
    for attack in (
        f"UPDATE customers.customer SET branch_id = {there}",
        "UPDATE customers.customer SET branch_id = NULL",
        f"INSERT INTO customers.customer (name, branch_id) VALUES ('x', {there})",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            psql.execute(attack)
    # one's own branch may be named
    psql.execute(
        f"INSERT INTO customers.customer (name, branch_id) VALUES ('同分公司', {branches['sales1']})"
    )
    lead.write(records.update_record, entity=CUSTOMER, record_id=one, version=1, values={"branch_id": there})
    assert branch_of(company, one) == there
    with pytest.raises(NotAvailable):
        lead.write(
            records.update_record, entity=CUSTOMER, record_id=one, version=2, values={"branch_id": 10**6}
        )
    listing = Listing(
        Query("customers.customer", facets=(Facet("branch", "contains", "重庆"),)), user=log_in(lead)
    )
    with lead.read_session() as session:
        assert [row.id for row in listing.page(session, first=0, size=9).rows] == [one]


@pytest.mark.req("CUS-01", "PLT-16")
def test_a_share_to_edit_does_not_let_the_branch_be_chosen(
    company: Company, branches: dict[str, int]
) -> None:
    lead, who = company.as_("lead1"), ids(company)
    theirs = company.as_("sales5").write(records.create, entity=CUSTOMER, values={"name": "重庆渝江阀业"}).id
    own = company.as_("sales1").write(records.create, entity=CUSTOMER, values={"name": "自己人"}).id
    company.as_("lead2").write(
        share_records,
        entity="customers.customer",
        ids=[theirs],
        to=Receivers(users=(who["lead1"],)),
        can_edit=True,
    )
    here = branches["keeper1"]
    with pytest.raises(Refused):
        lead.write(
            records.update_record, entity=CUSTOMER, record_id=theirs, version=1, values={"branch_id": here}
        )
    # a change of many says so before, and leaves it out
    with lead.read_session() as session:
        plan = batch.plan_edit(
            session, entity=CUSTOMER, ids=[theirs, own], values={"branch_id": branches["sales5"]}
        )
    assert plan.refused == {} and plan.same == 1 and set(plan.versions) == {own}
    with lead.read_session() as session:
        plan = batch.plan_edit(session, entity=CUSTOMER, ids=[theirs, own], values={"branch_id": None})
    assert plan.refused == {NOT_YOURS: 1} and set(plan.versions) == {own}
    lead.write(records.update_many, entity=CUSTOMER, versions=plan.versions, values={"branch_id": None})
    assert branch_of(company, own) is None
