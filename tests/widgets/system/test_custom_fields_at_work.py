"""The office's own fields where people meet them: defined in the form, typed, listed, exported, imported (PLT-38)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pytestqt.qtbot import QtBot

from services import records
from services.changes import Notice
from services.drafts import Drafts
from services.entity import Facet, Query
from services.exporting import export
from services.files import queries
from services.importing.plan import Duplicates, Pasted, Plan, importable_fields, propose
from services.importing.running import Importer
from services.language import use_language
from services.listing import Listing
from services.registry import ENTITIES
from services.session import read_dictionary
from services.wording import words
from tests.conftest import Company
from tests.widgets.desk import client_of
from widgets.base.client import Client
from widgets.base.editors.file import FileEditor
from widgets.base.list_batch import edited_together
from widgets.base.list_choosers import FieldChooser
from widgets.base.list_page import ListPage
from widgets.base.record_form import RecordForm
from widgets.base.tasks import tasks
from widgets.customers.quick_create import QuickCreate
from widgets.sales.order_form import OrderForm

CUSTOMER = "customers.customer"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Titles in English, and nobody's task left over."""
    use_language("en")
    yield
    tasks().wait()
    use_language("zh_CN")


def form_of(client: Client, entity: str, folder: Path, qtbot: QtBot, record: int | None = None) -> RecordForm:
    """The form, open and ready."""
    form = RecordForm(client, client.entities[entity], record, drafts=Drafts("own", folder))
    qtbot.addWidget(form)
    form.resize(1100, 800)
    form.show()
    qtbot.waitUntil(form.fields.isEnabled)
    return form


def define(client: Client, title: str, kind: str, qtbot: QtBot, folder: Path, **more: Any) -> None:
    """Define a field in its form, as the boss does."""
    form = form_of(client, "system.custom_field", folder, qtbot)
    values = {"entity": CUSTOMER, "title": title, "kind": kind, **more}
    form.fields.set_values(values)
    with qtbot.waitSignal(form.saved):
        form.save()
    form.hide()


def hear(client: Client) -> None:
    """What the workplace does when the definitions have changed."""
    with client.database.read_session() as session:
        client.learn(read_dictionary(session))
    client.bus.tell(Notice("scope", None, False))


@pytest.mark.req("PLT-38")
def test_the_boss_defines_a_field_and_a_salesperson_works_with_it_at_once(
    qtbot: QtBot, company: Company, tmp_path: Path
) -> None:
    boss, sales = client_of(company.as_("boss")), client_of(company.as_("sales1"))
    page = ListPage(sales, Query(CUSTOMER))
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    form = form_of(sales, CUSTOMER, tmp_path, qtbot)
    form.fields.editors["name"].set_value("甲公司")
    form.fields.changed.emit("name")
    define(boss, "老板爱好", "text", qtbot, tmp_path, searched=True, required=True, group_title="商务情况")
    define(boss, "经营渠道", "choices", qtbot, tmp_path, dictionary="customer_source")
    hear(sales)
    assert {"custom_1", "custom_2"} <= set(form.fields.editors), "the open form has them"
    assert form.fields.editors["name"].value() == "甲公司", "and what was typed"
    assert any(title == "商务情况" for title, *_rest in form.fields._groups)
    form.save()
    assert form.fields.editors["custom_1"].error(), "it is required"
    sources = [choice.key for choice in sales.dictionary.of("customer_source")[:2]]
    form.fields.set_values({"custom_1": "钓鱼"})
    for key in sources:
        form.fields.editors["custom_2"].boxes[key].click()  # type: ignore[attr-defined]
    with qtbot.waitSignal(form.saved):
        form.save()
    assert form.record_id is not None
    page.columns_.choose(["name", "custom_1", "custom_2"])
    page.search.setText("钓鱼")
    page.search.textEdited.emit("钓鱼")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1 and len(page.model.columns) == 3)
    shown = [page.model.index(0, column).data() for column in (1, 2, 3)]
    assert shown == ["甲公司", "钓鱼", sales.dictionary.labels(sources)]
    page.change(Query(CUSTOMER, facets=(Facet("custom_2", "in", (sources[0],)),), order=("custom_1",)))
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)

    # the boss switches it off: the column, the condition and the input go, nothing else
    with boss.database.read_session() as session:
        definition = records.read(session, entity=ENTITIES["system.custom_field"], record_id=2)
    boss.database.write(
        records.update_record,
        entity=ENTITIES["system.custom_field"],
        record_id=2,
        version=definition["version"],
        values={"active": False},
    )
    hear(sales)
    assert [column.key for column in page.model.columns] == ["name", "custom_1"]
    assert page.query.facets == ()
    qtbot.waitUntil(lambda: "custom_2" not in form.fields.editors)
    assert form.fields.editors["custom_1"].value() == "钓鱼"


