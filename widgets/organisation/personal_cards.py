"""Cards of the personal settings (ORG-09): panels of the workbench and their order, reminders, text messages."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from services.analysis import panels
from services.changes import Notice
from services.language import tr
from services.organisation import reminders
from widgets.base.client import Client
from widgets.base.simple_page import make_button
from widgets.base.tasks import Task

SMS_SIGNATURE = "sms.signature"
"""Preference: what stands at the end of the person's text messages, without its brackets."""
SMS_LENGTH = 12
"""Characters of a signature: what the operators take."""
SETTLE = 600
"""Milliseconds without a key until what was typed is kept."""
_KEY = Qt.ItemDataRole.UserRole


class SettingsCard(QFrame):
    """A card with a heading. Subclasses build into ``self.column`` and set texts in ``retranslate``."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client = client
        self.setProperty("card", True)
        self.heading, self.hint = QLabel(), QLabel()
        self.heading.setProperty("role", "heading")
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 12, 16, 16)
        self.column.setSpacing(12)
        self.column.addWidget(self.heading)

    def keep(self, key: str, value: Any) -> None:
        """Keep a setting of the user, beside the screen."""
        preferences = self.client.preferences
        if preferences.set(key, value):
            Task(self, lambda _control: preferences.store(key), lambda _none: None, self.client.shell.error)

    def retranslate(self) -> None:
        """Set every text."""
        raise NotImplementedError

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class PanelsCard(SettingsCard):
    """Which panels the workbench shows, in which order: ticked by Space, moved by drag or Alt with the arrows."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self.list = QListWidget()
        self.list.setProperty("boxed", True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setMinimumHeight(236)
        self.up_button = make_button("chevron-up", lambda: self.move_chosen(-1))
        self.down_button = make_button("chevron-down", lambda: self.move_chosen(1))
        self.first_button = make_button("undo-2", self.reset)
        for keys, by in (("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(keys), self.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(lambda by=by: self.move_chosen(by))
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.up_button, self.down_button, self.first_button):
            row.addWidget(button)
        row.addStretch(1)
        self.column.addWidget(self.hint)
        self.column.addWidget(self.list, 1)
        self.column.addLayout(row)
        self._fill(panels.shown(client.preferences.get(panels.PREFERENCE), client.user))
        self.list.itemChanged.connect(lambda _item: self._keep())
        self.list.model().rowsMoved.connect(lambda *_places: self._keep())
        self.list.currentRowChanged.connect(lambda _row: self._enable())
        self.list.setCurrentRow(0)
        self.retranslate()

    def wanted(self) -> list[str]:
        """Keys of the ticked panels, in their order."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return [item.data(_KEY) for item in items if item.checkState() == Qt.CheckState.Checked]

    def refresh(self) -> None:
        """Show what the workbench shows now, which has a menu of its own."""
        kept = panels.shown(self.client.preferences.get(panels.PREFERENCE), self.client.user)
        if kept != self.wanted():
            self._fill(kept)

    def _fill(self, wanted: list[str]) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        closed = [key for key in panels.offered(self.client.user) if key not in wanted]
        for key in [*wanted, *closed]:
            item = QListWidgetItem(tr(panels.PANELS[key].title))
            item.setData(_KEY, key)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if key in wanted else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.blockSignals(False)

    def move_chosen(self, by: int) -> None:
        """Move the chosen panel up (-1) or down (1)."""
        row = self.list.currentRow()
        to = row + by
        if row < 0 or not 0 <= to < self.list.count():
            return
        item = self.list.takeItem(row)
        self.list.insertItem(to, item)
        self.list.setCurrentRow(to)
        self._keep()

    def reset(self) -> None:
        """All panels in their first order."""
        self._fill(panels.offered(self.client.user))
        self.list.setCurrentRow(0)
        self._keep()

    def _keep(self) -> None:
        self.keep(panels.PREFERENCE, panels.to_keep(self.wanted(), self.client.user))

    def _enable(self) -> None:
        row = self.list.currentRow()
        self.up_button.setEnabled(row > 0)
        self.down_button.setEnabled(0 <= row < self.list.count() - 1)

    def retranslate(self) -> None:
        """Set every text."""
        self.heading.setText(tr("Workbench"))
        self.hint.setText(tr("What the workbench shows and reminds of, in this order. Drag to move."))
        self.up_button.setText(tr("Up"))
        self.up_button.setToolTip(tr("Move up (Alt+↑)"))
        self.down_button.setText(tr("Down"))
        self.down_button.setToolTip(tr("Move down (Alt+↓)"))
        self.first_button.setText(tr("First order"))
        self.list.setAccessibleName(tr("Workbench"))
        self.list.blockSignals(True)
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setText(tr(panels.PANELS[item.data(_KEY)].title))
        self.list.blockSignals(False)


class RemindersCard(SettingsCard):
    """Of which notices the bell reminds, and the signature of text messages."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self.ticks: dict[str, QCheckBox] = {}
        silent = reminders.silent(client.preferences.get(reminders.PREFERENCE))
        self.column.addWidget(self.hint)
        for key in reminders.KINDS:
            tick = self.ticks[key] = QCheckBox()
            tick.setChecked(key not in silent)
            tick.toggled.connect(lambda _on: self._keep_reminders())
            self.column.addWidget(tick)
        self.sms_heading, self.sms_hint, self.signature = QLabel(), QLabel(), QLineEdit()
        self.sms_heading.setProperty("role", "heading")
        self.sms_hint.setProperty("role", "muted")
        self.sms_hint.setWordWrap(True)
        self.signature.setMaxLength(SMS_LENGTH)
        kept = client.preferences.get(SMS_SIGNATURE, "")
        self.signature.setText(kept if isinstance(kept, str) else "")
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(SETTLE)
        self._typing.timeout.connect(self._keep_signature)
        self.signature.textEdited.connect(lambda _text: self._typed())
        self.signature.editingFinished.connect(self._keep_signature)
        self.column.addSpacing(8)
        for widget in (self.sms_heading, self.signature, self.sms_hint):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self.retranslate()

    def _keep_reminders(self) -> None:
        self.keep(reminders.PREFERENCE, [key for key, tick in self.ticks.items() if not tick.isChecked()])
        # the bell counts anew
        self.client.bus.tell(Notice("organisation.notice", None, True))

    def _typed(self) -> None:
        self._show_end()
        self._typing.start()

    def _signed(self) -> str:
        """The signature without the brackets that people type around it."""
        return self.signature.text().strip().strip("【】[]").strip()

    def _keep_signature(self) -> None:
        self._typing.stop()
        self.keep(SMS_SIGNATURE, self._signed())

    def _show_end(self) -> None:
        signed = self._signed()
        self.sms_hint.setText(
            tr("Your text messages end with: 【{signature}】", signature=signed)
            if signed
            else tr("Empty: your text messages end without a signature.")
        )

    def retranslate(self) -> None:
        """Set every text."""
        self.heading.setText(tr("Reminders"))
        self.hint.setText(tr("The bell counts new notices of:"))
        for key, (title, _templates) in reminders.KINDS.items():
            self.ticks[key].setText(tr(title))
        self.sms_heading.setText(tr("Signature of text messages"))
        self.signature.setAccessibleName(tr("Signature of text messages"))
        self._show_end()
