"""The title row of an order: its number, its states as chips, what can be done now."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from services.language import tr
from services.sales.entities import DELIVERY_STATES, ORDER, ORDER_STATES, PAYMENT_STATES
from services.sales.queries import OrderRecord
from widgets.base.card import Elided
from widgets.base.client import Client
from widgets.base.files_button import FilesButton
from widgets.base.icons import icon
from widgets.base.presence_label import PresenceLabel
from widgets.base.style import repolish
from widgets.base.title_row import TitleRow
from widgets.sales.related_button import RelatedButton

_TONES = {
    "draft": "waiting",
    "confirmed": "good",
    "reversed": "bad",
    "nothing": "neutral",
    "open": "neutral",
    "partly": "waiting",
    "done": "good",
}


class OrderTitle(QWidget):
    """Chips and buttons. The buttons are the entity's actions that its state and the user's rights allow."""

    wanted = Signal(str)
    """Key of an action: save, or one of the entity's."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._record: OrderRecord | None = None
        self._may_save = True
        self._busy = False
        self.text = Elided()
        self.text.setProperty("role", "title")
        self.state, self.delivery, self.payment = QLabel(), QLabel(), QLabel()
        self.buttons = {key: QPushButton() for key in ("save", *(action.key for action in ORDER.actions))}
        row = TitleRow(self)
        row.addWidget(self.text)
        self.presence = PresenceLabel(client, ORDER.key)
        for chip in (self.state, self.delivery, self.payment, self.presence):
            row.addWidget(chip)
        row.begin_actions()
        icons = {"save": "save", **{action.key: action.icon for action in ORDER.actions}}
        # what comes next stands first, the files last
        for key in sorted(self.buttons, key=lambda key: key != "confirm"):
            button = self.buttons[key]
            button.setIcon(icon(icons[key], "on_accent" if key == "confirm" else "muted"))
            button.setIconSize(QSize(16, 16))
            button.clicked.connect(lambda _checked=False, key=key: self.wanted.emit(key))
            row.addWidget(button)
        self.related, self.files = RelatedButton(client), FilesButton(client, ORDER.key)
        row.addWidget(self.related)
        row.addWidget(self.files)
        self.buttons["confirm"].setProperty("primary", True)
        self.retranslate()

    def title(self) -> str:
        """What the order is called, for the tab."""
        if self._record is None:
            return tr("New order")
        if not self._record.number:
            return tr("Draft {customer}", customer=self._record.terms.name)
        return tr("Order {number}", number=self._record.number)

    def show_record(self, record: OrderRecord | None) -> None:
        """Show the states of ``record``; None for a new order."""
        self._record = record
        record_id = record.id if record is not None else None
        self.files.set_record(record_id)
        self.presence.set_record(record_id)
        self.related.show_documents(record.related if record is not None else ())
        self.retranslate()

    def set_busy(self, busy: bool) -> None:
        """No button works while something is written."""
        self._busy = busy
        for button in self.buttons.values():
            button.setEnabled(not busy)

    def offered(self, key: str) -> bool:
        """Whether an action can be done now."""
        return not self._busy and not self.buttons[key].isHidden()

    def _chip(self, label: QLabel, text: str, key: str) -> None:
        label.setText(text)
        label.setProperty("chip", _TONES.get(key, "neutral"))
        repolish(label)

    def retranslate(self) -> None:
        """Set every text, and show the actions of the state."""
        record = self._record
        state = record.state if record else "draft"
        self.text.setText(self.title())
        self._chip(self.state, tr(ORDER_STATES[state]), state)
        delivery, payment = (record.delivery_state, record.payment_state) if record else ("open", "open")
        self._chip(self.delivery, tr(DELIVERY_STATES[delivery]), delivery)
        self._chip(self.payment, tr(PAYMENT_STATES[payment]), payment)
        for chip in (self.delivery, self.payment):
            chip.setVisible(state == "confirmed")
        self.buttons["save"].setText(tr("Save"))
        self.buttons["save"].setToolTip("Ctrl+S")
        verb = "create" if record is None else "edit"
        self.buttons["save"].setVisible(state == "draft" and self._client.can(ORDER, verb))
        sent = delivery in ("done", "nothing")
        by_notice = self._client.dictionary.settings.get("delivery.from_notices") is True
        # goods leave one way or the other, as the company has set
        done = {
            "dispatch": sent or not by_notice,
            "issue": sent or by_notice,
            "request": sent,
            "payment": payment in ("done", "nothing"),
            "print": record is None,
        }
        for action in ORDER.actions:
            button = self.buttons[action.key]
            key = f"  {action.shortcut}" if action.shortcut else ""
            button.setText(tr(action.title) + key)
            allowed = (not action.states or state in action.states) and self._client.user.can(
                action.permission
            )
            button.setVisible(allowed and not done.get(action.key, False))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
