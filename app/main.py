"""The client: from the first click on its icon to the last saved setting."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog

from app.crash import CrashGuard
from app.embedded import EmbeddedServer, default_folder
from app.first_run import ways
from app.logs import start_logging
from app.sharing import answering_calls
from app.warming import Warming
from app.workplace import Workplace
from services.errors import ShukeError
from services.language import tr, use_language
from services.nearby import Answering
from services.opening import Opened
from services.settings import PcSettings, Server, read_settings
from widgets.base.garbage import garbage
from widgets.base.icons import app_icon
from widgets.base.language import switch_language
from widgets.base.style import STYLES, apply_style
from widgets.base.tasks import tasks
from widgets.organisation.first_run import FirstRunDialog
from widgets.organisation.login import LoginDialog

log = logging.getLogger("shuke")
AFTER_LOGIN = 1500
"""Milliseconds for the first page alone, before more modules are loaded."""
NEXT_TURN = 1
"""Milliseconds: with 0 the event loop would do it in the same turn."""


def make_application(settings: PcSettings, arguments: list[str] | None = None) -> QApplication:
    """The one QApplication of this process, in the language and style of this PC."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(arguments or sys.argv[:1])
    app.setApplicationName("Shuke")
    app.setApplicationDisplayName("")
    app.setDesktopFileName("shuke")
    app.setWindowIcon(app_icon())
    app.setQuitOnLastWindowClosed(False)
    use_language(settings.language)
    switch_language(app, settings.language)
    apply_style(app, settings.style if settings.style in STYLES else "light", settings.text_size)
    return app


def answering(server: Server) -> str:
    """The address at which ``server`` answers now; an embedded one is started. Called on a pool thread."""
    if not server.embedded:
        return server.url
    embedded = EmbeddedServer(Path(server.url) if server.url else default_folder())
    embedded.start()
    return embedded.url(user="nobody").set(username=None).render_as_string(hide_password=False)


class ClientProgram(QObject):
    """First run or login, work, login again, end.

    ``folder`` is that of the embedded server, in which a company may be founded; None: there is none to found.
    """

    def __init__(
        self,
        settings: PcSettings,
        prepare: Callable[[Server], str] = answering,
        folder: Path | None = None,
    ) -> None:
        super().__init__()
        self.settings, self._prepare, self._folder = settings, prepare, folder
        self.workplace: Workplace | None = None
        self.dialog: LoginDialog | None = None
        self.first_run: FirstRunDialog | None = None
        self._calls: Answering | None = None
        self.guard = CrashGuard()
        self.guard.tell = self._say_crash
        self.warming = Warming(self)

    def begin(self) -> None:
        """Ask who works here, or how to begin where this PC knows no server; load meanwhile what he will click on."""
        garbage().set_apart()
        if self.settings.servers or self._folder is None:
            self.ask()
        else:
            self.show_ways()
        self.warming.start()

    def show_ways(self) -> None:
        """Show the ways to begin: try, alone, join, serve."""
        assert self._folder is not None
        self.first_run = FirstRunDialog(self.settings, ways(self._folder))
        self.first_run.finished.connect(self._chosen)
        self.first_run.open()

    def _chosen(self, result: int) -> None:
        dialog, self.first_run = self.first_run, None
        assert dialog is not None
        dialog.deleteLater()
        if result == QDialog.DialogCode.Accepted and dialog.opened is not None:
            self._enter(dialog.opened, dialog.warning, dialog.notice)
        elif self.settings.servers:
            self.ask()
        else:
            QApplication.quit()

    def ask(self, said: str = "") -> None:
        """Show the login; ``said`` is why, where somebody was shown out."""
        self.dialog = LoginDialog(self.settings, self._prepare, said=said)
        self.dialog.other.setVisible(self._folder is not None)
        self.dialog.finished.connect(self._answered)
        self.dialog.open()

    def _answered(self, result: int) -> None:
        dialog, self.dialog = self.dialog, None
        assert dialog is not None
        dialog.deleteLater()
        if dialog.elsewhere:
            self.show_ways()
        elif result == QDialog.DialogCode.Accepted and dialog.opened is not None:
            self._enter(dialog.opened, dialog.warning, dialog.notice)
        else:
            QApplication.quit()

    def _enter(self, opened: Opened, warning: ShukeError | None, notice: str) -> None:
        """Open the window in turns of the event loop of their own: the dialog goes first, then the window is made,
        then it is shown, none of which holds up the screen for long."""

        def show(workplace: Workplace) -> None:
            workplace.start(pages_after=NEXT_TURN)
            if warning is not None:
                workplace.shell.message(str(warning), "warning")
            if notice:
                workplace.shell.message(notice)

        def make() -> None:
            workplace = self._make_workplace(opened)
            QTimer.singleShot(NEXT_TURN, workplace, lambda: show(workplace))

        QTimer.singleShot(NEXT_TURN, self, make)

    def answer_calls(self) -> None:
        """Let other PCs find the server of this one, where it is shared."""
        if self._calls is None and self._folder is not None:
            self._calls = answering_calls(EmbeddedServer(self._folder))

    def answer_no_calls(self) -> None:
        """The end: nobody is answered any more."""
        if self._calls is not None:
            self._calls.stop()
            self._calls = None

    def work(self, opened: Opened) -> Workplace:
        """Open the window of somebody who has logged in, at once."""
        workplace = self._make_workplace(opened)
        workplace.start()
        return workplace

    def _make_workplace(self, opened: Opened) -> Workplace:
        self.warming.hold()
        QTimer.singleShot(AFTER_LOGIN, self, self.warming.start)
        garbage().set_apart()
        workplace = Workplace(opened, self.settings.server or tr("Server"), self)
        workplace.ended.connect(self._ended)
        self.workplace = workplace
        self.answer_calls()
        log.info("logged in")
        return workplace

    def _ended(self, reason: str) -> None:
        workplace, self.workplace = self.workplace, None
        log.info("logged out")
        if workplace is not None:
            QTimer.singleShot(0, workplace, lambda: self._take_down(workplace, reason))

    def _take_down(self, workplace: Workplace, reason: str) -> None:
        workplace.take_down()
        workplace.deleteLater()
        if reason == "close":
            QApplication.quit()
        else:
            self.ask(reason)

    def _say_crash(self, kind: str, path: str) -> None:
        if self.workplace is None:
            return
        self.workplace.shell.message(
            tr(
                "Something unexpected went wrong ({kind}). What you typed is kept. A report without any of your data "
                "was written.",
                kind=kind,
            ),
            "error",
            (tr("Save the report…"), lambda: self._save_report(path)) if path else None,
        )

    def _save_report(self, path: str) -> None:
        source = Path(path)
        parent = self.workplace.window if self.workplace is not None else None
        target, _kind = QFileDialog.getSaveFileName(parent, tr("Save the report"), source.name)
        if target:
            try:
                Path(target).write_text(source.read_text("utf-8"), "utf-8")
            except OSError as error:
                if self.workplace is not None:
                    self.workplace.shell.message(
                        tr("The report could not be saved: {reason}", reason=error.strerror or ""), "error"
                    )


def run(
    settings: PcSettings | None = None,
    *,
    prepare: Callable[[Server], str] = answering,
    folder: Path | None = None,
) -> int:
    """Run the client until its window is closed; the exit code. ``folder``: see ClientProgram."""
    start_logging()
    known = settings or read_settings()
    app = make_application(known)
    program = ClientProgram(known, prepare, folder)
    program.guard.install()
    program.answer_calls()
    program.begin()
    code = app.exec()
    program.answer_no_calls()
    tasks().wait(2000)
    program.guard.uninstall()
    return code
