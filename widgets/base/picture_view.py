"""A picture of a record in a small frame: its thumbnail, at once; a click shows the whole."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from services.files import queries
from services.files.queries import File
from services.language import tr
from widgets.base.client import Client
from widgets.base.icons import paint_icon
from widgets.base.images import read_picture
from widgets.base.style import tokens
from widgets.base.tasks import Control, TaskSlot


class PictureView(QWidget):
    """Shows the attachment ``attachment_id``; an icon where there is none. ``round_`` for people."""

    clicked = Signal()
    shown = Signal()
    """The thumbnail has come, or there is none."""

    def __init__(
        self, client: Client, side: int, symbol: str, *, round_: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.client, self._symbol, self._round = client, symbol, round_
        self.attachment_id: int | None = None
        self.image: QImage | None = None
        self._slot = TaskSlot(self)
        self.setFixedSize(QSize(side, side))
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.retranslate()

    @property
    def busy(self) -> bool:
        """Whether a picture is awaited."""
        return self._slot.busy

    def set_attachment(self, attachment_id: int | None) -> None:
        """Show this picture, or none."""
        if attachment_id == self.attachment_id:
            return
        self.attachment_id, self.image = attachment_id, None
        self._slot.drop()
        self.setCursor(Qt.CursorShape.PointingHandCursor if attachment_id else Qt.CursorShape.ArrowCursor)
        self.retranslate()
        self.update()
        if attachment_id is None:
            return
        database = self.client.database

        def work(_control: Control) -> QImage | None:
            with database.read_session() as session:
                data = queries.thumbnails(session, [attachment_id]).get(attachment_id)
            return read_picture(data) if data else None

        self._slot.start(work, self._show, lambda _error: self.shown.emit())

    def show_image(self, image: QImage | None) -> None:
        """Show a picture that is here already."""
        self.image = image
        self.update()

    def _show(self, image: QImage | None) -> None:
        self.show_image(image)
        self.shown.emit()

    def open_preview(self) -> None:
        """The whole picture in a window of its own."""
        if self.attachment_id is None:
            return
        database, wanted = self.client.database, self.attachment_id

        def work(_control: Control) -> File:
            with database.read_session() as session:
                return queries.file(session, attachment_id=wanted)

        def show(file: File) -> None:
            from widgets.base.file_preview import FilePreview  # a window that shows this one's kind again

            FilePreview(self.client, [file], 0, self.window()).show()

        TaskSlot(self).start(work, show, self.client.shell.error)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click shows the whole picture."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()
            self.open_preview()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture in its frame, cut to a circle for people."""
        chosen = tokens()
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        frame = QPainterPath()
        if self._round:
            frame.addEllipse(box)
        else:
            frame.addRoundedRect(box, 6, 6)
        painter.fillPath(frame, chosen.color("ground"))
        if self.image is None or self.image.isNull():
            side = min(28.0, box.width() * 0.45)
            icon_box = QRectF(0, 0, side, side)
            icon_box.moveCenter(box.center())
            paint_icon(painter, icon_box, self._symbol, chosen.muted)
        else:
            painter.save()
            painter.setClipPath(frame)
            way = (
                Qt.AspectRatioMode.KeepAspectRatioByExpanding
                if self._round
                else Qt.AspectRatioMode.KeepAspectRatio
            )
            size = self.image.size().scaled(self.size(), way)
            target = QRectF(0, 0, size.width(), size.height())
            target.moveCenter(box.center())
            painter.drawImage(target, self.image)
            painter.restore()
        painter.setPen(QPen(chosen.color("line"), 1))
        painter.drawPath(frame)
        painter.end()

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.setToolTip(tr("Show the picture") if self.attachment_id else "")
        self.setAccessibleName(tr("Picture"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
