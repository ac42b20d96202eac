"""Complaint: forms freeze at thirty to fifty lines, and Tab goes anywhere. What a key costs does not depend on how many
lines there are, and Tab walks the lines as they are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import event

from services.sales.draft import DraftLine, with_product
from tests.conftest import Company
from tests.factories.shop import Shop
from tests.widgets.sales.order_form.clerk import Clerk, Tab, filled
from widgets.base.product_line import ProductLine
from widgets.sales.lines_model import PLACE

Backtab = Qt.Key.Key_Backtab


class Cost:
    """What was asked of the server, and which rows the grid was told to draw again."""

    def __init__(self) -> None:
        self.statements = 0
        self.rows: list[int] = []
        self.resets = 0


@contextmanager
def measured(clerk: Clerk) -> Iterator[Cost]:
    """What happens meanwhile."""
    cost, model, engine = Cost(), clerk.form.lines.model, clerk.form.client.database.engine

    def asked(*_of: object) -> None:
        cost.statements += 1

    def told(first: object, last: object, *_of: object) -> None:
        cost.rows.extend(range(first.row(), last.row() + 1))  # type: ignore[attr-defined]

    def reset() -> None:
        cost.resets += 1

    event.listen(engine, "before_cursor_execute", asked)
    model.dataChanged.connect(told)
    model.modelReset.connect(reset)
    yield cost
    clerk.qtbot.wait(400)
    model.modelReset.disconnect(reset)
    model.dataChanged.disconnect(told)
    event.remove(engine, "before_cursor_execute", asked)


@pytest.mark.req("SAL-05", "SAL-06")
def test_a_key_costs_the_same_in_a_long_order_as_in_a_short_one(
    module_company: tuple[Company, Shop], qtbot: QtBot
) -> None:
    """One row is drawn again, the facts of one product are read, nothing is read per line."""
    company, shop = module_company
    found = {}
    for lines in (5, 60):
        clerk = filled(qtbot, company, "sales1", shop, (0, "10"))
        form = clerk.form
        hit = form.lines.model.line(0).product
        assert hit is not None
        form.lines.model.add_lines([with_product(DraftLine(), hit, form.lines.model.precision)] * (lines - 1))
        form.lines.view.begin(lines - 1, "quantity")
        clerk.settled()
        qtbot.wait(600)
        with measured(clerk) as cost:
            for text in ("3", "4", "5"):
                form.lines.view.begin(lines - 1, "quantity")
                clerk.type(text, Qt.Key.Key_Return)
                QApplication.processEvents()
        assert form.lines.model.text(lines - 1, "quantity") == "5" and len(form.lines.model.lines()) == lines
        assert set(cost.rows) == {lines - 1} and cost.resets == 0, lines
        found[lines] = (cost.statements, len(cost.rows))
        form.act("save")  # so that nothing is asked when it goes
        clerk.settled()
    assert found[60][1] == found[5][1]
    assert found[60][0] <= found[5][0] + 2, found


@pytest.mark.req("SAL-05", "PLT-07")
def test_tab_walks_the_lines_as_they_are_read_and_leaves_them_at_both_ends(office_form: Clerk) -> None:
    """Forward cell by cell into the next line and on behind the last; backward the same way, out above the first."""
    clerk, form = office_form, office_form.form
    model, view = form.lines.model, form.lines.view
    hit = model.line(0).product
    assert hit is not None
    model.add_lines([with_product(DraftLine(), hit, model.precision)])
    qtbot = clerk.qtbot
    qtbot.wait(50)
    stops = [
        key
        for key in (
            "product",
            "unit",
            "quantity",
            "price",
            "tax_price",
            "discount",
            "rate",
            "total",
            "remark",
        )
        if not view.isColumnHidden(PLACE[key])
    ]
    expected = [(row, key) for row in (0, 1) for key in stops] + [(2, "product")]
    view.begin(0, "product")
    walked = [clerk.cell()]
    for _ in expected[1:]:
        clerk.key(Tab)
        QApplication.processEvents()
        walked.append(clerk.cell())
    assert walked == expected
    back = [clerk.cell()]
    for _ in expected[1:]:
        clerk.key(Backtab, Qt.KeyboardModifier.ShiftModifier)
        QApplication.processEvents()
        back.append(clerk.cell())
    assert back == expected[::-1]
    clerk.key(Backtab, Qt.KeyboardModifier.ShiftModifier)
    qtbot.wait(50)
    assert not view.isAncestorOf(clerk.focus()) and clerk.focus() is not view, "out of the lines"
    above = clerk.focus()
    view.begin(2, "product")
    clerk.wait(lambda: isinstance(clerk.focus(), ProductLine))
    clerk.key(Tab)
    qtbot.wait(50)
    assert not view.isAncestorOf(clerk.focus()) and clerk.focus() not in (view, above)
    assert [line.numbers.quantity for line in model.lines()] == [10, 1], "walking changes nothing"
