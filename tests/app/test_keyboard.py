"""The keyboard in the whole window: where it stands after a page was opened, and that nothing takes it away."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QToolButton, QWidget

from app.standing_keys import DOCUMENTS, FORMS, LISTS
from app.tour import settle
from app.workplace import Workplace
from services.registry import ALL
from tests.app.windows import new_pages
from widgets.base.list_page import ListPage
from widgets.base.pages import PageKey
from widgets.base.record_form import RecordForm
from widgets.base.simple_page import SimplePage
from widgets.views import PAGES

NEW = (
    *("customers.customer", "customers.contact", "products.product", "sales.order", "finance.payment"),
    *("activities.record", "activities.task", "purchasing.request"),
)


class _Windows(QObject):
    """Remembers which widgets were shown as windows of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Nothing is kept back."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(type(watched).__name__)
        return False


def test_no_part_of_a_page_flashes_up_as_a_window(place: Workplace) -> None:
    windows = _Windows()
    application = QApplication.instance()
    assert application is not None
    keys = [key for key in PAGES if place.source.may(key)]
    keys += [PageKey(entity) for entity in ("customers.customer", "sales.order", "stock.balance")]
    keys += [PageKey(entity, "new", 1) for entity in NEW]
    keys += [PageKey("customers.customer", "record", 1), PageKey("products.product", "record", 1)]
    application.installEventFilter(windows)
    try:
        for key in keys:
            place.window.open(key)
            settle(quiet=0.05)
    finally:
        application.removeEventFilter(windows)
    assert windows.shown == []
    assert place.window.isActiveWindow()


@pytest.mark.parametrize("entity", NEW)
def test_a_new_record_is_typed_at_once_and_the_cursor_stays_while_one_looks_elsewhere(
    place: Workplace, entity: str
) -> None:
    window, key = place.window, PageKey(entity, "new", 1)
    window.open(key)
    settle(quiet=0.05)
    page, field = window.workspace.page(key), QApplication.focusWidget()
    assert isinstance(field, QLineEdit) and page is not None and page.isAncestorOf(field)
    other = page.findChildren(QLineEdit)[-1]
    if other.isVisible() and other.isEnabled():
        other.setFocus()
    held = QApplication.focusWidget()
    window.open(PageKey("sales.order"))
    settle(quiet=0.05)
    assert QApplication.focusWidget() is not held
    window.open(key)
    settle(quiet=0.05)
    now = QApplication.focusWidget()
    assert now is not None and page.isAncestorOf(now)


READ_ONCE = {PageKey("system.manual", "page")}
"""Pages that read nothing which could change."""


def _readers(page: QWidget) -> list[tuple[QWidget, str]]:
    """The page, or the one shown inside it, that can read again, and by which method."""
    for one in (page, *page.findChildren(SimplePage)):
        for name in ("reload", "refresh"):
            if hasattr(one, name) and one.isVisibleTo(page.window()):
                return [(one, name)]
    return []


