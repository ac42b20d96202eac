"""Which screens are custom: what stands in place of the generic list and form, and pages of their own.

Each is made by a small function that imports its module when the screen is first opened, so that a start does
not pay for screens that nobody looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtWidgets import QWidget

from services.entity import Query
from widgets.base.client import Client
from widgets.base.pages import TABLE, PageKey

MakeRecord = Callable[[Client, int | None, Mapping[str, Any] | None], QWidget]
"""A page of one record; no id begins a new one with the values given."""


def _customer(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    if record_id is None:
        from widgets.customers.customer_form import CustomerForm

        return CustomerForm(client, values=values)
    from widgets.customers.customer_view import CustomerView

    return CustomerView(client, record_id)


def _contact(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.customers.contact_page import ContactPage

    return ContactPage(client, record_id, values)


def _product(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.products.product_page import ProductPage

    return ProductPage(client, record_id, values)


def _order(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.sales.order_form import OrderForm

    return OrderForm(client, record_id, values)


def _receipt(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.stock.receipt_form import ReceiptForm

    return ReceiptForm(client, record_id, values)


def _issue(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.stock.issue_form import IssueForm

    return IssueForm(client, record_id, values)


def _payment(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.finance.payment_form import PaymentForm

    return PaymentForm(client, record_id, values)


def _note(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.delivery.note_form import NoteForm

    return NoteForm(client, record_id, values)


def _dispatch(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.delivery.dispatch_form import DispatchForm

    return DispatchForm(client, record_id, values)


def _request(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.purchasing.request_page import RequestPage

    return RequestPage(client, record_id, values)


def _contact_record(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.activities.record_page import RecordPage

    return RecordPage(client, record_id, values)


def _task(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.activities.task_page import TaskPage

    return TaskPage(client, record_id, values)


def _user(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.organisation.users_page import UsersPage

    return UsersPage(client, chosen=record_id)


def _role(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.organisation.roles_page import RolesPage

    return RolesPage(client, chosen=record_id)


def _position(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.organisation.positions_page import PositionsPage

    return PositionsPage(client, chosen=record_id)


def _branch(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.organisation.branches_page import BranchesPage

    return BranchesPage(client, chosen=record_id)


def _warehouse(client: Client, record_id: int | None, values: Mapping[str, Any] | None) -> QWidget:
    from widgets.stock.warehouse_form import WarehouseForm

    return WarehouseForm(client, record_id, values)


def _dictionary_of(client: Client, record_id: int | None, _values: Mapping[str, Any] | None) -> QWidget:
    from widgets.system.dictionary_page import DictionaryPage

    return DictionaryPage(client, chosen=record_id)


def _attachment(client: Client, record_id: int | None, _values: Mapping[str, Any] | None) -> QWidget:
    from widgets.system.attachment_page import AttachmentPage

    assert record_id is not None  # files are attached where their record is shown
    return AttachmentPage(client, record_id)


RECORDS: Final[Mapping[str, MakeRecord]] = {
    "organisation.user": _user,
    "organisation.role": _role,
    "organisation.position": _position,
    "organisation.branch": _branch,
    "customers.customer": _customer,
    "customers.contact": _contact,
    "products.product": _product,
    "sales.order": _order,
    "stock.receipt": _receipt,
    "stock.issue": _issue,
    "stock.warehouse": _warehouse,
    "finance.payment": _payment,
    "delivery.note": _note,
    "delivery.dispatch": _dispatch,
    "purchasing.request": _request,
    "activities.record": _contact_record,
    "activities.task": _task,
    "system.choice": _dictionary_of,
    "system.attachment": _attachment,
}
"""Pages of one record, by entity key; every other entity has the generic form."""


def _categories(client: Client) -> QWidget:
    from widgets.products.category_page import CategoryPage

    return CategoryPage(client)


def _customers(client: Client) -> QWidget:
    from widgets.customers.customer_list import CustomerListPage

    return CustomerListPage(client)


def _products(client: Client) -> QWidget:
    from widgets.products.product_list import ProductListPage

    return ProductListPage(client)


def _price_changes(client: Client) -> QWidget:
    from widgets.products.price_history import PriceHistoryPage

    return PriceHistoryPage(client)


def _stock(client: Client) -> QWidget:
    from widgets.stock.stock_list import StockListPage

    return StockListPage(client)


def _dictionary(client: Client) -> QWidget:
    return _dictionary_of(client, None, None)


@dataclass(frozen=True, slots=True)
class PartOfRecord:
    """A section or tab of the page of a record, which its ``open_section(key)`` brings up. ``title`` is a source
    string, ``right`` who sees it."""

    key: str
    title: str
    right: str = ""


def _customer_sections() -> tuple[PartOfRecord, ...]:
    from widgets.customers.sections import SECTIONS

    return tuple(PartOfRecord(one.key, one.title, one.right) for one in SECTIONS)


def _product_tabs() -> tuple[PartOfRecord, ...]:
    from widgets.products.product_lists import TITLES

    return tuple(PartOfRecord(f"product.{key}", title) for key, title in TITLES.items())


PARTS: Final[Mapping[str, Callable[[], tuple[PartOfRecord, ...]]]] = {
    "customers.customer": _customer_sections,
    "products.product": _product_tabs,
}
"""What pages of one record consist of, by entity key, for whoever goes through all of it."""


LISTS: Final[Mapping[str, Callable[[Client], QWidget]]] = {
    "customers.customer": _customers,
    "products.product": _products,
    "products.category": _categories,
    "products.price_change": _price_changes,
    "stock.balance": _stock,
    "system.choice": _dictionary,
    "organisation.user": lambda client: _user(client, None, None),
    "organisation.role": lambda client: _role(client, None, None),
    "organisation.position": lambda client: _position(client, None, None),
    "organisation.branch": lambda client: _branch(client, None, None),
}
"""Pages in place of the generic list."""


@dataclass(frozen=True, slots=True)
class OwnPage:
    """A page that is neither a list nor a record. ``title`` is a source string; ``right`` who may open it."""

    make: Callable[[Client], QWidget]
    right: str = ""


def _workbench(client: Client) -> QWidget:
    from widgets.activities.workbench import Workbench

    return Workbench(client)


def _recycle_bin(client: Client) -> QWidget:
    from widgets.system.recycle_bin import RecycleBin

    return RecycleBin(client)


def _space(client: Client) -> QWidget:
    from widgets.system.space_page import SpacePage

    return SpacePage(client)


def _sessions(client: Client) -> QWidget:
    from widgets.organisation.sessions_page import SessionsPage

    return SessionsPage(client)


def _departments(client: Client) -> QWidget:
    from widgets.organisation.departments_page import DepartmentsPage

    return DepartmentsPage(client)


def _personal(client: Client) -> QWidget:
    from widgets.organisation.personal_page import PersonalPage

    return PersonalPage(client)


def _settings(client: Client) -> QWidget:
    from widgets.system.settings_page import SettingsPage

    return SettingsPage(client)


def _history(client: Client) -> QWidget:
    from widgets.system.history_page import HistoryPage

    return HistoryPage(client)


def _access(client: Client) -> QWidget:
    from widgets.organisation.access_page import AccessPage

    return AccessPage(client)


def _numbering(client: Client) -> QWidget:
    from widgets.system.numbering_page import NumberingPage

    return NumberingPage(client)


def _notices(client: Client) -> QWidget:
    from widgets.organisation.notices_page import NoticesPage

    return NoticesPage(client)


def _seals(client: Client) -> QWidget:
    from widgets.system.seals_page import SealsPage

    return SealsPage(client)


def _manual(_client: Client) -> QWidget:
    from widgets.system.help_page import HelpPage

    return HelpPage()


def _table(entity: str) -> OwnPage:
    def make(client: Client) -> QWidget:
        from widgets.base.list_page import ListPage

        return ListPage(client, Query(entity))

    return OwnPage(make, f"{entity}.view")


PAGES: Final[Mapping[PageKey, OwnPage]] = {
    **{
        PageKey(entity, TABLE): _table(entity)
        for entity in (
            "organisation.user",
            "organisation.role",
            "organisation.position",
            "organisation.branch",
        )
    },
    PageKey("organisation.session", "page"): OwnPage(_sessions, "organisation.session.end"),
    PageKey("organisation.position", "departments"): OwnPage(_departments, "organisation.position.view"),
    PageKey("organisation.user", "personal"): OwnPage(_personal),
    PageKey("organisation.access", "page"): OwnPage(_access, "system.settings"),
    PageKey("organisation.notice", "page"): OwnPage(_notices),
    PageKey("system.numbering", "page"): OwnPage(_numbering, "system.settings"),
    PageKey("system.seal", "page"): OwnPage(_seals, "system.history"),
    PageKey("system.attachment", "space"): OwnPage(_space, "system.settings"),
    PageKey("system.settings", "page"): OwnPage(_settings, "system.settings"),
    PageKey("system.history", "page"): OwnPage(_history, "system.history"),
    PageKey("activities.workbench", "page"): OwnPage(_workbench),
    PageKey("system.recycle_bin", "page"): OwnPage(_recycle_bin),
    PageKey("system.manual", "page"): OwnPage(_manual),
}
"""Pages of their own, by the key under which the menus name them."""
