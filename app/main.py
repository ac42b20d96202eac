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
from app.logs import start_logging
from app.warming import Warming
from app.workplace import Workplace
from services.language import tr, use_language
from services.opening import Opened
from services.settings import PcSettings, Server, read_settings
from widgets.base.garbage import garbage
from widgets.base.icons import app_icon
from widgets.base.language import switch_language
from widgets.base.style import STYLES, apply_style
from widgets.base.tasks import tasks
from widgets.organisation.login import LoginDialog

log = logging.getLogger("shuke")
AFTER_LOGIN = 1500
"""Milliseconds for the first page alone, before more modules are loaded."""


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
    embedded = EmbeddedServer(default_folder())
    embedded.start()
    return embedded.url(user="nobody").set(username=None).render_as_string(hide_password=False)


class ClientProgram(QObject):
    """Login, work, login again, end."""

    def __init__(self, settings: PcSettings, prepare: Callable[[Server], str] = answering) -> None:
        super().__init__()
        self.settings, self._prepare = settings, prepare
        self.workplace: Workplace | None = None
        self.dialog: LoginDialog | None = None
        self.guard = CrashGuard()
        self.guard.tell = self._say_crash
        self.warming = Warming(self)

    def begin(self) -> None:
        """Ask who works here, and load meanwhile what he will click on."""
        garbage().set_apart()
        self.ask()
        self.warming.start()

    def ask(self, said: str = "") -> None:
        """Show the login; ``said`` is why, where somebody was shown out."""
        self.dialog = LoginDialog(self.settings, self._prepare, said=said)
        self.dialog.finished.connect(self._answered)
        self.dialog.open()

    def _answered(self, result: int) -> None:
        dialog, self.dialog = self.dialog, None
        assert dialog is not None
        dialog.deleteLater()
        if result != QDialog.DialogCode.Accepted or dialog.opened is None:
            QApplication.quit()
            return
        self.work(dialog.opened)
        if dialog.warning is not None and self.workplace is not None:
            self.workplace.shell.message(str(dialog.warning), "warning")

    def work(self, opened: Opened) -> Workplace:
        """Open the window of somebody who has logged in."""
        self.warming.hold()
        QTimer.singleShot(AFTER_LOGIN, self, self.warming.start)
        workplace = Workplace(opened, self.settings.server or tr("Server"), self)
        workplace.ended.connect(self._ended)
        self.workplace = workplace
        workplace.start()
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


def run(settings: PcSettings | None = None, *, prepare: Callable[[Server], str] = answering) -> int:
    """Run the client until its window is closed; the exit code."""
    start_logging()
    known = settings or read_settings()
    app = make_application(known)
    program = ClientProgram(known, prepare)
    program.guard.install()
    program.begin()
    code = app.exec()
    tasks().wait(2000)
    program.guard.uninstall()
    return code
