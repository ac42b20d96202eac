"""Roles and rights (ORG-05, ORG-06): roles at the left, the tick list of the chosen one at the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from models.permissions import BOSS_ONLY
from services import records
from services.commands import Changes
from services.language import mark, tr
from services.organisation import commands, queries, rights
from services.organisation.entities import ROLE_ENTITY
from widgets.base.client import Client
from widgets.base.simple_page import current, fill_table, make_table
from widgets.base.style import text_size
from widgets.organisation.typed_form import FormPage, TypedField, TypedFields, TypedForm, line_field

_RIGHT = Qt.ItemDataRole.UserRole
WIDEST = 1.5
"""Most room of the areas' column, as a multiple of its longest line: on a wide screen the eye would lose the line."""
CHECKED, UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class RightsTree(QTreeWidget):
    """The tick list: a branch per area, a line per kind of record with a box per verb, special rights below.

    Ticking any verb ticks 'view' with it, and taking 'view' away takes the others: no other verb works without.
    """

    changed = Signal()

    def __init__(self, own: Set[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._given = own - BOSS_ONLY
        self._boxes: dict[str, tuple[QTreeWidgetItem, int]] = {}
        self._fixed = False
        self._sources: Mapping[str, Sequence[str]] | None = None
        self.setColumnCount(1 + len(rights.VERBS))
        self.setAlternatingRowColors(False)
        self.setUniformRowHeights(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._least = 0
        """Pixels of the areas' column at least: its longest line of verbs is not cut."""
        self._build()
        self.itemChanged.connect(self._ticked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The areas take the room beside the boxes, up to where a box would stand too far from its name; where there is
        too little, the tree scrolls."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        boxes = sum(self.columnWidth(column) for column in range(1, self.columnCount()))
        room = min(self.viewport().width() - boxes, round(self._least * WIDEST))
        self.setColumnWidth(0, max(self._least, room))

    def _measure(self) -> None:
        """Columns as wide as their words in the language in force."""
        words, header = self.fontMetrics(), self.header().fontMetrics()
        for column, verb in enumerate(rights.VERBS.values(), 1):
            self.setColumnWidth(column, max(48, header.horizontalAdvance(tr(verb)) + 24))
        titles = [line.title for area in rights.areas() for line in area.lines]
        longest = max(words.horizontalAdvance(title) for title in titles)
        self._least = longest + 2 * self.indentation() + 24
        self._share_room()

    def _build(self) -> None:
        verbs = list(rights.VERBS)
        for area in rights.areas():
            top = QTreeWidgetItem(self)
            top.setData(0, _RIGHT, area)
            font = top.font(0)
            font.setBold(True)
            top.setFont(0, font)
            for line in area.lines:
                item = QTreeWidgetItem(top)
                item.setData(0, _RIGHT, line)
                for verb, right in line.verbs.items():
                    self._box(item, 1 + verbs.index(verb), right)
            for right in area.special:
                item = QTreeWidgetItem(top)
                # what it allows is a sentence: it goes on under the boxes of the verbs
                item.setFirstColumnSpanned(True)
                self._box(item, 0, right)
            top.setExpanded(True)

    def _box(self, item: QTreeWidgetItem, column: int, right: str) -> None:
        item.setCheckState(column, UNCHECKED)
        item.setData(column, _RIGHT, right)
        self._boxes[right] = (item, column)

    def rights(self) -> list[str]:
        """Every right that has a box."""
        return list(self._boxes)

    def fix(self, fixed: bool) -> None:
        """``fixed`` for a role that nobody changes."""
        self._fixed = fixed

    def show_held(self, sources: Mapping[str, Sequence[str]]) -> None:
        """Only show what somebody may: the rights of ``sources``, each with the roles that it comes from."""
        self._sources = sources
        self.fix(True)
        for right in self._boxes:
            self.put(right, right in sources)
        self.retranslate()

    def put(self, right: str, held: bool | None) -> None:
        """Show whether a right is held; nobody ticked it."""
        item, column = self._boxes[right]
        self.blockSignals(True)
        item.setCheckState(column, CHECKED if held else UNCHECKED)
        self.blockSignals(False)

    def is_ticked(self, right: str) -> bool:
        """Whether the box of a right is ticked."""
        item, column = self._boxes[right]
        return bool(item.checkState(column) == CHECKED)

    def ticked(self) -> frozenset[str]:
        """The rights that are ticked."""
        return frozenset(right for right in self._boxes if self.is_ticked(right))

    def tick(self, right: str, on: bool) -> None:
        """Tick as a click does."""
        item, column = self._boxes[right]
        item.setCheckState(column, CHECKED if on else UNCHECKED)

    def _ticked(self, item: QTreeWidgetItem, column: int) -> None:
        right = item.data(column, _RIGHT)
        if not isinstance(right, str):
            return
        on = item.checkState(column) == CHECKED
        self.blockSignals(True)
        if self._fixed or (on and right not in self._given):
            # the database would refuse it: nobody gives what he lacks, or what is the boss's alone
            item.setCheckState(column, UNCHECKED if on else CHECKED)
        elif column > 0:
            for other in range(1, self.columnCount()):
                its = item.data(other, _RIGHT)
                if isinstance(its, str) and on and other == 1 and its in self._given:
                    item.setCheckState(other, CHECKED)
                elif isinstance(its, str) and not on and column == 1:
                    item.setCheckState(other, UNCHECKED)
        self.blockSignals(False)
        self.changed.emit()

    def retranslate(self) -> None:
        """Every title in the language in force."""
        self.blockSignals(True)
        self.setHeaderLabels([tr("Area"), *(tr(verb) for verb in rights.VERBS.values())])
        for row in range(self.topLevelItemCount()):
            top = self.topLevelItem(row)
            if top is None:
                continue
            top.setText(0, top.data(0, _RIGHT).title)
            for place in range(top.childCount()):
                item = top.child(place)
                if item is None:
                    continue
                said = item.data(0, _RIGHT)
                item.setText(0, rights.right_title(said) if isinstance(said, str) else said.title)
        for right, (item, column) in self._boxes.items():
            said = rights.right_title(right)
            item.setToolTip(column, "\n".join([said, *self._why_not(right)]))
            item.setData(column, Qt.ItemDataRole.AccessibleTextRole, said)
        self.blockSignals(False)
        self._measure()

    def _why_not(self, right: str) -> list[str]:
        if self._sources is not None:
            return list(self._sources.get(right, ()))
        if right in BOSS_ONLY:
            return [tr("This right is the boss's alone, so it cannot be given.")]
        return [] if right in self._given else [tr("You do not have this right, so you cannot give it.")]

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class RolesPage(FormPage):
    """All roles with the number of their users, and the rights of the chosen one."""

    name = mark("Roles and rights")
    watched = frozenset({"organisation.role", "organisation.user_role"})

    def __init__(self, client: Client, parent: QWidget | None = None, *, chosen: int | None = None) -> None:
        super().__init__(client, parent)
        self._roles: list[queries.RoleRow] = []
        self.role: queries.RoleRow | None = None
        self._to_choose = chosen
        can = client.user.can
        self.offer_list(ROLE_ENTITY)
        self.copy_button = self.button("copy", self.copy)
        self.delete_button = self.button("trash-2", self.delete)
        self.save_button = self.button("save", self.save, primary=True)
        self.saved_by(self.save_button)
        self.copy_button.setVisible(can("organisation.role.create"))
        self.delete_button.setVisible(can("organisation.role.delete"))
        self.save_button.setVisible(can("organisation.role.edit"))
        self.table = make_table(2, (130, 70), figures=(1,))
        self.table.currentCellChanged.connect(lambda *_cells: self._choose())
        self.name_edit, self.name_label, self.hint = QLineEdit(), QLabel(), QLabel()
        self.hint.setProperty("role", "muted")
        self.tree = RightsTree(client.user.rights)
        card = QFrame()
        card.setProperty("card", True)
        right = QVBoxLayout(card)
        right.setContentsMargins(16, 12, 16, 12)
        row = QHBoxLayout()
        row.addWidget(self.name_label)
        self.name_edit.setMaximumWidth(40 * text_size())
        row.addWidget(self.name_edit, 1)
        row.addWidget(self.hint)
        row.addStretch(0)
        right.addLayout(row)
        right.addWidget(self.tree, 1)
        self.typed = TypedForm(self, ROLE_ENTITY, TypedFields(self._fields()), right)
        self.name_edit.textChanged.connect(self.typed.measure)
        self.tree.changed.connect(self.typed.measure)
        self.keep_input()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.table)
        split.addWidget(card)
        split.setStretchFactor(1, 3)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.setProperty("gap", True)
        split.setSizes([210, 990])
        layout = QVBoxLayout(self.beside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)
        self.retranslate()
        self.reload()

    def _fields(self) -> dict[str, TypedField]:
        """The name, and every right by itself: two people who tick different rights are both heard."""
        tree = self.tree
        fields = {
            right: TypedField(
                partial(rights.right_title, right),
                partial(tree.is_ticked, right),
                partial(tree.put, right),
                lambda held: tr("Yes") if held else tr("No"),
            )
            for right in tree.rights()
        }
        return {"name": line_field(lambda: tr("Name"), self.name_edit), **fields}

    def reload(self) -> None:
        """Read the roles."""
        self.read(queries.roles, self._take)

    def _take(self, found: Any) -> None:
        self._roles = found
        kept = self._to_choose if self._to_choose is not None else self.role.id if self.role else None
        self._to_choose = None
        self._fill()
        row = next((n for n, role in enumerate(found) if role.id == kept), -1)
        if row < 0 and self.typed.dirty():
            self.typed.read_again(None)
            return
        if found:
            self.table.setCurrentCell(max(row, 0), 0)
            self.show_role(found[max(row, 0)])

    def _fill(self) -> None:
        fill_table(self.table, ((role, (role.title, f"{role.users}")) for role in self._roles))

    def _choose(self) -> None:
        chosen = current(self.table)
        if chosen is not None:
            self.show_role(chosen)

    def show_role(self, role: queries.RoleRow) -> None:
        """Show the rights of ``role``."""
        self.role = role
        self.tree.fix(role.code == "boss")
        held = {right: right in role.rights for right in self.tree.rights()}
        self.typed.open({**asdict(role), "name": role.title, **held})
        self.retranslate()

    def show_kept(self, record_id: int | None, typed: Mapping[str, Any]) -> bool:
        """Show the role that a draft has ticks for."""
        row = next((n for n, role in enumerate(self._roles) if role.id == record_id), -1)
        if row >= 0:
            self.table.setCurrentCell(row, 0)
        return row >= 0

    def send(self) -> None:
        """Write the chosen role."""
        if self.role is None:
            return
        role, version = self.role, self.typed.version
        # a built-in role keeps its English name, by which it is translated
        name = role.name if self.name_edit.text() == role.title else self.name_edit.text().strip()
        ticked = sorted(self.tree.ticked())
        self._to_choose = role.id
        self.send_as(
            commands.save_role, self._saved, role_id=role.id, version=version, name=name, rights=ticked
        )

    def _saved(self, changes: Changes) -> None:
        self._to_choose = changes.id
        self.client.shell.message(
            tr("Saved. It holds from the next click of everybody who has this role."), "done"
        )

    def copy(self) -> None:
        """A new role with the same rights, as far as the user has them."""
        if self.role is None:
            return
        names = {role.title for role in self._roles}
        name = tr("Copy of {name}", name=self.role.title)
        number = 2
        while name in names:
            name, number = tr("Copy {number} of {name}", number=number, name=self.role.title), number + 1
        self.make_once(
            "copy",
            commands.save_role,
            self._saved,
            name=name,
            rights=sorted(right for right in self.tree.ticked() - BOSS_ONLY if self.client.user.can(right)),
        )

    def delete(self) -> None:
        """Put the chosen role into the recycle bin; the message brings it back."""
        if self.role is None:
            return
        name = self.role.title
        self.write(
            records.recycle,
            lambda changes: self._deleted(name, changes),
            entity=ROLE_ENTITY,
            ids=[self.role.id],
        )

    def _deleted(self, name: str, changes: Changes) -> None:
        self.role = None
        deletions = changes.result["deletions"]
        self.client.shell.message(
            tr("{name} was deleted.", name=name),
            "done",
            (tr("Undo"), lambda: self.write(records.restore, entity=ROLE_ENTITY, deletions=deletions)),
        )

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        self.copy_button.setText(tr("Copy"))
        self.delete_button.setText(tr("Delete"))
        self.save_button.setText(tr("Save"))
        self.name_label.setText(tr("Name"))
        self.table.setHorizontalHeaderLabels([tr("Role"), tr("Users")])
        self.tree.retranslate()
        role = self.role
        if role is not None and role.built_in:
            # its name is that of the language in force; nobody types it
            self.name_edit.setText(role.title)
            self.typed.stored["name"] = role.title
        self.name_edit.setReadOnly(role is None or role.built_in)
        boss = role is not None and role.code == "boss"
        self.save_button.setEnabled(role is not None and not boss)
        self.delete_button.setEnabled(role is not None and not role.built_in)
        self.hint.setText(
            tr("Has every right, and always will.")
            if boss
            else tr("Built in")
            if role and role.built_in
            else ""
        )
        self._fill()
