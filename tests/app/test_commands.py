"""``shuke demo``, ``tour``, ``seal`` and ``server`` as somebody types them: what he reads, and how wrong use ends."""

from __future__ import annotations

import json
import re
import socket
import time
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pypdfium2
import pytest

from services.sample.by_hand import do_by_hand
from tests.app.test_cli import Shuke, machine, shuke
from tests.conftest import PASSWORD, Company

__all__ = ["machine", "shuke"]
LOST = "postgresql://postgres@127.0.0.1:1/shuke"


def of_sample(company: Company, password: str = PASSWORD) -> Shuke:
    """Commands that find their sample company made already."""
    return Shuke(
        SHUKE_URL=company.url().render_as_string(hide_password=False),
        SHUKE_SAMPLE_PASSWORD=password,
        QT_QPA_PLATFORM="offscreen",
    )


# -- demo and tour


@pytest.mark.req("ADM-32", "PLT-03")
def test_demo_without_a_display_plays_the_main_job(sample: Company, tmp_path: Path) -> None:
    folder = tmp_path / "演示"
    said = of_sample(sample)("demo", "--output", str(folder))
    assert f"Password of all of them: {PASSWORD}" in said
    assert "log in as boss" in said and "There is no display here" in said and "--platform vnc" in said
    named = [Path(line.strip()) for line in said.splitlines() if line.startswith("  ")]
    assert {path.suffix for path in named} == {".png", ".pdf", ".docx", ".xlsx"}
    assert all(path.parent == folder and path.stat().st_size > 1000 for path in named), said
    (paper,) = [path for path in named if path.suffix == ".pdf"]
    assert "发货单" in pypdfium2.PdfDocument(paper)[0].get_textpage().get_text_range()


@pytest.mark.req("ADM-32")
def test_demo_used_wrongly(sample_office: Company) -> None:
    demo = of_sample(sample_office)
    assert "--lang" in demo("demo", "--lang", "klingon", ends=2)
    assert "--size" in demo("demo", "--size", "many", ends=2)
    assert "No such option" in demo("demo", "--quick", ends=2)
    assert "Login or password is wrong" in demo("demo", "--user", "nobody", ends=1)
    assert "Login or password is wrong" in of_sample(sample_office, "wrong")("demo", ends=1)
    assert "cannot be reached" in Shuke(SHUKE_URL=LOST)("demo", ends=1)


def test_tour_takes_what_is_asked_for(sample_office: Company, tmp_path: Path) -> None:
    tour = of_sample(sample_office)
    size = ("--lang", "en", "--size", "1024x700", "--only", "list.customers.customer")
    said = tour("tour", str(tmp_path / "one"), *size)
    assert re.search(r"^\d pictures? in .*one, 0 failed\.$", said.strip()), said
    (picture, *_more) = json.loads(tour("tour", str(tmp_path / "two"), *size, "--style", "dark", "--json"))
    assert picture == {"name": "list.customers.customer", "title": "Customers", "trouble": ""}
    pages = pypdfium2.PdfDocument(tmp_path / "two" / "tour.pdf")
    assert (round(pages[0].get_width()), round(pages[0].get_height())) == (1024, 700)
    assert (tmp_path / "one" / "index.html").read_text("utf-8").count("<figure") == len(pages)


def test_tour_writes_every_paper(sample: Company, tmp_path: Path) -> None:
    do_by_hand(sample.url(), PASSWORD)
    said = json.loads(
        of_sample(sample)("tour", str(tmp_path), "--lang", "en", "--only", "document", "--json")
    )
    assert {picture["trouble"] for picture in said} == {""}
    kinds = ("order", "delivery_note", "dispatch_notice", "stock_issue", "stock_receipt", "payment_receipt")
    sizes = {"a4": (595, 842), "half": (683, 397), "receipt_80": (227, 0)}
    for kind in kinds:
        for paper, (width, height) in sizes.items():
            pdf = pypdfium2.PdfDocument(tmp_path / f"document.{kind}.{paper}.pdf")
            assert round(pdf[0].get_width()) == width, (kind, paper)
            assert not height or round(pdf[0].get_height()) == height, (kind, paper)
            assert (tmp_path / f"document.{kind}.{paper}.png").stat().st_size > 5000
    for kind in (*kinds, "list"):
        sheet: Any = openpyxl.load_workbook(tmp_path / f"document.{kind}.xlsx").active
        assert sheet.max_row > 3 and (tmp_path / f"document.{kind}.docx").stat().st_size > 5000
    assert (tmp_path / "tour.pdf").stat().st_size > 100_000


def test_tour_used_wrongly(sample_office: Company, tmp_path: Path) -> None:
    tour = of_sample(sample_office)
    for option, value in (
        ("--lang", "xx"),
        ("--style", "pink"),
        ("--size", "wide"),
        ("--scale", "9"),
    ):
        assert option in tour("tour", str(tmp_path), option, value, ends=2)
    assert "DIR" in tour("tour", ends=2)
    assert "“nothing.here”" in tour("tour", str(tmp_path), "--only", "nothing.here", ends=1)
    (tmp_path / "file").write_text("")
    assert "file" in tour("tour", str(tmp_path / "file"), "--only", "window.login", ends=1)
    assert "Login or password is wrong" in tour("tour", str(tmp_path), "--user", "nobody", ends=1)
    assert "cannot be reached" in Shuke(SHUKE_URL=LOST)("tour", str(tmp_path), ends=1)


