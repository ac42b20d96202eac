"""Somebody else changed the document that a page shows: both changes kept, or compared and chosen (PLT-31).

What is typed is put over the record as it is now. What only one of the two changed is in it then, field by field and
line by line; where both changed the same, what is typed here stands, and nothing is written before somebody has chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget

from services.database import Database
from services.entity import Entity
from services.errors import Cancelled
from services.language import tr
from services.merging import Difference, Lines
from services.records import changed_by
from widgets.base.conflict import ConflictPanel
from widgets.base.editors.base import Editor
from widgets.base.keeping import KeptPage
from widgets.base.tasks import Control, TaskSlot


class MetPage(KeptPage, Protocol):
    """What the meeting of two changes needs of a page."""

    @property
    def compared(self) -> Lines:
        """Which of its values are lists of lines."""

    @property
    def editors(self) -> Mapping[str, Editor]:
        """Those of its fields."""

    def load(self) -> None:
        """Read the record; ``PageMeeting.shown`` is called when it stands."""

    def set_dirty(self, dirty: bool) -> None:
        """Say whether something is typed that is not saved."""

    def recall(self, values: Mapping[str, Any]) -> Any:
        """On a pool thread: what has to be read before ``values`` can be shown."""

    def take_up(self, values: Mapping[str, Any], recalled: Any) -> None:
        """Show ``values``; ``recalled`` is what ``recall`` read."""

    def failed(self, error: Exception) -> None:
        """Say what went wrong."""

    def called(self, key: str, value: Any, recalled: Any) -> str:
        """What a field is called, or the line ``value`` of a list (``Lines``)."""

    def words(self, key: str, value: Any, recalled: Any) -> str:
        """What stands in a field or in a line, for comparing."""


class PageMeeting(QObject):
    """The input of ``page`` and its record as it was read last; the panel to compare them stands in ``stack``."""

    comparing = Signal(bool)
    """The panel stands in place of the fields, or not any more."""

    def __init__(self, page: MetPage, stack: QStackedWidget) -> None:
        super().__init__(stack)
        self._page, self._stack = page, stack
        self._over: tuple[Mapping[str, Any], Mapping[str, Any], bool] | None = None
        self._was: Mapping[str, Any] = {}
        self._theirs: Mapping[str, Any] = {}
        self._recalled: Any = None
        self._who = ""
        self._at_once = False
        self._slot = TaskSlot(self)
        self.panel: ConflictPanel | None = None
        """Where the two are compared now."""

    @property
    def busy(self) -> bool:
        """Whether something is read that is to be shown."""
        return self._slot.busy

    @property
    def settled(self) -> bool:
        """Whether nothing waits to be put over the record."""
        return self._over is None

    def base(self) -> Mapping[str, Any]:
        """What stood in the record when what is typed was typed; what is not chosen yet is as it was before both."""
        return self._was

    def put_over(self, values: Mapping[str, Any], base: Mapping[str, Any], *, own: bool = False) -> None:
        """``values`` are to be typed over the record as soon as it is ``shown``. ``base``: what stood there when they
        were typed; empty where they stand as they are. ``own``: what was written since was this page's own."""
        self._over = (values, base, own)

    def meet(self, *, at_once: bool = False) -> None:
        """Read the record, and put what is typed over it; ``at_once`` shows the panel where something clashes."""
        self._at_once = at_once
        self.put_over(self._page.kept(), self._was)
        self._page.load()

    def shown(self) -> None:
        """The page shows the record as it was just read."""
        self.close()
        self._was = self._theirs = self._page.kept()
        self.go_on()

    def go_on(self) -> None:
        """Put over it what waits for that."""
        if self._over is None:
            return
        (values, base, own), page, theirs = self._over, self._page, self._theirs
        if not page.may_type():
            self._over = None
            page.messages.warning(
                tr("What you typed since then is not in it, and it cannot be changed any more.")
            )
            return
        lines, entity, record_id = page.compared, page.entity, page.record_id
        found = lines.differences(was=base, mine=values, theirs=theirs) if base else []
        merged = lines.merged(mine=values, theirs=theirs, found=found, chosen={}) if base else dict(values)
        asked = self._of_all_sides(merged, base, values, theirs)
        database = page.client.database
        wanted = bool(found) and record_id is not None and not own

        def work(_control: Control) -> tuple[Any, int | None]:
            return page.recall(asked), _who(database, entity, record_id) if wanted else None

        def put(answer: tuple[Any, int | None]) -> None:
            self._over = None
            self._recalled, who = answer
            self._who = page.client.dictionary.user(who)
            self._was = lines.before(was=base, theirs=theirs, found=found if not own else [])
            page.take_up(merged, self._recalled)
            page.set_dirty(True)
            if not own:
                self._tell(found)

        def failed(error: Exception) -> None:
            if not isinstance(error, Cancelled):
                # what is to be put in stays: nothing is kept in its place until it stands here
                page.messages.error(error, (tr("Try again"), self.go_on))

        self._slot.start(work, put, failed)

    def _tell(self, found: list[Difference]) -> None:
        at_once, self._at_once = self._at_once, False
        who, say = self._who or tr("Somebody else"), self._page.messages
        clashing = [each for each in found if each.clash]
        theirs = [each for each in found if not each.clash and each.theirs != each.was]
        if theirs:
            say.info(
                tr(
                    "{who} changed {titles} meanwhile; both changes are kept. Look at it, then save.",
                    who=who,
                    titles=self._titles(theirs),
                )
            )
        if clashing and at_once:
            self.compare()
        elif clashing:
            say.warning(
                tr(
                    "{who} changed {titles} too. What you typed stands here until you choose.",
                    who=who,
                    titles=self._titles(clashing),
                ),
                (tr("Compare"), self.compare),
            )

    def _titles(self, found: Iterable[Difference]) -> str:
        return tr(", ").join(dict.fromkeys(self._called(each) for each in found))

    def _called(self, each: Difference) -> str:
        line = next((side for side in (each.mine, each.theirs, each.was) if side is not None), None)
        return self._page.called(each.key, line, self._recalled)

    # -- choosing

    def differences(self) -> list[Difference]:
        """What stands in the page against the record as it was read."""
        return self._page.compared.differences(was=self._was, mine=self._page.kept(), theirs=self._theirs)

    def decided(self) -> bool:
        """Whether nothing is left to choose; else the panel is shown. Nothing is written before."""
        if self._slot.busy:
            return False
        if self._was is self._theirs or not any(each.clash for each in self.differences()):
            return True
        self.compare()
        return False

    def compare(self) -> None:
        """Show the panel in place of the page's fields, as soon as it is known what their lines are called."""
        page, mine = self._page, self._page.kept()
        asked = self._of_all_sides(mine, self._was, self._theirs)

        def show(recalled: Any) -> None:
            self._recalled = recalled
            found = self.differences()
            if found:
                self._show_panel(found)

        self._slot.start(lambda _control: page.recall(asked), show, page.failed)

    def _show_panel(self, found: list[Difference]) -> None:
        self.close()
        each = {one.key: one for one in found}
        panel = ConflictPanel(
            found,
            who=self._who,
            title=lambda key: self._called(each[key]),
            words=lambda key, value: self._words(key, value),
            saves=False,
        )
        panel.decided.connect(lambda chosen: self._choose(found, chosen))
        panel.back.connect(self.close)
        self.panel = panel
        self._stack.addWidget(panel)
        self._stack.setCurrentWidget(panel)
        panel.read_names(self._page.client, self._page.editors)
        panel.save_button.setFocus()
        self.comparing.emit(True)

    def _words(self, key: str, value: Any) -> str:
        if value is None and "/" in key:
            return tr("(no such line)")
        return self._page.words(key, value, self._recalled)

    def _choose(self, found: list[Difference], chosen: Mapping[str, Any]) -> None:
        page = self._page
        merged = page.compared.merged(mine=page.kept(), theirs=self._theirs, found=found, chosen=chosen)
        self.close()

        def put(recalled: Any) -> None:
            self._recalled, self._was = recalled, self._theirs
            page.messages.clear()
            page.take_up(merged, recalled)
            page.set_dirty(True)

        self._slot.start(lambda _control: page.recall(merged), put, page.failed)

    def _of_all_sides(self, values: Mapping[str, Any], *sides: Mapping[str, Any]) -> dict[str, Any]:
        """``values`` with the lines of every side: what they are called is to be known for comparing too."""
        named = self._page.compared.named_by
        return {
            **values,
            **{key: [line for side in (values, *sides) for line in side.get(key) or ()] for key in named},
        }

    def close(self) -> None:
        """The page's fields again."""
        if self.panel is not None:
            self._stack.setCurrentIndex(0)
            self._stack.removeWidget(self.panel)
            self.panel.deleteLater()
            self.panel = None
            self.comparing.emit(False)


def _who(database: Database, entity: Entity, record_id: int | None) -> int | None:
    if record_id is None:
        return None
    with database.read_session() as session:
        return changed_by(session, entity=entity, record_id=record_id)
