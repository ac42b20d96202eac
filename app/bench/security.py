"""Row security on and off: the client's own lists, searches and heads as five people, and past all policies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.bench.desks import Desk
from app.bench.measure import Line, Ways
from services.customers import view
from services.customers.timeline import timeline
from services.entity import Query
from services.global_search import search_everything
from services.listing import Listing
from services.lookup import lookup
from services.registry import ALL, ENTITIES
from services.session import CurrentUser

PEOPLE: Final = ("boss", "manager", "lead1", "sales1", "service1")
CUSTOMER: Final = "customers.customer"
PAGE: Final = 50
SORTS: Final = ("", "-created_at", "-last_contact_on")
"""Orders of the customer list with an index; the first is the list's own."""
SECTIONS: Final = (
    "customers.contact", "activities.record", "activities.task", "sales.order", "stock.issue", "delivery.note",
    "finance.payment", "finance.ledger",
)  # fmt: skip


def typed_words(ways: Ways) -> dict[str, str]:
    """What salespeople type: parts of a customer of sales1."""
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
    return {
        "two characters": name[2:4], "four characters": name[2:6], "common": "有限", "initials": "cqjd",
        "full pinyin": "chongqing", "number": number, "phone": phone[-6:],
    }  # fmt: skip


def desks(ways: Ways, logins: Sequence[str] = PEOPLE) -> Iterator[Desk]:
    """One person after the other."""
    for login in logins:
        desk = Desk.of(ways, login)
        try:
            yield desk
        finally:
            desk.close()


def secured_lists(ways: Ways, repeat: int) -> Iterator[Line]:
    """Pages of the customer list by each indexed order: the first, the middle one, the last."""
    for desk in desks(ways):
        for sort in SORTS:
            order = (sort,) if sort else ()
            on = Listing(Query(CUSTOMER, order=order), user=desk.user, dictionary=desk.dictionary)
            off = Listing(
                Query(CUSTOMER, order=order, conditions=desk.conditions(CUSTOMER)),
                user=desk.freed(CUSTOMER),
                dictionary=desk.dictionary,
            )
            name = sort.lstrip("-") or ENTITIES[CUSTOMER].order[0]
            with desk.bound.read_session() as session:
                total = on.count(session)
            for place, first in (("first", 0), ("middle", total // 2), ("last", max(0, total - PAGE))):
                yield desk.both(
                    f"page of customers by {name}, {place}",
                    partial(_page, on, first, total),
                    partial(_page, off, first, total),
                    repeat,
                )


def _page(listing: Listing, first: int, total: int | None, session: Session) -> None:
    listing.page(session, first=first, size=PAGE, total=total)


def secured_searches(ways: Ways, repeat: int) -> Iterator[Line]:
    """The list's search box: the first page of what answers the words, and the completer of a reference field."""
    words = typed_words(ways)
    for desk in desks(ways):
        owned = desk.conditions(CUSTOMER)
        for what, text in words.items():
            on = Listing(Query(CUSTOMER, words=text), user=desk.user, dictionary=desk.dictionary)
            off = Listing(
                Query(CUSTOMER, words=text, conditions=owned),
                user=desk.freed(CUSTOMER),
                dictionary=desk.dictionary,
            )
            yield desk.both(
                f"list search, {what}", partial(_page, on, 0, None), partial(_page, off, 0, None), repeat
            )
            conditions = [condition(desk.user.context) for condition in owned]
            yield desk.both(
                f"completer, {what}",
                partial(_lookup, text, []),
                partial(_lookup, text, conditions),
                repeat,
                50,
            )


def _lookup(words: str, conditions: list[ColumnElement[bool]], session: Session) -> None:
    lookup(session, ENTITIES[CUSTOMER], words, conditions=conditions)


def secured_heads(ways: Ways, repeat: int) -> Iterator[Line]:
    """Head, counts and sections of the 360° view of the customer of sales1 with the most orders."""
    row = (
        ways.as_()
        .execute(
            'SELECT o.customer_id FROM sales."order" o JOIN organisation."user" u ON u.id = o.owner_id'
            " WHERE u.login = 'sales1' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
        .fetchone()
    )
    assert row is not None
    customer = int(row[0])
    for desk in desks(ways):
        head = partial(_head, customer, desk.user)
        yield desk.both("360° header", head, head, repeat)
        side = partial(_side, customer)
        yield desk.both("360° counts and side cards", side, side, repeat)
        feed = partial(_feed, customer)
        yield desk.both("360° timeline", feed, feed, repeat)
        for section in SECTIONS:
            if not desk.user.can(ENTITIES[section].permission("view")):
                continue
            listing = Listing(
                view.section_query(section, customer), user=desk.user, dictionary=desk.dictionary
            )
            page = partial(_section, listing)
            yield desk.both(f"360° section {section}", page, page, repeat)


def _head(customer: int, user: CurrentUser, session: Session) -> None:
    view.header(session, customer_id=customer, user=user)


def _side(customer: int, session: Session) -> None:
    view.counts(session, customer_id=customer, entities=SECTIONS)
    view.people(session, customer_id=customer)
    view.next_steps(session, customer_id=customer)
    view.sold_by_month(session, customer_id=customer)


def _feed(customer: int, session: Session) -> None:
    timeline(session, customer_id=customer)


def _section(listing: Listing, session: Session) -> None:
    listing.page(session, first=0, size=PAGE)
    listing.count(session)


def global_search(ways: Ways, repeat: int) -> Iterator[Line]:
    """Ctrl+K: one answer from everything the person may see (PLT-03)."""
    words = typed_words(ways)
    for desk in desks(ways, ("boss", "sales1")):
        for what, text in words.items():
            yield desk.alone(f"Ctrl+K, {what}", partial(_everything, desk.user, text), repeat, 100)


def _everything(user: CurrentUser, words: str, session: Session) -> None:
    search_everything(session, ALL, user, words, limit=4)
