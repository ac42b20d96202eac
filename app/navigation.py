"""Both menus as data made of entity keys: the quick menu of daily work, the advanced menu of everything.

An entry is shown when the user has its right and the program has its page, so that nobody finds a door that
does not open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from services.language import mark
from widgets.base.nav_rail import Entry, Group
from widgets.base.pages import PageKey

WORKBENCH: Final = PageKey("activities.workbench", "page")
SHORTCUTS: Final = PageKey("system.shortcuts", "page")
MANUAL: Final = PageKey("system.manual", "page")


def _list(entity: str, title: str, icon: str) -> Entry:
    return Entry(PageKey(entity), title, icon, f"{entity}.view")


def _page(entity: str, view: str, title: str, icon: str, permission: str = "") -> Entry:
    return Entry(PageKey(entity, view), title, icon, permission)


_workbench = Entry(WORKBENCH, mark("Workbench"), "layout-dashboard", "")
_customers = _list("customers.customer", mark("Customers"), "building-2")
_contacts = _list("customers.contact", mark("Contacts"), "contact")
_follow_up = _list("activities.record", mark("Follow-up"), "phone-call")
_tasks = _list("activities.task", mark("Tasks"), "list-todo")
_opportunities = _list("opportunities.opportunity", mark("Opportunities"), "target")
_orders = _list("sales.order", mark("Contracts and orders"), "clipboard-list")
_counter = _page("sales.order", "counter", mark("Counter sales"), "store", "sales.counter.sell")
_products = _list("products.product", mark("Products"), "package")
_stock = _list("stock.balance", mark("Stock"), "boxes")
_delivery = _list("delivery.note", mark("Delivery notes"), "truck")
_dispatch = _list("delivery.dispatch", mark("Dispatch notices"), "megaphone")
_requests = _list("purchasing.request", mark("Purchase requests"), "shopping-cart")
_payments = _list("finance.payment", mark("Payments"), "wallet")
_reports = _page("analysis.report", "page", mark("Reports and charts"), "chart-column")
_recycle_bin = _page("system.recycle_bin", "page", mark("Recycle bin"), "trash-2")
_notices = _page("organisation.notice", "page", mark("Notices"), "message-square")
_account = _page("organisation.user", "personal", mark("Personal settings"), "user-cog")

QUICK: Final = (
    Group("", (_workbench, _customers, _contacts, _follow_up, _tasks, _opportunities, _orders, _counter)),
    Group(mark("Goods and money"), (_products, _stock, _dispatch, _delivery, _requests, _payments)),
    Group(mark("Tools"), (_reports, _recycle_bin)),
    Group(mark("Account"), (_notices, _account)),
)

ADVANCED: Final = (
    Group("", (_workbench,)),
    Group(mark("Customers and follow-up"), (_customers, _contacts, _follow_up, _tasks, _opportunities)),
    Group(mark("Sales"), (_orders, _counter, _dispatch, _delivery)),
    Group(
        mark("Products and stock"),
        (
            _products,
            _list("products.category", mark("Product categories"), "folder"),
            _list("products.price_level", mark("Price levels"), "tag"),
            _list("products.level_price", mark("Prices"), "coins"),
            _list("products.price_change", mark("Price history"), "history"),
            _stock,
            _list("stock.receipt", mark("Stock receipts"), "download"),
            _list("stock.issue", mark("Stock issues"), "upload"),
            _requests,
            _list("stock.ledger", mark("Stock movements"), "arrow-left-right"),
            _list("stock.warehouse", mark("Warehouses"), "warehouse"),
        ),
    ),
    Group(
        mark("Finance"),
        (
            _payments,
            _list("finance.ledger", mark("Receivables"), "receipt"),
            _list("finance.account", mark("Accounts"), "landmark"),
            _list("finance.rate", mark("Exchange rates"), "coins"),
        ),
    ),
    Group(mark("Analysis"), (_reports,)),
    Group(
        mark("Company"),
        (
            _list("organisation.branch", mark("Branches"), "network"),
            _list("organisation.position", mark("Positions"), "briefcase"),
            _page(
                "organisation.position",
                "departments",
                mark("Departments"),
                "network",
                "organisation.position.view",
            ),
            _list("organisation.user", mark("Users"), "users-round"),
            _list("organisation.role", mark("Roles and rights"), "shield"),
            _list("organisation.login", mark("Login log"), "history"),
            _list("system.export_log", mark("Export log"), "download"),
            _page("organisation.session", "page", mark("Sessions"), "monitor", "organisation.session.end"),
            _page(
                "organisation.access",
                "page",
                mark("Sharing and customer service"),
                "share-2",
                "system.settings",
            ),
        ),
    ),
    Group(
        mark("System"),
        (
            _list("system.choice", mark("Data dictionary"), "book-open"),
            _list("system.custom_field", mark("Custom fields"), "pencil"),
            _page("system.history", "page", mark("Change history"), "history", "system.history"),
            _page("system.seal", "page", mark("Seals of the history"), "lock", "system.history"),
            _page("system.numbering", "page", mark("Document numbers"), "stamp", "system.settings"),
            _recycle_bin,
            _page("system.attachment", "space", mark("Files and space"), "hard-drive", "system.settings"),
            _page("system.settings", "page", mark("Company settings"), "settings", "system.settings"),
            _notices,
            _account,
            Entry(MANUAL, mark("Manual"), "book-open", ""),
        ),
    ),
)

MENUS: Final = {"quick": QUICK, "advanced": ADVANCED}


def menu(
    name: str, can: Callable[[str], bool], exists: Callable[[PageKey], bool] = lambda key: True
) -> tuple[Group, ...]:
    """The menu ``name`` (``quick`` or ``advanced``) as this user sees it, without empty groups.

    ``can`` tells whether the user has a right, ``exists`` whether the program has a page.
    """
    groups = (
        Group(
            group.title,
            tuple(
                entry
                for entry in group.entries
                if (not entry.permission or can(entry.permission)) and exists(entry.key)
            ),
        )
        for group in MENUS[name]
    )
    return tuple(group for group in groups if group.entries)
