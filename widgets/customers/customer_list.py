"""The list of customers: the ordinary list, with the small window for a customer and his first contact (CUS-05)."""

from __future__ import annotations

from collections.abc import Sequence

from services.entity import Query
from services.language import mark
from widgets.base.client import Client
from widgets.base.list_actions import OwnAction
from widgets.base.list_page import ListPage
from widgets.customers.quick_create import QuickCreate

CUSTOMER = "customers.customer"


class CustomerListPage(ListPage):
    """Quick create, one customer after the other."""

    def __init__(self, client: Client) -> None:
        self.quick: QuickCreate | None = None
        super().__init__(client, Query(CUSTOMER))

    def own_actions(self) -> Sequence[OwnAction]:
        """The small window, for who may make customers."""
        if not self.client.user.can(f"{CUSTOMER}.create"):
            return ()
        return (
            OwnAction(
                "quick_create",
                mark("Quick create with a contact …"),
                "contact",
                self.quick_create,
                keys="Ctrl+Alt+N",
                needs_records=False,
            ),
        )

    def quick_create(self) -> None:
        """Open the small window, or bring it to the front: it stays beside the list for as many as are to be made."""
        if self.quick is None:
            self.quick = QuickCreate(self.client, self.values or None, self)
            self.quick.created.connect(lambda _id: self.reload())
            self.quick.finished.connect(self._quick_ended)
        self.quick.show()
        self.quick.activateWindow()

    def _quick_ended(self) -> None:
        if self.quick is not None:
            self.quick.deleteLater()
            self.quick = None
