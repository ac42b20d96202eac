"""What each right is called, and how the tick list is laid out: domains, nouns, verbs, special rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.permissions import Permission
from services.entity import Entity
from services.language import mark, tr
from services.registry import ENTITIES

DOMAINS: Final = {
    "organisation": mark("Company and people"),
    "customers": mark("Customers"),
    "activities": mark("Follow-up"),
    "opportunities": mark("Opportunities"),
    "products": mark("Products"),
    "sales": mark("Sales"),
    "delivery": mark("Delivery"),
    "stock": mark("Stock"),
    "purchasing": mark("Purchasing"),
    "finance": mark("Finance"),
    "service": mark("Customer service"),
    "marketing": mark("Marketing"),
    "messaging": mark("Messages"),
    "office": mark("Office"),
    "analysis": mark("Analysis"),
    "system": mark("System"),
}
"""Titles of the domains, in the order in which the tick list shows them."""

VERBS: Final = {
    "view": mark("View"),
    "create": mark("Create"),
    "edit": mark("Edit"),
    "delete": mark("Delete"),
    "export": mark("Export"),
    "import": mark("Import"),
    "print": mark("Print"),
}
"""The columns of the tick list. "Approve" (ORG-05) joins them with the first kind of document that is approved
(OFF-30): a box that allows nothing would tell an administrator an untruth."""

NOUNS: Final = {
    "stock.balance": mark("Stock"),
    "stock.ledger": mark("Stock movements"),
    "stock.receipt": mark("Stock receipts"),
    "stock.issue": mark("Stock issues"),
    "stock.warehouse": mark("Warehouses"),
    "products.product": mark("Products"),
    "products.category": mark("Product categories"),
    "products.price_level": mark("Price levels"),
    "sales.order": mark("Contracts and orders"),
    "delivery.note": mark("Delivery notes"),
    "finance.account": mark("Accounts"),
    "finance.rate": mark("Exchange rates"),
    "finance.payment": mark("Payments"),
    "finance.ledger": mark("Receivables"),
    "activities.record": mark("Follow-up"),
    "activities.task": mark("Tasks"),
    "activities.comment": mark("Comments"),
    "activities.check_item": mark("Items of checklists"),
    "activities.step": mark("Steps of tasks"),
    "app.numbering": mark("Document numbers"),
    "app.section": mark("Sections for customer service"),
    "app.sharing": mark("Sharing model"),
    "finance.account_balance": mark("Balances of accounts"),
    "organisation.hand_over": mark("Hand-overs"),
    "organisation.notice": mark("Notices"),
    "products.repricing": mark("Changes of prices by a formula"),
    "system.preference": mark("Personal settings"),
    "system.setting": mark("Company settings"),
    "customers.contact_link": mark("Further customers of contacts"),
    "organisation.share": mark("Shares"),
    "organisation.user_role": mark("Roles of users"),
    "stock.keeper": mark("Warehouse keepers"),
    "stock.cost": mark("Stock costs"),
    "stock.receipt_line": mark("Lines of stock receipts"),
    "stock.receipt_line_cost": mark("Costs of stock receipts"),
    "stock.issue_line": mark("Lines of stock issues"),
    "sales.order_line": mark("Lines of orders"),
    "delivery.note_line": mark("Lines of delivery notes"),
    "delivery.dispatch_line": mark("Lines of dispatch notices"),
    "products.level_price": mark("Prices of the price levels"),
    "products.price_change": mark("Price history"),
    "products.pack": mark("Pack units"),
    "products.bar_code": mark("Further bar codes"),
    "products.parameter": mark("Parameters of products"),
    "products.question": mark("Common questions"),
    "products.cost": mark("Cost prices"),
    "finance.allocation": mark("Allocation of payments"),
    "customers.pool": mark("Customer pool"),
    "customers.owner_event": mark("Changes of owner and shares of customers"),
    "system.saved_search": mark("Saved searches"),
}
"""Titles of kinds of records whose entity is not declared (yet)."""

SPECIAL: Final = {
    "customers.pool.put": mark("Put customers into the pool"),
    "customers.pool.take": mark("Take customers out of the pool"),
    "customers.pool.administer": mark("Pool administrator: put anybody's customers in, give them to others"),
    "customers.set_credit": mark("Set the credit limits of customers"),
    "customers.see_all": mark("See the customers and contacts of everybody"),
    "customers.service": mark("Customer service: all customers, in the sections chosen"),
    "activities.see_all": mark("See the follow-up and tasks of everybody"),
    "products.see_cost": mark("See cost prices and margins"),
    "products.change_price": mark("Set selling prices"),
    "sales.see_all": mark("See the orders of everybody"),
    "sales.order.confirm": mark("Confirm orders"),
    "sales.price_below_limit": mark("Sell below the lowest price"),
    "sales.over_credit": mark("Sell beyond the credit limit"),
    "sales.counter.sell": mark("Sell over the counter"),
    "delivery.see_all": mark("See the delivery notes of everybody"),
    "delivery.note.ship": mark("Ship delivery notes"),
    "purchasing.see_all": mark("See the purchase requests of everybody"),
    "purchasing.request.step": mark("Order and close purchase requests"),
    "stock.see_all": mark("See the receipts and issues of every warehouse"),
    "stock.receipt.post": mark("Post stock receipts"),
    "stock.issue.post": mark("Post stock issues"),
    "finance.see_all": mark("See all payments and receivables"),
    "finance.payment.post": mark("Post payments"),
    "finance.payment.reverse": mark("Reverse payments"),
    "organisation.share": mark("Share records"),
    "organisation.transfer": mark("Give records to another owner"),
    "organisation.user.password": mark("Set the passwords of others"),
    "organisation.session.end": mark("See open sessions and end them"),
    "system.saved_search.share": mark("Offer saved searches to everybody"),
    "system.history": mark("Read the change history"),
    "system.purge": mark("Delete for ever"),
    "system.settings": mark("Change the company's settings"),
}
"""Titles of the rights that are no verb of the tick list."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the tick list: a kind of record, and which right stands in which column."""

    entity: str
    verbs: dict[str, str]
    """{verb: right} for the verbs that the kind of record has."""

    @property
    def title(self) -> str:
        """Its plural in the language in force."""
        return entity_title(self.entity)


