"""People, roles, positions and branches as the boss and the administrator manage them (ORG-01 to ORG-06)."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from models.permissions import Permission
from services.company import seed_company
from services.database import Database
from services.entity import Facet, Query
from services.errors import Conflict, Invalid, NotAvailable, Refused
from services.listing import Listing
from services.organisation import commands, moving, queries, rights
from services.session import log_in
from tests.conftest import Company
from tests.services.organisation.blocked import wait_until_blocked
from tests.services.test_visibility import customer_of, sees, user_id

NEW_PASSWORD = "Kaidian-2027"


def person(database: Database, login: str) -> queries.Person:
    """One user as the page reads him."""
    with database.read_session() as session:
        return next(one for one in queries.people(session) if one.login == login)


def limit(
    database: Database,
    login: str,
    *,
    networks: Sequence[str] = (),
    hours: tuple[dt.time, dt.time] | None = None,
) -> None:
    """Say from where and when somebody may work; the rest of him stays."""
    one = person(database, login)
    database.write(
        commands.change_user,
        user_id=one.id,
        version=one.version,
        name=one.name,
        position_id=one.position_id,
        branch_id=one.branch_id,
        roles=one.roles,
        phone=one.phone,
        email=one.email,
        networks=networks,
        hours=hours,
    )


def place_of(company: Company, login: str) -> queries.Place:
    """The position of a login."""
    with company.as_("boss").read_session() as session:
        place = next(one for one in queries.people(session) if one.login == login).position_id
        return next(one for one in queries.tree(session) if one.id == place)


def hire(database: Database, company: Company, *roles: str, login: str = "xin", like: str = "sales1") -> int:
    """A new colleague in the position of ``like``."""
    return database.write(
        commands.add_user,
        login=login,
        password=NEW_PASSWORD,
        name="新同事",
        position_id=place_of(company, like).id,
        branch_id=None,
        roles=roles,
    ).id


@pytest.fixture
def xin(company: Company) -> Callable[[], None]:
    """Logins belong to the server: whoever hires ``xin`` takes his role away again."""

    def leave() -> None:
        admin = company.psql()
        admin.execute("DROP ROLE IF EXISTS xin")

    return leave


@pytest.mark.req("ORG-03")
def test_a_user_from_first_to_last_day(company: Company, xin: Callable[[], None]) -> None:
    boss = company.as_("boss")
    added = hire(boss, company, "sales")
    newcomer = Database(company.url("boss").set(username="xin", password=NEW_PASSWORD))
    company.opened.append(newcomer)
    assert log_in(newcomer).name == "新同事"
    now = person(boss, "xin")
    assert now.roles == ("sales",)
    boss.write(
        commands.change_user,
        user_id=added,
        version=now.version,
        name="辛同事",
        position_id=now.position_id,
        branch_id=None,
        roles=["cashier"],
        phone="13800000000",
    )
    with pytest.raises(Conflict):
        boss.write(
            commands.change_user,
            user_id=added,
            version=now.version,
            name="x",
            position_id=now.position_id,
            branch_id=None,
            roles=[],
        )
    assert log_in(newcomer).can("finance.payment.post")
    commands.put_out(boss, user_id=added)
    with pytest.raises(Refused, match=r"closed|停用|关闭"):
        log_in(newcomer)
    boss.write(commands.reopen_user, user_id=added)
    boss.write(commands.set_password, user_id=added, login="xin", password="Anders-2028")
    with pytest.raises(Refused):
        log_in(Database(company.url("boss").set(username="xin", password=NEW_PASSWORD)))
    again = Database(company.url("boss").set(username="xin", password="Anders-2028"))
    company.opened.append(again)
    again.write(commands.set_password, user_id=added, login="xin", password="Selber-2029")
    again.write(commands.change_own, phone="13911112222", email="xin@example.com")
    assert person(boss, "xin").phone == "13911112222"
    commands.put_out(boss, user_id=added)
    newcomer.close()
    xin()


@pytest.mark.parametrize("password", ["short1", "allletters", "12345678", "xin-secret-xin9"])
def test_weak_passwords(company: Company, password: str) -> None:
    with pytest.raises(Invalid):
        company.as_("boss").write(
            commands.add_user,
            login="xin",
            password=password,
            name="新",
            position_id=1,
            branch_id=None,
            roles=[],
        )


@pytest.mark.req("ORG-03")
def test_closing_interrupts_a_running_posting(company: Company) -> None:
    """Out within a second, what he was posting is rolled back, he cannot come back."""
    admin = company.psql()
    customer = customer_of(company, "sales1")
    boss = company.as_("boss")
    seller = company.psql("sales1")
    admin.execute("BEGIN")
    admin.execute("SELECT 1 FROM customers.customer WHERE id = %s FOR UPDATE", (customer,))
    ended: list[BaseException] = []

    def change() -> None:
        try:
            with seller.transaction():
                seller.execute("INSERT INTO customers.customer (name) VALUES ('半途而废')")
                seller.execute("UPDATE customers.customer SET phone = '110' WHERE id = %s", (customer,))
        except psycopg.Error as error:
            ended.append(error)

    running = threading.Thread(target=change)
    running.start()
    wait_until_blocked(company, "sales1")
    started = time.monotonic()
    commands.put_out(boss, user_id=user_id(company, "sales1"))
    running.join(5)
    assert time.monotonic() - started < 1.0
    assert ended and not running.is_alive()
    admin.execute("ROLLBACK")
    assert admin.execute("SELECT count(*) FROM customers.customer WHERE name = '半途而废'").fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError, match="not permitted"):
        company.psql("sales1")
    boss.write(commands.reopen_user, user_id=user_id(company, "sales1"))


@pytest.mark.req("ORG-05", "ORG-06")
def test_roles_are_made_copied_changed_and_removed(company: Company) -> None:
    boss = company.as_("boss")
    with boss.read_session() as session:
        sales = next(role for role in queries.roles(session) if role.code == "sales")
    assert sales.users >= 8
    made = boss.write(commands.save_role, name="见习销售", rights=sales.rights)
    with boss.read_session() as session:
        copy = next(role for role in queries.roles(session) if role.id == made.id)
    assert (copy.rights, copy.users, copy.built_in) == (sales.rights, 0, False)
    boss.write(
        commands.save_role,
        role_id=copy.id,
        version=copy.version,
        name="见习",
        rights=sales.rights - {"sales.order.confirm"},
    )
    with pytest.raises(Refused):
        boss.write(commands.save_role, role_id=copy.id, version=copy.version, name="旧", rights=[])
    with pytest.raises(Refused, match="flying"):
        boss.write(commands.save_role, name="x", rights=["sales.order.flying"])
    company.psql("boss").execute("SELECT app.recycle('organisation.role', ARRAY[%s]::bigint[])", (copy.id,))
    with boss.read_session() as session:
        assert copy.id not in {role.id for role in queries.roles(session)}


@pytest.mark.req("ORG-05")
def test_a_changed_role_takes_effect_at_the_next_statement(company: Company) -> None:
    customer_of(company, "sales1")
    boss = company.as_("boss")
    seller = company.psql("sales1")
    assert sees(seller) == 1
    with boss.read_session() as session:
        sales = next(role for role in queries.roles(session) if role.code == "sales")
    boss.write(
        commands.save_role,
        role_id=sales.id,
        version=sales.version,
        name=sales.name,
        rights=[right for right in sales.rights if not right.startswith("customers.customer.")],
    )
    assert sees(seller) == 0


@pytest.mark.req("ORG-06")
def test_every_right_has_a_name_and_one_place() -> None:
    listed = [right for area in rights.areas() for line in area.lines for right in line.verbs.values()] + [
        right for area in rights.areas() for right in area.special
    ]
    assert sorted(listed) == sorted(right.value for right in Permission)
    for right in Permission:
        assert rights.right_title(right) != right.value, right
        assert "." not in rights.right_title(right), right


@pytest.mark.req("ORG-02")
def test_the_tree_is_built_and_moved(company: Company) -> None:
    boss = company.as_("boss")
    customer_of(company, "sales5")
    lead1 = company.psql("lead1")
    assert sees(lead1) == 0
    top = place_of(company, "lead1")
    moved = place_of(company, "sales5")
    boss.write(commands.move_position, position_id=moved.id, parent_id=top.id)
    assert sees(lead1) == 1
    assert sees(company.psql("lead2")) == 0
    made = boss.write(commands.save_position, name="实习", department="销售一部", parent_id=moved.id)
    with boss.read_session() as session:
        intern = next(one for one in queries.tree(session) if one.id == made.id)
    assert (intern.parent_id, intern.department) == (moved.id, "销售一部")
    with pytest.raises(Refused, match=r"below itself|下级"):
        boss.write(commands.move_position, position_id=top.id, parent_id=made.id)
    with pytest.raises(psycopg.Error, match="cannot be deleted"):
        company.psql("boss").execute(
            "SELECT app.recycle('organisation.position', ARRAY[%s]::bigint[])", (moved.id,)
        )
    company.psql("boss").execute(
        "SELECT app.recycle('organisation.position', ARRAY[%s]::bigint[])", (made.id,)
    )


@pytest.mark.req("ORG-02")
def test_moves_are_taken_back_together_or_not_at_all(company: Company) -> None:
    """What somebody else has moved since stays where he put it, and the rest with it."""
    boss = company.as_("boss")
    top, keeper = place_of(company, "lead1"), place_of(company, "keeper1")
    moved = [place_of(company, login) for login in ("sales5", "buyer")]
    for place in moved:
        boss.write(commands.move_position, position_id=place.id, parent_id=top.id)
    back = [(place.id, place.parent_id, top.id) for place in moved]

    def above() -> list[int | None]:
        return [place_of(company, login).parent_id for login in ("sales5", "buyer")]

    company.as_("boss").write(commands.move_position, position_id=moved[1].id, parent_id=keeper.id)
    with pytest.raises(Refused, match=r"has moved|移动"):
        boss.write(commands.undo_moves, moves=back)
    assert above() == [top.id, keeper.id]
    boss.write(commands.move_position, position_id=moved[1].id, parent_id=top.id)
    before = company.psql().execute("SELECT count(DISTINCT transaction) FROM app.history").fetchone()
    boss.write(commands.undo_moves, moves=back)
    assert above() == [place.parent_id for place in moved]
    after = company.psql().execute("SELECT count(DISTINCT transaction) FROM app.history").fetchone()
    assert before and after and after[0] == before[0] + 1, "one transaction"


@pytest.mark.req("ORG-02")
def test_two_bosses_cannot_close_a_circle(company: Company) -> None:
    """Each puts one team under the other's at the same moment: one of the two is refused, every time."""
    boss = company.as_("boss", pool=2)
    one, other = place_of(company, "lead1"), place_of(company, "lead2")
    for _ in range(5):
        start = threading.Barrier(2)

        def move(target: int, under: int, start: threading.Barrier = start) -> bool:
            start.wait(5)
            try:
                boss.write(commands.move_position, position_id=target, parent_id=under)
            except Refused:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            done = [pool.submit(move, one.id, other.id), pool.submit(move, other.id, one.id)]
            assert sorted(future.result(20) for future in done) == [False, True]
        for place in (one, other):
            boss.write(commands.move_position, position_id=place.id, parent_id=place.parent_id)


