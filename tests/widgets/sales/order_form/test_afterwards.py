"""A confirmed order: what comes of it, what others change meanwhile, and the language it is shown in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from services import language
from tests.conftest import Company
from tests.factories.shop import open_shop, run
from tests.widgets.desk import changed_elsewhere, shell_of
from tests.widgets.sales.order_form.clerk import Clerk, Enter, filled
from widgets.base.caption import Caption
from widgets.sales.goods_dialogs import IssueDialog
from widgets.sales.order_actions import NoteDialog, PaymentDialog


@pytest.mark.req("SAL-09", "FIN-02")
def test_what_comes_of_an_order(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    clerk = filled(qtbot, company, "boss", shop, (0, "10"), (1, "5"))
    form, keeper = clerk.form, company.as_("keeper1")
    form.act("confirm")
    clerk.wait(lambda: not form.busy and form.record and form.record.state == "confirmed")
    form.act("issue")
    issue = form.dialog
    assert isinstance(issue, IssueDialog) and [e.value() for e in issue.quantities] == [10, 5]
    issue.quantities[0].set_value(Decimal(11))
    issue.run()
    assert issue.problem.text() == "Only 10 of 不锈钢球阀 DN50 are open."
    issue.quantities[0].set_value(Decimal(8))
    issue.quantities[1].set_value(None)
    issue.run()
    clerk.wait(lambda: not form.busy and form.record and form.record.related)
    assert form.record is not None
    run(keeper, "stock.post_issue", issue_id=form.record.related[0].id)
    changed_elsewhere(form.client, "sales.order", form.record.id)
    clerk.wait(lambda: not form.busy and form.record and form.record.delivery_state == "partly")
    assert form.lines.model.text(0, "delivered") == "8" and form.lines.model.text(0, "open") == "2"
    assert form.heading.delivery.text() == "Partly shipped"
    form.act("note")
    note = form.dialog
    assert isinstance(note, NoteDialog)
    note.run()
    clerk.wait(lambda: shell_of(form.client).opened)
    assert shell_of(form.client).opened[0][0] == "delivery.note"
    clerk.settled()
    form.act("payment")
    clerk.wait(lambda: isinstance(form.dialog, PaymentDialog))
    payment = form.dialog
    assert isinstance(payment, PaymentDialog) and payment.amount.value() == 660
    payment.amount.set_value(Decimal(700))
    stars = [caption for caption in payment.findChildren(Caption) if caption.star.isVisibleTo(payment)]
    assert [caption.label.text() for caption in stars] == ["Amount", "Account"]
    assert payment.handled_by.value() == form.client.user.id, (
        "whoever posts took it, unless somebody says else"
    )
    taker = (
        company.psql().execute('SELECT id FROM organisation."user" WHERE login = %s', ("sales2",)).fetchone()
    )
    assert taker is not None
    payment.handled_by.set_value(taker[0])
    payment.editors["payer"].set_value("单雄")
    payment.editors["remark"].set_value("cash at the door")
    payment.run()
    clerk.wait(lambda: not form.busy and form.record and form.record.payment_state == "done")
    paid = company.psql().execute("SELECT handled_by, payer, remark, kind FROM finance.payment").fetchall()
    assert paid == [(taker[0], "单雄", "cash at the door", "payment_kind.goods")]
    assert form.record.received == 660 and form.heading.payment.text() == "Paid"
    assert not form.heading.offered("payment")


def test_typed_input_survives_others_changes(company: Company, qtbot: QtBot) -> None:
    shop = open_shop(company)
    clerk = filled(qtbot, company, "sales1", shop, (0, "10"))
    form = clerk.form
    form.lines.view.begin(0, "quantity")
    clerk.type("12", Enter)
    assert form.record is not None
    changed_elsewhere(form.client, "sales.order", form.record.id)
    assert clerk.said() == ["Somebody else has changed this order."]
    assert form.lines.model.text(0, "quantity") == "12" and not form.can_close()
    form._discard()
    clerk.settled()
    assert form.lines.model.text(0, "quantity") == "10" and form.can_close()


class Echo(dict[str, str]):
    """A language in which every word is marked."""

    def __missing__(self, source: str) -> str:
        return f"«{source}»"

    def get(self, source: str, _default: object = None) -> str:
        return self[source]


def test_the_form_speaks_the_language_in_force(office_form: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    form = office_form.form
    assert form.lines.title.text() == "Lines"
    monkeypatch.setattr(language, "_catalogue", lambda _code: Echo())
    monkeypatch.setattr(language, "_for_one", dict)
    for widget in (form, *form.findChildren(QWidget)):
        QApplication.sendEvent(widget, QEvent(QEvent.Type.LanguageChange))
    shown = [label for label in form.findChildren(QLabel) if label.text() and not label.isHidden()]
    plain = {label.text() for label in shown if "«" not in label.text()}
    data = {"", "曾建平", "李强", "VIP价", "报价", "成交价", "批发价", "上饶主仓", "重庆分仓", "总店门店仓"}
    words = {text for text in plain if any(c.isalpha() for c in text)} - data - {"不锈钢球阀 DN50"}
    assert {text for text in words if text.isascii()} == set(), "every word of the program follows"
    assert form.heading.state.text() == "«Draft»" and form.title().startswith("«Draft")
