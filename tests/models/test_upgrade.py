"""A database knows which tables it has, not only which revision it was brought to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from services import schema
from services.errors import Refused
from tests.conftest import Company


@pytest.fixture
def rewritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another build of the program: its newest migration makes a further column, under the same revision."""
    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder)
    newest = sorted((folder / "versions").glob("*.py"))[-1]
    newest.write_text(newest.read_text(encoding="utf-8") + "# one more column\n", encoding="utf-8")
    monkeypatch.setattr(schema, "MIGRATIONS", folder)
    return newest


def test_tables_of_another_build_are_not_taken_for_ones_own(company: Company, rewritten: Path) -> None:
    with company.as_("boss").engine.connect() as connection:
        assert not schema.is_current(connection)
    with pytest.raises(Refused, match=r"another build|另一个"):
        schema.upgrade(company.url())
    assert company.psql().execute("SELECT count(*) FROM app.applied").fetchone() == (1,), "nothing was done"


def test_a_later_migration_may_follow(company: Company, rewritten: Path) -> None:
    """What was there is as it was; the next file belongs to a later revision."""
    rewritten.write_text(
        rewritten.read_text(encoding="utf-8").removesuffix("# one more column\n"), encoding="utf-8"
    )
    (rewritten.parent / "0002_gifts.py").write_text(
        "revision, down_revision, branch_labels, depends_on = '0002', '0001', None, None\n\n\n"
        "def upgrade():\n    pass\n",
        encoding="utf-8",
    )
    with company.as_("boss").engine.connect() as connection:
        assert not schema.is_current(connection)
    schema.upgrade(company.url())
    with company.as_("boss").engine.connect() as connection:
        assert schema.is_current(connection)
    row = (
        company.psql().execute("SELECT version, tables FROM app.applied ORDER BY id DESC LIMIT 1").fetchone()
    )
    assert row == ("0002", schema.tables_digest("0002"))


def test_line_ends_of_a_checkout_are_no_difference(rewritten: Path) -> None:
    before = schema.checksum()
    rewritten.write_bytes(rewritten.read_bytes().replace(b"\n", b"\r\n"))
    assert schema.checksum() == before