@dataclass(frozen=True, slots=True)
class Area:
    """One domain of the tick list."""

    domain: str
    lines: tuple[Line, ...]
    special: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its title in the language in force."""
        return tr(DOMAINS[self.domain])


def areas() -> tuple[Area, ...]:
    """The whole tick list. Every Permission is in it exactly once."""
    lines: dict[str, dict[str, dict[str, str]]] = {domain: {} for domain in DOMAINS}
    special: dict[str, list[str]] = {domain: [] for domain in DOMAINS}
    for right in Permission:
        domain, _, rest = right.value.partition(".")
        noun, _, verb = rest.partition(".")
        if verb in VERBS:
            lines[domain].setdefault(f"{domain}.{noun}", {})[verb] = right.value
        else:
            special[domain].append(right.value)
    return tuple(
        Area(
            domain,
            tuple(Line(entity, verbs) for entity, verbs in lines[domain].items()),
            tuple(special[domain]),
        )
        for domain in DOMAINS
        if lines[domain] or special[domain]
    )


def entity_title(key: str, *, plural: bool = True) -> str:
    """What a kind of record is called in the language in force; its key when nobody has named it."""
    entity: Entity | None = ENTITIES.get(key)
    if entity is not None:
        return tr(entity.plural if plural else entity.title)
    return tr(NOUNS[key]) if key in NOUNS else key


def right_title(right: str) -> str:
    """What a right is called in the language in force."""
    if right in SPECIAL:
        return tr(SPECIAL[right])
    entity, _, verb = right.rpartition(".")
    if verb in VERBS:
        return tr("{verb}: {records}", verb=tr(VERBS[verb]), records=entity_title(entity))
    return f"{entity_title(entity)}: {verb}" if entity else right
