"""Writing tables: exact, safe, all or nothing; and reading them back."""

from __future__ import annotations

import csv
import gzip
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clock import CHINA
from services.entity import Field, Kind
from services.errors import Cancelled, Refused
from services.language import tr, use_language
from services.tabular.cells import filled
from services.tabular.clipboard import paste_table
from services.tabular.reading import Worker, open_table
from services.tabular.template import write_template
from services.tabular.values import convert
from services.tabular.writing import CsvWriter, OutColumn, RejectedWriter, TableWriter, XlsxWriter
from tests.services.tabular_files import DATA, HOSTILE, needs_data


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as one:
        yield one


COLUMNS = (
    OutColumn("名称", width=200),
    OutColumn("金额", Kind.AMOUNT, total=True),
    OutColumn("日期", Kind.DATE),
    OutColumn("条码"),
    OutColumn("停用", Kind.YES_NO),
    OutColumn("时间", Kind.TIME),
)
NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
ROWS: tuple[tuple[object, ...], ...] = (
    ("=cmd|' /C calc'!A0", Decimal("1234567890123.45"), date(2026, 11, 21), "6901234567892", True, NOON),
    ("-5", Decimal("-0.10"), None, "007", False, None),
)


@pytest.mark.req("PLT-18")
def test_a_workbook_as_a_person_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with XlsxWriter(path, COLUMNS, sheet="客户[1]", totals="合计") as writer:
        writer.write_all(ROWS)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    assert sheet.title == "客户 1"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:F3"
    assert sheet.column_dimensions["A"].width > sheet.column_dimensions["B"].width
    assert [c.value for c in sheet[1]] == [c.title for c in COLUMNS]
    assert sheet["A2"].data_type == "s"
    assert (sheet["A2"].value, sheet["A3"].value, sheet["D2"].value) == (ROWS[0][0], "-5", "6901234567892")
    assert sheet["B2"].data_type == "n"
    assert sheet["B2"].number_format == "#,##0.00"
    assert sheet["C2"].is_date
    assert sheet["F2"].value == NOON.astimezone(CHINA).replace(tzinfo=None)
    assert sheet["A4"].value == "合计"
    raw = zip_text(path, "xl/worksheets/sheet1.xml")
    assert "<v>1234567890123.45</v>" in raw
    assert "<v>1234567890123.35</v>" in raw
    assert "<f>" not in raw


def zip_text(path: Path, part: str) -> str:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return archive.read(part).decode()


@pytest.mark.req("PLT-18")
def test_a_csv_as_excel_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with CsvWriter(path, COLUMNS, totals="合计") as writer:
        writer.write_all(ROWS)
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 4
    rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
    assert rows[1][:4] == ["'=cmd|' /C calc'!A0", "1234567890123.45", "2026-11-21", "6901234567892"]
    assert rows[2][:2] == ["'-5", "-0.10"]
    assert rows[3][:2] == ["合计", "1234567890123.35"]


@pytest.mark.req("PLT-18")
@needs_data
def test_injections_stay_texts_in_both_kinds(tmp_path: Path, worker: Worker) -> None:
    lines = (HOSTILE / "csv_injection.tsv").read_text(encoding="utf-8").splitlines()[1:]
    payloads = [line.split("\t", 1)[1] for line in lines]
    payloads += ["\t=1+1", "\r=1+1", " =1+1", "＝1+1", "+86 138", "@x", "-1+1"]
    column = [OutColumn("名称")]
    with XlsxWriter(tmp_path / "a.xlsx", column) as sheet, CsvWriter(tmp_path / "a.csv", column) as text:
        for payload in payloads:
            sheet.write([payload])
            text.write([payload])
    assert "<f>" not in zip_text(tmp_path / "a.xlsx", "xl/worksheets/sheet1.xml")
    back = [row.cells[0] for row in open_table(tmp_path / "a.xlsx", header=(1, 1), worker=worker).rows()]
    assert back == payloads
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as stream:
        fields = [row[0] for row in csv.reader(stream)][1:]
    for payload, stored in zip(payloads, fields, strict=True):
        assert stored in (payload, "'" + payload)
        assert not stored.lstrip().startswith(("=", "+", "-", "@", "＝"))


@needs_data
def test_naughty_strings_come_back(tmp_path: Path, worker: Worker) -> None:
    strings = [s for s in json.loads((HOSTILE / "blns.json").read_text(encoding="utf-8")) if filled(s)]
    with XlsxWriter(tmp_path / "a.xlsx", [OutColumn("名称"), OutColumn("号", Kind.INTEGER)]) as writer:
        for number, text in enumerate(strings):
            writer.write([text, number])
    rows = list(open_table(tmp_path / "a.xlsx", header=(1, 1), worker=worker).rows())
    assert len(rows) == len(strings)
    illegal = 0
    for text, row in zip(strings, rows, strict=True):
        if row.cells[0] != text:
            assert isinstance(row.cells[0], str)
            assert "�" in row.cells[0], repr(text)
            illegal += 1
    assert illegal < 10


