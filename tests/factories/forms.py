"""A small customer entity and a client without a main window, for tests of forms and fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from models.customers import Contact, Customer
from services.changes import Notice
from services.database import Database
from services.entity import Entity, Field, Kind, Query
from services.sample.staff import PEOPLE
from services.session import Preferences, log_in, read_dictionary
from widgets.base.client import ChangeBus, Client

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


class SilentShell:
    """Remembers what a screen asked of the main window."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, int]] = []
        self.created: list[tuple[str, Mapping[str, Any] | None]] = []
        self.messages: list[tuple[str, str]] = []
        self.errors: list[BaseException] = []
        self.actions: list[tuple[str, Callable[[], None]]] = []

    def open_record(self, entity: str, record_id: int) -> None:
        self.opened.append((entity, record_id))

    def new_record(self, entity: str, values: Mapping[str, Any] | None = None) -> None:
        self.created.append((entity, values))

    def open_view(self, entity: str, view: str) -> None:
        """Pages about whole kinds of records are not opened here."""

    def open_list(self, query: Query) -> None:
        raise AssertionError("no list is opened from a form")

    def message(
        self, text: str, kind: str = "info", action: tuple[str, Callable[[], None]] | None = None
    ) -> None:
        self.messages.append((kind, text))
        if action is not None:
            self.actions.append(action)

    def error(self, error: BaseException) -> None:
        self.errors.append(error)


def client_of(database: Database, entities: Mapping[str, Entity] = ENTITIES) -> Client:
    """A client logged in as the person of ``database``."""
    user = log_in(database)
    with database.read_session() as session:
        dictionary = read_dictionary(session)
    return Client(
        database, user, Preferences(database, user), entities, SilentShell(), ChangeBus(), dictionary
    )


def shell_of(client: Client) -> SilentShell:
    """The shell that remembers."""
    assert isinstance(client.shell, SilentShell)
    return client.shell


def changed_elsewhere(client: Client, entity: str, record_id: int) -> None:
    """What the listener would say after another PC's change."""
    client.bus.tell(Notice(entity, frozenset({record_id}), False))
