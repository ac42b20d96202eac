"""The form of a user (ORG-03): what he is, his roles, closing and letting in, passwords, limits (ORG-08)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import time
from functools import partial
from typing import Any, Final

from PySide6.QtCore import Qt, QTime, Signal
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
    QSizePolicy,
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
from widgets.base.editors.picture import PictureEditor
from widgets.base.simple_page import RECORD, make_button
from widgets.base.style import text_size
from widgets.organisation.hand_over_dialog import HandOverDialog
from widgets.organisation.rights_dialog import RightsDialog
from widgets.organisation.typed_form import (
    FormPage,
    TypedField,
    TypedFields,
    TypedForm,
    chosen_field,
    line_field,
)

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


def _title(key: str) -> str:
    return tr(LABELS[key])


def _networks_in_words(networks: Any) -> str:
    return ", ".join(networks or ())


def _hours_in_words(hours: tuple[time, time] | None) -> str:
    return f"{hours[0]:%H:%M} – {hours[1]:%H:%M}" if hours else ""


class UserForm(QFrame):
    """One user. ``person`` is None for a new one; ``fresh`` is True while one is being typed."""

    added = Signal(int)
    """Carries the id of the new user."""

    def __init__(self, page: FormPage) -> None:
        super().__init__()
        self._page = page
        self.person: queries.Person | None = None
        self.fresh = False
        self._roles: list[queries.RoleRow] = []
        self.rights_dialog: RightsDialog | None = None
        self.setProperty("card", True)
        self.heading, self.state = QLabel(), QLabel()
        self.heading.setProperty("role", "heading")
        self.login, self.name, self.phone, self.email = (QLineEdit() for _ in range(4))
        for field in USER_ENTITY.fields:
            edit = getattr(self, field.key, None)
            if isinstance(edit, QLineEdit) and field.length:
                edit.setMaxLength(field.length)
        self.password = QLineEdit()
        self.photo = PictureEditor(
            page.client, "organisation.user", "photo_id", symbol="user-round", longest=1024
        )
        self.photo.changed.connect(self.keep_photo)
        # room that is left over belongs to the roles
        self.photo.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.position, self.branch = QComboBox(), QComboBox()
        self.roles = QListWidget()
        self.roles.setMinimumHeight(150)
        self.rights_button = make_button("shield", self.show_rights)
        self.networks = QLineEdit()
        self.limited = QCheckBox()
        self.hours = (QTimeEdit(QTime(8, 0)), QTimeEdit(QTime(18, 0)))
        for edit in self.hours:
            edit.setDisplayFormat("HH:mm")
            self.limited.toggled.connect(edit.setEnabled)
            edit.setEnabled(False)
        self.labels = {key: QLabel() for key in LABELS}
        self.save_button = make_button("save", page.save, primary=True)
        page.saved_by(self.save_button)
        self.password_button = make_button("key", self.set_password)
        self.close_button = make_button("lock", self.close_or_reopen)
        self.hand_over_button = make_button("arrow-left-right", self.hand_over)
        self.delete_button = make_button("trash-2", self.delete)
        self._build()
        self.typed = self._typed_form()

    def _typed_form(self) -> TypedForm:
        """What is typed here, so that another's change does not wipe it out."""
        fields: dict[str, TypedField] = {
            key: line_field(partial(_title, key), edit, secret=key == "password")
            for key, edit in (
                ("login", self.login),
                ("password", self.password),
                ("name", self.name),
                ("phone", self.phone),
                ("email", self.email),
            )
        }
        fields["position_id"] = chosen_field(partial(_title, "position"), self.position)
        fields["branch_id"] = chosen_field(partial(_title, "branch"), self.branch, none=0)
        fields["roles"] = TypedField(
            partial(_title, "roles"),
            lambda: tuple(sorted(self.chosen_roles())),
            self._tick_roles,
            lambda codes: tr(", ").join(self.role_titles().get(code, code) for code in codes or ()),
        )
        fields["networks"] = TypedField(
            partial(_title, "networks"), self._typed_networks, self._show_networks, _networks_in_words
        )
        fields["hours"] = TypedField(
            partial(_title, "hours"), self._typed_hours, self._show_hours, _hours_in_words
        )
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        typed = TypedForm(self._page, USER_ENTITY, TypedFields(fields), layout)
        for edit in (self.login, self.password, self.name, self.phone, self.email, self.networks):
            edit.textChanged.connect(typed.measure)
        for box in (self.position, self.branch):
            box.currentIndexChanged.connect(typed.measure)
        for moment in self.hours:
            moment.timeChanged.connect(typed.measure)
        self.limited.toggled.connect(typed.measure)
        self.roles.itemChanged.connect(typed.measure)
        return typed

    def _typed_networks(self) -> tuple[str, ...]:
        parts = (part.strip() for part in self.networks.text().replace("，", ",").split(","))
        return tuple(part for part in parts if part)

    def _show_networks(self, networks: Any) -> None:
        self.networks.setText(", ".join(networks or ()))

    def _typed_hours(self) -> tuple[time, time] | None:
        if not self.limited.isChecked():
            return None
        start, end = (time(edit.time().hour(), edit.time().minute()) for edit in self.hours)
        return start, end

    def _show_hours(self, hours: tuple[time, time] | None) -> None:
        self.limited.setChecked(hours is not None)
        for edit, moment in zip(self.hours, hours or (), strict=False):
            edit.setTime(QTime(moment.hour, moment.minute))

    def _tick_roles(self, codes: Any) -> None:
        for row in range(self.roles.count()):
            item = self.roles.item(row)
            ticked = item.data(RECORD) in (codes or ())
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)

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
            if field is self.roles:
                together = QHBoxLayout()
                together.addWidget(self.rights_button)
                together.addStretch(1)
                lines.addRow("", together)
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
        self._roles = roles
        self.typed.offer_anew(lambda: self._refill(places, branches))

    def _refill(self, places: list[queries.Place], branches: list[dict[str, Any]]) -> None:
        chosen = self.chosen_roles()
        self.roles.clear()
        for role in self._roles:
            item = QListWidgetItem(role.title)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setData(RECORD, role.code)
            item.setCheckState(Qt.CheckState.Unchecked)
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

    def chosen_roles(self) -> list[str]:
        """Codes of the ticked roles."""
        items = (self.roles.item(row) for row in range(self.roles.count()))
        return [str(item.data(RECORD)) for item in items if item.checkState() == Qt.CheckState.Checked]

    def show_rights(self) -> None:
        """What the ticked roles allow together, before or after it is saved."""
        chosen = set(self.chosen_roles())
        name = self.name.text().strip() or self.heading.text()
        roles = [role for role in self._roles if role.code in chosen]
        self.rights_dialog = RightsDialog(self._page.client, name, roles, self)
        self.rights_dialog.open()

    def show_person(self, person: queries.Person | None) -> None:
        """Fill the form; None for a new user with a random password. What was typed for the one shown stays."""
        same = person is not None and self.person is not None and person.id == self.person.id
        self.person, self.fresh = person, person is None
        self.login.setReadOnly(person is not None)
        # what is on its way is for this one: chosen anew it goes on, another one ends it
        if not (same and self.photo.busy):
            self.photo.set_value(person.photo_id if person else None)
        self.typed.open(asdict(person) if person else {"id": None})
        if person is None and not self.password.text():
            self.typed.start({"password": random_password()})
        self.retranslate()

    def send(self) -> None:
        """Write what the form holds."""
        typed, client, version = self.typed.fields.values(), self._page.client, self.typed.version
        login, password = typed.pop("login"), typed.pop("password")
        typed["position_id"] = typed["position_id"] or 0
        if self.person is None:
            self._page.send_as(
                commands.add_user,
                lambda changes: self._added(changes, login, password),
                login=login,
                password=password,
                **typed,
            )
            return
        person = self.person
        self._page.send_as(
            commands.change_user,
            lambda _changes: client.shell.message(tr("Saved."), "done"),
            besides=("password",),
            user_id=person.id,
            version=version,
            **typed,
        )

    def _added(self, changes: Changes, login: str, password: str) -> None:
        self.fresh = False
        self.added.emit(changes.id or 0)
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

        def done(_changes: Changes) -> None:
            self.password.clear()
            self._page.client.shell.message(tr("{name} has a new password.", name=person.name), "done")

        self._page.write(
            commands.set_password,
            done,
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
        self.rights_button.setText(tr("Rights together…"))
        self.networks.setPlaceholderText(tr("Everywhere, or 192.168.1.0/24, 10.0.0.0/8"))
        self.limited.setText(tr("Only from … to"))
        self.photo.set_read_only(not can("organisation.user.edit"))
        self.labels["photo"].setVisible(person is not None)
        self.photo.setVisible(person is not None)
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
