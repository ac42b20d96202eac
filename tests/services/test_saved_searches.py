"""Advanced search against a plain Python reading of the same rows, and what may be done with saved searches."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors

from services import saved_searches as saved
from services.clock import today as china_today
from services.entity import Condition, Facet, Group, Query
from services.errors import Conflict, Invalid, NotAvailable, Refused
from services.facets import DEEPEST
from services.language import use_language
from services.listing import Listing
from services.organisation.sharing import Receivers, share_records
from services.query_json import query_as_json, query_from_json
from services.registry import ENTITIES
from services.session import CurrentUser, log_in, read_dictionary
from tests.conftest import Company

CUSTOMER = ENTITIES["customers.customer"]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")


def fill(company: Company, count: int = 200) -> None:
    """Customers of several people with empty values in every field that is asked for below."""
    chance = random.Random(11)
    connection = company.psql()
    users = [
        row[0] for row in connection.execute('SELECT id FROM organisation."user" ORDER BY id').fetchall()
    ]
    today = china_today()
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO customers.customer (name, category, credit_days, region, owner_id, last_contact_on, phone)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    f"客户{n}" + chance.choice(("有限公司", "五金店", "")),
                    chance.choice(("customer_category.vip", "customer_category.ordinary", None)),
                    chance.choice((None, 5, 10, 30)),
                    chance.choice((None, "500112", "500101", "361102")),
                    chance.choice(users),
                    chance.choice((None, today - timedelta(days=chance.randint(0, 90)))),
                    chance.choice((None, "", "0793-8221234")),
                )
                for n in range(count)
            ],
        )


def rows_of(company: Company) -> list[dict[str, Any]]:
    cursor = company.psql().cursor(row_factory=psycopg.rows.dict_row)
    return cursor.execute("SELECT * FROM customers.customer ORDER BY id").fetchall()


def found(company: Company, login: str, *parts: Condition) -> set[int]:
    database = next((d for d in company.opened if d.url.username == login), None) or company.as_(login)
    user = log_in(database)
    with database.read_session() as session:
        listing = Listing(Query(CUSTOMER.key, facets=parts), user=user, dictionary=read_dictionary(session))
        return set(listing.page_ids(session, first=0, size=1000))


def test_every_kind_of_condition_finds_what_python_finds(company: Company) -> None:
    fill(company)
    rows, boss = rows_of(company), log_in(company.as_("boss"))
    today = china_today()
    me = boss.id

    def back(days: int) -> object:
        return today - timedelta(days=days)

    cases: list[tuple[Condition, Callable[[dict[str, Any]], bool]]] = [
        (Facet("name", "lacks", "五金"), lambda r: "五金" not in r["name"]),
        (Facet("phone", "empty"), lambda r: not r["phone"]),
        (
            Facet("category", "not_in", ("customer_category.vip",)),
            lambda r: r["category"] != "customer_category.vip",
        ),
        (Facet("category", "empty"), lambda r: r["category"] is None),
        (Facet("credit_days", "between", (6, None)), lambda r: (r["credit_days"] or 0) >= 6),
        (Facet("region", "eq", "500000"), lambda r: (r["region"] or "").startswith("50")),
        (Facet("region", "ne", "500000"), lambda r: not (r["region"] or "").startswith("50")),
        (Facet("owner", "eq", "me"), lambda r: r["owner_id"] == me),
        (Facet("owner", "ne", "me"), lambda r: r["owner_id"] != me),
        (Facet("owner", "in", ("my_people",)), lambda r: r["owner_id"] in boss.below),
        (
            Facet("last_contact_on", "last", 30),
            lambda r: r["last_contact_on"] and str(r["last_contact_on"]) > str(back(30)),
        ),
        (
            Facet("last_contact_on", "before", 30),
            lambda r: r["last_contact_on"] and str(r["last_contact_on"]) < str(back(30)),
        ),
        (Facet("last_contact_on", "next", 1), lambda r: r["last_contact_on"] == today),
        (Facet("last_contact_on", "within", "today"), lambda r: r["last_contact_on"] == today),
        (
            Facet("last_contact_on", "within", "this_quarter"),
            lambda r: (
                r["last_contact_on"]
                and (r["last_contact_on"].year, (r["last_contact_on"].month - 1) // 3)
                == (today.year, (today.month - 1) // 3)
            ),
        ),
        (
            Group("any", (Facet("credit_days", "eq", 30), Facet("region", "empty"))),
            lambda r: r["credit_days"] == 30 or r["region"] is None,
        ),
        (
            Group(
                "any",
                (
                    Group(
                        "all",
                        (Facet("category", "eq", "customer_category.vip"), Facet("credit_days", "ge", 10)),
                    ),
                    Group(
                        "all",
                        (
                            Facet("last_contact_on", "empty"),
                            Group(
                                "any", (Facet("name", "contains", "五金"), Facet("name", "contains", "有限"))
                            ),
                        ),
                    ),
                ),
            ),
            lambda r: (
                (r["category"] == "customer_category.vip" and (r["credit_days"] or 0) >= 10)
                or (r["last_contact_on"] is None and ("五金" in r["name"] or "有限" in r["name"]))
            ),
        ),
    ]
    for part, holds in cases:
        expected = {row["id"] for row in rows if holds(row)}
        assert found(company, "boss", part) == expected, part
        kept = query_from_json(Query(CUSTOMER.key), query_as_json(Query(CUSTOMER.key, facets=(part,))))
        assert kept.facets == (part,)
    assert any(0 < len({r["id"] for r in rows if holds(r)}) < len(rows) for _, holds in cases)


def test_groups_too_deep_and_values_that_are_none_are_refused(company: Company) -> None:
    deep: Condition = Facet("name", "contains", "a")
    for _ in range(DEEPEST + 1):
        deep = Group("all", (deep,))
    for wrong in (
        deep,
        Group("all", ()),
        Group("xor", (Facet("name", "contains", "a"),)),
        Facet("owner", "eq", "1; DROP TABLE x"),
        Facet("last_contact_on", "last", 0),
        Facet("last_contact_on", "last", "30"),
        Facet("no_such", "eq", 1),
    ):
        with pytest.raises(Refused):
            found(company, "boss", wrong)


def keep(company: Company, login: str, name: str, *parts: Condition) -> int:
    database = next((d for d in company.opened if d.url.username == login), None) or company.as_(login)
    query = saved.kept(Query(CUSTOMER.key, facets=parts))
    return database.write(saved.save_search, entity=CUSTOMER.key, name=name, query=query).id


def names(company: Company, login: str) -> list[str]:
    database = next((d for d in company.opened if d.url.username == login), None) or company.as_(login)
    with database.read_session() as session:
        return [one.name for one in saved.saved_searches(session, entity=CUSTOMER.key)]


@pytest.mark.req("PLT-12")
def test_a_search_is_private_until_shared_or_offered_and_only_its_owner_changes_it(company: Company) -> None:
    mine = keep(company, "sales1", "重点客户", Facet("category", "eq", "customer_category.vip"))
    assert names(company, "sales1") == ["重点客户"]
    # not even those above see it: it is no record of the business
    assert names(company, "sales2") == names(company, "lead1") == names(company, "boss") == []
    sales1 = company.opened[0]
    people = dict(company.psql().execute('SELECT login, id FROM organisation."user"').fetchall())
    sales1.write(
        share_records, entity="system.saved_search", ids=[mine], to=Receivers((people["sales2"],)),
    )  # fmt: skip
    assert names(company, "sales2") == ["重点客户"] and names(company, "sales3") == []
    sales2 = next(d for d in company.opened if d.url.username == "sales2")
    with pytest.raises((NotAvailable, Refused)):
        sales2.write(saved.change_search, search_id=mine, version=1, values={"name": "mine now"})
    with pytest.raises(Refused):
        sales1.write(saved.offer_search, search_id=mine, everybody=True)
    theirs = keep(company, "lead1", "全公司用", Facet("phone", "empty"))
    lead = next(d for d in company.opened if d.url.username == "lead1")
    lead.write(saved.offer_search, search_id=theirs, everybody=True)
    assert names(company, "sales8") == ["全公司用"]
    with pytest.raises(Invalid) as taken:
        keep(company, "sales1", "重点客户")
    assert taken.value.field == "name"
    sales1.write(saved.change_search, search_id=mine, version=1, values={"name": "VIP"})
    with pytest.raises(Conflict):
        sales1.write(saved.change_search, search_id=mine, version=1, values={"name": "late"})
    gone = sales1.write(saved.drop_search, search_id=mine)
    assert names(company, "sales2") == ["全公司用"]
    sales1.write(saved.bring_search_back, deletions=gone.result["deletions"])
    assert names(company, "sales2") == ["VIP", "全公司用"]


@pytest.mark.req("PLT-12", "ORG-20")
def test_psql_reads_and_alters_no_search_of_others(company: Company) -> None:
    mine = keep(company, "sales1", "重点客户", Facet("name", "contains", "长宏"))
    other = company.psql("sales2")
    assert other.execute("SELECT count(*) FROM system.saved_search").fetchone() == (0,)
    assert other.execute("UPDATE system.saved_search SET name = 'x' RETURNING id").fetchall() == []
    owner = company.psql("sales1")
    for statement in (
        "UPDATE system.saved_search SET everybody = true",
        "UPDATE system.saved_search SET entity = 'sales.order'",
        "UPDATE system.saved_search SET owner_id = 1",
        "INSERT INTO system.saved_search (entity, name, query, everybody) VALUES ('a.b', 'x', '{}', true)",
        "INSERT INTO system.saved_search (entity, name, query, owner_id) VALUES ('a.b', 'x', '{}', 1)",
        "DELETE FROM system.saved_search",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            owner.execute(statement)  # type: ignore[call-overload]
    for statement in (
        "SELECT app.post(gen_random_uuid(), 'system.offer_search', '{{\"id\": {id}, \"everybody\": true}}')",
        "SELECT app.recycle('system.saved_search', ARRAY[{id}])",
        'SELECT app.post(gen_random_uuid(), \'organisation.share_records\', \'{{"entity": "system.saved_search",'
        ' "ids": [{id}], "users": [3], "can_edit": true}}\')',
    ):
        with pytest.raises(psycopg.Error) as refused:
            other.execute(statement.format(id=mine))  # type: ignore[call-overload]
        assert refused.value.sqlstate in ("SK002", "42501")
    # a search of a list that one may not see says nothing, even when offered to everybody
    company.psql().execute("UPDATE system.saved_search SET everybody = true")
    assert other.execute("SELECT name FROM system.saved_search").fetchall() == [("重点客户",)]
    company.psql().execute(
        "UPDATE organisation.role SET rights = array_remove(rights, 'customers.customer.view') WHERE code = 'sales'"
    )
    assert company.psql("sales3").execute("SELECT name FROM system.saved_search").fetchall() == []


@pytest.mark.req("PLT-12")
def test_a_broken_search_opens_with_what_is_left_and_says_what_is_gone(office: Company) -> None:
    database = office.as_("sales1")
    user: CurrentUser = log_in(database)
    with database.read_session() as session:
        dictionary = read_dictionary(session)
    columns = Listing(Query(CUSTOMER.key), user=user, dictionary=dictionary).columns
    query = Query(
        CUSTOMER.key,
        data_class="category=customer_category.gone",
        order=("no_such", "-name"),
        facets=(
            Facet("lucky_number", "eq", 7),
            Facet("category", "in", ("customer_category.vip", "customer_category.gone")),
            Group("any", (Facet("stage", "eq", "customer_stage.gone"), Facet("owner", "eq", 987654))),
            Facet("region", "eq", "999999"),
            Facet("name", "contains", "长宏"),
        ),
    )
    opened = saved.opened(saved.kept(query), Query(CUSTOMER.key), CUSTOMER, tuple(columns), dictionary)
    assert opened.query == Query(
        CUSTOMER.key,
        order=("-name",),
        facets=(Facet("category", "in", ("customer_category.vip",)), Facet("name", "contains", "长宏")),
    )
    said = "; ".join(opened.gone)
    for word in (
        "lucky_number",
        "customer_category.gone of Category",
        "customer_stage.gone",
        "987654",
        "999999",
    ):
        assert word in said
    with database.read_session() as session:
        Listing(opened.query, user=user, dictionary=dictionary).count(session)
    for rubbish in ({"facets": [["a"]]}, {"facets": [{"xor": []}]}, {"facets": 5}, {"order": 5}):
        with pytest.raises(Invalid):
            saved.opened(rubbish, Query(CUSTOMER.key), CUSTOMER, tuple(columns), dictionary)
