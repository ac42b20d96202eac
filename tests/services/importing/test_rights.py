"""What an import may and tells nobody who may not."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from services.errors import Refused
from tests.conftest import Company
from tests.services.importing_files import COLUMNS, CUSTOMER, TITLES, Office, table


@pytest.mark.req("PLT-19")
def test_without_the_right_client_and_database_refuse(company: Company, tmp_path: Path) -> None:
    source = table(tmp_path, TITLES, ("甲公司", "A1", "", "", "", "", ""))
    cashier = Office.of(company, "cashier1")
    assert not cashier.user.can("customers.customer.import")
    plan = cashier.plan(CUSTOMER, source, COLUMNS)
    with pytest.raises(Refused):
        cashier.check(source, plan)
    with pytest.raises(Refused):
        cashier.run(source, plan)
    psql = company.psql("cashier1")
    for statement in (
        "SELECT app.begin_import('customers.customer', 'x', 'skip')",
        "SELECT * FROM app.import_duplicates('customers.customer', '{name_key}', '[[\"x\"]]')",
        "INSERT INTO app.import_run (user_id, transaction, entity, file_name, duplicates)"
        " VALUES (1, 1, 'customers.customer', 'x', 'skip')",
        "SELECT * FROM app.import_record",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            psql.execute(statement)


def test_nothing_joins_an_import_from_outside(company: Company, tmp_path: Path) -> None:
    seller = Office.of(company, "sales1")
    source = table(tmp_path, TITLES, ("甲公司", "A1", "", "", "", "", ""))
    outcome = seller.run(source, seller.plan(CUSTOMER, source, COLUMNS))
    psql = company.psql("sales1")
    row = psql.execute("INSERT INTO customers.customer (name) VALUES ('别的') RETURNING id").fetchone()
    assert row is not None
    with pytest.raises(psycopg.Error, match="This import is over"):
        psql.execute(
            "SELECT app.note_import(%s, 'customers.customer', %s, '{}')", (outcome.import_id, [row[0]])
        )
    # in the same transaction only what it really made is taken
    with psql.transaction():
        run = psql.execute("SELECT app.begin_import('customers.customer', 'x', 'skip')").fetchone()
        assert run is not None
        noted = psql.execute(
            "SELECT app.note_import(%s, 'customers.customer', %s, '{}')", (run[0], [row[0]])
        ).fetchone()
        assert noted == (0,)


def test_a_hidden_record_is_no_oracle(company: Company) -> None:
    company.psql("sales5").execute(
        "INSERT INTO customers.customer (name, phone) VALUES ('藏', '13800138000')"
    )
    psql = company.psql("sales1")
    asked = "SELECT count(*) FROM app.import_duplicates('customers.customer', %s, %s)"
    assert psql.execute(asked, (["phone"], '[["13800138000"]]')).fetchone() == (0,)
    assert psql.execute(asked, (["name_key", "phone"], '[["藏", "13800138000"]]')).fetchone() == (0,)
    assert psql.execute(asked, (["name_key"], '[["藏"]]')).fetchone() == (1,)