@pytest.mark.req("PLT-04")
def test_every_page_reads_again_with_f5(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    window, silent = place.window, []
    for key in PAGES:
        if not place.source.may(key) or key in READ_ONCE:
            continue
        window.open(key)
        settle(quiet=0.05)
        page = window.workspace.page(key)
        assert page is not None
        called: list[str] = []
        for one, name in _readers(page):
            monkeypatch.setattr(one, name, lambda called=called: called.append("read"))
        focus = QApplication.focusWidget()
        assert focus is not None and (focus is page or page.isAncestorOf(focus)), key
        QTest.keyClick(focus, Qt.Key.Key_F5)
        if called != ["read"]:
            silent.append(f"{key.entity}.{key.view}: {type(focus).__name__} {called}")
        monkeypatch.undo()
    assert silent == []


@pytest.mark.req("PLT-04")
@pytest.mark.parametrize(
    "key",
    [
        *(PageKey(entity) for entity in ("organisation.branch", "organisation.user", "organisation.role")),
        PageKey("system.numbering", "page"),
        PageKey("system.attachment", "space"),
    ],
    ids=lambda key: key.entity,
)
def test_ctrl_s_presses_save_on_pages_with_a_form_beside_their_list(place: Workplace, key: PageKey) -> None:
    place.window.open(key)
    settle(quiet=0.05)
    page = place.window.workspace.page(key)
    assert isinstance(page, SimplePage)
    (save,) = page._saves
    pressed: list[bool] = []
    save.clicked.disconnect()
    save.clicked.connect(lambda _on=False: pressed.append(True))
    save.setEnabled(True)
    QTest.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert len(pressed) == 1


def test_ctrl_s_saves_the_card_that_is_typed_into(place: Workplace) -> None:
    key = PageKey("organisation.user", "personal")
    place.window.open(key)
    settle(quiet=0.05)
    page = place.window.workspace.page(key)
    assert isinstance(page, SimplePage)
    pressed: list[int] = []
    for number, button in enumerate(page._saves):
        button.clicked.disconnect()
        button.clicked.connect(lambda _on=False, number=number: pressed.append(number))
    for edit in ("phone", "old"):
        field = getattr(page, edit)
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert pressed == [0, 1]


def _sequences(shortcut: QShortcut) -> list[QKeySequence]:
    keys = shortcut.keys()
    return list(keys)


def _keys_below(page: QWidget) -> list[tuple[str, QWidget, bool]]:
    """Keys in force on ``page``, the widget that they belong to, whether its children have them too."""
    found = []
    alone = Qt.ShortcutContext.WidgetShortcut
    for shortcut in page.findChildren(QShortcut):
        above = shortcut.parent()
        if isinstance(above, QWidget) and above.window() is page.window():
            found += [(each.toString(), above, shortcut.context() != alone) for each in _sequences(shortcut)]
    for widget in (page, *page.findChildren(QWidget)):
        for action in widget.actions():
            if isinstance(action, QAction) and widget.window() is page.window():
                wide = action.shortcutContext() != alone
                found += [(each.toString(), widget, wide) for each in action.shortcuts()]
    return found


def _every_key(place: Workplace) -> list[PageKey]:
    lists = ("customers.customer", "sales.order", "stock.balance", "products.product", "organisation.branch")
    records = (
        "customers.customer",
        "products.product",
        "sales.order",
        "customers.contact",
        "activities.task",
    )
    return [
        *(key for key in PAGES if place.source.may(key)),
        *(PageKey(entity) for entity in lists),
        *(PageKey(entity, "record", 1) for entity in records),
        *(PageKey(entity, "new", 1) for entity in NEW),
    ]


def test_no_key_of_a_page_means_two_things(place: Workplace) -> None:
    """Two shortcuts of one key where both are in force: Qt then runs neither."""
    twice = []
    for key in _every_key(place):
        place.window.open(key)
        settle(quiet=0.05)
        page = place.window.workspace.page(key)
        assert page is not None
        keys = _keys_below(page)
        windows = {
            sequence: place.window
            for action in place.window.actions()
            for sequence in (each.toString() for each in action.shortcuts())
        }
        for at, (sequence, widget, wide) in enumerate(keys):
            if sequence in windows:
                twice.append(f"{key.entity}.{key.view}: {sequence} is the window's too")
            for other, place_of, others_wide in keys[at + 1 :]:
                both = (
                    widget is place_of
                    or (wide and widget.isAncestorOf(place_of))
                    or (others_wide and place_of.isAncestorOf(widget))
                )
                if sequence == other and both:
                    twice.append(f"{key.entity}.{key.view}: {sequence} in {widget} and {place_of}")
    assert twice == []


def test_every_picture_button_has_a_name_that_can_be_read_aloud(place: Workplace) -> None:
    """A tip is a description only: without a text or a name of its own, a screen reader says "button"."""
    silent = set()
    for key in _every_key(place):
        place.window.open(key)
        settle(quiet=0.05)
        page = place.window.workspace.page(key)
        assert page is not None
        for button in (*page.findChildren(QAbstractButton), *place.window.head.findChildren(QToolButton)):
            # Qt's own parts of inputs (arrows, the corner of a table) are no stop of the keyboard
            own = (
                type(button).__module__.startswith("PySide6")
                and button.focusPolicy() == Qt.FocusPolicy.NoFocus
            )
            if button.isVisible() and not own and not button.text() and not button.accessibleName():
                above = button.parentWidget()
                silent.add(
                    f"{type(button).__name__} in {type(above).__name__}: {button.toolTip()!r} ({key.entity})"
                )
    assert not silent, "\n".join(sorted(silent))


def _native(keys: str) -> str:
    """As the page of keys writes them: the arrows have names in each language."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def test_the_page_of_keys_names_those_of_lists_forms_and_documents_and_they_are_in_force(
    place: Workplace,
) -> None:
    lines = {(line.group, line.keys) for line in place.window.shortcut_lines()}
    for key, declared in (
        (PageKey("customers.contact"), LISTS),
        (PageKey("customers.contact", "new", 1), FORMS),
        (PageKey("sales.order", "new", 1), DOCUMENTS),
    ):
        place.window.open(key)
        settle(quiet=0.05)
        page = place.window.workspace.page(key)
        assert page is not None
        there = {sequence for sequence, _widget, _wide in _keys_below(page)}
        assert not {keys for keys, _title in declared} - there
        assert {_native(keys) for keys, _title in declared} <= {keys for _group, keys in lines}


@pytest.mark.req("PLT-07")
def test_delete_asks_in_every_list_and_esc_leaves_everything_there(place: Workplace) -> None:
    silent, asked = [], 0
    for entity in ALL:
        if not place.client.can(entity, "view"):
            continue
        key = PageKey(entity.key)
        place.window.open(key)
        settle(quiet=0.05)
        page = place.window.workspace.page(key)
        if not isinstance(page, ListPage) or "delete" not in page.actions_.actions or not page.total:
            continue
        before = page.total
        page.table.setFocus()
        page.table.setCurrentIndex(page.model.index(0, 1))
        QTest.keyClick(page.table, Qt.Key.Key_Delete)
        settle(quiet=0.05)
        asked += page.panel.isVisible()
        if not page.panel.isVisible() and not page.messages.messages:
            silent.append(f"{entity.key}: neither asked nor told why not")
        if page.panel.isVisible():
            focus = QApplication.focusWidget()
            assert focus is not None
            QTest.keyClick(focus, Qt.Key.Key_Escape)
            if page.panel.isVisible() or QApplication.focusWidget() is not page.table:
                silent.append(f"{entity.key}: Esc does not lead back to the list")
        page.reload()
        settle(quiet=0.05)
        assert page.total == before, entity.key
    assert asked > 5
    assert silent == []


@pytest.mark.req("PLT-07")
def test_alt_and_the_arrows_turn_the_pages_of_a_list_from_wherever_the_keyboard_is_in_it(
    place: Workplace,
) -> None:
    place.window.open(PageKey("customers.customer"))
    settle(quiet=0.05)
    page = place.window.workspace.page(PageKey("customers.customer"))
    assert isinstance(page, ListPage) and page.total is not None and page.total > 30
    alt = Qt.KeyboardModifier.AltModifier
    first = page.model.row_at(0)
    for focus in (page.table, page.search):
        focus.setFocus()
        QTest.keyClick(focus, Qt.Key.Key_Right, alt)
        settle(quiet=0.05)
        assert page.model.row_at(0) != first
        QTest.keyClick(focus, Qt.Key.Key_Left, alt)
        settle(quiet=0.05)
        assert page.model.row_at(0) == first


@pytest.mark.req("PLT-07")
def test_ctrl_s_is_in_force_in_every_form_and_document(place: Workplace) -> None:
    without = []
    for entity, page in new_pages(place):
        if "Ctrl+S" not in {sequence for sequence, _widget, _wide in _keys_below(page)}:
            without.append(entity.key)
    # a payment is posted (F9) and never lies there as a draft, a choice of the dictionary is written when it is typed
    assert without == ["finance.payment", "system.choice"]


@pytest.mark.req("PLT-07")
def test_enter_on_the_save_button_that_the_last_field_led_to_saves(
    place: Workplace,
) -> None:
    key = PageKey("customers.contact", "new", 1)
    place.window.open(key)
    settle(quiet=0.05)
    page = place.window.workspace.page(key)
    assert page is not None
    form = page if isinstance(page, RecordForm) else page.findChild(RecordForm)
    assert isinstance(form, RecordForm)
    pressed: list[bool] = []
    form.head.save.clicked.connect(lambda: pressed.append(True))
    form.head.save.setFocus()
    QTest.keyClick(form.head.save, Qt.Key.Key_Return)
    assert pressed == [True]
    assert any(editor.error() for editor in form.fields.editors.values()), (
        "an empty form is told what is missing"
    )
