"""The status bar: connection, branch, today's figures, who else is here, what runs, quick switches."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QStatusBar, QToolButton, QWidget

from services.language import tr
from widgets.base.card import Elided
from widgets.base.icons import icon
from widgets.base.progress import RunningTasks
from widgets.base.style import tokens

WIDEST_BRANCH = 280
"""Pixels of the branch's name: a long one must not push the switches at the right out of the window."""


class Dot(QWidget):
    """A small disc in the colour of a state: good, waiting, bad."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = "waiting"
        self.setFixedSize(18, 14)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The disc."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(tokens().color("card"))
        painter.setBrush(tokens().color(self.state))
        painter.drawEllipse(6, 2, 10, 10)


class StatusLine(QStatusBar):
    """What is set from outside stays until set again; empty parts take no room."""

    menu_wanted = Signal()
    """The other menu (quick or advanced)."""
    language_wanted = Signal()
    """The other language."""
    style_wanted = Signal()
    """Light or dark, whichever is not in force."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._connection = ("waiting", "", -1)
        self._others: Sequence[str] = ()
        self._quick = True
        self.dot, self.connection = Dot(), QLabel()
        self.branch, self.figures, self.others = Elided(), QLabel(), QLabel()
        self.branch.setMaximumWidth(WIDEST_BRANCH)
        self.others.setProperty("tone", "waiting")
        self.running = RunningTasks()
        for label in (self.connection, self.branch, self.figures, self.others):
            label.setProperty("part", True)
        for widget in (self.dot, self.connection, self.branch, self.figures, self.others):
            self.addWidget(widget)
        self.menu_switch, self.language_switch, self.style_switch = (
            self._button(name, signal)
            for name, signal in (
                ("menu", self.menu_wanted),
                ("languages", self.language_wanted),
                ("contrast", self.style_wanted),
            )
        )
        self.addPermanentWidget(self.running)
        for button in (self.menu_switch, self.language_switch, self.style_switch):
            self.addPermanentWidget(button)
        self.retranslate()

    def _button(self, name: str, signal: object) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name))
        button.setIconSize(QSize(14, 14))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.clicked.connect(lambda _checked=False: signal.emit())  # type: ignore[attr-defined]
        return button

    def set_connection(self, state: str, server: str, milliseconds: int = -1) -> None:
        """``state`` is good, waiting or bad; ``milliseconds`` of a round trip, -1 if not known. ``server`` is its name,
        or a source string where the program named it."""
        self._connection = (state, server, milliseconds)
        self.retranslate()

    def set_branch(self, name: str) -> None:
        """Name of the branch that is worked in."""
        self.branch.setText(name)
        self.branch.setVisible(bool(name))

    def set_figures(self, figures: Sequence[str]) -> None:
        """Today's figures, each ready to read."""
        self.figures.setText("    ".join(figures))
        self.figures.setVisible(bool(figures))

    def set_others(self, names: Sequence[str]) -> None:
        """Names of those who have the same record open."""
        self._others = tuple(names)
        self.retranslate()

    def set_quick(self, quick: bool) -> None:
        """Which menu is shown."""
        self._quick = quick
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        state, server, milliseconds = self._connection
        words = {"good": "", "waiting": tr("connecting…"), "bad": tr("not connected")}[state]
        latency = f"{milliseconds} ms" if milliseconds >= 0 and state == "good" else ""
        self.dot.state = state
        self.dot.update()
        self.connection.setText(" · ".join(text for text in (tr(server), latency, words) if text))
        self.connection.setToolTip(tr("Server and how fast it answers"))
        names = tr(", ").join(self._others)
        self.others.setText(tr("{names} also has this record open", names=names) if names else "")
        self.others.setVisible(bool(names))
        self.menu_switch.setText(" " + (tr("Quick menu") if self._quick else tr("Advanced menu")))
        self.menu_switch.setToolTip(
            tr("Switch to the advanced menu (Ctrl+M)")
            if self._quick
            else tr("Switch to the quick menu (Ctrl+M)")
        )
        self.language_switch.setText(" 中文 / EN")
        self.language_switch.setToolTip(tr("Switch the language (Ctrl+Shift+L)"))
        self.style_switch.setToolTip(tr("Light or dark (Ctrl+Shift+D)"))
        self.style_switch.setAccessibleName(tr("Light or dark"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
