"""Open sessions, which the boss can end, and the login log (登录日志) below them (ORG-07)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QLineEdit, QSplitter, QVBoxLayout, QWidget

from services.clock import CHINA
from services.commands import Changes
from services.language import mark, tr
from services.organisation import commands, queries
from widgets.base.client import Client
from widgets.base.simple_page import SimplePage, current, fill_table, make_table

EVERY = 20_000
"""Milliseconds between two looks at the open sessions: nothing tells of them."""


class SessionsPage(SimplePage):
    """Who is connected, and who has logged in or failed to."""

    name = mark("Sessions")
    watched = frozenset({"organisation.login"})

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self._found: tuple[list[queries.OpenSession], list[queries.LoginRow]] = ([], [])
        self.refresh_button = self.button("refresh-cw", self.reload)
        self.end_button = self.button("log-out", self.end)
        self.sessions = make_table(6, (110, 110, 150, 130, 150))
        self.log = make_table(6, (150, 110, 110, 150, 130))
        self.log_label, self.hint = QLabel(), QLabel()
        self.log_label.setProperty("role", "heading")
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(250)
        self._delay.timeout.connect(self.reload)
        self.search.textChanged.connect(lambda _text: self._delay.start())
        self._again = QTimer(self)
        self._again.setInterval(EVERY)
        self._again.timeout.connect(lambda: self.reload() if self.isVisible() else None)
        self._again.start()
        lower = QWidget()
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        for widget in (self.log_label, self.search, self.log, self.hint):
            column.addWidget(widget)
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
        words = self.search.text().strip()
        self.read(
            lambda session: (queries.open_sessions(session), queries.login_log(session, words=words)),
            self._take,
        )

    def _take(self, found: Any) -> None:
        self._found = found
        self._fill()

    def _fill(self) -> None:
        sessions, log = self._found
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
                    ),
                )
                for one in sessions
            ),
        )
        fill_table(
            self.log,
            (
                (
                    None,
                    (
                        _time(line.at),
                        line.name,
                        line.login,
                        line.computer,
                        line.address or tr("this server"),
                        tr("Logged in")
                        if line.success
                        else tr("Refused: {why}", why=tr(queries.REASONS.get(line.reason, line.reason))),
                    ),
                )
                for line in log
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
        self.log_label.setText(tr("Login log"))
        self.search.setPlaceholderText(tr("Login, name or PC"))
        self.sessions.setHorizontalHeaderLabels(
            [tr("Full name"), tr("Login"), tr("PC"), tr("Address"), tr("Since"), tr("Last active")]
        )
        self.log.setHorizontalHeaderLabels(
            [tr("Time"), tr("Full name"), tr("Login"), tr("PC"), tr("Address"), tr("Result")]
        )
        self.hint.setText(
            tr(
                "A wrong password is reported by the PC where it was typed, at the next login that succeeds. Whoever"
                " has only an ended session comes back by himself; to keep somebody out, close his login."
            )
        )
        self._fill()


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}" if moment else ""
