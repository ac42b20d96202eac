"""The manual inside the client: chapters at the left, the text at the right, a box that searches all of it."""

from __future__ import annotations

from pathlib import PurePosixPath

from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtGui import (
    QDesktopServices,
    QKeyEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QTextEdit,
    QWidget,
)

from services.language import tr
from services.manual import BEGINNING, Place, chapters, find
from widgets.base.sought_page import SoughtPage
from widgets.base.style import tokens

WHERE = Qt.ItemDataRole.UserRole


class HelpPage(SoughtPage):
    """See the module's docstring. ``show_chapter`` opens it where it is wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chapter = BEGINNING
        self.search.returnPressed.connect(self._open_first)
        self.search.installEventFilter(self)
        self.contents = QListWidget()
        self.contents.setProperty("sections", True)
        self.contents.setWordWrap(True)
        self.contents.setFixedWidth(280)
        self.contents.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.contents.currentItemChanged.connect(lambda item, _old: self._open(item))
        self.text = QTextBrowser()
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        self.text.document().setDocumentMargin(20)
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addWidget(self.contents)
        # longer lines are hard to read
        self.text.setMaximumWidth(920)
        body.addWidget(self.text, 1)
        body.addStretch(0)
        self.body.addLayout(body)
        self.retranslate()

    def title(self) -> str:
        """Text of the tab."""
        return tr("Manual")

    def state(self) -> dict[str, str]:
        """The chapter, so that it opens there again."""
        return {"chapter": self.chapter}

    def restore(self, state: dict[str, str]) -> None:
        """Open the chapter of the last time."""
        self.show_chapter(str(state.get("chapter", BEGINNING)))

    def show_chapter(self, key: str) -> None:
        """Open the chapter ``key`` at its beginning; the search is cleared."""
        self.chapter = key
        self.search.clear()
        self.fill()

    def fill(self) -> None:
        """List the chapters, or the places that hold the words."""
        words = self.search.text().strip()
        self.contents.blockSignals(True)
        self.contents.clear()
        if words:
            for place in find(words):
                title = f"{place.chapter.title} › {place.heading}" if place.heading else place.chapter.title
                item = QListWidgetItem(f"{title}\n{place.line}" if place.line else title)
                item.setData(WHERE, place)
                self.contents.addItem(item)
            if not self.contents.count():
                nothing = QListWidgetItem(tr("The manual says nothing of that."))
                nothing.setFlags(Qt.ItemFlag.NoItemFlags)
                self.contents.addItem(nothing)
        else:
            for chapter in chapters():
                item = QListWidgetItem(chapter.title)
                item.setData(WHERE, Place(chapter, "", ""))
                self.contents.addItem(item)
                if chapter.key == self.chapter:
                    self.contents.setCurrentItem(item)
        self.contents.blockSignals(False)
        if not words:
            self._open(self.contents.currentItem())

    def _open_first(self) -> None:
        if self.contents.currentRow() < 0:
            self.contents.setCurrentRow(0)

    def _open(self, item: QListWidgetItem | None) -> None:
        place = item.data(WHERE) if item is not None else None
        if not isinstance(place, Place):
            return
        self.chapter = place.chapter.key
        self.text.setMarkdown(place.chapter.text)
        self._give_room()
        self.text.moveCursor(QTextCursor.MoveOperation.Start)
        if place.heading:
            self._scroll_to(place.heading)
        self._mark(self.search.text().split())

    def _give_room(self) -> None:
        """Qt sets Markdown tight: room between lines and above headings, headings less huge."""
        cursor = QTextCursor(self.text.document())
        block = self.text.document().begin()
        while block.isValid():
            cursor.setPosition(block.position())
            format_ = block.blockFormat()
            level = format_.headingLevel()
            format_.setLineHeight(140, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            format_.setTopMargin({0: 2, 1: 0}.get(level, 16))
            format_.setBottomMargin(6 if level else 4)
            cursor.setBlockFormat(format_)
            if level:
                cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
                letters = QTextCharFormat()
                letters.setProperty(QTextFormat.Property.FontSizeAdjustment, 2 if level == 1 else 1)
                cursor.mergeCharFormat(letters)
            block = block.next()

    def _scroll_to(self, heading: str) -> None:
        block = self.text.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and block.text().strip() == heading:
                top = self.text.document().documentLayout().blockBoundingRect(block).top()
                self.text.verticalScrollBar().setValue(round(top))
                return
            block = block.next()

    def _mark(self, words: list[str]) -> None:
        """Show where the words that were searched stand."""
        marks = []
        for word in words:
            found = self.text.document().find(word)
            while not found.isNull():
                mark = QTextEdit.ExtraSelection()
                mark.cursor = found
                mark.format.setBackground(tokens().color("selected"))
                marks.append(mark)
                found = self.text.document().find(word, found)
        self.text.setExtraSelections(marks)

    def _follow(self, url: QUrl) -> None:
        key = PurePosixPath(url.path()).stem
        if url.isRelative() and any(chapter.key == key for chapter in chapters()):
            self.show_chapter(key)
        elif url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Down goes from the search into what was found, Escape clears it."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down:
                self._open_first()
                self.contents.setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def retranslate(self) -> None:
        """The manual in the language in force."""
        self.search.setPlaceholderText(tr("Search in the manual"))
        self.contents.setAccessibleName(tr("Chapters"))
        super().retranslate()
