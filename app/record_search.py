"""What Ctrl+K finds beside menu commands: records of every kind, and the commands that make new ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QObject

from services.entity import Entity
from services.global_search import Found, search_everything
from services.language import tr
from services.reading import Reading
from widgets.base.client import Client
from widgets.base.global_search import Answer, Hit, Reach
from widgets.base.pages import PageKey
from widgets.base.tasks import Control, TaskSlot

SOON: Final = 0.5
"""Seconds for the first answer."""
LONG: Final = 15.0
"""Seconds in which the rest is searched while the first answer is on the screen."""
EACH: Final = 4
"""Records shown of one entity."""


class RecordProvider:
    """Records by words, pinyin, initials, number or phone; only the newest search counts.

    What was found in half a second is shown; if not everything could be asked until then, the search goes on
    and what it finds is shown below.
    """

    def __init__(self, client: Callable[[], Client], parent: QObject) -> None:
        self._client = client
        self._slot = TaskSlot(parent)

    def search(self, words: str, answer: Answer) -> None:
        """Find ``words`` in everything the user may see."""
        if not words.strip():
            self._slot.drop()
            answer([], Reach.WHOLE)
            return
        self._ask(words, list(self._client().entities.values()), SOON, [], answer)

    def _ask(
        self, words: str, entities: Sequence[Entity], seconds: float, before: list[Hit], answer: Answer
    ) -> None:
        client = self._client()
        reading = Reading(client.database)

        def work(control: Control) -> Found:
            with reading.session() as session:
                return search_everything(
                    session,
                    entities,
                    client.user,
                    words,
                    limit=EACH,
                    budget=seconds,
                    cancelled=lambda: control.cancelled,
                )

        def done(found: Found) -> None:
            hits = before + [
                hit for group in found.groups for hit in _hits(client.entities[group.entity], group.hits)
            ]
            if found.complete:
                answer(hits, Reach.WHOLE)
            elif seconds < LONG:
                answer(hits, Reach.GOING_ON)
                self._ask(words, [client.entities[key] for key in found.left], LONG, hits, answer)
            else:
                answer(hits, Reach.CUT)

        self._slot.start(work, done, lambda _error: answer(before, Reach.CUT), cancel=reading.cancel)


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
            tr("New {entity}", entity=tr(entity.title)),
            "",
            "plus",
            run=lambda entity=entity: client.shell.new_record(entity.key),  # type: ignore[misc]
        )
        for entity in creatable
        if client.can(entity, "create")
    ]
