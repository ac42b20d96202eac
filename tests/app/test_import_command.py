"""``shuke import`` as it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import main
from services.language import use_language
from services.tabular.reading import open_table
from tests.conftest import PASSWORD, Company


@pytest.fixture(autouse=True)
def _english() -> object:
    yield
    use_language("zh_CN")


def shuke(company: Company, *arguments: str) -> int:
    """Run the command; its exit code."""
    address = company.url("boss").render_as_string(hide_password=False)
    with pytest.raises(SystemExit) as left:
        main(["--url", address, *arguments])
    code = left.value.code
    assert isinstance(code, int)
    return code


@pytest.mark.req("PLT-19")
def test_import_command(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHUKE_PASSWORD", PASSWORD)
    file = tmp_path / "c.csv"
    file.write_text("公司名称,代码,电话\n甲公司,A1,02368651208\n乙公司,A2,不详\n", "gb18030")
    common = ("import", "customers.customer", str(file), "--user", "sales1", "--map", "number=代码")

    assert shuke(company, *common, "--dry-run", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["counts"] == {"create": 1, "update": 0, "skip": 0, "reject": 1}
    assert answer["rejects"].keys() == {"3"} and "不详" in answer["rejects"]["3"][0]
    admin = company.psql()
    assert admin.execute("SELECT count(*) FROM customers.customer").fetchone() == (0,)

    assert shuke(company, *common, "--all-or-nothing") == 1
    assert "3" in capsys.readouterr().err
    assert admin.execute("SELECT count(*) FROM customers.customer").fetchone() == (0,)

    refused = tmp_path / "refused.xlsx"
    assert shuke(company, *common, "--rejected", str(refused)) == 0
    assert "1 created" in capsys.readouterr().out
    assert admin.execute("SELECT number, owner_id = id FROM customers.customer").fetchone() is not None
    assert [row.cells[0] for row in open_table(refused).rows()] == ["乙公司"]

    assert shuke(company, *common, "--duplicates", "update", "--json") == 0
    assert json.loads(capsys.readouterr().out)["counts"]["skip"] == 1


def test_import_command_refuses(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHUKE_PASSWORD", PASSWORD)
    file = tmp_path / "c.csv"
    file.write_text("公司名称\n甲公司\n", "utf-8")
    assert shuke(company, "import", "customers.customer", str(file), "--user", "cashier1") == 1
    assert "customers.customer.import" in capsys.readouterr().err
    assert shuke(company, "import", "customers.customer", str(tmp_path / "none.csv"), "--user", "sales1") == 1
    assert "none.csv" in capsys.readouterr().err
    assert shuke(company, "import", "no.such", str(file)) == 2
    monkeypatch.setenv("SHUKE_PASSWORD", "wrong")
    assert shuke(company, "import", "customers.customer", str(file), "--user", "sales1") == 1
