"""Pages of sharing, sections, numbers, notices and seals as the administrator, the boss and staff use them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from services.organisation import access, moving, reminders, sharing
from services.organisation.sharing import Receivers
from services.registry import ENTITIES
from services.system import seals
from tests.conftest import Company
from tests.services.test_visibility import customer_of, sees, user_id
from tests.widgets.desk import shell_of
from tests.widgets.organisation.conftest import settle
from widgets.base.client import Client
from widgets.base.head import Head
from widgets.base.share_dialog import ShareDialog
from widgets.customers.customer_view import CustomerView
from widgets.organisation.access_page import AccessPage
from widgets.organisation.notices_page import NoticesPage
from widgets.system.numbering_page import NumberingPage
from widgets.system.seals_page import SealsPage

Login = Callable[[str], Client]
Show = Callable[[QWidget], Any]
LEFT = Qt.MouseButton.LeftButton
PICTURES = os.environ.get("SHUKE_PICTURES")


def picture(widget: QWidget, name: str) -> None:
    """Keep a picture where somebody asked for them."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        widget.grab().save(str(Path(PICTURES) / f"{name}.png"))


def click(qtbot: QtBot, button: QWidget) -> None:
    """Press a button and wait for what it began."""
    qtbot.mouseClick(button, LEFT)
    settle(qtbot)


