"""Every kind of field, with the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from pypinyin import Style, lazy_pinyin
from PySide6.QtCore import QDate, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from services.clock import CHINA, today
from services.entity import Field, Kind
from services.errors import ShukeError
from services.language import use_language
from services.lookup import lookup
from tests.conftest import Company
from tests.factories.forms import CUSTOMER, ENTITIES, name_of
from tests.widgets.desk import client_of, shell_of
from widgets.base.client import Client
from widgets.base.editors import Editor, LineEditor, ReferenceEditor, make_editor
from widgets.base.editors.date import DateEditor
from widgets.base.editors.pick import PickEditor
from widgets.base.editors.text import PhoneEditor, UrlEditor

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def client(office: Company) -> Client:
    with psycopg.connect(
        office.url("sales1").render_as_string(hide_password=False), autocommit=True
    ) as connection:
        for name in ("万州桥头机电有限公司", "万州火锅有限公司", "永川覃记农资"):
            connection.execute("INSERT INTO customers.customer (name) VALUES (%s)", (name,))
    return client_of(office.as_("sales1"), ENTITIES)


@pytest.fixture
def make(qtbot: QtBot, client: Client) -> Make:
    def made(kind: Kind, **more: Any) -> Editor:
        editor = make_editor(client, Field("some", "Some", kind, **more), CUSTOMER)
        qtbot.addWidget(editor)
        editor.show()
        with qtbot.waitActive(editor):
            editor.activateWindow()
        editor.setFocus()
        return editor

    use_language("en")
    return made


def typed(editor: Editor, text: str, *keys: Qt.Key) -> None:
    """Type into the field's input as a person would."""
    target = editor.input()
    assert target is not None
    QTest.keyClicks(target, text) if text.isascii() else target.insert(text)  # type: ignore[attr-defined]
    if not text.isascii() and isinstance(editor, LineEditor | PickEditor):
        editor.line.textEdited.emit(editor.line.text())
    for key in keys:
        QTest.keyClick(target, key)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.TEXT, "  Changhong ", "Changhong"),
        (Kind.PHONE, "0793-8226618", "0793-8226618"),
        (Kind.EMAIL, "li@example.com", "li@example.com"),
        (Kind.URL, "www.example.com", "www.example.com"),
        (Kind.INTEGER, "12*3", 36),
        (Kind.AMOUNT, "1,234.5", Decimal("1234.50")),
        (Kind.AMOUNT, "12345678901.89", Decimal("12345678901.89")),
        (Kind.QUANTITY, "2.5", Decimal("2.50")),
        (Kind.PRICE, "10/3", Decimal("3.33")),
        (Kind.PERCENT, "13%", Decimal("13")),
        (Kind.DATE, "2026-11-21", date(2026, 11, 21)),
        (Kind.REGION, "cq yz", "500103"),
        (Kind.CHOICE, "vip", "customer_category.vip"),
    ],
)
def test_typed_values(make: Make, qtbot: QtBot, kind: Kind, text: str, value: object) -> None:
    editor = make(kind, dictionary="customer_category" if kind is Kind.CHOICE else None)
    with qtbot.waitSignals([editor.changed, editor.finished]):
        typed(editor, text, Qt.Key.Key_Return)
    assert editor.value() == value
    assert type(editor.value()) is type(value)
    assert editor.problem() is None
    shown = editor.line.text()
    editor.set_value(value)
    assert editor.line.text() == shown and editor.value() == value
    editor.set_value(None)
    assert editor.value() is None and editor.line.text() == ""


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.PHONE, "none"),
        (Kind.EMAIL, "li at example"),
        (Kind.URL, "file:///etc/passwd"),
        (Kind.INTEGER, "1.5"),
        (Kind.AMOUNT, "12a"),
        (Kind.DATE, "2026-02-30"),
        (Kind.TIME, "whenever"),
        (Kind.REGION, "nowhere"),
    ],
)
def test_what_is_not_understood_is_said_at_the_field(make: Make, kind: Kind, text: str) -> None:
    editor = make(kind)
    typed(editor, text, Qt.Key.Key_Return)
    assert editor.problem()
    assert editor.error() == editor.problem()
    assert editor.line.text() == text, "what was typed stays"
    editor.line.clear()
    typed(editor, "x")
    assert editor.error() == "", "the mark goes while typing"


