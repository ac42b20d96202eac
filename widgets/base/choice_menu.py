"""A submenu in which one of several values is chosen, such as the language."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from services.language import tr
from widgets.base.icons import icon


class Choice:
    """Adds a submenu to ``above``; ``values`` maps what ``call`` gets to the source string that is shown."""

    def __init__(
        self, above: QMenu, title: str, name: str, values: Mapping[str, str], call: Callable[[str], None]
    ) -> None:
        self._title, self._values, self._actions = title, values, dict[str, QAction]()
        self.menu = above.addMenu(icon(name), "")
        group = QActionGroup(self.menu)
        for value in values:
            action = self.menu.addAction("")
            action.setCheckable(True)
            action.triggered.connect(lambda _checked=False, value=value: call(value))
            group.addAction(action)
            self._actions[value] = action

    def retranslate(self, now: str) -> None:
        """Set the texts in the language in force and mark ``now`` as chosen."""
        self.menu.setTitle(tr(self._title))
        for value, action in self._actions.items():
            action.setText(tr(self._values[value]))
            action.setChecked(value == now)
