"""Batch work: what the plan says is what happens, in one transaction; ended in the middle, nothing has happened."""

from __future__ import annotations

import threading

import pytest

from services import batch, records
from services.customers.pool import put_into_pool, take_from_pool
from services.entity import Query
from services.errors import Cancelled, Conflict, NotAvailable, Refused
from services.listing import Listing
from services.organisation.commands import save_branch
from services.organisation.sharing import Receivers, share_records
from services.registry import ENTITIES
from services.session import log_in, read_dictionary
from services.writing import Writing
from tests.conftest import Company
from tests.services.test_listing import fill

CUSTOMER = ENTITIES["customers.customer"]


def ids_of(company: Company, login: str) -> list[int]:
    return [row[0] for row in company.psql(login).execute("SELECT id FROM customers.customer ORDER BY id")]  # type: ignore[misc]


@pytest.mark.req("PLT-16")
def test_the_plan_says_what_a_change_does_and_what_is_refused(company: Company) -> None:
    fill(company.psql(), 60)
    sales1, lead = company.as_("sales1"), company.as_("lead1")
    mine = ids_of(company, "sales1")
    other = next(one for one in ids_of(company, "lead1") if one not in mine)
    people = dict(company.psql().execute('SELECT login, id FROM organisation."user"').fetchall())
    lead.write(share_records, entity=CUSTOMER.key, ids=[other], to=Receivers((people["sales1"],)))
    hidden = max(ids_of(company, "boss")) + 1000
    values = {"credit_days": 10, "category": "customer_category.vip"}
    with sales1.read_session() as session:
        plan = batch.plan_edit(session, entity=CUSTOMER, ids=[*mine, other, hidden], values=values)
    already = company.psql().execute(
        "SELECT count(*) FROM customers.customer WHERE id = ANY (%s) AND credit_days = 10"
        " AND category = 'customer_category.vip'", (mine,)).fetchone()  # fmt: skip
    assert already is not None and plan.same == already[0]
    assert len(plan.versions) == len(mine) - plan.same
    assert plan.refused == {batch.GONE: 1, batch.READ_ONLY: 1}
    assert sum(count for _, count in plan.fields[0].now) + plan.fields[0].others == len(plan.versions)
    sales1.write(records.update_many, entity=CUSTOMER, versions=dict(plan.versions), values=values)
    rows = (
        company.psql()
        .execute("SELECT DISTINCT credit_days, category FROM customers.customer WHERE id = ANY (%s)", (mine,))
        .fetchall()
    )
    assert rows == [(10, "customer_category.vip")]
    with pytest.raises(Conflict):
        sales1.write(
            records.update_many, entity=CUSTOMER, versions=dict(plan.versions), values={"credit_days": 9}
        )


@pytest.mark.req("PLT-16")
@pytest.mark.req("ORG-01")
def test_a_branch_is_set_for_many_warehouses_by_who_may_edit_them(company: Company) -> None:
    """A customer's branch goes with giving him away; a warehouse is nobody's, so its branch is a field like others."""
    boss, warehouse = company.as_("boss"), ENTITIES["stock.warehouse"]
    branch = boss.write(save_branch, values={"name": "南京分公司", "short_name": "南京"}).id
    ids = [one for (one,) in company.psql().execute("SELECT id FROM stock.warehouse").fetchall()]
    with boss.read_session() as session:
        plan = batch.plan_edit(session, entity=warehouse, ids=ids, values={"branch_id": branch})
    assert (len(plan.versions), plan.refused) == (len(ids), {})
    boss.write(
        records.update_many, entity=warehouse, versions=dict(plan.versions), values={"branch_id": branch}
    )
    assert company.psql().execute("SELECT DISTINCT branch_id FROM stock.warehouse").fetchall() == [(branch,)]


