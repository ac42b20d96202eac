"""The head of the 360° view (CUS-10): who the customer is, the key figures, quick buttons."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from services.clock import today
from services.customers.view import Header
from services.language import mark, tr
from widgets.base.card import Elided
from widgets.base.client import Client
from widgets.base.editors.text import phone_address
from widgets.base.icons import icon
from widgets.base.moments import days_ago, money, short_day
from widgets.base.picture_view import PictureView
from widgets.base.style import repolish

QUICK = (
    ("activities.record", mark("Contact record"), "notebook-pen"),
    ("activities.task", mark("Task"), "list-todo"),
    ("sales.order", mark("Order"), "clipboard-list"),
    ("finance.payment", mark("Payment"), "wallet"),
    ("customers.contact", mark("Contact"), "contact"),
)
"""What the quick buttons make: entity key, title, icon."""
WIDEST_OWNER = 260
"""Pixels of owner and number at the end of the first line."""
LEAST = 60
"""Pixels that a figure has at least."""
HOT = "hot"
"""Tone of the chip that marks a hot customer."""


class Figure(QFrame):
    """One key figure in a small card; a click opens the section behind it."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._title, self.value = QLabel(), QLabel()
        self._title.setProperty("role", "small")
        self.value.setProperty("role", "key_figure")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 5, 10, 6)
        layout.setSpacing(0)
        layout.addWidget(self._title)
        layout.addWidget(self.value)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(LEAST)  # else all of them in one row would keep the page as wide as they are

    def set(self, title: str, value: str, *, tone: str = "", tip: str = "") -> None:
        """What it says."""
        self._title.setText(title)
        self.value.setText(value)
        self.value.setProperty("tone", tone)
        self.setToolTip(tip or f"{title}: {value}")
        self.setAccessibleName(f"{title}: {value}")
        repolish(self.value)

    def mouseReleaseEvent(self, event: object) -> None:
        """A click."""
        self.clicked.emit()


