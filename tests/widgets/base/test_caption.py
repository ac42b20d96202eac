"""Which fields of a document have to be filled in is said the same way everywhere: a star, and words for readers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from services.language import use_language
from tests.conftest import Company
from tests.widgets.desk import client_of
from widgets.base.caption import Caption
from widgets.base.document_page import DocumentPage
from widgets.base.tasks import tasks
from widgets.finance.payment_form import PaymentForm
from widgets.purchasing.request_page import RequestPage
from widgets.sales.order_form import OrderForm
from widgets.stock.receipt_form import ReceiptForm


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    use_language("en")
    yield
    tasks().wait()
    use_language("zh_CN")


def starred(page: DocumentPage | OrderForm) -> set[str]:
    """Captions with a star that is seen."""
    return {caption.label.text() for caption in page.findChildren(Caption) if caption.star.isVisibleTo(page)}


@pytest.mark.req("PLT-30")
def test_required_fields_wear_a_star(office: Company, qtbot: QtBot) -> None:
    desk = client_of(office.as_("boss"))
    expected = (
        (PaymentForm, {"Customer", "Amount", "Account"}),
        (RequestPage, {"Product", "Quantity"}),
        (ReceiptForm, {"Warehouse"}),
        (OrderForm, {"Customer"}),
    )
    for make, wanted in expected:
        page = make(desk)
        qtbot.addWidget(page)
        page.show()
        qtbot.waitUntil(lambda page=page: not page.busy)
        assert starred(page) == wanted, make.__name__
    payment = PaymentForm(desk)
    qtbot.addWidget(payment)
    qtbot.waitUntil(lambda: not payment.busy)
    target = payment.fields.amount.input()
    assert target is not None and target.accessibleName() == "Amount (Required)"
    target = payment.fields.payer.input()
    assert target is not None and target.accessibleName() == "Payer"
