"""How documents are numbered (PLT-36): a pattern per kind, with an example of the next number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from services.clock import today
from services.commands import Changes
from services.language import mark, tr
from services.merging import differences
from services.organisation.rights import entity_title
from services.system import numbering
from widgets.base.client import Client
from widgets.base.simple_page import RECORD, SimplePage, current, fill_table, make_button, make_table
from widgets.base.style import SPIN_MARGINS


class NumberingPage(SimplePage):
    """The kinds at the left, the pattern of the chosen one at the right."""

    name = mark("Document numbers")
    watched = frozenset({"app.numbering"})

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        super().__init__(client, parent)
        self._patterns: list[numbering.Pattern] = []
        self.pattern: numbering.Pattern | None = None
        self.table = make_table(3, (170, 150))
        self.table.currentCellChanged.connect(lambda row, *_rest: self._choose(row))
        self.prefix, self.date_part, self.resets = QLineEdit(), QComboBox(), QComboBox()
        self.prefix.setMaxLength(8)
        self.digits, self.per_branch = QSpinBox(), QCheckBox()
        self.digits.setRange(1, 10)
        self.digits.lineEdit().setTextMargins(*SPIN_MARGINS)
        self.labels = [QLabel() for _ in range(4)]
        self.form_heading, self.example, self.hint = QLabel(), QLabel(), QLabel()
        self.form_heading.setProperty("role", "heading")
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        self.save_button = make_button("save", self.save, primary=True)
        self.saved_by(self.save_button)
        for part in numbering.DATE_PARTS:
            self.date_part.addItem("", part)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.table)
        split.addWidget(self._form())
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.setProperty("gap", True)
        split.setSizes([560, 560])
        self.body.addWidget(split, 1)
        self.prefix.textChanged.connect(lambda _text: self._show_example())
        self.date_part.currentIndexChanged.connect(lambda _at: self._offer_resets())
        self.resets.currentIndexChanged.connect(lambda _at: self._show_example())
        self.digits.valueChanged.connect(lambda _n: self._show_example())
        self.per_branch.toggled.connect(lambda _on: self._show_example())
        self.retranslate()
        self.reload()

    def _form(self) -> QFrame:
        card = QFrame()
        card.setProperty("card", True)
        lines = QFormLayout()
        lines.setSpacing(8)
        for label, field in zip(
            self.labels, (self.prefix, self.date_part, self.digits, self.resets), strict=True
        ):
            lines.addRow(label, field)
            label.setBuddy(field)
        lines.addRow("", self.per_branch)
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        column.addWidget(self.form_heading)
        column.addLayout(lines)
        column.addWidget(self.example)
        column.addWidget(self.hint)
        column.addWidget(self.save_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        return card

    def reload(self) -> None:
        """Read the patterns."""
        self.read(numbering.patterns, self._fill)

    def _fill(self, found: list[numbering.Pattern]) -> None:
        self._patterns = found
        chosen = self.pattern.entity if self.pattern else None
        fill_table(
            self.table,
            (
                (
                    pattern,
                    (
                        entity_title(pattern.entity),
                        numbering.example(pattern, today()),
                        tr(numbering.RESETS[pattern.resets]),
                    ),
                )
                for pattern in found
            ),
        )
        rows = [pattern.entity for pattern in found]
        if not rows:
            return
        at = rows.index(chosen) if chosen in rows else 0
        self._go_to(at)
        typed = self.wanted()
        if typed is not None and self.dirty() and chosen in rows:
            self._meet(self.pattern, typed, found[at])
        else:
            self._show_pattern(found[at])

    def _go_to(self, row: int) -> None:
        self.table.blockSignals(True)
        self.table.setCurrentCell(row, 0)
        self.table.blockSignals(False)

    def _meet(self, was: numbering.Pattern | None, typed: numbering.Pattern, now: numbering.Pattern) -> None:
        """What is typed stays where the pattern is read again; what somebody else changed beside it is taken over."""
        mine = asdict(typed)
        found = differences(mine, was=asdict(was or now), mine=mine, theirs=asdict(now))
        self._show_pattern(now)
        self._fill_form(replace(now, **{each.key: each.chosen for each in found}))
        if any(each.clash for each in found):
            self.bar.warning(
                tr(
                    "Somebody else has changed this pattern to {number}. What you typed is still here.",
                    number=numbering.example(now, today()),
                ),
                (tr("Discard"), lambda: self._show_pattern(now)),
            )

    def dirty(self) -> bool:
        """Whether something is typed that is not saved."""
        wanted = self.wanted()
        return wanted is not None and wanted != self.pattern

    def can_close(self) -> bool:
        """Not with unsaved input, unless it is decided about in the message that then appears."""
        if self.dirty():
            self._ask(lambda: None)
        return not self.dirty()

    def _ask(self, then: Callable[[], None]) -> None:
        pattern = self.pattern

        def discard() -> None:
            self.bar.clear()
            if pattern is not None:
                self._show_pattern(pattern)
            then()

        self.bar.clear()
        self.bar.warning(tr("Save what was typed first."), (tr("Save"), self.save), (tr("Discard"), discard))

    def _choose(self, row: int) -> None:
        item = self.table.item(row, 0)
        if item is None:
            return
        pattern: numbering.Pattern = item.data(RECORD)
        if self.pattern is None or pattern.entity == self.pattern.entity or not self.dirty():
            self._show_pattern(pattern)
            return
        entities = [each.entity for each in self._patterns]
        self._go_to(entities.index(self.pattern.entity))
        self._ask(lambda: self.table.setCurrentCell(row, 0))

    def _show_pattern(self, pattern: numbering.Pattern) -> None:
        self.pattern = pattern
        self.form_heading.setText(entity_title(pattern.entity))
        self._fill_form(pattern)

    def _fill_form(self, pattern: numbering.Pattern) -> None:
        self.prefix.setText(pattern.prefix)
        self.date_part.setCurrentIndex(self.date_part.findData(pattern.date_part))
        self._offer_resets()
        self.resets.setCurrentIndex(self.resets.findData(pattern.resets))
        self.digits.setValue(pattern.digits)
        self.per_branch.setChecked(pattern.per_branch)
        self._show_example()

    def _offer_resets(self) -> None:
        before = self.resets.currentData()
        self.resets.blockSignals(True)
        self.resets.clear()
        for key in numbering.allowed_resets(str(self.date_part.currentData() or "")):
            self.resets.addItem(tr(numbering.RESETS[key]), key)
        self.resets.setCurrentIndex(max(0, self.resets.findData(before)))
        self.resets.blockSignals(False)
        self._show_example()

    def wanted(self) -> numbering.Pattern | None:
        """The chosen kind's pattern as it stands in the form."""
        if self.pattern is None:
            return None
        return replace(
            self.pattern,
            prefix=self.prefix.text().strip().upper(),
            date_part=str(self.date_part.currentData() or ""),
            digits=self.digits.value(),
            resets=str(self.resets.currentData() or "never"),
            per_branch=self.per_branch.isChecked(),
        )

    def _show_example(self) -> None:
        wanted = self.wanted()
        if wanted is not None:
            branch = "BJ" if wanted.per_branch else ""
            self.example.setText(
                tr("Looks like this: {number}", number=numbering.example(wanted, today(), 1, branch))
            )
        self.save_button.setEnabled(self.dirty())
        self.dirty_changed.emit()

    def save(self) -> None:
        """Put the pattern into force for the next document."""
        wanted = self.wanted()
        if wanted is not None:
            self.write(numbering.set_numbering, self._saved, pattern=wanted)

    def _saved(self, _changes: Changes) -> None:
        self.client.shell.message(tr("Saved. The next document is numbered so."), "done")

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.table.setHorizontalHeaderLabels([tr("Document"), tr("Looks like"), tr("Begins at 1 again")])
        texts = (tr("Prefix"), tr("Date in the number"), tr("Digits"), tr("Begins at 1 again"))
        for label, text in zip(self.labels, texts, strict=True):
            label.setText(text)
        day = today()
        shown = (tr("None"), *(f"{day:{form}}" for form in ("%Y%m%d", "%y%m%d", "%Y%m", "%y%m", "%Y", "%y")))
        for at, text in enumerate(shown):
            self.date_part.setItemText(at, text)
        self.per_branch.setText(tr("Each branch with a prefix of its own counts by itself"))
        self.hint.setText(
            tr("Numbers given stay as they are. Posted documents have neither gaps nor numbers twice.")
        )
        self.save_button.setText(tr("Save"))
        self._offer_resets()
        chosen = current(self.table)
        if chosen is not None:
            self._fill(self._patterns)
