"""The title row of a document: what it is called, its state, who else has it open, what can be done with it now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from services.language import tr
from widgets.base.card import Elided
from widgets.base.client import Client
from widgets.base.files_button import FilesButton
from widgets.base.formatting import STATE_TONES
from widgets.base.icons import icon
from widgets.base.presence_label import PresenceLabel
from widgets.base.style import repolish
from widgets.base.title_row import TitleRow


class DocumentHead(TitleRow):
    """The head of ``page``, which shows records of the entity ``entity``. Of its buttons one stands out."""

    wanted = Signal(str)
    """Key of a button that was pressed, or whose shortcut was."""

    def __init__(self, client: Client, entity: str, page: QWidget) -> None:
        super().__init__()
        self._page = page
        self._symbols: dict[str, str] = {}
        self._next: list[str] = []
        self.shortcuts: dict[str, str] = {}
        self.buttons: dict[str, QPushButton] = {}
        self.text = Elided()
        self.text.setProperty("role", "title")
        self.state_chip = QLabel()
        # from the beginning: a label polished without the property keeps the measures it had then
        self.state_chip.setProperty("chip", "neutral")
        self.state_chip.hide()
        self.presence = PresenceLabel(client, entity)
        for widget in (self.text, self.state_chip, self.presence):
            self.addWidget(widget)
        self.begin_actions()
        self.files = FilesButton(client, entity)
        self.addWidget(self.files)

    def add_button(self, key: str, symbol: str, *, primary: bool = False, shortcut: str = "") -> QPushButton:
        """A button with its shortcut.

        ``primary`` is what comes next for the document: of those the first that is offered stands out, else Save.
        They stand before the others, the files last.
        """
        button = QPushButton()
        button.setIcon(icon(symbol, "muted"))
        button.setIconSize(QSize(16, 16))
        button.setProperty("primary", False)
        self._symbols[key] = symbol
        self.shortcuts[key] = shortcut
        button.clicked.connect(lambda: self.wanted.emit(key))
        if primary:
            place = self.first_action + len(self._next)
            self._next.append(key)
        else:
            place = self.indexOf(self.files)
        self.insert_action(place, button)
        self.buttons[key] = button
        row = (self.itemAt(at) for at in range(self.count()))
        for one, following in pairwise(item.widget() for item in row if item is not None):
            if one is not None and following is not None:
                QWidget.setTabOrder(one, following)
        self._stand_out()
        if shortcut:
            keys = QShortcut(QKeySequence(shortcut), self._page)
            keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            keys.activated.connect(partial(self.wanted.emit, key))
        return button

    def offer(self, key: str, offered: bool) -> None:
        """Show a button or hide it."""
        self.buttons[key].setVisible(offered)
        self._stand_out()

    def offered(self, key: str) -> bool:
        """Whether the button could be pressed now."""
        button = self.buttons.get(key)
        return button is not None and button.isVisibleTo(self._page) and button.isEnabled()

    def enable(self, enabled: bool) -> None:
        """No button works while something is written, or chosen between two people's input."""
        for button in self.buttons.values():
            button.setEnabled(enabled)

    def _stand_out(self) -> None:
        """Of all that could be done one button stands out: what comes next."""
        keys = (key for key in (*self._next, "save") if key in self.buttons)
        chosen = next((key for key in keys if not self.buttons[key].isHidden()), None)
        for key, button in self.buttons.items():
            if button.property("primary") != (key == chosen):
                button.setProperty("primary", key == chosen)
                button.setIcon(icon(self._symbols[key], "on_accent" if key == chosen else "muted"))
                repolish(button)

    def show_record(self, title: str, record_id: int | None) -> None:
        """What the page is called, and which record's files and people it shows."""
        self.text.setText(title)
        self.files.set_record(record_id)
        self.presence.set_record(record_id)

    def show_state(self, state: str | None, labels: Mapping[str, str]) -> None:
        """The state as a chip."""
        self.state_chip.setVisible(state is not None)
        if state is not None:
            self.state_chip.setText(tr(labels.get(state, state)))
            self.state_chip.setProperty("chip", STATE_TONES.get(state, "neutral"))
            repolish(self.state_chip)

    def set_button(self, key: str, text: str, shortcut: str = "") -> None:
        """The words of a button, its shortcut behind them."""
        self.buttons[key].setText(f"{text}  {shortcut}" if shortcut else text)
        self.buttons[key].setToolTip(f"{text} ({shortcut})" if shortcut else text)
