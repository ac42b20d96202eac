"""The saved searches of a list (PLT-12): opened, kept, renamed, shared, made the default, deleted, from one menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QMenu, QPushButton, QWidget

from services import saved_searches as saved
from services.changes import Notice
from services.commands import Changes
from services.entity import Query
from services.errors import Invalid, ShukeError
from services.language import tr
from services.reading import Reading
from services.saved_searches import SAVED_SEARCH, Saved
from widgets.base.list_core import ListCore
from widgets.base.share_dialog import ShareDialog
from widgets.base.tasks import Task, TaskSlot

ENTITY = SAVED_SEARCH.key


class ListSearches(QObject):
    """The menu button of one list page. What can be used is read beside the screen, first with the page."""

    def __init__(self, page: ListCore) -> None:
        super().__init__(page)
        self.page = page
        self.found: tuple[Saved, ...] = ()
        self.current: int | None = None
        """Id of the search that was opened or kept last, while it is shown or worked on."""
        self.button = QPushButton()
        self.button.setProperty("chip", "neutral")
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.menu = QMenu(self.button)
        self.menu.aboutToShow.connect(self.fill)
        self.button.setMenu(self.menu)
        self._slot = TaskSlot(self)
        self._awaits_default = (
            self._usable and page.state_.default_search is not None and _is_plain(page.query)
        )
        self._was_read = False
        if not self._usable:
            self.button.hide()
        else:
            page.facets.put_first(self.button)
            page.client.bus.changed.connect(self._heard)
        self.button.installEventFilter(self)
        self.retranslate()

    @property
    def _usable(self) -> bool:
        page = self.page
        return page.client.user.can("system.saved_search.view") and not (
            page.query.deleted or page.query.conditions
        )

    # -- reading ------------------------------------------------------------------------------------------

    def first_read(self) -> bool:
        """Read what there is when the list comes up; True if a default search is awaited, which reads the list then."""
        if self._usable and not self._was_read:
            self._was_read = True
            self.read()
        return self._awaits_default

    def give_up_default(self) -> None:
        """Something else is shown by now."""
        self._awaits_default = False

    def read(self) -> None:
        """Read the searches anew."""
        reading, entity = Reading(self.page.client.database), self.page.entity.key

        def work(_control: object) -> tuple[Saved, ...]:
            with reading.session() as session:
                return saved.saved_searches(session, entity=entity)

        self._slot.start(work, self._came, self._not_read, cancel=reading.cancel)

    def _came(self, found: tuple[Saved, ...]) -> None:
        self.found = found
        if self._awaits_default:
            self._awaits_default = False
            default = self._one(self.page.state_.default_search)
            if default is None:
                self.page.state_.default_search = None
                self.page.messages.warning(
                    tr(
                        "The search that this list opened with is gone, or not shared with you any more. All is shown."
                    )
                )
            else:
                self.open(default)
            if self.page.needs_reading:
                self.page.reload()
        self.show()

    def _not_read(self, error: Exception) -> None:
        self._awaits_default = False
        self.page.messages.error(error)
        if self.page.needs_reading:
            self.page.reload()

    def _one(self, search_id: int | None) -> Saved | None:
        return next((one for one in self.found if one.id == search_id), None)

    def _heard(self, notice: Notice) -> None:
        if self._was_read and notice.entity in (ENTITY, "scope", "*"):
            self.read()

    # -- the menu -----------------------------------------------------------------------------------------

    def fill(self) -> None:
        """What can be chosen and done now."""
        menu, me = self.menu, self.page.client.user.id
        menu.clear()
        default = self.page.state_.default_search
        for group in (
            [one for one in self.found if one.owner_id == me],
            [o for o in self.found if o.owner_id != me],
        ):
            for one in group:
                title = (
                    one.name
                    if one.owner_id == me
                    else tr("{name} (by {owner})", name=one.name, owner=self._owner(one))
                )
                action = menu.addAction(f"★ {title}" if one.id == default else title)
                action.setCheckable(True)
                action.setChecked(one.id == self.current)
                action.triggered.connect(lambda _on, one=one: self.open(one))
            if group:
                menu.addSeparator()
        if not self.found:
            menu.addAction(tr("No searches are kept here yet")).setEnabled(False)
            menu.addSeparator()
        self._add_work(menu)

    def _owner(self, one: Saved) -> str:
        return self.page.client.dictionary.user(one.owner_id)

    def _add_work(self, menu: QMenu) -> None:
        """What can be done with the search shown, and with the one opened last."""
        can = self.page.client.user.can
        if can("system.saved_search.create"):
            menu.addAction(tr("Keep this search under a name …"), self.ask_name)
        one = self._one(self.current)
        if one is None:
            return
        if can("system.saved_search.edit"):
            action = menu.addAction(
                tr("Overwrite “{name}” with what is shown", name=one.name), self.overwrite
            )
            action.setEnabled(self.changed)
        default = menu.addAction(tr("Open this list with “{name}”", name=one.name))
        default.setCheckable(True)
        default.setChecked(self.page.state_.default_search == one.id)
        default.triggered.connect(self.make_default)
        if one.owner_id != self.page.client.user.id:
            return
        if can("system.saved_search.edit"):
            menu.addAction(tr("Rename …"), self.ask_new_name)
        if can("organisation.share"):
            menu.addAction(tr("Share with …"), self.share)
        if can("system.saved_search.share"):
            everybody = menu.addAction(tr("Offer to everybody"))
            everybody.setCheckable(True)
            everybody.setChecked(one.everybody)
            everybody.triggered.connect(self.offer)
        if can("system.saved_search.delete"):
            menu.addAction(tr("Delete “{name}”", name=one.name), self.drop)

    @property
    def changed(self) -> bool:
        """Whether something else than the search opened last is shown."""
        one = self._one(self.current)
        return one is not None and dict(one.query) != saved.kept(self._asked())

    def _asked(self) -> Query:
        """What is shown, with the order that is in force."""
        query = self.page.query
        return query if query.order else replace(query, order=self.page.entity.order)

    # -- opening ------------------------------------------------------------------------------------------

    def open(self, one: Saved) -> None:
        """Show it; what it names and is gone by now is left out, and said."""
        page = self.page
        try:
            found = saved.opened(
                one.query, page.query, page.entity, tuple(page.listing.columns), page.client.dictionary
            )
            page.show_query(found.query)
        except ShukeError as error:
            page.messages.error(tr("“{name}” cannot be opened: {why}", name=one.name, why=str(error)))
            return
        self.current = one.id
        if found.gone:
            page.messages.warning(
                tr(
                    "“{name}” names what does not exist here any more, or what you may not see: {what}. That part was "
                    "left out; overwrite the search to keep it so.",
                    name=one.name,
                    what=tr(", ").join(found.gone),
                )
            )
        self.show()

    # -- keeping ------------------------------------------------------------------------------------------

    def ask_name(self) -> None:
        """Ask for a name, and whether everybody may use it; an own search of that name is overwritten."""
        question = _NameQuestion(
            tr("Name of the search"), offer=self.page.client.user.can("system.saved_search.share")
        )

        def keep() -> None:
            name = question.line.text().strip()
            same = next(
                (o for o in self.found if o.name == name and o.owner_id == self.page.client.user.id), None
            )
            if same is not None and self.page.panel.do_button.text() != tr("Overwrite"):
                self.page.panel.text.setText(tr("You have a search “{name}” here already.", name=name))
                self.page.panel.do_button.setText(tr("Overwrite"))
                return
            self._keep(name, same, question.everybody.isChecked())

        self.page.panel.ask(
            tr("Keep this search: its conditions, words, class and order."), tr("Keep"), keep, question,
            after=self.page.table,
        )  # fmt: skip

    def _keep(self, name: str, same: Saved | None, everybody: bool) -> None:
        database, entity, query = self.page.client.database, self.page.entity.key, saved.kept(self._asked())

        def work() -> Changes:
            if same is None:
                made = database.write(saved.save_search, entity=entity, name=name, query=query)
            else:
                made = database.write(
                    saved.change_search, search_id=same.id, version=same.version, values={"query": query}
                )
            if everybody and not (same is not None and same.everybody):
                database.write(saved.offer_search, search_id=made.id, everybody=True)
            return made

        def done(changes: Changes) -> None:
            self.current = changes.id
            self.page.panel.done()
            self.page.messages.done(tr("The search “{name}” is kept.", name=name))

        self._write(work, done)

    def overwrite(self) -> None:
        """Keep what is shown in the search opened last."""
        one = self._one(self.current)
        if one is not None:
            self._change(
                one, {"query": saved.kept(self._asked())}, tr("The search “{name}” is kept.", name=one.name)
            )

    def ask_new_name(self) -> None:
        """Ask for another name."""
        one = self._one(self.current)
        if one is None:
            return
        question = _NameQuestion(tr("Name of the search"), offer=False)
        question.line.setText(one.name)
        question.line.selectAll()
        self.page.panel.ask(
            tr("Another name for “{name}”", name=one.name), tr("Rename"),
            lambda: self._change(one, {"name": question.line.text().strip()}, tr("Renamed.")), question,
            after=self.page.table,
        )  # fmt: skip

    def _change(self, one: Saved, values: dict[str, Any], said: str) -> None:
        database = self.page.client.database

        def done(_changes: Changes) -> None:
            self.page.panel.done()
            self.page.messages.done(said)

        self._write(
            lambda: database.write(saved.change_search, search_id=one.id, version=one.version, values=values),
            done,
        )

    def make_default(self, on: bool) -> None:
        """Open this list with the search, or with everything again. For this user alone."""
        self.page.state_.default_search = self.current if on else None
        one = self._one(self.current)
        if one is not None:
            self.page.messages.done(
                tr("This list opens with “{name}” from now on.", name=one.name)
                if on
                else tr("This list opens with all records from now on.")
            )

    def share(self) -> None:
        """Show it to colleagues or positions, to use or to edit."""
        one = self._one(self.current)
        if one is not None:
            ShareDialog(self.page.client, SAVED_SEARCH, [one.id], self.page).show()

    def offer(self, on: bool) -> None:
        """Let everybody who sees this list use it, or not any more."""
        one, database = self._one(self.current), self.page.client.database
        if one is not None:
            said = (
                tr("Everybody who sees this list can use “{name}” now.", name=one.name)
                if on
                else tr("“{name}” is yours alone again, and of those you shared it with.", name=one.name)
            )
            self._write(
                lambda: database.write(saved.offer_search, search_id=one.id, everybody=on),
                lambda _changes: self.page.messages.done(said),
            )

    def drop(self) -> None:
        """Delete it; the message has the way back."""
        one, database = self._one(self.current), self.page.client.database
        if one is None:
            return

        def done(changes: Changes) -> None:
            deletions = [int(number) for number in changes.result["deletions"]]
            self.current = None
            self.page.messages.done(
                tr("The search “{name}” was deleted.", name=one.name),
                (tr("Undo"), lambda: self._write(
                    lambda: database.write(saved.bring_search_back, deletions=deletions), lambda _changes: None)),
            )  # fmt: skip

        self._write(lambda: database.write(saved.drop_search, search_id=one.id), done)

    def _write(self, work: Callable[[], Changes], done: Callable[[Changes], object]) -> None:
        def fine(changes: Changes) -> None:
            done(changes)
            self.read()

        Task(self, lambda _control: work(), fine, self._failed)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Invalid) and self.page.panel.isVisible():
            # the question stays open, so that another name can be given at once
            taken = (
                tr("You have a search of that name here already.") if error.field == "name" else str(error)
            )
            self.page.panel.text.setText(taken)
            return
        self.page.messages.error(error)
        self.read()

    # -- what it shows ------------------------------------------------------------------------------------

    def show(self) -> None:
        """Name the search that is shown, with a star while it was changed since."""
        one = self._one(self.current)
        plain = _is_plain(self.page.query)
        if one is None or (plain and self.changed):
            self.button.setText(tr("Saved searches"))
        else:
            self.button.setText(f"{one.name} *" if self.changed else one.name)

    def retranslate(self) -> None:
        """Set every text."""
        self.button.setToolTip(tr("Searches kept under a name: open, keep, share, open the list with one"))
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the language with the button."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        return super().eventFilter(watched, event)


class _NameQuestion(QWidget):
    """A name, and whether everybody may use what bears it."""

    def __init__(self, hint: str, *, offer: bool) -> None:
        super().__init__()
        self.line, self.everybody = QLineEdit(), QCheckBox(tr("Offer to everybody"))
        self.line.setPlaceholderText(hint)
        self.line.setMaxLength(60)
        self.line.setMinimumWidth(260)
        self.everybody.setVisible(offer)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line)
        row.addWidget(self.everybody)
        row.addStretch(1)
        self.setFocusProxy(self.line)


def _is_plain(query: Query) -> bool:
    return not (query.facets or query.words or query.data_class not in ("", "all"))
