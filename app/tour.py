"""Every page, panel, form and dialog as a picture, headless: for the eyes of whoever builds or judges them.

What there is comes from the registry, the views and the menus, so that new entities appear by themselves.
"""

from __future__ import annotations

import html
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer, qInstallMessageHandler
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea, QWidget

from app.navigation import MENUS, SHORTCUTS
from app.tour_scenes import best_record, scenes
from app.workplace import Workplace
from printing.document import Document
from printing.paper import Paper
from services.entity import Entity
from services.language import tr
from services.opening import Opened
from services.registry import ALL
from services.session import Preferences
from services.settings import PcSettings
from widgets.base.pages import PageKey
from widgets.base.tasks import tasks
from widgets.views import PAGES, PARTS

SIZE = (1440, 900)
PATIENCE = 15.0
"""Seconds until a page that still loads counts as failed."""
LEAST_COLOURS = 8
"""A picture with fewer colours shows nothing."""


class NotKept(Preferences):
    """Settings of a user who only looks: nothing is read, nothing written."""

    def __init__(self, opened: Opened) -> None:
        self._database, self._user = opened.database, opened.user
        self._lock = threading.Lock()
        self._values: dict[str, Any] = {}

    def store(self, key: str) -> None:
        """Not here."""


@dataclass
class Picture:
    """One thing shown. ``trouble`` is empty when it is fine."""

    name: str
    title: str
    file: Path
    trouble: str = ""


