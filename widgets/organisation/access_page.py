"""Who sees what beyond the tree: the sharing model of each kind (ORG-11), sections of customer service (ORG-12)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from services.commands import Changes
from services.language import mark, tr
from services.organisation import access
from widgets.base.client import Client
from widgets.base.simple_page import SimplePage, make_button


class AccessPage(SimplePage):
    """What is chosen takes effect with its button, at once and for everybody."""

    name = mark("Sharing and customer service")
    watched = frozenset({"app.sharing", "app.section"})

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self.levels: dict[str, QComboBox] = {}
        self.sections: dict[str, QCheckBox] = {}
        self._kinds: list[access.SharedKind] = []
        self._rows: list[access.SectionRow] = []
        self._labels: dict[str, QLabel] = {}
        self.sharing_heading, self.sharing_hint = QLabel(), QLabel()
        self.service_heading, self.service_hint = QLabel(), QLabel()
        self.save_sharing_button = make_button("save", self.save_sharing, primary=True)
        self.save_sections_button = make_button("save", self.save_sections, primary=True)
        self.saved_by(self.save_sharing_button, self.save_sections_button)
        self._lines = QFormLayout()
        self._lines.setSpacing(8)
        self._ticks = QVBoxLayout()
        self._ticks.setSpacing(6)
        inner = QWidget()
        inner.setProperty("clear", True)
        cards = QVBoxLayout(inner)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(12)
        cards.addWidget(
            self._card(self.sharing_heading, self.sharing_hint, self._lines, self.save_sharing_button)
        )
        cards.addWidget(
            self._card(self.service_heading, self.service_hint, self._ticks, self.save_sections_button)
        )
        self.tls_heading, self.tls_hint = QLabel(), QLabel()
        self.tls = QCheckBox()
        self.tls.clicked.connect(self.demand_tls)
        cards.addWidget(self._card(self.tls_heading, self.tls_hint, None, self.tls))
        self.passwords_heading, self.passwords_hint, self.passwords_more = QLabel(), QLabel(), QLabel()
        self.passwords_more.setProperty("role", "small")
        cards.addWidget(self._card(self.passwords_heading, self.passwords_hint, None, self.passwords_more))
        cards.addStretch(1)
        whole = QScrollArea()  # on a small screen the ticks would stand upon one another
        whole.setWidgetResizable(True)
        whole.setWidget(inner)
        self.body.addWidget(whole, 1)
        self.retranslate()
        self.reload()

    def _card(self, heading: QLabel, hint: QLabel, lines: Any, button: QWidget) -> QFrame:
        card = QFrame()
        card.setProperty("card", True)
        heading.setProperty("role", "heading")
        hint.setProperty("role", "muted")
        hint.setWordWrap(True)
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addWidget(hint)
        if lines is not None:
            column.addLayout(lines)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def reload(self) -> None:
        """Read levels and sections."""
        self.read(
            lambda session: (
                access.shared_kinds(session),
                access.customer_sections(session),
                access.tls_demanded(session),
            ),
            self._fill,
        )

    def _fill(self, found: Any) -> None:
        # what is chosen and not saved yet stays when a colleague's change arrives
        levels, ticks = self.changed_levels(), self.changed_sections()
        self._kinds, self._rows, demanded = found
        self.tls.setChecked(demanded)
        for kind in self._kinds:
            if kind.kind not in self.levels:
                self._add_kind(kind.kind)
        for row in self._rows:
            if row.key not in self.sections:
                tick = QCheckBox()
                tick.toggled.connect(lambda _on: self._mark())
                self.sections[row.key] = tick
                self._ticks.addWidget(tick)
        for kind in self._kinds:
            level = levels.get(kind.kind, kind.level)
            self.levels[kind.kind].setCurrentIndex(self.levels[kind.kind].findData(level))
        for row in self._rows:
            self.sections[row.key].setChecked(ticks.get(row.key, row.shown))
        self.retranslate()
        self._mark()

    def _add_kind(self, kind: str) -> None:
        combo, label = QComboBox(), QLabel()
        combo.setMaximumWidth(460)
        for level in access.LEVELS:
            combo.addItem("", level)
        label.setBuddy(combo)
        combo.currentIndexChanged.connect(lambda _at: self._mark())
        self.levels[kind], self._labels[kind] = combo, label
        self._lines.addRow(label, combo)

    def changed_levels(self) -> dict[str, str]:
        """{kind: level} of what was chosen and not saved yet."""
        return {
            kind.kind: self.levels[kind.kind].currentData()
            for kind in self._kinds
            if self.levels[kind.kind].currentData() != kind.level
        }

    def changed_sections(self) -> dict[str, bool]:
        """{section: ticked} of what was ticked or unticked and not saved yet."""
        ticked = {row.key: self.sections[row.key].isChecked() for row in self._rows}
        return {row.key: ticked[row.key] for row in self._rows if ticked[row.key] != row.shown}

    def shown(self) -> list[str]:
        """Keys of the sections that are ticked."""
        return [row.key for row in self._rows if self.sections[row.key].isChecked()]

    def _mark(self) -> None:
        self.save_sharing_button.setEnabled(bool(self.changed_levels()))
        self.save_sections_button.setEnabled(self.shown() != [row.key for row in self._rows if row.shown])

    def save_sharing(self) -> None:
        """Put the chosen levels into force."""
        self.write(
            access.set_sharing,
            self._done,
            levels=self.changed_levels(),
            before={kind.kind: kind.level for kind in self._kinds},
        )

    def save_sections(self) -> None:
        """Show customer service what was ticked, and no more what was unticked."""
        ticked, before = self.shown(), [row.key for row in self._rows if row.shown]
        self.write(
            access.set_sections,
            self._done,
            shown=[key for key in ticked if key not in before],
            hidden=[key for key in before if key not in ticked],
        )

    def demand_tls(self, demanded: bool) -> None:
        """Demand encrypted connections from now on, or no more."""
        self.tls.setChecked(not demanded)
        self.write(access.demand_tls, self._done, demanded=demanded)

    def _done(self, _changes: Changes) -> None:
        self._said()

    def _said(self) -> None:
        self.client.shell.message(tr("Saved. It holds at once, for everybody."), "done")

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.sharing_heading.setText(tr("Sharing model"))
        self.sharing_hint.setText(
            tr(
                "How far colleagues see each other's records. "
                "Whoever lacks the right to view a kind of record sees none of it."
            )
        )
        self.service_heading.setText(tr("What customer service sees of a customer"))
        self.service_hint.setText(
            tr(
                "For roles with the right “{right}”: they see the ticked sections of every customer. "
                "The database refuses the rest.",
                right=tr("Customer service: all customers, in the sections chosen"),
            )
        )
        self.tls_heading.setText(tr("Connections"))
        self.tls_hint.setText(
            tr(
                "The client uses TLS wherever the server offers it. Demand it when the server is set up for it."
            )
        )
        self.tls.setText(tr("People log in over an encrypted connection (TLS) only"))
        self.passwords_heading.setText(tr("Passwords"))
        self.passwords_hint.setText(
            tr(
                "Shuke judges passwords that are set in it, and makes a PC wait after wrong ones. A password that"
                " somebody sets with psql, and guessing from a PC without Shuke, only the server can hinder: with its"
                " modules passwordcheck and auth_delay."
            )
        )
        self.passwords_more.setText(tr("How to switch them on: F1, chapter Administrator."))
        for kind in self._kinds:
            self._labels[kind.kind].setText(tr(kind.title))
            for at, title in enumerate(access.LEVELS.values()):
                self.levels[kind.kind].setItemText(at, tr(title))
        for row in self._rows:
            self.sections[row.key].setText(tr(row.title))
        self.save_sharing_button.setText(tr("Save"))
        self.save_sections_button.setText(tr("Save"))