@given(
    rows=st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Cs"]), min_size=1).filter(
                filled
            ),
            st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False),
            st.dates(date(1950, 1, 1), date(2199, 1, 1)),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[object, ...]]
) -> None:
    from services.tabular.limits import Limits
    from services.tabular.worker import open_source

    path = tmp_path_factory.mktemp("round") / "a.xlsx"
    with XlsxWriter(
        path, [OutColumn("名"), OutColumn("额", Kind.AMOUNT), OutColumn("日", Kind.DATE)]
    ) as writer:
        writer.write_all(rows)
    _, source = open_source(path, Limits())
    back = [row.cells for row in source.rows(0)][1:]
    source.close()
    assert back == rows


@needs_data
@pytest.mark.parametrize("writer", [XlsxWriter, CsvWriter])
def test_real_products_and_companies_round_trip(
    tmp_path: Path, worker: Worker, writer: type[TableWriter]
) -> None:
    with gzip.open(
        DATA / "products_cn" / "pos_products.csv.gz", "rt", encoding="utf-8-sig", newline=""
    ) as stream:
        products: list[list[str]] = [row for row in csv.reader(stream) if any(row)][:3_000]
    titles, *lines = products
    lines = [(line + [""] * len(titles))[: len(titles)] for line in lines]
    check_round(tmp_path / "products", worker, writer, titles, lines)
    with gzip.open(DATA / "company_names" / "names_odd.tsv.gz", "rt", encoding="utf-8", newline="") as stream:
        odd = [line.rstrip("\r\n").split("\t") for line in stream]
    head, *names = odd
    names = [line for line in names if len(line) == len(head) and filled(line[0])][:3_000]
    check_round(tmp_path / "names", worker, writer, head, names)


def check_round(
    stem: Path,
    worker: Worker,
    writer: type[TableWriter],
    titles: Sequence[str],
    lines: Sequence[Sequence[str]],
) -> None:
    path = stem.with_suffix(".xlsx" if writer is XlsxWriter else ".csv")
    with writer(path, [OutColumn(title) for title in titles]) as out:
        out.write_all(lines)
    table = open_table(path, header=(1, 1), worker=worker)
    back = list(table.rows())
    expected = [line for line in lines if any(map(filled, line))]
    assert len(back) == len(expected) > 100
    for row, line in zip(back, expected, strict=True):
        for cell, text in zip(row.cells, line, strict=False):
            read = cell if cell is not None else ""
            assert read == text


@pytest.mark.req("PLT-18")
def test_long_digits_never_become_inexact_numbers(tmp_path: Path, worker: Worker) -> None:
    values = [Decimal("1234567890123456.78"), Decimal("0.1"), Decimal("12345678901234.5"), Decimal("1E+3")]
    with XlsxWriter(tmp_path / "a.xlsx", [OutColumn("额", Kind.PRICE), OutColumn("号")]) as writer:
        for value in values:
            writer.write([value, "110101199001011234"])
    table = open_table(tmp_path / "a.xlsx", worker=worker)
    back = [row.cells for row in table.rows()]
    assert [Decimal(str(cells[0])) for cells in back] == values
    assert all(cells[1] == "110101199001011234" for cells in back)


@pytest.mark.req("PLT-18")
@pytest.mark.parametrize("writer", [XlsxWriter, CsvWriter])
def test_a_cancelled_or_failed_export_leaves_nothing(tmp_path: Path, writer: type[TableWriter]) -> None:
    path = tmp_path / "a.out"
    path.write_text("before")
    seen: list[int] = []

    def rows() -> Iterator[list[object]]:
        for number in range(10_000):
            yield [f"甲{number}"]

    with (
        pytest.raises(Cancelled),
        writer(path, [OutColumn("名")], progress=seen.append, cancelled=lambda: len(seen) >= 3) as out,
    ):
        out.write_all(rows())
    with pytest.raises(ZeroDivisionError), writer(path, [OutColumn("名")]) as out:
        out.write(["甲"])
        _ = 1 / 0
    assert seen == [500, 1000, 1500]
    assert [p.name for p in tmp_path.iterdir()] == ["a.out"]
    assert path.read_text() == "before"
    with writer(path, [OutColumn("名")], progress=seen.append) as out:
        out.write(["甲"])
    assert seen[-1] == 1
    assert path.read_bytes() != b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["a.out"]


