"""The files of a document behind one button that says how many there are: documents need their height for lines."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QPushButton, QScrollArea, QVBoxLayout, QWidget

from services.changes import Notice
from services.files import queries
from services.files.entities import ATTACHED_TO
from services.language import tr
from widgets.base.attachments import FILE, AttachmentsPanel, dropped_files
from widgets.base.client import Client
from widgets.base.icons import icon
from widgets.base.tasks import Control, TaskSlot


class FilesButton(QPushButton):
    """For one record of ``entity``; hidden until there is one. Files may be dropped on it."""

    def __init__(self, client: Client, entity: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.client, self.entity = client, entity
        self.record_id: int | None = None
        self.window_: FilesWindow | None = None
        self.count = 0
        self._slot = TaskSlot(self)
        self._stale = True
        self._offered = entity in ATTACHED_TO and client.user.can(f"{FILE}.view")
        self.setIcon(icon("paperclip"))
        self.setIconSize(QSize(16, 16))
        self.setAcceptDrops(True)
        self.clicked.connect(lambda _checked=False: self.open_window())
        client.bus.changed.connect(self._heard)
        self.hide()
        self.retranslate()

    @property
    def busy(self) -> bool:
        """Whether the count is awaited."""
        return self._slot.busy

    def set_record(self, record_id: int | None) -> None:
        """Which record's files."""
        self.setVisible(record_id is not None and self._offered)
        if record_id != self.record_id:
            self.record_id, self._stale = record_id, True
            if self.isVisible():
                self.refresh()

    def refresh(self) -> None:
        """Count again."""
        self._stale = False
        database, entity, record_id = self.client.database, self.entity, self.record_id
        if record_id is None:
            return

        def work(_control: Control) -> int:
            with database.read_session() as session:
                return queries.count_of(session, entity=entity, record_id=record_id)

        self._slot.start(work, self._show, lambda _error: None)

    def _show(self, count: int) -> None:
        self.count = count
        self.retranslate()

    def open_window(self) -> AttachmentsPanel | None:
        """The window with the files; the one that is open already comes to the front."""
        if self.record_id is None:
            return None
        if self.window_ is None:
            self.window_ = FilesWindow(self.client, self.entity, self.record_id, self.window())
            self.window_.panel.counted.connect(self._show)
            self.window_.destroyed.connect(self._closed)
        self.window_.show()
        self.window_.raise_()
        self.window_.activateWindow()
        return self.window_.panel

    def _closed(self) -> None:
        self.window_ = None

    def showEvent(self, event: QShowEvent) -> None:
        """Files are counted when somebody looks."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def _heard(self, notice: Notice) -> None:
        if notice.entity in (FILE, "*"):
            self._stale = True
            if self.isVisible():
                self.refresh()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and pictures are welcome."""
        if dropped_files(event.mimeData()) or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Attach them."""
        panel = self.open_window()
        if panel is not None:
            panel.dropEvent(event)

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.setText(tr("Files {count}", count=self.count) if self.count else tr("Files"))
        self.setToolTip(tr("Files of this record: show, attach, save"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class FilesWindow(QDialog):
    """The files of one record in a window beside the work; not modal."""

    def __init__(self, client: Client, entity: str, record_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.panel = AttachmentsPanel(client, entity, record_id)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(self.panel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.resize(QSize(560, 420))
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.setWindowTitle(tr("Files"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
