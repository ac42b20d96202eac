"""An order: entered as a draft by the keyboard alone, confirmed, then shown with what comes of it.

Writing goes through posting functions in tasks; the grid is never locked for longer than that takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from services.changes import Notice
from services.commands import Changes
from services.drafts import Drafts, Sent
from services.entity import Entity
from services.errors import Cancelled, Invalid, Refused, ShukeError
from services.language import tr
from services.sales.entities import ORDER
from services.sales.kept import LINES
from services.sales.queries import OrderLists, OrderRecord
from widgets.base.client import Client
from widgets.base.document_page import OVERTAKEN
from widgets.base.editors.base import Editor
from widgets.base.hollow import Sheets
from widgets.base.keeping import Keeping
from widgets.base.messages import MessageBar
from widgets.base.page_meeting import PageMeeting
from widgets.base.tasks import Control, Task, TaskSlot
from widgets.sales.new_product import NewProductDialog
from widgets.sales.order_follow_ups import FollowUps
from widgets.sales.order_sheet import OrderSheet
from widgets.sales.order_title import OrderTitle
from widgets.sales.order_work import (
    FOLLOWED,
    LISTED,
    Opened,
    Recalled,
    Requests,
    Written,
    lists_of,
    open_order,
    read_again,
    recall,
    save,
)


class OrderForm(QWidget):
    """The page of one order. ``order_id`` None begins a new one, with ``values`` (customer_id) filled in."""

    title_changed = Signal()
    dirty_changed = Signal()
    close_wanted = Signal()
    """What was typed is given up: the tab may be closed now."""
    saved = Signal(int)
    """Id of the order that was written."""
    loaded = Signal()
    """The lists and the order are there."""
    others_changed = Signal(object)
    """Names of those who have the order open too, for the status bar."""
    entity: Entity = ORDER
    compared = LINES

    def __init__(
        self,
        client: Client,
        order_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        parent: QWidget | None = None,
        *,
        drafts: Drafts | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("page", True)
        self.client = client
        self._order_id = order_id
        self._values = dict(values or {})
        self._record: OrderRecord | None = None
        self._dirty = self._busy = self._closing = False
        self._requests = Requests()
        self._sent: dict[str, Any] = {}
        """What stood in the form when it was saved last."""
        self.heading = OrderTitle(client)
        self.messages = MessageBar()
        self.sheet = OrderSheet(client)
        self.head, self.lines = self.sheet.head, self.sheet.lines
        self.panel, self.totals = self.sheet.panel, self.sheet.totals
        self.follow_ups = FollowUps(self, client, self)
        stack = Sheets()
        self.meeting = PageMeeting(self, stack)
        """Where another's change meets what is typed."""
        self.keeping = Keeping(self, self, drafts)
        self._reading, self._listing = TaskSlot(self), TaskSlot(self)
        self._lay_out(stack)
        self._connect()
        self.sheet.recalculate()
        self._load()

    def _lay_out(self, stack: Sheets) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(8)
        layout.addWidget(self.heading)
        inside = self.messages.layout()
        if inside is not None:
            # in line with the cards
            inside.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.messages)
        layout.addWidget(stack, 1)
        stack.first.addWidget(self.sheet)

    def _connect(self) -> None:
        self.heading.wanted.connect(self.act)
        self.heading.presence.changed.connect(self.others_changed)
        self.sheet.edited.connect(self._edited)
        self.sheet.said.connect(self._say)
        self.sheet.failed.connect(self.failed)
        self.lines.product_wanted.connect(self._new_product)
        self.meeting.comparing.connect(lambda _now: self._set_busy(self._busy))
        self.client.bus.changed.connect(self._heard)
        for keys, call in (
            ("Ctrl+S", partial(self.act, "save")),
            ("F9", partial(self.act, "confirm")),
            ("Ctrl+P", partial(self.act, "print")),
            ("F5", self.read_again),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(call)

    # The page as the workspace sees it

    def title(self) -> str:
        """Text of the tab."""
        return self.heading.title()

    def dirty(self) -> bool:
        """True while typed input is not saved."""
        return self._dirty

    def others(self) -> list[str]:
        """Names of those who have the order open too."""
        return self.heading.presence.names()

    def can_close(self) -> bool:
        """Not with unsaved input, unless it is given up in the message that then appears."""
        if not self._dirty or self._closing:
            return True
        self.messages.warning(
            tr("This order is not saved. Save it, or discard what was typed."),
            (tr("Save"), lambda: self.act("save")),
            (tr("Keep as draft"), self._leave),
            (tr("Discard"), self._discard),
        )
        return False

    def _leave(self) -> None:
        """The draft is offered when the order is opened again."""

        def kept() -> None:
            self._closing = True
            self.close_wanted.emit()

        self.keeping.leave(kept)

    def on_shown(self) -> None:
        """A new order begins at its customer."""
        if self._record is None and self.head.value("customer_id") is None:
            self.head.customer.setFocus()

    @property
    def record(self) -> OrderRecord | None:
        """The order as it was read last; None while it is new."""
        return self._record

    # The form as its draft and another's change see it: a MetPage

    @property
    def record_id(self) -> int | None:
        """The order that was saved or opened here."""
        return self._order_id

    @property
    def version(self) -> int | None:
        """The version that was read last."""
        return None if self._record is None else self._record.version

    @property
    def editors(self) -> Mapping[str, Editor]:
        """Those of the head."""
        return self.head.editors

    @property
    def settled(self) -> bool:
        """Whether nothing is being put into the form just now."""
        return not self._reading.busy and self.meeting.settled

    def may_type(self) -> bool:
        """Only a draft is typed into."""
        return not self.lines.model.read_only

    def kept(self) -> dict[str, Any]:
        """Head, lines and terms as they stand."""
        return self.sheet.kept()

    def stood(self) -> Mapping[str, Any]:
        """What stood in the order when it was read; a new one is nobody else's."""
        return {} if self._order_id is None else self.meeting.base()

    def begun(self) -> Sent | None:
        """The save that was begun and not answered."""
        key = self._requests.key_of("save")
        return None if key is None else Sent((key,), self._sent)

    def made_by(self, changes: Changes) -> int:
        """The order that a save has made or changed."""
        return changes.id

    def go_on(
        self, record_id: int | None, values: Mapping[str, Any], base: Mapping[str, Any], version: int | None
    ) -> None:
        """Be the form of that order, with a draft typed over it."""
        self.meeting.put_over(values, base)
        if record_id != self._order_id:
            self._order_id = record_id
            self.reload()
        elif not self._reading.busy:
            self.meeting.go_on()

    def recall(self, values: Mapping[str, Any]) -> Recalled:
        """On a pool thread: products and customer of a draft as they are today."""
        return recall(self.client.database, values)

    def take_up(self, values: Mapping[str, Any], recalled: Recalled) -> None:
        """Show a draft."""
        self.sheet.take_up(values, recalled)

    def called(self, key: str, value: Any, recalled: Recalled) -> str:
        """What a field or a line is called."""
        return self.sheet.called(key, value, recalled)

    def words(self, key: str, value: Any, recalled: Recalled) -> str:
        """What stands in it, for comparing."""
        return self.sheet.words(key, value, recalled)

    @property
    def dialog(self) -> QWidget | None:
        """The dialog that was opened last."""
        return self.follow_ups.dialog

    @property
    def busy(self) -> bool:
        """True while something is read or written."""
        return self._busy or self._reading.busy or self.meeting.busy or self.keeping.busy

    # Reading

    def _load(self) -> None:
        database, order_id = self.client.database, self._order_id
        customer = self._values.get("customer_id")

        self._reading.start(
            lambda _control: open_order(database, order_id, customer),
            self._opened,
            self.failed,
            title=tr(ORDER.title),
        )

    def _take_lists(self, lists: OrderLists) -> None:
        self.head.set_lists(lists)
        self.follow_ups.warehouses = lists.warehouses

    def _opened(self, opened: Opened) -> None:
        self._take_lists(opened.lists)
        if opened.record is not None:
            self._show(opened.record)
        else:
            values = {key: value for key, value in self._values.items() if key != "customer_id"}
            self.sheet.begin(opened, values)
            self.meeting.shown()
        self.keeping.find()
        self.loaded.emit()

    def _show(self, record: OrderRecord) -> None:
        self._record, self._order_id = record, record.id
        read_only = record.state != "draft" or not self.client.can(ORDER, "edit")
        self.sheet.show_record(record, read_only=read_only)
        self.heading.show_record(record)
        self.follow_ups.show_record(record)
        self._set_dirty(False)
        self.sheet.recalculate()
        self.title_changed.emit()
        self.meeting.shown()

    def load(self) -> None:
        """Read the order again, as another's change wants it."""
        self.reload()

    def reload(self) -> None:
        """Read the order again."""
        if self._order_id is None:
            return
        database, order_id = self.client.database, self._order_id
        self._reading.start(lambda _control: read_again(database, order_id), self._show, self.failed)

    def read_again(self) -> None:
        """F5: the order as it is now, with what is typed over it."""
        if self._order_id is None or self.busy:
            return
        if self._dirty:
            self.meeting.meet(at_once=True)
        else:
            self.reload()

    def _heard(self, notice: Notice) -> None:
        """Somebody changed something: visible figures follow, typed input is never thrown away."""
        if notice.entity in FOLLOWED and self.may_type():
            self.sheet.follow_stock()
        if notice.entity in LISTED:
            database = self.client.database
            self._listing.start(lambda _control: lists_of(database), self._take_lists, lambda _error: None)
        if self._order_id is None or self._busy:
            return
        ours = notice.entity == "*" or (
            notice.entity == ORDER.key and (notice.ids is None or self._order_id in notice.ids)
        )
        if not ours or (notice.own and self.may_type()):
            # what this form has written itself it has read again already
            return
        if not self._dirty and not self.lines.editing():
            self.reload()
        elif notice.entity == ORDER.key:
            self.messages.warning(
                tr("Somebody else has changed this order."),
                (tr("Compare"), lambda: self.meeting.meet(at_once=True)),
                (tr("Load it again"), self._give_up),
            )

    # Editing

    def _edited(self) -> None:
        self._set_dirty(True)
        self._closing = False
        self.keeping.touched()

    def _set_dirty(self, dirty: bool) -> None:
        if dirty != self._dirty:
            self._dirty = dirty
            self.dirty_changed.emit()

    def set_dirty(self, dirty: bool) -> None:
        """Say whether something is typed that is not saved."""
        if dirty:
            self._edited()
        else:
            self._set_dirty(False)

    def _give_up(self) -> None:
        self._requests.done("save", "confirm")
        self._set_dirty(False)
        self.keeping.forget()
        self.reload()

    def _discard(self) -> None:
        self._give_up()
        self.close_wanted.emit()

    def _new_product(self, row: int, words: str) -> None:
        dialog = NewProductDialog(self.client, words, self)
        dialog.made.connect(lambda product_id: self.lines.take_product(row, product_id))
        dialog.rejected.connect(lambda: self.lines.view.begin(row))
        self.follow_ups.open(dialog)
        dialog.editors["model" if words else "name"].setFocus()

    # Writing

    def act(self, key: str) -> None:
        """Do one of the actions of the title row, if it is offered now."""
        if self.meeting.panel is not None:
            if key == "save":
                self.meeting.panel.save_button.click()
        elif not self.heading.offered(key):
            return
        elif key in ("save", "confirm"):
            self._write(confirm=key == "confirm")
        else:
            self.follow_ups.start(key)

    def _write(self, *, confirm: bool) -> None:
        self.lines.finish_editing()
        if self.head.problem(new=self._record is None) is not None:
            return
        wrong = self.sheet.wrong(confirm=confirm)
        if wrong:
            self.messages.warning(wrong)
            return
        if not confirm and self._record is not None and not self._dirty:
            return
        if not self.meeting.decided():
            return
        arguments = self.sheet.arguments() if self._dirty or self._record is None else None
        database, requests, order_id = self.client.database, self._requests, self._order_id
        stood = self.kept()
        before = None
        if arguments is not None:
            if requests.pending("save") is None:
                requests.key("save", arguments)
                self._sent = stood
            before = self.keeping.before_sending()

        def work(_control: Control) -> Written:
            if before is not None:
                before()
            return save(database, requests, arguments, order_id, confirm=confirm)

        self._set_busy(True)
        Task(self, work, lambda done: self._written(done, confirm, stood), self.failed, title=tr("Saving"))

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.heading.set_busy(busy or self.meeting.panel is not None)

    def _written(self, written: Written, confirm: bool, stood: Mapping[str, Any]) -> None:
        """``stood`` is what was in the form when it was sent."""
        self._set_busy(False)
        self.messages.clear()
        typed = self.kept()
        if written.earlier:
            # what was typed after an earlier try is not saved
            self.meeting.put_over(typed, self._sent)
        elif typed != stood:
            # somebody typed on while it was saved
            self.meeting.put_over(typed, stood, own=True)
        self._show(written.record)
        self.keeping.answered()
        self.saved.emit(written.record.id)
        if written.refusal is not None:
            self._refused(written.refusal)
        elif confirm:
            self.messages.done(tr("Order {number} is confirmed.", number=written.record.number))
        else:
            self.messages.done(tr("Saved as a draft."))
        if not confirm:
            self.head_warning()

    def head_warning(self) -> None:
        """Say so when the order takes the customer beyond his credit."""
        warning = self.head.credit_warning()
        if warning:
            self.messages.warning(warning)

    def _refused(self, error: ShukeError) -> None:
        """Say why, and go to the row that is meant."""
        self.messages.error(str(error))
        self.sheet.go_to_cheap(error.values.get("product"))

    def failed(self, error: Exception) -> None:
        """Say what went wrong, at its field where it has one."""
        self._set_busy(False)
        if isinstance(error, Cancelled):
            return
        if self._dirty:
            self.keeping.touched()
        if isinstance(error, Invalid) and error.field in self.head.editors:
            self.head.editors[error.field].set_error(str(error))
            self.head.editors[error.field].setFocus()
        elif isinstance(error, Refused) and error.template == OVERTAKEN:
            self._overtaken()
        elif isinstance(error, ShukeError):
            self.messages.error(str(error))
        else:
            self.client.shell.error(error)

    def _overtaken(self) -> None:
        """The order is a newer one by now: what is typed is put over that, or it is shown as it is."""
        if self._dirty:
            self.meeting.meet(at_once=True)
        else:
            self.messages.warning(tr("Somebody else has changed this document. Here it is as it is now."))
            self.reload()

    def _say(self, kind: str, text: str) -> None:
        {"info": self.messages.info, "done": self.messages.done}.get(kind, self.messages.warning)(text)

    def retranslate(self) -> None:
        """Set the texts that are its own."""
        self.sheet.recalculate()
        self.title_changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
