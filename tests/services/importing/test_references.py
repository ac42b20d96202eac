"""Names in a file that stand for other records: customers, categories, and contacts in the rows of customers."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.importing.running import undo
from tests.services.importing_files import Office, counts, table

CUSTOMER, CONTACT, PRODUCT = "customers.customer", "customers.contact", "products.product"


@pytest.mark.req("PLT-19")
def test_customers_with_their_contacts_from_one_file(seller: Office, tmp_path: Path) -> None:
    source = table(
        tmp_path,
        ("公司名称", "联系人", "手机", "职务", "联系电话"),
        ("甲公司", "张三", "13800138000", "经理", "023-68651208"),
        ("甲公司", "李四", "13800138001", "会计", ""),
        ("甲公司", "张三", "13800138000", "经理", ""),
        ("乙公司", "", "", "", ""),
    )
    plan = seller.plan(CUSTOMER, source)
    assert set(plan.columns) == {"name", "phone", "contact.name", "contact.mobile", "contact.title"}
    outcome = seller.run(source, plan)
    assert (outcome.created, outcome.skipped, outcome.companions) == (2, 2, 2)
    assert seller.rows(
        "SELECT c.name, k.name, k.mobile, k.title, k.owner_id FROM customers.contact k"
        " JOIN customers.customer c ON c.id = k.customer_id ORDER BY k.id"
    ) == [
        ("甲公司", "张三", "13800138000", "经理", seller.user.id),
        ("甲公司", "李四", "13800138001", "会计", seller.user.id),
    ]
    again = seller.run(source, plan)
    assert (again.created, again.companions) == (0, 0)
    taken = undo(seller.database, outcome.import_id)
    assert (taken.recycled, taken.kept) == (4, {})


def test_contacts_by_the_name_of_their_customer(seller: Office, tmp_path: Path) -> None:
    psql = seller.company.psql("sales1")
    psql.execute(
        "INSERT INTO customers.customer (name, number) VALUES ('甲阀门有限公司', 'A1'), ('乙厂', 'B1')"
    )
    source = table(
        tmp_path,
        ("客户名称", "姓名", "手机号"),
        ("甲阀门", "张三", "13800138000"),
        ("B1", "李四", "13800138001"),
        ("没有的公司", "王五", ""),
        ("A1", "张三", "138 0013 8000"),
    )
    plan = seller.plan(CONTACT, source)
    result = seller.check(source, plan)
    assert counts(result) == {"create": 2, "reject": 1, "skip": 1}
    assert seller.run(source, plan).created == 2


def test_category_paths(buyer: Office, tmp_path: Path) -> None:
    source = table(
        tmp_path,
        ("品名", "型号", "类别"),
        ("球阀", "DN50", "阀门/球阀"),
        ("球阀", "DN65", "阀门 > 球阀"),
        ("蝶阀", "DN50", "阀门/蝶阀"),
        ("法兰", "DN50", "法兰"),
    )
    without = buyer.plan(PRODUCT, source)
    assert counts(buyer.check(source, without)) == {"reject": 4}
    plan = buyer.plan(PRODUCT, source, create_missing=frozenset({"category_id"}))
    outcome = buyer.run(source, plan)
    assert (outcome.created, outcome.made) == (4, {"products.category": 4})
    assert buyer.rows(
        "SELECT p.name, c.name, a.name FROM products.product p JOIN products.category c ON c.id = p.category_id"
        " LEFT JOIN products.category a ON a.id = c.parent_id ORDER BY p.id"
    ) == [
        ("球阀", "球阀", "阀门"),
        ("球阀", "球阀", "阀门"),
        ("蝶阀", "蝶阀", "阀门"),
        ("法兰", "法兰", None),
    ]
