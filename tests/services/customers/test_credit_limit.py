"""How much a customer may owe is set by who has the right, and read by the others (SAL-10)."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from services.customers.entities import CUSTOMER_ENTITY
from services.errors import Refused
from services.importing.plan import importable_fields
from services.language import use_language
from services.records import create, read, update_many, update_record
from tests.conftest import Company
from tests.widgets.desk import client_of
from widgets.base.form_fields import FormFields
from widgets.base.list_batch import edited_together

LIMIT = {"credit_limit": Decimal(5000)}


def customer(company: Company, login: str = "sales1") -> int:
    values = {"kind": "company", "name": "重庆长宏机电有限公司"}
    return company.as_(login).write(create, entity=CUSTOMER_ENTITY, values=values).id


@pytest.mark.req("SAL-10", "CUS-01")
def test_a_salesperson_sets_no_limit_of_his_own_customers(company: Company) -> None:
    use_language("en")
    mine = customer(company)
    seller = company.as_("sales1")
    with pytest.raises(Refused):
        seller.write(update_record, entity=CUSTOMER_ENTITY, record_id=mine, version=1, values=LIMIT)
    with pytest.raises(Refused):
        seller.write(update_many, entity=CUSTOMER_ENTITY, versions={mine: 1}, values=LIMIT)
    with pytest.raises(Refused):
        seller.write(create, entity=CUSTOMER_ENTITY, values={"kind": "company", "name": "甲公司", **LIMIT})
    psql = company.psql("sales1")
    for statement in (
        "UPDATE customers.customer SET credit_limit = 1000000",
        "INSERT INTO customers.customer (name, credit_limit) VALUES ('乙公司', 1000000)",
    ):
        with pytest.raises(psycopg.Error, match="right"):
            psql.execute(statement)
    # what is the same is no change: forms send what they show
    seller.write(
        update_record,
        entity=CUSTOMER_ENTITY,
        record_id=mine,
        version=1,
        values={"credit_limit": None, "phone": "023-1"},
    )
    for login in ("lead1", "boss"):
        database = company.as_(login)
        with database.read_session() as session:
            version = read(session, entity=CUSTOMER_ENTITY, record_id=mine)["version"]
        limit = {"credit_limit": Decimal(1000 + version)}
        database.write(update_record, entity=CUSTOMER_ENTITY, record_id=mine, version=version, values=limit)
        with seller.read_session() as session:
            now = read(session, entity=CUSTOMER_ENTITY, record_id=mine)["credit_limit"]
        assert now == limit["credit_limit"], login
    with pytest.raises(Refused):
        seller.write(
            update_record,
            entity=CUSTOMER_ENTITY,
            record_id=mine,
            version=version + 1,
            values={"credit_limit": None},
        )


@pytest.mark.req("SAL-10", "CUS-01")
def test_who_may_not_set_it_reads_it(company: Company, qapp: QApplication, qtbot: QtBot) -> None:
    for login, may in (("sales1", False), ("lead1", True)):
        client = client_of(company.as_(login))
        fields = FormFields(client, CUSTOMER_ENTITY)
        qtbot.addWidget(fields)
        fields.set_read_only(False)
        line = fields.editors["credit_limit"].input()
        assert line is not None and line.isReadOnly() is not may  # type: ignore[attr-defined]
        assert not fields.editors["phone"].input().isReadOnly()  # type: ignore[union-attr]
        for offered in (
            edited_together(client, CUSTOMER_ENTITY),
            importable_fields(CUSTOMER_ENTITY, client.user),
        ):
            assert ("credit_limit" in {field.key for field in offered}) is may, login