@pytest.mark.req("ORG-01")
def test_branches(company: Company) -> None:
    boss = company.as_("boss")
    with boss.read_session() as session:
        head = queries.branches(session)[0]
    made = boss.write(
        commands.save_branch,
        values={"name": "万州分公司", "short_name": "万州", "parent_id": head["id"], "phone": "023-1"},
    )
    with boss.read_session() as session:
        added = next(branch for branch in queries.branches(session) if branch["id"] == made.id)
    assert added["short_name"] == "万州"
    with pytest.raises(Refused):
        boss.write(commands.save_branch, values={"name": "万州分公司"})
    with pytest.raises(Refused):
        boss.write(
            commands.save_branch,
            branch_id=head["id"],
            version=head["version"],
            values={"name": head["name"], "parent_id": made.id},
        )


@pytest.mark.req("ORG-05")
def test_rights_of_a_new_version_reach_the_built_in_roles_of_an_older_database(company: Company) -> None:
    """A database that never knew some rights; the office had changed its roles, and one right is no more."""
    with create_engine(company.url(), poolclass=NullPool).begin() as connection:
        gone = ["sales.price_below_limit", "sales.over_credit", "sales.counter.sell"]
        for code, taken in (
            ("boss", gone),
            ("sales_manager", [*gone, "products.see_cost"]),
            ("cashier", gone),
        ):
            connection.execute(
                text(
                    "UPDATE organisation.role SET rights = ARRAY(SELECT x FROM unnest(rights) x"
                    " WHERE x <> ALL (:taken)) || '{sales.no_more}'::text[] WHERE code = :code"
                ),
                {"taken": taken, "code": code},
            )
        seed_company(connection)
        held = dict(
            [tuple(row) for row in connection.execute(text("SELECT code, rights FROM organisation.role"))]
        )
    assert set(held["boss"]) == {right.value for right in Permission}
    assert {"sales.price_below_limit", "sales.over_credit"} <= set(held["sales_manager"])
    assert "products.see_cost" not in held["sales_manager"], "what the office took away stays taken"
    assert "sales.price_below_limit" not in held["sales"]
    assert [code for code, rights in held.items() if "sales.counter.sell" in rights] == ["boss", "cashier"]


