"""What stands in an empty table: why there is nothing, and what to do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QTableView, QVBoxLayout, QWidget

from services.entity import Entity
from services.language import tr
from widgets.base.icons import icon


class EmptyState(QWidget):
    """Lies over the viewport of a table. ``asked`` carries create or clear."""

    asked = Signal(str)

    def __init__(self, table: QTableView) -> None:
        super().__init__(table.viewport())
        self._what = ""
        self._picture, self.text, self.button = QLabel(), QLabel(), QPushButton()
        self.text.setWordWrap(True)
        self.text.setProperty("role", "muted")
        for label in (self._picture, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button.setProperty("primary", True)
        self.button.clicked.connect(lambda: self.asked.emit(self._what))
        self._shown: tuple[Entity, bool, bool, bool] | None = None
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addWidget(self._picture)
        layout.addWidget(self.text)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(3)
        table.viewport().installEventFilter(self)
        self.hide()

    def show_for(self, entity: Entity, *, rows: int, narrowed: bool, may_create: bool, deleted: bool) -> None:
        """Show what fits, or nothing while there are rows."""
        self._shown = (entity, narrowed, may_create, deleted) if rows == 0 else None
        self.setVisible(rows == 0)
        self._retitle()

    def _retitle(self) -> None:
        if self._shown is None:
            return
        entity, narrowed, may_create, deleted = self._shown
        name = tr(entity.plural)
        self._what = "clear" if narrowed else "create" if may_create else ""
        if narrowed:
            picture, text = "search", tr("Nothing here answers your search.")
            self.button.setText(tr("Show all"))
        elif deleted:
            picture, text = "trash-2", tr("The recycle bin is empty.")
        elif may_create:
            picture, text = entity.icon, tr("Nothing stands in “{name}” yet.", name=name)
            if entity.importable:
                text = "\n".join(
                    (text, tr("Enter the first one, or bring many in from Excel: Actions → Import."))
                )
            self.button.setText(tr("New {entity}", entity=tr(entity.title)))
        else:
            picture, text = entity.icon, tr("Nothing stands in “{name}” yet that you may see.", name=name)
            if entity.comes_from:
                text = "\n".join((text, tr(entity.comes_from)))
        self._picture.setPixmap(icon(picture).pixmap(QSize(40, 40), self.devicePixelRatioF()))
        self.text.setText(text)
        self.button.setVisible(bool(self._what))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """As large as the viewport."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            viewport = self.parentWidget()
            if viewport is not None:
                self.setGeometry(viewport.rect())
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retitle()
        super().changeEvent(event)
