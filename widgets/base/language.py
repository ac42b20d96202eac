"""Switching the language while the program runs, Qt's own texts included."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from services.language import language, use_language

_installed: list[QTranslator] = []


def switch_language(app: QApplication, code: str) -> None:
    """Make ``code`` (a key of ``services.language.LANGUAGES``) the language of everything on the screen.

    Dates, numbers and Qt's own dialogs follow. Every window gets a LanguageChange event, at which widgets set
    their texts again. ValueError for an unknown language; nothing is changed then.
    """
    use_language(code)
    QLocale.setDefault(QLocale(code) if code != "en" else QLocale("en_US"))
    while _installed:
        app.removeTranslator(_installed.pop())
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if code != "en" and translator.load(f"qtbase_{language()}", folder):
        app.installTranslator(translator)
        _installed.append(translator)
    for window in app.topLevelWidgets():
        QApplication.sendEvent(window, QEvent(QEvent.Type.LanguageChange))
