"""Words that very many rows answer: the first page is found along the order, and is the same page."""

from __future__ import annotations

import pytest

from services import common_words
from services.entity import Facet, Query
from services.listing import Listing
from services.search import parse
from services.session import log_in
from tests.conftest import Company

KEY = "customers.customer"


@pytest.fixture
def crowded(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """A third of 900 customers answers chongqing, of three people and the pool; all tables count as large."""
    admin = company.psql()
    admin.execute(
        """INSERT INTO customers.customer (name, owner_id)
           SELECT CASE i % 3 WHEN 0 THEN '重庆' WHEN 1 THEN '安达' ELSE '浙江' END || chr(20000 + i) || '有限公司', u.id
           FROM generate_series(1, 900) i JOIN organisation."user" u
             ON u.login = CASE i % 2 WHEN 0 THEN 'sales1' ELSE 'sales5' END"""
    )
    admin.execute("SET session_replication_role = replica")
    admin.execute("UPDATE customers.customer SET owner_id = NULL, pooled_at = now() WHERE id % 7 = 0")
    admin.execute("ANALYZE customers.customer")
    monkeypatch.setattr(common_words, "PAGES", 0)
    monkeypatch.setattr(common_words, "LEAST", 0)
    monkeypatch.setattr(common_words, "OBVIOUS", 1)
    monkeypatch.setattr(common_words, "SAMPLED", 10)
    return company


@pytest.mark.req("PLT-11")
@pytest.mark.parametrize("login", ["boss", "manager", "lead1"])
def test_the_walked_page_is_the_fetched_one(
    crowded: Company, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = crowded.as_(login)
    user = log_in(database)
    monkeypatch.setattr("services.listing.FEW", 0)
    with database.read_session() as session:
        for order in ((), ("-name",), ("-created_at",)):
            query = Query(KEY, words="chongqing", order=order)
            monkeypatch.setattr(common_words, "STEPS", 100_000)
            walking = Listing(query, user=user)
            pages = [walking.page_ids(session, first=first, size=20) for first in (0, 40)]
            assert walking._walk(session, 20) > 0
            monkeypatch.setattr(common_words, "STEPS", 0)
            fetching = Listing(query, user=user)
            assert pages == [fetching.page_ids(session, first=first, size=20) for first in (0, 40)]
            assert all(len(page) == 20 for page in pages)


def test_a_walk_that_finds_too_little_hides_nothing(
    crowded: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """浙江 stands at the end of the order, behind all that a short walk passes."""
    database = crowded.as_("boss")
    user = log_in(database)
    listing = Listing(Query(KEY, words="zhejiang"), user=user)
    monkeypatch.setattr("services.listing.rows_to_walk", lambda *_: 50)
    with database.read_session() as session:
        assert len(listing.page_ids(session, first=0, size=50)) == 50
        assert len(listing.page_ids(session, first=280, size=50)) == 20


def test_only_what_words_alone_narrow_is_walked(crowded: Company) -> None:
    database = crowded.as_("boss")
    user = log_in(database)
    facet = Facet("category", "empty")
    with database.read_session() as session:
        for query in (
            Query(KEY, words="chongqing", facets=(facet,)),
            Query(KEY, words="chongqing", data_class="mine"),
            Query(KEY, words="chongqing", order=("short_name",)),
            Query(KEY, facets=(facet,)),
        ):
            assert Listing(query, user=user)._walk(session, 20) == 0, query


def test_rare_words_and_small_tables_are_not_walked(
    crowded: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Listing(Query(KEY), user=log_in(crowded.as_("boss")))._table
    with crowded.as_("boss").read_session() as session:
        common = parse("chongqing").parts
        assert common_words.rows_to_walk(session, table, common, 20) > 0
        assert common_words.rows_to_walk(session, table, parse("guojihuochezhan").parts, 20) == 0
        assert common_words.rows_to_walk(session, table, (), 20) == 0
        monkeypatch.setattr(common_words, "PAGES", 5000)
        assert common_words.rows_to_walk(session, table, common, 20) == 0


@pytest.mark.req("CUS-02")
def test_the_class_of_those_who_stopped_buying(sample_office: Company) -> None:
    database = sample_office.as_("boss")
    listing = Listing(Query(KEY, data_class="lapsed"), user=log_in(database))
    expected = sample_office.psql().execute(
        "SELECT count(*) FROM customers.customer c JOIN customers.balance b ON b.id = c.id"
        " WHERE c.deleted_at IS NULL AND b.last_order_on < current_date - 90"
    ).fetchone()  # fmt: skip
    with database.read_session() as session:
        found = listing.count(session)
        assert expected == (found,) and found > 0
        assert len(listing.page(session, first=0, size=5).rows) == min(5, found)
        assert listing.class_counts(session)["lapsed"] == found
