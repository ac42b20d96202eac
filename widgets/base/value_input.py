"""The input of one value of a condition or of a field changed for many records, as its kind and operator need it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from PySide6.QtCore import QDate, QStringListModel, Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QCompleter,
    QDateEdit,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QWidget,
)

from services.entity import NUMBERS, Column, Kind
from services.facets import COUNTED_DAYS, ME, MOST_DAYS, MY_PEOPLE, PERIODS
from services.language import tr
from services.regions import find, label
from services.session import Dictionary
from widgets.base.style import SPIN_MARGINS


class ValueInput(QWidget):
    """The value of a condition: ``value()`` raises ValueError while there is none, ``show_value`` puts one in.

    ``searching`` also offers people who depend on who searches, and choices that are switched off: old records hold
    them, and are to be found.
    """

    def __init__(
        self,
        column: Column,
        operator: str,
        dictionary: Dictionary,
        parent: QWidget | None = None,
        *,
        searching: bool = False,
    ) -> None:
        super().__init__(parent)
        self._searching = searching
        self._setters: list[Callable[[Any], None]] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self.value: Callable[[], Any] = self._build(column, operator, dictionary)

    def show_value(self, value: Any) -> None:
        """Put ``value`` of this column and operator in; what does not fit is left as it is."""
        parts = value if len(self._setters) > 1 and isinstance(value, tuple) else (value,)
        for put, part in zip(self._setters, parts, strict=False):
            if part is not None:
                put(part)

    def _build(self, column: Column, operator: str, dictionary: Dictionary) -> Callable[[], Any]:
        if operator in ("empty", "not_empty"):
            return lambda: None
        if operator in COUNTED_DAYS:
            return self._days()
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
        options = options_of(column, dictionary, ever=self._searching)
        if column.kind == Kind.USER and self._searching:
            options = [
                (ME, tr("Myself (who searches)")),
                (MY_PEOPLE, tr("Myself and those below me")),
                *options,
            ]
        if options:
            several = operator in ("in", "not_in") or column.kind == Kind.CHOICES
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
        self._setters.append(lambda value: line.setText(str(value)))

        def typed() -> str:
            if not line.text().strip():
                raise ValueError
            return line.text().strip()

        return typed

    def _number(self, kind: Kind, *, needed: bool = True) -> Callable[[], Any]:
        line = QLineEdit()
        line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._add(line)
        self._setters.append(
            lambda value: line.setText(format(value, "f") if isinstance(value, Decimal) else str(value))
        )

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

        def put(value: Any) -> None:
            day = date.fromisoformat(value) if isinstance(value, str) else value
            edit.setDate(QDate(day.year, day.month, day.day))

        self._setters.append(put)

        def typed() -> date:
            found = edit.date()
            return date(found.year(), found.month(), found.day())

        return typed

    def _days(self) -> Callable[[], Any]:
        box = QSpinBox()
        box.setRange(1, MOST_DAYS)
        box.lineEdit().setTextMargins(*SPIN_MARGINS)
        box.setValue(30)
        box.setSuffix(" " + tr("days"))
        self._add(box)
        self._setters.append(lambda value: box.setValue(int(value)))
        return box.value

    def _one_of(self, options: Sequence[tuple[Any, str]]) -> Callable[[], Any]:
        box = QComboBox()
        box.setMaxVisibleItems(20)
        for value, title in options:
            box.addItem(title, value)
        self._add(box)
        self._setters.append(lambda value: box.setCurrentIndex(max(0, box.findData(value))))
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

        def put(values: Any) -> None:
            wanted = values if isinstance(values, tuple) else (values,)
            for item in [box.item(n) for n in range(box.count())]:
                on = item.data(Qt.ItemDataRole.UserRole) in wanted
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)

        self._setters.append(put)

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
        self._setters.append(lambda code: line.setText(label(str(code))))

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
            # those of a tree stand below what they belong to
            (
                choice.key,
                "\u3000" * depth
                + (choice.label if choice.active else tr("{choice} (off)", choice=choice.label)),
            )
            for choice, depth in dictionary.tree(found)
        ]
    if column.kind == Kind.STATE:
        return [(key, tr(title)) for key, title in (column.labels or {}).items()]
    if column.kind == Kind.USER:
        return list(dictionary.users.items())
    return []
