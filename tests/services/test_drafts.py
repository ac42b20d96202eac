"""Drafts on the disk: exact, private to their owner, unharmed by damaged files."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from services.drafts import KEPT, Draft, Drafts, Sent

NOW = datetime.now().astimezone()


def draft(owner: str = "server/sales1", record_id: int | None = 7) -> Draft:
    return Draft(
        owner,
        "customers.customer",
        record_id,
        3,
        uuid4(),
        NOW,
        {
            "name": "长宏",
            "limit": Decimal("12.30"),
            "day": date(2026, 11, 21),
            "at": NOW,
            "main": True,
            "x": None,
            "channels": ["decimal", "展会"],
        },
        {"name": "旧"},
        Sent((uuid4(),), {"name": "长宏"}),
    )


def test_values_come_back_as_they_were(tmp_path: Path) -> None:
    drafts = Drafts("server/sales1", tmp_path / "deep" / "drafts")
    kept = draft()
    drafts.save(kept)
    found = drafts.find(entity=kept.entity, record_id=7)
    assert found == kept
    assert isinstance(found.values["limit"], Decimal) and str(found.values["limit"]) == "12.30"
    newer = replace(kept, values={"name": "new"})
    drafts.save(newer)
    assert drafts.all() == [newer], "one file per record"
    drafts.delete(entity=kept.entity, record_id=7, key=kept.key)
    assert drafts.all() == []


def test_nobody_elses(tmp_path: Path) -> None:
    Drafts("server/sales1", tmp_path).save(draft())
    assert Drafts("server/sales2", tmp_path).all() == []
    file = next(tmp_path.glob("*.json"))
    assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0


def test_damaged_and_old_files_hurt_nobody(tmp_path: Path) -> None:
    drafts = Drafts("server/sales1", tmp_path)
    (tmp_path / "a.json").write_text("{", "utf-8")
    (tmp_path / "b.json").write_text("[1]", "utf-8")
    (tmp_path / "c.json").write_text(json.dumps({"owner": "server/sales1"}), "utf-8")
    (tmp_path / "d.json").write_bytes(b"\xff\xfe")
    drafts.save(replace(draft(), at=NOW - KEPT - timedelta(days=1)))
    assert drafts.all() == []
    assert len(list(tmp_path.glob("*.json"))) == 4, "the old one is gone"


def test_a_value_that_cannot_be_kept_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    drafts = Drafts("server/sales1", tmp_path)
    with pytest.raises(TypeError):
        drafts.save(replace(draft(), values={"odd": object()}))
    assert list(tmp_path.iterdir()) == []


def test_drafts_of_open_forms_are_not_offered(tmp_path: Path) -> None:
    drafts = Drafts("server/sales1", tmp_path)
    kept = draft(record_id=None)
    drafts.save(kept)
    drafts.hold(kept.key)
    assert drafts.find(entity=kept.entity, record_id=None) is None
    drafts.release(kept.key)
    assert drafts.find(entity=kept.entity, record_id=None) == kept
