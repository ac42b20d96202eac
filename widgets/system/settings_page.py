"""The company's settings (ADM-05, ADM-20): switches and decimals in groups, each with what it changes."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from services.commands import Changes
from services.language import mark, tr
from services.session import read_dictionary
from services.system.company_settings import DECIMALS, SWITCHES, Decimals, Switch, save_settings
from widgets.base.client import Client
from widgets.base.simple_page import SimplePage


class SettingsPage(SimplePage):
    """One card per group. What is clicked or chosen is saved at once."""

    name = mark("Company settings")

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self.boxes: dict[str, QCheckBox] = {}
        self.decimals: dict[str, QComboBox] = {}
        self._texts: list[tuple[QLabel | QCheckBox, str]] = []
        for title, switches in SWITCHES:
            layout = self._card(title)
            for switch in switches:
                self._add(layout, switch)
        layout = self._card(mark("Decimals"))
        for each in DECIMALS:
            self._add_decimals(layout, each)
        self.body.addStretch(1)
        self.retranslate()
        self.reload()

    def _card(self, title: str) -> QVBoxLayout:
        card, heading = QFrame(), QLabel()
        card.setProperty("card", True)
        layout = QVBoxLayout(card)
        layout.setContentsMargins(16, 12, 16, 14)
        layout.setSpacing(4)
        heading.setProperty("role", "heading")
        self._texts.append((heading, title))
        layout.addWidget(heading)
        self.body.addWidget(card)
        return layout

    @staticmethod
    def _meaning(indent: int) -> QLabel:
        meaning = QLabel()
        meaning.setProperty("role", "small")
        meaning.setWordWrap(True)
        meaning.setContentsMargins(indent, 0, 0, 6)
        return meaning

    def _add_decimals(self, layout: QVBoxLayout, each: Decimals) -> None:
        box, name, meaning = QComboBox(), QLabel(), self._meaning(0)
        for places in range(each.least, each.most + 1):
            box.addItem(str(places), places)
        box.activated.connect(lambda _at: self._set(each.key, box.currentData()))
        name.setBuddy(box)
        self.decimals[each.key] = box
        self._texts += [(name, each.title), (meaning, each.meaning)]
        row = QHBoxLayout()
        row.addWidget(name)
        row.addWidget(box)
        row.addStretch(1)
        layout.addSpacing(6)
        layout.addLayout(row)
        layout.addWidget(meaning)

    def _add(self, layout: QVBoxLayout, switch: Switch) -> None:
        box, meaning = QCheckBox(), self._meaning(24)
        box.clicked.connect(lambda on: self._set(switch.key, on))
        self.boxes[switch.key] = box
        self._texts += [(box, switch.title), (meaning, switch.meaning)]
        layout.addSpacing(6)
        layout.addWidget(box)
        layout.addWidget(meaning)

    def reload(self) -> None:
        """Read the settings."""
        self.read(lambda session: read_dictionary(session).settings, self._show_settings)

    def _show_settings(self, settings: Any) -> None:
        for key, box in self.boxes.items():
            box.setChecked(settings.get(key) is True)
        for each in DECIMALS:
            places = self.decimals[each.key]
            places.setCurrentIndex(places.findData(settings.get(each.key, each.usual)))

    def _set(self, key: str, value: bool | int) -> None:
        self.write(save_settings, self._saved, values={key: value})

    def _saved(self, _changes: Changes) -> None:
        self.bar.done(tr("Saved."))

    def failed(self, error: Exception) -> None:
        """Say why, and show what is stored."""
        super().failed(error)
        self.reload()

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        for widget, source in self._texts:
            widget.setText(tr(source))
