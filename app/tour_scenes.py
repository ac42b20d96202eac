"""What the tour shows beyond pages: menus, panels, dialogs and windows that a click opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QDialog, QMenu, QWidget
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.workplace import Workplace
from services.entity import Action, Entity, Facet, Group, Query
from services.errors import Refused
from services.language import tr
from services.lookup import lookup
from services.settings import PcSettings, Server
from widgets.base.files_button import FilesButton
from widgets.base.pages import PageKey

CUSTOMER: Final = "customers.customer"
BEST: Final = {
    CUSTOMER: "SELECT b.id FROM customers.balance b ORDER BY b.ordered DESC LIMIT 1",
    "products.product": "SELECT product_id FROM products.pack LIMIT 1",
    "activities.task": "SELECT task_id FROM activities.check_item LIMIT 1",
    "finance.payment": "SELECT max(id) FROM finance.payment WHERE currency IS NOT NULL",
    "customers.contact": "SELECT contact_id FROM customers.contact_link LIMIT 1",
}
"""Records that something has happened with, by entity key; of others the first will do."""
ORDER_IN_WORK: Final = (
    "SELECT max(o.id) FROM sales.\"order\" o JOIN sales.order_line l ON l.order_id = o.id WHERE o.state = 'confirmed'"
    " AND l.stocked AND l.quantity > l.delivered + l.asked + l.notified"
)
FOLLOW_UPS: Final = ("dispatch", "issue", "request", "payment", "note", "print")


@dataclass(frozen=True, slots=True)
class Scene:
    """``show`` brings it up and returns the widget to be taken."""

    name: str
    title: str
    show: Callable[[], QWidget]


def best_record(session: Session, entity: Entity) -> int | None:
    """The id of a record of ``entity`` worth showing; None where there is none."""
    wanted = session.scalar(text(BEST[entity.key])) if entity.key in BEST else None
    if wanted is not None:
        return int(wanted)
    found = lookup(session, entity, "", limit=1)
    return found[0].id if found else None


def scenes(place: Workplace, wait: Callable[[], object]) -> Iterator[Scene]:
    """All that the user of ``place`` may open. ``wait`` lets the program run until nothing is read any more."""
    stage = _Stage(place, wait)
    if place.client.user.can(f"{CUSTOMER}.view"):
        yield from stage.lists()
        yield from stage.dialogs()
    if place.client.user.can("products.product.view"):
        yield Scene("repricing", tr("Change many prices by a formula"), stage.repricing)
    if place.client.user.can("sales.order.view"):
        yield from stage.order()
    yield from stage.windows()


class _Stage:
    def __init__(self, place: Workplace, wait: Callable[[], object]) -> None:
        self.place, self.client, self.wait = place, place.client, wait

    def _page(self, key: PageKey) -> Any:
        self.place.window.open(key)
        self.wait()
        return self.place.window.workspace.page(key)

    def _one(self, question: str) -> int | None:
        with self.client.database.read_session() as session:
            found = session.scalar(text(question))
        return None if found is None else int(found)

    def _customers(self, count: int) -> list[int]:
        with self.client.database.read_session() as session:
            found = lookup(session, self.client.entities[CUSTOMER], "", limit=count)
        return [one.id for one in found]

    # a list

    def lists(self) -> Iterator[Scene]:
        yield Scene("list.conditions", tr("Advanced search"), self._conditions)
        yield Scene("list.search_editor", tr("Advanced search"), self._search_editor)
        yield Scene("list.condition", tr("+ Condition"), self._condition)
        yield Scene("list.searches", tr("Saved searches"), self._searches)
        yield Scene("list.edit", tr("Change fields …"), partial(self._batch, "edit"))
        yield Scene("list.delete", tr("Delete"), partial(self._batch, "delete"))

    def _list(self) -> Any:
        page = self._page(PageKey(CUSTOMER))
        page.panel.done()
        page.show_query(
            Query(
                CUSTOMER,
                facets=(
                    Facet("name", "contains", "公司"),
                    Group("any", (Facet("receivable", "ge", 1000), Facet("stage", "empty"))),
                ),
            )
        )
        self.wait()
        return page

    def _conditions(self) -> QWidget:
        self._list()
        return self.place.window

    def _search_editor(self) -> QWidget:
        page = self._list()
        page.facets.ask_more()
        shown: QWidget = page.facets.search_editor
        return shown

    def _condition(self) -> QWidget:
        page = self._list()
        page.facets.ask()
        shown: QWidget = page.facets.editor
        return shown

    def _searches(self) -> QWidget:
        page = self._list()
        searches = page.searches
        if searches.found:
            searches.open(searches.found[0])
        searches.fill()
        menu: QMenu = searches.menu
        menu.popup(page.mapToGlobal(QPoint(0, 0)))
        return menu

    def _batch(self, what: str) -> QWidget:
        page = self._page(PageKey(CUSTOMER))
        page.show_query(Query(CUSTOMER))
        self.wait()
        for row in range(2, 7):
            page.selection.tick(row)
        getattr(page.actions_, what)()
        self.wait()
        return self.place.window

    # dialogs about records

    def dialogs(self) -> Iterator[Scene]:
        from widgets.base.share_dialog import ShareDialog
        from widgets.base.transfer_dialog import TransferDialog
        from widgets.base.why_dialog import WhyDialog
        from widgets.customers.quick_create import QuickCreate

        entity, ids, window = self.client.entities[CUSTOMER], self._customers(8), self.place.window
        if ids:
            yield Scene("share", tr("Share"), lambda: _shown(ShareDialog(self.client, entity, ids, window)))
            yield Scene(
                "transfer", tr("Owner"), lambda: _shown(TransferDialog(self.client, entity, ids, window))
            )
            yield Scene("why", tr("Why"), lambda: _shown(WhyDialog(self.client, entity, ids[0], window)))
        for action in entity.actions:
            if action.asks and self.client.user.can(action.permission) and ids:
                yield Scene(
                    f"action.{action.key}",
                    tr(action.title),
                    partial(self._command, action, ids),
                )
        if self.client.user.can(f"{CUSTOMER}.create"):
            yield Scene(
                "quick_create", tr("New customer"), lambda: _shown(QuickCreate(self.client, None, window))
            )

    def _command(self, action: Action, ids: list[int]) -> QWidget:
        from widgets.base.command_dialog import CommandDialog

        entity = self.client.entities[CUSTOMER]
        return _shown(CommandDialog(self.client, entity, action, ids, self.place.window))

    def repricing(self) -> QWidget:
        from widgets.products.repricing import RepricingDialog

        dialog = RepricingDialog(self.client, None, self.place.window)
        dialog.show()
        self.wait()
        dialog.look()
        return dialog

    # an order and its papers

    def order(self) -> Iterator[Scene]:
        order, issue = (
            self._one(ORDER_IN_WORK),
            self._one("SELECT max(id) FROM stock.issue WHERE state = 'posted'"),
        )
        if order is not None:
            key = PageKey("sales.order", "record", order)
            yield Scene("order.open", tr("Order"), lambda: self._page(key).window())
            for what in FOLLOW_UPS:
                yield Scene(f"order.{what}", f"{tr('Order')}: {what}", partial(self._follow_up, key, what))
            yield Scene("order.print.half", tr("Print"), partial(self._follow_up, key, "print", half=True))
        with_files = self._one("SELECT max(record_id) FROM system.attachment WHERE entity = 'sales.order'")
        if with_files is not None and self.client.user.can("system.attachment.view"):
            key = PageKey("sales.order", "record", with_files)
            yield Scene("order.files", tr("Files"), partial(self._files, key))
        if issue is not None:
            key = PageKey("stock.issue", "record", issue)
            yield Scene("issue.print", tr("Print"), partial(self._page_print, key, half=False))
            yield Scene("issue.print.half", tr("Print"), partial(self._page_print, key, half=True))
        for name, entity, newest in (
            ("receipt", "stock.receipt", "SELECT max(id) FROM stock.receipt WHERE state = 'posted'"),
            ("payment", "finance.payment", "SELECT max(id) FROM finance.payment WHERE state = 'posted'"),
        ):
            found = self._one(newest)
            if found is not None:
                key = PageKey(entity, "record", found)
                yield Scene(f"{name}.print", tr("Print"), partial(self._page_print, key, half=False))
                yield Scene(f"{name}.print.half", tr("Print"), partial(self._page_print, key, half=True))

    def _follow_up(self, key: PageKey, what: str, *, half: bool = False) -> QWidget:
        form = self._page(key)
        form.follow_ups.dialog = None
        form.follow_ups.start(what)
        self.wait()
        return self._paper(form.follow_ups.dialog, half)

    def _page_print(self, key: PageKey, *, half: bool) -> QWidget:
        form = self._page(key)
        form.act("print")
        return self._paper(form.paper.dialog, half)

    def _paper(self, dialog: Any, half: bool) -> QWidget:
        from printing.paper import A4, HALF

        if hasattr(dialog, "preview"):
            dialog.preview.set_paper(HALF if half else A4)
            for _try in range(20):
                self.wait()
                if dialog.preview.page_count and dialog.preview.pdf:
                    break
        return dialog if isinstance(dialog, QWidget) else self.place.window

    def _files(self, key: PageKey) -> QWidget:
        panel: QWidget = self._page(key).findChild(FilesButton).open_window()
        return panel.window()

    # the window itself

    def windows(self) -> Iterator[Scene]:
        for way in ("", "alone", "join", "serve"):
            title = tr("How do you want to begin?")
            yield Scene(f"window.first_run.{way}".rstrip("."), title, partial(self._first_run, way))
        yield Scene("window.user_menu", tr("Personal settings"), self._user_menu)
        yield Scene("window.torn_off", tr("Move to a new window"), self._torn_off)

    def _first_run(self, way: str) -> QWidget:
        from widgets.organisation.first_run import FirstRunDialog, Ways

        def never(*_given: object) -> Any:
            raise Refused("")

        here = Server("Shuke", "", embedded=True)
        ways = Ways(try_sample=never, alone=never, serve=never, has_company=lambda: False, here=here)
        dialog = FirstRunDialog(PcSettings(Path("none.toml")), ways)
        dialog.show()
        if way:
            dialog.choose(way)
        return dialog

    def _user_menu(self) -> QWidget:
        menu = self.place.window.head.user_menu
        menu.popup(self.place.window.mapToGlobal(QPoint(0, 0)))
        return menu

    def _torn_off(self) -> QWidget:
        workspace = self.place.window.workspace
        key = PageKey("activities.workbench", "page")
        self.place.window.open(key)
        workspace.to_window(key, self.place.window.geometry().adjusted(100, 100, -100, -100))
        window = workspace.windows()[0]
        window.activateWindow()
        self.wait()
        self.place.shell.message(tr("Saved."), "done")
        image = _Still(window)
        workspace.to_main(key)
        return image


class _Still(QWidget):
    """A picture of a window that goes away by itself."""

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        from PySide6.QtWidgets import QLabel, QVBoxLayout

        picture = QLabel()
        picture.setPixmap(window.grab())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(picture)


def _shown(dialog: QDialog) -> QWidget:
    dialog.show()
    return dialog
