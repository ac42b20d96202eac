"""Pages of the first run: the four ways to begin, the new company, what the other PCs are told."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from services.errors import Invalid
from services.founding import NewCompany
from services.language import mark, tr
from services.nearby import Shared, firewall_hint
from widgets.base.icons import icon

CHOICES: Final = (
    (
        "sample",
        "store",
        mark("Try with sample data"),
        mark("A trading company with a thousand customers, to look around in. Nothing you do there matters."),
    ),
    (
        "alone",
        "monitor",
        mark("This PC alone"),
        mark("A new, empty company on this PC. It needs no server; you may open it to the office later."),
    ),
    (
        "join",
        "network",
        mark("Join the office's server"),
        mark("The company is there already: find its server in the network, or type its address or code."),
    ),
    (
        "serve",
        "server",
        mark("Make this PC the server"),
        mark("A company on this PC that the other PCs in the office work with too. This PC has to stay on."),
    ),
)
"""The ways to begin: key, icon, title, what it means."""


class Step(QWidget):
    """A page of the first run."""

    back = Signal()

    def begin(self) -> None:
        """It is shown now: the keyboard goes to its first field."""

    def point_at(self, field: str) -> None:
        """Take the keyboard to the field that was wrong."""

    def retranslate(self) -> None:
        """Set every text in the language in force."""

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class _Card(QPushButton):
    def __init__(self, picture: str) -> None:
        super().__init__()
        self.setProperty("choice", True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._picture, self._icon = QLabel(), picture
        self._title, self._words = QLabel(), QLabel()
        self._title.setProperty("role", "title")
        self._words.setProperty("role", "muted")
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._picture)
        head.addWidget(self._title)
        head.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self._words, 1)
        for label in (self._picture, self._title, self._words):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        return QSize(310, 142)

    def say(self, title: str, words: str) -> None:
        self._picture.setPixmap(icon(self._icon, "link").pixmap(QSize(24, 24), self.devicePixelRatioF()))
        self._title.setText(title)
        self._words.setText(words)
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)


class ChoicesPage(Step):
    """The four ways to begin. ``chosen(key)``."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._heading = QLabel()
        self._heading.setProperty("role", "heading")
        self.cards: dict[str, QPushButton] = {}
        grid = QGridLayout()
        grid.setSpacing(12)
        for place, (key, picture, _title, _words) in enumerate(CHOICES):
            card = _Card(picture)
            card.clicked.connect(lambda _checked=False, key=key: self.chosen.emit(key))
            self.cards[key] = card
            card.setMinimumHeight(112)
            grid.addWidget(card, place // 2, place % 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self._heading)
        layout.addLayout(grid)
        layout.addStretch(1)
        self.retranslate()

    def begin(self) -> None:
        """The keyboard goes to the first card."""
        self.cards["sample"].setFocus(Qt.FocusReason.TabFocusReason)

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self._heading.setText(tr("How do you want to begin?"))
        for key, _picture, title, words in CHOICES:
            card = self.cards[key]
            assert isinstance(card, _Card)
            card.say(tr(title), tr(words))


class CompanyPage(Step):
    """The new company and its first login. ``wanted(serving, company)``; company None: the one that is there."""

    wanted = Signal(bool, object)

    def __init__(self) -> None:
        super().__init__()
        self._serving = self._exists = False
        self._heading, self._words = QLabel(), QLabel()
        self._heading.setProperty("role", "title")
        self._words.setProperty("role", "muted")
        self._words.setWordWrap(True)
        self.fields = {key: QLineEdit() for key in ("name", "boss", "login", "password", "again")}
        self._labels = {key: QLabel() for key in self.fields}
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        for row, (key, field) in enumerate(self.fields.items()):
            self._labels[key].setBuddy(field)
            field.setMinimumHeight(32)
            grid.addWidget(self._labels[key], row, 0)
            grid.addWidget(field, row, 1)
            field.returnPressed.connect(lambda key=key: self._next(key))
        for key in ("password", "again"):
            self.fields[key].setEchoMode(QLineEdit.EchoMode.Password)
        self.fields["login"].setText("boss")
        self._form = QWidget()
        self._form.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        self.back_button, self.do = QPushButton(), QPushButton()
        self.do.setProperty("primary", True)
        for button in (self.back_button, self.do):
            button.setAutoDefault(False)
            button.setMinimumHeight(34)
        self.back_button.clicked.connect(self.back)
        self.do.clicked.connect(self.go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._heading)
        layout.addWidget(self._words)
        layout.addWidget(self._form)
        layout.addStretch(1)
        layout.addLayout(_foot(self.back_button, self.do))
        self.retranslate()

    def ask(self, *, serving: bool, exists: bool) -> None:
        """What the page is for; with ``exists`` there is nothing to type."""
        self._serving, self._exists = serving, exists
        self._form.setVisible(not exists)
        self.retranslate()

    def begin(self) -> None:
        """The keyboard goes to the company's name."""
        (self.do if self._exists else self.fields["name"]).setFocus(Qt.FocusReason.TabFocusReason)

    def point_at(self, field: str) -> None:
        """Take the keyboard to the field that was wrong."""
        wrong = self.fields.get(field)
        if wrong is not None:
            wrong.setFocus(Qt.FocusReason.OtherFocusReason)
            wrong.selectAll()

    def go(self) -> None:
        """Make it, if everything is typed."""
        if self._exists:
            self.wanted.emit(self._serving, None)
            return
        empty = [key for key, field in self.fields.items() if not field.text().strip()]
        if empty:
            self._complain(tr("This field must not be empty."), empty[0])
            return
        if self.fields["password"].text() != self.fields["again"].text():
            self._complain(str(Invalid(mark("The two passwords differ."), field="again")), "again")
            return
        typed = {key: field.text() for key, field in self.fields.items()}
        self.wanted.emit(
            self._serving, NewCompany(typed["name"], typed["boss"], typed["login"], typed["password"])
        )

    def _complain(self, text: str, key: str) -> None:
        self._words.setText(text)
        self._words.setProperty("tone", "bad")
        self._words.setProperty("role", "")
        self._words.style().polish(self._words)
        self.point_at(key)

    def _next(self, key: str) -> None:
        """Enter goes to the next field, in the last one it makes the company."""
        keys = list(self.fields)
        at = keys.index(key) + 1
        if at == len(keys):
            self.go()
        else:
            self.fields[keys[at]].setFocus(Qt.FocusReason.TabFocusReason)

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        titles = {
            "name": tr("Company"),
            "boss": tr("Your name"),
            "login": tr("Login"),
            "password": tr("Password"),
            "again": tr("Password again"),
        }
        for key, label in self._labels.items():
            label.setText(titles[key])
            self.fields[key].setAccessibleName(titles[key])
        self.fields["password"].setPlaceholderText(tr("At least 8 characters, letters and digits"))
        self._heading.setText(tr("Make this PC the server") if self._serving else tr("A company on this PC"))
        if self._exists:
            words = tr(
                "This PC has a company already. It will be opened to the network; whoever works with it right now "
                "is cut off for a moment."
            )
        else:
            words = tr(
                "You are the first, with every right. Colleagues get their own logins later under Users. Do not "
                "lose this password."
            )
        self._words.setText(words)
        self._words.setProperty("tone", "")
        self._words.setProperty("role", "muted")
        self._words.style().polish(self._words)
        self.back_button.setText(tr("Back"))
        self.do.setText(tr("Open to the network") if self._exists else tr("Make the company"))


class SharedPage(Step):
    """What the other PCs need to come in, and what has to be done on this one. ``wanted`` goes on."""

    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._shared: Shared | None = None
        self._heading = QLabel()
        self._heading.setProperty("role", "title")
        self._labels = {name: QLabel() for name in ("intro", "address", "code", "firewall", "notes")}
        self.address, self.code, self.firewall = QLabel(), QLabel(), QLabel()
        for label in (self.address, self.code):
            label.setProperty("role", "key_figure")
        for label in (self.address, self.code, self.firewall):
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        self.firewall.setWordWrap(True)
        for name in ("intro", "firewall", "notes"):
            self._labels[name].setWordWrap(True)
        self.copy, self.do = QPushButton(), QPushButton()
        self.copy.setIcon(icon("copy"))
        self.copy.clicked.connect(self._copy)
        self.do.setProperty("primary", True)
        self.do.setMinimumHeight(34)
        self.do.clicked.connect(lambda: self.wanted.emit())
        card = QFrame()
        card.setProperty("card", True)
        grid = QGridLayout(card)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for row, (name, value) in enumerate((("address", self.address), ("code", self.code))):
            self._labels[name].setProperty("role", "muted")
            grid.addWidget(self._labels[name], row, 0)
            grid.addWidget(value, row, 1)
        grid.addWidget(self.copy, 0, 2, 2, 1, Qt.AlignmentFlag.AlignTop)
        grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        for widget in (self._heading, self._labels["intro"], card, self._labels["firewall"], self.firewall):
            layout.addWidget(widget)
        layout.addWidget(self._labels["notes"])
        layout.addStretch(1)
        layout.addLayout(_foot(None, self.do))
        self._labels["notes"].setProperty("role", "muted")
        self.retranslate()

    def show_shared(self, shared: Shared) -> None:
        """Show how ``shared`` is found."""
        self._shared = shared
        self.retranslate()

    def begin(self) -> None:
        """Enter goes on."""
        self.do.setFocus(Qt.FocusReason.TabFocusReason)

    def _copy(self) -> None:
        shared = self._shared
        if shared is not None:
            QApplication.clipboard().setText("\n".join((*shared.addresses, *shared.codes)))

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        shared = self._shared
        port = shared.port if shared is not None else 5432
        self._heading.setText(tr("This PC is the server now"))
        self._labels["intro"].setText(
            tr(
                "On the other PCs choose “Join the office's server”. They find this PC by themselves while Shuke is "
                "open here; otherwise type the address or the code."
            )
        )
        self._labels["address"].setText(tr("Address"))
        self._labels["code"].setText(tr("Pairing code"))
        none = tr("This PC is in no network now.")
        self.address.setText("\n".join(shared.addresses) if shared and shared.addresses else none)
        self.code.setText("\n".join(shared.codes) if shared is not None else "")
        self._labels["firewall"].setText(
            tr(
                "If they cannot come in, let port {port} through this PC's firewall, as administrator:",
                port=port,
            )
        )
        self.firewall.setText(firewall_hint(port))
        self._labels["notes"].setText(
            tr(
                "This PC has to stay on; after it was switched on, open Shuke once or run “shuke server start”. "
                "Passwords are never sent, but the data are not encrypted on their way through the office's network; "
                "for encryption join a PostgreSQL server with TLS instead."
            )
        )
        self.copy.setText(tr("Copy"))
        self.do.setText(tr("Begin to work"))


def _foot(back: QPushButton | None, do: QPushButton) -> QHBoxLayout:
    foot = QHBoxLayout()
    if back is not None:
        foot.addWidget(back)
    foot.addStretch(1)
    foot.addWidget(do)
    return foot
