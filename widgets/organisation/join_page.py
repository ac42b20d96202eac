"""Joining the office's server: found in the network, or by its address or pairing code; tested before it is kept."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
)

from services.errors import Invalid
from services.language import mark, tr
from services.nearby import Nearby, call, paired_address
from services.opening import address_of
from services.reaching import Reached, reach
from services.settings import Server
from widgets.base.icons import icon
from widgets.base.tasks import TaskSlot
from widgets.organisation.first_run_pages import Step


def typed_server(typed: str) -> Server:
    """The server of a typed address or pairing code; Invalid if it is neither."""
    typed = typed.strip()
    if not typed:
        raise Invalid(mark("Type the address of your office's server."), field="server")
    paired = paired_address(typed)
    if paired is not None:
        return Server(paired.removesuffix(":5432"), address_of(paired))
    return Server(typed, address_of(typed))


class JoinPage(Step):
    """See the module's docstring. ``reached(server)`` when the server lets this PC in."""

    reached = Signal(object)
    failed = Signal(object)
    busy_changed = Signal(bool)

    def __init__(self, look: Callable[[], list[Nearby]] = call) -> None:
        super().__init__()
        self._call = look
        self._testing, self._looking = TaskSlot(self), TaskSlot(self)
        self._found: list[Nearby] | None = None
        self._heading, self._near, self._none, self._label = QLabel(), QLabel(), QLabel(), QLabel()
        self._heading.setProperty("role", "title")
        self._near.setProperty("role", "heading")
        self._label.setProperty("role", "heading")
        self._none.setProperty("role", "muted")
        self._none.setWordWrap(True)
        self.found = QListWidget()
        self.found.setFixedHeight(108)
        self.found.setIconSize(QSize(16, 16))
        self.found.itemActivated.connect(lambda _item: self.test())
        self.found.currentItemChanged.connect(lambda item, _old: self._take(item))
        self.again = QPushButton()
        self.again.setAutoDefault(False)
        self.again.clicked.connect(self.look)
        self.address = QLineEdit()
        self.address.setMinimumHeight(32)
        self.address.returnPressed.connect(self.test)
        self._label.setBuddy(self.address)
        self.back_button, self.do = QPushButton(), QPushButton()
        self.do.setProperty("primary", True)
        for button in (self.back_button, self.do):
            button.setAutoDefault(False)
            button.setMinimumHeight(34)
        self.back_button.clicked.connect(self.back)
        self.do.clicked.connect(self.test)
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        near = QHBoxLayout()
        near.addWidget(self._near)
        near.addStretch(1)
        near.addWidget(self.again)
        foot = QHBoxLayout()
        foot.addWidget(self.back_button)
        foot.addStretch(1)
        foot.addWidget(self.do)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self._heading)
        layout.addLayout(near)
        layout.addWidget(self.found)
        layout.addWidget(self._none)
        layout.addSpacing(4)
        layout.addWidget(self._label)
        layout.addWidget(self.address)
        layout.addStretch(1)
        layout.addLayout(foot)

    @property
    def busy(self) -> bool:
        """True while an address is being tested."""
        return self._testing.busy

    def drop(self) -> None:
        """Stop waiting for the test."""
        self._testing.drop()

    def begin(self) -> None:
        """Look around in the network; the keyboard goes to the address."""
        self.address.setFocus(Qt.FocusReason.TabFocusReason)
        self.look()

    def look(self) -> None:
        """Ask the network who serves."""
        self._found = None
        self.found.clear()
        self.again.setEnabled(False)
        self._retitle()
        self._looking.start(
            lambda _control: self._call(), self._show_found, lambda _error: self._show_found([])
        )

    def _show_found(self, found: list[Nearby]) -> None:
        self._found = found
        self.again.setEnabled(True)
        typed = bool(self.address.text().strip())
        for server in found:
            item = QListWidgetItem(icon("server"), f"{server.name}    {server.address}")
            item.setData(Qt.ItemDataRole.UserRole, server)
            self.found.addItem(item)
        if found and not typed:
            self.found.setCurrentRow(0)
        self._retitle()

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.address.setText(item.data(Qt.ItemDataRole.UserRole).address)

    def test(self) -> None:
        """Try the address; ``reached`` or ``failed`` follows."""
        try:
            server = typed_server(self.address.text())
        except Invalid as error:
            self.failed.emit(error)
            return
        named = [n for n in self._found or () if n.address == server.title and n.name]
        if named:
            server = Server(f"{named[0].name} ({server.title})", server.url)
        self.busy_changed.emit(True)

        def done(_reached: Reached) -> None:
            self.busy_changed.emit(False)
            self.reached.emit(server)

        self._testing.start(lambda _control: reach(server.url), done, self.failed.emit)

    def point_at(self, field: str) -> None:
        """Only the address can be wrong."""
        self.address.setFocus(Qt.FocusReason.OtherFocusReason)
        self.address.selectAll()

    def _retitle(self) -> None:
        nobody = tr(
            "Nobody answered. The serving PC answers while Shuke is open on it, in the same network; its address or "
            "pairing code leads to it all the same."
        )
        self._none.setText(tr("Looking around in the network…") if self._found is None else nobody)
        self._none.setVisible(not self._found)
        self.found.setVisible(bool(self._found))

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self._heading.setText(tr("Join the office's server"))
        self._near.setText(tr("Servers in this network"))
        self.again.setText(tr("Look again"))
        self.found.setAccessibleName(tr("Servers in this network"))
        self._label.setText(tr("Address or pairing code"))
        self.address.setAccessibleName(tr("Address or pairing code"))
        self.address.setPlaceholderText(tr("Such as 192.168.1.10, office-server:5432 or ABCD-EFGH-JKLM"))
        self.back_button.setText(tr("Back"))
        self.do.setText(tr("Test and go on"))
        self._retitle()
