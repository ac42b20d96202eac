"""The recycle bin of every kind of record."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from services import records
from services.registry import ENTITIES
from tests.conftest import Company
from tests.widgets.desk import client_of
from widgets.base.tasks import tasks
from widgets.system.recycle_bin import RecycleBin


@pytest.mark.req("PLT-33")
def test_what_was_deleted_is_there_by_kind_and_comes_back_with_what_hung_on_it(
    company: Company, qtbot: QtBot
) -> None:
    client = client_of(company.as_("sales1"))
    entity = ENTITIES["customers.customer"]
    made = client.database.write(records.create, entity=entity, values={"name": "重庆长宏"}).id
    client.database.write(
        records.create, entity=ENTITIES["customers.contact"], values={"name": "单雄", "customer_id": made}
    )
    client.database.write(records.recycle, entity=entity, ids=[made])
    page = RecycleBin(client)
    qtbot.addWidget(page)
    page.resize(1000, 600)
    page.show()
    assert "organisation.user" not in [page.kinds.itemData(n) for n in range(page.kinds.count())]
    page.kinds.setCurrentIndex(page.kinds.findData("customers.contact"))
    contacts = page.page()
    assert contacts is not None
    qtbot.waitUntil(lambda: contacts.total == 1)
    page.kinds.setCurrentIndex(page.kinds.findData("customers.customer"))
    customers = page.page()
    assert customers is not None
    qtbot.waitUntil(lambda: customers.total == 1 and customers.model.rowCount() == 1)
    assert not [b for b in (customers.actions_.new_button,) if b.isVisible()]
    customers.table.setFocus()
    customers.table.setCurrentIndex(customers.model.index(0, 1))
    customers.actions_.actions["restore"].trigger()
    qtbot.waitUntil(lambda: customers.total == 0)
    left = (
        company.psql()
        .execute(
            "SELECT (SELECT count(*) FROM customers.customer WHERE deleted_at IS NULL),"
            " (SELECT count(*) FROM customers.contact WHERE deleted_at IS NULL)"
        )
        .fetchone()
    )
    assert left == (1, 1)
    qtbot.waitUntil(lambda: not tasks()._jobs, timeout=5000)
