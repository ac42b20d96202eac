"""``shuke export`` as it is called."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from services.language import use_language
from tests.app.test_import_command import shuke
from tests.conftest import PASSWORD, Company
from tests.services.test_listing import fill


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("SHUKE_PASSWORD", PASSWORD)
    yield
    use_language("zh_CN")


CUSTOMERS = ("export", "customers.customer")


@pytest.mark.req("PLT-18")
def test_export_with_filters_columns_and_order(
    company: Company, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(company.psql(), 120)
    file = tmp_path / "c.xlsx"
    asked = ("--filter", "credit_days>=10", "--filter", "kind=Company", "--columns", "name,credit_days,owner")
    assert shuke(company, *CUSTOMERS, str(file), *asked, "--order", "-credit_days,name", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    admin = company.psql()
    wanted = admin.execute(
        "SELECT count(*) FROM customers.customer WHERE credit_days >= 10 AND kind = 'company'"
    ).fetchone()
    assert wanted and answer["rows"] == wanted[0] > 0
    rows = list(openpyxl.load_workbook(file).active.values)
    assert rows[0] == ("Name", "Credit days", "Owner") and len(rows) == wanted[0] + 1
    days = [row[1] for row in rows[1:]]
    assert days == sorted(days, reverse=True) and min(days) >= 10
    assert all(isinstance(row[2], str) and row[2] for row in rows[1:])  # people by name
    logged = admin.execute("SELECT login, exported FROM system.export_log").fetchall()
    assert logged == [("boss", wanted[0])]


@pytest.mark.req("PLT-18")
def test_export_shows_a_salesperson_his_own_only(company: Company, tmp_path: Path) -> None:
    fill(company.psql(), 60)
    file = tmp_path / "c.csv"
    assert shuke(company, *CUSTOMERS, str(file), "--user", "sales1", "--columns", "name,receivable") == 0
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    found = (
        company.psql("sales1")
        .execute(
            "SELECT count(*), sum(b.receivable) FROM customers.customer c JOIN customers.balance b USING (id)"
        )
        .fetchone()
    )
    assert found is not None and len(rows) == int(str(found[0])) + 2  # head and totals
    assert Decimal(rows[-1][1].replace(",", "")) == found[1]


@pytest.mark.req("PLT-18")
def test_export_refuses_in_words(
    company: Company, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "c.xlsx")
    for more, said in (
        (("--filter", "nonsense"), "nonsense"),
        (("--filter", "colour=red"), "colour"),
        (("--filter", "category=no such"), "no such"),
        (("--filter", "credit_days>many"), "many"),
        (("--columns", "name,colour"), "colour"),
        (("--order", "colour"), "colour"),
        (("--class", "strange"), "strange"),
        (("--user", "cashier1"), "right"),
    ):
        assert shuke(company, *CUSTOMERS, file, *more) == 1, more
        assert said in capsys.readouterr().err
    assert shuke(company, *CUSTOMERS, str(tmp_path / "c.pdf")) == 1
    assert shuke(company, "export", "no.such", file) == 2
    company.psql().execute(
        "UPDATE organisation.role SET rights = array_remove(rights, 'customers.customer.export') WHERE code = 'sales'"
    )
    assert shuke(company, *CUSTOMERS, file, "--user", "sales1") == 1
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("SHUKE_PASSWORD", "wrong")
    assert shuke(company, *CUSTOMERS, file) == 1
