"""The list of products: the ordinary list, with what is done to many products at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from services.commands import Changes
from services.entity import Query
from services.language import mark, tr
from services.products import commands
from services.products.entities import PRODUCT
from widgets.base.client import Client
from widgets.base.list_actions import OwnAction
from widgets.base.list_page import ListPage
from widgets.products.repricing import RepricingDialog

_STATES = {"discontinue": "discontinued", "reactivate": "active"}


class ProductListPage(ListPage):
    """Discontinue, use again, change prices by a formula."""

    def __init__(self, client: Client) -> None:
        self.repricing: RepricingDialog | None = None
        super().__init__(client, Query(PRODUCT.key))

    def own_actions(self) -> Sequence[OwnAction]:
        """The actions that the entity declares, and the change of prices."""
        may = self.client.user.can
        found = [
            OwnAction(action.key, action.title, action.icon, partial(self.set_state, action.key))
            for action in PRODUCT.actions
            if action.key in _STATES and may(action.permission)
        ]
        if may("products.change_price"):
            found.append(
                OwnAction(
                    "prices",
                    mark("Change prices by a formula …"),
                    "percent",
                    self.reprice,
                    needs_records=False,
                )
            )
        return found

    def set_state(self, what: str) -> None:
        """Discontinue the products chosen, or use them again, after asking."""
        ids = list(self.selection.targets())
        if not ids:
            return
        if what == "discontinue":
            question = tr(
                "Discontinue {count} products? They stay in lists and documents, but are not offered any more.",
                count=len(ids),
            )
        else:
            question = tr("Use {count} products again?", count=len(ids))
        title = next(action.title for action in PRODUCT.actions if action.key == what)
        self.panel.ask(
            question,
            tr(title),
            lambda: self.actions_.do(
                commands.set_state,
                lambda changes: tr("{count} products changed.", count=len(changes.ids.get(PRODUCT.key, ()))),
                ids=ids,
                state=_STATES[what],
            ),
            after=self.table,
        )

    def reprice(self) -> None:
        """Open the dialog for the products chosen, or for all or a category where none is ticked."""
        chosen = list(self.selection.chosen)
        self.repricing = RepricingDialog(self.client, chosen or None, self)
        self.repricing.made.connect(self._repriced)
        self.repricing.open()

    def _repriced(self, changes: Changes) -> None:
        self.reload()
        repricing = changes.id
        self.messages.done(
            tr("{count} prices were changed.", count=int(changes.result["prices"])),
            (
                tr("Undo"),
                lambda: self.actions_.do(commands.undo_repricing, undone, repricing_id=repricing),
            ),
        )


def undone(changes: Changes) -> str:
    """What an undone change of prices says."""
    text = tr("{count} prices are as before.", count=int(changes.result["prices"]))
    kept = int(changes.result["kept"])
    return text if not kept else text + " " + tr("{count} were changed once more since and stay.", count=kept)
