"""Users (ORG-03): the list with the form beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from services.language import mark, tr
from services.organisation import queries
from services.organisation.entities import USER_ENTITY
from widgets.base.client import Client
from widgets.base.simple_page import current, fill_table, make_table
from widgets.organisation.typed_form import (
    FormPage,
)
from widgets.organisation.user_form import UserForm


class UsersPage(FormPage):
    """All users at the left, the form of the chosen or a new one at the right."""

    name = mark("Users")
    watched = frozenset(
        {"organisation.user", "organisation.role", "organisation.position", "organisation.branch"}
    )

    def __init__(self, client: Client, parent: QWidget | None = None, *, chosen: int | None = None) -> None:
        super().__init__(client, parent)
        self._to_choose = chosen
        self._people: list[queries.Person] = []
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _text: self._fill())
        self.with_closed = QCheckBox()
        self.with_closed.toggled.connect(lambda _on: self._fill())
        self.add_button = self.button("plus", self.start_new, primary=True)
        self.add_button.setVisible(client.user.can("organisation.user.create"))
        self.offer_list(USER_ENTITY)
        self.table = make_table(6, (80, 105, 110, 95, 125))
        self.table.currentCellChanged.connect(lambda *_cells: self._choose())
        self.form = UserForm(self)
        self.form.added.connect(self.choose)
        self.typed = self.form.typed
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.addWidget(self.search, 1)
        row.addWidget(self.with_closed)
        column.addLayout(row)
        column.addWidget(self.table, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self.form)
        # a wide screen gives its room to the list: lines of a form as wide as that are hard to read
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 0)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.setProperty("gap", True)
        split.setSizes([700, 480])
        layout = QVBoxLayout(self.beside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)
        self.keep_input()
        self.retranslate()
        self.reload()

    def reload(self) -> None:
        """Read people, roles, positions and branches."""
        self.read(
            lambda session: (
                queries.people(session),
                queries.roles(session),
                queries.tree(session),
                queries.branches(session),
            ),
            self._take,
        )

    def start_new(self) -> None:
        """An empty form."""
        self.table.setCurrentCell(-1, -1)
        self.form.show_person(None)
        self.form.login.setFocus()

    def _take(self, found: Any) -> None:
        self._people, roles, places, branches = found
        form = self.form
        form.offer(roles, places, branches)
        wanted = next((one for one in self._people if one.id == self._to_choose), None)
        self._to_choose = None
        if wanted is not None:
            self.with_closed.setChecked(self.with_closed.isChecked() or not wanted.active)
            form.show_person(wanted)
        self._fill()
        if form.person is not None:
            shown = form.person.id
            again = next((one for one in self._people if one.id == shown), None)
            if again is not None:
                form.show_person(again)
            else:
                self.typed.read_again(None)
        elif form.fresh:
            self.typed.read_again(None)
        elif self.table.rowCount():
            self.table.setCurrentCell(0, 0)

    def send(self) -> None:
        """Write what the form holds."""
        self.form.send()

    def show_kept(self, record_id: int | None, typed: Mapping[str, Any]) -> bool:
        """Show whoever a draft has input for."""
        person = next((one for one in self._people if one.id == record_id), None)
        if record_id is None:
            self.start_new()
        elif person is not None:
            self.form.show_person(person)
        return record_id is None or person is not None

    def _fill(self) -> None:
        words = self.search.text().strip().casefold()
        roles = self.form.role_titles()
        fill_table(
            self.table,
            (
                (
                    one,
                    (
                        one.name,
                        one.login,
                        one.position,
                        one.branch,
                        ", ".join(roles.get(code, code) for code in one.roles),
                        "" if one.active else tr("Closed"),
                    ),
                )
                for one in self._people
                if (one.active or self.with_closed.isChecked())
                and words in f"{one.name} {one.login} {one.phone} {one.position}".casefold()
            ),
        )

    def _choose(self) -> None:
        chosen = current(self.table)
        if chosen is not None:
            self.form.show_person(chosen)

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.search.setPlaceholderText(tr("Name, login, phone or position"))
        self.with_closed.setText(tr("Closed too"))
        self.add_button.setText(tr("New user"))
        self.table.setHorizontalHeaderLabels(
            [tr("Full name"), tr("Login"), tr("Position"), tr("Branch"), tr("Roles"), tr("State")]
        )
        self.form.retranslate()
        self._fill()
