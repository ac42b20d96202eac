"""What becomes of each row: checked, made, updated, skipped, refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.errors import Refused
from services.importing.plan import Duplicates, Pasted, importable_fields, propose, remember
from services.importing.rejected import write_rejected
from services.registry import ENTITIES
from services.session import Preferences
from services.tabular.reading import open_table
from tests.conftest import Company
from tests.services.importing_files import COLUMNS, CUSTOMER, TITLES, Office, counts, reasons, table


@pytest.mark.req("PLT-19")
def test_dry_run_names_every_bad_cell_and_writes_nothing(seller: Office, tmp_path: Path) -> None:
    source = table(
        tmp_path,
        TITLES,
        ("重庆长宏机电有限公司", "A1", "023-6865 1208", "5,000.50", "重庆市渝中区", "VIP", "好"),
        ("", "A2", "12", "-1", "火星", "超级", ""),
        ("重庆长宏机电（有限）公司", "", "", "", "", "", ""),
        ("杭州西湖阀门厂", "A1", "13800138000", "1.234,5", "", "", ""),
    )
    plan = seller.plan(CUSTOMER, source, COLUMNS)
    result = seller.check(source, plan)
    assert counts(result) == {"create": 1, "skip": 1, "reject": 2}
    assert set(result.rows[1].problems) == {"name", "phone", "credit_limit", "region", "category"}
    assert set(result.rows[3].problems) == {"credit_limit"}
    assert result.unknown == {"category": {"超级": 1}}
    assert "2" in str(result.rows[2].reason)
    said = reasons(seller, plan.entity, result)
    assert said.keys() == {3, 5}
    assert "火星" in said[3] and "超级" in said[3]
    assert seller.one("SELECT count(*) FROM customers.customer") == 0
    assert seller.one("SELECT count(*) FROM app.import_run") == 0


@pytest.mark.req("PLT-19")
def test_good_rows_only_and_the_refused_ones_come_back_as_a_file(seller: Office, tmp_path: Path) -> None:
    source = table(
        tmp_path,
        TITLES,
        ("甲公司", "A1", "023-68651208", "5000", "重庆市渝中区", "", ""),
        ("乙公司", "A2", "电话不详", "", "", "", "要紧"),
        ("丙公司", "", "", "", "", "", ""),
    )
    plan = seller.plan(CUSTOMER, source, COLUMNS)
    outcome = seller.run(source, plan)
    assert (outcome.created, outcome.rejected) == (2, 1)
    assert seller.rows(
        "SELECT name, number, phone, credit_limit::text, region, kind, owner_id FROM customers.customer ORDER BY id"
    )[0] == ("甲公司", "A1", "023-68651208", "5000.00", "500103", "company", seller.user.id)
    target = tmp_path / "refused.xlsx"
    fields = importable_fields(plan.entity, seller.user)
    assert write_rejected(target, source, outcome.rejects, fields) == 1
    back = open_table(target)
    rows = list(back.rows())
    assert back.titles[: len(TITLES)] == TITLES
    assert rows[0].cells[0] == "乙公司" and rows[0].cells[7] == 3 and "电话不详" in str(rows[0].cells[8])


@pytest.mark.req("PLT-19")
def test_all_or_nothing_with_an_error_in_the_last_row(seller: Office, tmp_path: Path) -> None:
    rows = [(f"公司{i}", f"N{i}", "", "", "", "", "") for i in range(2_500)]
    source = table(tmp_path, TITLES, *rows, ("坏公司", "X", "不是电话", "", "", "", ""))
    plan = seller.plan(CUSTOMER, source, COLUMNS, all_or_nothing=True)
    with pytest.raises(Refused, match="2502"):
        seller.run(source, plan)
    assert seller.one("SELECT count(*) FROM customers.customer") == 0
    assert seller.one("SELECT count(*) FROM app.import_run") == 0
    assert seller.one("SELECT count(*) FROM app.history WHERE entity = 'customers.customer'") == 0


@pytest.mark.req("PLT-19")
def test_duplicates_skip_update_create(seller: Office, tmp_path: Path) -> None:
    first = table(tmp_path, TITLES, ("甲阀门有限公司", "A1", "", "100", "", "", "旧"))
    seller.run(first, seller.plan(CUSTOMER, first, COLUMNS))
    again = table(
        tmp_path,
        TITLES,
        ("甲阀门(有限公司)", "", "023-68651208", "", "", "", "新"),
        ("别的名字", "A1", "", "250", "", "", ""),
        ("乙公司", "B1", "", "", "", "", ""),
        ("乙公司", "B2", "0571-88880000", "", "", "", ""),
        name="again.csv",
    )
    skip = seller.plan(CUSTOMER, again, COLUMNS)
    assert counts(seller.check(again, skip)) == {"create": 1, "skip": 3}

    update = seller.plan(CUSTOMER, again, COLUMNS, duplicates=Duplicates.UPDATE)
    assert counts(seller.check(again, update)) == {"create": 1, "update": 3}
    outcome = seller.run(again, update)
    assert (outcome.created, outcome.updated, outcome.rejected) == (1, 3, 0)
    found = seller.rows(
        "SELECT name, number, phone, credit_limit::text, remark FROM customers.customer ORDER BY id"
    )
    # empty cells leave what is there; the number of a duplicate found by its name is taken over
    assert found == [
        ("别的名字", "A1", "023-68651208", "250.00", "新"),
        ("乙公司", "B2", "0571-88880000", None, None),
    ]

    create = seller.plan(CUSTOMER, again, COLUMNS, duplicates=Duplicates.CREATE)
    result = seller.check(again, create)
    assert counts(result) == {"create": 2, "reject": 2}
    outcome = seller.run(again, create)
    assert (outcome.created, outcome.rejected) == (2, 2)
    assert seller.one("SELECT count(*) FROM customers.customer WHERE name = '乙公司'") == 2


def test_two_of_one_name_and_different_numbers_are_made_where_that_is_wanted(
    seller: Office, tmp_path: Path
) -> None:
    source = table(
        tmp_path,
        TITLES,
        ("乙公司", "B1", "", "", "", "", ""),
        ("乙公司", "B2", "", "", "", "", ""),
        ("丙公司", "B2", "", "", "", "", ""),
    )
    plan = seller.plan(CUSTOMER, source, COLUMNS, duplicates=Duplicates.CREATE)
    assert counts(seller.check(source, plan)) == {"create": 2, "reject": 1}
    outcome = seller.run(source, plan)
    assert (outcome.created, set(outcome.rejects)) == (2, {4})


def test_what_somebody_else_has_is_a_duplicate_but_not_shown(company: Company, tmp_path: Path) -> None:
    other = company.psql("sales5")
    other.execute("INSERT INTO customers.customer (name, number) VALUES ('藏起来有限公司', 'H1')")
    seller = Office.of(company, "sales1")
    source = table(
        tmp_path,
        TITLES,
        ("藏起来（有限公司）", "", "", "", "", "", ""),
        ("新名字", "H1", "", "", "", "", ""),
    )
    plan = seller.plan(CUSTOMER, source, COLUMNS)
    result = seller.check(source, plan)
    assert counts(result) == {"skip": 2}
    update = seller.plan(CUSTOMER, source, COLUMNS, duplicates=Duplicates.UPDATE)
    assert counts(seller.check(source, update)) == {"reject": 2}
    assert seller.run(source, update).rejected == 2
    assert seller.rows("SELECT name, version FROM customers.customer") == [("藏起来有限公司", 1)]


def test_mapped_choices_and_remembered_columns(seller: Office, tmp_path: Path) -> None:
    source = table(tmp_path, ("企业", "类别"), ("甲公司", "大客户"), ("乙公司", "vip"))
    preferences = Preferences(seller.database, seller.user)
    plan = seller.plan(CUSTOMER, source, {"name": "企业", "category": "类别"})
    plan = replace(plan, choices={"category": {"大客户": "customer_category.vip"}})
    assert counts(seller.check(source, plan)) == {"create": 2}
    assert remember(preferences, source, plan)
    preferences.store("import.customers.customer")
    fresh = Preferences(seller.database, seller.user)
    assert propose(source, plan.entity, seller.user, fresh).by_field() == {"name": 0, "category": 1}
    seller.run(source, plan)
    assert seller.rows("SELECT DISTINCT category FROM customers.customer") == [("customer_category.vip",)]


def test_pasted_rows(seller: Office) -> None:
    source = Pasted((("客户名称", "联系电话"), ("甲公司", "023-68651208"), ("", "")))
    outcome = seller.run(source, seller.plan(CUSTOMER, source))
    assert outcome.created == 1


def test_the_database_refuses_one_row_and_takes_the_others(seller: Office, tmp_path: Path) -> None:
    # a check that only the database knows: the client lets it through
    seller.company.psql().execute(
        "ALTER TABLE customers.customer ADD CONSTRAINT no_seven CHECK (remark <> '七')"
    )
    rows = [(f"公司{i}", f"N{i}", "", "", "", "", "七" if i == 7 else "") for i in range(40)]
    source = table(tmp_path, TITLES, *rows)
    outcome = seller.run(source, seller.plan(CUSTOMER, source, COLUMNS))
    assert (outcome.created, outcome.rejected) == (39, 1)
    assert outcome.rejects.keys() == {9}
    assert seller.one("SELECT count(*) FROM customers.customer") == 39


def test_a_contact_that_the_database_refuses_is_told_of(seller: Office, tmp_path: Path) -> None:
    seller.company.psql().execute(
        "ALTER TABLE customers.contact ADD CONSTRAINT no_seven CHECK (name <> '七')"
    )
    source = table(
        tmp_path, ("公司名称", "联系人"), *((f"公司{i}", "七" if i == 7 else f"联系人{i}") for i in range(10))
    )
    plan = seller.plan(CUSTOMER, source)
    outcome = seller.run(source, plan)
    assert (outcome.created, outcome.companions, outcome.rejected) == (10, 9, 0)
    assert outcome.rejects.keys() == {9}
    path = tmp_path / "refused.xlsx"
    assert write_rejected(path, source, outcome.rejects, importable_fields(plan.entity, seller.user)) == 1
    whole = seller.plan(CUSTOMER, source, duplicates=Duplicates.CREATE, all_or_nothing=True)
    with pytest.raises(Refused, match="第 9 行：联系人"):
        seller.run(source, whole)


def test_fields_that_can_be_imported_are_those_of_the_table(seller: Office) -> None:
    for entity in ENTITIES.values():
        if entity.importable:
            keys = [field.key for field in importable_fields(entity, seller.user)]
            assert keys and len(keys) == len(set(keys))


def test_the_totals_that_a_list_was_exported_with_are_nobody(seller: Office, tmp_path: Path) -> None:
    rows = (
        ("合计公司", "", "", "10", "", "", ""),
        ("合计", "", "", "5", "", "", ""),
        ("合 计：", "", "", "15", "", "", ""),
    )
    source = table(tmp_path, TITLES, *rows)
    outcome = seller.run(source, seller.plan(CUSTOMER, source, COLUMNS))
    assert (outcome.created, outcome.rejected) == (2, 0), (
        "only the last row, and only where numbers stand beside it"
    )
    named = table(tmp_path, TITLES, ("合计", "", "", "", "", "", ""), name="named.csv")
    assert seller.check(named, seller.plan(CUSTOMER, named, COLUMNS)).total == 1