# -- the seal


@pytest.mark.req("PLT-34")
def test_seal(shuke: Shuke, company: Company) -> None:
    company.psql("sales1").execute("INSERT INTO customers.customer (name) VALUES ('一'), ('二')")
    time.sleep(0.1)
    made = shuke("seal", "make").splitlines()
    assert re.fullmatch(r"\d+ lines? of the history (was|were) sealed\.", made[0]), made
    head = made[1].strip()
    assert re.fullmatch(r"[0-9a-f]{64}", head)
    assert "as it was" in shuke("seal", "verify")
    assert "as it was" in shuke("seal", "verify", "--head", head)
    assert json.loads(shuke("seal", "verify", "--json")) == []
    assert json.loads(shuke("seal", "make", "--json"))["rows"] == 0
    assert shuke("seal", "verify", "--head", "0" * 64, ends=1).strip()
    company.psql().execute("SET session_replication_role = replica")
    admin = company.psql()
    admin.execute("SET session_replication_role = replica")
    admin.execute(
        "UPDATE app.history SET action = 'delete'"
        " WHERE id = (SELECT min(id) FROM app.history WHERE entity = 'customers.customer')"
    )
    assert "as it was" not in shuke("seal", "verify", ends=1)


@pytest.mark.req("PLT-34")
def test_seal_used_wrongly(shuke: Shuke) -> None:
    assert "Usage: shuke seal" in shuke("seal", ends=2)
    assert "No such command" in shuke("seal", "break", ends=2)
    assert "No such option" in shuke("seal", "make", "--hard", ends=2)
    assert "cannot be reached" in Shuke(SHUKE_URL=LOST)("seal", "verify", ends=1)


# -- the server


@pytest.mark.req("ADM-02")
def test_upgrade(shuke: Shuke, company: Company) -> None:
    assert "is up to date" in shuke("server", "upgrade")
    company.psql().execute("UPDATE app.applied SET checksum = 'old'")
    status = shuke("server", "status", ends=1)
    assert "another version" in status and "shuke server upgrade" in status
    assert "is up to date" in shuke("server", "upgrade")
    assert "is up to date" in shuke("server", "status")
    address = company.url().set(database="nobody_made_it").render_as_string(hide_password=False)
    assert "shuke server init" in Shuke(SHUKE_URL=address)("server", "upgrade", ends=1)
    assert "No such option" in shuke("server", "upgrade", "--force", ends=2)
    assert "cannot be reached" in Shuke(SHUKE_URL=LOST)("server", "upgrade", ends=1)
    assert "postgresql://" in Shuke(SHUKE_URL="somewhere")("server", "upgrade", ends=1)


@pytest.mark.req("ORG-21")
def test_tls(shuke: Shuke) -> None:
    said = shuke("server", "tls", ends=1)
    assert "The server offers no TLS." in said or "without TLS" in said
    assert "ssl = on" in said and "hostssl all +shuke_staff all scram-sha-256" in said
    assert "cannot be reached" in Shuke(SHUKE_URL=LOST)("server", "tls", ends=1)


@pytest.mark.req("ADM-02")
def test_share_and_unshare(machine: tuple[Shuke, Any]) -> None:
    shuke, server = machine
    with socket.socket() as probe:
        probe.bind(("", 0))
        port = probe.getsockname()[1]
    shuke("server", "init")
    printed = shuke("user", "add", "joe", "--name", "乔", "--position", "总经理", "--role", "boss").split()
    said = shuke("server", "share", "--port", str(port))
    assert "This PC is the server now" in said
    assert re.search(rf"Address \S+:{port}, pairing code \S+", said), said
    assert "firewall" in said
    again = json.loads(shuke("server", "share", "--json"))
    assert again["port"] == port and len(again["addresses"]) == len(again["codes"]) > 0
    host = again["addresses"][0].partition(":")[0]
    with psycopg.connect(host=host, port=port, user="joe", password=printed[-1], dbname="shuke") as office:
        assert office.execute("SELECT session_user").fetchone() == ("joe",)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=host, port=port, user="postgres", password="x", dbname="shuke")
    assert "for this PC alone" in shuke("server", "unshare")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=host, port=port, user="joe", password=printed[-1], dbname="shuke")
    assert "for this PC alone" in shuke("server", "unshare")
    assert "--port" in shuke("server", "share", "--port", "70000", ends=2)
    assert "--port" in shuke("server", "share", "--port", "five", ends=2)
    with socket.socket() as other:
        other.bind(("", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert f"Port {taken} is in use" in shuke("server", "share", "--port", str(taken), ends=1)
    assert server.running()


def test_a_server_of_others_is_not_shared(shuke: Shuke) -> None:
    for command in ("share", "unshare", "start"):
        assert "its own administrator" in shuke("server", command, ends=1)