def test_a_folder_that_is_not_there_is_a_plain_refusal(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught, CsvWriter(tmp_path / "none" / "a.csv", [OutColumn("名")]):
        pass
    assert "a.csv" in str(caught.value)


@pytest.mark.req("PLT-19")
def test_rejected_rows_keep_their_cells_numbers_and_reasons(tmp_path: Path, worker: Worker) -> None:
    with RejectedWriter(tmp_path / "r.xlsx", ["名称", "电话"]) as writer:
        writer.write(7, ["=甲"], ["电话：缺", "名称：重复"])
        writer.write(9, ["乙", 13800138000, "more"], ["错"])
    table = open_table(tmp_path / "r.xlsx", worker=worker)
    assert table.titles == ("名称", "电话", tr("Row in the file"), tr("Why it was refused"))
    assert [row.cells for row in table.rows()] == [
        ("=甲", None, 7, "电话：缺；名称：重复"),
        ("乙", 13800138000, 9, "错"),
    ]


@pytest.mark.req("PLT-19")
def test_a_template_can_be_filled_in_and_read(tmp_path: Path, worker: Worker) -> None:
    use_language("zh_CN")
    fields = (
        Field("name", "客户名称", required=True, length=100, help="全称"),
        Field("kind", "客户种类", kind=Kind.CHOICE),
        Field("amount", "额度", kind=Kind.AMOUNT),
        Field("since", "日期", kind=Kind.DATE),
        Field("closed", "停用", kind=Kind.YES_NO),
        Field("phone", "电话", kind=Kind.PHONE),
        Field("id", "编号", editable=False),
    )
    path = tmp_path / "t.xlsx"
    kinds = [f"种类{i}" for i in range(300)]
    write_template(
        path, fields, sheet="客户", choices={"kind": kinds}, example={"name": "杭州熟客商贸有限公司"}
    )
    book = openpyxl.load_workbook(path)
    sheet = book["客户"]
    assert sheet.freeze_panes == "A2"
    assert [c.value for c in sheet[1]] == ["客户名称*", "客户种类", "额度", "日期", "停用", "电话"]
    rules = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert rules["B2:B5000"] == "'lists'!$B$1:$B$300"
    assert book["lists"].sheet_state == "hidden"
    assert [c.value for c in book["lists"]["B"]] == kinds
    assert len(book.sheetnames) == 3
    table = open_table(path, worker=worker)
    assert table.sheets[table.sheet].name == "客户"
    (row,) = table.rows()
    for field, cell in zip(fields, row.cells, strict=False):
        convert(cell, field.kind, choices={kind: kind for kind in kinds})


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", []),
        ("a\tb\r\n1\t2\r\n", [["a", "b"], ["1", "2"]]),
        ('"第一行\n第二行"\tb\n', [["第一行\n第二行", "b"]]),
        ('"他说""好"""\tb', [['他说"好"', "b"]]),
        ('15" 显示器\t1\n"未闭合\t2\n', [['15" 显示器', "1"], ['"未闭合', "2"]]),
        ("a\n\nb\tc\n", [["a", ""], ["", ""], ["b", "c"]]),
        ("x", [["x"]]),
        ("\n", [[""]]),
        ("a\t\t\r\n", [["a", "", ""]]),
    ],
)
def test_pasted_tables(text: str, rows: list[list[str]]) -> None:
    assert paste_table(text) == rows


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00\r")), min_size=2, max_size=2)
    )
)
def test_what_excel_copies_is_what_is_pasted(rows: list[list[str]]) -> None:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(c in text for c in '"\t\n') else text

    copied = "".join("\t".join(map(cell, row)) + "\r\n" for row in rows)
    assert paste_table(copied) == rows


@pytest.mark.req("PLT-18")
def test_many_rows_take_constant_memory(tmp_path: Path) -> None:
    """A fifth of PLT-18's 100,000 rows of 20 columns, there and back."""
    kinds = (Kind.TEXT, Kind.PHONE, Kind.AMOUNT, Kind.DATE, Kind.INTEGER) * 4
    columns = [OutColumn(f"栏目{number}", kind) for number, kind in enumerate(kinds)]
    path = tmp_path / "a.xlsx"
    this = psutil.Process()
    before = this.memory_info().rss
    began = time.monotonic()
    with XlsxWriter(path, columns) as writer:
        for number in range(20_000):
            values = [
                f"杭州第{number}号商贸公司",
                "13800138000",
                Decimal(number) / 100,
                date(2026, 11, 21),
                number,
            ]
            writer.write(values * 4)
    written = time.monotonic()
    count = top = 0
    last: tuple[object, ...] = ()
    for count, row in enumerate(open_table(path).rows(), 1):
        last = row.cells[:5]
        if count % 2_000 == 0:
            top = max(top, this.memory_info().rss)
    assert count == 20_000
    assert last[1:] == ("13800138000", Decimal("199.99"), date(2026, 11, 21), 19_999)
    assert top - before < 80 << 20
    assert time.monotonic() - written < 40
    assert written - began < 60


def test_a_cancelled_export_leaves_nothing_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with (
        pytest.raises(Cancelled),
        XlsxWriter(
            tmp_path / "out" / "a.xlsx",
            [OutColumn("名")],
            cancelled=lambda: len(list(tmp_path.rglob("*"))) > 0,
        ) as writer,
    ):
        writer.write(["甲"])
    with pytest.raises(KeyError), XlsxWriter(tmp_path / "out" / "a.xlsx", [OutColumn("名")]) as writer:
        writer.write(["甲"])
        raise KeyError
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["out", "temporary"]
