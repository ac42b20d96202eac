"""What the program told this user (ORG-13): notices, unread first, with the record that each is about."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from services.clock import CHINA
from services.language import mark, tr
from services.organisation import commands, queries
from widgets.base.client import Client
from widgets.base.simple_page import SimplePage, current, fill_table, make_table


class NoticesPage(SimplePage):
    """A double click or Enter opens the record and marks its notice read."""

    name = mark("Notices")
    watched = frozenset({"organisation.notice"})

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self._rows: list[queries.NoticeRow] = []
        self.older = QCheckBox()
        self.older.toggled.connect(lambda _on: self.reload())
        self.tools.addWidget(self.older)
        self.open_button = self.button("external-link", self.open_chosen)
        self.read_button = self.button("check", self.read_all, primary=True)
        self.table = make_table(2, (150,))
        self.table.itemActivated.connect(lambda _item: self.open_chosen())
        self.table.currentCellChanged.connect(lambda *_cells: self._mark())
        self.empty = QLabel()
        self.empty.setProperty("role", "muted")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body.addWidget(self.empty)
        self.body.addWidget(self.table, 1)
        self.retranslate()
        self.reload()

    def reload(self) -> None:
        """Read the notices."""
        older = self.older.isChecked()
        self.read(lambda session: queries.notices(session, older=older), self._fill)

    def _fill(self, rows: list[queries.NoticeRow]) -> None:
        self._rows = rows
        fill_table(
            self.table,
            ((row, (f"{row.at.astimezone(CHINA):%Y-%m-%d %H:%M}", row.text)) for row in rows),
        )
        for place, row in enumerate(rows):
            for column in range(2):
                item = self.table.item(place, column)
                if item is not None:
                    font = item.font()
                    font.setBold(row.unread)
                    item.setFont(font)
        if rows and self.table.currentRow() < 0:
            self.table.setCurrentCell(0, 0)
        self.empty.setVisible(not rows)
        self.table.setVisible(bool(rows))
        self._mark()

    def _mark(self) -> None:
        chosen = current(self.table)
        self.open_button.setEnabled(bool(chosen and chosen.entity in self.client.entities))
        self.read_button.setEnabled(any(row.unread for row in self._rows))

    def open_chosen(self) -> None:
        """Open what the chosen notice is about: its record, or the list of its kind."""
        chosen = current(self.table)
        if chosen is None or chosen.entity not in self.client.entities:
            return
        if chosen.unread:
            self.write(commands.read_notices, ids=[chosen.id])
        if chosen.record_id is not None:
            self.client.shell.open_record(chosen.entity, chosen.record_id)
        else:
            self.client.shell.open_view(chosen.entity, "list")

    def read_all(self) -> None:
        """Mark everything shown as read."""
        unread = [row.id for row in self._rows if row.unread]
        if unread:
            self.write(commands.read_notices, ids=unread)

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.older.setText(tr("Read ones too"))
        self.open_button.setText(tr("Open"))
        self.read_button.setText(tr("Mark all as read"))
        self.empty.setText(
            tr("Nothing new. Here you are told when records are shared with you or change their owner.")
        )
        self.table.setHorizontalHeaderLabels([tr("When"), tr("Notice")])
        if self._rows:
            self._fill(self._rows)
