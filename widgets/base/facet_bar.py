"""The conditions of a list as chips that can be taken away, and the button that adds one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMargins, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QLayout, QLayoutItem, QPushButton, QSizePolicy, QWidget

from services.entity import Column, Facet
from services.language import tr
from services.session import Dictionary
from widgets.base.facet_editor import FacetEditor
from widgets.base.formatting import facet_text


class FlowLayout(QLayout):
    """Widgets side by side, in as many lines as they need."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)
        self.setContentsMargins(QMargins(0, 0, 0, 0))

    def addItem(self, item: QLayoutItem) -> None:
        """Add at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Number of widgets."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """The item at a place."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take an item out."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """None."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """The narrower, the more lines."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all lines."""
        return self._lay(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        """One line."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """The widest widget."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, rect: QRect) -> None:
        """Place the widgets."""
        super().setGeometry(rect)
        self._lay(rect, move=True)

    def _lay(self, rect: QRect, *, move: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if x + size.width() > rect.right() + 1 and x > rect.x():
                x, y, line = rect.x(), y + line + self.spacing(), 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self.spacing()
            line = max(line, size.height())
        return y + line - rect.y()


class FacetBar(QWidget):
    """Chips of the conditions; ``changed`` carries the new tuple of facets."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._columns: dict[str, Column] = {}
        self._dictionary = Dictionary()
        self.facets: tuple[Facet, ...] = ()
        self._layout = FlowLayout(self)
        self.add_button = QPushButton()
        self.add_button.setProperty("chip", "neutral")
        self.add_button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.add_button.clicked.connect(self.ask)
        self.chips: list[QPushButton] = []
        self.editor: FacetEditor | None = None
        self._layout.addWidget(self.add_button)
        self.retranslate()

    def show_facets(self, facets: Sequence[Facet], columns: Sequence[Column], dictionary: Dictionary) -> None:
        """Show these conditions over these columns."""
        self.facets = tuple(facets)
        self._columns = {column.key: column for column in columns}
        self._dictionary = dictionary
        for chip in self.chips:
            self._layout.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = []
        self._layout.removeWidget(self.add_button)
        for facet in self.facets:
            column = self._columns.get(facet.column)
            text = facet_text(column, facet, dictionary) if column else facet.column
            chip = QPushButton(f"{text}  ✕")
            chip.setProperty("chip", "accent")
            chip.setCursor(Qt.CursorShape.PointingHandCursor)
            chip.setToolTip(tr("Take this condition away"))
            chip.clicked.connect(lambda _checked=False, facet=facet: self._remove(facet))
            self._layout.addWidget(chip)
            self.chips.append(chip)
            chip.show()
        self._layout.addWidget(self.add_button)
        self.updateGeometry()

    def ask(self) -> None:
        """Open the editor of a new condition."""
        if not self._columns:
            return
        self.editor = FacetEditor(tuple(self._columns.values()), self._dictionary, self)
        self.editor.made.connect(self._add)
        self.editor.open_below(self.add_button)

    def _add(self, facet: Facet) -> None:
        if facet not in self.facets:
            self.changed.emit((*self.facets, facet))

    def _remove(self, facet: Facet) -> None:
        self.changed.emit(tuple(one for one in self.facets if one != facet))

    def retranslate(self) -> None:
        """Set every text."""
        self.add_button.setText(tr("+ Condition"))
        self.add_button.setToolTip(tr("Add a condition (Ctrl+Shift+F)"))
        self.show_facets(self.facets, tuple(self._columns.values()), self._dictionary)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
