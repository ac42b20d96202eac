"""Positions (ORG-02): the tree diagram with the form of the chosen position beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QWidget,
)

from services import records
from services.commands import Changes
from services.language import mark, tr
from services.organisation import commands, queries
from services.organisation.entities import POSITION_ENTITY
from widgets.base.client import Client
from widgets.base.simple_page import make_button
from widgets.organisation.diagram_page import NOTHING, DiagramPage
from widgets.organisation.typed_form import TypedFields, TypedForm, chosen_field, line_field


class PositionsPage(DiagramPage):
    """Moving a box moves everything below it, and changes at once who sees what; the message undoes it."""

    name = mark("Positions")

    def __init__(self, client: Client, parent: QWidget | None = None, *, chosen: int | None = None) -> None:
        can = client.user.can
        super().__init__(client, parent, may_move=can("organisation.position.edit"))
        self._places: dict[int, queries.Place] = {}
        self._adding_below: int | None = None
        self._to_choose = chosen
        self.add_button = self.button("plus", lambda: self.start_below(self.diagram.current()), primary=True)
        self.add_button.setVisible(can("organisation.position.create"))
        self.offer_list(POSITION_ENTITY)
        self.diagram.chosen.connect(self._chosen)
        self.diagram.add_wanted.connect(self.start_below)
        self.diagram.move_wanted.connect(self.move_position)
        self.name_edit, self.department_edit, self.above = QLineEdit(), QLineEdit(), QComboBox()
        self.diagram.edit_wanted.connect(lambda _id: self.name_edit.setFocus())
        # names of positions may be long: they do not press the captions together
        self.above.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.above.setMinimumContentsLength(8)
        self.delete_button = make_button("trash-2", self.delete)
        column = self.lay_out(
            (self.name_edit, self.department_edit, self.above, self.people), self.delete_button
        )
        fields = {
            "name": line_field(lambda: tr("Name"), self.name_edit),
            "department": line_field(lambda: tr("Department"), self.department_edit),
            "parent_id": chosen_field(lambda: tr("Superior position"), self.above),
        }
        self.typed = TypedForm(self, POSITION_ENTITY, TypedFields(fields), column)
        for signal in (
            self.name_edit.textChanged,
            self.department_edit.textChanged,
            self.above.currentIndexChanged,
        ):
            signal.connect(self.typed.measure)
        self.keep_input()
        self.retranslate()
        self._chosen(None)
        self.reload()

    def _take(self, places: Any) -> None:
        self._places = {place.id: place for place in places}
        self.typed.offer_anew(self._offer_above)
        self.show_tree(places)
        wanted, self._to_choose = self._to_choose, None
        if wanted in self._places:
            self._adding_below = None
            self.diagram.choose(wanted)
        if self._adding_below is not None:
            self.typed.read_again(None)
        elif self.typed.record_id is not None and self.typed.record_id not in self._places:
            self.typed.read_again(None)
            if not self.typed.dirty():
                self._chosen(self.diagram.current())
        else:
            self._chosen(self.diagram.current())

    def _offer_above(self) -> None:
        self.above.clear()
        for place, title in queries.place_titles(list(self._places.values())):
            self.above.addItem(title, place)

    def _chosen(self, position_id: int | None) -> None:
        self._adding_below = None
        place = self._places.get(position_id or 0)
        self.typed.open(asdict(place) if place else NOTHING)
        self.people.setText(tr(", ").join(place.people) if place else "")
        self._enable()

    def _enable(self) -> None:
        can, chosen = self.client.user.can, self.diagram.current() is not None
        adding = self._adding_below is not None
        editable = adding or (chosen and can("organisation.position.edit"))
        for field in (self.name_edit, self.department_edit, self.save_button):
            field.setEnabled(editable)
        self.above.setEnabled(editable and not adding)
        self.delete_button.setEnabled(chosen and not adding and can("organisation.position.delete"))
        self.add_button.setEnabled(chosen)
        self._name_form()

    def start_below(self, position_id: int | None) -> None:
        """An empty form for a position below ``position_id``."""
        if position_id is None:
            return
        self.typed.open({"id": None})
        self.people.setText("")
        self._adding_below = position_id
        self.typed.start({"parent_id": position_id})
        self._enable()
        self.name_edit.setFocus()

    def show_kept(self, record_id: int | None, typed: Mapping[str, Any]) -> bool:
        """Show the position that a draft has input for, a new one below the same superior."""
        place = typed.get("parent_id") if record_id is None else record_id
        if place not in self._places:
            return False
        self.diagram.choose(place)
        if record_id is None:
            self.start_below(place)
        return True

    def send(self) -> None:
        """Write the form; another superior chosen in it moves the position."""
        typed = self.typed.fields.values()
        place = self._places.get(self.typed.record_id or 0)
        if place is None and self._adding_below is None:
            return
        position_id, version = self.typed.record_id, self.typed.version
        above = typed["parent_id"] if self._adding_below is None else self._adding_below
        moved = place is not None and above is not None and above != place.parent_id

        def written(changes: Changes) -> None:
            self._saved(changes)
            if moved and place is not None:
                self._say_moved(place, above)

        self.send_as(
            commands.save_position,
            written,
            position_id=position_id,
            version=version,
            name=typed["name"],
            department=typed["department"],
            parent_id=above,
        )

    def _saved(self, changes: Changes) -> None:
        self._to_choose = changes.id
        self.client.shell.message(tr("Saved."), "done")

    def move_position(self, position_id: int, parent_id: int) -> None:
        """Put a position under another, with the way back in the message."""
        place = self._places[position_id]
        self._to_choose = position_id
        self.write(
            commands.move_position,
            lambda _changes: self._say_moved(place, parent_id),
            position_id=position_id,
            parent_id=parent_id,
        )

    def _say_moved(self, place: queries.Place, parent_id: int) -> None:
        before = place.parent_id
        back = (
            (
                tr("Undo"),
                lambda: self.write(commands.undo_moves, moves=[(place.id, before, parent_id)]),
            )
            if before is not None
            else None
        )
        self.client.shell.message(
            tr("{name} stands below {above} now.", name=place.name, above=self._places[parent_id].name),
            "done",
            back,
        )

    def delete(self) -> None:
        """Delete a position that nobody holds and nothing stands below."""
        place = self._places.get(self.diagram.current() or 0)
        if place is not None:
            self.write(records.recycle, self._deleted, entity=POSITION_ENTITY, ids=[place.id])

    def _deleted(self, changes: Changes) -> None:
        deletions = changes.result["deletions"]
        self.client.shell.message(
            tr("The position was deleted."),
            "done",
            (tr("Undo"), lambda: self.write(records.restore, entity=POSITION_ENTITY, deletions=deletions)),
        )

    def _name_form(self) -> None:
        place = self._places.get(self.diagram.current() or 0)
        if self._adding_below is not None:
            self.form_heading.setText(tr("New position"))
        else:
            self.form_heading.setText(place.name if place else tr("No position chosen"))

    def retranslate(self) -> None:
        """Set every text."""
        super().retranslate()
        for button, title in (
            (self.add_button, tr("Add below")),
            (self.delete_button, tr("Delete")),
        ):
            button.setText(title)
        for label, title in zip(
            self.labels, (tr("Name"), tr("Department"), tr("Superior position"), tr("People")), strict=True
        ):
            label.setText(title)
        self.hint.setText(
            tr(
                "Drag a box onto another to put it below that one, with everything under it. By keyboard: arrows"
                " walk, Ctrl+X takes a box, Ctrl+V puts it below the chosen one, Insert adds, Enter edits."
            )
        )
        self._name_form()
        if self._places:
            self.show_tree(list(self._places.values()))
