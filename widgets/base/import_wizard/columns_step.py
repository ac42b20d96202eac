"""Step 2: which column is which field, and what happens with rows that exist already."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QRadioButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from services.entity import Entity, Field, Kind
from services.importing.plan import Duplicates, Source, required
from services.importing.references import creatable
from services.language import mark, tr
from services.tabular.matching import How, Matching
from services.tabular.reading import Row, Table
from widgets.base.import_wizard.rows_model import LEFT, shown
from widgets.base.style import repolish

_HOW = {
    How.REMEMBERED: (mark("As last time"), "good"),
    How.TITLE: (mark("Same title"), "good"),
    How.ALIAS: (mark("Same title"), "good"),
    How.SIMILAR: (mark("Please check"), "waiting"),
}
_CHOSEN = (mark("Chosen by you"), "accent")
_NONE = (mark("Not imported"), "neutral")


class ColumnsStep(QWidget):
    """One line for each column of the file with the field it goes to."""

    changed = Signal()

    def __init__(self, entity: Entity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entity = entity
        self._fields: Sequence[Field] = ()
        self._source: Source | None = None
        self._how: dict[int, tuple[str, str]] = {}
        self.combos: list[QComboBox] = []
        self._chips: list[QLabel] = []
        self._quiet = False
        self.table = QTableWidget(0, 4)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(38)
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(LEFT)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        for place, width in enumerate((190, 320, 230)):
            self.table.setColumnWidth(place, width)
        self.duplicates = {kind: QRadioButton() for kind in Duplicates}
        self.duplicates[Duplicates.SKIP].setChecked(True)
        self.all_or_nothing = QCheckBox()
        self.create_missing = QCheckBox()
        self._heading = [QLabel() for _ in range(2)]
        for label in self._heading:
            label.setProperty("role", "heading")
        self._missing = QLabel()
        self._missing.setProperty("tone", "bad")
        self._missing.setWordWrap(True)
        self._lay_out()
        for widget in (*self.duplicates.values(), self.all_or_nothing, self.create_missing):
            widget.toggled.connect(self._tell)
        self.retranslate()

    def _lay_out(self) -> None:
        side = QFrame()
        side.setProperty("card", True)
        side.setFixedWidth(290)
        options = QVBoxLayout(side)
        options.setContentsMargins(16, 12, 16, 12)
        options.setSpacing(8)
        options.addWidget(self._heading[0])
        for radio in self.duplicates.values():
            options.addWidget(radio)
        options.addSpacing(12)
        options.addWidget(self._heading[1])
        options.addWidget(self.all_or_nothing)
        options.addWidget(self.create_missing)
        options.addSpacing(12)
        options.addWidget(self._missing)
        options.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.table, 1)
        layout.addWidget(side)

    # What the page asks and shows

    def show_matching(self, source: Source, fields: Sequence[Field], matching: Matching) -> None:
        """Show the columns of ``source`` with the fields that were found for them."""
        self._source, self._fields = source, fields
        self._how = {match.column: _HOW[match.how] for match in matching.matches}
        chosen = {match.column: match.field for match in matching.matches}
        self._quiet = True
        self._build(chosen)
        self._quiet = False
        self._update()

    def columns(self) -> dict[str, int]:
        """Column of each chosen field."""
        return {
            combo.currentData(): column for column, combo in enumerate(self.combos) if combo.currentData()
        }

    def chosen_duplicates(self) -> Duplicates:
        """What happens with rows that exist already."""
        return next(kind for kind, radio in self.duplicates.items() if radio.isChecked())

    def chosen_missing(self) -> frozenset[str]:
        """Reference fields whose records are made where they are missing."""
        if not self.create_missing.isChecked():
            return frozenset()
        return frozenset(field.key for field in self._creatable())

    def missing(self) -> list[str]:
        """Titles of the required fields without a column."""
        columns = self.columns()
        return [tr(f.title) for f in required(self._entity, self._fields) if f.key not in columns]

    def _creatable(self) -> list[Field]:
        columns = self.columns()
        return [f for f in self._fields if f.kind is Kind.REFERENCE and f.key in columns and creatable(f)]

    def _build(self, chosen: dict[int, str]) -> None:
        source = self._source
        assert source is not None
        self.combos, self._chips = [], []
        self.table.setRowCount(0)
        self.table.setRowCount(len(source.titles))
        examples = _examples(source)
        needed = {field.key for field in required(self._entity, self._fields)}
        for column, title in enumerate(source.titles):
            self.table.setItem(column, 0, QTableWidgetItem(" ".join(title.split())))
            example = QTableWidgetItem(examples[column])
            example.setToolTip(examples[column])
            self.table.setItem(column, 1, example)
            combo = QComboBox()
            combo.setAccessibleName(title)
            combo.addItem(tr("— do not import —"), "")
            for field in self._fields:
                combo.addItem(tr(field.title) + (" *" if field.key in needed else ""), field.key)
            combo.setCurrentIndex(max(combo.findData(chosen.get(column, "")), 0))
            combo.currentIndexChanged.connect(lambda _i, column=column: self._choose(column))
            combo.setProperty("steady", True)
            combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            combo.installEventFilter(self)
            chip = QLabel()
            self.combos.append(combo)
            self._chips.append(chip)
            self.table.setCellWidget(column, 2, _padded(combo))
            self.table.setCellWidget(column, 3, _padded(chip, stretch=True))

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """The wheel scrolls the table; it changes no field by accident."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QComboBox):
            event.ignore()
            return True
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def _choose(self, column: int) -> None:
        if self._quiet:
            return
        self._quiet = True
        self._how[column] = _CHOSEN
        key = self.combos[column].currentData()
        # a field is filled by one column
        for other, combo in enumerate(self.combos):
            if key and other != column and combo.currentData() == key:
                combo.setCurrentIndex(0)
        self._quiet = False
        self._update()
        self.changed.emit()

    def _tell(self) -> None:
        if not self._quiet:
            self.changed.emit()

    def _update(self) -> None:
        for column, chip in enumerate(self._chips):
            text, look = self._how.get(column, _NONE) if self.combos[column].currentData() else _NONE
            if chip.property("chip") != look:
                chip.setProperty("chip", look)
                repolish(chip)
            # after the look, so that its padding counts in the size
            chip.setText("")
            chip.setText(tr(text))
        missing = self.missing()
        self._missing.setText(
            tr("Choose a column for: {fields}", fields=tr(", ").join(missing)) if missing else ""
        )
        can_create = self._creatable()
        self.create_missing.setVisible(bool(can_create))
        self.create_missing.setText(
            tr("Create what is missing: {fields}", fields=tr(", ").join(tr(f.title) for f in can_create))
        )

    def retranslate(self) -> None:
        """Texts in the language in force."""
        self.table.setHorizontalHeaderLabels(
            [tr("Column of the file"), tr("First values"), tr("Goes to"), tr("Found by")]
        )
        self._heading[0].setText(tr("Rows that exist already"))
        self._heading[1].setText(tr("Rows with errors"))
        self.duplicates[Duplicates.SKIP].setText(tr("Skip them"))
        self.duplicates[Duplicates.UPDATE].setText(tr("Update them with the file"))
        self.duplicates[Duplicates.CREATE].setText(tr("Create them once more"))
        self.all_or_nothing.setText(tr("One error: import nothing"))
        if self._source is not None:
            self._quiet = True
            self._build({column: key for key, column in self.columns().items()})
            self._quiet = False
        self._update()

    def changeEvent(self, event: QEvent) -> None:
        """Another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _padded(widget: QWidget, stretch: bool = False) -> QWidget:
    box = QWidget()
    layout = QHBoxLayout(box)
    layout.setContentsMargins(4, 3, 8, 3)
    layout.addWidget(widget, 0, LEFT) if stretch else layout.addWidget(widget)
    return box


def _examples(source: Source) -> list[str]:
    rows: Sequence[Row] = []
    if isinstance(source, Table):
        rows = [row for row in source.sample if row.number >= source.first]
    else:
        rows = [row for _, row in zip(range(20), source.rows(), strict=False)]
    found: list[list[str]] = [[] for _ in source.titles]
    for row in rows:
        for column, cell in enumerate(row.cells[: len(found)]):
            text = shown(cell)
            if text and text not in found[column] and len(found[column]) < 4:
                found[column].append(text[:40])
    return [tr(", ").join(values) for values in found]
