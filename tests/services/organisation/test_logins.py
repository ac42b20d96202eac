"""Who may log in when and from where, who is logged in, what is kept of it (ORG-07, ORG-08)."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from models.permissions import Permission
from services.entity import Query
from services.errors import Refused
from services.listing import Listing
from services.organisation import commands, queries
from services.session import CurrentUser, log_in
from tests.conftest import PASSWORD, Company
from tests.services.organisation.test_people import limit
from tests.services.test_visibility import customer_of, sees, user_id


@pytest.mark.req("ORG-07")
def test_sessions_are_listed_and_ended(company: Company) -> None:
    boss = company.as_("boss")
    seller = company.psql("sales2")
    seller.execute("SELECT 1")
    with boss.read_session() as session:
        mine = [one for one in queries.open_sessions(session) if one.login == "sales2"]
    assert [one.pid for one in mine] == [seller.info.backend_pid]
    boss.write(commands.end_session, pid=mine[0].pid)
    with pytest.raises(psycopg.Error):
        seller.execute("SELECT 1")
    with company.as_("sales1").read_session() as session:
        assert queries.open_sessions(session) == []


@pytest.mark.req("ORG-07")
def test_the_login_log(company: Company) -> None:
    seller = company.as_("sales1")
    log_in(seller)
    log_in(company.as_("sales2"))
    from datetime import UTC, datetime, timedelta

    long_ago = datetime.now(UTC) - timedelta(days=90)
    seller.write(
        commands.report_failures,
        computer="PC-1",
        attempts=[
            (datetime.now(UTC) - timedelta(minutes=1), "sales1", "password"),
            (long_ago, "sales1", "password"),
        ],
    )
    assert [line for line in log_of(company, "boss") if line[0].startswith("sales")] == [
        ("sales2", "Salesperson", True, None),
        ("sales1", "Salesperson", True, None),
        ("sales1", "Salesperson", False, "password"),
    ]
    assert log_of(company, "sales1") == []
    assert {line[0] for line in log_of(company, "admin")} >= {"sales1", "sales2"}


@pytest.mark.req("ORG-07")
def test_what_a_client_reports_of_others_names_who_reported_it(company: Company) -> None:
    """Nobody slanders a colleague unnamed, nothing but logins is kept, and the bosses hear of guessing."""
    now = dt.datetime.now(dt.UTC)
    tried = [(now - dt.timedelta(minutes=n), "admin", "password") for n in range(1, 6)]
    tried += [(now, "sales2", "closed"), (now, "geheim123", "password"), (now, "sales3", "<b>anything")]
    company.as_("sales1").write(commands.report_failures, computer="PC-1", attempts=tried)
    rows = company.psql().execute(
        "SELECT l.login, l.reason, u.login, count(*) FROM organisation.login l"
        ' JOIN organisation."user" u ON u.id = l.reported_by WHERE NOT l.success'
        " GROUP BY 1, 2, 3 ORDER BY 1"
    )
    assert rows.fetchall() == [
        ("?", "password", "sales1", 1),
        ("admin", "password", "sales1", 5),
        ("sales2", "closed", "sales1", 1),
        ("sales3", "password", "sales1", 1),
    ]
    said = company.psql("boss").execute("SELECT template, details ->> 'count' FROM organisation.notice")
    assert said.fetchall() == [("{count} wrong passwords were tried for {name} on {computer}.", "5")]


def log_of(company: Company, login: str) -> list[tuple[Any, ...]]:
    """What the login log shows to somebody: login, roles, success, reason; the newest first."""
    database = company.as_(login)
    # the client would not offer it to everybody: what the database lets him see counts here
    user = CurrentUser(0, login, login, "", frozenset({Permission.ORGANISATION_LOGIN_VIEW.value}), ())
    listing = Listing(Query("organisation.login", order=("-at",)), user=user)
    keys = [column.key for column in listing.columns]
    places = [keys.index(key) for key in ("login", "roles", "success", "reason")]
    with database.read_session() as session:
        return [tuple(row.values[n] for n in places) for row in listing.page(session, first=0, size=100).rows]


@pytest.mark.req("ORG-08")
def test_limits_hold_for_the_login_and_for_an_open_session(company: Company) -> None:
    customer_of(company, "sales1")
    boss = company.as_("boss")
    target = user_id(company, "sales1")
    open_session = company.psql("sales1")
    assert sees(open_session) == 1
    limit(boss, "sales1", networks=["203.0.113.0/24"])
    assert sees(open_session) == 0
    with pytest.raises(Refused, match=r"place|地点"):
        log_in(company.as_("sales1"))
    limit(boss, "sales1", hours=_hours(company, 2, 3))
    assert sees(open_session) == 0
    with pytest.raises(psycopg.Error) as refused:
        open_session.execute("INSERT INTO customers.customer (name) VALUES ('夜里')")
    assert refused.value.sqlstate in {"42501", "23502"}
    with pytest.raises(Refused, match=r"hour|时间"):
        log_in(company.as_("sales1"))
    limit(boss, "sales1", hours=_hours(company, -1, 1))
    assert sees(open_session) == 1
    assert log_in(company.as_("sales1")).login == "sales1"
    reasons = [line[3] for line in log_of(company, "boss") if line[0] == "sales1"]
    assert reasons == [None, "hours", "network"]
    limit(boss, "sales1")
    with boss.read_session() as session:
        assert next(one for one in queries.people(session) if one.id == target).hours is None


@pytest.mark.req("ORG-08")
def test_limits_hold_for_a_sale_over_the_counter(company: Company) -> None:
    customer, admin = customer_of(company, "sales1"), company.psql()
    target = user_id(company, "sales1")
    admin.execute(
        "INSERT INTO organisation.user_role (user_id, role_id)"
        " SELECT %s, r.id FROM organisation.role r WHERE r.code = 'cashier'",
        (target,),
    )
    product = admin.execute(
        "INSERT INTO products.product (number, name, unit, stocked) VALUES ('FW-1', '安装', '次', false) RETURNING id"
    ).fetchone()
    assert product is not None
    line = {"product_id": product[0], "quantity": 1, "tax_price": "11.3", "tax_rate": 13}
    sale = json.dumps({"order": {"customer_id": customer, "lines": [line]}, "paid": 0})
    seller = company.psql("sales1")

    def sell() -> None:
        seller.execute("SELECT app.post(gen_random_uuid(), 'sales.sell', %s::jsonb)", (sale,))

    sell()
    limit(company.as_("boss"), "sales1", networks=["203.0.113.0/24"])
    with pytest.raises(psycopg.Error) as refused:
        sell()
    assert refused.value.sqlstate == "42501"
    assert sees(admin, 'sales."order"') == 1


def _hours(company: Company, start: int, end: int) -> tuple[dt.time, dt.time]:
    with company.as_("boss").read_session() as session:
        row = session.execute(
            text(
                "SELECT to_char(t + make_interval(hours => :a), 'HH24:MI'), to_char(t + make_interval(hours => :b),"
                " 'HH24:MI') FROM (SELECT now() AT TIME ZONE 'Asia/Shanghai' AS t) x"
            ),
            {"a": start, "b": end},
        ).one()
    return dt.time.fromisoformat(row[0]), dt.time.fromisoformat(row[1])


def test_passwords_leave_this_pc_as_verifiers_only(company: Company) -> None:
    boss = company.as_("boss")
    boss.write(commands.set_password, user_id=user_id(company, "sales3"), login="sales3", password=PASSWORD)
    row = company.psql().execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'sales3'").fetchone()
    assert row is not None
    assert str(row[0]).startswith("SCRAM-SHA-256$")
    assert PASSWORD not in str(row[0])
