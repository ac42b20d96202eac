"""What people of the sample company did by hand of late: files, searches, notices of dispatch, rates, prices.

Done by logging in and calling the program's own commands, so that it is under their rights and in the history.
Not part of ``build``: it takes two seconds whatever the size, and equal seeds would not give equal data (file keys).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.engine import URL

from services import records
from services.activities.commands import CheckLine, save_task, tick_item
from services.clock import CHINA, today
from services.customers.commands import link_contact
from services.customers.entities import CUSTOMER_ENTITY
from services.delivery.commands import make_dispatch
from services.entity import Entity, Facet, Query
from services.exporting import described, log_export
from services.files.transfer import upload
from services.finance.commands import post_payment
from services.finance.entities import RATE_ENTITY
from services.listing import Listing
from services.opening import Opened, open_as
from services.organisation.sharing import Receivers, share_records
from services.products.commands import save_details, set_prices
from services.products.packs import PackUnit
from services.purchasing.commands import request_for_order
from services.sales.entities import ORDER
from services.saved_searches import kept, offer_search, save_search
from services.stock.commands import ReceiptLineInput, save_receipt
from services.system.seals import seal_now

OPEN_LINES: Final = text(
    "SELECT o.id AS order_id, o.warehouse_id, l.id AS line_id, l.quantity - l.delivered - l.asked - l.notified AS open"
    " FROM sales.order o JOIN sales.order_line l ON l.order_id = o.id"
    " WHERE o.state = 'confirmed' AND l.stocked AND l.quantity > l.delivered + l.asked + l.notified"
    " AND o.warehouse_id IS NOT NULL"
    " ORDER BY o.id DESC, l.id LIMIT 60"
)
OWN_CUSTOMERS: Final = text(
    "SELECT id FROM customers.customer WHERE owner_id = ANY (app.my_owner_ids()) AND deleted_at IS NULL"
    " ORDER BY id LIMIT 2"
)
"""Not what is seen in the pool or by a share: that is not his to share."""
BEST_CUSTOMER: Final = text("SELECT id FROM customers.balance ORDER BY ordered DESC LIMIT 1")
RATES: Final = (("currency.usd", "7.1200"), ("currency.eur", "7.8350"), ("currency.hkd", "0.9120"))


def do_by_hand(url: URL, password: str) -> None:
    """Do it all. ``url`` is any address of a database that ``build`` filled."""

    @contextmanager
    def at_work(login: str) -> Iterator[Opened]:
        opened = open_as(url, login, password, client="shuke-sample")
        try:
            yield opened
        finally:
            opened.database.close()

    with at_work("boss") as boss:
        customer = int(_first(boss, BEST_CUSTOMER).id)
        _rates(boss)
        _searches(boss)
        _customer(boss, customer)
        _orders(boss)
        _goods(boss)
        _task(boss, customer)
        _exported(
            boss,
            CUSTOMER_ENTITY,
            "xlsx",
            "应收款 不少于 10,000.00",
            Facet("receivable", "ge", Decimal(10_000)),
        )
        boss.database.write(seal_now)
    with at_work("buyer") as buyer:
        _announced(buyer)
    with at_work("manager") as manager:
        ids = [int(row.id) for row in _rows(manager, OWN_CUSTOMERS)]
        boss_id = _first(manager, text("SELECT id FROM organisation.\"user\" WHERE login = 'boss'")).id
        manager.database.write(
            share_records,
            entity=CUSTOMER_ENTITY.key,
            ids=ids,
            to=Receivers(users=(int(boss_id),)),
            can_edit=True,
        )
        _exported(manager, CUSTOMER_ENTITY, "csv", "全部")
        _exported(manager, ORDER, "print", "状态 是 已确认", Facet("state", "eq", "confirmed"))


def _rows(person: Opened, statement: Any) -> list[Any]:
    with person.database.read_session() as session:
        return list(session.execute(statement))


def _first(person: Opened, statement: Any) -> Any:
    return _rows(person, statement)[0]


def _rates(boss: Opened) -> None:
    for currency, rate in RATES:
        boss.database.write(
            records.create,
            entity=RATE_ENTITY,
            values={"currency": currency, "date": today() - timedelta(days=30), "rate": Decimal(rate)},
        )


def _searches(boss: Opened) -> None:
    owed = Query(CUSTOMER_ENTITY.key, facets=(Facet("receivable", "ge", Decimal(10_000)),))
    hardware = Query(CUSTOMER_ENTITY.key, facets=(Facet("name", "contains", "五金"),))
    made = boss.database.write(save_search, name="欠款一万以上", query=kept(owed), entity=CUSTOMER_ENTITY.key)
    boss.database.write(offer_search, search_id=made.id, everybody=True)
    boss.database.write(save_search, name="五金行业客户", query=kept(hardware), entity=CUSTOMER_ENTITY.key)


def _customer(boss: Opened, customer: int) -> None:
    sheet = "日期,摘要,金额\r\n2026-10-31,上月结欠,12600.00\r\n".encode("utf-8-sig")
    _attach(boss, CUSTOMER_ENTITY.key, customer, "对账单.csv", sheet)
    _attach(boss, CUSTOMER_ENTITY.key, customer, "门店照片.png", _picture(), _picture())
    _attach(boss, CUSTOMER_ENTITY.key, customer, "框架合作协议（2026年度）.txt", "框架合作协议\r\n".encode())
    contact = _first(boss, text("SELECT id, customer_id FROM customers.contact ORDER BY name, id LIMIT 1"))
    boss.database.write(link_contact, contact_id=int(contact.id), customer_id=customer, role="兼采购顾问")
    account = _first(boss, text("SELECT id FROM finance.account ORDER BY position, id LIMIT 1"))
    boss.database.write(
        post_payment,
        customer_id=customer,
        account_id=int(account.id),
        amount=Decimal("7120.00"),
        date=today(),
        currency="currency.usd",
        currency_amount=Decimal(1000),
        charge=Decimal("25.00"),
        payer="海外采购代理",
    )


def _orders(boss: Opened) -> None:
    """Notices of dispatch for the newest open orders, a file and a request for what is short of one."""
    by_order: dict[int, list[Any]] = {}
    for row in _rows(boss, OPEN_LINES):
        by_order.setdefault(int(row.order_id), []).append(row)
    for order, lines in list(by_order.items())[:3]:
        boss.database.write(
            make_dispatch,
            warehouse_id=int(lines[0].warehouse_id),
            lines=[(int(row.line_id), row.open) for row in lines],
            wanted_on=today() + timedelta(days=2),
            remark="客户要求送货上门",
        )
        _attach(boss, "sales.order", order, "合同扫描件.png", _picture(), _picture())
    for order, lines in list(by_order.items())[3:5]:
        boss.database.write(
            request_for_order,
            order_id=order,
            lines=[(int(row.line_id), row.open) for row in lines],
            wanted_on=today() + timedelta(days=5),
            remark="库存不足，请尽快补货",
        )


BOXED: Final = text(
    "SELECT p.id, p.pack_unit, p.pack_factor, c.cost_price FROM products.product p JOIN products.cost c ON c.id = p.id"
    " WHERE p.stocked AND p.state = 'active' AND p.pack_factor > 1 ORDER BY p.id LIMIT 3"
)
NEWEST_PURCHASE: Final = text(
    "SELECT r.warehouse_id FROM stock.receipt r WHERE r.kind = 'purchase' ORDER BY r.id DESC LIMIT 1"
)


def _announced(buyer: Opened) -> None:
    """Goods on their way in whole boxes: the keeper finds them in his queue (待入库)."""
    lines = [
        ReceiptLineInput(
            int(row.id),
            row.pack_factor * boxes,
            row.cost_price,
            pack=PackUnit(row.pack_unit, row.pack_factor),
        )
        for boxes, row in enumerate(_rows(buyer, BOXED), 3)
    ]
    buyer.database.write(
        save_receipt,
        warehouse_id=int(_first(buyer, NEWEST_PURCHASE).warehouse_id),
        kind="purchase",
        remark="送货单随车",
        lines=lines,
    )


def _goods(boss: Opened) -> None:
    product = _first(
        boss, text("SELECT id, name, version FROM products.product WHERE stocked ORDER BY name, id LIMIT 1")
    )
    boss.database.write(
        save_details,
        product_id=int(product.id),
        version=int(product.version),
        packs=[
            {"name": "盒", "factor": "10", "bar_code": ""},
            {"name": "箱", "factor": "120", "bar_code": ""},
        ],
        bar_codes=[{"code": "6900000000017", "remark": "旧包装"}],
        parameters=[{"name": "材质", "value": "304 不锈钢"}, {"name": "质保", "value": "一年"}],
        questions=[{"question": "能否定制长度？", "answer": "500 支起订，交期 7 天。"}],
    )
    level = _first(boss, text("SELECT id FROM products.price_level ORDER BY position, id LIMIT 1"))
    price = _first(
        boss,
        text(
            "SELECT price FROM products.level_price WHERE product_id = :product AND level_id = :level"
            " AND branch_id IS NULL LIMIT 1"
        ).bindparams(product=int(product.id), level=int(level.id)),
    )
    for factor in (Decimal("1.05"), Decimal("0.98")):
        new = (price.price * factor).quantize(Decimal("0.01"))
        boss.database.write(set_prices, product_id=int(product.id), prices=[(int(level.id), new)])


def _task(boss: Opened, customer: int) -> None:
    made = boss.database.write(
        save_task,
        task_id=None,
        version=None,
        values={
            "subject": "准备年度框架协议续签",
            "executor_id": boss.user.id,
            "customer_id": customer,
            "due_at": datetime.combine(today() + timedelta(days=3), time(10), CHINA),
        },
        checklist=[CheckLine("核对全年开票金额"), CheckLine("与对方采购约时间"), CheckLine("打印合同两份")],
    )
    item = _first(
        boss,
        text(
            "SELECT id FROM activities.check_item WHERE task_id = :task ORDER BY position, id LIMIT 1"
        ).bindparams(task=made.id),
    )
    boss.database.write(tick_item, task_id=made.id, item_id=int(item.id), ticked=True)


def _exported(person: Opened, entity: Entity, form: str, conditions: str, *facets: Facet) -> None:
    """A line in the export log, as a file or a printed list of so many rows leaves it."""
    query = Query(entity.key, facets=facets)
    listing = Listing(query, user=person.user, entity=entity)
    with person.database.read_session() as session:
        rows = listing.count(session)
    shown = [column.key for column in listing.columns if column.shown]
    person.database.write(
        log_export,
        entity=entity.key,
        asked=described(query, shown),
        rows=rows,
        form=form,
        conditions=conditions,
    )


def _attach(
    person: Opened, entity: str, record: int, name: str, data: bytes, thumbnail: bytes | None = None
) -> None:
    upload(
        person.database, data, key=uuid4(), entity=entity, record_id=record, name=name, thumbnail=thumbnail
    )


def _picture(width: int = 160, height: int = 120) -> bytes:
    """A small PNG: a house front under a sky, drawn by hand because there is no Qt here."""
    sky, wall, door = b"\xbf\xdb\xfe", b"\xf5\xd0\xa9", b"\x92\x40\x0e"
    lines = []
    for y in range(height):
        row = bytearray(b"\0")
        for x in range(width):
            front = y > height // 3 and width // 8 < x < width * 7 // 8
            opening = y > height // 2 and width * 2 // 5 < x < width * 3 // 5
            row += door if front and opening else wall if front else sky
        lines.append(bytes(row))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"".join(lines), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