@pytest.mark.req("PLT-38")
def test_a_file_is_chosen_in_the_form_and_opened_from_it(
    qtbot: QtBot, company: Company, tmp_path: Path
) -> None:
    define(client_of(company.as_("boss")), "营业执照", "file", qtbot, tmp_path)
    client = client_of(company.as_("sales1"))
    form = form_of(client, CUSTOMER, tmp_path, qtbot)
    form.fields.editors["name"].set_value("甲公司")
    editor = form.fields.editors["custom_1"]
    assert isinstance(editor, FileEditor)
    licence = tmp_path / "licence.pdf"
    licence.write_bytes(b"%PDF-1.4 licence")
    editor.send(licence)
    assert editor.problem(), "the form waits for it"
    qtbot.waitUntil(lambda: editor.file is not None)
    assert editor.name_button.text() == "licence.pdf" and editor.problem() is None
    with qtbot.waitSignal(form.saved):
        form.save()
    again = form_of(client, CUSTOMER, tmp_path, qtbot, form.record_id)
    shown = again.fields.editors["custom_1"]
    assert isinstance(shown, FileEditor)
    qtbot.waitUntil(lambda: shown.file is not None)
    assert shown.file is not None and shown.file.name == "licence.pdf"
    shown.clear()
    with qtbot.waitSignal(again.saved):
        again.save()
    with client.database.read_session() as session:
        assert queries.files_of(session, entity=CUSTOMER, record_id=again.record_id or 0) == []
    page = ListPage(client, Query(CUSTOMER))
    qtbot.addWidget(page)
    assert "custom_1" not in {field.key for field in edited_together(client, client.entities[CUSTOMER])}, (
        "a file is one record's alone"
    )


@pytest.mark.req("PLT-38")
def test_batch_editing_and_quick_creation_know_them(qtbot: QtBot, company: Company, tmp_path: Path) -> None:
    boss = client_of(company.as_("boss"))
    define(boss, "经营渠道", "choices", qtbot, tmp_path, dictionary="customer_source")
    define(boss, "客户经理评语", "text", qtbot, tmp_path, required=True)
    client = client_of(company.as_("sales1"))
    quick = QuickCreate(client)
    qtbot.addWidget(quick)
    quick.show()
    quick.customer.set_values({"name": "乙公司"})
    quick.submit()
    assert quick.customer.editors["custom_2"].error()
    quick.customer.set_values({"custom_2": "好"})
    with qtbot.waitSignal(quick.created) as made:
        quick.submit()
    entity = client.entities[CUSTOMER]
    chooser = FieldChooser(client, entity, [entity.field("custom_1")])
    qtbot.addWidget(chooser)
    assert chooser.input is not None
    key = client.dictionary.of("customer_source")[0].key
    chooser.input.value = lambda: (key,)
    values = chooser.values()
    record = made.args[0]
    client.database.write(records.update_many, entity=entity, versions={record: 1}, values=values)
    with client.database.read_session() as session:
        found = records.read(session, entity=entity, record_id=record)
        now = records.values_now(session, entity=entity, ids=[record], key="custom_1")
    assert (found["custom_1"], found["custom_2"]) == ([key], "好")
    assert now == ([([key], 1)], 0)


