"""Render the pages of a small trade."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
import datetime
from decimal import Decimal
from pathlib import Path

from PySide6.QtWidgets import QApplication

from services.activities.commands import *
from services.delivery.commands import *
from services.finance.commands import post_payment
from services.language import use_language
from services.stock.commands import *
from tests.factories.trade import open_trade
from tests.widgets.desk import client_of
from widgets.base.style import apply_style
from widgets.views import RECORDS

OUT = Path(os.environ.get("OUT", "/tmp/wh"))


def test_render(company, qtbot):
    OUT.mkdir(exist_ok=True)
    t = open_trade(company)
    t.receive(100, 200, 6, 40, cost="12.5")
    one = t.order(10, 5, 3, 2, consignee="单雄", delivery_address="重庆市九龙坡区石坪桥横街69号")
    two = t.order(7, 20)
    l1, l2 = t.lines(one), t.lines(two)
    draft = t.ask([(l1[0], 10), (l1[1], 5), (l1[2], 3), (l2[0], 7)])
    done = t.ask([(l2[1], 20)])
    t.keeper.write(post_issue, issue_id=done, counted=[(t.issue_lines(done)[0], Decimal(18))])
    note = t.keeper.write(make_note, issue_id=done).id
    pay = t.cashier.write(
        post_payment,
        customer_id=t.customer,
        account_id=1,
        amount=Decimal("1000"),
        date=datetime.date.today(),
        orders=[(one, Decimal("300"))],
    ).id
    rec = t.company.as_("boss").write(
        save_receipt,
        warehouse_id=t.warehouse,
        kind="purchase",
        lines=[ReceiptLineInput(p, Decimal(20), Decimal("12.34")) for p in t.products],
    )
    who = dict(t.rows('SELECT login,id FROM organisation."user"'))
    crec = t.seller.write(
        add_record,
        customer_id=t.customer,
        said="要 DN50 球阀 400 只，月底前到货，价格需再谈。",
        kind="action_type.visit",
        result="已报价",
        next_step="寄样品",
        next_on=datetime.date.today(),
        task_for=who["sales1"],
    )
    company.as_("lead1").write(
        comment_record, record_id=crec.ids["activities.record"][0], said="报价再低两个点，务必拿下。"
    )
    app = QApplication.instance()

    pages = [
        ("issue", "keeper1", "stock.issue", draft, {}),
        ("issued", "keeper1", "stock.issue", done, {}),
        ("receipt", "boss", "stock.receipt", rec.id, {}),
        ("receipt_new", "keeper1", "stock.receipt", None, {}),
        (
            "payment_new",
            "cashier1",
            "finance.payment",
            None,
            {"customer_id": t.customer, "amount": Decimal("600")},
        ),
        ("payment", "cashier1", "finance.payment", pay, {}),
        ("note", "keeper1", "delivery.note", note, {}),
        ("record", "lead1", "activities.record", crec.ids["activities.record"][0], {}),
        ("record_new", "sales1", "activities.record", None, {"customer_id": t.customer}),
        ("task", "sales1", "activities.task", crec.ids["activities.task"][0], {}),
    ]
    if "stock.balance" in getattr(__import__("widgets.views", fromlist=["x"]), "LISTS", {}):
        pages.append(("stock", "boss", "LIST:stock.balance", None, {}))
        pages.append(("warehouse", "boss", "stock.warehouse", t.warehouse, {}))
    only = os.environ.get("ONLY", "").split(",") if os.environ.get("ONLY") else None
    for lang, style, size in [
        x.split(":") for x in os.environ.get("LOOKS", "zh_CN:light:1200x780").split(",")
    ]:
        w, h = map(int, size.split("x"))
        use_language(lang)
        apply_style(app, style)
        for name, login, key, rid, values in pages:
            if only and name not in only:
                continue
            c = client_of(company.as_(login))
            if key.startswith("LIST:"):
                from widgets.views import LISTS

                p = LISTS[key[5:]](c)
            else:
                p = RECORDS[key](c, rid, values)
            from PySide6.QtCore import Qt

            p.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
            p.setProperty("page", True)
            qtbot.addWidget(p)
            p.resize(w, h)
            p.show()
            qtbot.waitUntil(lambda: not p.busy, timeout=8000)
            qtbot.wait(60)
            p.grab().save(str(OUT / f"{name}_{lang}_{style}_{w}.png"))
            p.set_dirty(False) if hasattr(p, "set_dirty") else None
            p.close()
    use_language("zh_CN")
