"""One person at work in one window: everything tied together, from the login to the last saved setting."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget
from sqlalchemy import text

from app.kept_settings import KeptSettings
from app.live import Live
from app.main_window import MainWindow
from app.open_records import OpenRecords
from app.page_source import PageSource
from app.record_search import RecordProvider, new_hits
from app.reminding import Reminding
from app.shell import WindowShell
from app.standing_keys import standing_keys
from models.permissions import Permission
from services import clock
from services.analysis import workbench
from services.changes import Notice
from services.entity import Entity
from services.errors import Refused, ShukeError
from services.language import LANGUAGES, language, mark, tr
from services.opening import Opened, rights_now
from services.organisation import reminders
from services.passwords_kept import keep_password, kept_password
from services.registry import ENTITIES
from services.session import DICTIONARY_KINDS, CurrentUser, Dictionary, read_dictionary
from widgets.base.client import ChangeBus, Client
from widgets.base.global_search import CommandProvider
from widgets.base.language import switch_language
from widgets.base.moments import money
from widgets.base.pages import HISTORY, PageKey
from widgets.base.style import STYLES, apply_style, style_asked, text_size, tokens
from widgets.base.tasks import Control, TaskSlot, tasks
from widgets.views import RECORDS

NOTICES = PageKey("organisation.notice", "page")
PERSONAL = PageKey("organisation.user", "personal")
SLOTS = ("rights", "figures", "latency", "notices", "password")
"""What is read and written beside the screen, each once at a time."""
FIGURES_EVERY = 60_000
LATENCY_EVERY = 20_000
DAY_EVERY = 60_000
"""Most milliseconds between two looks at the date: a PC that slept over midnight notices it when it wakes."""


class Workplace(QObject):
    """Window, client, notices, figures of one login. ``ended(reason)`` when the person leaves or is shown out;
    the reason is empty for who logged out."""

    ended = Signal(str)

    def __init__(self, opened: Opened, server: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.database, self._server, self._user = opened.database, server, opened.user
        self._over = False
        self.settings = KeptSettings(self, opened.preferences)
        self._take_up_look()
        self.source = PageSource(ENTITIES, self._can, lambda: self.client, lambda: self.shell)
        self.window = MainWindow(
            self._make_page,
            can=self._can,
            settings=self.settings,
            user=opened.user.name,
            exists=lambda key: self.source.exists(key) and self.source.may(key),
            title_of=self.source.title,
            providers=(
                CommandProvider(lambda: new_hits(self.client, self._creatable())),
                RecordProvider(lambda: self.client, self),
            ),
        )
        self.window.add_keys(standing_keys)
        self.shell = WindowShell(self.window)
        self.bus = ChangeBus(self)
        self.client = Client(
            opened.database,
            opened.user,
            opened.preferences,
            ENTITIES,
            self.shell,
            self.bus,
            opened.dictionary,
        )
        self.live = Live(opened.database, self.bus, self)
        self.open_records = OpenRecords(self.client, self.window.workspace, self)
        self.reminding = Reminding(self.client, self.window, self.settings, self)
        self._day = clock.today()
        self._midnight = QTimer(self)
        self._midnight.setSingleShot(True)
        self._midnight.setTimerType(Qt.TimerType.PreciseTimer)  # a coarse one is up to 5 % late
        self._midnight.timeout.connect(self.look_at_date)
        self._slots = {name: TaskSlot(self) for name in SLOTS}
        self._timers = [
            self._timer(FIGURES_EVERY, self._read_figures),
            self._timer(LATENCY_EVERY, self._ping),
        ]
        self._figures_soon = QTimer(self)
        self._figures_soon.setSingleShot(True)
        self._figures_soon.setInterval(800)
        self._figures_soon.timeout.connect(self._read_figures)
        self._figures: workbench.Today | None = None
        self._connect()

    def _take_up_look(self) -> None:
        """Language, style and text size as this user left them."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        wanted = self.settings.get("language")
        if wanted in LANGUAGES and wanted != language():
            switch_language(app, wanted)
        style, size = self.settings.get("style"), self.settings.get("text_size")
        style = style if style in STYLES else tokens().name
        size = size if isinstance(size, int) and 10 <= size <= 24 else text_size()
        if (style, size) != (tokens().name, text_size()):
            apply_style(app, style, size)

    def _connect(self) -> None:
        self.live.scope.connect(self._read_rights)
        # beside the reading of the rights, not behind it: what may not be seen goes first
        self.live.scope.connect(self.open_records.ask_all)
        self.live.lost.connect(self._lost)
        self.live.back.connect(self._back)
        self.bus.changed.connect(self._hear)
        self.window.add_command(mark("Why can I see this?"), "circle-help", "Ctrl+Shift+Y", self._why, "view")
        self.window.add_command(
            mark("Change history of this record"), "history", "Ctrl+Shift+H", self._history, "view"
        )
        self.window.personal_settings_wanted.connect(lambda: self.window.open(PERSONAL))
        self.window.head.notices_clicked.connect(lambda: self.window.open(NOTICES))
        self.window.logged_out.connect(lambda: self.end(""))
        self.window.workspace.current_changed.connect(lambda _key: self._show_others())
        self.window.installEventFilter(self)

    def _timer(self, every: int, call: object) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(every)
        timer.timeout.connect(call)
        return timer

    # beginning and end

    def start(self, pages_after: int | None = None) -> None:
        """Show the window as it was left, begin to listen. ``pages_after``: milliseconds until its pages are opened,
        so that the frame is painted before; None: at once."""
        self.window.status.set_connection("waiting", self._server)
        self.window.status.set_branch(self._user.branch)
        if pages_after is None:
            self.window.start()
        else:
            self.window.take_up_frame()
            QTimer.singleShot(pages_after, self, self._open_pages)
        self.window.show()
        self.live.start()
        for timer in self._timers:
            timer.start()
        self._read_figures()
        self._count_notices()
        self.reminding.start()
        self._ping()
        self.look_at_date()

    def _open_pages(self) -> None:
        if not self._over:
            self.window.take_up_pages()

    def end(self, reason: str) -> None:
        """Stop everything, then tell. What was typed and not saved stays as drafts."""
        if self._over:
            return
        self._over = True
        for timer in (*self._timers, self._midnight):
            timer.stop()
        for slot in self._slots.values():
            slot.drop()
        self.live.stop()
        self.open_records.stop()
        self.reminding.stop()
        self.window.removeEventFilter(self)
        if self.window.isVisible():
            self.window.save_layout()
            self.window.hide()
        with contextlib.suppress(ShukeError):
            self.settings.flush()
        self.ended.emit(reason)

    def take_down(self) -> None:
        """Give window and connections back; after ``ended``."""
        self.window.workspace.close_windows()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        # a connection that is still lent out when the pool is closed would never be given back
        tasks().wait(2000)
        self.live.wait()
        self.database.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Closing the window ends the work; figures follow the language."""
        if watched is self.window and event.type() == QEvent.Type.Hide:
            if not (self._over or self.window.isMinimized() or event.spontaneous()):
                QTimer.singleShot(0, self, lambda: self.end("close"))
        elif watched is self.window and event.type() == QEvent.Type.LanguageChange:
            self._show_figures()
        return False

    # pages

    def _can(self, right: str) -> bool:
        return self._user.can(right)

    def _creatable(self) -> list[Entity]:
        return [entity for entity in ENTITIES.values() if entity.create_by_form]

    def _make_page(self, key: PageKey) -> QWidget:
        page = self.source.make(key)
        use_apply = getattr(page, "use_apply", None)
        if callable(use_apply):
            use_apply(self._change_look)
        for name, call in (
            ("saved", lambda record: self._saved(page, record)),
            ("close_wanted", lambda: self._close(page)),
            ("others_changed", lambda _names: self._show_others()),
            ("password_changed", self._keep_password),
        ):
            signal = getattr(page, name, None)
            if signal is not None:
                signal.connect(call)
        return page

    def _record_in_front(self) -> PageKey | None:
        """The key of the tab in front if it shows a record; else what to do is said."""
        key = self.window.workspace.current()
        if (
            key is None
            or key.entity not in ENTITIES
            or key.view not in ("record", HISTORY)
            or key.record is None
        ):
            self.shell.message(
                tr("Open a record first: this tells of the record in the tab in front."), "info"
            )
            return None
        return key

    def _why(self) -> None:
        """Why the record of the tab in front is seen, whatever page shows it (ORG-15)."""
        key = self._record_in_front()
        if key is not None and key.record is not None:
            from widgets.base.why_dialog import WhyDialog

            WhyDialog(self.client, ENTITIES[key.entity], key.record, self.window).show()

    def _history(self) -> None:
        """What was changed in the record of the tab in front, whatever page shows it (PLT-35)."""
        key = self._record_in_front()
        if key is None or key.record is None:
            return
        if self._can(Permission.SYSTEM_HISTORY):
            self.shell.open_history(key.entity, key.record)
        else:
            self.shell.message(tr("You do not have the right to read the change history."), "info")

    def _change_look(self, what: str, value: Any) -> None:
        if what == "language":
            self.window.set_language(value)
        elif what == "style":
            self.window.set_style(value)
        else:
            self.window.set_style(style_asked()[0], value)

    def _keep_password(self, password: str) -> None:
        """The one that this PC keeps for the login, if it does, is the new one from now on."""
        server, login = self._server, self._user.login

        def work(_control: Control) -> None:
            if kept_password(server, login):
                keep_password(server, login, password)

        self._slots["password"].start(work, lambda _none: None, self.shell.error)

    def _key_of(self, page: QWidget) -> PageKey | None:
        return next((key for key, found in self.window.workspace.pages() if found is page), None)

    def _saved(self, page: QWidget, record: int) -> None:
        """A new record was saved: its tab is that record's from now on."""
        key = self._key_of(page)
        if key is None or key.view != "new" or getattr(page, "record_id", record) != record:
            return
        if key.entity in RECORDS and getattr(page, "gives_way", False):
            # the record has a richer page than the form it was made with
            QTimer.singleShot(0, self, lambda: self._exchange(page, key.entity, record))
            return
        self.window.workspace.rename(key, PageKey(key.entity, "record", record))

    def _exchange(self, page: QWidget, entity: str, record: int) -> None:
        key = self._key_of(page)
        if getattr(page, "record_id", None) == record and key is not None:
            self.window.workspace.close_page(key, force=True)
            self.shell.open_record(entity, record)

    def _close(self, page: QWidget) -> None:
        key = self._key_of(page)
        if key is not None:
            QTimer.singleShot(0, self, lambda: self.window.workspace.close_page(key))

    def _show_others(self) -> None:
        key = self.window.workspace.current()
        page = self.window.workspace.page(key) if key is not None else None
        others = getattr(page, "others", None)
        self.window.status.set_others(others() if callable(others) else [])

    # live

    def _hear(self, notice: Notice) -> None:
        if notice.entity == "*" or any(figure.kind == notice.entity for figure in workbench.TODAY):
            self._figures_soon.start()
        if notice.entity in (NOTICES.entity, "*"):
            self._count_notices()
        if notice.entity == "*" or notice.entity in DICTIONARY_KINDS:
            self._read_rights()

    def _count_notices(self) -> None:
        silent = reminders.silent(self.settings.get(reminders.PREFERENCE))

        def work(_control: Control) -> int:
            with self.database.read_session() as session:
                return reminders.unread(session, silent)

        self._slots["notices"].start(work, self.window.head.set_notices, lambda _error: None)

    def _lost(self) -> None:
        self.window.status.set_connection("bad", self._server)
        self._read_rights()

    def _back(self) -> None:
        self._ping()

    def _read_rights(self) -> None:
        """Rights, people and dictionary anew; a closed login is shown out at once."""

        def work(_control: Control) -> tuple[CurrentUser, Dictionary]:
            user = rights_now(self.database, self._user)
            with self.database.read_session() as session:
                return user, read_dictionary(session)

        self._slots["rights"].start(work, self._use_rights, self._no_rights)

    def _use_rights(self, found: tuple[CurrentUser, Dictionary]) -> None:
        user, dictionary = found
        changed = user.rights != self._user.rights
        self._user = self.client.user = user
        self.client.learn(dictionary)
        if changed:
            self.window.use_menu(self.settings.get("menu", "quick"))
        self.bus.tell(Notice("scope", None, False))

    def _no_rights(self, error: Exception) -> None:
        if isinstance(error, Refused):
            self.end(str(error))

    def look_at_date(self) -> None:
        """A new day: shares until yesterday are over, which no server tells, and figures of the day begin anew."""
        now = clock.now()
        if now.date() != self._day:
            self._day = now.date()
            self._read_rights()
            self._read_figures()
        since = ((now.hour * 60 + now.minute) * 60 + now.second) * 1000 + now.microsecond // 1000
        self._midnight.start(min(DAY_EVERY, 24 * 3600 * 1000 - since + 50))

    # status bar

    def _read_figures(self) -> None:
        if not self._seen_figures():
            self.window.status.set_figures([])
            return

        def work(_control: Control) -> workbench.Today:
            with self.database.read_session() as session:
                return workbench.today(session)

        self._slots["figures"].start(work, self._take_figures, lambda _error: None)

    def _take_figures(self, figures: workbench.Today) -> None:
        self._figures = figures
        # an answer may arrive between the end of the work and the end of the window
        if not self._over:
            self._show_figures()

    def _show_figures(self) -> None:
        if self._figures is None:
            return
        self.window.status.set_figures(
            [
                tr(figure.title, amount=money(figure.amount(self._figures), cents=False))
                for figure in self._seen_figures()
            ]
        )

    def _seen_figures(self) -> list[workbench.TodayFigure]:
        return [figure for figure in workbench.TODAY if self._can(f"{figure.kind}.view")]

    def _ping(self) -> None:
        def work(_control: Control) -> int:
            with self.database.read_session() as session:
                began = time.perf_counter()
                session.execute(text("SELECT 1"))
                return max(1, round((time.perf_counter() - began) * 1000))

        def done(milliseconds: int) -> None:
            state = "good" if self.live.connected else "waiting"
            self.window.status.set_connection(state, self._server, milliseconds)

        def failed(_error: Exception) -> None:
            self.window.status.set_connection("bad", self._server)

        self._slots["latency"].start(work, done, failed)
