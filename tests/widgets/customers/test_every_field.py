"""Every field of a customer and of a contact: typed, saved, read back from the table, the view, its head and a file."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from services.entity import FILES
from services.language import use_language
from tests.conftest import Company
from tests.widgets.desk import client_of
from tests.widgets.typed_forms import Typed, filled, held_by, in_file, opened, saved, shown_again
from widgets.base.editors.pick import PickEditor
from widgets.base.record_form import RecordForm
from widgets.base.tasks import tasks
from widgets.customers.customer_view import CustomerView

CUSTOMER, CONTACT = "customers.customer", "customers.contact"

COMPANY: Typed = {
    "kind": ("公司", "company"),
    "name": ("江西鸿运阀门有限公司", "江西鸿运阀门有限公司"),
    "short_name": ("鸿运阀门", "鸿运阀门"),
    "number": ("HY-0001", "HY-0001"),
    "parent_id": ("鸿运集团", "parent"),
    "branch_id": ("", "branch"),
    "category": ("VIP客户", "customer_category.vip"),
    "stage": ("", "customer_stage"),
    "level": ("", "customer_level"),
    "value_level": ("", "customer_value"),
    "source": ("展会", "customer_source.fair"),
    "industry": ("通用机械", "industry.machinery"),
    "hot_level": ("高热", "hot_level.high"),
    "hot_until": ("2099-12-31", datetime.date(2099, 12, 31)),
    "hot_reason": ("年底扩建，要一批球阀", "年底扩建，要一批球阀"),
    "phone": ("0793-8020169", "0793-8020169"),
    "fax": ("0793-8020170", "0793-8020170"),
    "email": ("cg@hongyun.example.cn", "cg@hongyun.example.cn"),
    "website": ("www.hongyun.example.cn", "www.hongyun.example.cn"),
    "region": ("江西省 上饶市 信州区", "361102"),
    "address": ("五三大道 88 号 3 栋", "五三大道 88 号 3 栋"),
    "tax_number": ("91361100MA35XXXX1B", "91361100MA35XXXX1B"),
    "bank_name": ("工商银行上饶分行", "工商银行上饶分行"),
    "bank_account": ("1512203009024567890", "1512203009024567890"),
    "credit_limit": ("200000.50", Decimal("200000.50")),
    "credit_days": ("45", 45),
    "price_level_id": ("VIP价", "price_level"),
    "remark": ("送货走北门\n月底对账", "送货走北门\n月底对账"),
}
PERSON: Typed = {
    "customer_id": ("江西鸿运阀门有限公司", "customer"),
    "name": ("单雄信", "单雄信"),
    "salutation": ("", "salutation"),
    "main": ("是", True),
    "contact_class": ("", "contact_class"),
    "department": ("采购部", "采购部"),
    "title": ("采购经理", "采购经理"),
    "decision_role": ("", "decision_role"),
    "responsible_for": ("阀门、法兰的采购", "阀门、法兰的采购"),
    "mobile": ("13970312345", "13970312345"),
    "phone": ("0793-8020171 转 8001", "0793-8020171 转 8001"),
    "email": ("shan@hongyun.example.cn", "shan@hongyun.example.cn"),
    "qq": ("10012345", "10012345"),
    "wechat": ("shanxx_1970", "shanxx_1970"),
    "messenger": ("live:shan", "live:shan"),
    "address": ("信州区凤凰中大道 12 号", "信州区凤凰中大道 12 号"),
    "birthday": ("1970-08-15", datetime.date(1970, 8, 15)),
    "calendar": ("农历", "lunar"),
    "hobbies": ("钓鱼、书法", "钓鱼、书法"),
    "remark": ("上午打电话", "上午打电话"),
}


@pytest.fixture(autouse=True)
def _settled() -> Iterator[None]:
    use_language("zh_CN")
    yield
    tasks().wait()


@pytest.mark.req("CUS-01", "CUS-10", "PLT-18")
def test_every_field_of_a_customer(company: Company, qtbot: QtBot, tmp_path: Path) -> None:
    psql = company.psql()
    psql.execute(
        "INSERT INTO customers.customer (name, owner_id) SELECT '鸿运集团', id FROM organisation.\"user\" LIMIT 1"
    )
    client = client_of(company.as_("boss"))
    entity = client.entities[CUSTOMER]
    assert {f.key for f in entity.fields if f.kind not in FILES} == set(COMPANY), "every field is typed"
    branch = psql.execute(
        "SELECT id, coalesce(short_name, name) FROM organisation.branch ORDER BY id DESC"
    ).fetchone()
    assert branch is not None
    typed = {**COMPANY, "branch_id": (str(branch[1]), "branch")}
    _page, form = opened(client, CUSTOMER, None, qtbot)
    said = filled(form, client, typed, qtbot)
    one = saved(form, qtbot)

    names = {
        "parent_id": CUSTOMER,
        "branch_id": "(SELECT id, coalesce(short_name, name) AS name FROM organisation.branch) AS branch",
        "price_level_id": "products.price_level",
    }
    held = held_by(psql, CUSTOMER, one, typed, names)

    view = CustomerView(client, one)
    qtbot.addWidget(view)
    view.resize(1240, 800)
    view.show()
    qtbot.waitUntil(lambda: not view.busy and bool(view.head.name()))
    assert view.head.name() == said["name"]
    assert view.head.phone.text().strip() == said["phone"]
    chips = [chip.text() for chip in view.head._chips]
    assert chips == [said["hot_level"], said["stage"], said["category"], said["level"]]
    assert client.user.name in view.head._owner.text() and said["number"] in view.head._owner.text()
    view.open_section("basic")
    basic = view.page("basic")
    assert isinstance(basic, RecordForm)
    qtbot.waitUntil(lambda: basic.fields.isEnabled() and bool(basic._record))
    for key in typed:
        editor = basic.fields.editors[key]
        qtbot.waitUntil(lambda editor=editor, key=key: editor.value() == held[key])  # type: ignore[misc]
        if isinstance(editor, PickEditor):
            qtbot.waitUntil(lambda editor=editor, key=key: editor.line.text() == said[key])  # type: ignore[misc]

    in_file(client, entity, tmp_path / "customers.csv", said)


@pytest.mark.req("CON-01", "PLT-18")
def test_every_field_of_a_contact(company: Company, qtbot: QtBot, tmp_path: Path) -> None:
    psql = company.psql()
    company.psql("boss").execute("INSERT INTO customers.customer (name) VALUES ('江西鸿运阀门有限公司')")
    client = client_of(company.as_("boss"))
    entity = client.entities[CONTACT]
    assert {f.key for f in entity.fields if f.kind not in FILES} == set(PERSON), "every field is typed"
    _page, form = opened(client, CONTACT, None, qtbot)
    said = filled(form, client, PERSON, qtbot)
    one = saved(form, qtbot)
    held = held_by(psql, CONTACT, one, PERSON, {"customer_id": CUSTOMER})
    shown_again(client, CONTACT, one, held, qtbot)
    in_file(client, entity, tmp_path / "contacts.csv", said)