@pytest.mark.req("PLT-38")
def test_an_export_is_imported_back(qtbot: QtBot, company: Company, tmp_path: Path) -> None:
    boss = client_of(company.as_("boss"))
    for title, kind, more in (
        ("员工人数", "number", {"initial": "10"}),
        ("经营渠道", "choices", {"dictionary": "customer_source"}),
        ("行业地位", "choice", {"dictionary": "customer_level"}),
        ("有进口权", "yes_no", {}),
    ):
        define(boss, title, kind, qtbot, tmp_path, **more)
    client = client_of(company.as_("sales1"))
    entity, dictionary = client.entities[CUSTOMER], client.dictionary
    sources = dictionary.of("customer_source")[:3]
    level = dictionary.of("customer_level")[0]
    cells = (
        ("客户名称", "员工人数", "经营渠道", "行业地位", "有进口权"),
        ("甲公司", "25", f"{sources[0].zh}、{sources[1].zh}", level.zh, "是"),
        ("乙公司", "", "", "", ""),
        ("丙公司", "30", "没有这个", "", ""),
    )
    source = Pasted(cells)
    columns = propose(source, entity, client.user).by_field()
    assert {"custom_1", "custom_2", "custom_3", "custom_4"} <= set(columns), "found by their titles"
    plan = Plan(entity, columns, duplicates=Duplicates.UPDATE)
    outcome = Importer(client.database, source, plan, client.user, dictionary).run()
    assert (outcome.created, outcome.rejected) == (2, 1)
    listing = Listing(Query(CUSTOMER, order=("id",)), user=client.user, dictionary=dictionary)
    file = tmp_path / "customers.xlsx"
    shown = ["name", "custom_1", "custom_2", "custom_3", "custom_4"]
    export(
        client.database,
        listing,
        file,
        shown=shown,
        text_of=lambda column, value: words(column, value, dictionary),
    )
    sheet = load_workbook(file).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2, max_row=3)]
    assert rows[0] == ["甲公司", 25, f"{sources[0].en}, {sources[1].en}", level.en, "Yes"]
    assert rows[1] == ["乙公司", 10, None, None, "No"], "a default where the file says nothing"
    again = Pasted((cells[0], ("甲公司", "26", sources[2].zh, "", "")))
    changed = Importer(client.database, again, plan, client.user, dictionary).run()
    assert changed.updated == 1
    with client.database.read_session() as session:
        found = Listing(listing.query, user=client.user, dictionary=dictionary).page(
            session, first=0, size=1, shown=shown
        )
    assert found.rows[0].values[1:4] == (Decimal(26), [sources[2].key], level.key)
    assert len(importable_fields(entity, client.user)) > len(
        importable_fields(ENTITIES[CUSTOMER], client.user)
    )


@pytest.mark.req("PLT-38")
def test_an_order_has_them_too(qtbot: QtBot, company: Company, tmp_path: Path) -> None:
    boss = client_of(company.as_("boss"))
    define(boss, "项目编号", "text", qtbot, tmp_path, entity="sales.order", searched=True, required=True)
    define(boss, "预计毛利", "amount", qtbot, tmp_path, entity="sales.order")
    client = client_of(company.as_("sales1"))
    customer = client.database.write(records.create, entity=ENTITIES[CUSTOMER], values={"name": "甲公司"}).id
    form = OrderForm(client, None, {"customer_id": customer})
    qtbot.addWidget(form)
    with qtbot.waitSignal(form.loaded):
        form.show()
    qtbot.waitUntil(lambda: form.head.value("customer_id") == customer and not form.busy)
    form.head.edited.emit()
    form.act("save")
    assert form.head.editors["custom_1"].error(), "it is required"
    form.head.set_values({"custom_1": "PJ-2026-7", "custom_2": Decimal("1200.50")})
    form.head.edited.emit()
    with qtbot.waitSignal(form.saved) as saved:
        form.act("save")
    assert form.head.value("custom_2") == Decimal("1200.50"), "as the database has it"
    listing = Listing(Query("sales.order", words="PJ2026"), user=client.user, dictionary=client.dictionary)
    with client.database.read_session() as session:
        page = listing.page(session, first=0, size=5, shown=["custom_1", "custom_2"])
    assert [(row.id, row.values) for row in page.rows] == [(saved.args[0], ("PJ-2026-7", Decimal("1200.50")))]
    shell = company.psql("sales1")
    with pytest.raises(Exception, match="permission denied"):
        shell.execute("UPDATE sales.\"order\" SET custom_1 = 'x'")
    for custom, reason in (
        ("{}", "must not be empty"),
        ('{"custom_1": "x", "custom_2": "much"}', "does not fit"),
    ):
        with pytest.raises(Exception, match=reason):
            shell.execute(
                "SELECT app.post(gen_random_uuid(), 'sales.save_order', jsonb_build_object("
                "'customer_id', %s::bigint, 'lines', '[]'::jsonb, 'custom', %s::jsonb))",
                [customer, custom],
            )
