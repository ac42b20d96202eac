"""A small customer and contact, for tests of forms and fields."""

from __future__ import annotations

from collections.abc import Mapping

from models.customers import Contact, Customer
from services.entity import Entity, Field, Kind
from services.sample.staff import PEOPLE

CUSTOMER = Entity(
    key="customers.customer",
    title="Customer",
    plural="Customers",
    icon="building-2",
    model=Customer,
    label=Customer.__table__.c.name,
    detail=Customer.__table__.c.short_name,
    columns=(),
    fields=(
        Field("name", "Name", group="Company", required=True, length=100, wide=True),
        Field("short_name", "Short name", group="Company", length=30),
        Field("category", "Category", Kind.CHOICE, group="Company", dictionary="customer_category"),
        Field("stage", "Stage", Kind.CHOICE, group="Company", dictionary="customer_stage"),
        Field("parent_id", "Parent company", Kind.REFERENCE, group="Company", reference="customers.customer"),
        Field("region", "Region", Kind.REGION, group="Address"),
        Field("address", "Address", group="Address", wide=True),
        Field("phone", "Phone", Kind.PHONE, group="Address"),
        Field("email", "E-mail", Kind.EMAIL, group="Address"),
        Field("website", "Website", Kind.URL, group="Address"),
        Field("credit_limit", "Credit limit", Kind.AMOUNT, group="Terms"),
        Field("credit_days", "Days of credit", Kind.INTEGER, group="Terms"),
        Field("remark", "Remark", Kind.LONG_TEXT, group="Terms", wide=True, length=2000),
    ),
)
CONTACT = Entity(
    key="customers.contact",
    title="Contact",
    plural="Contacts",
    icon="contact",
    model=Contact,
    label=Contact.__table__.c.name,
    columns=(),
    fields=(
        Field("customer_id", "Customer", Kind.REFERENCE, reference="customers.customer", required=True),
        Field("name", "Name", required=True),
        Field("mobile", "Mobile", Kind.PHONE),
        Field("birthday", "Birthday", Kind.DATE),
        Field("main", "Main contact", Kind.YES_NO),
    ),
)
ENTITIES: Mapping[str, Entity] = {CUSTOMER.key: CUSTOMER, CONTACT.key: CONTACT}


def name_of(login: str) -> str:
    """The name of one of the sample company's people."""
    return next(person.name for person in PEOPLE if person.login == login)
