"""Pages about a whole kind of records beside its list: import from a file, creation of many in a grid.

``VIEWS`` is what the window's page factory asks, by the ``view`` of the page's key: ``PageKey(entity, "import")``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtWidgets import QWidget

from services.entity import Entity
from services.language import mark
from widgets.base.client import Client


@dataclass(frozen=True, slots=True)
class EntityView:
    """One such page. ``verb`` is the right it needs; ``title`` a source string with {name}."""

    make: Callable[[Client, Entity], QWidget]
    verb: str
    title: str

    def offered(self, client: Client, entity: Entity) -> bool:
        """Whether ``entity`` has such a page for this user."""
        return entity.importable and client.can(entity, self.verb) and client.can(entity, "create")


def _import(client: Client, entity: Entity) -> QWidget:
    from widgets.base.import_wizard import ImportPage

    return ImportPage(client, entity)


def _grid(client: Client, entity: Entity) -> QWidget:
    from widgets.base.batch_grid import BatchGridPage

    return BatchGridPage(client, entity)


VIEWS: Final[Mapping[str, EntityView]] = {
    "import": EntityView(_import, "import", mark("Import: {name}")),
    "grid": EntityView(_grid, "import", mark("New in a grid: {name}")),
}
"""By the ``view`` of their page's key. Modules are imported when the page is first opened."""
