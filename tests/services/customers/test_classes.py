"""The data classes of customers against a count in plain Python, for several people (CUS-02)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from services.clock import CHINA, today
from services.entity import Query
from services.listing import Listing
from services.sample.staff import PEOPLE
from services.session import log_in, read_dictionary
from tests.conftest import Company

CUSTOMER = "customers.customer"
WHO = ("boss", "manager", "lead1", "lead2", "sales1", "sales5", "keeper1")
LAST_OWNER = "sales2"
"""Of all that lie in the pool."""
CATEGORIES = ("potential", "ordinary", "vip", "agent", None)


@dataclass(frozen=True)
class Made:
    """A customer as the test made him."""

    id: int
    owner: str | None
    kind: str
    category: str | None
    hot: bool
    hot_until: date | None
    contacted: date | None
    created: datetime
    bought: date | None
    deleted: bool
    shared: tuple[tuple[str, date | None], ...]


def below(login: str) -> set[str]:
    """He and everybody whose superiors lead up to him."""
    found = {login}
    while True:
        more = {person.login for person in PEOPLE if person.superior in found} - found
        if not more:
            return found
        found |= more


@pytest.fixture
def customers(company: Company) -> list[Made]:
    """160 customers of anybody or in the pool, with all that the classes ask for, on both sides of every limit."""
    rng, now, day = random.Random(7), datetime.now(CHINA), today()
    psql = company.psql()
    psql.execute("SET session_replication_role = replica")  # the dates as the test wants them
    owners = [
        person.login for person in PEOPLE if person.login.startswith(("sales", "lead", "manager", "boss"))
    ]
    made = []
    for number in range(160):
        one = Made(
            id=number + 1,
            owner=rng.choice([*owners, None]),
            kind=rng.choice(["company", "company", "individual"]),
            category=rng.choice(CATEGORIES),
            hot=rng.random() < 0.4,
            hot_until=rng.choice([None, day - timedelta(1), day, day + timedelta(5)]),
            contacted=rng.choice([None, day, day - timedelta(30), day - timedelta(31), day - timedelta(200)]),
            created=now - timedelta(days=rng.choice([0, 1, 20, 29, 31, 400]), minutes=5),
            bought=rng.choice([None, day - timedelta(90), day - timedelta(91), day]),
            deleted=rng.random() < 0.08,
            shared=tuple(
                (login, rng.choice([None, day - timedelta(1), day]))
                for login in rng.sample(WHO, rng.choice([0, 0, 1, 2]))
            ),
        )
        insert(psql, one)
        made.append(one)
    psql.execute("RESET session_replication_role")
    return made


def insert(psql: object, one: Made) -> None:
    person = '(SELECT id FROM organisation."user" WHERE login = %s)'
    run = psql.execute  # type: ignore[attr-defined]
    hot = "hot_level.high" if one.hot else None
    run(
        "INSERT INTO customers.customer (id, name, kind, category, owner_id, pooled_at, hot_level, hot_until,"
        f" last_contact_on, created_at, deleted_at) VALUES (%s, %s, %s, %s, {person}, %s, %s, %s, %s, %s, %s)",
        (one.id, f"客户{one.id}", one.kind, one.category and f"customer_category.{one.category}", one.owner,
         None if one.owner else one.created, hot, one.hot_until if hot else None, one.contacted, one.created,
         one.created if one.deleted else None),
    )  # fmt: skip
    run(
        f"INSERT INTO customers.balance (id, owner_id, last_order_on) VALUES (%s, {person}, %s)",
        (one.id, one.owner or LAST_OWNER, one.bought),
    )
    for login, until in one.shared:
        run(
            "INSERT INTO organisation.share (entity, record_id, user_id, until, shared_by)"
            f" VALUES (%s, %s, {person}, %s, {person})",
            (CUSTOMER, one.id, login, until, "boss"),
        )


def classes(login: str, rights: frozenset[str], customers: list[Made]) -> Mapping[str, set[int]]:
    """What each class holds for ``login``, by the words of the specification."""
    day, now, mine = today(), datetime.now(CHINA), below(login)

    def shared(one: Made) -> bool:
        return any(to == login and (until is None or until >= day) for to, until in one.shared)

    def seen(one: Made) -> bool:
        if one.deleted or "customers.customer.view" not in rights:
            return False
        if "customers.see_all" in rights or shared(one):
            return True
        return one.owner in mine if one.owner else "customers.pool.view" in rights

    all_ = [one for one in customers if seen(one)]
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rules = {
        "all": lambda one: True,
        "mine": lambda one: one.owner == login,
        "below": lambda one: one.owner in mine,
        "shared": shared,
        "companies": lambda one: one.kind == "company",
        "individuals": lambda one: one.kind == "individual",
        "hot": lambda one: one.hot and (one.hot_until is None or one.hot_until >= day),
        "quiet": lambda one: (
            one.contacted < day - timedelta(30) if one.contacted else one.created < now - timedelta(30)
        ),
        "new": lambda one: one.created >= month,
        # what one in the pool bought stays his last owner's to know
        "lapsed": lambda one: (
            one.bought is not None
            and one.bought < day - timedelta(90)
            and ("finance.see_all" in rights or shared(one) or (one.owner or LAST_OWNER) in mine)
        ),
        "pool": lambda one: one.owner is None,
        **{
            f"category=customer_category.{name}": lambda one, name=name: one.category == name
            for name in CATEGORIES
            if name
        },
    }
    return {key: {one.id for one in all_ if rule(one)} for key, rule in rules.items()}


@pytest.mark.req("CUS-02", "ORG-10")
@pytest.mark.parametrize("login", WHO)
def test_every_class_for_everybody(company: Company, customers: list[Made], login: str) -> None:
    database = company.as_(login)
    user = log_in(database)
    if not user.can("customers.customer.view"):
        assert login == "keeper1"
        return
    wanted = classes(login, frozenset(map(str, user.rights)), customers)
    with database.read_session() as session:
        dictionary = read_dictionary(session)
        counted = Listing(Query(CUSTOMER), user=user, dictionary=dictionary).class_counts(session)
        for key, ids in wanted.items():
            listing = Listing(Query(CUSTOMER, key), user=user, dictionary=dictionary)
            # who may not see what customers owe does not see who has bought
            if key == "lapsed" and not user.can("finance.ledger.view"):
                continue
            assert set(listing.all_ids(session)) == ids, key
            assert counted.get(key, 0) == len(ids), key
    if login in ("manager", "lead1", "sales5"):
        assert all(wanted[key] for key in ("mine", "below", "shared", "hot", "quiet", "new", "lapsed")), (
            "nothing was compared"
        )
        assert wanted["below"] >= wanted["mine"] and (login == "sales5" or wanted["below"] > wanted["mine"])


@pytest.mark.req("CUS-02", "PLT-33")
def test_deleted_customers_are_in_the_bin(company: Company, customers: list[Made]) -> None:
    database = company.as_("boss")
    with database.read_session() as session:
        listing = Listing(Query(CUSTOMER, deleted=True), user=log_in(database))
        assert set(listing.all_ids(session)) == {one.id for one in customers if one.deleted}
