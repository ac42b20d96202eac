"""The middle of the window: the workspace with tool panels around it."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from services.language import tr

VERSION = 1
"""Of the kept state; raised when panels change so that old states no longer fit."""


class Panels(QMainWindow):
    """A QMainWindow as a plain widget, so that panels dock beside the workspace and leave head and rail their
    room. Panels can be moved, floated, stacked, closed and brought back."""

    changed = Signal()

    def __init__(self, middle: QWidget) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setCentralWidget(middle)
        self.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
        )
        self._panels: list[tuple[QDockWidget, str, Qt.DockWidgetArea]] = []

    def add(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        """Add ``widget`` at ``area``; ``name`` is its key in the kept state, ``title`` a source string."""
        dock = QDockWidget(tr(title))
        dock.setObjectName(name)
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        self._panels.append((dock, title, area))
        dock.visibilityChanged.connect(lambda _visible: self.changed.emit())
        dock.dockLocationChanged.connect(lambda _area: self.changed.emit())
        dock.topLevelChanged.connect(lambda _floating: self.changed.emit())
        return dock

    def panels(self) -> list[QDockWidget]:
        """All panels, shown or not."""
        return [dock for dock, _title, _area in self._panels]

    def save(self) -> QByteArray:
        """Where the panels are."""
        return self.saveState(VERSION)

    def restore(self, state: QByteArray) -> None:
        """Take up what ``save`` returned; nothing happens if it does not fit."""
        self.restoreState(state, VERSION)

    def reset(self) -> None:
        """All panels shown, at the places where they were added."""
        for dock, _title, area in self._panels:
            dock.setFloating(False)
            self.addDockWidget(area, dock)
            dock.show()

    def retranslate(self) -> None:
        """Set the titles in the language in force."""
        for dock, title, _area in self._panels:
            dock.setWindowTitle(tr(title))
