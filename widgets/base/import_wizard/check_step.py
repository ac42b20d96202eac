"""Step 3: what would become of each row, why, and choices that the file names differently."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from services.entity import Field
from services.importing.checking import Action, CheckResult
from services.language import mark, tr
from services.organisation.rights import entity_title
from widgets.base.import_wizard.rows_model import LEFT, CheckedModel, GroundDelegate
from widgets.base.style import repolish

_FILTERS: tuple[tuple[str, frozenset[Action]], ...] = (
    (mark("All"), frozenset()),
    (mark("Only errors"), frozenset({Action.REJECT})),
    (mark("Only skipped"), frozenset({Action.SKIP})),
)
_MOST_LABELS = 12
"""Unknown labels of one field that are offered; the commonest first."""


class Figure(QFrame):
    """A card with a number and what it counts."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", True)
        self._title = QLabel()
        self._title.setProperty("role", "small")
        self.value = QLabel()
        self.value.setProperty("role", "figure")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        layout.addWidget(self.value)

    def show_figure(self, title: str, value: int, tone: str) -> None:
        """Show ``value`` under ``title``; ``tone`` colours it where it is not zero."""
        self._title.setText(title)
        self.value.setText(f"{value:,}")
        self.value.setProperty("tone", tone if value else "")
        repolish(self.value)


