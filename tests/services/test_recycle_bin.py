"""The recycle bin between two people: nothing is deleted twice, nothing comes back to what is gone (PLT-33)."""

from __future__ import annotations

import threading

import pytest

from services import records
from services.errors import NotAvailable, Refused
from services.registry import ENTITIES
from tests.conftest import Company

CUSTOMER, CONTACT = ENTITIES["customers.customer"], ENTITIES["customers.contact"]


def bin_of(company: Company) -> list[tuple[str, int]]:
    """(entity, record) of every deletion."""
    rows = company.psql().execute("SELECT entity, record_id FROM app.deletion ORDER BY id").fetchall()
    return [(str(row[0]), int(row[1])) for row in rows]


@pytest.mark.req("PLT-33")
def test_what_hangs_on_a_deleted_record_comes_back_only_after_it(company: Company) -> None:
    seller = company.as_("sales1")
    customer = seller.write(records.create, entity=CUSTOMER, values={"name": "长宏机电"}).id
    contacts = [
        seller.write(records.create, entity=CONTACT, values={"name": name, "customer_id": customer}).id
        for name in ("单雄", "曾国")
    ]
    (alone,) = seller.write(records.recycle, entity=CONTACT, ids=contacts[:1]).result["deletions"]
    (whole,) = seller.write(records.recycle, entity=CUSTOMER, ids=[customer]).result["deletions"]
    with pytest.raises(Refused):
        seller.write(records.restore, entity=CONTACT, deletions=[alone])
    assert bin_of(company) == [(CONTACT.key, contacts[0]), (CUSTOMER.key, customer)]
    seller.write(records.restore, entity=CUSTOMER, deletions=[whole])
    seller.write(records.restore, entity=CONTACT, deletions=[alone])
    alive = company.psql("sales1").execute("SELECT count(*) FROM customers.contact WHERE deleted_at IS NULL")
    assert alive.fetchone() == (2,) and bin_of(company) == []


@pytest.mark.req("PLT-33")
def test_two_delete_the_same_record_at_once(company: Company) -> None:
    seller = company.as_("sales1")
    ids = [seller.write(records.create, entity=CUSTOMER, values={"name": f"客户{n}"}).id for n in range(40)]
    start, answers = threading.Barrier(2), list[str]()

    def delete(login: str) -> None:
        database = company.as_(login)
        start.wait()
        try:
            database.write(records.recycle, entity=CUSTOMER, ids=ids)
            answers.append("done")
        except (Refused, NotAvailable):
            answers.append("refused")

    both = [threading.Thread(target=delete, args=(login,)) for login in ("sales1", "lead1")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers) == ["done", "refused"]
    assert len(bin_of(company)) == 40


@pytest.mark.req("PLT-31", "PLT-33")
def test_what_was_deleted_meanwhile_is_not_changed_in_the_bin(company: Company) -> None:
    seller, lead = company.as_("sales1"), company.as_("lead1")
    customer = seller.write(records.create, entity=CUSTOMER, values={"name": "长宏机电"}).id
    lead.write(records.recycle, entity=CUSTOMER, ids=[customer])
    with pytest.raises(NotAvailable):
        seller.write(
            records.update_record, entity=CUSTOMER, record_id=customer, version=1, values={"phone": "110"}
        )
    row = company.psql().execute("SELECT phone FROM customers.customer").fetchone()
    assert row == (None,)


def test_restoring_looks_nothing_up_by_reading_whole_tables(company: Company) -> None:
    admin = company.psql()
    without = admin.execute(
        "SELECT app.entity_of(a.attrelid) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'"
        " WHERE a.attname = 'deletion_id' AND NOT EXISTS (SELECT FROM pg_index i"
        " WHERE i.indrelid = a.attrelid AND i.indkey[0] = a.attnum)"
    ).fetchall()
    assert without == []
