"""The form of a customer: the generic one, which says while a name is typed whether somebody has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from widgets.base.client import Client
from widgets.base.record_form import RecordForm
from widgets.customers.taken import TakenLabel


class CustomerForm(RecordForm):
    """A new customer, or one who gets another name (CUS-03). A name that is taken is told, not forbidden: branches
    share names."""

    def __init__(
        self,
        client: Client,
        record_id: int | None = None,
        values: Mapping[str, Any] | None = None,
        *,
        with_files: bool = True,
    ) -> None:
        super().__init__(
            client, client.entities["customers.customer"], record_id, values, with_files=with_files
        )
        self.taken = TakenLabel(client, self._name, self, besides=lambda: self.record_id)
        self.taken.hide()
        self._layout.insertWidget(2, self.taken)
        self.taken.told.connect(self._told)
        self.fields.changed.connect(lambda key: self.taken.typed() if key == "name" else None)
        # what was given up or has become his name is nobody's question any more
        self.dirty_changed.connect(self.taken.retranslate)
        self.saved.connect(self.taken.retranslate)

    def _name(self) -> str:
        """The name that is typed; of one who exists only another than he has."""
        typed = str(self.fields.editors["name"].value() or "")
        return "" if self.record_id is not None and typed == self.stored.get("name") else typed

    def _told(self) -> None:
        self.taken.setVisible(self.taken.taken)

    def _type_over(self) -> None:
        """What a draft holds was not typed now, but is asked about as well."""
        super()._type_over()
        if self.dirty() and self._name():
            self.taken.ask()
