"""Lists: pages, order, facets, classes, totals, and that no page shows what the database would refuse."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import text

from services import records
from services.database import Database
from services.entity import Facet, Query
from services.errors import Refused
from services.listing import Listing
from services.ordering import Anchors, in_order
from services.organisation.access import set_sections, set_sharing
from services.organisation.queries import SECTIONS
from services.organisation.sharing import Receivers, share_records, take_back
from services.registry import ENTITIES
from services.session import CurrentUser, log_in, read_dictionary
from tests.conftest import Company
from tests.databases import Copies

CUSTOMER = "customers.customer"
WORDS = ("重庆", "江北", "长宏", "单氏", "曾记", "仇氏", "万俟", "华信", "五金", "阀门", "水泵", "电缆")


def fill(connection: psycopg.Connection[tuple[object, ...]], count: int, *, seed: int = 7) -> None:
    """``count`` customers of sales1 to sales5, with ties and NULLs in every column that is sorted by."""
    chance = random.Random(seed)
    users = dict(connection.execute('SELECT login, id FROM organisation."user"').fetchall())
    categories = [
        str(row[0])
        for row in connection.execute(
            "SELECT key FROM system.choice WHERE kind = 'customer_category' ORDER BY position LIMIT 4"
        ).fetchall()
    ]
    rows = [
        (
            chance.choice(("company", "individual")),
            "".join(chance.choices(WORDS, k=2)) + ("有限公司" if n % 3 else ""),
            chance.choice([*categories, None]),
            chance.choice([None, 5, 10, 30]),
            chance.choice([None, Decimal("1000.50"), Decimal("99999.99"), Decimal("0")]),
            users[f"sales{chance.randint(1, 5)}"],
            chance.choice([None, "500112", "500101", "361102"]),
        )
        for n in range(count)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO customers.customer (kind, name, category, credit_days, credit_limit, owner_id, region)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            rows,
        )
    # the ledger's triggers would refuse: only the sums matter here
    connection.execute("SET session_replication_role = replica")
    connection.execute("UPDATE customers.balance SET receivable = (id * 7919 % 1000) + 0.25 WHERE id % 3 = 0")
    connection.execute("SET session_replication_role = origin")


class Shop(Company):
    """Logs everybody in once: a role may hold few connections."""

    def as_(self, login: str, **options: object) -> Database:
        for database in self.opened:
            if database.url.username == login:
                return database
        return super().as_(login, **options)


@pytest.fixture(scope="module")
def shop(server: object, template: str) -> Iterator[Company]:
    """A company with 3,000 customers, only read."""
    made = Shop(server, Copies.on(server).copy(template))  # type: ignore[arg-type]
    fill(made.psql(), 3000)
    yield made
    made.close()
    Copies.on(server).drop(made.name)  # type: ignore[arg-type]


def listing(database: Database, user: CurrentUser, query: Query) -> Listing:
    with database.read_session() as session:
        return Listing(query, user=user, dictionary=read_dictionary(session))


def everything(database: Database, user: CurrentUser, query: Query) -> list[int]:
    """Ids in order, by plain OFFSET in one go."""
    found = listing(database, user, query)
    with database.read_session() as session:
        return found.page_ids(session, first=0, size=100_000)


ORDERS = [
    ("name",),
    ("-name",),
    ("credit_days", "-name"),
    ("-credit_days", "credit_limit"),
    ("-credit_limit",),
    ("category", "owner"),
    ("-owner", "-credit_days"),
    ("receivable", "name"),
    ("id",),
    ("-id",),
    ("-category",),
    ("region", "-receivable"),
]


@pytest.mark.req("PLT-14")
@pytest.mark.parametrize("order", ORDERS)
def test_any_page_by_anchors_is_the_page_by_offset(
    shop: Company, order: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.listing.NEAR", -1)
    boss = shop.as_("boss")
    user = log_in(boss)
    found = listing(boss, user, Query(CUSTOMER, order=order))
    with boss.read_session() as session:
        plain = list(session.scalars(in_order(found._ids(), found._asked.keys)))
        assert len(plain) == len(set(plain)) == 3000
        for first in (0, 30, 199, 200, 201, 977, 1500, 2790, 2970, 2995, 3000, 5000):
            assert found.page_ids(session, first=first, size=30) == plain[first : first + 30], first
        monkeypatch.setattr("services.listing.NEAR", 2000)
        for first in (2970, 2995, 2999):
            assert found.page_ids(session, first=first, size=30, total=3000) == plain[first : first + 30], (
                first
            )


def test_order_by_several_columns_is_pythons(shop: Company) -> None:
    boss = shop.as_("boss")
    user = log_in(boss)
    found = listing(boss, user, Query(CUSTOMER, order=("credit_days", "-credit_limit")))
    with boss.read_session() as session:
        rows = found.page(session, first=0, size=3000, shown=("credit_days", "credit_limit")).rows

    def key(row: object) -> tuple[object, ...]:
        days, limit = row.values  # type: ignore[attr-defined]
        return (days is None, days or 0, limit is not None, -(limit or 0))

    assert list(rows) == sorted(rows, key=key)


def test_names_sort_by_pinyin(company: Company) -> None:
    admin = company.psql()
    owner = admin.execute("SELECT id FROM organisation.\"user\" WHERE login = 'sales1'").fetchone()
    assert owner
    for name in ("重庆长宏", "阿里", "单雄五金", "曾记建材", "张三", "北京"):
        admin.execute("INSERT INTO customers.customer (name, owner_id) VALUES (%s, %s)", (name, owner[0]))
    sales = company.as_("sales1")
    found = listing(sales, log_in(sales), Query(CUSTOMER, order=("name",)))
    with sales.read_session() as session:
        names = [row.values[0] for row in found.page(session, first=0, size=10, shown=("name",)).rows]
    assert names == ["阿里", "北京", "曾记建材", "重庆长宏", "单雄五金", "张三"]


FACETS = [
    (Facet("credit_days", "eq", 10), lambda v: v == 10),
    (Facet("credit_days", "ne", 10), lambda v: v != 10),
    (Facet("credit_days", "ge", 10), lambda v: v is not None and v >= 10),
    (Facet("credit_days", "lt", 10), lambda v: v is not None and v < 10),
    (
        Facet("credit_limit", "between", (Decimal("500"), Decimal("2000"))),
        lambda v: v is not None and 500 <= v <= 2000,
    ),
    (Facet("credit_limit", "between", (None, Decimal("2000"))), lambda v: v is not None and v <= 2000),
    (Facet("credit_limit", "empty"), lambda v: v is None),
    (Facet("credit_limit", "not_empty"), lambda v: v is not None),
    (Facet("name", "contains", "氏"), lambda v: "氏" in v),
    (Facet("name", "starts", "重庆"), lambda v: v.startswith("重庆")),
    (Facet("name", "contains", "%"), lambda v: "%" in v),
    (Facet("region", "eq", "500000"), lambda v: v is not None and v.startswith("50")),
    (Facet("region", "eq", "361102"), lambda v: v == "361102"),
    (Facet("kind", "in", ("company",)), lambda v: v == "company"),
    (Facet("category", "empty"), lambda v: v is None),
    (Facet("created_at", "within", "today"), lambda v: True),
    (Facet("created_at", "within", "last_month"), lambda v: False),
    (Facet("created_at", "within", "last_7_days"), lambda v: True),
    (Facet("last_contact_on", "within", "this_year"), lambda v: False),
    (Facet("receivable", "gt", Decimal("900")), lambda v: v > 900),
]


@pytest.mark.parametrize(("facet", "wanted"), FACETS, ids=[f"{f.column}-{f.operator}" for f, _ in FACETS])
def test_a_facet_keeps_the_rows_that_python_would(shop: Company, facet: Facet, wanted: object) -> None:
    lead = shop.as_("lead1")
    user = log_in(lead)
    whole = listing(lead, user, Query(CUSTOMER))
    kept = listing(lead, user, Query(CUSTOMER, facets=(facet,)))
    with lead.read_session() as session:
        rows = whole.page(session, first=0, size=5000, shown=(facet.column,)).rows
        assert len(rows) > 2000
        right = [row.id for row in rows if wanted(row.values[0])]  # type: ignore[operator]
        assert kept.page_ids(session, first=0, size=5000) == right
        assert kept.count(session) == len(right)


@pytest.mark.parametrize(
    "facet",
    [
        Facet("nowhere", "eq", 1),
        Facet("credit_days", "contains", "1"),
        Facet("created_at", "within", "someday"),
        Facet("region", "eq", "abc"),
        Facet("kind", "in", ()),
        Facet("credit_days", "between", (None, None)),
    ],
)
def test_an_impossible_condition_is_refused_in_words(shop: Company, facet: Facet) -> None:
    boss = shop.as_("boss")
    with pytest.raises(Refused):
        listing(boss, log_in(boss), Query(CUSTOMER, facets=(facet,)))


@pytest.mark.req("PLT-10", "CUS-02")
def test_class_counts_are_the_rows_of_the_classes(shop: Company) -> None:
    for login in ("boss", "lead1", "sales1"):
        database = shop.as_(login)
        user = log_in(database)
        with database.read_session() as session:
            counts = Listing(Query(CUSTOMER), user=user).class_counts(session)
            assert {c.key for c in ENTITIES[CUSTOMER].classes} <= set(counts)
            assert any(key.startswith("category=") for key in counts)
            for key, n in counts.items():
                assert Listing(Query(CUSTOMER, data_class=key), user=user).count(session) == n, key
    assert counts["mine"] == counts["below"] == counts["all"] > 0
    assert counts["companies"] + counts["individuals"] == counts["all"]


@pytest.mark.req("PLT-15")
def test_totals_are_pythons_sums(shop: Company) -> None:
    for login in ("boss", "sales2"):
        database = shop.as_(login)
        found = listing(database, log_in(database), Query(CUSTOMER, facets=(Facet("kind", "eq", "company"),)))
        with database.read_session() as session:
            rows = found.page(session, first=0, size=5000, shown=("receivable",)).rows
            assert found.totals(session) == {"receivable": sum(row.values[0] for row in rows)}
            assert found.totals(session)["receivable"] > 0


@pytest.mark.req("PLT-11", "CUS-03")
def test_words_find_customers_by_name_number_and_contact(company: Company) -> None:
    sales = company.as_("sales1")
    user = log_in(sales)
    made = sales.write(
        records.create,
        entity=ENTITIES[CUSTOMER],
        values={"name": "重庆长宏机电有限公司", "phone": "023-68651208", "short_name": "长宏机电"},
    ).id
    sales.write(records.create, entity=ENTITIES[CUSTOMER], values={"name": "江北五金"})
    sales.write(
        records.create,
        entity=ENTITIES["customers.contact"],
        values={"name": "单雄", "customer_id": made, "mobile": "13800138000"},
    )
    for words in (
        "cqch",
        "zqch",
        "长宏",
        "chongqing",
        "8651208",
        "单雄",
        "shan",
        "13800138",
        "长宏 单雄",
        "c-",
    ):
        with sales.read_session() as session:
            found = Listing(Query(CUSTOMER, words=words), user=user).page_ids(session, first=0, size=10)
        assert made in found and (len(found) == 1 or words == "c-"), words
    with sales.read_session() as session:
        assert not Listing(Query(CUSTOMER, words="五金 单雄"), user=user).page_ids(session, first=0, size=10)


def test_recycle_bin_shows_what_is_deleted_and_the_list_does_not(company: Company) -> None:
    sales = company.as_("sales1")
    user = log_in(sales)
    entity = ENTITIES[CUSTOMER]
    made = sales.write(records.create, entity=entity, values={"name": "重庆长宏"}).id
    deletion = sales.write(records.recycle, entity=entity, ids=[made]).result["deletions"]
    with sales.read_session() as session:
        assert Listing(Query(CUSTOMER), user=user).count(session) == 0
        bin_ = Listing(Query(CUSTOMER, deleted=True), user=user)
        row = bin_.page(session, first=0, size=10).rows[0]
    assert (row.id, [row.deletion]) == (made, deletion)
    assert bin_.columns[0].key == "deleted_at" and row.values[0] is not None


def test_pages_never_show_what_the_database_would_refuse_now(company: Company) -> None:
    """Share taken back, and somebody moved in the tree, while a list is open: his rows are gone at once,
    also on the pages that were read before."""
    fill(company.psql(), 900)
    sales, lead = company.as_("sales1"), company.as_("lead1")
    user, above = log_in(sales), log_in(lead)
    other = everything(company.as_("sales5"), log_in(company.as_("sales5")), Query(CUSTOMER))[0]
    two = company.as_("lead2")
    two.write(share_records, entity=CUSTOMER, ids=[other], to=Receivers((user.id,)))
    opened = listing(sales, user, Query(CUSTOMER))
    with sales.read_session() as session:
        before = opened.page_ids(session, first=0, size=1000)
        opened.anchor(session)
    place = before.index(other)
    two.write(take_back, entity=CUSTOMER, ids=[other], to=Receivers((user.id,)))
    with sales.read_session() as session:
        page = opened.page(session, first=max(0, place - 5), size=10)
        assert other not in {row.id for row in page.rows}
        assert opened.rows(session, [other]) == ()
        assert opened._from_anchor(session, opened._anchors or Anchors(()), 0, 1000).count(other) == 0

    seen = listing(lead, above, Query(CUSTOMER))
    with lead.read_session() as session:
        shown = seen.page_ids(session, first=0, size=1000)
        seen.anchor(session)
    owned = set(before) - {other}
    assert owned <= set(shown)
    admin = company.psql()
    admin.execute(
        'UPDATE organisation."user" SET position_id = (SELECT position_id FROM organisation."user"'
        " WHERE login = 'sales5') WHERE login = 'sales1'"
    )
    with lead.read_session() as session:
        assert not owned & {row.id for row in seen.rows(session, shown)}
        for first in range(0, len(shown), 100):
            assert not owned & {row.id for row in seen.page(session, first=first, size=100).rows}
        assert not owned & set(seen._from_anchor(session, seen._anchors or Anchors(()), 200, 1000))


def test_nobody_lists_what_he_may_not_view(office: Company) -> None:
    keeper = office.as_("keeper1")
    with pytest.raises(Refused):
        Listing(Query(CUSTOMER), user=log_in(keeper))


def test_stream_is_the_whole_result_in_order(shop: Company) -> None:
    lead = shop.as_("lead1")
    user = log_in(lead)
    query = Query(CUSTOMER, order=("receivable", "-name"), facets=(Facet("kind", "eq", "company"),))
    found = listing(lead, user, query)
    with lead.read_session() as session:
        chunks = list(found.stream(session, shown=("name", "receivable")))
        assert max(map(len, chunks)) == 500
        rows = [row for chunk in chunks for row in chunk]
        assert rows == list(found.page(session, first=0, size=5000, shown=("name", "receivable")).rows)
        assert list(found.all_ids(session)) == [row.id for row in rows]


def test_a_stream_left_half_way_leaves_no_cursor(shop: Company) -> None:
    lead = shop.as_("lead1")
    found = listing(lead, log_in(lead), Query(CUSTOMER))
    with lead.read_session() as session:
        with closing(found.stream(session, shown=("name",))) as chunks:
            assert len(next(chunks)) == 500
        cursors = session.scalar(text("SELECT count(*) FROM pg_cursors WHERE statement LIKE '%customer%'"))
        assert cursors == 0


def test_who_reads_beyond_his_own_people_is_not_taken_for_one_who_sees_little(sample: Company) -> None:
    """Sorting all that he sees, as for somebody with few rows, would be sorting the whole table."""

    def few(login: str, entity: str) -> bool:
        database = sample.as_(login)
        found = listing(database, log_in(database), Query(entity))
        with database.read_session() as session:
            return found._narrow(session)

    admin = sample.as_("admin")
    kinds = (CUSTOMER, "customers.contact")
    assert [few("sales1", kind) for kind in kinds] == [True, True]
    assert not few("boss", CUSTOMER)
    admin.write(set_sharing, levels={"customers": "read"})
    assert [few("sales1", kind) for kind in (*kinds, "sales.order")] == [False, False, True]
    admin.write(set_sharing, levels={"customers": "private"})
    assert few("sales1", CUSTOMER)
    admin.write(set_sections, shown=["basic", "orders"], hidden=set(SECTIONS) - {"basic", "orders"})
    assert [few("service1", kind) for kind in (CUSTOMER, "sales.order")] == [False, False]
    assert few("sales1", CUSTOMER)
