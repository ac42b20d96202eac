"""Industries are a tree: who asks for manufacturing means steel and machinery too (CUS-01, PLT-12)."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping

import pytest

from resources import FOLDER
from services.entity import Condition, Facet, Group, Query
from services.listing import Listing
from services.session import Dictionary, log_in, read_dictionary
from services.system.dictionary import add_choice
from tests.conftest import Company


def parents() -> Mapping[str, str | None]:
    """Read from the data that the dictionary was founded with, without the program."""
    rows = json.loads((FOLDER / "reference" / "choices.json").read_text("utf-8"))["industry"]
    return {
        f"industry.{row['code']}": f"industry.{row['parent']}" if "parent" in row else None for row in rows
    }


def below(top: str, tree: Mapping[str, str | None]) -> set[str]:
    """``top`` and whatever leads up to it."""
    found = set()
    for key in tree:
        way: str | None = key
        while way is not None:
            if way == top:
                found.add(key)
            way = tree[way]
    return found


@pytest.fixture
def industries(company: Company) -> dict[int, str | None]:
    """200 customers of sales1 with any industry or none, by id."""
    rng = random.Random(5)
    keys = [*parents(), None]
    psql = company.psql("sales1")
    made: dict[int, str | None] = {}
    for number in range(200):
        industry = rng.choice(keys)
        row = psql.execute(
            "INSERT INTO customers.customer (name, industry) VALUES (%s, %s) RETURNING id",
            (f"客户{number}", industry),
        ).fetchone()
        assert row is not None
        made[int(str(row[0]))] = industry
    return made


def found(company: Company, *facets: Condition) -> set[int]:
    database = company.opened[0]
    with database.read_session() as session:
        listing = Listing(
            Query("customers.customer", facets=facets),
            user=log_in(database),
            dictionary=read_dictionary(session),
        )
        ids = set(listing.all_ids(session))
        assert listing.count(session) == len(ids)
        return ids


@pytest.mark.req("CUS-01", "PLT-12")
def test_a_condition_finds_what_stands_below(company: Company, industries: dict[int, str | None]) -> None:
    company.as_("sales1")
    tree = parents()
    tops = {key for key, parent in tree.items() if parent is None}
    assert len(below("industry.manufacturing", tree)) > 10
    for top in sorted(tops):
        wanted = below(top, tree)
        own = {id_ for id_, industry in industries.items() if industry in wanted}
        assert found(company, Facet("industry", "eq", top)) == own
        assert found(company, Facet("industry", "in", (top,))) == own
        assert found(company, Facet("industry", "ne", top)) == set(industries) - own
        assert found(company, Facet("industry", "not_in", (top,))) == set(industries) - own
    # a leaf is itself alone; several, and groups, mean all that they name
    leaf = {id_ for id_, industry in industries.items() if industry == "industry.steel"}
    assert found(company, Facet("industry", "eq", "industry.steel")) == leaf
    two = below("industry.mining", tree) | {"industry.steel"}
    own = {id_ for id_, industry in industries.items() if industry in two}
    named = ("industry.mining", "industry.steel")
    assert found(company, Facet("industry", "in", named)) == own
    either = Group("any", tuple(Facet("industry", "eq", key) for key in named))
    assert found(company, either) == own


@pytest.mark.req("PLT-37", "CUS-01")
def test_a_branch_of_the_office_joins_the_tree(company: Company) -> None:
    """Also two levels deep, also when it is switched off later: the customers are still there."""
    company.as_("sales1")
    admin = company.as_("admin")
    admin.write(add_choice, kind="industry", zh="不锈钢", parent_key="industry.steel")
    company.psql("sales1").execute(
        "INSERT INTO customers.customer (name, industry) SELECT '永兴', key FROM system.choice WHERE zh = '不锈钢'"
    )
    company.psql().execute("UPDATE system.choice SET active = false WHERE zh = '不锈钢'")
    assert len(found(company, Facet("industry", "eq", "industry.manufacturing"))) == 1
    assert len(found(company, Facet("industry", "ne", "industry.manufacturing"))) == 0


@pytest.mark.req("CUS-02")
def test_a_class_of_a_tree_counts_and_shows_what_stands_below(company: Company) -> None:
    """Categories may become a tree too; the class of one shows and counts those below it."""
    admin = company.as_("admin")
    admin.write(add_choice, kind="customer_category", zh="钻石VIP", parent_key="customer_category.vip")
    key = company.psql().execute("SELECT key FROM system.choice WHERE zh = '钻石VIP'").fetchone()
    assert key is not None
    psql = company.psql("sales1")
    for name, category in (("甲", "customer_category.vip"), ("乙", key[0]), ("丙", None)):
        psql.execute("INSERT INTO customers.customer (name, category) VALUES (%s, %s)", (name, category))
    database = company.as_("sales1")
    user = log_in(database)
    with database.read_session() as session:
        dictionary: Dictionary = read_dictionary(session)
        listing = Listing(
            Query("customers.customer", "category=customer_category.vip"), user=user, dictionary=dictionary
        )
        assert listing.count(session) == 2
        counted = listing.class_counts(session)
    assert counted["category=customer_category.vip"] == 2
    assert counted[f"category={key[0]}"] == 1
