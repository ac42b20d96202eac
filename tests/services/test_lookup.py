"""One record by a few words, under the rights of who asks."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from services.database import Database
from services.global_search import search_everything
from services.lookup import labels, lookup
from services.session import log_in
from tests.conftest import Company
from tests.factories.forms import CONTACT, CUSTOMER

NAMES = ("重庆长宏机电有限公司", "重庆火锅底料有限公司", "单县长城机电有限公司", "江西信成阀门有限公司")


@pytest.fixture(scope="module")
def seller(office: Company) -> Iterator[Database]:
    with psycopg.connect(
        office.url("sales1").render_as_string(hide_password=False), autocommit=True
    ) as connection:
        for name in NAMES:
            connection.execute(
                "INSERT INTO customers.customer (name, short_name, phone) VALUES (%s, %s, '0793-8226618')",
                (name, name[2:4]),
            )
        connection.execute(
            "INSERT INTO customers.contact (customer_id, name, mobile)"
            " SELECT id, '曾静', '13907939999' FROM customers.customer WHERE name = %s",
            (NAMES[0],),
        )
    yield office.as_("sales1")


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("长宏", NAMES[0]),
        ("cqch", NAMES[0]),
        ("chonghong", None),
        ("shanxian", NAMES[2]),
        ("重庆 底料", NAMES[1]),
        ("xincheng", NAMES[3]),
        ("jxxc", NAMES[3]),
    ],
)
def test_by_name_and_pinyin(seller: Database, words: str, first: str | None) -> None:
    with seller.read_session() as session:
        hits = lookup(session, CUSTOMER, words)
    assert (hits[0].label if hits else None) == first


def test_number_phone_and_short_name_come_first(seller: Database) -> None:
    with seller.read_session() as session:
        every = {hit.label: hit for hit in lookup(session, CUSTOMER, "")}
        wanted = every[NAMES[1]]
        by_number = lookup(session, CUSTOMER, wanted.number.lower())
        by_phone = lookup(session, CUSTOMER, "8226618")
        by_short = lookup(session, CUSTOMER, "火锅")
    assert (by_number[0].id, by_number[0].rank) == (wanted.id, 0)
    assert {hit.label for hit in by_phone} == set(NAMES)
    assert (by_short[0].id, by_short[0].rank) == (wanted.id, 0)
    assert wanted.detail == "火锅"


def test_conditions_and_limit(seller: Database) -> None:
    table = CUSTOMER.model.__table__
    with seller.read_session() as session:
        assert len(lookup(session, CUSTOMER, "机电", limit=1)) == 1
        only = lookup(session, CUSTOMER, "机电", conditions=[table.c.short_name == "长城"])
    assert [hit.label for hit in only] == [NAMES[2]]


def test_hidden_records_are_not_found(seller: Database, office: Company) -> None:
    with seller.read_session() as session:
        ids = [hit.id for hit in lookup(session, CUSTOMER, "重庆")]
        assert labels(session, CUSTOMER, ids).keys() == set(ids)
    stranger = office.as_("sales5")
    with stranger.read_session() as session:
        assert lookup(session, CUSTOMER, "重庆") == []
        assert labels(session, CUSTOMER, ids) == {}


def test_everything_at_once(seller: Database, office: Company) -> None:
    user = log_in(seller)
    with seller.read_session() as session:
        found = search_everything(session, (CUSTOMER, CONTACT), user, "13907939999")
        both = search_everything(session, (CUSTOMER, CONTACT), user, "z", budget=5)
    assert [(group.entity, group.hits[0].label) for group in found.groups] == [(CONTACT.key, "曾静")]
    assert found.complete and both.complete
    keeper = office.as_("keeper1")
    with keeper.read_session() as session:
        assert not search_everything(session, (CUSTOMER, CONTACT), log_in(keeper), "长宏").groups


def test_the_time_runs_out(seller: Database) -> None:
    user = log_in(seller)
    with seller.read_session() as session:
        found = search_everything(session, (CUSTOMER, CONTACT), user, "长宏", budget=0.0)
    assert not found.complete and not found.groups
    assert found.left == (CUSTOMER.key, CONTACT.key)