def test_moment(make: Make) -> None:
    editor = make(Kind.TIME)
    typed(editor, "t 14:30", Qt.Key.Key_Return)
    value = editor.value()
    assert isinstance(value, datetime) and value.tzinfo is not None
    assert value.astimezone(CHINA).strftime("%H:%M") == "14:30"


def test_day_from_the_calendar(make: Make, qtbot: QtBot) -> None:
    editor = make(Kind.DATE)
    assert isinstance(editor, DateEditor)
    typed(editor, "+7", Qt.Key.Key_Return)
    assert editor.value() == today() + timedelta(days=7)
    QTest.keyClick(editor.line, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    popup = QApplication.activePopupWidget()
    assert popup is not None
    popup.calendar.clicked.emit(QDate(2026, 12, 24))  # type: ignore[attr-defined]
    assert editor.value() == date(2026, 12, 24)


def test_numbers_count_with_the_arrows(make: Make) -> None:
    editor = make(Kind.INTEGER)
    typed(editor, "5", Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down)
    assert editor.value() == 6


def test_long_text_and_yes_no(make: Make) -> None:
    text = make(Kind.LONG_TEXT, length=5)
    typed(text, "ab")
    QTest.keyClick(text.text, Qt.Key.Key_Return)
    typed(text, "c")
    assert text.value() == "ab\nc"
    typed(text, "defg")
    assert text.problem() == "At most 5 characters."
    box = make(Kind.YES_NO)
    assert box.value() is False
    QTest.keyClick(box.box, Qt.Key.Key_Space)
    assert box.value() is True


def test_choice_with_arrows_and_initials(make: Make) -> None:
    editor = make(Kind.CHOICE, dictionary="customer_category")
    QTest.keyClick(editor.line, Qt.Key.Key_F2)
    assert editor.popup.isVisible() and len(editor.popup.options) == 8
    QTest.keyClick(editor.line, Qt.Key.Key_Down)
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    assert editor.value() == "customer_category.ordinary"
    editor.line.selectAll()
    typed(editor, "dls", Qt.Key.Key_Tab)  # 代理商
    assert editor.value() == "customer_category.agent"
    assert editor.line.text() == "Agent"
    editor.line.selectAll()
    QTest.keyClick(editor.line, Qt.Key.Key_Delete)
    assert editor.value() is None


def test_a_closed_choice_is_still_shown(make: Make, client: Client) -> None:
    editor = make(Kind.CHOICE, dictionary="customer_category")
    editor.set_value("customer_category.gone")
    assert editor.value() == "customer_category.gone"
    assert editor.problem() is None


def test_user_by_initials(make: Make, client: Client) -> None:
    editor = make(Kind.USER)
    wanted = next(id_ for id_, name in client.dictionary.users.items() if name == name_of("manager"))
    typed(editor, "".join(lazy_pinyin(name_of("manager"), style=Style.FIRST_LETTER)), Qt.Key.Key_Return)
    assert editor.value() == wanted


def test_region_step_by_step(make: Make) -> None:
    editor = make(Kind.REGION)
    QTest.keyClick(editor.line, Qt.Key.Key_F2)
    row = next(n for n, o in enumerate(editor.popup.options) if o.label == "重庆市")
    for _ in range(row):
        QTest.keyClick(editor.line, Qt.Key.Key_Down)
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    assert editor.value() == "500000"
    assert editor.popup.isVisible(), "its districts follow"
    QTest.keyClick(editor.line, Qt.Key.Key_Down)
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    assert editor.value() == "500101"
    assert editor.line.text() == "重庆市 万州区"


def test_reference_by_initials(make: Make, qtbot: QtBot, client: Client) -> None:
    editor = make(Kind.REFERENCE, reference=CUSTOMER.key)
    assert isinstance(editor, ReferenceEditor)
    typed(editor, "wzqt")
    qtbot.waitUntil(editor.popup.isVisible)
    assert [o.label for o in editor.popup.options] == ["万州桥头机电有限公司", "+ New Customer “wzqt”"]
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    assert isinstance(editor.value(), int)
    assert editor.line.text() == "万州桥头机电有限公司"
    assert editor.hit is not None and editor.hit.number.startswith("C-")
    QTest.keyClick(editor.line, Qt.Key.Key_F4)
    QTest.mouseClick(editor.line, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier)
    assert shell_of(client).opened[-2:] == [(CUSTOMER.key, editor.value())] * 2


def test_reference_newest_question_wins(make: Make, qtbot: QtBot) -> None:
    editor = make(Kind.REFERENCE, reference=CUSTOMER.key)
    typed(editor, "wz")
    qtbot.wait(45)
    typed(editor, "hg")
    qtbot.waitUntil(lambda: bool(editor.popup.options))
    assert editor.popup.options[0].label == "万州火锅有限公司"


def test_reference_not_picked_is_said(make: Make, qtbot: QtBot) -> None:
    editor = make(Kind.REFERENCE, reference=CUSTOMER.key)
    typed(editor, "zzzz")
    qtbot.waitUntil(editor.popup.isVisible)
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    assert editor.value() is None
    assert "zzzz" in editor.error()


def test_reference_new_entry(make: Make, qtbot: QtBot, client: Client) -> None:
    editor = make(Kind.REFERENCE, reference=CUSTOMER.key)
    typed(editor, "Newco")
    qtbot.waitUntil(editor.popup.isVisible)
    QTest.keyClick(editor.line, Qt.Key.Key_Down)
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    assert shell_of(client).made[-1] == (CUSTOMER.key, {"name": "Newco"})


def test_reference_shows_names_of_ids(make: Make, qtbot: QtBot, client: Client) -> None:
    with client.database.read_session() as session:
        hit = lookup(session, CUSTOMER, "覃记")[0]
    editor = make(Kind.REFERENCE, reference=CUSTOMER.key)
    editor.set_value(hit.id)
    qtbot.waitUntil(lambda: editor.line.text() == "永川覃记农资")
    editor.set_value(999999999)
    qtbot.waitUntil(lambda: editor.line.text() == "(not available)")
    assert editor.value() == 999999999


def test_links_are_safe(make: Make) -> None:
    phone = make(Kind.PHONE)
    assert isinstance(phone, PhoneEditor)
    assert not phone.button.isEnabled()
    phone.set_value("0793-8226618转8001")
    assert phone.address().toString() == "tel:07938226618"
    web = make(Kind.URL)
    assert isinstance(web, UrlEditor)
    web.set_value("file:///etc/passwd")
    assert web.address().isEmpty()
    web.set_value("www.example.com")
    assert web.address().toString() == "https://www.example.com"


def test_language_at_run_time(make: Make) -> None:
    editor = make(Kind.CHOICE, dictionary="customer_category")
    editor.set_value("customer_category.vip")
    before = editor.line.text()
    use_language("zh_CN")
    try:
        editor.retranslate()
        assert (before, editor.line.text()) == ("VIP", "VIP客户")
    finally:
        use_language("en")


def test_a_refusal_of_the_server_is_shown(make: Make) -> None:
    editor = make(Kind.TEXT)
    editor.set_error(str(ShukeError("This value is taken already.")))
    assert editor.error() == "This value is taken already."
    assert editor.line.property("state") == "bad"
