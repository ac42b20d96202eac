"""The main job of the program, from a new customer to the printed delivery note, through its real screens."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.main import make_application
from app.main_job import MainJob
from services.language import use_language
from services.opening import open_as
from services.settings import PcSettings
from tests.conftest import PASSWORD, Company


@pytest.mark.req("SAL-04", "DLV-02", "PLT-03")
def test_from_customer_to_delivery_note(sample: Company, tmp_path: Path, qtbot: QtBot) -> None:
    make_application(PcSettings(tmp_path / "none.toml", language="zh_CN"))
    job = MainJob(tmp_path, open_as(sample.url("nobody").set(username=None, password=None), "boss", PASSWORD))
    written = job.run()
    assert all(path.stat().st_size > 1000 for path in written)
    assert {path.suffix for path in written} == {".png", ".pdf", ".docx", ".xlsx"}
    stamped = (
        sample.psql()
        .execute(
            "SELECT count(*) FROM customers.customer WHERE name LIKE '重庆%%有限公司'"
            " AND address LIKE '重庆市%%工业大道%%'"
            " AND created_at > now() - interval '10 minutes'"
        )
        .fetchone()
    )
    assert job.facts["imported"] == "20" and stamped == (20,)
    row = (
        sample.psql()
        .execute(
            "SELECT o.received = o.gross, o.open_quantity, n.state FROM delivery.note n"
            ' JOIN stock.issue_line l ON l.issue_id = n.issue_id JOIN sales."order" o ON o.id = l.order_id'
            " WHERE n.number = %s LIMIT 1",
            (job.facts["note"],),
        )
        .fetchone()
    )
    assert row == (True, 0, "to_ship"), "paid, everything left, the note waits to be shipped"
    use_language("zh_CN")
