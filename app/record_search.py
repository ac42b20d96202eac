"""What Ctrl+K finds beside menu commands: records of every kind, and the commands that make new ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from services.entity import Entity
from services.global_search import Found, search_everything
from services.language import tr
from widgets.base.client import Client
from widgets.base.global_search import Hit
from widgets.base.pages import PageKey
from widgets.base.tasks import Control, TaskSlot


class RecordProvider:
    """Records by words, pinyin, initials, number or phone; only the newest search counts."""

    def __init__(self, client: Callable[[], Client], parent: QObject) -> None:
        self._client = client
        self._slot = TaskSlot(parent)

    def search(self, words: str, answer: Callable[[Sequence[Hit]], None]) -> None:
        """Find ``words`` in everything the user may see."""
        client = self._client()
        if not words.strip():
            self._slot.drop()
            answer([])
            return

        def work(control: Control) -> Found:
            with client.database.read_session() as session:
                return search_everything(
                    session,
                    list(client.entities.values()),
                    client.user,
                    words,
                    limit=4,
                    cancelled=lambda: control.cancelled,
                )

        def done(found: Found) -> None:
            answer(
                [hit for group in found.groups for hit in _hits(client.entities[group.entity], group.hits)]
            )

        self._slot.start(work, done, lambda _error: answer([]))


def _hits(entity: Entity, found: Sequence[object]) -> list[Hit]:
    hits = []
    for one in found:
        label, detail = getattr(one, "label", ""), getattr(one, "detail", "")
        hits.append(
            Hit(tr(entity.plural), label, detail, entity.icon, key=PageKey(entity.key, "record", one.id))  # type: ignore[attr-defined]
        )
    return hits


def new_hits(client: Client, creatable: Sequence[Entity]) -> list[Hit]:
    """Commands 'New X' for the entities that the user may create by a form."""
    return [
        Hit(
            tr("Commands"),
            tr("New: {what}", what=tr(entity.title)),
            "",
            "plus",
            run=lambda entity=entity: client.shell.new_record(entity.key),  # type: ignore[misc]
        )
        for entity in creatable
        if client.can(entity, "create")
    ]
