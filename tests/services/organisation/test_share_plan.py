"""What sharing in batches would do is said before, and is what happens (ORG-10)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services import batch, records
from services.clock import today
from services.errors import Cancelled, Refused
from services.organisation import sharing
from services.organisation.sharing import Receivers
from services.registry import ENTITIES
from services.writing import Writing
from tests.conftest import Company
from tests.services.organisation.test_moving import customers
from tests.services.organisation.test_sharing import position_of, told
from tests.services.test_visibility import sees, user_id

CUSTOMER = "customers.customer"


@pytest.mark.req("ORG-10")
def test_the_plan_says_what_is_shared_and_what_is_left_and_why(company: Company) -> None:
    mine = customers(company, "sales1", 6)
    (read_only,) = customers(company, "sales2", 1)
    (friends_own,) = customers(company, "sales5", 1)
    owner, friend = company.as_("sales1"), user_id(company, "sales5")
    me = Receivers((user_id(company, "sales1"),))
    company.as_("sales2").write(sharing.share_records, entity=CUSTOMER, ids=[read_only], to=me)
    company.as_("sales5").write(
        sharing.share_records, entity=CUSTOMER, ids=[friends_own], to=me, can_edit=True
    )
    to = Receivers((friend,))
    owner.write(sharing.share_records, entity=CUSTOMER, ids=mine[:2], to=to)
    owner.write(records.recycle, entity=ENTITIES[CUSTOMER], ids=[mine[5]])
    wanted = [*mine, read_only, friends_own, 10**9]
    with owner.read_session() as session:
        plan = sharing.plan_share(session, entity=CUSTOMER, ids=wanted, to=to)
        assert plan.ids == (mine[2], mine[3], mine[4], read_only)
        assert (plan.new, plan.changed) == (4, 0)
        assert plan.refused == {
            batch.GONE: 1,
            sharing.WHY["bin"]: 1,
            sharing.WHY["same"]: 2,
            sharing.WHY["own"]: 1,
        }
        to_edit = sharing.plan_share(
            session, entity=CUSTOMER, ids=wanted, to=to, can_edit=True, until=today() + timedelta(days=3)
        )
        assert to_edit.ids == tuple(mine[:5]) and (to_edit.new, to_edit.changed) == (3, 2)
        assert to_edit.refused[batch.READ_ONLY] == 1
    with pytest.raises(Refused), owner.read_session() as session:
        sharing.plan_share(session, entity=CUSTOMER, ids=wanted, to=Receivers())
    done = owner.write(sharing.share_records, entity=CUSTOMER, ids=plan.ids, to=to)
    assert done.result == {"shares": plan.new + plan.changed}
    assert sees(company.psql("sales5")) == 1 + 2 + 4
    with pytest.raises(Refused), company.as_("keeper1").read_session() as session:
        sharing.plan_share(session, entity=CUSTOMER, ids=wanted, to=to)


@pytest.mark.req("ORG-10")
def test_nobody_narrows_what_another_gave(company: Company) -> None:
    (customer,) = customers(company, "sales1", 1)
    owner = company.as_("sales1")
    friend, third = user_id(company, "sales5"), Receivers((user_id(company, "sales6"),))
    owner.write(sharing.share_records, entity=CUSTOMER, ids=[customer], to=third, can_edit=True)
    owner.write(sharing.share_records, entity=CUSTOMER, ids=[customer], to=Receivers((friend,)))
    reader = company.as_("sales5")
    done = reader.write(sharing.share_records, entity=CUSTOMER, ids=[customer], to=third, until=today())
    assert done.result == {"shares": 0}
    assert company.psql("sales6").execute("UPDATE customers.customer SET phone = '110'").rowcount == 1
    with owner.read_session() as session:
        assert {
            (one.can_edit, one.until) for one in sharing.shared_with(session, entity=CUSTOMER, ids=[customer])
        } == {
            (True, None),
            (False, None),
        }


@pytest.mark.req("ORG-10", "PLT-16")
def test_thousands_are_shared_and_taken_back_in_one_transaction(company: Company) -> None:
    ids = customers(company, "sales1", 2500)
    owner = company.as_("sales1")
    to = Receivers((user_id(company, "sales5"),), (position_of(company, "sales5"),))
    steps: list[int] = []
    ended = Writing(owner, lambda done, _total: (steps.append(done), ended.cancel())[0])
    with pytest.raises(Cancelled):
        ended.write(sharing.share_records, entity=CUSTOMER, ids=ids, to=to)
    assert steps == [2000] and sees(company.psql("sales5")) == 0
    done = owner.write(sharing.share_records, entity=CUSTOMER, ids=ids, to=to)
    assert done.result == {"shares": 5000} and sees(company.psql("sales5")) == 2500
    (said,) = told(company.as_("sales5"))
    assert "2500" in said
    with owner.read_session() as session:
        found = sharing.shared_with(session, entity=CUSTOMER, ids=ids)
    assert [(one.records, one.mine) for one in found] == [(2500, 2500)] * 2
    back = owner.write(sharing.take_back, entity=CUSTOMER, ids=ids, to=to)
    assert back.result == {"shares": 5000} and sees(company.psql("sales5")) == 0
