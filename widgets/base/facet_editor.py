"""The pop-up in which one condition is made: column, operator, value, each as its kind needs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from PySide6.QtCore import QDate, QEvent, QPoint, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QCompleter,
    QDateEdit,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from services.entity import NUMBERS, Column, Facet, Kind
from services.facets import OPERATORS, PERIODS, operators
from services.language import tr
from services.regions import find
from services.session import Dictionary


class ValueInput(QWidget):
    """The value of a condition: ``value()`` raises ValueError while there is none."""

    def __init__(
        self,
        column: Column,
        operator: str,
        dictionary: Dictionary,
        parent: QWidget | None = None,
        *,
        ever: bool = False,
    ) -> None:
        """``ever`` offers choices that are switched off too: old records hold them, and are to be found."""
        super().__init__(parent)
        self._ever = ever
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self.value: Callable[[], Any] = self._build(column, operator, dictionary)

    def _build(self, column: Column, operator: str, dictionary: Dictionary) -> Callable[[], Any]:
        if operator in ("empty", "not_empty"):
            return lambda: None
        if operator == "within":
            return self._one_of([(key, tr(title)) for key, title in PERIODS.items()])
        if column.kind in (Kind.DATE, Kind.TIME):
            return self._pair(self._date) if operator == "between" else self._date()
        if column.kind in NUMBERS:
            number = (lambda: self._number(column.kind)) if operator != "between" else None
            return number() if number else self._pair(lambda: self._number(column.kind, needed=False))
        if column.kind == Kind.YES_NO:
            return self._one_of([(True, tr("Yes")), (False, tr("No"))])
        if column.kind == Kind.REGION:
            return self._region()
        options = options_of(column, dictionary, ever=self._ever)
        if options:
            several = operator == "in" or column.kind == Kind.CHOICES
            return self._several(options) if several else self._one_of(options)
        return self._text()

    def _add(self, widget: QWidget) -> None:
        self._row.addWidget(widget, 1)
        if self.focusProxy() is None:
            self.setFocusProxy(widget)

    def _pair(self, make: Callable[[], Callable[[], Any]]) -> Callable[[], Any]:
        low = make()
        self._row.addWidget(QLabel("–"))
        high = make()

        def both() -> tuple[Any, Any]:
            found = (low(), high())
            if found == (None, None):
                raise ValueError
            return found

        return both

    def _text(self) -> Callable[[], Any]:
        line = QLineEdit()
        self._add(line)

        def typed() -> str:
            if not line.text().strip():
                raise ValueError
            return line.text().strip()

        return typed

    def _number(self, kind: Kind, *, needed: bool = True) -> Callable[[], Any]:
        line = QLineEdit()
        line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._add(line)

        def typed() -> Decimal | int | None:
            text = line.text().replace(",", "").replace("，", "").strip()
            if not text and not needed:
                return None
            try:
                found = Decimal(text)
                return int(found) if kind == Kind.INTEGER and found == int(found) else found
            except (InvalidOperation, OverflowError) as error:
                raise ValueError(text) from error

        return typed

    def _date(self) -> Callable[[], Any]:
        edit = QDateEdit(QDate.currentDate())
        edit.setCalendarPopup(True)
        edit.setDisplayFormat("yyyy-MM-dd")
        edit.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.UpDownArrows)
        self._add(edit)

        def typed() -> date:
            found = edit.date()
            return date(found.year(), found.month(), found.day())

        return typed

    def _one_of(self, options: Sequence[tuple[Any, str]]) -> Callable[[], Any]:
        box = QComboBox()
        for value, title in options:
            box.addItem(title, value)
        self._add(box)
        return box.currentData

    def _several(self, options: Sequence[tuple[Any, str]]) -> Callable[[], Any]:
        box = QListWidget()
        box.setFixedHeight(min(220, 30 * len(options) + 8))
        for value, title in options:
            item = QListWidgetItem(title)
            item.setData(Qt.ItemDataRole.UserRole, value)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            box.addItem(item)
        box.itemActivated.connect(_turn)
        self._add(box)

        def ticked() -> tuple[Any, ...]:
            items = [box.item(n) for n in range(box.count())]
            found = tuple(
                item.data(Qt.ItemDataRole.UserRole)
                for item in items
                if item.checkState() == Qt.CheckState.Checked
            )
            if not found:
                raise ValueError
            return found

        return ticked

    def _region(self) -> Callable[[], Any]:
        line = QLineEdit()
        line.setPlaceholderText(tr("Province, city or district"))
        # what is offered depends on pinyin too, so the completer only shows what was found
        offered = QStringListModel(line)
        completer = QCompleter(offered, line)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        line.setCompleter(completer)
        line.textEdited.connect(
            lambda text: offered.setStringList([each.label for each in find(text, limit=12)])
        )
        self._add(line)

        def typed() -> str:
            found = find(line.text())
            exact = [each for each in found if each.label == line.text().strip()]
            if not found:
                raise ValueError(line.text())
            return (exact or found)[0].code

        return typed


def _turn(item: QListWidgetItem) -> None:
    checked = item.checkState() == Qt.CheckState.Checked
    item.setCheckState(Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked)


def options_of(column: Column, dictionary: Dictionary, *, ever: bool = False) -> list[tuple[Any, str]]:
    """What a choice, state or user may be, in order; empty for other kinds. ``ever`` with what is switched off."""
    if column.kind in (Kind.CHOICE, Kind.CHOICES) and column.dictionary:
        found = dictionary.ever(column.dictionary) if ever else dictionary.of(column.dictionary)
        return [
            (choice.key, choice.label if choice.active else tr("{choice} (off)", choice=choice.label))
            for choice in found
        ]
    if column.kind == Kind.STATE:
        return [(key, tr(title)) for key, title in (column.labels or {}).items()]
    if column.kind == Kind.USER:
        return list(dictionary.users.items())
    return []


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
        self.input = ValueInput(self.column(), self.operator_box.currentData(), self._dictionary, ever=True)
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