def test_what_an_administrator_must_not(company: Company) -> None:
    admin = company.as_("admin")
    boss_id = user_id(company, "boss")
    me = person(admin, "admin")
    top = place_of(company, "boss")
    seller = person(admin, "sales1")
    with admin.read_session() as session:
        roles = {role.code: role for role in queries.roles(session)}
    for attempt in (
        lambda: commands.put_out(admin, user_id=boss_id),
        lambda: commands.put_out(admin, user_id=me.id),
        lambda: limit(admin, "boss", networks=["203.0.113.0/24"]),
        lambda: limit(admin, "admin", networks=["203.0.113.0/24"]),
        lambda: limit(admin, "sales1", networks=["office"]),
        lambda: admin.write(commands.save_role, name="x", rights=["system.purge"]),
        lambda: admin.write(
            commands.save_role, role_id=roles["boss"].id, version=roles["boss"].version, name="x", rights=[]
        ),
        lambda: admin.write(
            commands.save_role,
            role_id=roles["administrator"].id,
            version=roles["administrator"].version,
            name="x",
            rights=roles["administrator"].rights | {"customers.see_all"},
        ),
        # into his own view: himself up, others down
        lambda: admin.write(commands.move_position, position_id=me.position_id, parent_id=None),
        lambda: admin.write(commands.move_position, position_id=seller.position_id, parent_id=me.position_id),
        lambda: admin.write(
            commands.change_user,
            user_id=me.id,
            version=me.version,
            name=me.name,
            position_id=top.id,
            branch_id=None,
            roles=me.roles,
        ),
    ):
        with pytest.raises((Refused, NotAvailable)):
            attempt()


