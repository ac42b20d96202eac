"""The whole form of a new customer: the generic one, which says while a name is typed whether somebody has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from widgets.base.client import Client
from widgets.base.record_form import RecordForm
from widgets.customers.taken import TakenLabel


class CustomerForm(RecordForm):
    """A customer who does not exist yet (CUS-03). A name that is taken is told, not forbidden: branches share names."""

    def __init__(self, client: Client, values: Mapping[str, Any] | None = None) -> None:
        super().__init__(client, client.entities["customers.customer"], None, values)
        self.taken = TakenLabel(client, self._name, self)
        self.taken.hide()
        self._layout.insertWidget(2, self.taken)
        self.taken.told.connect(self._told)
        self.fields.changed.connect(lambda key: self.taken.typed() if key == "name" else None)

    def _name(self) -> str:
        return str(self.fields.editors["name"].value() or "")

    def _told(self) -> None:
        self.taken.setVisible(self.taken.taken)
