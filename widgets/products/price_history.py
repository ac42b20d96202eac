"""The price history: the ordinary list, where a change by formula can be undone as a whole (PRD-05)."""

from __future__ import annotations

from collections.abc import Sequence

from services.entity import Query
from services.language import mark, tr
from services.products import commands
from services.products.price_entities import PRICE_CHANGE
from widgets.base.client import Client
from widgets.base.list_actions import OwnAction
from widgets.base.list_page import ListPage
from widgets.base.tasks import Control, TaskSlot
from widgets.products.product_list import undone


class PriceHistoryPage(ListPage):
    """Who changed which price when, from what to what."""

    def __init__(self, client: Client) -> None:
        super().__init__(client, Query(PRICE_CHANGE.key))
        self._finding = TaskSlot(self)

    def own_actions(self) -> Sequence[OwnAction]:
        """Undo, for those who change prices."""
        if not self.client.user.can("products.change_price"):
            return ()
        return (OwnAction("undo", mark("Undo this change by formula …"), "undo-2", self.undo),)

    def undo(self) -> None:
        """Ask about the change by formula that the current row belongs to."""
        ids = list(self.selection.targets())[:1]
        listing, database = self.listing, self.client.database

        def work(_control: Control) -> int | None:
            with database.read_session() as session:
                rows = listing.rows(session, ids, shown=("repricing",))
            found = rows[0].values[0] if rows else None
            return int(found) if found is not None else None

        self._finding.start(work, self._ask, self.failed)

    def _ask(self, repricing: int | None) -> None:
        if repricing is None:
            self.messages.warning(tr("This price was set by itself, not by a formula."))
            return
        self.panel.ask(
            tr("All prices of this change get back what they were, but for those changed once more since."),
            tr("Undo"),
            lambda: self.actions_.do(commands.undo_repricing, undone, repricing_id=repricing),
            after=self.table,
        )
