"""A contact who belongs to several customers (CON-01)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from services import records
from services.customers import view
from services.customers.contact_entity import CONTACT_ENTITY
from services.customers.entities import CUSTOMER_ENTITY
from services.language import use_language
from services.listing import Listing
from tests.conftest import Company
from tests.widgets.desk import client_of
from widgets.base.tasks import tasks
from widgets.customers.contact_page import ContactPage


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    use_language("en")
    yield
    tasks().wait()
    use_language("zh_CN")


@pytest.mark.req("CON-01")
def test_a_contact_belongs_to_another_customer_too(company: Company, qtbot: QtBot) -> None:
    client = client_of(company.as_("sales1"))
    database = client.database
    own, other = (
        database.write(records.create, entity=CUSTOMER_ENTITY, values={"name": name}).id
        for name in ("万州五金店", "长宏机电")
    )
    person = database.write(
        records.create,
        entity=CONTACT_ENTITY,
        values={
            "name": "李强",
            "customer_id": own,
            "responsible_for": "采购",
            "messenger": "li.qiang",
            "calendar": "lunar",
            "hobbies": "钓鱼",
        },
    ).id
    page = ContactPage(client, person)
    qtbot.addWidget(page)
    page.resize(1200, 800)
    page.show()
    links = page.links
    assert links is not None
    qtbot.waitUntil(lambda: not links.busy and page.form.fields.isEnabled())
    assert links.empty.isVisible()
    links.customer.learn({other: "长宏机电"})
    links.customer.set_value(other)
    links.role.set_value("顾问")
    links.add_button.click()
    qtbot.waitUntil(lambda: [(link.customer, link.role) for link in links.links] == [("长宏机电", "顾问")])
    assert links.customer.value() is None
    # he stands in the view of both
    with database.read_session() as session:
        for customer in (own, other):
            assert view.counts(session, customer_id=customer, entities=["customers.contact"]) == {
                "customers.contact": 1
            }
            listing = Listing(
                view.section_query("customers.contact", customer),
                user=client.user,
                dictionary=client.dictionary,
                entity=CONTACT_ENTITY,
            )
            assert listing.page_ids(session, first=0, size=10) == [person]
    # his own customer is none of the others
    links.customer.learn({own: "万州五金店"})
    links.customer.set_value(own)
    links.add_button.click()
    qtbot.waitUntil(links.error.isVisible)
    assert links.error.text() == "The contact belongs to this customer already."
    links.remove(other)
    qtbot.waitUntil(lambda: links.links == [])
