"""The recycle bin as one list of deletions: whole trees found, named, brought back and purged as one (PLT-33)."""

from __future__ import annotations

import pytest

from services import records, recycling
from services.errors import Refused
from services.recycling import Asked
from services.registry import ENTITIES
from tests.conftest import Company
from tests.services.test_visibility import user_id

CUSTOMER, CONTACT, RECORD = (
    ENTITIES[key] for key in ("customers.customer", "customers.contact", "activities.record")
)


def tree_of(company: Company, login: str, name: str) -> int:
    """The deletion of a customer called ``name`` with two contacts and a contact record."""
    person = company.as_(login)
    customer = person.write(records.create, entity=CUSTOMER, values={"name": name}).id
    for contact in ("单雄", "曾国"):
        person.write(records.create, entity=CONTACT, values={"name": contact + name, "customer_id": customer})
    company.psql(login).execute(
        "INSERT INTO activities.record (customer_id, said) VALUES (%s, '回访')", (customer,)
    )
    (deletion,) = person.write(records.recycle, entity=CUSTOMER, ids=[customer]).result["deletions"]
    return int(deletion)


def found(company: Company, login: str, asked: Asked = Asked()) -> list[recycling.Deleted]:  # noqa: B008
    """What ``login`` finds in the bin."""
    with company.as_(login).read_session() as session:
        return recycling.deletions(session, entities=ENTITIES, asked=asked)


@pytest.mark.req("PLT-33")
def test_a_deletion_is_one_entry_that_names_what_it_took_along(company: Company) -> None:
    tree_of(company, "sales1", "长宏机电")
    (one,) = found(company, "sales1")
    assert (one.name, one.entity) == ("长宏机电", CUSTOMER.key)
    assert one.user_id == user_id(company, "sales1")
    assert dict(one.taken) == {CONTACT.key: 2, RECORD.key: 1}
    with company.as_("sales1").read_session() as session:
        along = recycling.parts(session, entities=ENTITIES, deleted=one)
    named = {part.entity: (part.count, part.names) for part in along}
    assert named[CONTACT.key] == (2, ("单雄长宏机电", "曾国长宏机电"))
    assert named[RECORD.key][0] == 1 and len(named[RECORD.key][1]) == 1
    assert found(company, "sales5") == [], "nobody sees what he could not restore"


@pytest.mark.req("PLT-33")
def test_it_is_found_by_what_went_along_by_whom_and_page_by_page(company: Company) -> None:
    first, second = (tree_of(company, "sales1", name) for name in ("长宏机电", "嘉陵食品"))
    third = tree_of(company, "lead1", "万州物流")
    assert [one.id for one in found(company, "boss")] == [third, second, first]
    assert [one.id for one in found(company, "boss", Asked(words="zgjl"))] == [second]
    assert [one.id for one in found(company, "boss", Asked(words="物流"))] == [third]
    assert [one.id for one in found(company, "boss", Asked(before=third))] == [second, first]
    assert [one.id for one in found(company, "boss", Asked(user_id=user_id(company, "lead1")))] == [third]
    assert found(company, "boss", Asked(entity=CONTACT.key)) == []


@pytest.mark.req("PLT-33")
def test_several_come_back_whole_at_once(company: Company) -> None:
    deletions = [tree_of(company, "sales1", name) for name in ("长宏机电", "嘉陵食品")]
    back = company.as_("sales1").write(recycling.restore, deletions=deletions).result["back"]
    assert back == {CUSTOMER.key: 2, CONTACT.key: 4, RECORD.key: 2}
    left = company.psql().execute("SELECT count(*) FROM customers.contact WHERE deleted_at IS NULL")
    assert left.fetchone() == (4,) and found(company, "boss") == []


@pytest.mark.req("PLT-33")
def test_only_the_boss_empties_it_and_what_is_still_referred_to_stays(company: Company) -> None:
    tree_of(company, "sales1", "长宏机电")
    seller = company.as_("sales1")
    customer = seller.write(records.create, entity=CUSTOMER, values={"name": "嘉陵食品"}).id
    contact = seller.write(
        records.create, entity=CONTACT, values={"name": "曾国", "customer_id": customer}
    ).id
    seller.write(records.recycle, entity=CONTACT, ids=[contact])
    admin = company.psql()
    # a document that names him: he can never go for ever
    admin.execute("SET session_replication_role = replica")
    admin.execute(
        'INSERT INTO sales."order" (customer_id, customer_name, contact_id, owner_id)'
        " VALUES (%s, '嘉陵食品', %s, %s)",
        (customer, contact, user_id(company, "sales1")),
    )
    for login in ("sales1", "manager", "admin"):
        with pytest.raises(Refused):
            company.as_(login).write(recycling.empty)
    assert len(found(company, "boss")) == 2
    done = company.as_("boss").write(recycling.empty).result
    assert done == {"gone": 1, "left": 1}
    (stays,) = found(company, "boss")
    assert stays.name == "曾国"
    trace = admin.execute("SELECT count(*) FROM app.history WHERE action = 'purge'").fetchone()
    assert trace == (4,), "the customer, his contacts and their record leave their last state in the history"
