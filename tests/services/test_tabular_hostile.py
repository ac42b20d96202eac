"""Bad files: each ends in rows or in one plain sentence, in bounded time and memory."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from services.entity import FILES, Kind
from services.errors import Cancelled, ShukeError
from services.language import use_language
from services.tabular.matching import normal
from services.tabular.problems import TEMPLATES
from services.tabular.reading import ImportProblem, Limits, Worker, open_table
from services.tabular.regions import Regions
from services.tabular.values import convert
from tests.services.tabular_files import HOSTILE, needs_data, write_workbook

LIMITS = Limits(seconds=8, memory_bytes=512 << 20)
CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>名称</t></is></c></row>'


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as one:
        yield one


def problem(path: Path, worker: Worker, limits: Limits = LIMITS) -> str:
    with pytest.raises(ImportProblem) as caught:
        list(open_table(path, limits=limits, worker=worker).rows())
    text = str(caught.value)
    assert path.name in text
    assert "{" not in text
    return caught.value.key


@needs_data
def test_the_collection_of_hostile_office_files(worker: Worker) -> None:
    files = sorted((HOSTILE / "office").iterdir())
    assert len(files) >= 50
    read, refused = 0, {}
    for path in files:
        began = time.monotonic()
        try:
            for _ in open_table(path, limits=LIMITS, worker=worker).rows():
                pass
            read += 1
        except ImportProblem as found:
            assert path.name in str(found)
            refused[path.name.split("__", 1)[1]] = found.key
        assert time.monotonic() - began < LIMITS.seconds + 2, path.name
    assert read >= 10
    assert refused["poc-xmlbomb-empty.xlsx"] == "entities"
    assert refused["protect.xlsx"] == refused["58616.xlsx"] == refused["60284.xls"] == "encrypted"
    assert refused["truncated62886.docx"] == refused["xlsx-corrupted.xlsx"] == "damaged"
    assert refused["poc-shared-strings.xlsx"] in ("cell_length", "too_much_text", "time")
    assert refused["documentProtection_readonly_no_password.docx"] == "word"


@needs_data
def test_pictures_and_prose_are_no_tables(worker: Worker) -> None:
    for path in sorted((HOSTILE / "images").iterdir()):
        assert problem(path, worker) in (
            "picture",
            "not_a_table",
            "encoding",
            "damaged",
            "cell_length",
            "no_rows",
        )


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<worksheet><sheetData><row><c t='inlineStr'><is><t>&b;</t></is></c></row></sheetData></worksheet>"
)
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    b"<worksheet><sheetData><row><c t='inlineStr'><is><t>&a;</t></is></c></row></sheetData></worksheet>"
)


@pytest.mark.parametrize("sheet", [ENTITIES, EXTERNAL], ids=["bomb", "external"])
def test_entities_are_refused_before_they_are_expanded(tmp_path: Path, worker: Worker, sheet: bytes) -> None:
    assert problem(write_workbook(tmp_path / "a.xlsx", sheet), worker) == "entities"
    named = write_workbook(tmp_path / "b.xlsx", "<sheetData/>", strings=sheet)
    assert problem(named, worker) == "entities"


def test_a_sheet_that_unpacks_to_a_gigabyte(tmp_path: Path, worker: Worker) -> None:
    sheet = b"<worksheet><sheetData>" + CELL.encode() + b" " * (80 << 20) + b"</sheetData></worksheet>"
    path = write_workbook(tmp_path / "a.xlsx", sheet)
    assert path.stat().st_size < 1 << 20
    assert problem(path, worker) == "bomb"


def test_the_declared_dimension_is_not_believed(tmp_path: Path, worker: Worker) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx", f'<dimension ref="A1:XFD1048576"/><sheetData>{CELL}</sheetData>'
    )
    began = time.monotonic()
    assert [row.cells for row in open_table(path, worker=worker).sample] == [("名称",)]
    assert time.monotonic() - began < 2


def test_bounds_on_rows_columns_cells_and_text(tmp_path: Path, worker: Worker) -> None:
    small = Limits(rows=10, columns=5, cell_length=50, shared_characters=400, seconds=8)
    rows = "".join(f'<row r="{i}"><c><v>1</v></c></row>' for i in range(1, 20))
    cases = {
        "rows": f"<sheetData>{rows}</sheetData>",
        "columns": '<sheetData><row><c r="XFD1"><v>1</v></c></row></sheetData>',
        "cell_length": f"<sheetData><row><c t='inlineStr'><is><t>{'字' * 60}</t></is></c></row></sheetData>",
    }
    for key, sheet in cases.items():
        assert problem(write_workbook(tmp_path / f"{key}.xlsx", sheet), worker, small) == key
    strings = "".join(f"<si><t>字{i}</t></si>" for i in range(1_000))
    path = write_workbook(tmp_path / "s.xlsx", "<sheetData/>", strings=strings)
    assert problem(path, worker, small) == "too_much_text"
    (tmp_path / "rows.csv").write_text("a,b\n" * 20)
    (tmp_path / "columns.csv").write_text("a,b,c,d,e,f,g\n")
    (tmp_path / "quote.csv").write_text('a,"b\n' + "c,d\n" * 40)
    assert problem(tmp_path / "rows.csv", worker, small) == "rows"
    assert problem(tmp_path / "columns.csv", worker, small) == "columns"
    assert problem(tmp_path / "quote.csv", worker, small) == "quote"
    assert problem(tmp_path / "rows.csv", worker, Limits(file_bytes=10)) == "file_bytes"


def test_files_that_are_something_else(tmp_path: Path, worker: Worker) -> None:
    made = {
        "empty": b"",
        "pdf": b"%PDF-1.7\n",
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(40),
        "archive": b"Rar!\x1a\x07\x00",
        "damaged": b"PK\x03\x04" + bytes(30),
        "not_a_table": bytes(range(1, 32)) * 40,
        "no_rows": b"\r\n , ,\r\n",
    }
    for key, content in made.items():
        path = tmp_path / f"{key}.xlsx"
        path.write_bytes(content)
        assert problem(path, worker) == key
    assert problem(tmp_path / "gone.xlsx", worker) == "missing"
    with zipfile.ZipFile(tmp_path / "odd.xlsx", "w") as archive:
        archive.writestr("../../evil.txt", "x")
    assert problem(tmp_path / "odd.xlsx", worker) == "not_a_table"
    assert not (tmp_path.parent.parent / "evil.txt").exists()


def test_a_truncated_workbook(tmp_path: Path, worker: Worker) -> None:
    whole = write_workbook(tmp_path / "a.xlsx", f"<sheetData>{CELL * 500}</sheetData>").read_bytes()
    for part in (0.2, 0.6, 0.95):
        (tmp_path / "cut.xlsx").write_bytes(whole[: int(len(whole) * part)])
        assert problem(tmp_path / "cut.xlsx", worker) == "damaged"


def big_csv(path: Path) -> Path:
    path.write_text("名称,数量\n" + "甲乙丙丁,12345\n" * 150_000, encoding="utf-8")
    return path


def test_time_limit_and_cancelling_end_the_child(tmp_path: Path) -> None:
    path = big_csv(tmp_path / "a.csv")
    with Worker() as worker:
        table = open_table(path, worker=worker)
        assert worker._process is not None
        child = psutil.Process(worker._process.pid)
        asked: list[int] = []
        with pytest.raises(Cancelled):
            for _ in table.rows(lambda: asked.append(1) or len(asked) > 3):  # type: ignore[func-returns-value]
                pass
        assert not child.is_running()
        assert len(list(table.rows())) == 150_000, "a new child serves the next request"
        with pytest.raises(ImportProblem) as caught:
            list(open_table(path, worker=worker, limits=Limits(seconds=0.0)).rows())
        assert caught.value.key == "time"
        assert worker._process is None


def test_rows_that_nobody_reads_to_the_end_leave_no_child(tmp_path: Path) -> None:
    before = set(psutil.Process().children())
    table = open_table(big_csv(tmp_path / "a.csv"))
    assert set(psutil.Process().children()) == before
    rows = table.rows()
    assert next(rows).cells == ("甲乙丙丁", "12345")
    assert set(psutil.Process().children()) > before
    rows.close()
    assert set(psutil.Process().children()) == before


def test_memory_limit(tmp_path: Path, worker: Worker) -> None:
    strings = "".join(f"<si><t>{i:040}</t></si>" for i in range(1_500_000))
    path = write_workbook(tmp_path / "a.xlsx", f"<sheetData>{CELL}</sheetData>", strings=strings)
    tight = Limits(memory_bytes=96 << 20, ratio=10_000, seconds=60)
    assert problem(path, worker, tight) in ("memory", "damaged")


def test_every_problem_is_a_sentence_in_both_languages() -> None:
    values: dict[str, Any] = {"sheet": "一", "row": 3, "limit": 9}
    try:
        for code in ("en", "zh_CN"):
            use_language(code)
            for key in TEMPLATES:
                text = str(ImportProblem(key, file="甲.xlsx", **values))
                assert "甲.xlsx" in text
                assert "{" not in text
    finally:
        use_language("zh_CN")


def test_the_child_is_light_and_imports_nothing_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import services.tabular.worker, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    ).stdout.split()
    assert not {"sqlalchemy", "openpyxl", "polib", "PySide6", "xlrd"} & set(loaded)
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    (tmp_path / "a.csv").write_text("名称,数量\n甲,1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert [row.cells for row in open_table("a.csv").rows()] == [("甲", "1")]


def test_cells_made_to_keep_patterns_busy() -> None:
    began = time.monotonic()
    for text in (
        "1" + " " * 30_000 + "年",
        "(" * 30_000,
        "a@" + "b." * 15_000,
        "1," * 16_000,
        "-" * 30_000 + "x",
    ):
        normal(text)
        for kind in set(Kind) - FILES:
            with suppress(ShukeError):
                convert(text, kind, region=Regions([("330000", "浙江省")]).code)
    assert time.monotonic() - began < 2
