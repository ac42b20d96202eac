"""Open sessions, which the boss can end, and the login log (登录日志) below them (ORG-07)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from services.clock import CHINA
from services.commands import Changes
from services.entity import Query
from services.language import mark, tr
from services.organisation import commands, queries
from widgets.base.client import Client
from widgets.base.list_page import ListPage
from widgets.base.simple_page import SimplePage, current, fill_table, make_table

EVERY = 20_000
"""Milliseconds between two looks at the open sessions: nothing tells of them."""
LONG: Final = timedelta(seconds=10)
"""What works longer is said of its session."""


class SessionsPage(SimplePage):
    """Who is connected, and who has logged in or failed to."""

    name = mark("Sessions")
    watched = frozenset({"organisation.login"})

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self._found: list[queries.OpenSession] = []
        self.refresh_button = self.button("refresh-cw", self.reload)
        self.end_button = self.button("log-out", self.end)
        self.sessions = make_table(8, (110, 110, 150, 130, 150, 150, 190))
        self.log = (
            ListPage(client, Query("organisation.login", order=("-at",)))
            if client.user.can("organisation.login.view")
            else None
        )
        self.hint = QLabel()
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        self._again = QTimer(self)
        self._again.setInterval(EVERY)
        self._again.timeout.connect(lambda: self.reload() if self.isVisible() else None)
        self._again.start()
        lower = QWidget()
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        if self.log is not None:
            column.addWidget(self.log, 1)
        column.addWidget(self.hint)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.sessions)
        split.addWidget(lower)
        split.setChildrenCollapsible(False)
        split.setSizes([300, 420])
        self.body.addWidget(split, 1)
        self.retranslate()
        self.reload()

    def reload(self) -> None:
        """Look again."""
        self.read(queries.open_sessions, self._take)

    def _take(self, found: Any) -> None:
        self._found = found
        self._fill()

    def _fill(self) -> None:
        fill_table(
            self.sessions,
            (
                (
                    one,
                    (
                        one.name,
                        one.login,
                        one.computer,
                        one.address or tr("this server"),
                        _time(one.since),
                        _time(one.last_asked),
                        _busy(one),
                        tr("{count} others wait for it", count=one.held_up) if one.held_up else "",
                    ),
                )
                for one in self._found
            ),
        )

    def end(self) -> None:
        """End the chosen connection."""
        chosen = current(self.sessions)
        if chosen is None:
            self.bar.info(tr("Choose a session first."))
            return

        def ended(_changes: Changes) -> None:
            self.client.shell.message(tr("A session of {name} was ended.", name=chosen.name), "done")

        self.write(commands.end_session, ended, pid=chosen.pid)

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.refresh_button.setText(tr("Refresh"))
        self.end_button.setText(tr("End session"))
        self.sessions.setHorizontalHeaderLabels(
            [
                tr("Full name"),
                tr("Login"),
                tr("PC"),
                tr("Address"),
                tr("Since"),
                tr("Last active"),
                tr("Busy"),
                tr("Holds up"),
            ]
        )
        self.hint.setText(
            tr(
                "A wrong password is reported by the PC where it was typed, at the next login that succeeds. Whoever"
                " has only an ended session comes back by himself; to keep somebody out, close his login."
            )
        )
        self._fill()


def _busy(one: queries.OpenSession) -> str:
    """What takes longer than anybody's click, since when."""
    if one.busy_since is None or datetime.now(tz=UTC) - one.busy_since < LONG:
        return ""
    if one.state == "active":
        return tr("works since {time}", time=f"{one.busy_since.astimezone(CHINA):%H:%M:%S}")
    return tr("open since {time}", time=f"{one.busy_since.astimezone(CHINA):%H:%M:%S}")


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}" if moment else ""
