"""Users (ORG-03): the list, the form beside it, closing and letting in, passwords, limits (ORG-08)."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import Qt, QTime
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QSplitter,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from services import records
from services.commands import Changes
from services.language import mark, tr
from services.organisation import commands, moving, queries
from services.organisation.entities import USER_ENTITY
from services.passwords import random_password
from widgets.base.client import Client
from widgets.base.editors.picture import PictureEditor
from widgets.base.simple_page import RECORD, SimplePage, current, fill_table, make_button, make_table
from widgets.base.style import text_size
from widgets.organisation.hand_over_dialog import HandOverDialog

LABELS: Final = {
    "photo": mark("Photo"),
    "login": mark("Login"),
    "password": mark("Password"),
    "name": mark("Full name"),
    "position": mark("Position"),
    "branch": mark("Branch"),
    "phone": mark("Phone"),
    "email": mark("E-mail"),
    "roles": mark("Roles"),
    "networks": mark("Allowed networks"),
    "hours": mark("Allowed hours"),
}
"""Titles of the fields of the form."""


class UsersPage(SimplePage):
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
        self.table = make_table(6, (90, 90, 120, 110, 150))
        self.table.currentCellChanged.connect(lambda *_cells: self._choose())
        self.form = UserForm(self)
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
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.setProperty("gap", True)
        split.setSizes([700, 480])
        self.body.addWidget(split, 1)
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
        self.form.offer(roles, places, branches)
        wanted = next((one for one in self._people if one.id == self._to_choose), None)
        self._to_choose = None
        if wanted is not None:
            self.with_closed.setChecked(self.with_closed.isChecked() or not wanted.active)
            self.form.show_person(wanted)
        self._fill()
        if self.form.person is not None:
            kept = next((one for one in self._people if one.id == self.form.person.id), None)
            if kept is not None and kept.version != self.form.person.version:
                self.form.show_person(kept)
        elif not self.form.fresh and self.table.rowCount():
            self.table.setCurrentCell(0, 0)

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


class UserForm(QFrame):
    """One user. ``person`` is None for a new one; ``fresh`` is True while one is being typed."""

    def __init__(self, page: UsersPage) -> None:
        super().__init__()
        self._page = page
        self.person: queries.Person | None = None
        self.fresh = False
        self._roles: list[queries.RoleRow] = []
        self.setProperty("card", True)
        self.heading, self.state = QLabel(), QLabel()
        self.heading.setProperty("role", "heading")
        self.login, self.name, self.phone, self.email = (QLineEdit() for _ in range(4))
        self.password = QLineEdit()
        self.photo = PictureEditor(
            page.client, "organisation.user", "photo_id", symbol="user-round", longest=1024
        )
        self.photo.changed.connect(self.keep_photo)
        self.position, self.branch = QComboBox(), QComboBox()
        self.roles = QListWidget()
        self.roles.setMinimumHeight(150)
        self.networks = QLineEdit()
        self.limited = QCheckBox()
        self.hours = (QTimeEdit(QTime(8, 0)), QTimeEdit(QTime(18, 0)))
        for edit in self.hours:
            edit.setDisplayFormat("HH:mm")
            self.limited.toggled.connect(edit.setEnabled)
            edit.setEnabled(False)
        self.labels = {key: QLabel() for key in LABELS}
        self.save_button = make_button("save", self.save, primary=True)
        self.password_button = make_button("key", self.set_password)
        self.close_button = make_button("lock", self.close_or_reopen)
        self.hand_over_button = make_button("arrow-left-right", self.hand_over)
        self.delete_button = make_button("trash-2", self.delete)
        self._build()

    def _build(self) -> None:
        inner = QWidget()
        lines = QFormLayout(inner)
        lines.setContentsMargins(0, 0, 8, 0)
        lines.setSpacing(8)
        hours = QHBoxLayout()
        for widget in (self.limited, *self.hours):
            hours.addWidget(widget)
        hours.addStretch(1)
        for key, field in (
            ("photo", self.photo),
            ("login", self.login),
            ("password", self.password),
            ("name", self.name),
            ("position", self.position),
            ("branch", self.branch),
            ("phone", self.phone),
            ("email", self.email),
            ("roles", self.roles),
            ("networks", self.networks),
        ):
            lines.addRow(self.labels[key], field)
            self.labels[key].setBuddy(field)
        lines.addRow(self.labels["hours"], hours)
        # as wide as the longest line of it, in either language: sideways nobody looks for the rest
        self.setMinimumWidth(39 * text_size())
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        # the card shows through
        inner.setAutoFillBackground(False)
        scroll.viewport().setAutoFillBackground(False)
        head = QHBoxLayout()
        head.addWidget(self.heading)
        head.addWidget(self.state)
        head.addStretch(1)
        head.addWidget(self.save_button)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for button in (self.password_button, self.close_button, self.hand_over_button, self.delete_button):
            foot.addWidget(button)
        foot.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(scroll, 1)
        layout.addLayout(foot)

    def role_titles(self) -> dict[str, str]:
        """Titles of the roles by code."""
        return {role.code: role.title for role in self._roles}

    def offer(
        self, roles: list[queries.RoleRow], places: list[queries.Place], branches: list[dict[str, Any]]
    ) -> None:
        """What may be chosen; what is chosen stays."""
        chosen, place, branch = self.chosen_roles(), self.position.currentData(), self.branch.currentData()
        self._roles = roles
        self.roles.clear()
        for role in roles:
            item = QListWidgetItem(role.title)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setData(RECORD, role.code)
            item.setCheckState(Qt.CheckState.Checked if role.code in chosen else Qt.CheckState.Unchecked)
            # what one lacks one cannot give: the database refuses it, the form says so before
            missing = not all(self._page.client.user.can(right) for right in role.rights)
            if missing and role.code not in chosen:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
                item.setToolTip(tr("This role has rights that you do not have."))
            self.roles.addItem(item)
        self.position.clear()
        for one_place, title in queries.place_titles(places):
            self.position.addItem(title, one_place)
        self.branch.clear()
        self.branch.addItem("—", None)
        for found in branches:
            self.branch.addItem(found["short_name"] or found["name"], found["id"])
        self.position.setCurrentIndex(self.position.findData(place))
        self.branch.setCurrentIndex(max(0, self.branch.findData(branch)))

    def chosen_roles(self) -> list[str]:
        """Codes of the ticked roles."""
        items = (self.roles.item(row) for row in range(self.roles.count()))
        return [str(item.data(RECORD)) for item in items if item.checkState() == Qt.CheckState.Checked]

    def show_person(self, person: queries.Person | None) -> None:
        """Fill the form; None for a new user with a random password."""
        same = person is not None and self.person is not None and person.id == self.person.id
        self.person, self.fresh = person, person is None
        self.login.setText(person.login if person else "")
        self.login.setReadOnly(person is not None)
        # what is on its way is for this one: chosen anew it goes on, another one ends it
        if not (same and self.photo.busy):
            self.photo.set_value(person.photo_id if person else None)
        self.password.setText("" if person else random_password())
        self.name.setText(person.name if person else "")
        self.phone.setText(person.phone if person else "")
        self.email.setText(person.email if person else "")
        self.position.setCurrentIndex(self.position.findData(person.position_id) if person else -1)
        self.branch.setCurrentIndex(max(0, self.branch.findData(person.branch_id if person else None)))
        self.networks.setText(", ".join(person.networks) if person else "")
        self.limited.setChecked(bool(person and person.hours))
        if person and person.hours:
            for edit, moment in zip(self.hours, person.hours, strict=True):
                edit.setTime(QTime(moment.hour, moment.minute))
        for row in range(self.roles.count()):
            item = self.roles.item(row)
            ticked = person is not None and item.data(RECORD) in person.roles
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        self.retranslate()

    def save(self) -> None:
        """Write what the form holds."""
        common = {
            "name": self.name.text().strip(),
            "position_id": self.position.currentData() or 0,
            "branch_id": self.branch.currentData(),
            "roles": self.chosen_roles(),
            "phone": self.phone.text().strip(),
            "email": self.email.text().strip(),
        }
        client = self._page.client
        if self.person is None:
            login, password = self.login.text().strip(), self.password.text()
            self._page.run(
                lambda: client.database.write(commands.add_user, login=login, password=password, **common),
                lambda _changes: self._added(login, password),
            )
            return
        person = self.person
        networks = [part for part in self.networks.text().replace("，", ",").split(",") if part.strip()]
        hours = (
            (self.hours[0].time().toString("HH:mm"), self.hours[1].time().toString("HH:mm"))
            if self.limited.isChecked()
            else None
        )
        before = (list(person.networks), person.hours and tuple(f"{moment:%H:%M}" for moment in person.hours))

        def work() -> None:
            client.database.write(commands.change_user, user_id=person.id, version=person.version, **common)
            if (networks, hours) != before:
                client.database.write(commands.limit_user, user_id=person.id, networks=networks, hours=hours)

        self._page.run(work, lambda _none: client.shell.message(tr("Saved."), "done"))

    def _added(self, login: str, password: str) -> None:
        self.fresh = False
        self._page.client.shell.message(
            tr("{login} can log in now. First password: {password}", login=login, password=password), "info"
        )

    def keep_photo(self) -> None:
        """A photo is kept at once: it is no field that one types into."""
        if self.person is not None:
            self._page.write(commands.set_photo, user_id=self.person.id, attachment_id=self.photo.value())

    def set_password(self) -> None:
        """The typed password for the chosen user."""
        if self.person is None:
            return
        person, password = self.person, self.password.text()
        self._page.write(
            commands.set_password,
            lambda _changes: self._page.client.shell.message(
                tr("{name} has a new password.", name=person.name), "done"
            ),
            user_id=person.id,
            login=person.login,
            password=password,
        )

    def close_or_reopen(self) -> None:
        """Put the chosen user out at once, or let him in again; each undoes the other."""
        if self.person is None:
            return
        person, page = self.person, self._page
        database = page.client.database
        if person.active:
            page.run(
                lambda: commands.put_out(database, user_id=person.id),
                lambda _changes: page.client.shell.message(
                    tr("{name} is out, on every PC.", name=person.name), "done"
                ),
            )
        else:
            page.write(
                commands.reopen_user,
                lambda _changes: page.client.shell.message(
                    tr("{name} can log in again.", name=person.name), "done"
                ),
                user_id=person.id,
            )

    def hand_over(self) -> None:
        """The dialog that gives his records to another (ORG-04)."""
        if self.person is not None:
            HandOverDialog(self._page.client, self.person.id, self.person.name, self).open()

    def delete(self) -> None:
        """Put a closed user into the recycle bin; who still owns something is handed over first (ORG-04)."""
        if self.person is None:
            return
        person, database = self.person, self._page.client.database

        def work() -> Changes | None:
            with database.read_session() as session:
                if moving.preview_hand_over(session, person.id):
                    return None
            return database.write(records.recycle, entity=USER_ENTITY, ids=[person.id])

        self._page.run(work, lambda changes: self._deleted(person, changes))

    def _deleted(self, person: queries.Person, changes: Changes | None) -> None:
        page = self._page
        if changes is None:
            page.bar.warning(
                tr("{name} still owns records: hand them over first, then delete the user.", name=person.name)
            )
            self.hand_over()
            return
        deletions = changes.result["deletions"]
        page.client.shell.message(
            tr("{name} was deleted.", name=person.name),
            "done",
            (tr("Undo"), lambda: page.write(records.restore, entity=USER_ENTITY, deletions=deletions)),
        )

    def retranslate(self) -> None:
        """Set every text and what can be pressed."""
        can, person = self._page.client.user.can, self.person
        self.heading.setText(person.name if person else tr("New user"))
        self.state.setText("" if person is None or person.active else tr("Closed"))
        self.state.setProperty("chip", "bad")
        self.state.setVisible(bool(self.state.text()))
        for key, title in LABELS.items():
            self.labels[key].setText(tr(title))
        self.password.setPlaceholderText(tr("Type a new password to set it"))
        self.networks.setPlaceholderText(tr("Everywhere, or 192.168.1.0/24, 10.0.0.0/8"))
        self.limited.setText(tr("Only from … to"))
        self.photo.set_read_only(not can("organisation.user.edit"))
        self.labels["photo"].setVisible(person is not None)
        self.photo.setVisible(person is not None)
        self.networks.setEnabled(person is not None)
        self.limited.setEnabled(person is not None)
        for row, role in enumerate(self._roles):
            if row < self.roles.count():
                self.roles.item(row).setText(role.title)
        self.save_button.setText(tr("Save"))
        self.save_button.setEnabled(
            can("organisation.user.edit") if person else can("organisation.user.create")
        )
        self.password_button.setText(tr("Set password"))
        active = person is None or person.active
        self.password_button.setVisible(person is not None and active and can("organisation.user.password"))
        self.delete_button.setText(tr("Delete"))
        self.delete_button.setToolTip(tr("Into the recycle bin; possible once he owns nothing any more"))
        self.delete_button.setVisible(not active and can("organisation.user.delete"))
        self.close_button.setText(tr("Close login") if active else tr("Let in again"))
        self.close_button.setVisible(person is not None and can("organisation.user.delete"))
        self.hand_over_button.setText(tr("Hand over work…"))
        self.hand_over_button.setVisible(person is not None and can("organisation.transfer"))
