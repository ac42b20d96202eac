"""What the dialogs before the window share, first run and login: name at the head, language and style at the foot."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QApplication, QComboBox, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from services.language import LANGUAGES, language, tr
from services.settings import PcSettings
from widgets.base.icons import icon
from widgets.base.language import switch_language
from widgets.base.style import STYLES, change_style, style_asked, tokens


class FrontHead(QWidget):
    """The program's sign, its name, and what it is for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._diamond, self._name, self._claim = QLabel(), QLabel(), QLabel()
        self._name.setProperty("role", "large")
        self._claim.setProperty("role", "muted")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._name)
        words.addWidget(self._claim)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self._diamond)
        row.addLayout(words)
        row.addStretch(1)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text."""
        self._diamond.setPixmap(icon("diamond", "link").pixmap(QSize(40, 40), self.devicePixelRatioF()))
        self._name.setText(tr("Shuke"))
        self._claim.setText(tr("Customers, sales, goods and money in one place"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class LookFoot(QWidget):
    """Language and style of this PC, changed at once; ``row`` takes what else stands at the foot."""

    def __init__(self, settings: PcSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.language, self.style_ = QComboBox(), QComboBox()
        for code, title in LANGUAGES.items():
            self.language.addItem(title, code)
        self.language.setCurrentIndex(self.language.findData(language()))
        for name in STYLES:
            self.style_.addItem("", name)
        self.style_.setCurrentIndex(self.style_.findData(tokens().name))
        self.language.activated.connect(lambda _at: self._use_language())
        self.style_.activated.connect(lambda _at: self._use_style())
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)
        for name, box in (("languages", self.language), ("contrast", self.style_)):
            picture = QLabel()
            picture.setPixmap(icon(name).pixmap(QSize(16, 16), self.devicePixelRatioF()))
            self.row.addWidget(picture)
            self.row.addWidget(box)
        self.row.addStretch(1)
        self.retranslate()

    def _use_language(self) -> None:
        self._settings.language = self.language.currentData()
        switch_language(the_application(), self._settings.language)

    def _use_style(self) -> None:
        self._settings.style = self.style_.currentData()
        change_style(the_application(), self._settings.style, style_asked()[1])

    def retranslate(self) -> None:
        """Set every text."""
        for at, title in enumerate(STYLES.values()):
            self.style_.setItemText(at, tr(title))
        self.language.setAccessibleName(tr("Language"))
        self.style_.setAccessibleName(tr("Style"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def thin_progress() -> QProgressBar:
    """A line that runs while something is done, and keeps its room while nothing is."""
    made = QProgressBar()
    made.setRange(0, 0)
    made.setTextVisible(False)
    made.setFixedHeight(4)
    keep = made.sizePolicy()
    keep.setRetainSizeWhenHidden(True)
    made.setSizePolicy(keep)
    made.hide()
    return made


def the_application() -> QApplication:
    """The one there is."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
