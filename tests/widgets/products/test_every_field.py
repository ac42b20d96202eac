"""Every field of a product: typed, saved, read back from the table, the page when it is opened again, and a file."""

from __future__ import annotations

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
from widgets.base.tasks import tasks

KEY = "products.product"
GOODS: Typed = {
    "name": ("不锈钢球阀", "不锈钢球阀"),
    "model": ("Q41F-16P", "Q41F-16P"),
    "specification": ("DN50 304", "DN50 304"),
    "number": ("QF-0050", "QF-0050"),
    "bar_code": ("6901234567892", "6901234567892"),
    "category_id": ("球阀", "category"),
    "brand": ("良工", "良工"),
    "unit": ("只", "只"),
    "pack_unit": ("箱", "箱"),
    "pack_factor": ("12", Decimal(12)),
    "list_price": ("286.50", Decimal("286.50")),
    "lowest_price": ("251.75", Decimal("251.75")),
    "tax_rate": ("9", Decimal(9)),
    "stocked": ("否", False),
    "lower_limit": ("20", Decimal(20)),
    "upper_limit": ("400", Decimal(400)),
    "weight": ("3.25", Decimal("3.25")),
    "supplier_id": ("鸿运集团", "supplier"),
    "state": ("停用", "discontinued"),
    "description": ("法兰连接\n手柄操作", "法兰连接\n手柄操作"),
    "remark": ("防水包装", "防水包装"),
}


@pytest.fixture(autouse=True)
def _settled() -> Iterator[None]:
    use_language("zh_CN")
    yield
    tasks().wait()


@pytest.mark.req("PRD-01", "PLT-18")
def test_every_field_of_a_product(company: Company, qtbot: QtBot, tmp_path: Path) -> None:
    psql = company.psql()
    psql.execute(
        "INSERT INTO customers.customer (name, owner_id) SELECT '鸿运集团', id FROM organisation.\"user\" LIMIT 1"
    )
    psql.execute("INSERT INTO products.category (name) VALUES ('球阀')")
    client = client_of(company.as_("boss"))
    entity = client.entities[KEY]
    assert {f.key for f in entity.fields if f.kind not in FILES} == set(GOODS), "every field is typed"
    _page, form = opened(client, KEY, None, qtbot)
    said = filled(form, client, GOODS, qtbot)
    one = saved(form, qtbot)

    names = {"category_id": "products.category", "supplier_id": "customers.customer"}
    held = held_by(psql, KEY, one, GOODS, names)
    shown_again(client, KEY, one, held, qtbot)
    in_file(client, entity, tmp_path / "products.csv", said)
