"""Departments (ORG-02): the same diagram as the positions, a box for each department."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from services.commands import Changes
from services.language import mark, tr
from services.organisation import commands, queries
from services.organisation.entities import POSITION_ENTITY
from widgets.base.client import Client
from widgets.organisation.diagram_page import NOTHING, DiagramPage
from widgets.organisation.typed_form import TypedFields, TypedForm, line_field

NOBODYS = -1
"""Id of the box of those who belong to no department."""


class DepartmentsPage(DiagramPage):
    """Dragging a department onto another puts it below, with everybody in it; the message undoes it."""

    name = mark("Departments")

    def __init__(self, client: Client, parent: QWidget | None = None) -> None:
        self._may_edit = client.user.can("organisation.position.edit")
        super().__init__(client, parent, may_move=self._may_edit)
        self._positions: dict[int, queries.Place] = {}
        self._teams: dict[int, queries.Place] = {}
        self.diagram.chosen.connect(lambda _id: self._chosen())
        self.diagram.move_wanted.connect(self.move_department)
        self.name_edit, self.inside = QLineEdit(), QLabel()
        self.inside.setWordWrap(True)
        self.diagram.edit_wanted.connect(lambda _id: self.name_edit.setFocus())
        column = self.lay_out((self.name_edit, self.inside, self.people))
        fields = {"name": line_field(lambda: tr("Name"), self.name_edit)}
        self.typed = TypedForm(self, POSITION_ENTITY, TypedFields(fields), column)
        self.name_edit.textChanged.connect(self.typed.measure)
        # positions are the records here too, and have drafts of their own
        self.keep_input(f"{POSITION_ENTITY.key}.departments")
        self.retranslate()
        self.reload()

    def _take(self, places: Any) -> None:
        self._positions = {place.id: place for place in places}
        self._draw()

    def _draw(self) -> None:
        teams = queries.department_tree(list(self._positions.values()))
        self._teams = {team.id: team for team in teams}
        self.show_tree(teams)
        self._chosen()

    def _team(self) -> queries.Place | None:
        return self._teams.get(self.diagram.current() or 0)

    def _chosen(self) -> None:
        team = self._team()
        named = team is not None and team.id != NOBODYS
        self.form_heading.setText(team.name if team else tr("No department chosen"))
        # a department is nothing but its name: another name is another version of it
        self.typed.open(
            {"id": team.id, "version": team.name, "name": team.name} if team and named else NOTHING
        )
        self.inside.setText(team.department if team else "")
        self.people.setText(tr(", ").join(team.people) if team else "")
        self.name_edit.setEnabled(named and self._may_edit)
        self.save_button.setEnabled(named and self._may_edit)

    def show_kept(self, record_id: int | None, typed: Mapping[str, Any]) -> bool:
        """Show the department that a draft has another name for."""
        if record_id not in self._teams:
            return False
        self.diagram.choose(record_id)
        return True

    def move_department(self, moved: int, under: int) -> None:
        """Put a department below another, with the way back in the message."""
        if NOBODYS in (moved, under):
            self.bar.info(tr("Only departments can be moved; give the positions a department first."))
            return
        team, above = self._teams[moved].name, self._teams[under].name
        before = {
            place.id: place.parent_id
            for place in self._positions.values()
            if place.department.strip() == team
        }

        def done(changes: Changes) -> None:
            under = int(changes.result["under"])
            moves = [
                (key, before[key], under)
                for key in changes.ids.get("organisation.position", ())
                if key in before
            ]
            self.client.shell.message(
                tr("{name} stands below {above} now.", name=team, above=above),
                "done",
                (tr("Undo"), lambda: self.write(commands.undo_moves, moves=moves)),
            )

        self.write(commands.move_department, done, department=team, under=above)

    def send(self) -> None:
        """Write the name."""
        team = self._team()
        name, before = self.name_edit.text().strip(), self.typed.version
        if team is not None and name != before:
            self.send_as(
                commands.rename_department,
                lambda _changes: self.client.shell.message(tr("Saved."), "done"),
                department=before,
                name=name,
            )

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        for label, title in zip(self.labels, (tr("Name"), tr("Positions"), tr("People")), strict=True):
            label.setText(title)
        self.hint.setText(
            tr(
                "Drag a department onto another to put it below that one, with everybody in it. Which department a"
                " position belongs to is set at the position; what stands below it belongs to it too."
            )
        )
        self._draw()
