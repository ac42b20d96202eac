"""The first days of a company on the workbench: what to do next, step by step, until it is done or put away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from services.analysis.first_steps import FirstSteps, first_steps
from services.changes import Notice
from services.entity import Query
from services.language import mark, tr
from widgets.base.card import Card
from widgets.base.client import Client
from widgets.base.icons import icon
from widgets.base.tasks import Control, Task, TaskSlot

PREFERENCE: Final = "first_steps"
RIGHT: Final = "organisation.user.create"
"""Who sets a company up."""
SETTLE: Final = 600
"""Milliseconds after a notice until it is read again."""
ACROSS: Final = 3
STEPS: Final = (
    (
        "company",
        mark("Complete the company"),
        mark("Address, phone and logo stand on every paper."),
        lambda client: client.shell.open_list(Query("organisation.branch")),
    ),
    (
        "people",
        mark("Add colleagues"),
        mark("Everybody logs in with a login of his own and sees what his position allows."),
        lambda client: client.shell.open_list(Query("organisation.user")),
    ),
    (
        "customers",
        mark("Bring in the customers"),
        mark("From Excel with Actions → Import, or one by one."),
        lambda client: client.shell.open_list(Query("customers.customer")),
    ),
    (
        "products",
        mark("Bring in the products"),
        mark("From Excel too, with prices and units."),
        lambda client: client.shell.open_list(Query("products.product")),
    ),
    (
        "stock",
        mark("Enter the stock"),
        mark("A stock receipt says what lies in the warehouse and what it cost."),
        lambda client: client.shell.new_record("stock.receipt"),
    ),
    (
        "order",
        mark("Write the first order"),
        mark("Confirm it with F9; the goods leave by a stock issue."),
        lambda client: client.shell.new_record("sales.order"),
    ),
)
"""Field of FirstSteps, title, sentence, where it is done."""
ENTITIES: Final = frozenset(
    (
        "organisation.branch",
        "organisation.user",
        "customers.customer",
        "products.product",
        "stock.receipt",
        "sales.order",
    )
)


class FirstStepsCard(Card):
    """Hidden where the user does not set the company up, where all is done, and once he has put it away."""

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        body = QWidget()
        super().__init__(body, parent)
        self.client = client
        self.steps: FirstSteps | None = None
        self.buttons: dict[str, QPushButton] = {}
        self._texts: list[tuple[QPushButton, QLabel, str, str]] = []
        grid = QGridLayout(body)
        grid.setContentsMargins(12, 8, 12, 12)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for at, (key, title, sentence, go) in enumerate(STEPS):
            grid.addLayout(self._step(key, title, sentence, go), at // ACROSS, at % ACROSS)
            grid.setColumnStretch(at % ACROSS, 1)
        self.away: QToolButton = self.add_button("x", self.put_away)
        self._slot = TaskSlot(self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE)
        self._settle.timeout.connect(self.refresh)
        self.hide()
        self.retranslate()
        if client.user.can(RIGHT) and client.preferences.get(PREFERENCE) != "away":
            client.bus.changed.connect(self._hear)
            self.refresh()

    def _step(self, key: str, title: str, sentence: str, go: Callable[[Client], Any]) -> QVBoxLayout:
        button, label = QPushButton(), QLabel()
        button.setProperty("step", True)
        button.setIconSize(QSize(16, 16))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(lambda _checked=False: go(self.client))
        label.setProperty("role", "small")
        label.setWordWrap(True)
        label.setIndent(24)
        self.buttons[key] = button
        self._texts.append((button, label, title, sentence))
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(label)
        column.addStretch(1)
        return column

    def refresh(self) -> None:
        """Read what is done, beside the screen."""

        def read(_control: Control) -> FirstSteps:
            with self.client.database.read_session() as session:
                return first_steps(session)

        # nothing is missed where it cannot be read: the pages themselves say what is wrong
        self._slot.start(read, self._show, lambda _error: None)

    def _show(self, steps: FirstSteps) -> None:
        self.steps = steps
        for key, button in self.buttons.items():
            done = bool(getattr(steps, key))
            button.setIcon(icon("circle-check", "good") if done else icon("arrow-right", "link"))
            button.setEnabled(not done)
        self.retranslate()
        self.setVisible(not steps.done)

    def put_away(self) -> None:
        """Do not show it again."""
        self.hide()
        self._settle.stop()
        self.client.bus.changed.disconnect(self._hear)
        if self.client.preferences.set(PREFERENCE, "away"):
            Task(
                self,
                lambda _control: self.client.preferences.store(PREFERENCE),
                lambda _done: None,
                self.client.shell.error,
            )

    def _hear(self, notice: Notice) -> None:
        left = self.steps is None or not self.steps.done
        if left and (notice.entity == "*" or notice.entity in ENTITIES):
            self._settle.start()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.set_title(tr("First steps"))
        if self.steps is not None:
            done = sum(bool(getattr(self.steps, key)) for key in self.buttons)
            self.set_note(tr("{done} of {all} done", done=done, all=len(STEPS)))
        self.away.setToolTip(tr("Do not show this again"))
        self.away.setAccessibleName(tr("Do not show this again"))
        for button, label, title, sentence in self._texts:
            button.setText(tr(title))
            label.setText(tr(sentence))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
