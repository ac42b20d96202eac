"""What tests of the form share: typing, pressing, rows of the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from tests.conftest import Company
from widgets.base.record_form import RecordForm

Open = Callable[..., RecordForm]


def keys(text: str, *after: Qt.Key) -> None:
    """Type into whatever has the keyboard."""
    target = QApplication.focusWidget()
    assert target is not None
    QTest.keyClicks(target, text)
    for key in after:
        QTest.keyClick(target, key)


def press(form: RecordForm, title: str) -> None:
    """Click the button of a message."""
    button = next(b for b in form.messages.findChildren(QPushButton) if b.text() == title)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def said(form: RecordForm) -> str:
    return " ".join(message.text for message in form.messages.messages)


def make(company: Company, login: str = "sales1", **values: Any) -> int:
    names = ", ".join(values)
    marks = ", ".join("%s" for _ in values)
    row = (
        company.psql(login)
        .execute(
            f"INSERT INTO customers.customer ({names}) VALUES ({marks}) RETURNING id", tuple(values.values())
        )
        .fetchone()
    )
    assert row is not None and isinstance(row[0], int)
    return row[0]


def stored(company: Company, record_id: int, *columns: str) -> tuple[Any, ...]:
    row = (
        company.psql()
        .execute(f"SELECT {', '.join(columns)} FROM customers.customer WHERE id = %s", (record_id,))
        .fetchone()
    )
    assert row is not None
    return row


def all_customers(company: Company) -> int:
    row = company.psql().execute("SELECT count(*) FROM customers.customer").fetchone()
    assert row is not None and isinstance(row[0], int)
    return row[0]
