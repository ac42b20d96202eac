"""The conditions of a list as chips that can be taken away, and the buttons that add to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from services.entity import Column, Condition, Facet
from services.language import tr
from services.session import Dictionary
from widgets.base.facet_editor import FacetEditor
from widgets.base.flow_layout import FlowLayout
from widgets.base.formatting import condition_text
from widgets.base.search_editor import SearchEditor

LONGEST: Final = 70
"""Characters of a condition on its chip; the rest is in the tool tip."""


class FacetBar(QWidget):
    """Chips of the conditions; ``changed`` carries the new tuple of facets."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._columns: dict[str, Column] = {}
        self._dictionary = Dictionary()
        self.facets: tuple[Condition, ...] = ()
        self._layout = FlowLayout(self)
        self.add_button = QPushButton()
        self.add_button.setProperty("chip", "neutral")
        self.add_button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.add_button.clicked.connect(self.ask)
        self.advanced_button = QPushButton()
        self.advanced_button.setProperty("chip", "neutral")
        self.advanced_button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.advanced_button.clicked.connect(self.ask_more)
        self.chips: list[QPushButton] = []
        self.editor: FacetEditor | None = None
        self.search_editor: SearchEditor | None = None
        self.leading: list[QWidget] = []
        """What others have put before the chips, such as the saved searches."""
        self._layout.addWidget(self.add_button)
        self._layout.addWidget(self.advanced_button)
        self.retranslate()

    def show_facets(
        self, facets: Sequence[Condition], columns: Sequence[Column], dictionary: Dictionary
    ) -> None:
        """Show these conditions over these columns."""
        self.facets = tuple(facets)
        self._columns = {column.key: column for column in columns}
        self._dictionary = dictionary
        for chip in self.chips:
            self._layout.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = []
        for button in (self.add_button, self.advanced_button):
            self._layout.removeWidget(button)
        for facet in self.facets:
            text = condition_text(facet, self._columns, dictionary)
            short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
            chip = QPushButton(f"{short}  ✕")
            chip.setProperty("chip", "accent")
            chip.setCursor(Qt.CursorShape.PointingHandCursor)
            away = tr("Take this condition away")
            chip.setToolTip(away if short == text else f"{text}\n{away}")
            chip.clicked.connect(lambda _checked=False, facet=facet: self._remove(facet))
            self._layout.addWidget(chip)
            self.chips.append(chip)
            chip.show()
        for button in (self.add_button, self.advanced_button):
            self._layout.addWidget(button)
        self.updateGeometry()

    def ask(self) -> None:
        """Open the editor of a new condition."""
        if not self._columns:
            return
        self.editor = FacetEditor(tuple(self._columns.values()), self._dictionary, self)
        self.editor.made.connect(self._add)
        self.editor.open_below(self.add_button)

    def put_first(self, widget: QWidget) -> None:
        """Give ``widget`` the place before the chips."""
        self.leading.append(widget)
        self._layout.addWidget(widget)
        self.show_facets(self.facets, tuple(self._columns.values()), self._dictionary)

    def ask_more(self) -> None:
        """Open the window in which conditions stand in groups."""
        if not self._columns:
            return
        if self.search_editor is not None:
            self.search_editor.close()
        editor = SearchEditor(tuple(self._columns.values()), self._dictionary, self.facets, self)
        editor.made.connect(self.changed)
        editor.destroyed.connect(lambda: setattr(self, "search_editor", None))
        self.search_editor = editor
        editor.show()

    def _add(self, facet: Facet) -> None:
        if facet not in self.facets:
            self.changed.emit((*self.facets, facet))

    def _remove(self, facet: Condition) -> None:
        self.changed.emit(tuple(one for one in self.facets if one != facet))

    def retranslate(self) -> None:
        """Set every text."""
        self.add_button.setText(tr("+ Condition"))
        self.add_button.setToolTip(tr("Add a condition (Ctrl+Shift+F)"))
        self.advanced_button.setText(tr("Advanced …"))
        self.advanced_button.setToolTip(tr("Conditions in groups: and, or (Ctrl+Alt+F)"))
        self.show_facets(self.facets, tuple(self._columns.values()), self._dictionary)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
