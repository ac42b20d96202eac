"""Import as the service does it, on the real server, as the people of the office."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Table, select, text
from sqlalchemy.orm import Session

from services.errors import Cancelled, ConnectionLost, NotAvailable, Refused
from services.importing.checking import Action
from services.importing.found import imported_query
from services.importing.plan import Duplicates, Pasted, importable_fields, propose, remember
from services.importing.rejected import write_rejected
from services.importing.running import undo
from services.importing.writing import insert_rows, or_one_by_one
from services.language import use_language
from services.registry import ENTITIES
from services.session import Preferences
from services.tabular.problems import ImportProblem
from services.tabular.reading import Worker, open_table
from tests.conftest import Company
from tests.services.importing_files import Office, counts, reasons, table

CUSTOMER, CONTACT, PRODUCT = "customers.customer", "customers.contact", "products.product"
TITLES = ("客户名称", "编号", "联系电话", "信用额度", "省市区", "客户类别", "备注")


@pytest.fixture(autouse=True)
def _chinese() -> None:
    use_language("zh_CN")


@pytest.fixture
def seller(company: Company) -> Office:
    return Office.of(company, "sales1")


@pytest.fixture
def buyer(company: Company) -> Office:
    return Office.of(company, "buyer")


COLUMNS = {
    "name": "客户名称",
    "number": "编号",
    "phone": "联系电话",
    "credit_limit": "信用额度",
    "region": "省市区",
    "category": "客户类别",
    "remark": "备注",
}


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


@pytest.mark.req("PLT-19")
def test_undo_recycles_and_restores_but_keeps_what_was_worked_on(seller: Office, tmp_path: Path) -> None:
    old = table(
        tmp_path, TITLES, ("老一", "O1", "", "10", "", "", "旧"), ("老二", "O2", "", "20", "", "", "")
    )
    seller.run(old, seller.plan(CUSTOMER, old, COLUMNS))
    both = table(
        tmp_path,
        TITLES,
        ("老一改", "O1", "023-68651208", "11", "", "", "新"),
        ("老二改", "O2", "", "22", "", "", ""),
        ("新一", "N1", "", "", "", "", ""),
        ("新二", "N2", "", "", "", "", ""),
        ("新三", "N3", "", "", "", "", ""),
        name="both.csv",
    )
    outcome = seller.run(both, seller.plan(CUSTOMER, both, COLUMNS, duplicates=Duplicates.UPDATE))
    assert (outcome.created, outcome.updated) == (3, 2)
    psql = seller.company.psql("sales1")
    psql.execute("UPDATE customers.customer SET phone = '110' WHERE number = 'O2'")
    psql.execute("UPDATE customers.customer SET phone = '119' WHERE number = 'N2'")
    psql.execute(
        "INSERT INTO customers.contact (customer_id, name)"
        " SELECT id, '张三' FROM customers.customer WHERE number = 'N3'"
    )
    with pytest.raises(NotAvailable):
        undo(seller.company.as_("sales2"), outcome.import_id)

    taken = undo(seller.database, outcome.import_id)
    ids = dict(seller.rows("SELECT number, id FROM customers.customer"))
    assert (taken.recycled, taken.restored) == (1, 1)
    assert taken.kept == {CUSTOMER: (ids["O2"], ids["N2"], ids["N3"])}
    alive = seller.rows(
        "SELECT number, name, phone, credit_limit::text, remark FROM customers.customer"
        " WHERE deleted_at IS NULL ORDER BY id"
    )
    assert alive == [
        ("O1", "老一", None, "10.00", "旧"),
        ("O2", "老二改", "110", "22.00", None),
        ("N2", "新二", "119", None, None),
        ("N3", "新三", None, None, None),
    ]
    with pytest.raises(Refused):
        undo(seller.database, outcome.import_id)
    # the corrected file can be imported again, numbers and all
    again = seller.run(both, seller.plan(CUSTOMER, both, COLUMNS))
    assert (again.created, again.skipped, again.rejected) == (1, 4, 0)


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


@pytest.mark.req("PLT-19")
def test_without_the_right_client_and_database_refuse(company: Company, tmp_path: Path) -> None:
    source = table(tmp_path, TITLES, ("甲公司", "A1", "", "", "", "", ""))
    cashier = Office.of(company, "cashier1")
    assert not cashier.user.can("customers.customer.import")
    plan = cashier.plan(CUSTOMER, source, COLUMNS)
    with pytest.raises(Refused):
        cashier.check(source, plan)
    with pytest.raises(Refused):
        cashier.run(source, plan)
    psql = company.psql("cashier1")
    for statement in (
        "SELECT app.begin_import('customers.customer', 'x', 'skip')",
        "SELECT * FROM app.import_duplicates('customers.customer', '{name_key}', '[[\"x\"]]')",
        "INSERT INTO app.import_run (user_id, transaction, entity, file_name, duplicates)"
        " VALUES (1, 1, 'customers.customer', 'x', 'skip')",
        "SELECT * FROM app.import_record",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            psql.execute(statement)


def test_the_list_of_an_import_is_its_records(company: Company, tmp_path: Path) -> None:
    seller, other = Office.of(company, "sales1"), Office.of(company, "sales2")
    company.psql("sales1").execute("INSERT INTO customers.customer (name) VALUES ('早就有的')")
    source = table(tmp_path, TITLES, ("甲公司", "A1", "", "", "", "", ""), ("乙公司", "", "", "", "", "", ""))
    outcome = seller.run(source, seller.plan(CUSTOMER, source, COLUMNS))
    entity = ENTITIES[CUSTOMER]
    (condition,) = imported_query(entity, outcome.import_id).conditions
    found = select(entity.model.__table__.c.name).where(condition(seller.user.context)).order_by("name")
    with seller.database.read_session() as session:
        assert sorted(session.scalars(found)) == ["乙公司", "甲公司"]
    with other.database.read_session() as session:
        assert list(session.scalars(found)) == []


def test_nothing_joins_an_import_from_outside(company: Company, tmp_path: Path) -> None:
    seller = Office.of(company, "sales1")
    source = table(tmp_path, TITLES, ("甲公司", "A1", "", "", "", "", ""))
    outcome = seller.run(source, seller.plan(CUSTOMER, source, COLUMNS))
    psql = company.psql("sales1")
    row = psql.execute("INSERT INTO customers.customer (name) VALUES ('别的') RETURNING id").fetchone()
    assert row is not None
    with pytest.raises(psycopg.Error, match="This import is over"):
        psql.execute(
            "SELECT app.note_import(%s, 'customers.customer', %s, '{}')", (outcome.import_id, [row[0]])
        )
    # in the same transaction only what it really made is taken
    with psql.transaction():
        run = psql.execute("SELECT app.begin_import('customers.customer', 'x', 'skip')").fetchone()
        assert run is not None
        noted = psql.execute(
            "SELECT app.note_import(%s, 'customers.customer', %s, '{}')", (run[0], [row[0]])
        ).fetchone()
        assert noted == (0,)


def test_a_hidden_record_is_no_oracle(company: Company) -> None:
    company.psql("sales5").execute(
        "INSERT INTO customers.customer (name, phone) VALUES ('藏', '13800138000')"
    )
    psql = company.psql("sales1")
    asked = "SELECT count(*) FROM app.import_duplicates('customers.customer', %s, %s)"
    assert psql.execute(asked, (["phone"], '[["13800138000"]]')).fetchone() == (0,)
    assert psql.execute(asked, (["name_key", "phone"], '[["藏", "13800138000"]]')).fetchone() == (0,)
    assert psql.execute(asked, (["name_key"], '[["藏"]]')).fetchone() == (1,)


def test_cancel_leaves_nothing(seller: Office, tmp_path: Path) -> None:
    source = table(tmp_path, TITLES, *[(f"公司{i}", "", "", "", "", "", "") for i in range(3_000)])
    stop = threading.Event()
    seen: list[int] = []

    def progress(done: int) -> None:
        seen.append(done)
        stop.set()

    with pytest.raises(Cancelled):
        seller.run(source, seller.plan(CUSTOMER, source, COLUMNS), progress=progress, cancelled=stop.is_set)
    assert seen == [1_000]
    assert seller.one("SELECT count(*) FROM customers.customer") == 0


@pytest.mark.parametrize("moment", ["middle", "after"])
def test_lost_connection_is_once_or_nothing(
    seller: Office, tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = table(tmp_path, TITLES, *[(f"公司{i}", f"N{i}", "", "", "", "", "") for i in range(1_500)])
    admin = seller.company.psql()
    killed = threading.Event()

    def kill() -> None:
        if not killed.is_set():
            killed.set()
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = 'sales1'"
            )

    importer = seller.importer(
        source,
        seller.plan(CUSTOMER, source, COLUMNS),
        progress=(lambda _done: kill()) if moment == "middle" else None,
    )
    if moment == "after":
        from services.database import _Work

        finish = _Work.finish

        def lost(work: _Work, changes: object) -> None:
            finish(work, changes)  # type: ignore[arg-type]
            if not killed.is_set():
                killed.set()
                raise ConnectionLost("The server cannot be reached. What you typed is kept; try again.")

        monkeypatch.setattr(_Work, "finish", lost)
    outcome = importer.run(uuid4())
    assert killed.is_set()
    assert outcome.created == 1_500
    assert seller.one("SELECT count(*) FROM customers.customer") == 1_500
    assert seller.rows("SELECT created FROM app.import_run") == [(1_500,)]


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


def test_two_thousand_rows_of_the_registry(seller: Office, real_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "registry.tsv"
    with gzip.open(real_data / "company_names" / "registry_rows.tsv.gz", "rt", encoding="utf-8") as stream:
        path.write_text("".join(line for _, line in zip(range(2_001), stream, strict=False)), "utf-8")
    source = open_table(path)
    columns = {"name": "name", "tax_number": "uscc", "address": "address", "remark": "scope", "kind": ""}
    plan = seller.plan(CUSTOMER, source, columns)
    result = seller.check(source, plan)
    assert result.total == 2_000
    outcome = seller.run(source, plan)
    assert (outcome.created, outcome.skipped, outcome.rejected) == tuple(
        result.counts[a] for a in (Action.CREATE, Action.SKIP, Action.REJECT)
    )
    assert outcome.created > 1_900
    assert seller.one("SELECT count(*) FROM customers.customer") == outcome.created
    assert all(reasons(seller, plan.entity, outcome).values())
    again = seller.run(source, plan)
    assert (again.created, again.skipped) == (0, outcome.created + outcome.skipped)


@pytest.mark.parametrize("name", ["bmx_parts.csv", "pos_products.csv.gz"])
def test_real_products_with_their_categories(
    buyer: Office, real_data: Path, tmp_path: Path, name: str
) -> None:
    path = real_data / "products_cn" / name
    if path.suffix == ".gz":
        path = tmp_path / "pos_products.csv"
        path.write_bytes(gzip.decompress((real_data / "products_cn" / name).read_bytes()))
    source = open_table(path)
    chosen = {"supplier_id": ""}
    if "自编码" in source.titles:
        chosen |= {"number": "自编码", "name": "品名", "category_id": "类别名称", "list_price": "零售价"}
    raw = buyer.plan(PRODUCT, source, chosen, create_missing=frozenset({"category_id"}))
    unknown = buyer.check(source, raw).unknown
    assert set(unknown) <= {"state"}
    states = {label: "active" if label == "正常" else "discontinued" for label in unknown.get("state", {})}
    plan = replace(raw, choices={"state": states})
    assert {"name", "unit", "list_price", "specification"} <= set(plan.columns)
    result = buyer.check(source, plan)
    outcome = buyer.run(source, plan)
    assert outcome.created == result.counts[Action.CREATE] > 0.8 * result.total
    assert outcome.created + outcome.skipped + outcome.rejected == result.total
    assert buyer.one("SELECT count(*) FROM products.product") == outcome.created
    assert all(reasons(buyer, plan.entity, outcome).values())
    if "category_id" in plan.columns:
        assert outcome.made["products.category"] == len(result.missing["category_id"]) > 5
    again = buyer.run(source, plan)
    assert again.created == 0
    assert undo(buyer.database, outcome.import_id).recycled == outcome.created + sum(outcome.made.values())
    assert buyer.one("SELECT count(*) FROM products.category WHERE deleted_at IS NULL") == 0


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


def test_dirty_and_hostile_files_give_rows_or_a_reason(company: Company, real_data: Path) -> None:
    seller = Office.of(company, "sales1")
    dirty = sorted(p for p in (real_data / "dirty_files").iterdir() if p.suffix in {".xls", ".xlsx", ".csv"})
    hostile = sorted((real_data / "hostile" / "office").iterdir())
    checked = refused = 0
    with Worker() as worker:
        for path in [*dirty[:: max(1, len(dirty) // 20)][:20], *hostile]:
            try:
                source = open_table(path, worker=worker)
                if not source.titles:
                    continue
                plan = seller.plan(CUSTOMER, source, {"name": source.titles[0]})
                assert seller.check(source, plan).total >= 0
                checked += 1
            except (ImportProblem, Refused) as problem:
                assert path.name in str(problem) or isinstance(problem, Refused)
                refused += 1
    assert checked > 15 and refused > 15
    assert seller.one("SELECT count(*) FROM customers.customer") == 0
    assert seller.one("SELECT count(*) FROM app.history WHERE entity LIKE 'customers.%%'") == 0


def test_fields_that_can_be_imported_are_those_of_the_table(seller: Office) -> None:
    for entity in ENTITIES.values():
        if entity.importable:
            keys = [field.key for field in importable_fields(entity, seller.user)]
            assert keys and len(keys) == len(set(keys))


def test_refused_rows_leave_no_lock_behind(company: Company) -> None:
    """Every savepoint that stays open holds a place in the server's table of locks, which all share."""
    taken = {f"C-{n:06}" for n in range(0, 40, 2)}
    boss = company.as_("boss")
    made = ENTITIES["customers.customer"].model.__table__
    assert isinstance(made, Table)
    with Session(boss.engine) as session:
        insert_rows(session, made, [{"name": f"旧{number}", "number": number} for number in sorted(taken)])
        wanted = [f"C-{n:06}" for n in range(40)]
        refused: list[str] = []

        def write(numbers: Sequence[str]) -> None:
            insert_rows(session, made, [{"name": f"新{n}", "number": n} for n in numbers])

        or_one_by_one(
            session,
            wanted,
            write,
            lambda number, _error: refused.append(number),
        )
        held = session.scalar(
            text("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'transactionid'")
        )
        assert set(refused) == taken and held == 1
        found = session.scalar(
            text("SELECT count(*) FROM customers.customer WHERE number = ANY (:n)"), {"n": wanted}
        )
        assert found == 40
