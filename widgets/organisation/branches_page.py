"""The company and its branches (ORG-01): the list and the form of the chosen one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from services import records
from services.commands import Changes
from services.language import mark, tr
from services.organisation import commands, queries
from services.organisation.entities import BRANCH_ENTITY
from widgets.base.client import Client
from widgets.base.editors.picture import PictureEditor
from widgets.base.simple_page import fill_table, make_button, make_table
from widgets.base.style import text_size
from widgets.organisation.typed_form import FormPage, TypedFields, TypedForm, chosen_field, line_field


class BranchesPage(FormPage):
    """The one without a superior is the company itself: its data stand on printed documents."""

    name = mark("Company and branches")
    watched = frozenset({"organisation.branch"})

    def __init__(self, client: Client, parent: QWidget | None = None, *, chosen: int | None = None) -> None:
        super().__init__(client, parent)
        self._branches: list[dict[str, Any]] = []
        self.branch: dict[str, Any] | None = None
        self._to_choose = chosen
        self.add_button = self.button("plus", self.start_new, primary=True)
        self.add_button.setVisible(client.user.can("organisation.branch.create"))
        self.offer_list(BRANCH_ENTITY)
        self.table = make_table(3, (220, 120))
        self.table.currentCellChanged.connect(lambda row, *_rest: self._choose(row))
        self.fields = {field.key: QLineEdit() for field in BRANCH_ENTITY.fields if field.key != "parent_id"}
        self.above = QComboBox()
        self.logo, self.logo_label = (
            PictureEditor(client, "organisation.branch", "logo_id", longest=1024),
            QLabel(),
        )
        self.logo.changed.connect(self.keep_logo)
        self.labels = {field.key: QLabel() for field in BRANCH_ENTITY.fields}
        self.form_heading = QLabel()
        self.form_heading.setProperty("role", "heading")
        self.save_button = make_button("save", self.save, primary=True)
        self.saved_by(self.save_button)
        self.delete_button = make_button("trash-2", self.delete)
        card = QFrame()
        card.setProperty("card", True)
        inner = QWidget()
        lines = QFormLayout(inner)
        lines.setContentsMargins(0, 0, 8, 0)
        lines.setSpacing(8)
        for field in BRANCH_ENTITY.fields:
            edit = self.fields.get(field.key, self.above)
            if isinstance(edit, QLineEdit) and field.length:
                edit.setMaxLength(field.length)
            lines.addRow(self.labels[field.key], edit)
            self.labels[field.key].setBuddy(edit)
        lines.addRow(self.logo_label, self.logo)
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        row = QHBoxLayout()
        row.addWidget(self.form_heading)
        row.addStretch(1)
        row.addWidget(self.save_button)
        column.addLayout(row)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(inner)
        # as wide as the longest line, in either language: sideways nobody looks for the rest
        card.setMinimumWidth(38 * text_size())
        # the card shows through
        inner.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
        column.addWidget(area, 1)
        column.addWidget(self.delete_button, 0, Qt.AlignmentFlag.AlignLeft)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.table)
        split.addWidget(card)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.setProperty("gap", True)
        # a wide screen gives its room to the list: lines of a form as wide as that are hard to read
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 0)
        split.setSizes([560, 560])
        layout = QVBoxLayout(self.beside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)
        titles = {field.key: field.title for field in BRANCH_ENTITY.fields}
        lines_by_key = {key: line_field(partial(tr, titles[key]), edit) for key, edit in self.fields.items()}
        above = chosen_field(lambda: tr(titles["parent_id"]), self.above, none=0)
        self.typed = TypedForm(self, BRANCH_ENTITY, TypedFields({**lines_by_key, "parent_id": above}), column)
        for edit in self.fields.values():
            edit.textChanged.connect(self.typed.measure)
        self.above.currentIndexChanged.connect(self.typed.measure)
        self.keep_input()
        self.retranslate()
        self.reload()

    def reload(self) -> None:
        """Read the branches."""
        self.read(queries.branches, self._take)

    def _take(self, found: Any) -> None:
        wanted = self._to_choose or (self.branch["id"] if self.branch else None)
        fresh = self.branch is not None and self.branch["id"] is None and self._to_choose is None
        self._branches, self._to_choose = found, None
        fill_table(
            self.table,
            ((b["id"], (b["name"], b["short_name"] or "", b["phone"] or "")) for b in found),
        )
        row = next((n for n, b in enumerate(found) if b["id"] == wanted), -1)
        if row < 0 and (fresh or self.typed.dirty()):
            # a new one, or one that somebody has deleted: what is typed stays
            self.table.setCurrentCell(-1, -1)
            self.typed.read_again(None)
            return
        row = max(row, 0) if found else -1
        self.table.setCurrentCell(row, 0)
        self._choose(row)

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self._branches):
            self._show_branch(self._branches[row])

    def start_new(self) -> None:
        """An empty form for a branch of the company."""
        self.table.setCurrentCell(-1, -1)
        head = self._branches[0]["id"] if self._branches else None
        self._show_branch({"id": None, "version": None, "parent_id": head})
        self.fields["name"].setFocus()

    def show_kept(self, record_id: int | None, typed: Mapping[str, Any]) -> bool:
        """Show the branch that a draft has input for."""
        row = next((n for n, branch in enumerate(self._branches) if branch["id"] == record_id), -1)
        if record_id is None:
            self.start_new()
        elif row >= 0:
            self.table.setCurrentCell(row, 0)
        return record_id is None or row >= 0

    def _show_branch(self, branch: dict[str, Any]) -> None:
        same = self.branch is not None and branch["id"] == self.branch["id"]
        self.branch = branch
        # what is on its way is for this one: read anew it goes on, another one ends it
        if not (same and self.logo.busy):
            self.logo.set_value(branch.get("logo_id"))
        self.typed.open(branch, lambda: self._offer_above(branch))
        self._name_form()

    def _offer_above(self, branch: dict[str, Any]) -> None:
        self.above.clear()
        self.above.addItem("—", None)
        for other in self._branches:
            if other["id"] != branch["id"]:
                self.above.addItem(other["short_name"] or other["name"], other["id"])

    def send(self) -> None:
        """Write the form."""
        if self.branch is None:
            return
        typed = self.typed.fields.values()
        values = {key: None if value == "" else value for key, value in typed.items()}
        branch_id, version = self.branch["id"], self.typed.version
        self.send_as(commands.save_branch, self._saved, values=values, branch_id=branch_id, version=version)

    def _saved(self, changes: Changes) -> None:
        self._to_choose = changes.id
        self.client.shell.message(tr("Saved."), "done")

    def delete(self) -> None:
        """Put a branch where nothing stands any more into the recycle bin; the message brings it back."""
        if self.branch is not None and self.branch["id"] is not None:
            name = str(self.branch["name"])
            self.write(
                records.recycle,
                lambda changes: self._deleted(name, changes),
                entity=BRANCH_ENTITY,
                ids=[self.branch["id"]],
            )

    def _deleted(self, name: str, changes: Changes) -> None:
        self.branch = None
        deletions = changes.result["deletions"]
        self.client.shell.message(
            tr("{name} was deleted.", name=name),
            "done",
            (tr("Undo"), lambda: self.write(records.restore, entity=BRANCH_ENTITY, deletions=deletions)),
        )

    def keep_logo(self) -> None:
        """A logo is kept at once; documents have it from now on."""
        if self.branch is not None and self.branch["id"] is not None:
            self.write(
                commands.set_logo,
                self._saved,
                branch_id=self.branch["id"],
                attachment_id=self.logo.value(),
            )

    def _name_form(self) -> None:
        branch = self.branch or {}
        self.form_heading.setText(branch.get("short_name") or branch.get("name") or tr("New branch"))
        verb = "edit" if branch.get("id") else "create"
        self.save_button.setEnabled(self.client.user.can(f"organisation.branch.{verb}"))
        self.logo.set_read_only(not self.client.user.can("organisation.branch.edit"))
        self.delete_button.setVisible(self.client.user.can("organisation.branch.delete"))
        # the company itself stays
        self.delete_button.setEnabled(bool(branch.get("id") and branch.get("parent_id")))
        for widget in (self.logo, self.logo_label):
            widget.setVisible(bool(branch.get("id")))

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.add_button.setText(tr("New branch"))
        self.save_button.setText(tr("Save"))
        self.delete_button.setText(tr("Delete"))
        self.logo_label.setText(tr("Logo"))
        self.table.setHorizontalHeaderLabels([tr("Name"), tr("Short name"), tr("Phone")])
        for field in BRANCH_ENTITY.fields:
            self.labels[field.key].setText(tr(field.title))
        self._name_form()
