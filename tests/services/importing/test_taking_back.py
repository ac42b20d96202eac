"""One whole import taken back, and the list of what it made."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from services.errors import NotAvailable, Refused
from services.importing.found import imported_query
from services.importing.plan import Duplicates
from services.importing.running import undo
from services.registry import ENTITIES
from tests.conftest import Company
from tests.services.importing_files import COLUMNS, CUSTOMER, TITLES, Office, table


@pytest.mark.req("PLT-19")
def test_undo_recycles_and_restores_but_keeps_what_was_worked_on(seller: Office, tmp_path: Path) -> None:
    old = table(
        tmp_path, TITLES, ("老一", "O1", "", "10", "", "", "旧"), ("老二", "O2", "", "20", "", "", "")
    )
    seller.run(old, seller.plan(CUSTOMER, old, COLUMNS))
    both = table(
        tmp_path,
        TITLES,
        ("老一改", "O1", "023-68651208", "11", "", "", "新"),
        ("老二改", "O2", "", "22", "", "", ""),
        ("新一", "N1", "", "", "", "", ""),
        ("新二", "N2", "", "", "", "", ""),
        ("新三", "N3", "", "", "", "", ""),
        name="both.csv",
    )
    outcome = seller.run(both, seller.plan(CUSTOMER, both, COLUMNS, duplicates=Duplicates.UPDATE))
    assert (outcome.created, outcome.updated) == (3, 2)
    psql = seller.company.psql("sales1")
    psql.execute("UPDATE customers.customer SET phone = '110' WHERE number = 'O2'")
    psql.execute("UPDATE customers.customer SET phone = '119' WHERE number = 'N2'")
    psql.execute(
        "INSERT INTO customers.contact (customer_id, name)"
        " SELECT id, '张三' FROM customers.customer WHERE number = 'N3'"
    )
    with pytest.raises(NotAvailable):
        undo(seller.company.as_("sales2"), outcome.import_id)

    taken = undo(seller.database, outcome.import_id)
    ids = dict(seller.rows("SELECT number, id FROM customers.customer"))
    assert (taken.recycled, taken.restored) == (1, 1)
    assert taken.kept == {CUSTOMER: (ids["O2"], ids["N2"], ids["N3"])}
    alive = seller.rows(
        "SELECT number, name, phone, credit_limit::text, remark FROM customers.customer"
        " WHERE deleted_at IS NULL ORDER BY id"
    )
    assert alive == [
        ("O1", "老一", None, "10.00", "旧"),
        ("O2", "老二改", "110", "22.00", None),
        ("N2", "新二", "119", None, None),
        ("N3", "新三", None, None, None),
    ]
    with pytest.raises(Refused):
        undo(seller.database, outcome.import_id)
    # the corrected file can be imported again, numbers and all
    again = seller.run(both, seller.plan(CUSTOMER, both, COLUMNS))
    assert (again.created, again.skipped, again.rejected) == (1, 4, 0)


def test_the_list_of_an_import_is_its_records(company: Company, tmp_path: Path) -> None:
    seller, other = Office.of(company, "sales1"), Office.of(company, "sales2")
    company.psql("sales1").execute("INSERT INTO customers.customer (name) VALUES ('早就有的')")
    source = table(tmp_path, TITLES, ("甲公司", "A1", "", "", "", "", ""), ("乙公司", "", "", "", "", "", ""))
    outcome = seller.run(source, seller.plan(CUSTOMER, source, COLUMNS))
    entity = ENTITIES[CUSTOMER]
    (condition,) = imported_query(entity, outcome.import_id).conditions
    found = select(entity.model.__table__.c.name).where(condition(seller.user.context)).order_by("name")
    with seller.database.read_session() as session:
        assert sorted(session.scalars(found)) == ["乙公司", "甲公司"]
    with other.database.read_session() as session:
        assert list(session.scalars(found)) == []
