"""Every dialog by keyboard: Enter presses one button that does no harm, Esc asks before it loses anything."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMenuBar,
    QPlainTextEdit,
    QPushButton,
    QTabBar,
    QWidget,
)

from app.tour import settle
from app.tour_scenes import scenes
from app.workplace import Workplace
from services.language import LANGUAGES
from services.lookup import lookup
from services.products.queries import category_tree
from services.settings import PcSettings
from tests.app.windows import app
from widgets.activities.task_page import HandOverDialog as TaskHandOver
from widgets.base.pages import PageKey
from widgets.base.reason_dialog import ReasonDialog
from widgets.organisation.first_run import FirstRunDialog
from widgets.organisation.hand_over_dialog import HandOverDialog
from widgets.organisation.login import LoginDialog
from widgets.products.category_page import MergeDialog
from widgets.sales.new_product import NewProductDialog

pytestmark = pytest.mark.usefixtures("plain")


def _more(place: Workplace) -> Iterator[tuple[str, QDialog]]:
    """Dialogs that the tour has no picture of."""
    client, window = place.client, place.window
    with client.database.read_session() as session:
        nodes = category_tree(session)
        sales = lookup(session, client.entities["organisation.user"], "", limit=3)
    yield "reason", ReasonDialog("Return", "Why?", window)
    yield "reason needed", ReasonDialog("Cancel the payment", "Why?", window, needed=True)
    yield "task to somebody else", TaskHandOver(client, window)
    yield "work to somebody else", HandOverDialog(client, sales[-1].id, sales[-1].label, window)
    yield "new product", NewProductDialog(client, "垫片", window)
    yield "merge", MergeDialog(client, nodes[0], nodes[1:], window)


def _dialogs(place: Workplace) -> Iterator[tuple[str, QDialog]]:
    """Every dialog of the program, shown, one after the other."""
    for scene in scenes(place, settle):
        shown = scene.show()
        settle(quiet=0.05)
        if isinstance(shown, QDialog):
            yield scene.name, shown
            _gone(shown)
    for name, dialog in _more(place):
        dialog.show()
        settle(quiet=0.05)
        yield name, dialog
        _gone(dialog)
    login = LoginDialog(_settings(place))
    login.show()
    yield "login", login
    _gone(login)


def _settings(place: Workplace) -> PcSettings:
    return PcSettings(Path("none.toml"), login=place.client.user.login)


def _gone(dialog: QDialog) -> None:
    try:
        dialog.hide()
        dialog.deleteLater()
    except RuntimeError:
        pass  # closed by the test, and deleted with it
    settle(quiet=0.02)


def _buttons(dialog: QWidget) -> list[QPushButton]:
    return [button for button in dialog.findChildren(QPushButton) if button.isVisible()]


def _lines(dialog: QWidget) -> list[QLineEdit]:
    """Lines that text is typed into."""
    return [
        line
        for line in dialog.findChildren(QLineEdit)
        if line.isVisible()
        and line.isEnabled()
        and not line.isReadOnly()
        and not isinstance(line.parentWidget(), QComboBox | QAbstractSpinBox)
    ]


@pytest.mark.req("PLT-07")
def test_enter_presses_one_button_of_every_dialog_and_none_that_does_harm(place: Workplace) -> None:
    wrong = []
    seen = 0
    for name, dialog in _dialogs(place):
        seen += 1
        dialog.activateWindow()
        buttons = _buttons(dialog)
        default = [button for button in buttons if button.isDefault()]
        primary = [button for button in buttons if button.property("primary") and button.isEnabled()]
        said = ", ".join(button.text() for button in default)
        if not buttons:
            continue  # a window to look at: Esc is all it needs
        if isinstance(dialog, FirstRunDialog):
            wrong += _pressed_where_the_keyboard_is(name, dialog)  # Enter in a field leads to the next one
            continue
        if len(default) != 1:
            wrong.append(f"{name}: {len(default)} defaults ({said}) of {[b.text() for b in buttons]}")
        elif primary and default != primary:
            wrong.append(f"{name}: Enter presses {said}, what stands out is {primary[0].text()}")
        elif default[0].property("danger"):
            wrong.append(f"{name}: Enter presses {said}")
    assert seen > 20
    assert not wrong, "\n".join(wrong)


def _pressed_where_the_keyboard_is(name: str, dialog: QDialog) -> list[str]:
    """None is the default; each is pressed when it has the keyboard."""
    found = []
    for button in _buttons(dialog):
        pressed: list[bool] = []
        button.clicked.disconnect()
        button.clicked.connect(lambda _on=False, pressed=pressed: pressed.append(True))
        button.setFocus()
        QTest.keyClick(button, Qt.Key.Key_Return)
        if button.isEnabled() and pressed != [True]:
            found.append(
                f"{name}: Enter on {button.text() or button.accessibleName()} presses it {len(pressed)} times"
            )
    return found


@pytest.mark.req("PLT-07")
def test_esc_closes_every_dialog_and_asks_before_it_loses_what_was_typed(place: Workplace) -> None:
    wrong = []
    for name, dialog in _dialogs(place):
        if isinstance(dialog, LoginDialog):
            continue  # nothing but a name and a password, and the program ends with it
        typed = _type(dialog)
        held = QApplication.focusWidget()
        if isinstance(dialog, FirstRunDialog):
            QTest.keyClick(dialog, Qt.Key.Key_Escape)  # a step back first, with what was typed
            held = None
        if typed:
            _press_escape(dialog)
            if not dialog.isVisible():
                wrong.append(f"{name}: loses what was typed")
                continue
            _press_escape(dialog)
            if not dialog.isVisible() or (held is not None and QApplication.focusWidget() is not held):
                wrong.append(f"{name}: Esc does not go on typing")
                continue
            dialog.close()
            if not dialog.isVisible():
                wrong.append(f"{name}: its cross loses what was typed")
                continue
            discard = [button for button in _buttons(dialog) if button.text() == "Discard"]
            if len(discard) != 1:
                wrong.append(f"{name}: nothing to discard by")
                continue
            QTest.mouseClick(discard[0], Qt.MouseButton.LeftButton)
        else:
            _press_escape(dialog)
        settle(quiet=0.02)
        if _shown(dialog):
            wrong.append(f"{name}: stays open")
    assert not wrong, "\n".join(wrong)


def _type(dialog: QDialog) -> bool:
    """Type into the first line of text, if there is one that text is typed into."""
    for text in dialog.findChildren(QPlainTextEdit):
        if text.isVisible() and text.isEnabled() and not text.isReadOnly():
            text.setFocus()
            QTest.keyClicks(text, "7")
            return True
    for line in _lines(dialog):
        if line.property("choice") or line.placeholderText() == "Find a name":
            continue
        line.setFocus()
        QTest.keyClicks(line, "7")
        if line.isModified():
            return True
    return False


def _press_escape(dialog: QDialog) -> None:
    focus = QApplication.focusWidget()
    inside = focus is not None and dialog.isAncestorOf(focus)
    QTest.keyClick(focus if inside and focus is not None else dialog, Qt.Key.Key_Escape)


def _shown(dialog: QDialog) -> bool:
    try:
        return dialog.isVisible()
    except RuntimeError:
        return False


MNEMONIC = re.compile(r"(?<!&)&([^&\s])")


def _mnemonics(window: QWidget) -> Counter[str]:
    """How many things in ``window`` are reached by Alt and the same letter."""
    texts: list[str] = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not window:
            continue
        if isinstance(widget, QAbstractButton) or (isinstance(widget, QLabel) and widget.buddy() is not None):
            texts.append(widget.text())
        elif isinstance(widget, QTabBar):
            texts += [widget.tabText(at) for at in range(widget.count())]
        elif isinstance(widget, QMenuBar):
            texts += [action.text() for action in widget.actions()]
    return Counter(found.group(1).upper() for text in texts if (found := MNEMONIC.search(text)))


@pytest.mark.req("PLT-07")
def test_no_letter_of_a_window_means_two_things(place: Workplace) -> None:
    from widgets.base.language import switch_language

    wrong = []
    for name, dialog in _dialogs(place):
        for language in LANGUAGES:
            switch_language(app(), language)
            settle(quiet=0.02)
            twice = [letter for letter, count in _mnemonics(dialog).items() if count > 1]
            wrong += [f"{name} ({language}): Alt+{letter}" for letter in twice]
        switch_language(app(), "en")
    place.window.open(PageKey("customers.customer"))
    for language in LANGUAGES:
        switch_language(app(), language)
        settle(quiet=0.05)
        found = _mnemonics(place.window)
        wrong += [f"window ({language}): Alt+{letter}" for letter, count in found.items() if count > 1]
        assert {"V", "W", "H"} <= set(found)
        # Alt and a digit opens an entry of the menu
        assert not {letter for letter in found if letter.isdigit()}
    assert not wrong, "\n".join(wrong)