@pytest.mark.req("PLT-16")
def test_cancel_in_the_middle_rolls_everything_back(company: Company) -> None:
    fill(company.psql(), 4500)
    boss = company.as_("boss")
    user = log_in(boss)
    with boss.read_session() as session:
        chosen = Listing(Query(CUSTOMER.key), user=user, dictionary=read_dictionary(session)).all_ids(session)
    assert len(chosen) == 4500
    versions = {one: version or 0 for one, version in chosen.items()}
    told: list[tuple[int, int]] = []
    writing = Writing(boss, lambda done, total: (told.append((done, total)), writing.cancel())[0])
    with pytest.raises(Cancelled):
        writing.write(records.update_many, entity=CUSTOMER, versions=versions, values={"credit_days": 77})
    assert told == [(2000, 4500)]
    assert company.psql().execute(
        "SELECT count(*) FROM customers.customer WHERE credit_days = 77"
    ).fetchone() == (0,)
    deleting = Writing(boss)
    timer = threading.Timer(0.3, deleting.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        deleting.write(records.recycle, entity=CUSTOMER, ids=list(versions))
    assert company.psql().execute("SELECT count(*) FROM app.deletion").fetchone() == (0,)
    # and it does what was asked when nobody ends it
    steps: list[int] = []
    done = Writing(boss, lambda count, _total: steps.append(count)).write(
        records.recycle, entity=CUSTOMER, ids=list(versions)
    )
    assert steps == [2000, 4000, 4500] and len(done.result["deletions"]) == 4500
    boss.write(records.restore, entity=CUSTOMER, deletions=done.result["deletions"])
    assert company.psql().execute(
        "SELECT count(*) FROM customers.customer WHERE deleted_at IS NULL").fetchone() == (4500,)  # fmt: skip


@pytest.mark.req("PLT-16", "PLT-33")
def test_a_deletion_leaves_what_is_referred_to_and_brings_back_what_went_along(company: Company) -> None:
    sales1 = company.as_("sales1")
    made = [sales1.write(records.create, entity=CUSTOMER, values={"name": n}).id for n in ("甲", "乙", "丙")]
    sales1.write(records.create, entity=CUSTOMER, values={"name": "分公司", "parent_id": made[0]})
    for n in range(3):
        sales1.write(
            records.create,
            entity=ENTITIES["customers.contact"],
            values={"name": f"人{n}", "customer_id": made[1]},
        )
    with sales1.read_session() as session:
        plan = batch.plan_delete(session, entity=CUSTOMER, ids=[*made, 10**9])
    assert plan.ids == (made[1], made[2]) and plan.held == {CUSTOMER.key: 1} and plan.hidden == 1
    assert plan.taken == {CUSTOMER.key: 2, "customers.contact": 3}
    with pytest.raises(Refused):
        sales1.write(records.recycle, entity=CUSTOMER, ids=made)
    deletions = sales1.write(records.recycle, entity=CUSTOMER, ids=list(plan.ids)).result["deletions"]
    along = company.psql().execute("SELECT taken_along FROM app.deletion ORDER BY id").fetchall()
    assert along == [({"customers.contact": 3},), ({},)]
    sales1.write(records.restore, entity=CUSTOMER, deletions=deletions[:1])
    alive = (
        company.psql().execute("SELECT count(*) FROM customers.contact WHERE deleted_at IS NULL").fetchone()
    )
    assert alive == (3,) and ids_of(company, "sales1") and company.psql().execute(
        "SELECT count(*) FROM app.deletion").fetchone() == (1,)  # fmt: skip


@pytest.mark.req("CUS-14", "CUS-02")
def test_the_pool_takes_gives_and_hides(company: Company) -> None:
    sales1, sales2, lead = (company.as_(login) for login in ("sales1", "sales2", "lead1"))
    one = sales1.write(records.create, entity=CUSTOMER, values={"name": "单雄信", "kind": "individual"}).id
    sales1.write(
        records.create, entity=ENTITIES["customers.contact"], values={"name": "曾国", "customer_id": one}
    )
    people = dict(company.psql().execute('SELECT login, id FROM organisation."user"').fetchall())
    assert ids_of(company, "sales2") == []
    with pytest.raises(NotAvailable):
        sales2.write(put_into_pool, ids=[one], reason="给我")
    with pytest.raises(Refused):
        sales1.write(put_into_pool, ids=[one], reason=" ")
    sales1.write(put_into_pool, ids=[one], reason="三个月没有联系上")
    assert ids_of(company, "sales1") == ids_of(company, "sales2") == [one]
    # who may not look into the pool sees nothing of it, and nobody the contacts
    assert ids_of(company, "admin") == []
    assert company.psql("sales1").execute("SELECT count(*) FROM customers.contact").fetchone() == (0,)
    changed = (
        company.psql("sales1").execute("UPDATE customers.customer SET name = 'x' RETURNING id").fetchall()
    )
    assert changed == []
    with pytest.raises(Refused):
        sales2.write(take_from_pool, ids=[one], to_user=people["sales3"])
    with pytest.raises(Refused):
        sales1.write(put_into_pool, ids=[one], reason="again")
    sales2.write(take_from_pool, ids=[one])
    with pytest.raises(Refused, match=r"已|already"):
        sales1.write(take_from_pool, ids=[one])
    assert ids_of(company, "sales1") == [] and ids_of(company, "sales2") == [one]
    assert company.psql("sales2").execute("SELECT count(*) FROM customers.contact").fetchone() == (1,)
    lead.write(put_into_pool, ids=[one], reason="重新分配")
    lead.write(take_from_pool, ids=[one], to_user=people["sales4"])
    steps = company.psql("sales4").execute(
        "SELECT action, from_owner, to_owner FROM customers.owner_event ORDER BY id").fetchall()  # fmt: skip
    assert steps == [
        ("put", people["sales1"], None), ("take", None, people["sales2"]), ("put", people["sales2"], None),
        ("assign", None, people["sales4"]),
    ]  # fmt: skip
    assert company.psql("sales8").execute("SELECT count(*) FROM customers.owner_event").fetchone() == (0,)


@pytest.mark.req("PLT-05")
def test_individuals_sort_by_the_reading_of_their_surname(company: Company) -> None:
    boss = company.as_("boss")
    for name, kind in (
        ("单小二", "individual"),
        ("单县五金厂", "company"),
        ("曾小三", "individual"),
        ("曾小三", "company"),
    ):
        boss.write(records.create, entity=CUSTOMER, values={"name": name, "kind": kind})
    keys = company.psql().execute("SELECT sort_name FROM customers.customer ORDER BY id").fetchall()
    assert [str(row[0])[:4] for row in keys] == ["shan", "shan", "zeng", "ceng"]
    company.psql().execute("UPDATE customers.customer SET kind = 'individual' WHERE name = '曾小三'")
    rows = company.psql().execute(
        "SELECT DISTINCT left(sort_name, 4) FROM customers.customer WHERE name = '曾小三'"
    )
    assert rows.fetchall() == [("zeng",)]