class CheckStep(QWidget):
    """Figures, filter, rows with coloured cells, and the mapping of unknown choices."""

    check_again = Signal()

    def __init__(
        self, choices_of: Callable[[Field], Mapping[str, str]], parent: QWidget | None = None
    ) -> None:
        """``choices_of`` gives {key: label} of a field with choices."""
        super().__init__(parent)
        self._choices_of = choices_of
        self._result: CheckResult | None = None
        self._fields: Sequence[Field] = ()
        self.figures = {action: Figure() for action in Action}
        self.companions = Figure()
        self.filters = [QPushButton() for _ in _FILTERS]
        group = QButtonGroup(self)
        for place, button in enumerate(self.filters):
            button.setCheckable(True)
            group.addButton(button, place)
            button.clicked.connect(lambda _c=False, place=place: self._filter(place))
        self._more = QLabel()
        self._more.setProperty("role", "small")
        self.model = CheckedModel()
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setItemDelegate(GroundDelegate(self.table))
        self.table.horizontalHeader().setDefaultAlignment(LEFT)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(28)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setWordWrap(False)
        self._side = QFrame()
        self._side.setProperty("card", True)
        self._side.setFixedWidth(310)
        self._unknown_title = QLabel()
        self._unknown_title.setProperty("role", "heading")
        self._unknown_note = QLabel()
        self._unknown_note.setProperty("role", "muted")
        self._unknown_note.setWordWrap(True)
        self._labels = QWidget()
        self._labels.setProperty("clear", True)
        self.mappings: dict[tuple[str, str], QComboBox] = {}
        self.again = QPushButton()
        self.again.clicked.connect(self.check_again)
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        cards = QHBoxLayout()
        cards.setSpacing(8)
        for figure in (*self.figures.values(), self.companions):
            cards.addWidget(figure, 1)
        filters = QHBoxLayout()
        filters.setSpacing(8)
        for button in self.filters:
            filters.addWidget(button)
        filters.addSpacing(8)
        filters.addWidget(self._more, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self._labels)
        side = QVBoxLayout(self._side)
        side.setContentsMargins(16, 12, 16, 12)
        side.setSpacing(8)
        side.addWidget(self._unknown_title)
        side.addWidget(self._unknown_note)
        side.addWidget(scroll, 1)
        side.addWidget(self.again)
        self._lines = QVBoxLayout(self._labels)
        self._lines.setContentsMargins(0, 0, 8, 0)
        self._lines.setSpacing(4)
        below = QHBoxLayout()
        below.setSpacing(12)
        below.addWidget(self.table, 1)
        below.addWidget(self._side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(cards)
        layout.addLayout(filters)
        layout.addLayout(below, 1)

    # What the page asks and shows

    def show_result(self, result: CheckResult, columns: Mapping[str, int], fields: Sequence[Field]) -> None:
        """Show what a check found."""
        self._result, self._fields = result, fields
        self.model.show_rows(result.rows, columns, fields)
        self.table.resizeColumnsToContents()
        for column in range(self.model.columnCount()):
            most = 330 if column == 2 else 200
            self.table.setColumnWidth(column, min(max(self.table.columnWidth(column) + 8, 70), most))
        errors = bool(result.counts[Action.REJECT])
        self.filters[1 if errors else 0].setChecked(True)
        self._filter(1 if errors else 0)
        self._show_figures()
        self._show_unknown()

    def choices(self) -> dict[str, dict[str, str]]:
        """The labels that the user has mapped: {field: {label: key, "" for leaving it empty}}."""
        chosen: dict[str, dict[str, str]] = {}
        for (key, label), combo in self.mappings.items():
            if combo.currentIndex() > 0:
                chosen.setdefault(key, {})[label] = combo.currentData()
        return chosen

    def _filter(self, place: int) -> None:
        self.model.only(_FILTERS[place][1])
        self._say_more()

    def _say_more(self) -> None:
        shown = self.model.rowCount()
        total = self._result.total if self._result is not None else 0
        self._more.setText(tr("{shown} rows shown of {total}", shown=f"{shown:,}", total=f"{total:,}"))

    def _show_figures(self) -> None:
        counts: Mapping[Action, int] = (
            self._result.counts if self._result is not None else dict.fromkeys(Action, 0)
        )
        for action, title, tone in (
            (Action.CREATE, tr("Will be created"), "good"),
            (Action.UPDATE, tr("Will be updated"), "link"),
            (Action.SKIP, tr("Exist already, skipped"), "waiting"),
            (Action.REJECT, tr("With errors"), "bad"),
        ):
            self.figures[action].show_figure(title, counts[action], tone)
        companions = self._result.companions if self._result is not None else 0
        if self._result is not None and companions:
            title = tr("{records} in the file", records=entity_title(self._result.companion))
            self.companions.show_figure(title, companions, "good")
        self.companions.setVisible(bool(companions))
        self._say_more()

    def _show_unknown(self) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self.mappings = {}
        unknown = self._result.unknown if self._result is not None else {}
        self._side.setVisible(bool(unknown))
        for field in self._fields:
            labels = sorted(unknown.get(field.key, {}).items(), key=lambda item: -item[1])
            if not labels:
                continue
            title = QLabel(tr(field.title))
            title.setProperty("role", "heading")
            self._lines.addWidget(title)
            for label, count in labels[:_MOST_LABELS]:
                self._lines.addWidget(self._line(field, label, count))
            if len(labels) > _MOST_LABELS:
                rest = QLabel(tr("and {count} more", count=len(labels) - _MOST_LABELS))
                rest.setProperty("role", "small")
                self._lines.addWidget(rest)
        self._lines.addStretch(1)

    def _line(self, field: Field, label: str, count: int) -> QWidget:
        name = QLabel(tr("“{label}” ({count})", label=label[:24], count=count))
        name.setToolTip(label)
        name.setTextFormat(Qt.TextFormat.PlainText)
        combo = QComboBox()
        combo.setAccessibleName(label)
        combo.addItem(tr("— choose —"), None)
        combo.addItem(tr("Leave empty"), "")
        for key, title in self._choices_of(field).items():
            combo.addItem(title, key)
        self.mappings[field.key, label] = combo
        name.setBuddy(combo)
        line = QWidget()
        layout = QHBoxLayout(line)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(name, 1)
        layout.addWidget(combo, 1)
        return line

    def retranslate(self) -> None:
        """Texts in the language in force."""
        for button, (title, _) in zip(self.filters, _FILTERS, strict=True):
            button.setText(tr(title))
        self._unknown_title.setText(tr("Names that are not in the lists"))
        self._unknown_note.setText(tr("Say what they mean here; it is remembered for the next file."))
        self.again.setText(tr("Check again"))
        self._show_figures()
        self._show_unknown()
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, max(self.model.columnCount() - 1, 0))

    def changeEvent(self, event: QEvent) -> None:
        """Another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
