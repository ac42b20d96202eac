"""One search box for everything: the box in the head, its results, and who finds them.

Providers answer when they can; each has its own place among the results, so that nothing jumps when a slow
one answers later. Everything is done with the keyboard: type, arrows, Enter; Ctrl+Enter opens beside; Esc
leaves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, lru_cache
from typing import Any, Protocol

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QKeyEvent,
    QPainter,
    QResizeEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from resources import FOLDER
from services.language import tr
from widgets.base.icons import icon, paint_icon
from widgets.base.pages import PageKey
from widgets.base.style import text_size, tokens

DELAY = 30
"""Milliseconds without a key before a search starts: the budget for the result is 100."""
MOST = 8
"""Results shown of each provider."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. ``group`` is the heading in the language in force; ``key`` opens a page, ``run`` does
    something instead."""

    group: str
    title: str
    detail: str = ""
    icon: str = "search"
    key: PageKey | None = None
    run: Callable[[], None] | None = None


class Reach(Enum):
    """How far a search has come."""

    WHOLE = auto()
    """Everything was searched."""
    GOING_ON = auto()
    """This was found so far; another answer follows."""
    CUT = auto()
    """It ended before everything was searched."""


Answer = Callable[[Sequence[Hit], Reach], None]


class SearchProvider(Protocol):
    """Finds something. ``answer`` is called on the UI thread, at once or later, best match first, and again
    with all that was found as long as it was told ``GOING_ON``. Called again with other words before it
    answered, it should drop the older search."""

    def search(self, words: str, answer: Answer) -> None:
        """Find ``words``."""


class CommandProvider:
    """Finds menu commands and open tabs by words, pinyin and initials of their titles."""

    def __init__(self, hits: Callable[[], Sequence[Hit]]) -> None:
        self._hits = hits

    def search(self, words: str, answer: Answer) -> None:
        """Every word must be found in the title or its pinyin."""
        wanted = words.lower().split()
        found = [hit for hit in self._hits() if all(_matches(word, hit.title) for word in wanted)]
        answer(found if wanted else [], Reach.WHOLE)


def _matches(word: str, title: str) -> bool:
    """Two initials stand in the middle of too many titles: only from the start, as long as they are few."""
    plain, *pinyin = _spellings(title)
    return word in plain or any(text.startswith(word) or (len(word) > 2 and word in text) for text in pinyin)


@cache
def _readings() -> dict[str, str]:
    """Usual reading of each common character (installer/make_readings.py)."""
    kept = json.loads((FOLDER / "reference" / "readings.json").read_text("utf-8"))
    return {character: syllable for syllable, characters in kept.items() for character in characters}


@lru_cache(maxsize=2000)
def _spellings(title: str) -> tuple[str, ...]:
    """The title itself, in pinyin, in initials; a title without Chinese has only itself."""
    lower, known = title.lower(), _readings()
    syllables = [known.get(character, character) for character in lower if not character.isspace()]
    if not any(character in known for character in lower):
        return (lower,)
    return (lower, "".join(syllables), "".join(syllable[0] for syllable in syllables))


_HIT = Qt.ItemDataRole.UserRole + 1


class SearchBox(QLineEdit):
    """The box. ``chosen`` tells what the user picked."""

    chosen = Signal(object, bool)
    """Hit, whether it should open beside."""

    def __init__(self, providers: Sequence[SearchProvider], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("search")
        self._providers = list(providers)
        self._answers: dict[int, Sequence[Hit]] = {}
        self._reached: dict[int, Reach] = {}
        self._generation = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self._search)
        self._lens = self.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._key = QLabel("Ctrl+K", self)
        self._key.setProperty("role", "key")
        self._key.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.results = ResultList(self)
        self.results.view.clicked.connect(lambda index: self._choose(index, False))
        self.textEdited.connect(lambda _text: self._timer.start())
        self.retranslate()

    def begin(self) -> None:
        """Take the keyboard, with what was typed before selected."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def _search(self) -> None:
        self._generation += 1
        self._answers.clear()
        self._reached.clear()
        words = self.text().strip()
        if not words:
            self.results.hide()
            return
        generation = self._generation
        for place, provider in enumerate(self._providers):
            provider.search(words, self._taker(generation, place))
        self._show()

    def _taker(self, generation: int, place: int) -> Answer:
        def take(hits: Sequence[Hit], reach: Reach) -> None:
            if generation == self._generation:
                self._answers[place], self._reached[place] = hits[:MOST], reach
                self._show()

        return take

    def _show(self) -> None:
        hits = [hit for place in sorted(self._answers) for hit in self._answers[place]]
        states = self._reached.values()
        reach = Reach.CUT if Reach.CUT in states else Reach.WHOLE
        if len(states) < len(self._providers) or Reach.GOING_ON in states:
            reach = Reach.GOING_ON
        if self.hasFocus():
            self.results.show_hits(hits, reach)

    def _choose(self, index: QModelIndex, beside: bool) -> None:
        hit = index.data(_HIT)
        if isinstance(hit, Hit):
            self._leave()
            self.chosen.emit(hit, beside)

    def _leave(self) -> None:
        self._generation += 1
        self._timer.stop()
        self.results.hide()
        self.clear()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk through the results, Enter opens, Esc leaves."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self._leave()
            self.clearFocus()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.results.step(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self.results.step(6 if key == Qt.Key.Key_PageDown else -6)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._timer.isActive():
                self._timer.stop()
                self._search()
            beside = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self._choose(self.results.view.currentIndex(), beside)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Elsewhere: the results go, what was typed stays."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.results.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The key stands at the right."""
        super().resizeEvent(event)
        size = self._key.sizeHint()
        self._key.setGeometry(
            self.width() - size.width() - 8, (self.height() - size.height()) // 2, size.width(), size.height()
        )
        self.setTextMargins(0, 0, size.width() + 8, 0)

    def retranslate(self) -> None:
        """Set every text in the language in force."""
        self.setPlaceholderText(
            tr("Customers, contacts, products, documents, menu … (pinyin initials work too)")
        )
        self.setToolTip(tr("Search everything (Ctrl+K)"))
        self.setAccessibleName(tr("Search everything"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class ResultList(QFrame):
    """Results under the box, over the page. Never takes the keyboard."""

    def __init__(self, box: SearchBox) -> None:
        super().__init__(box.window())
        self._box = box
        self.setObjectName("search_results")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._model = QStandardItemModel(self)
        self.view = QListView()
        self.view.setModel(self._model)
        self.view.setItemDelegate(_HitDelegate(self.view))
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._note = QLabel()
        self._note.setProperty("role", "muted")
        self._foot = QLabel()
        self._foot.setProperty("role", "small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 6, 4, 2)
        layout.setSpacing(0)
        for widget in (self.view, self._note, self._foot):
            layout.addWidget(widget)
        self.hide()

    def hits(self) -> list[Hit]:
        """What is shown, from top to bottom."""
        found = (self._model.item(row).data(_HIT) for row in range(self._model.rowCount()))
        return [hit for hit in found if isinstance(hit, Hit)]

    def show_hits(self, hits: Sequence[Hit], reach: Reach) -> None:
        """Show ``hits`` under headings, the first one chosen; ``reach`` says whether more may come."""
        before = self.view.currentIndex().data(_HIT)
        self._model.clear()
        heading = None
        for hit in hits:
            if hit.group != heading:
                heading = hit.group
                item = QStandardItem(heading)
                item.setFlags(Qt.ItemFlag.NoItemFlags)
                self._model.appendRow(item)
            item = QStandardItem(hit.title)
            item.setEditable(False)
            item.setData(hit, _HIT)
            self._model.appendRow(item)
        rows = [row for row in range(self._model.rowCount()) if self._model.item(row).data(_HIT) is not None]
        if rows:
            kept = next((row for row in rows if self._model.item(row).data(_HIT) == before), rows[0])
            self.view.setCurrentIndex(self._model.index(kept, 0))
        note = self._note_of(reach, found=bool(rows))
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self.view.setVisible(bool(rows))
        self._foot.setText(tr("↑ ↓ choose    Enter open    Ctrl+Enter open beside    Esc leave"))
        self._place()

    @staticmethod
    def _note_of(reach: Reach, *, found: bool) -> str:
        if reach is Reach.GOING_ON:
            return tr("The search goes on…") if found else tr("Searching…")
        if reach is Reach.CUT:
            return tr("Not everything could be searched. Type more letters and try again.")
        return "" if found else tr("Nothing found. Try fewer letters.")

    def step(self, by: int) -> None:
        """Choose the result ``by`` lines further, past headings."""
        rows = [row for row in range(self._model.rowCount()) if self._model.item(row).data(_HIT) is not None]
        if rows:
            now = self.view.currentIndex().row()
            at = rows.index(now) if now in rows else -1
            new = rows[(at + by) % len(rows)] if abs(by) == 1 else rows[max(0, min(len(rows) - 1, at + by))]
            self.view.setCurrentIndex(self._model.index(new, 0))

    def _place(self) -> None:
        window = self._box.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        corner = self._box.mapTo(window, QPoint(0, self._box.height() + 4))
        wanted = sum(self.view.sizeHintForRow(row) for row in range(self._model.rowCount())) + 2
        room = window.height() - corner.y() - 60
        self.view.setFixedHeight(max(40, min(wanted, room)))
        width = max(self._box.width(), 460)
        self.setFixedWidth(min(width, window.width() - corner.x() - 8))
        inner = self.layout()
        if inner is not None:
            inner.activate()
        self.adjustSize()
        self.move(corner)
        self.raise_()
        self.show()


class _HitDelegate(QStyledItemDelegate):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        scale = max(0.95, text_size() / 13)
        return QSize(100, round((30 if index.data(_HIT) else 24) * scale))

    def paint(self, painter: QPainter, option: Any, index: QModelIndex | QPersistentModelIndex) -> None:
        look, rect, hit = tokens(), QRect(option.rect), index.data(_HIT)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = QFont(painter.font())
        small.setPixelSize(max(11, text_size() - 1))
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        if not isinstance(hit, Hit):
            painter.setFont(small)
            painter.setPen(look.color("muted"))
            painter.drawText(rect.adjusted(10, 0, -8, 0), int(middle), str(index.data()))
        else:
            selected = option.state & QStyle.StateFlag.State_Selected
            if selected or option.state & QStyle.StateFlag.State_MouseOver:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look.color("selected" if selected else "hover"))
                painter.drawRoundedRect(rect.adjusted(2, 1, -2, -1), 6, 6)
            picture = QRect(rect.left() + 12, rect.center().y() - 8, 17, 17)
            paint_icon(painter, picture, hit.icon, look.link if selected else look.muted)
            painter.setPen(look.color("ink"))
            room = rect.adjusted(40, 0, -14, 0)
            title = painter.fontMetrics().elidedText(hit.title, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, int(middle), title)
            room.setLeft(room.left() + painter.fontMetrics().horizontalAdvance(title) + 16)
            painter.setFont(small)
            painter.setPen(look.color("muted"))
            detail = painter.fontMetrics().elidedText(hit.detail, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), detail)
        painter.restore()