def test_the_last_boss_stays(company: Company) -> None:
    boss = company.as_("boss")
    me = person(boss, "boss")
    with pytest.raises(Refused):
        boss.write(
            commands.change_user,
            user_id=me.id,
            version=me.version,
            name=me.name,
            position_id=me.position_id,
            branch_id=me.branch_id,
            roles=["sales"],
        )


def test_deleting_a_user_demands_the_hand_over(company: Company) -> None:
    customer_of(company, "sales1")
    boss = company.as_("boss")
    giver, heir = user_id(company, "sales1"), user_id(company, "sales2")
    statement = "SELECT app.recycle('organisation.user', ARRAY[%s]::bigint[])"
    with pytest.raises(psycopg.Error, match="Close this user first"):
        company.psql("boss").execute(statement, (giver,))
    commands.put_out(boss, user_id=giver)
    with pytest.raises(psycopg.Error, match="Hand them over first"):
        company.psql("boss").execute(statement, (giver,))
    boss.write(moving.hand_over, from_user=giver, to_user=heir, kinds={"customers.customer": "all"})
    company.psql("boss").execute(statement, (giver,))
    company.psql().execute("ALTER ROLE sales1 LOGIN")


@pytest.mark.req("ORG-01")
@pytest.mark.parametrize(
    "key",
    [
        "sales.order",
        "finance.payment",
        "customers.customer",
        "finance.ledger",
        "stock.balance",
        "stock.ledger",
        "stock.receipt",
        "stock.issue",
        "delivery.note",
        "delivery.dispatch",
        "purchasing.request",
    ],
)
def test_lists_are_summed_per_branch_and_in_total(sample_office: Company, key: str) -> None:
    boss = sample_office.as_("boss")
    user = log_in(boss)
    # a login may not have many connections, and the office stays for every kind of list
    with closing(boss), boss.read_session() as session:
        names = [str(branch["short_name"] or branch["name"]) for branch in queries.branches(session)]
        whole = Listing(Query(key), user=user)
        parts = [Listing(Query(key, facets=(Facet("branch", "eq", name),)), user=user) for name in names]
        nowhere = Listing(Query(key, facets=(Facet("branch", "empty"),)), user=user)
        counts = [part.count(session) for part in (*parts, nowhere)]
        assert whole.count(session) == sum(counts)
        # the sample office has none of these
        assert max(counts) < sum(counts) or key in {"delivery.dispatch", "purchasing.request"}
        sums = [part.totals(session) for part in (*parts, nowhere)]
        for column, total in whole.totals(session).items():
            assert total == sum(one[column] or 0 for one in sums), column