@dataclass
class Tour:
    """Walks through the program of one user and keeps what it saw."""

    folder: Path
    opened: Opened
    server: str = "Shuke"
    size: tuple[int, int] = SIZE
    only: frozenset[str] = frozenset()
    """Names (or beginnings of names) to take; empty for all."""
    pictures: list[Picture] = field(default_factory=list)
    _looked_below: set[PageKey | None] = field(default_factory=set)

    def run(self) -> list[Picture]:
        """Take all pictures and write the index; what went wrong stands in each picture's ``trouble``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # the headless platform complains about every window that is raised
        qInstallMessageHandler(lambda _kind, _context, _text: None)
        preferences = NotKept(self.opened)
        opened = Opened(self.opened.database, self.opened.user, preferences, self.opened.dictionary)
        self._place = Workplace(opened, self.server)
        window = self._place.window
        try:
            self._place.start()
            window.resize(*self.size)
            settle()
            for name, title, show in self._stops():
                if not self.only or any(name.startswith(part) for part in self.only):
                    self._take(name, title, show)
            if not self.only or any(part.startswith("document") for part in self.only):
                self._documents()
        finally:
            self._place.end("")
            self._place.take_down()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            qInstallMessageHandler(None)
        self._write_index()
        self._write_pdf()
        return self.pictures

    def _write_pdf(self) -> None:
        """All pictures in one file, a page each, for paging through."""
        from reportlab.pdfgen.canvas import Canvas

        canvas = Canvas(str(self.folder / "tour.pdf"))
        for picture in self.pictures:
            image = QImage(str(picture.file))
            if not image.isNull():
                canvas.setPageSize((image.width(), image.height()))
                canvas.drawImage(str(picture.file), 0, 0, image.width(), image.height())
                canvas.showPage()
        canvas.save()

    def _documents(self) -> None:
        """Every paper that the program prints: on each paper as PDF and picture, and as Word and Excel."""
        # half a second of libraries that no other picture needs
        from app.tour_documents import LIST, documents, list_of

        papers = list(documents(self.opened))
        if all(self.opened.user.can(f"{LIST.entity}.{verb}") for verb in ("view", "print", "export")):
            key = PageKey(LIST.entity)
            self._open(key)
            page: Any = self._place.window.workspace.page(key)
            settle()
            papers.append(list_of(page))
        for name, document, sizes in papers:
            if self._wanted(f"document.{name}"):
                self._paper(f"document.{name}", document, sizes)

    def _paper(self, name: str, document: Document, sizes: Sequence[Paper]) -> None:
        from printing.excel import render_excel
        from printing.pages import page_image, page_sizes
        from printing.pdf import render_pdf
        from printing.word import render_word

        (self.folder / f"{name}.docx").write_bytes(render_word(document))
        (self.folder / f"{name}.xlsx").write_bytes(render_excel(document, sizes[0]))
        for paper in sizes:
            pdf = render_pdf(document, paper)
            (self.folder / f"{name}.{paper.key}.pdf").write_bytes(pdf)
            for page in range(len(page_sizes(pdf))):
                below = f".{page + 1}" if page else ""
                file = self.folder / f"{name}.{paper.key}{below}.png"
                image = page_image(pdf, page, 110)
                image.save(str(file))
                title = f"{document.title} ({tr(paper.title)})"
                trouble = "" if colours(image) >= LEAST_COLOURS else "blank"
                self.pictures.append(Picture(file.stem, title, file, trouble))

    def _wanted(self, name: str) -> bool:
        return not self.only or any(name.startswith(part) or part.startswith(name) for part in self.only)

    # what there is

    def _stops(self) -> Iterator[tuple[str, str, Callable[[], QWidget]]]:
        yield "window.login", tr("Log in to Shuke"), self._login
        for step in ("choices", "company", "join"):
            yield f"window.first_run.{step}", tr("Begin with Shuke"), partial(self._first_run, step)
        for key in PAGES:
            if self._place.source.may(key):
                yield (
                    f"page.{key.entity}.{key.view}",
                    self._place.source.title(key),
                    partial(self._open, key),
                )
        yield "page.shortcuts", tr("Keyboard shortcuts"), lambda: self._open(SHORTCUTS)
        for entity in ALL:
            if self.opened.user.can(entity.permission("view")):
                yield from self._of_entity(entity)
        for scene in scenes(self._place, settle):
            yield f"scene.{scene.name}", scene.title, scene.show
        yield "window.search", tr("Search everything"), self._search
        for name in MENUS:
            yield f"window.menu.{name}", name, partial(self._menu, name)

    def _of_entity(self, entity: Entity) -> Iterator[tuple[str, str, Callable[[], QWidget]]]:
        plural, title = tr(entity.plural), tr(entity.title)
        yield f"list.{entity.key}", plural, lambda: self._open(PageKey(entity.key))
        record = self._some_record(entity)
        if record is not None:
            yield f"record.{entity.key}", title, lambda: self._open(PageKey(entity.key, "record", record))
            yield from self._sections(entity, record)
        if entity.create_by_form and self.opened.user.can(entity.permission("create")):
            yield (
                f"new.{entity.key}",
                tr("New {entity}", entity=title),
                lambda: self._open(PageKey(entity.key, "new", 1)),
            )

    def _sections(self, entity: Entity, record: int) -> Iterator[tuple[str, str, Callable[[], QWidget]]]:
        key = PageKey(entity.key, "record", record)

        def show(section: str) -> QWidget:
            window = self._open(key)
            open_section: Any = getattr(self._place.window.workspace.page(key), "open_section", None)
            open_section(section)
            return window

        for part in PARTS.get(entity.key, tuple)():
            if not part.right or self.opened.user.can(part.right):
                yield (
                    f"section.{part.key}",
                    f"{tr(entity.title)}: {tr(part.title)}",
                    partial(show, part.key),
                )

    def _some_record(self, entity: Entity) -> int | None:
        with self.opened.database.read_session() as session:
            return best_record(session, entity)

    # showing

    def _open(self, key: PageKey) -> QWidget:
        window = self._place.window
        window.open(key)
        return window

    def _login(self) -> QWidget:
        from widgets.organisation.login import LoginDialog

        dialog = LoginDialog(PcSettings(self.folder / "none.toml", login=self.opened.user.login))
        dialog.show()
        return dialog

    def _first_run(self, step: str) -> QWidget:
        from app.first_run import ways
        from widgets.organisation.first_run import FirstRunDialog

        dialog = FirstRunDialog(PcSettings(self.folder / "none.toml"), ways(self.folder))
        dialog.pages.setCurrentWidget(getattr(dialog, step))
        dialog.show()
        return dialog

    def _search(self) -> QWidget:
        box = self._place.window.head.search
        box.setFocus()
        box.setText("c")
        box.textEdited.emit("c")
        return self._place.window

    def _menu(self, name: str) -> QWidget:
        self._place.window.head.search.clear()
        self._place.window.use_menu(name)
        return self._place.window

    def _take(self, name: str, title: str, show: Callable[[], QWidget]) -> None:
        picture = Picture(name, title, self.folder / f"{name}.png")
        self.pictures.append(picture)
        self._place.window.messages.clear()
        try:
            shown = show()
        except Exception as error:
            picture.trouble = f"{type(error).__name__}: {error}"
            return
        waited = settle()
        image = shown.grab().toImage()
        image.save(str(picture.file))
        picture.trouble = self._trouble(shown, image, waited)
        self._take_below(picture, shown)
        self._leave(shown)

    def _take_below(self, picture: Picture, shown: QWidget) -> None:
        """What a form shows below its fold."""
        key = self._place.window.workspace.current()
        page = self._place.window.workspace.page(key) if key is not None else None
        if shown is not self._place.window or page is None or key in self._looked_below:
            return
        for area in page.findChildren(QScrollArea):
            bar = area.verticalScrollBar()
            if (
                area.isVisible()
                and area.width() > shown.width() // 3
                and bar.maximum() > bar.pageStep() // 10
            ):
                bar.setValue(bar.maximum())
                settle()
                below = Picture(
                    f"{picture.name}.below", picture.title, self.folder / f"{picture.name}.below.png"
                )
                shown.grab().save(str(below.file))
                bar.setValue(0)
                self._looked_below.add(key)
                self.pictures.append(below)
                return

    def _trouble(self, shown: QWidget, image: QImage, waited: bool) -> str:
        if not waited:
            return "still loading"
        if colours(image) < LEAST_COLOURS:
            return "blank"
        window = self._place.window
        if shown is window:
            errors = [message.text for message in window.messages.messages if message.kind == "error"]
            current = window.workspace.current()
            if current is not None and window.workspace.page(current) is None:
                errors.append("the page could not be made")
            return "; ".join(errors)
        return ""

    def _leave(self, shown: QWidget) -> None:
        if shown is not self._place.window:
            shown.close()
            if not isinstance(shown, QMenu):  # a menu belongs to its button
                shown.deleteLater()
            return
        workspace = self._place.window.workspace
        open_ = workspace.keys()
        for key in open_:
            if key.view in ("new", "record") and key != workspace.current():
                workspace.close_page(key, force=True)

    # what was seen

    def _write_index(self) -> None:
        rows = "".join(
            f'<figure class="{"bad" if one.trouble else ""}"><a href="{one.file.name}">'
            f'<img loading="lazy" src="{one.file.name}" alt=""></a><figcaption>{html.escape(one.title)}'
            f" <code>{html.escape(one.name)}</code> <b>{html.escape(one.trouble)}</b></figcaption></figure>"
            for one in self.pictures
        )
        (self.folder / "index.html").write_text(
            "<!doctype html><meta charset=utf-8><title>Shuke</title><style>body{font:14px sans-serif;margin:24px;"
            "display:grid;grid-template-columns:repeat(auto-fill,minmax(440px,1fr));gap:20px}figure{margin:0}"
            "img{width:100%;border:1px solid #ccd}.bad figcaption{color:#b42318}</style>" + rows,
            "utf-8",
        )


def colours(image: QImage, step: int = 7) -> int:
    """How many colours a picture has, looked at in a grid; counting stops at 200."""
    found = set()
    for y in range(0, image.height(), step):
        for x in range(0, image.width(), step):
            found.add(image.pixel(x, y))
            if len(found) >= 200:
                return len(found)
    return len(found)


def settle(patience: float = PATIENCE, quiet: float = 0.25) -> bool:
    """Let the program run until nothing has been loading for ``quiet`` seconds; False when it did not end."""
    ends, calm = time.monotonic() + patience, 0.0
    app = QApplication.instance()
    assert app is not None
    last = time.monotonic()
    while time.monotonic() < ends:
        loop = QEventLoop()
        QTimer.singleShot(20, loop.quit)
        loop.exec()
        now = time.monotonic()
        calm = 0.0 if tasks().running() else calm + now - last
        last = now
        if calm >= quiet:
            return True
    return False
