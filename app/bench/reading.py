"""Lists, search, the head of the 360° view, the yearly report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import select

from app.bench.measure import Line, Ways, alone, compared
from models.customers import Customer
from services.database import Database
from services.search import candidates, rank_expression

PAGE: Final = """SELECT c.id, c.number, c.name, c.category, c.level, c.phone, c.owner_id, c.last_contact_on,
    c.created_at FROM customers.customer c WHERE c.deleted_at IS NULL{where}
    ORDER BY c.{sort}{direction}, c.id{direction} LIMIT 50"""
HEADER: Final = """SELECT c.*, b.receivable, b.ordered, b.paid, b.issued,
    (SELECT count(*) FROM customers.contact k WHERE k.customer_id = c.id AND k.deleted_at IS NULL) AS contacts,
    (SELECT max(o.date) FROM sales."order" o WHERE o.customer_id = c.id) AS last_order,
    (SELECT count(*) FROM sales."order" o WHERE o.customer_id = c.id AND o.state = 'confirmed') AS orders,
    (SELECT max(r.happened_at) FROM activities.record r WHERE r.customer_id = c.id) AS last_contact
    FROM customers.customer c LEFT JOIN customers.balance b ON b.id = c.id WHERE c.id = %s"""
REPORT: Final = """SELECT o.owner_id, date_trunc('month', o.date), sum(o.gross), count(*) FROM sales."order" o
    WHERE o.state = 'confirmed' AND o.date >= current_date - 365 AND o.deleted_at IS NULL{where} GROUP BY 1, 2"""
SORTS: Final = (("sort_name", ""), ("created_at", " DESC"), ("last_contact_on", " DESC"))


def _fetch(connection: Any, sql: str, values: tuple[Any, ...] = ()) -> Callable[[], Any]:
    return lambda: connection.execute(sql, values).fetchall()


def _owners(ways: Ways, login: str) -> str:
    row = ways.as_().execute("SELECT owner_ids FROM app.user_scope WHERE login = %s", (login,)).fetchone()
    assert row is not None
    return f"'{{{','.join(map(str, row[0]))}}}'::bigint[]"


def lists(ways: Ways, repeat: int) -> list[Line]:
    """A page of customers by each indexed sort, at the start and in the middle, for boss and salesperson."""
    lines = []
    for login in ("boss", "lead1", "sales1"):
        hand = "" if login == "boss" else f" AND c.owner_id = ANY ({_owners(ways, login)})"
        for sort, direction in SORTS:
            for place in ("first page", "middle page"):
                where = ""
                if place == "middle page":
                    where = _middle(ways, sort, direction)
                page = PAGE.replace("{sort}", sort).replace("{direction}", direction)
                ours = _fetch(ways.as_(login), page.replace("{where}", where))
                by_hand = _fetch(ways.as_(), page.replace("{where}", where + hand))
                name = f"list by {sort}, {place}, {login}"
                lines.append(compared(name, ours, by_hand, repeat, 1.5, 60))
    return lines


def _middle(ways: Ways, sort: str, direction: str) -> str:
    row = (
        ways.as_()
        .execute(
            f"SELECT quote_literal(percentile_disc(0.5) WITHIN GROUP (ORDER BY {sort}))"
            " FROM (SELECT * FROM customers.customer WHERE id % 10 = 0) x"
        )
        .fetchone()
    )
    value = row[0] if row and row[0] else "NULL"
    return f" AND (c.{sort}, c.id) {'<' if direction else '>'} ({value}, 0)"


def search(ways: Ways, repeat: int) -> list[Line]:
    """What a salesperson types into the search box, at most 20 hits ranked."""
    row = (
        ways.as_()
        .execute(
            'SELECT c.name, c.number, c.phone FROM customers.customer c JOIN organisation."user" u ON u.id = c.owner_id'
            " WHERE u.login = 'sales1' AND c.kind = 'company' ORDER BY c.id LIMIT 1 OFFSET 3"
        )
        .fetchone()
    )
    assert row is not None
    name, number, phone = row
    typed = {
        "two characters": name[2:4], "four characters": name[2:6], "common": "有限", "initials": "cqjd",
        "full pinyin": "chongqing", "number": number, "phone": phone[-6:],
    }  # fmt: skip
    database = Database(ways.url("sales1"))
    lines = []
    table = Customer.__table__
    for what, words in typed.items():
        found = candidates(
            select(table.c.id, table.c.name, table.c.number, table.c.short_name, table.c.search).where(
                table.c.deleted_at.is_(None)
            ),
            table.c.search,
            words,
        ).subquery()
        rank = rank_expression(
            found.c.search, words, exact=[found.c.number, found.c.short_name], name=found.c.name
        )
        statement = select(found.c.id, found.c.name).order_by(rank, found.c.name).limit(20)

        def ask(statement: Any = statement) -> None:
            with database.read_session() as session:
                session.execute(statement).all()

        lines.append(alone(f"quick search, {what}, sales1", ask, repeat, 50))
    database.close()
    return lines


def header(ways: Ways, repeat: int) -> list[Line]:
    """The head of the 360° view of the customer with the most orders of sales1."""
    row = (
        ways.as_()
        .execute(
            'SELECT o.customer_id FROM sales."order" o JOIN organisation."user" u ON u.id = o.owner_id'
            " WHERE u.login = 'sales1' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
        .fetchone()
    )
    assert row is not None
    ours, by_hand = (_fetch(ways.as_(login), HEADER, (row[0],)) for login in ("sales1", None))
    return [compared("360° header, sales1", ours, by_hand, repeat, None, 60)]


def report(ways: Ways, repeat: int) -> list[Line]:
    """Turnover of a year by person and month."""
    lines = []
    for login in ("boss", "lead1"):
        hand = "" if login == "boss" else f" AND o.owner_id = ANY ({_owners(ways, login)})"
        ours = _fetch(ways.as_(login), REPORT.replace("{where}", ""))
        by_hand = _fetch(ways.as_(), REPORT.replace("{where}", hand))
        lines.append(compared(f"yearly report person × month, {login}", ours, by_hand, repeat, 1.3))
    return lines
