"""Personal settings (ORG-09): oneself, password, looks, start page, workbench and reminders, mail and messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFormLayout,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from services.errors import Refused
from services.language import LANGUAGES, language, mark, tr
from services.organisation import commands, queries
from widgets.base.client import Client
from widgets.base.editors.picture import PictureEditor
from widgets.base.language import switch_language
from widgets.base.simple_page import SimplePage, make_button
from widgets.base.style import STYLES, TEXT_SIZES, change_style, style_asked, text_size, tokens
from widgets.base.tasks import Task
from widgets.organisation.mail_card import MailCard
from widgets.organisation.personal_cards import PanelsCard, RemindersCard

START_PAGE = "start_page"
"""Preference: entity key of the page that is opened at the start; empty for the tabs of last time."""
STARTS: Mapping[str, str] = {
    "": mark("As I left it"),
    "activities.workbench": mark("Workbench"),
    "customers.customer": mark("Customers"),
    "activities.record": mark("Follow-up"),
    "activities.task": mark("Tasks"),
    "sales.order": mark("Contracts and orders"),
    "products.product": mark("Products"),
    "stock.balance": mark("Stock"),
    "stock.receipt": mark("Stock receipts"),
    "stock.issue": mark("Stock issues"),
    "delivery.dispatch": mark("Dispatch notices"),
    "delivery.note": mark("Delivery notes"),
    "purchasing.request": mark("Purchase requests"),
    "finance.payment": mark("Payments"),
    "finance.ledger": mark("Receivables"),
}
"""{entity key: source string of its title}; who may not view a kind is not offered it."""


class PersonalPage(SimplePage):
    """What everybody sets for himself. ``apply`` hears ("language" | "style" | "text_size", value) when the main
    window takes care of it; without it the page changes the program itself."""

    password_changed = Signal(str)
    """Carries the new password, for whoever keeps the old one."""
    name = mark("Personal settings")
    watched = frozenset({"organisation.user"})

    def __init__(
        self,
        client: Client,
        parent: QWidget | None = None,
        *,
        apply: Callable[[str, Any], None] | None = None,
    ) -> None:
        super().__init__(client, parent)
        self._apply = apply or self._change_program
        self._person: queries.Person | None = None
        self.who, self.phone, self.email = QLabel(), QLineEdit(), QLineEdit()
        self.photo = PictureEditor(client, "organisation.user", "photo_id", symbol="user-round", longest=1024)
        self.photo.changed.connect(self.keep_photo)
        self.old, self.new, self.again = QLineEdit(), QLineEdit(), QLineEdit()
        for edit in (self.old, self.new, self.again):
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.language, self.style_box, self.size_box, self.start = (QComboBox() for _ in range(4))
        self.save_button = make_button("save", self.save, primary=True)
        self.password_button = make_button("key", self.change_password)
        self.headings = [QLabel() for _ in range(3)]
        self.labels = [QLabel() for _ in range(11)]
        groups: tuple[tuple[tuple[QWidget, ...], QWidget | None], ...] = (
            ((self.who, self.photo, self.phone, self.email), self.save_button),
            ((self.old, self.new, self.again), self.password_button),
            ((self.language, self.style_box, self.size_box, self.start), None),
        )
        self._cards: list[QWidget] = []
        self._grid = grid = QGridLayout()
        grid.setSpacing(12)
        labels = iter(self.labels)
        for heading, (fields, button) in zip(self.headings, groups, strict=True):
            heading.setProperty("role", "heading")
            card = QFrame()
            card.setProperty("card", True)
            column = QVBoxLayout(card)
            column.setContentsMargins(16, 12, 16, 16)
            column.setSpacing(12)
            column.addWidget(heading)
            lines = QFormLayout()
            lines.setSpacing(8)
            for field in fields:
                lines.addRow(next(labels), field)
            column.addLayout(lines)
            if button is not None:
                column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            column.addStretch(1)
            self._cards.append(card)
        self.panels, self.reminders, self.mail = PanelsCard(client), RemindersCard(client), MailCard(client)
        self.saved_by(self.save_button, self.password_button, self.mail.save_button)
        self._cards += [self.panels, self.reminders, self.mail]
        self._columns = 0
        grid.setContentsMargins(0, 0, 0, 0)
        inner = QWidget()
        inner.setProperty("clear", True)
        inner.setLayout(grid)
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        self.body.addWidget(scroll, 1)
        self._offer()
        self.language.activated.connect(lambda _row: self._apply("language", self.language.currentData()))
        self.style_box.activated.connect(lambda _row: self._apply("style", self.style_box.currentData()))
        self.size_box.activated.connect(lambda _row: self._apply("text_size", self.size_box.currentData()))
        self.start.activated.connect(lambda _row: self._keep(START_PAGE, self.start.currentData()))
        self.retranslate()
        self.reload()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cards side by side as far as they fit."""
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        widest = max(card.minimumSizeHint().width() for card in self._cards) + self._grid.spacing()
        # the bar for scrolling takes room whenever they do not all fit below one another
        room = self._scroll.width() - self._scroll.verticalScrollBar().sizeHint().width()
        columns = max(1, min(3, (room + self._grid.spacing()) // widest))
        if columns == self._columns:
            return
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 0)
        for column in range(3):
            self._grid.setColumnStretch(column, int(column < columns))
        for at, card in enumerate(self._cards):
            self._grid.addWidget(card, at // columns, at % columns)
        self._grid.setRowStretch(len(self._cards), 1)
        self._columns = columns

    def use_apply(self, apply: Callable[[str, Any], None]) -> None:
        """Have the window change language, style and text size from now on, so that its menus follow."""
        self._apply = apply

    def _offer(self) -> None:
        for code, name in LANGUAGES.items():
            self.language.addItem(name, code)
        for key in STYLES:
            self.style_box.addItem("", key)
        for size in TEXT_SIZES:
            self.size_box.addItem("", size)
        for key in STARTS:
            entity = self.client.entities.get(key)
            if entity is None or self.client.can(entity, "view"):
                self.start.addItem("", key)
        self.style_box.setCurrentIndex(self.style_box.findData(tokens().name))
        self.size_box.setCurrentIndex(self.size_box.findData(text_size()))
        self.start.setCurrentIndex(max(0, self.start.findData(self.client.preferences.get(START_PAGE, ""))))

    def on_shown(self) -> None:
        """The workbench has a menu of its own for its panels."""
        super().on_shown()
        self.panels.refresh()

    def reload(self) -> None:
        """Read one's own phone and e-mail."""
        me = self.client.user.id
        self.read(
            lambda session: next((one for one in queries.people(session) if one.id == me), None), self._take
        )

    def _take(self, person: queries.Person | None) -> None:
        if person is not None:
            before, self._person = self._person, person
            # what is being typed stays
            if before is None or self.phone.text() == before.phone:
                self.phone.setText(person.phone)
            if before is None or self.email.text() == before.email:
                self.email.setText(person.email)
            if not self.photo.busy:
                self.photo.set_value(person.photo_id)

    def save(self) -> None:
        """Write phone and e-mail."""
        self.write(
            commands.change_own,
            lambda _changes: self.client.shell.message(tr("Saved."), "done"),
            phone=self.phone.text(),
            email=self.email.text(),
        )

    def keep_photo(self) -> None:
        """A photo is kept at once: it is no field that one types into."""
        self.write(commands.set_photo, user_id=self.client.user.id, attachment_id=self.photo.value())

    def change_password(self) -> None:
        """Set a new password, after the old one was typed once more."""
        if self.old.text() != (self.client.database.url.password or ""):
            self.bar.error(Refused(mark("The old password is wrong.")))
        elif self.new.text() != self.again.text():
            self.bar.error(Refused(mark("The two new passwords differ.")))
        else:
            user, database, password = self.client.user, self.client.database, self.new.text()

            def work() -> str:
                database.write(commands.set_password, user_id=user.id, login=user.login, password=password)
                # at once, beside the screen: the next connection that is lost comes back with it
                database.use_password(password)
                return password

            self.run(work, self._password_set)

    def _password_set(self, password: str) -> None:
        for edit in (self.old, self.new, self.again):
            edit.clear()
        self.password_changed.emit(password)
        self.client.shell.message(tr("Your password was changed."), "done")

    def _change_program(self, what: str, value: Any) -> None:
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        if what == "language":
            switch_language(app, value)
        elif what == "style":
            change_style(app, value, style_asked()[1])
        else:
            change_style(app, style_asked()[0], value)
        self._keep(what, value)

    def _keep(self, key: str, value: Any) -> None:
        preferences = self.client.preferences
        if preferences.set(key, value):
            Task(self, lambda _control: preferences.store(key), lambda _none: None, self.failed)

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.who.setText(f"{self.client.user.name} ({self.client.user.login})")
        for heading, title in zip(
            self.headings, (tr("About me"), tr("Password"), tr("Appearance")), strict=True
        ):
            heading.setText(title)
        titles = (
            tr("Full name"), tr("Photo"), tr("Phone"), tr("E-mail"), tr("Old password"), tr("New password"),
            tr("Once more"), tr("Language"), tr("Style"), tr("Text size"), tr("Start page"),
        )  # fmt: skip
        for label, title in zip(self.labels, titles, strict=True):
            label.setText(title)
        self.save_button.setText(tr("Save"))
        self.password_button.setText(tr("Change password"))
        self.language.setCurrentIndex(self.language.findData(language()))
        for row, title in enumerate(STYLES.values()):
            self.style_box.setItemText(row, tr(title))
        for row, title in enumerate(TEXT_SIZES.values()):
            self.size_box.setItemText(row, tr(title))
        for row in range(self.start.count()):
            self.start.setItemText(row, tr(STARTS[self.start.itemData(row)]))
        self._place()
