"""What is typed into an order form is kept on this PC and offered again (PLT-30), like in the generic form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from PySide6.QtCore import QObject, QTimer

from services.clock import CHINA
from services.drafts import Draft, Drafts
from services.errors import Cancelled, NotAvailable
from services.language import tr
from services.products.queries import ProductHit, products_by_id
from services.sales.entities import ORDER
from services.sales.kept import KeptOrder, Unanswered, keep_unanswered, kept, unanswered
from services.sales.queries import CustomerTerms, OrderRecord, customer_terms
from widgets.base.client import Client
from widgets.base.form_io import drafts_of
from widgets.base.messages import MessageBar
from widgets.base.record_form import DRAFT_DELAY
from widgets.base.tasks import Control, TaskSlot
from widgets.sales.order_work import Requests

Found = tuple[KeptOrder, Mapping[int, ProductHit], CustomerTerms | None]


class Typed(Protocol):
    """What is kept of a form, and where it is shown again."""

    messages: MessageBar

    @property
    def record(self) -> OrderRecord | None:
        """The order as it was read last; None while it is new."""

    def dirty(self) -> bool:
        """Whether typed input is not saved."""

    def typed(self) -> Mapping[str, str]:
        """All that stands in the form, as ``services.sales.kept.keep`` gives it."""

    def show_kept(
        self, order: KeptOrder, products: Mapping[int, ProductHit], terms: CustomerTerms | None
    ) -> None:
        """Show what was typed earlier, in place of what is there."""

    def failed(self, error: Exception) -> None:
        """Say why something was not done."""


class OrderKeeping(QObject):
    """The draft of one form: written a moment after typing and before every save, deleted when it is saved."""

    def __init__(
        self, form: Typed, client: Client, requests: Requests, parent: QObject, drafts: Drafts | None = None
    ) -> None:
        """``parent``: the widget that the form is; what it holds is let go with it."""
        super().__init__(parent)
        self._form, self._client, self._requests = form, client, requests
        self.drafts = drafts or drafts_of(client)
        self._slot, self._reading = TaskSlot(self), TaskSlot(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DRAFT_DELAY)
        self._timer.timeout.connect(self.keep)
        held, store = [uuid4()], self.drafts
        self._held = held
        store.hold(held[0])
        parent.destroyed.connect(lambda _gone=None: store.release(held[0]))

    def touched(self) -> None:
        """Something was typed."""
        self._timer.start()

    def find(self, order_id: int | None) -> Draft | None:
        """On a pool thread: the draft of that order, or one of a new order that no open form holds."""
        return self.drafts.find(entity=ORDER.key, record_id=order_id)

    def draft(self) -> Draft:
        """The form as it stands, with a save that was begun and not answered."""
        record, form = self._form.record, self._form
        pending, key = self._requests.pending("save"), self._requests.key_of("save")
        begun = None if pending is None or key is None else Unanswered(key, pending[0], pending[1])
        return Draft(
            owner=self.drafts.owner,
            entity=ORDER.key,
            record_id=None if record is None else record.id,
            version=None if record is None else record.version,
            key=self._held[0],
            at=datetime.now(CHINA),
            values=form.typed(),
            sent=keep_unanswered(begun),
        )

    def keep(self) -> None:
        """Write what is typed to the disk, in the background."""
        self._timer.stop()
        if not self._form.dirty():
            return
        draft, drafts = self.draft(), self.drafts
        self._slot.start(lambda _control: drafts.save(draft), lambda _done: None, self._not_kept)

    def _not_kept(self, error: Exception) -> None:
        if not isinstance(error, Cancelled):
            self._form.messages.warning(tr("What you type cannot be kept on this PC: {error}", error=error))

    def forget(self, order_id: int | None = None) -> None:
        """It is saved, or given up. ``order_id``: the order that the draft was of; None for a new one."""
        self._timer.stop()
        drafts, key = self.drafts, self._held[0]
        self._slot.start(
            lambda _control: drafts.delete(entity=ORDER.key, record_id=order_id, key=key),
            lambda _done: None,
            lambda _error: None,
        )

    # Offering it again

    def offer(self, draft: Draft) -> None:
        """Say that there is one, with the choice to go on with it."""
        when = draft.at.astimezone(CHINA).strftime("%m-%d %H:%M")
        self._form.messages.warning(
            tr("On {when} you typed something here that was not saved.", when=when),
            (tr("Continue with it"), lambda: self._continue(draft)),
            (tr("Discard it"), lambda: self._discard(draft)),
        )

    def _discard(self, draft: Draft) -> None:
        drafts = self.drafts
        self._slot.start(
            lambda _control: drafts.delete(entity=ORDER.key, record_id=draft.record_id, key=draft.key),
            lambda _done: None,
            self._not_kept,
        )

    def _continue(self, draft: Draft) -> None:
        """Read what the database says of its products and customer today, then show it."""
        database = self._client.database

        def work(_control: Control) -> Found:
            order = kept(draft)
            customer = order.head.get("customer_id")
            with database.read_session() as session:
                products = products_by_id(
                    session,
                    order.product_ids,
                    level_id=order.head.get("price_level_id"),
                    warehouse_id=order.head.get("warehouse_id"),
                )
                try:
                    terms = None if customer is None else customer_terms(session, customer)
                except NotAvailable:
                    terms = None
            return order, products, terms

        def done(found: Found) -> None:
            self.drafts.release(self._held[0])
            self._held[0] = draft.key
            self.drafts.hold(draft.key)
            begun = unanswered(draft)
            if begun is not None:
                self._requests.restore("save", begun.contents, begun.sent, begun.key)
            self._form.show_kept(*found)
            record = self._form.record
            if record is not None and draft.version != record.version:
                self._form.messages.warning(
                    tr("This order was changed after you typed. Compare before you save.")
                )

        self._reading.start(work, done, self._form.failed)
