"""The first run: what shows when this PC knows no server. Four ways to begin, each to its end in this window.

The window asks and shows; what is done comes from outside (``Ways``), because screens start no servers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from services.errors import ShukeError
from services.founding import NewCompany
from services.language import mark, tr
from services.nearby import Shared
from services.opening import Opened, open_as
from services.settings import PcSettings, Server
from widgets.base.enter_key import press_by_enter
from widgets.base.icons import app_icon
from widgets.base.input_dialog import InputDialog
from widgets.base.tasks import Control, TaskSlot
from widgets.organisation.first_run_pages import ChoicesPage, CompanyPage, SharedPage, Step
from widgets.organisation.front import FrontHead, LookFoot, thin_progress
from widgets.organisation.join_page import JoinPage

Say = Callable[[str], None]
"""Tells in the user's words what is being done; may be called from any thread."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A server that is ready at ``address``; login and password of who begins, empty where he has to say.

    ``notice`` is something to say in the window, such as the password of the sample company.
    """

    server: Server
    address: str
    login: str
    password: str
    shared: Shared | None = None
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """What is behind the choices; all are slow and run on a pool thread. ``serve`` without a company opens the
    one that this PC has."""

    try_sample: Callable[[Say], Begun]
    alone: Callable[[NewCompany, Say], Begun]
    serve: Callable[[NewCompany | None, Say], Begun]
    has_company: Callable[[], bool]
    here: Server
    """That of this PC, where it is not known by another title."""

    def known_here(self, settings: PcSettings) -> Server:
        """The server of this PC as ``settings`` know it."""
        same = [s for s in settings.servers if s.embedded and s.url in ("", self.here.url)]
        return same[0] if same else self.here


class FirstRunDialog(InputDialog):
    """Asks how to begin. Accepted: ``opened`` is the person at work, or None where a login has to follow.

    ``notice`` and ``warning`` are something to say in the window then.
    """

    _telling = Signal(str)

    def __init__(self, settings: PcSettings, ways: Ways, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.opened: Opened | None = None
        self.warning: ShukeError | None = None
        self.notice = ""
        self._settings, self._ways = settings, ways
        self._slot = TaskSlot(self)
        self._error: Exception | None = None
        self._begun: Begun | None = None
        self.setWindowIcon(app_icon())
        self.choices, self.company, self.join, self.shared = (
            ChoicesPage(),
            CompanyPage(),
            JoinPage(),
            SharedPage(),
        )
        self._lay_out()
        self._connect()
        self.retranslate()
        self._to(self.choices)

    def _lay_out(self) -> None:
        self.pages = QStackedWidget()
        for page in (self.choices, self.company, self.join, self.shared):
            self.pages.addWidget(page)
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.progress = thin_progress()
        self.foot = LookFoot(self._settings)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 28, 32, 20)
        layout.setSpacing(14)
        layout.addWidget(FrontHead())
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.status)
        layout.addWidget(self.progress)
        layout.addWidget(self.foot)
        self.setFixedWidth(720)
        self.setMinimumHeight(600)

    def _connect(self) -> None:
        self._telling.connect(self._tell)
        self.choices.chosen.connect(self.choose)
        for page in (self.company, self.join):
            page.back.connect(lambda: self._to(self.choices))
        self.company.wanted.connect(self._make_company)
        self.join.reached.connect(self._known)
        self.join.busy_changed.connect(self._show_busy)
        self.join.failed.connect(self._fail)
        self.shared.wanted.connect(self.accept)

    # steps

    def choose(self, way: str) -> None:
        """Go on with ``sample``, ``alone``, ``join`` or ``serve``."""
        if way == "join":
            self._to(self.join)
        elif way == "sample":
            self._run(lambda say: self._ways.try_sample(say))
        else:
            self._ask_company(serving=way == "serve")

    def _ask_company(self, *, serving: bool) -> None:
        self._show_busy(True)

        def done(there_is: bool) -> None:
            self._show_busy(False)
            if there_is and not serving:
                # it was founded earlier: only the login is missing
                self._known(self._ways.known_here(self._settings))
                return
            self.company.ask(serving=serving, exists=there_is)
            self._to(self.company)

        self._slot.start(lambda _control: self._ways.has_company(), done, self._fail)

    def _make_company(self, serving: bool, company: NewCompany | None) -> None:
        if serving:
            self._run(lambda say: self._ways.serve(company, say))
        elif company is not None:
            self._run(lambda say: self._ways.alone(company, say))

    def _run(self, way: Callable[[Say], Begun]) -> None:
        self._show_busy(True)

        def work(_control: Control) -> tuple[Begun, Opened | None]:
            begun = way(self._say)
            if not begun.login:
                return begun, None
            self._say(tr("Logging in…"))
            return begun, open_as(begun.address, begun.login, begun.password)

        self._slot.start(work, self._made, self._fail)

    def _say(self, text: str) -> None:
        # the window may be gone while the work goes on
        with contextlib.suppress(RuntimeError):
            self._telling.emit(text)

    def _tell(self, text: str) -> None:
        if self._slot.busy:
            self._show_status(text, "")

    def _made(self, answer: tuple[Begun, Opened | None]) -> None:
        self._show_busy(False)
        self._begun, self.opened = answer
        self.notice = self._begun.notice
        server = self._begun.server if self._begun.login else self._ways.known_here(self._settings)
        self._remember(server, self._begun.login)
        if self._begun.shared is not None:
            self.shared.show_shared(self._begun.shared)
            self._to(self.shared)
            return
        self.accept()

    def _known(self, server: Server) -> None:
        self._remember(server, "")
        self.accept()

    def _remember(self, server: Server, login: str) -> None:
        settings = self._settings
        settings.add(server)
        settings.server = server.title
        settings.login = login or settings.login
        try:
            settings.save()
        except OSError:
            self.warning = ShukeError(
                mark("The settings of this PC could not be written to {path}."), path=str(settings.path)
            )

    # showing

    def _to(self, page: Step) -> None:
        self._error = None
        self._show_status("", "")
        self.pages.setCurrentWidget(page)
        page.begin()

    def _fail(self, error: Exception) -> None:
        self._show_busy(False)
        self._error = error
        self._show_error()
        page = self.pages.currentWidget()
        if isinstance(page, Step):
            page.point_at(getattr(error, "field", ""))

    def _show_error(self) -> None:
        error = self._error
        if error is None:
            return
        text = str(error)
        if not isinstance(error, ShukeError):
            text = tr(
                "Something unexpected went wrong: {error}. Please try again; if it happens again, tell your "
                "administrator.",
                error=type(error).__name__,
            )
        self._show_status(text, "bad")

    def _show_status(self, text: str, tone: str) -> None:
        self.status.setText(text)
        self.status.setProperty("tone", tone)
        self.status.style().polish(self.status)
        self.status.setVisible(bool(text))

    def _show_busy(self, busy: bool) -> None:
        if busy:
            self._error = None
            self._show_status("", "")
        self.progress.setVisible(busy)
        self.pages.setEnabled(not busy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape stops waiting, then goes a step back, then leaves. Enter presses the button that has the keyboard."""
        if press_by_enter(self, event):
            return
        if event.key() == Qt.Key.Key_Escape:
            if self._slot.busy or self.join.busy:
                self._slot.drop()
                self.join.drop()
                self._show_busy(False)
                return
            if self.pages.currentWidget() in (self.company, self.join):
                self._to(self.choices)
                return
        super().keyPressEvent(event)

    def retranslate(self) -> None:
        """Set every text in the language in force; pages do their own."""
        self.setWindowTitle(tr("Begin with Shuke"))
        self._show_error()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
