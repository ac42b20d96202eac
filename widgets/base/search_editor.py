"""The advanced search as a whole (PLT-12): conditions in groups of which all or any have to hold, groups in groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from services.entity import Column, Condition, Facet, Group
from services.facets import DEEPEST, OPERATORS, operators
from services.language import tr
from services.session import Dictionary
from widgets.base.icons import icon
from widgets.base.input_dialog import InputDialog
from widgets.base.value_input import ValueInput


class ConditionRow(QWidget):
    """One condition in one line: field, comparison, value, and away with it."""

    def __init__(
        self, columns: Sequence[Column], dictionary: Dictionary, remove: Callable[[QWidget], None]
    ) -> None:
        super().__init__()
        self._columns, self._dictionary = {column.key: column for column in columns}, dictionary
        self.column_box, self.operator_box, self.away = QComboBox(), QComboBox(), QToolButton()
        self.column_box.setMaxVisibleItems(20)
        self.column_box.setMinimumWidth(140)
        self.operator_box.setMinimumWidth(150)
        for column in columns:
            self.column_box.addItem(tr(column.title), column.key)
        self.away.setIcon(icon("x"))
        self.away.setAutoRaise(True)
        self.away.clicked.connect(lambda: remove(self))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        for widget in (self.column_box, self.operator_box):
            self._row.addWidget(widget)
        self._row.addWidget(self.away)
        self.input: ValueInput | None = None
        self.column_box.currentIndexChanged.connect(self._column_chosen)
        self.operator_box.currentIndexChanged.connect(self._operator_chosen)
        self.setFocusProxy(self.column_box)
        self._column_chosen()
        self.retranslate()

    def _column(self) -> Column:
        return self._columns[self.column_box.currentData()]

    def _column_chosen(self) -> None:
        self.operator_box.blockSignals(True)
        self.operator_box.clear()
        for operator in operators(self._column().kind):
            self.operator_box.addItem(tr(OPERATORS[operator]), operator)
        self.operator_box.blockSignals(False)
        self._operator_chosen()

    def _operator_chosen(self) -> None:
        if self.input is not None:
            self._row.removeWidget(self.input)
            self.input.hide()
            self.input.deleteLater()
        self.input = ValueInput(
            self._column(), self.operator_box.currentData(), self._dictionary, searching=True
        )
        self._row.insertWidget(2, self.input, 1)

    def show_facet(self, facet: Facet) -> None:
        """Show a condition that exists; one of a field that is gone shows the first field."""
        self.column_box.setCurrentIndex(max(0, self.column_box.findData(facet.column)))
        self.operator_box.setCurrentIndex(max(0, self.operator_box.findData(facet.operator)))
        assert self.input is not None
        self.input.show_value(facet.value)

    def condition(self) -> Facet:
        """What is asked; ValueError, with the keyboard in the place, while the value is missing."""
        assert self.input is not None
        try:
            value = self.input.value()
        except ValueError:
            self.input.setFocus()
            raise
        return Facet(self.column_box.currentData(), self.operator_box.currentData(), value)

    def retranslate(self) -> None:
        """Set the texts of its own."""
        self.away.setToolTip(tr("Take this condition away"))
        self.away.setAccessibleName(tr("Take this condition away"))
        self.column_box.setAccessibleName(tr("Column"))
        self.operator_box.setAccessibleName(tr("Comparison"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class ConditionGroup(QFrame):
    """Conditions and groups, all or any of which have to hold."""

    def __init__(
        self,
        columns: Sequence[Column],
        dictionary: Dictionary,
        remove: Callable[[QWidget], None] | None = None,
        depth: int = 1,
    ) -> None:
        super().__init__()
        self._columns, self._dictionary, self._depth = tuple(columns), dictionary, depth
        self.setProperty("card", depth > 1)
        self.joint_box, self.away = QComboBox(), QToolButton()
        self.joint_box.addItem("", "all")
        self.joint_box.addItem("", "any")
        self.joint_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.away.setIcon(icon("x"))
        self.away.setAutoRaise(True)
        if remove is None:
            self.away.hide()
        self.away.clicked.connect(lambda: remove(self) if remove else None)
        self.add_button, self.group_button = QPushButton(), QPushButton()
        self.add_button.clicked.connect(lambda: self.add().setFocus())
        self.group_button.clicked.connect(lambda: self.add_group().add().setFocus())
        if depth >= DEEPEST:
            self.group_button.hide()
        for button in (self.add_button, self.group_button):
            button.setFlat(True)
            button.setAutoDefault(False)
        self.parts: list[ConditionRow | ConditionGroup] = []
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.joint_box)
        head.addStretch(1)
        head.addWidget(self.away)
        foot.addWidget(self.add_button)
        foot.addWidget(self.group_button)
        foot.addStretch(1)
        self._inside = QVBoxLayout()
        self._inside.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addLayout(self._inside)
        layout.addLayout(foot)
        self.retranslate()

    def add(self, facet: Facet | None = None) -> ConditionRow:
        """One more condition."""
        row = ConditionRow(self._columns, self._dictionary, self._remove)
        if facet is not None:
            row.show_facet(facet)
        self.parts.append(row)
        self._inside.addWidget(row)
        return row

    def add_group(self, group: Group | None = None) -> ConditionGroup:
        """One more group; a new one joins the other way round, which is what groups are made for."""
        made = ConditionGroup(self._columns, self._dictionary, self._remove, self._depth + 1)
        other = "any" if self.joint_box.currentData() == "all" else "all"
        made.show_group(group or Group(other, ()))
        self.parts.append(made)
        self._inside.addWidget(made)
        return made

    def show_group(self, group: Group) -> None:
        """Show a group that exists."""
        self.joint_box.setCurrentIndex(self.joint_box.findData(group.joint))
        for part in group.parts:
            if isinstance(part, Facet):
                self.add(part)
            else:
                self.add_group(part)

    def _remove(self, part: QWidget) -> None:
        self.parts = [one for one in self.parts if one is not part]
        self._inside.removeWidget(part)
        part.hide()
        part.deleteLater()

    def condition(self) -> Group:
        """What is asked; groups without conditions are left out. ValueError while a value is missing."""
        found: list[Condition] = []
        for part in self.parts:
            made = part.condition()
            if isinstance(made, Facet):
                found.append(made)
            elif len(made.parts) == 1:
                found.append(made.parts[0])
            elif made.parts:
                found.append(made)
        return Group(self.joint_box.currentData(), tuple(found))

    def retranslate(self) -> None:
        """Set the texts of its own."""
        self.joint_box.setItemText(0, tr("All of these"))
        self.joint_box.setItemText(1, tr("At least one of these"))
        self.joint_box.setAccessibleName(tr("How the conditions are joined"))
        self.add_button.setText(tr("+ Condition"))
        self.group_button.setText(tr("+ Group"))
        self.away.setToolTip(tr("Take this group away"))
        self.away.setAccessibleName(tr("Take this group away"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class SearchEditor(InputDialog):
    """A window beside the list; ``made`` carries the conditions, and it stays open to try another search."""

    made = Signal(object)

    def __init__(
        self,
        columns: Sequence[Column],
        dictionary: Dictionary,
        conditions: Sequence[Condition],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.root = ConditionGroup(columns, dictionary)
        only = conditions[0] if len(conditions) == 1 else None
        self.root.show_group(only if isinstance(only, Group) else Group("all", tuple(conditions)))
        if not conditions:
            self.root.add()
        self.problem = QLabel()
        self.problem.setProperty("tone", "bad")
        self.problem.hide()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.root)
        column.addStretch(1)
        area.setWidget(inside)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Reset | kinds.Close)
        self.buttons.button(kinds.Ok).setProperty("primary", True)
        self.buttons.button(kinds.Ok).clicked.connect(self.search)
        self.buttons.button(kinds.Reset).clicked.connect(self.clear)
        self.buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(area, 1)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        self.resize(720, 460)
        self.retranslate()

    def search(self) -> None:
        """Ask for what is written here; what is missing is said."""
        try:
            group = self.root.condition()
        except ValueError:
            self.problem.setText(tr("Give a value first."))
            self.problem.show()
            return
        self.problem.hide()
        for line in self.findChildren(QLineEdit):
            line.setModified(False)  # it was searched for: nothing is lost by closing
        together = group.joint == "all" or len(group.parts) < 2
        self.made.emit(group.parts if together else (group,))

    def clear(self) -> None:
        """No conditions but an empty first one."""
        for part in list(self.root.parts):
            part.away.click()
        self.root.add().setFocus()

    def retranslate(self) -> None:
        """Set every text."""
        kinds = QDialogButtonBox.StandardButton
        self.setWindowTitle(tr("Advanced search"))
        self.buttons.button(kinds.Ok).setText(tr("Search"))
        self.buttons.button(kinds.Reset).setText(tr("Begin anew"))
        self.buttons.button(kinds.Close).setText(tr("Close"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
