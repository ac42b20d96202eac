"""One's own mail account (ORG-09): filled in, tried out by sending oneself a mail, its password in the PC's keyring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QSpinBox, QWidget

from services import mail, passwords_kept
from services.errors import Invalid, ShukeError
from services.language import mark, tr
from services.mail import PORTS, WAYS, MailAccount
from widgets.base.client import Client
from widgets.base.messages import MessageBar
from widgets.base.simple_page import make_button
from widgets.base.tasks import Control, Task
from widgets.organisation.personal_cards import SettingsCard

NO_KEYRING = mark(
    "The account was saved, but this PC has no safe place for passwords: type its password again when it is needed."
)


class MailCard(SettingsCard):
    """Everything but the password is a setting of the user, so that it is there on every PC."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self.bar = MessageBar()
        self.name, self.address, self.server, self.login, self.password = (QLineEdit() for _ in range(5))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.port, self.way = QSpinBox(), QComboBox()
        self.port.setRange(1, 65535)
        for key in WAYS:
            self.way.addItem("", key)
        self.save_button = make_button("save", self.save)
        self.test_button = make_button("send", self.try_out)
        self.inputs: dict[str, QWidget] = {
            "name": self.name,
            "address": self.address,
            "server": self.server,
            "way": self.way,
            "port": self.port,
            "login": self.login,
            "password": self.password,
        }
        self.labels = {key: QLabel() for key in self.inputs}
        lines = QFormLayout()
        lines.setSpacing(8)
        for key, field in self.inputs.items():
            self.labels[key].setBuddy(field)
            lines.addRow(self.labels[key], field)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.save_button)
        row.addWidget(self.test_button)
        row.addStretch(1)
        self.column.addWidget(self.bar)
        self.column.addLayout(lines)
        self.column.addWidget(self.hint)
        self.column.addLayout(row)
        self.column.addStretch(1)
        self._show(MailAccount.from_json(client.preferences.get(mail.PREFERENCE)))
        self.address.editingFinished.connect(self._guess)
        self.way.activated.connect(lambda _row: self.port.setValue(PORTS[self.way.currentData()]))
        self.retranslate()
        self._fetch_password()

    def account(self) -> MailAccount:
        """What is typed."""
        return MailAccount(
            self.name.text().strip(),
            self.address.text().strip(),
            self.server.text().strip(),
            self.port.value(),
            self.way.currentData(),
            self.login.text().strip(),
        )

    def _show(self, account: MailAccount) -> None:
        self.name.setText(account.name or self.client.user.name)
        self.address.setText(account.address)
        self.server.setText(account.server)
        self.way.setCurrentIndex(self.way.findData(account.way))
        self.port.setValue(account.port)
        self.login.setText(account.login)

    def _guess(self) -> None:
        """Fill in the server of a provider that is known, where none is typed yet."""
        found = mail.likely(self.address.text())
        if found is not None and not self.server.text().strip():
            server, way = found
            self.server.setText(server)
            self.way.setCurrentIndex(self.way.findData(way))
            self.port.setValue(PORTS[way])

    def _fetch_password(self) -> None:
        """The kept one: from the keyring, which may be slow to answer."""
        account = self.account()
        if account.server:

            def work(_control: Control) -> str:
                return passwords_kept.kept_password(_place(account), account.who)

            def done(password: str) -> None:
                if not self.password.isModified():
                    self.password.setText(password)

            Task(self, work, done, self._failed)

    def save(self) -> None:
        """Keep the account with the user's settings, its password in the keyring. An empty address takes both away."""
        account, password = self.account(), self.password.text()
        before = MailAccount.from_json(self.client.preferences.get(mail.PREFERENCE))
        try:
            if account.address:
                mail.check(account)
            else:
                account, password = MailAccount(), ""
        except Invalid as error:
            self._failed(error)
            return
        preferences = self.client.preferences
        preferences.set(mail.PREFERENCE, account.as_json())

        def work(_control: Control) -> bool:
            preferences.store(mail.PREFERENCE)
            if before.server and (_place(before), before.who) != (_place(account), account.who):
                passwords_kept.forget_password(_place(before), before.who)
            if password:
                return passwords_kept.kept(_place(account), account.who, password)
            passwords_kept.forget_password(_place(account), account.who)
            return True

        self._work(work, self._saved)

    def _saved(self, safe: bool) -> None:
        if safe:
            self.bar.done(tr("Saved."))
        else:
            self.bar.warning(tr(NO_KEYRING))

    def try_out(self) -> None:
        """Log in at the server and send oneself a mail, with what is typed, saved or not."""
        account, password = self.account(), self.password.text()

        def taken(_none: None) -> None:
            where = {"server": account.server, "address": account.address}
            self.bar.done(tr("{server} took the mail. Look into the mailbox of {address}.", **where))

        self._work(lambda _control: mail.try_out(account, password), taken)

    def _work(self, work: Callable[[Control], Any], done: Callable[[Any], None]) -> None:
        self.bar.clear()
        self.save_button.setEnabled(False)
        self.test_button.setEnabled(False)

        def finished(result: Any) -> None:
            self._enable()
            done(result)

        def failed(error: Exception) -> None:
            self._enable()
            self._failed(error)

        Task(self, work, finished, failed, title=tr("My mail account"))

    def _enable(self) -> None:
        self.save_button.setEnabled(True)
        self.test_button.setEnabled(True)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Invalid) and error.field in self.inputs:
            self.inputs[error.field].setFocus()
        if isinstance(error, ShukeError):
            self.bar.error(error)
        else:
            self.client.shell.error(error)

    def retranslate(self) -> None:
        """Set every text."""
        self.heading.setText(tr("My mail account"))
        titles = {
            "name": tr("Sender"),
            "address": tr("E-mail"),
            "server": tr("Mail server (SMTP)"),
            "way": tr("Encryption"),
            "port": tr("Port"),
            "login": tr("Login"),
            "password": tr("Password"),
        }
        for key, title in titles.items():
            self.labels[key].setText(title)
        for row, title in enumerate(WAYS.values()):
            self.way.setItemText(row, tr(title))
        self.server.setPlaceholderText("smtp.example.com")
        self.login.setPlaceholderText(tr("As the address"))
        self.hint.setText(
            tr(
                "The password lies in this PC's own safe, never in the database. QQ, 163 and others want their"
                " authorisation code in its place."
            )
        )
        self.save_button.setText(tr("Save"))
        self.test_button.setText(tr("Send myself a test"))


def _place(account: MailAccount) -> str:
    """Under what the keyring keeps the password: apart from those of Shuke's own servers."""
    return f"mail:{account.server}"
