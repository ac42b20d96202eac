"""The company's settings (ADM-05): switches in groups, each with what it changes."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QVBoxLayout, QWidget

from services.commands import Changes
from services.language import mark, tr
from services.session import read_dictionary
from services.system.company_settings import SWITCHES, Switch, save_settings
from widgets.base.client import Client
from widgets.base.simple_page import SimplePage


class SettingsPage(SimplePage):
    """One card per group. A switch is saved as soon as it is clicked."""

    name = mark("Company settings")

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self.boxes: dict[str, QCheckBox] = {}
        self._texts: list[tuple[QLabel | QCheckBox, str]] = []
        for title, switches in SWITCHES:
            card = QFrame()
            card.setProperty("card", True)
            layout = QVBoxLayout(card)
            layout.setContentsMargins(16, 12, 16, 14)
            layout.setSpacing(4)
            heading = QLabel()
            heading.setProperty("role", "heading")
            self._texts.append((heading, title))
            layout.addWidget(heading)
            for switch in switches:
                self._add(layout, switch)
            self.body.addWidget(card)
        self.body.addStretch(1)
        self.retranslate()
        self.reload()

    def _add(self, layout: QVBoxLayout, switch: Switch) -> None:
        box, meaning = QCheckBox(), QLabel()
        meaning.setProperty("role", "small")
        meaning.setWordWrap(True)
        meaning.setContentsMargins(24, 0, 0, 6)
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

    def _set(self, key: str, on: bool) -> None:
        self.write(save_settings, self._saved, values={key: on})

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
