"""The login dialog: server, login, password; language and style of what follows."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from services.database import CLOSED, WRONG_PASSWORD
from services.errors import ConnectionLost, Invalid, Refused, ShukeError
from services.language import mark, tr
from services.opening import Opened, address_of, open_as
from services.organisation.commands import report_failures
from services.passwords_kept import forget_password, keep_password, kept_password
from services.reaching import why_lost
from services.settings import PcSettings, Server
from widgets.base.icons import app_icon, icon
from widgets.base.style import repolish
from widgets.base.tasks import Control, Task, TaskSlot
from widgets.organisation.front import FrontHead, LookFoot, thin_progress

Prepare = Callable[[Server], str]
"""From a server to the address where it answers now; starts an embedded one. Runs on a pool thread."""


@dataclass(frozen=True, slots=True)
class _Entered:
    opened: Opened
    warning: ShukeError | None


class LoginDialog(QDialog):
    """Asks who works here. After ``exec`` accepted, ``opened`` is the person at work.

    ``warning`` then is something to say in the window, such as that the password could not be kept.
    """

    def __init__(
        self,
        settings: PcSettings,
        prepare: Prepare = lambda server: server.url,
        parent: QWidget | None = None,
        *,
        said: str = "",
    ) -> None:
        super().__init__(parent)
        self.opened: Opened | None = None
        self.warning: ShukeError | None = None
        self.notice = ""
        self.elsewhere = False
        """Left for another way to begin than logging in."""
        self._settings, self._prepare = settings, prepare
        self._slot = TaskSlot(self)
        self._look_up = TaskSlot(self)
        self._error: Exception | str = said
        self.setWindowIcon(app_icon())
        self._make_inputs()
        self._lay_out()
        self._fill()
        self.retranslate()
        self._show_error()

    def _make_inputs(self) -> None:
        self.server = QComboBox()
        self.server.setEditable(True)
        self.server.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.login, self.password = QLineEdit(), QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.remember, self.encrypted = QCheckBox(), QCheckBox()
        self.enter = QPushButton()
        self.enter.setProperty("primary", True)
        self.enter.setDefault(True)
        self.enter.setMinimumHeight(34)
        self.enter.clicked.connect(self.log_in)
        self.other = QPushButton()
        self.other.setFlat(True)
        self.other.setAutoDefault(False)
        self.other.clicked.connect(self._go_elsewhere)
        self.error = QLabel()
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setProperty("tone", "bad")
        self.progress = thin_progress()
        self.foot = LookFoot(self._settings)
        self._show = self.password.addAction(icon("eye"), QLineEdit.ActionPosition.TrailingPosition)
        self._show.setCheckable(True)
        self._show.toggled.connect(self._show_password)
        self.login.returnPressed.connect(self._next)
        self.login.editingFinished.connect(self._find_password)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        self._labels = [QLabel() for _ in range(3)]
        for row, (label, field) in enumerate(
            zip(self._labels, (self.server, self.login, self.password), strict=True)
        ):
            label.setBuddy(field)
            field.setMinimumHeight(32)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.addWidget(self.remember, 3, 1)
        grid.addWidget(self.encrypted, 4, 1)
        grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 28, 32, 20)
        layout.setSpacing(14)
        layout.addWidget(FrontHead())
        layout.addSpacing(4)
        layout.addLayout(grid)
        layout.addWidget(self.error)
        layout.addWidget(self.enter)
        layout.addWidget(self.progress)
        layout.addWidget(self.other, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        layout.addWidget(self.foot)
        self.setFixedWidth(440)

    def _fill(self) -> None:
        for server in self._settings.servers:
            self.server.addItem(_shown(server))
        if self._settings.current is not None:
            self.server.setCurrentText(_shown(self._settings.current))
        self.server.currentTextChanged.connect(lambda _text: self._show_encrypted())
        self._show_encrypted()
        self.login.setText(self._settings.login)
        self.remember.setChecked(self._settings.remember)
        if self._settings.remember:
            self._find_password()

    # doing

    def chosen_server(self) -> Server:
        """The server chosen or typed; Invalid if what was typed is no address."""
        typed = self.server.currentText().strip()
        server = self._named(typed)
        if server is not None:
            return replace(server, encrypted=self.encrypted.isChecked() and not server.embedded)
        if not typed:
            raise Invalid(mark("Type the address of your office's server."), field="server")
        return Server(typed, address_of(typed), encrypted=self.encrypted.isChecked())

    def _named(self, typed: str) -> Server | None:
        return next((one for one in self._settings.servers if typed in (one.title, _shown(one))), None)

    def _show_encrypted(self) -> None:
        """The choice kept with the server; the program's own server on this PC needs none."""
        known = self._named(self.server.currentText().strip())
        if known is not None:
            self.encrypted.setChecked(known.encrypted)
        self.encrypted.setVisible(known is None or not known.embedded)

    def log_in(self) -> None:
        """Try what was typed; the dialog closes when it fits."""
        try:
            server = self.chosen_server()
        except Invalid as error:
            self._failed(error)
            return
        login, password, keep = self.login.text().strip(), self.password.text(), self.remember.isChecked()
        pause = self._settings.pause(server.title, login)
        if pause:
            self._failed(
                Refused(
                    mark("Too many wrong passwords on this PC. Try again in {count} minutes."), count=pause
                )
            )
            return
        self._set_busy(True)

        def work(_control: Control) -> _Entered:
            address = self._prepare(server)
            try:
                opened = open_as(address, login, password, encrypted=server.encrypted)
            except ConnectionLost as error:
                raise why_lost(address, error) from error
            except Refused as error:
                # what the server refuses after the person was let in, it writes into its log itself
                reason = {WRONG_PASSWORD: "password", CLOSED: "closed"}.get(error.template)
                if reason is not None:
                    self._settings.note_failure(server.title, login, reason)
                raise
            self._report(server, opened)
            try:
                if keep:
                    keep_password(server.title, login, password)
            except ShukeError as warning:
                return _Entered(opened, warning)
            return _Entered(opened, None)

        self._slot.start(work, lambda entered: self._done(server, entered), self._failed)

    def _report(self, server: Server, opened: Opened) -> None:
        """Tell the login log which attempts failed on this PC before, whosever login was tried: who guesses at
        the boss's on a colleague's PC does not log in as the boss there. Nobody waits for that."""
        attempts = self._settings.failures(server.title)
        if attempts:
            try:
                opened.database.write(report_failures, computer=platform.node(), attempts=attempts)
            except ShukeError:
                return
            self._settings.forget_failures(server.title)

    def _done(self, server: Server, entered: _Entered) -> None:
        self._set_busy(False)
        self.opened, self.warning = entered.opened, entered.warning
        settings = self._settings
        settings.add(server)
        settings.server, settings.login = server.title, entered.opened.user.login
        settings.remember = self.remember.isChecked() and entered.warning is None
        if not self.remember.isChecked():
            _forget(server.title, settings.login)
        try:
            settings.save()
        except OSError:
            self.warning = self.warning or ShukeError(
                mark("The settings of this PC could not be written to {path}."), path=str(settings.path)
            )
        self.accept()

    def _failed(self, error: Exception) -> None:
        self._set_busy(False)
        self._error = error
        self._show_error()
        field = {"server": self.server, "login": self.login}.get(getattr(error, "field", ""), self.password)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        if field is self.password:
            self.password.selectAll()

    def _set_busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        for widget in (
            self.server,
            self.login,
            self.password,
            self.remember,
            self.encrypted,
            self.enter,
            self.other,
        ):
            widget.setEnabled(not busy)
        if busy:
            self._error = ""
            self._show_error()
        self.enter.setText(tr("Logging in…") if busy else tr("Log in"))

    def _show_error(self) -> None:
        text = str(self._error)
        if isinstance(self._error, Exception) and not isinstance(self._error, ShukeError):
            text = tr(
                "Something unexpected went wrong: {error}. Please try again; if it happens again, tell your "
                "administrator.",
                error=type(self._error).__name__,
            )
        self.error.setText(text)
        self.error.setVisible(bool(text))
        self.adjustSize()

    def _go_elsewhere(self) -> None:
        self.elsewhere = True
        self.reject()

    def _next(self) -> None:
        """Enter in the login goes on to the password, or logs in when that is there."""
        if not self.password.text():
            self.password.setFocus(Qt.FocusReason.TabFocusReason)

    def _find_password(self) -> None:
        typed, login = self.server.currentText().strip(), self.login.text().strip()
        known = self._named(typed)
        server = known.title if known is not None else typed
        if not self._settings.remember or not login or self.password.text():
            return

        def done(password: str) -> None:
            if password and not self.password.text() and self.login.text().strip() == login:
                self.password.setText(password)

        self._look_up.start(lambda _control: kept_password(server, login), done, lambda _error: None)

    def _show_password(self, shown: bool) -> None:
        self.password.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self._show.setIcon(icon("eye-off" if shown else "eye"))

    def keyPressEvent(self, event: object) -> None:
        """Escape while logging in stops waiting; otherwise it leaves."""
        if getattr(event, "key", lambda: 0)() == Qt.Key.Key_Escape and self._slot.busy:
            self._slot.drop()
            self._set_busy(False)
            return
        super().keyPressEvent(event)  # type: ignore[arg-type]

    def showEvent(self, event: QShowEvent) -> None:
        """The keyboard goes to the first field that is empty."""
        super().showEvent(event)
        fields = [self.login, self.password]
        if not self.server.currentText():
            self.server.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            next((field for field in fields if not field.text()), self.password).setFocus()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.setWindowTitle(tr("Log in to Shuke"))
        for label, text in zip(self._labels, (tr("Server"), tr("Login"), tr("Password")), strict=True):
            label.setText(text)
        self.login.setAccessibleName(tr("Login"))
        self.password.setAccessibleName(tr("Password"))
        line = self.server.lineEdit()
        assert line is not None
        line.setPlaceholderText(tr("Address, such as 192.168.1.10"))
        self.remember.setText(tr("Keep the password on this PC"))
        self.encrypted.setText(tr("Only over an encrypted connection (TLS)"))
        self.enter.setText(tr("Log in"))
        self.other.setText(tr("Other ways to begin…"))
        self._show.setToolTip(tr("Show the password"))
        self._show_error()
        repolish(self.error)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _shown(server: Server) -> str:
    """The name of a server as people read it: those that the program named itself are source strings."""
    return tr(server.title)


def _forget(server: str, login: str) -> None:
    """What an earlier tick has kept goes; nobody waits for the keyring."""
    app = QCoreApplication.instance()
    assert app is not None
    Task(
        app,
        lambda _control: forget_password(server, login),
        lambda _done: None,
        lambda _error: None,
    )