@pytest.mark.req("ORG-11")
def test_the_administrator_opens_customers(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    customer_of(company, "sales5")
    other = company.psql("sales1")
    page = show(AccessPage(client("admin")))
    picture(page, "access")
    assert not page.save_sharing_button.isEnabled()
    combo = page.levels["customers"]
    combo.setCurrentIndex(combo.findData("read"))
    assert sees(other) == 0, "nothing happens before it is saved"
    click(qtbot, page.save_sharing_button)
    assert sees(other) == 1
    assert page.changed_levels() == {}
    assert shell_of(page.client).said[-1][0] == "done"


@pytest.mark.req("ORG-11")
def test_levels_of_two_administrators(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    page = show(AccessPage(client("admin")))
    for kind in ("customers", "records"):
        combo = page.levels[kind]
        combo.setCurrentIndex(combo.findData("read"))
    boss = company.as_("boss")
    boss.write(access.set_sharing, levels={"records": "write"})
    click(qtbot, page.save_sharing_button)
    assert "Somebody else has changed these levels" in page.bar.messages[-1].text
    with boss.read_session() as session:
        levels = {kind.kind: kind.level for kind in access.shared_kinds(session)}
    assert (levels["customers"], levels["records"]) == ("private", "write"), "none of them, and his stays"
    # who has seen it may choose again
    page.reload()
    settle(qtbot)
    assert page.changed_levels() == {"customers": "read", "records": "read"}
    click(qtbot, page.save_sharing_button)
    with boss.read_session() as session:
        levels = {kind.kind: kind.level for kind in access.shared_kinds(session)}
    assert (levels["customers"], levels["records"]) == ("read", "read")


@pytest.mark.req("ORG-12")
def test_sections_of_customer_service(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    customer = customer_of(company, "sales1")
    page = show(AccessPage(client("admin")))
    assert page.shown() == ["basic", "contacts", "records"]
    page.sections["contacts"].click()
    page.sections["deliveries"].click()
    click(qtbot, page.save_sections_button)
    with company.as_("admin").read_session() as session:
        assert [row.key for row in access.customer_sections(session) if row.shown] == [
            "basic",
            "records",
            "deliveries",
        ]
    view = show(CustomerView(client("service1"), customer))
    picture(view, "service")
    offered = {section.key for section in view.offered()}
    closed = {section.key for section in view.refused()}
    assert "delivery.note" in offered and "activities.record" in offered
    assert {"customers.contact", "sales.order", "finance.payment", "finance.ledger"} <= closed
    assert not offered & closed
    items = {
        view.sections.item(at).data(Qt.ItemDataRole.UserRole): view.sections.item(at)
        for at in range(view.sections.count())
    }
    order = items["sales.order"]
    assert not order.flags() & Qt.ItemFlag.ItemIsEnabled
    assert "does not show this" in order.toolTip()
    before = view.section()
    view.open_section("sales.order")
    assert view.section() == before
    assert view.header is not None and view.header.receivable is None


@pytest.mark.req("ORG-12")
def test_who_is_no_customer_service_is_shown_no_closed_sections(
    company: Company, client: Login, show: Show
) -> None:
    customer = customer_of(company, "sales1")
    assert show(CustomerView(client("sales1"), customer)).refused() == []


@pytest.mark.req("ORG-10")
def test_sharing_with_a_department(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    customer = customer_of(company, "sales1")
    mine = client("sales1")
    dialog = ShareDialog(mine, mine.entities["customers.customer"], [customer])
    # the test looks at it after it was closed
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    show(dialog)
    assert dialog.tabs.isTabVisible(2)
    dialog.tabs.setCurrentIndex(2)
    names = [dialog.departments.list.item(at).text() for at in range(dialog.departments.list.count())]
    dialog.departments.list.item(names.index("销售二部")).setCheckState(Qt.CheckState.Checked)
    picture(dialog, "share")
    dialog.do()
    settle(qtbot)
    assert sees(company.psql("sales8")) == 1
    assert sees(company.psql("sales2")) == 0


@pytest.mark.req("PLT-36")
def test_numbers_of_orders(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    page = show(NumberingPage(client("admin")))
    picture(page, "numbering")
    assert page.pattern is not None and page.pattern.entity == "sales.order"
    assert not page.save_button.isEnabled()
    page.prefix.setText("ht")
    page.date_part.setCurrentIndex(page.date_part.findData("YYMM"))
    assert [page.resets.itemData(at) for at in range(page.resets.count())] == ["month", "year", "never"]
    page.digits.setValue(5)
    assert page.example.text().endswith("-00001") and "HT" in page.example.text()
    click(qtbot, page.save_button)
    assert page.pattern.prefix == "HT" and page.pattern.date_part == "YYMM" and page.pattern.changes == 1
    page.prefix.setText("hk")
    click(qtbot, page.save_button)
    assert page.bar.isVisible(), "another kind begins with HK"


@pytest.mark.req("ORG-13")
def test_notices_are_told_opened_and_read(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    customer = customer_of(company, "sales1")
    company.as_("sales1").write(
        sharing.share_records,
        entity="customers.customer",
        ids=[customer],
        to=Receivers((user_id(company, "sales5"),)),
    )
    company.as_("lead1").write(
        moving.transfer,
        entity=ENTITIES["customers.customer"],
        ids=[customer],
        to_user=user_id(company, "sales2"),
    )
    friend = client("sales5")
    page = show(NoticesPage(friend))
    picture(page, "notices")
    assert page.table.rowCount() == 1 and page.table.item(0, 0).font().bold()
    page.open_chosen()
    settle(qtbot)
    assert shell_of(friend).opened == [("customers.customer", customer)]
    assert page.table.rowCount() == 0 and page.empty.isVisible()
    page.older.click()
    settle(qtbot)
    assert page.table.rowCount() == 1 and not page.table.item(0, 0).font().bold()
    for login in ("sales1", "sales2"):
        other = show(NoticesPage(client(login)))
        assert other.table.rowCount() == 1, login
        click(qtbot, other.read_button)
        assert other.table.rowCount() == 0
        with company.as_(login).read_session() as session:
            assert reminders.unread(session) == 0


@pytest.mark.req("ORG-13")
def test_the_bell(qtbot: QtBot) -> None:
    head = Head("王晓东", ())
    qtbot.addWidget(head)
    assert head.notices.text() == ""
    head.set_notices(3)
    assert head.notices.text().strip() == "3"
    with qtbot.waitSignal(head.notices_clicked):
        qtbot.mouseClick(head.notices, LEFT)
    head.set_notices(0)
    assert head.notices.text() == ""


@pytest.mark.req("PLT-34")
def test_the_boss_seals_and_checks(company: Company, client: Login, show: Show, qtbot: QtBot) -> None:
    customer_of(company, "sales1")
    page = show(SealsPage(client("boss")))
    click(qtbot, page.seal_button)
    assert page.table.rowCount() == 1
    click(qtbot, page.check_button)
    assert page.faults == [] and "nobody altered" in page.result.text()
    picture(page, "seals")
    page.head.setText("0" * 64)
    click(qtbot, page.check_button)
    assert page.faults and page.faults[0].missing_head
    superuser = company.psql()
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("UPDATE app.history SET user_id = 1 WHERE id = (SELECT min(id) FROM app.history)")
    page.head.clear()
    click(qtbot, page.check_button)
    assert len(page.faults) == 1 and "altered" in page.result.text()
    with company.as_("sales1").read_session() as session:
        assert seals.newest(session) == []
