"""The head of the window: logo, search box, menus, reminders, user."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QMenuBar, QSizePolicy, QToolButton, QWidget

from services.language import tr
from widgets.base.global_search import SearchBox, SearchProvider
from widgets.base.icons import icon
from widgets.base.nav_rail import WIDE
from widgets.base.style import style_notice, text_size

HEIGHT = 44
"""Pixels at normal text size."""
LONGEST = 250
"""Pixels of a reminder in the head at any text size; all of it stands in the tip."""


class Head(QFrame):
    """One line at the top of the window. Menus and actions are put in by the window."""

    reminder_clicked = Signal()
    notices_clicked = Signal()

    def __init__(self, user: str, providers: Sequence[SearchProvider], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("head")
        self._user = user
        self._reminder: tuple[str, int] | None = None
        self._diamond = QLabel()
        self._name = QLabel()
        self._name.setProperty("role", "logo")
        self.search = SearchBox(providers, self)
        self.search.setMaximumWidth(460)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.menus = QMenuBar()
        self.menus.setNativeMenuBar(False)
        self.menus.setProperty("inline", True)
        self.menus.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.reminder = QToolButton()
        self.reminder.setObjectName("reminder")
        self.reminder.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.reminder.setIcon(icon("bell", "waiting"))
        self.reminder.clicked.connect(self.reminder_clicked)
        self.reminder.installEventFilter(self)
        self.reminder.hide()
        self._unread = 0
        self.notices = QToolButton()
        self.notices.setObjectName("notices")
        self.notices.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.notices.clicked.connect(self.notices_clicked)
        self.user_menu = QMenu(self)
        self.user = QToolButton()
        self.user.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.user.setIcon(icon("user-round"))
        self.user.setMenu(self.user_menu)
        self.user.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._logo = QWidget()
        logo = QHBoxLayout(self._logo)
        logo.setContentsMargins(14, 0, 0, 0)
        logo.setSpacing(6)
        logo.addWidget(self._diamond)
        logo.addWidget(self._name)
        logo.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 12, 0)
        layout.setSpacing(12)
        layout.addWidget(self._logo)
        layout.addWidget(self.search, 3)
        layout.addWidget(self.menus)
        layout.addStretch(1)
        layout.addWidget(self.reminder)
        layout.addWidget(self.notices)
        layout.addWidget(self.user)
        style_notice().changed.connect(self._restyle)
        self._restyle()
        self.retranslate()

    def set_reminder(self, text: str, more: int = 0) -> None:
        """Show the next reminder and how many follow; an empty ``text`` takes the bar away."""
        self._reminder = (text, more) if text else None
        self.retranslate()

    def set_notices(self, unread: int) -> None:
        """How many notices wait to be read."""
        self._unread = unread
        self.retranslate()

    def _restyle(self) -> None:
        scale = max(1.0, text_size() / 13)
        self.setFixedHeight(round(HEIGHT * scale))
        self._logo.setFixedWidth(round((WIDE - 12) * scale))
        side = round(16 * scale)
        for button in (self.reminder, self.notices, self.user):
            button.setIconSize(QSize(side, side))
        self._diamond.setPixmap(icon("diamond", "link").pixmap(QSize(side, side), self.devicePixelRatioF()))

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self._name.setText(tr("Shuke"))
        self.user.setText(f" {self._user} ▾")
        self.user.setToolTip(tr("You, your settings, log out"))
        self.notices.setIcon(icon("message-square", "waiting" if self._unread else "muted"))
        self.notices.setText(f" {self._unread}" if self._unread else "")
        self.notices.setToolTip(
            tr("{count} new notices", count=self._unread) if self._unread else tr("Notices: nothing new")
        )
        self.notices.setAccessibleName(self.notices.toolTip())
        self.reminder.setVisible(self._reminder is not None)
        self._show_reminder()

    def _show_reminder(self) -> None:
        if self._reminder is not None:
            whole, more = self._reminder
            measure = self.reminder.fontMetrics()
            text = measure.elidedText(whole, Qt.TextElideMode.ElideRight, LONGEST)
            if more:
                text = tr("{reminder}  ·  {count} more", reminder=text, count=more)
            self.reminder.setText(f" {text}")
            self.reminder.setToolTip("\n".join((whole, tr("Open your reminders"))))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The reminder is cut anew when its letters have another size, which comes later than the new style."""
        if watched is self.reminder and event.type() == QEvent.Type.FontChange:
            self._show_reminder()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