class CustomerHead(QWidget):
    """See the module's docstring. ``section_wanted(key)`` when a figure is clicked."""

    section_wanted = Signal(str)
    new_wanted = Signal(str)
    menu_wanted = Signal(QWidget)

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client = client
        self._header: Header | None = None
        self.picture = PictureView(client, 40, "building-2")
        self.picture.hide()
        self._name, self._owner = Elided(), Elided()
        self._owner.setMaximumWidth(WIDEST_OWNER)
        self._name.setProperty("role", "title")
        self._owner.setProperty("role", "small")
        self._chips: list[QLabel] = []
        self.phone = QToolButton()
        self.phone.setIcon(icon("phone-call", "link"))
        self.phone.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.phone.clicked.connect(self._call)
        self.figures = [Figure() for _ in range(8)]
        self._quick = [(entity, title, QPushButton()) for entity, title, _icon in QUICK]
        self._more = QToolButton()
        self._more.setIcon(icon("ellipsis"))
        self._more.setProperty("outlined", True)
        self._more.clicked.connect(lambda _checked=False: self.menu_wanted.emit(self._more))
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self.picture)
        first.addWidget(self._name, 1000)
        first.addStretch(1)
        self._first = first
        first.addWidget(self.phone)
        first.addWidget(self._owner)
        self._figure_row = QGridLayout()
        self._figure_row.setSpacing(8)
        self._place_figures(len(self.figures))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for at, (entity, _title, button) in enumerate(self._quick):
            button.setIcon(icon("plus", "on_accent" if at == 0 else "muted"))
            button.setProperty("primary", at == 0)
            if not self.client.user.can(f"{entity}.create") or entity not in self.client.entities:
                button.hide()
            buttons.addWidget(button)
        buttons.addWidget(self._more)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 8)
        layout.setSpacing(8)
        layout.addLayout(first)
        layout.addLayout(self._figure_row)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        targets = (
            *("sales.order", "finance.payment", "stock.issue", "finance.ledger", "sales.order"),
            *("activities.record", "activities.task", "bought"),
        )
        for figure, key in zip(self.figures, targets, strict=True):
            figure.clicked.connect(lambda key=key: self.section_wanted.emit(key))
        for entity, _title, button in self._quick:
            button.clicked.connect(lambda _checked=False, entity=entity: self.new_wanted.emit(entity))

    def show_header(self, header: Header) -> None:
        """Show what was read."""
        self._header = header
        self.retranslate()

    def set_presence(self, label: QLabel) -> None:
        """The chip that says who else has the customer open."""
        self._first.insertWidget(self._first.indexOf(self.phone), label)

    def name(self) -> str:
        """The name shown."""
        return self._name.text()

    def _call(self) -> None:
        if self._header is not None and self._header.phone:
            QDesktopServices.openUrl(phone_address(self._header.phone))

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        for entity, title, button in self._quick:
            button.setText(tr(title))
            button.setToolTip(tr("New {entity}", entity=tr(title)))
            button.setProperty("entity", entity)
        self._more.setToolTip(tr("Share, give to another owner, delete, choose sections"))
        self._more.setAccessibleName(tr("More"))
        header = self._header
        if header is None:
            self._name.setText("")
            return
        self._name.setText(header.name)
        self.picture.set_attachment(header.picture_id)
        self.picture.setVisible(header.picture_id is not None)
        self.phone.setText(f" {header.phone}")
        self.phone.setVisible(bool(header.phone))
        self.phone.setToolTip(tr("Call this number"))
        self._show_chips(header)
        self._show_figures(header)
        parts = []
        if header.owner_id is not None:
            parts.append(tr("Owner {name}", name=self.client.dictionary.user(header.owner_id)))
        if header.shared_with:
            parts.append(tr("shared with {count}", count=header.shared_with))
        self._owner.setText("   ".join([*parts, header.number]))

    def _show_chips(self, header: Header) -> None:
        choices = self.client.dictionary
        texts = [(choices.label(key), tone) for key, tone in _chips(header) if key]
        if header.deleted:
            texts.insert(0, (tr("In the recycle bin"), "bad"))
        if header.owner_id is None:
            texts.insert(0, (tr("In the customer pool"), "waiting"))
        # made anew: a label polished without the property keeps the measures it had then
        for old in self._chips:
            self._first.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._chips = []
        for text, tone in texts:
            if text:
                chip = QLabel(text)
                chip.setProperty("chip", "bad" if tone == HOT else tone)
                chip.setToolTip(_why_hot(header) if tone == HOT else "")
                chip.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
                self._chips.append(chip)
                self._first.insertWidget(len(self._chips) + 1, chip, 0, Qt.AlignmentFlag.AlignVCenter)

    def _show_figures(self, header: Header) -> None:
        owed, late = header.receivable, header.overdue
        self.figures[0].set(
            tr("Ordered"), money(header.ordered, cents=False), tip=_full(tr("Ordered"), header.ordered)
        )
        self.figures[1].set(
            tr("Received"), money(header.received, cents=False), tip=_full(tr("Received"), header.received)
        )
        self.figures[2].set(
            tr("Delivered"),
            money(header.delivered, cents=False),
            tip=_full(tr("Delivered"), header.delivered),
        )
        self.figures[3].set(
            tr("Receivable"),
            money(owed, cents=False),
            tone="bad" if owed else "",
            tip=_full(tr("Receivable"), owed),
        )
        self.figures[4].set(
            tr("Overdue amount"),
            money(late, cents=False),
            tone="bad" if late else "",
            tip=_full(tr("Overdue amount"), late),
        )
        self.figures[5].set(tr("Last contact"), days_ago(header.last_contact_on))
        due = header.next_on
        tone = "bad" if due is not None and due < today() else ""
        text = short_day(due) or header.next_step or "—"
        self.figures[6].set(tr("Next step"), text, tone=tone, tip=header.next_step)
        self.figures[7].setVisible(header.margin is not None)
        self.figures[7].set(
            tr("Gross profit"),
            money(header.margin, cents=False),
            tone="bad" if header.margin is not None and header.margin < 0 else "",
            tip=_full(tr("Gross profit"), header.margin),
        )

        self._fit_figures()

    def _place_figures(self, across: int) -> None:
        self._across = across
        for at, figure in enumerate(self.figures):
            self._figure_row.addWidget(figure, at // across, at % across)

    def _fit_figures(self) -> None:
        """In two rows where one would cut them."""
        gaps = self._figure_row.spacing() * (len(self.figures) - 1)
        margins = self.contentsMargins().left() + self.contentsMargins().right() + 28
        wanted = sum(figure.sizeHint().width() for figure in self.figures if not figure.isHidden())
        across = len(self.figures) if wanted + gaps + margins <= self.width() else len(self.figures) // 2
        if across != self._across:
            self._place_figures(across)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many figures in a row as there is room for."""
        self._fit_figures()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _chips(header: Header) -> list[tuple[str | None, str]]:
    return [
        (header.hot_level, HOT),
        (header.stage, "accent"),
        (header.category, "neutral"),
        (header.level, "waiting"),
    ]


def _why_hot(header: Header) -> str:
    until = tr("until {day}", day=header.hot_until.isoformat()) if header.hot_until is not None else ""
    return "\n".join(filter(None, (tr("Hot customer"), header.hot_reason, until)))


def _full(title: str, amount: object) -> str:
    return f"{title}: ¥{amount:,.2f}" if amount is not None else title
