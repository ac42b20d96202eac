"""The change history, the record as it was, and the seal (PLT-34, PLT-35)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from sqlalchemy.orm import Session

from services import records
from services.checking import check
from services.customers.entities import CUSTOMER_ENTITY as CUSTOMER
from services.database import Database
from services.errors import NotAvailable, Refused
from services.language import language, use_language
from services.session import read_dictionary
from services.system import history, seals
from tests.conftest import Company
from tests.services.test_visibility import customer_of, user_id


def now() -> datetime:
    """A moment that lies between two changes."""
    time.sleep(0.02)
    moment = datetime.now(UTC)
    time.sleep(0.02)
    return moment


def change(database: Database, customer: int, **values: Any) -> None:
    """Change a customer as it stands."""
    with database.read_session() as session:
        version = records.read(session, entity=CUSTOMER, record_id=customer)["version"]
    database.write(records.update_record, entity=CUSTOMER, record_id=customer, version=version, values=values)


@pytest.mark.req("PLT-34", "PLT-35")
def test_a_record_as_it_was_and_a_field_brought_back(company: Company) -> None:
    before_all = now()
    customer = customer_of(company, "sales1")
    seller, boss = company.as_("sales1"), company.as_("boss")
    made = now()
    change(company.as_("lead1"), customer, credit_limit=Decimal("5000.00"))
    change(seller, customer, phone="023-111", category="customer_category.vip")
    first = now()
    change(seller, customer, phone="023-222", remark="搬家了")
    with boss.read_session() as session:
        then = history.as_it_was(session, entity=CUSTOMER, record_id=customer, at=first)
        current = records.read(session, entity=CUSTOMER, record_id=customer)
        assert then["phone"] == "023-111"
        assert set(history.differences(then, current)) == {"phone", "remark"}
        at_first = history.as_it_was(session, entity=CUSTOMER, record_id=customer, at=made)
        assert (at_first["phone"], at_first["category"], at_first["credit_limit"]) == (None, None, None)
        with pytest.raises(NotAvailable):
            history.as_it_was(session, entity=CUSTOMER, record_id=customer, at=before_all)
    change(boss, customer, phone=then["phone"])
    with boss.read_session() as session:
        assert records.read(session, entity=CUSTOMER, record_id=customer)["phone"] == "023-111"
        lines = history.changes(session, history.Asked(entity=CUSTOMER.key, record_id=customer))
    assert [line.action for line in lines] == ["change", "change", "change", "change", "create"]


@pytest.mark.req("PLT-34")
def test_the_page_filters_and_speaks_in_words(company: Company) -> None:
    customer = customer_of(company, "sales1")
    change(company.as_("sales1"), customer, category="customer_category.vip")
    boss = company.as_("boss")
    chosen = language()
    use_language("en")
    try:
        with boss.read_session() as session:
            dictionary = read_dictionary(session)
            (line,) = history.changes(
                session,
                history.Asked(entity=CUSTOMER.key, user_id=user_id(company, "sales1"), action="change"),
            )
            ((title, old, new),) = history.in_words(CUSTOMER, line, dictionary)
            assert (
                history.changes(session, history.Asked(until=line.at, record_id=customer))[0].action
                == "create"
            )
            assert CUSTOMER.key in history.entities_with_history(session)
        assert (title, old) == ("Category", "(empty)")
        assert new == dictionary.label("customer_category.vip") != "customer_category.vip"
    finally:
        use_language(chosen)
    with company.as_("sales1").read_session() as session:
        assert history.changes(session, history.Asked()) == []


def sealed(company: Company) -> seals.Sealed:
    """Seal what there is, as the boss."""
    return company.as_("boss").write(_seal).result["sealed"]  # type: ignore[no-any-return]


def _seal(work: Any) -> Any:
    from services.commands import Changes

    found = seals.seal(work.session)
    return Changes({}, {"sealed": {"rows": found.rows, "head": found.head}})


def faults(company: Company, head: str | None = None) -> list[seals.Fault]:
    """What the check says."""
    with company.as_("boss").read_session() as session:
        return seals.verify(session, expected_head=head)


TAMPER = "ALTER TABLE app.history DISABLE TRIGGER USER"


@pytest.mark.req("PLT-34")
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE app.history SET user_id = 99 WHERE id = (SELECT min(id) FROM app.history)",
        "UPDATE app.history SET at = at + interval '1 second' WHERE id = (SELECT max(id) FROM app.history)",
        "DELETE FROM app.history WHERE id = (SELECT max(id) FROM app.history)",
        "INSERT INTO app.history (transaction, login, entity, record_id, action)"
        " SELECT transaction, 'boss', entity, 1, 'create' FROM app.history ORDER BY id DESC LIMIT 1",
        'UPDATE app.history SET changes = \'{"phone": [null, "1"]}\' WHERE id = (SELECT max(id) FROM app.history)',
    ],
)
def test_an_alteration_by_the_superuser_is_named(company: Company, damage: str) -> None:
    customer = customer_of(company, "sales1")
    sealed(company)
    change(company.as_("sales1"), customer, phone="023-2")
    sealed(company)
    assert faults(company) == []
    admin = company.psql()
    admin.execute(TAMPER)  # type: ignore[call-overload]
    admin.execute(damage)  # type: ignore[call-overload]
    found = faults(company)
    assert found and all(fault.seal is not None for fault in found)
    assert str(found[0])


@pytest.mark.req("PLT-34")
def test_a_recomputed_chain_does_not_have_the_kept_head(company: Company) -> None:
    customer_of(company, "sales1")
    sealed(company)
    kept = company.psql().execute("SELECT digest FROM app.seal ORDER BY id DESC LIMIT 1").fetchone()
    assert kept is not None
    assert faults(company, str(kept[0])) == []
    admin = company.psql()
    for table in ("app.history", "app.seal"):
        admin.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # type: ignore[call-overload]
    admin.execute("UPDATE app.history SET login = 'nobody'")
    admin.execute("DELETE FROM app.seal")
    admin.execute("SELECT app.seal_history()")
    assert faults(company) == []
    (fault,) = faults(company, str(kept[0]))
    assert fault.missing_head == kept[0]


@pytest.mark.req("PLT-34")
def test_a_restore_on_another_server_raises_no_alarm(company: Company) -> None:
    """There transaction numbers begin anew, lower than those that are sealed."""
    customer_of(company, "sales1")
    sealed(company)
    admin = company.psql()
    admin.execute("ALTER TABLE app.epoch DISABLE TRIGGER USER")
    admin.execute("UPDATE app.epoch SET system_identifier = 1")
    admin.execute("ALTER TABLE app.epoch ENABLE TRIGGER USER")
    admin.execute("SELECT app.open_epoch()")
    admin.execute(
        "INSERT INTO app.history (transaction, login, entity, record_id, action)"
        " VALUES (3, 'x', 'customers.customer', 1, 'change')"
    )
    assert faults(company) == []
    sealed(company)
    assert faults(company) == []
    admin.execute("ALTER TABLE app.history DISABLE TRIGGER USER")
    admin.execute("UPDATE app.history SET login = 'y' WHERE transaction = 3")
    assert len(faults(company)) == 1


def test_an_unfinished_transaction_is_sealed_later(company: Company) -> None:
    slow = company.psql("sales1")
    slow.execute("BEGIN")
    slow.execute("INSERT INTO customers.customer (name) VALUES ('慢')")
    customer_of(company, "sales2")
    sealed(company)
    slow.execute("COMMIT")
    assert faults(company) == []
    sealed(company)
    assert faults(company) == []
    row = (
        company.psql()
        .execute("SELECT sum(rows) = (SELECT count(*) FROM app.history) FROM app.seal")
        .fetchone()
    )
    assert row == (True,)


def test_who_may_not_seal_or_touch_seals(company: Company) -> None:
    with pytest.raises(Refused):
        company.as_("sales1").write(_seal)
    with pytest.raises(Refused), company.as_("admin").read_session() as session:
        seals.verify(session)
    boss = company.psql("boss")
    for statement in (
        "SELECT * FROM app.seal",
        "SELECT * FROM app.epoch",
        "DELETE FROM app.seal",
        "SELECT app.open_epoch()",
        "SELECT app.recomputed_seals()",
        "SELECT app.reasons('customers.customer', 1, 1)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            boss.execute(statement)  # type: ignore[call-overload]
    admin = company.psql()
    sealed(company)
    for statement in ("UPDATE app.seal SET rows = 0", "DELETE FROM app.epoch", "TRUNCATE app.seal"):
        with pytest.raises(psycopg.Error) as refused:
            admin.execute(statement)  # type: ignore[call-overload]
        assert refused.value.sqlstate == "SK003"


@pytest.mark.req("PLT-34")
def test_shuke_check_names_a_broken_seal(company: Company) -> None:
    customer_of(company, "sales1")
    sealed(company)
    admin = company.as_("postgres")
    with Session(admin.engine) as session:
        assert check(session) == []
    psql = company.psql()
    psql.execute("ALTER TABLE app.history DISABLE TRIGGER USER")
    psql.execute("UPDATE app.history SET login = 'nobody' WHERE entity = 'customers.customer'")
    with Session(admin.engine) as session:
        assert [difference.rule for difference in check(session)] == ["app.seal"]


def test_digits_are_compared_as_text_and_moments_as_moments() -> None:
    account = "62220212345678901"
    assert history.differences({"bank_account": account + "23"}, {"bank_account": account + "24"})
    assert history.differences({"phone": "010"}, {"phone": "10"})
    assert not history.differences({"credit": 50.5}, {"credit": Decimal("50.500000")})
    moment = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    assert not history.differences({"due_at": "2026-11-22T10:00:00+08:00"}, {"due_at": moment})
    assert history.differences({"due_at": "2026-11-22T10:00:01+08:00"}, {"due_at": moment})
