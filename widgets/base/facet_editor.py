"""The pop-up in which one condition is made: column, operator, value, each as its kind needs it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from services.entity import Column, Facet
from services.facets import OPERATORS, operators
from services.language import tr
from services.session import Dictionary
from widgets.base.value_input import ValueInput


class FacetEditor(QFrame):
    """A pop-up that asks for one condition; ``made`` carries the Facet."""

    made = Signal(object)

    def __init__(
        self, columns: Sequence[Column], dictionary: Dictionary, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("card", True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(360)
        self._columns, self._dictionary = tuple(columns), dictionary
        self.column_box, self.operator_box = QComboBox(), QComboBox()
        self.column_box.setMaxVisibleItems(20)
        for column in self._columns:
            self.column_box.addItem(tr(column.title), column.key)
        self._place = QVBoxLayout()
        self._problem = QLabel()
        self._problem.setProperty("tone", "bad")
        self._problem.hide()
        self.add_button = QPushButton()
        self.add_button.setProperty("primary", True)
        self.add_button.clicked.connect(self._finish)
        top = QHBoxLayout()
        top.addWidget(self.column_box, 3)
        top.addWidget(self.operator_box, 2)
        bottom = QHBoxLayout()
        bottom.addWidget(self._problem, 1)
        bottom.addStretch(1)
        bottom.addWidget(self.add_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addLayout(self._place)
        layout.addLayout(bottom)
        self.input: ValueInput | None = None
        self.column_box.currentIndexChanged.connect(self._column_chosen)
        self.operator_box.currentIndexChanged.connect(self._operator_chosen)
        self.retranslate()
        self._column_chosen()

    def open_below(self, widget: QWidget) -> None:
        """Show it under ``widget`` with the keyboard in it."""
        self.adjustSize()
        self.move(widget.mapToGlobal(QPoint(0, widget.height() + 4)))
        self.show()
        self.column_box.setFocus(Qt.FocusReason.PopupFocusReason)

    def column(self) -> Column:
        """The column chosen now."""
        return self._columns[max(0, self.column_box.currentIndex())]

    def choose(self, key: str, operator: str | None = None) -> None:
        """Choose a column, and an operator."""
        self.column_box.setCurrentIndex(self.column_box.findData(key))
        if operator is not None:
            self.operator_box.setCurrentIndex(self.operator_box.findData(operator))

    def _column_chosen(self) -> None:
        self.operator_box.blockSignals(True)
        self.operator_box.clear()
        for operator in operators(self.column().kind):
            self.operator_box.addItem(tr(OPERATORS[operator]), operator)
        self.operator_box.blockSignals(False)
        self._operator_chosen()

    def _operator_chosen(self) -> None:
        if self.input is not None:
            self._place.removeWidget(self.input)
            self.input.hide()
            self.input.deleteLater()
        self.input = ValueInput(
            self.column(), self.operator_box.currentData(), self._dictionary, searching=True
        )
        self._place.addWidget(self.input)
        QWidget.setTabOrder(self.operator_box, self.input)
        self._problem.hide()
        self.adjustSize()

    def _finish(self) -> None:
        assert self.input is not None
        try:
            value = self.input.value()
        except ValueError:
            self._problem.setText(tr("Give a value first."))
            self._problem.show()
            self.input.setFocus()
            return
        self.made.emit(Facet(self.column().key, self.operator_box.currentData(), value))
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter adds, Esc leaves."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
            return
        super().keyPressEvent(event)

    def retranslate(self) -> None:
        """Set the texts of its own; it does not live long enough to see another language."""
        self.add_button.setText(tr("Add condition"))
        self.column_box.setAccessibleName(tr("Column"))
        self.operator_box.setAccessibleName(tr("Comparison"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
