"""Opening real files: kinds by content, encodings, headers, typed cells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from services.entity import Kind
from services.errors import Invalid
from services.tabular.reading import ImportProblem, Table, Worker, clean, column_name, open_table
from services.tabular.values import convert
from tests.services.tabular_files import DATA, DIRTY, needs_data, write_workbook


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as one:
        yield one


# Prefix of the file: kind, header rows, first titles, data rows, last row of the file. Checked by eye.
SEEN: dict[str, tuple[str, tuple[int, int] | None, list[str], int]] = {
    "deg__12d2de53": ("xls", (2, 2), ["顺序号", "交易日期", "交易类型"], 4),
    "deg__16e1152c": ("csv", (2, 2), ["交易日", "银行记账日", "卡号后四位"], 14),
    "deg__1c5c57ee": ("xlsx", (11, 11), ["交易时间", "记账日", "支出"], 4),
    "deg__21db2af4": ("xlsx", (18, 18), ["交易时间", "交易类型", "交易对方"], 27),
    "deg__362b69ea": ("csv", (7, 7), ["交易日期", "摘要", "交易场所"], 12),
    "deg__527959c5": ("xlsx", (18, 18), ["交易时间", "交易类型", "交易对方"], 27),
    "deg__5d54bfb5": ("csv", (2, 2), ["交易日", "记账日", "交易摘要"], 6),
    "deg__66549220": ("xlsx", (1, 1), ["证券代码", "证券名称", "成交日期"], 10),
    "deg__ae0b56ba": ("csv", (1, 1), ["时间", "交易类型", "交易对"], 3),
    "easyexcel__106da809": ("xls", (1, 1), ["姓名"], 1),
    "easyexcel__0d591790": ("xlsx", (1, 1), ["表头1", "表头2", "表头3"], 1611),
    "easyexcel__53767136": ("xlsx", (3, 3), ["姓名", "数字", "姓名"], 2),
    "easyexcel__5aaf0f0a": ("xlsx", (1, 3), ["表头1 表头31", "表头1 表头32", "表头3"], 217),
    "easyexcel__73ab8065": ("xlsx", (2, 2), ["银行放款编号", "C0de", "银行放款日期"], 16),
    "easyexcel__a4850512": ("xls", (1, 1), ["序号", "检验日期", "取板时间"], 1771),
    "easyexcel__e58035eb": ("xlsx", None, ["A", "B", "C"], 1),
    "easyexcel__eb0782f5": ("xls", (2, 2), ["材质*", "等级", "标准号*"], 1),
    "enc__f9b6a276": ("xls", (1, 1), ["行号", "货号", "自编码"], 215),
    "jxc__1abf27a8": ("tsv", (1, 1), ["条码", "出库数量", "出库仓库"], 3),
    "jxc__74f86811": ("tsv", (1, 1), ["条码", "名称", "货号"], 0),
    "jxc__998f14a1": ("xls", (1, 1), ["条码", "名称", "货号"], 348),
    "jxc__ff17d0ea": ("xls", (1, 1), ["条码", "名称", "货号"], 1),
    "poi__1c3ef61d": ("xls", (18, 18), ["A", "WP-Name", "ISIN"], 229),
    "poi__4d35295e": ("xls", (6, 6), ["资 产", "行次", "年初数"], 34),
    "poi__6c955fa6": ("xlsx", (1, 1), ["sdgf", "fdsag", "dsafv"], 2),
    "poi__c92febb0": ("xlsx", (1, 1), ["Sheet2A1"], 0),
    "wain__72730974": ("xlsx", (1, 1), ["NCID", "NameC", "NameE"], 596),
    "yxt__323cca3f": ("xls", (1, 1), ["业务机构", "商品编码", "商品名称"], 0),
    "yxt__b4809865": ("xls", (1, 1), ["往来帐日期", "客户名称", "商品编码"], 5975),
    "yxt__d0704686": ("xls", (1, 1), ["业务机构", "商品编码", "商品名称"], 6),
}


@pytest.mark.req("PLT-19")
@needs_data
@pytest.mark.parametrize("prefix", SEEN)
def test_real_files_are_read_as_a_person_sees_them(prefix: str, worker: Worker) -> None:
    kind, header, titles, rows = SEEN[prefix]
    (path,) = DIRTY.glob(f"{prefix}__*")
    table = open_table(path, worker=worker)
    assert table.kind == kind
    assert (table.header and (table.header.first, table.header.last)) == header
    assert list(table.titles[: len(titles)]) == titles
    assert sum(1 for _ in table.rows()) == rows


@pytest.mark.req("PLT-19")
@needs_data
def test_every_dirty_file_gives_rows_or_a_plain_problem(worker: Worker) -> None:
    files = sorted(p for p in DIRTY.iterdir() if "__" in p.name)
    assert len(files) > 150
    problems = {}
    for path in files:
        before = path.stat()
        try:
            table = open_table(path, worker=worker)
            numbers = [row.number for row in table.rows()]
        except ImportProblem as problem:
            problems[path.name.split("__")[2]] = problem.key
            continue
        assert numbers == sorted(numbers), path.name
        assert (path.stat().st_mtime, path.stat().st_size) == (before.st_mtime, before.st_size)
        for row in table.sample:
            for cell in row.cells:
                assert not isinstance(cell, float), path.name
    assert problems == {"sample.xlsb": "xlsb"}


@needs_data
def test_long_numbers_dates_and_percentages_are_what_excel_shows(worker: Worker) -> None:
    (sales,) = DIRTY.glob("yxt__b4809865__*")
    (elapsed,) = DIRTY.glob("xlsx2csv__0d87fcc4__*")
    (windowing,) = DIRTY.glob("poi__8c0dba1d__*")
    assert next(row.cells[0] for row in open_table(elapsed, worker=worker).sample) == "1.234%"
    assert open_table(windowing, worker=worker).sample[0].cells == (date(2000, 1, 1), date(2000, 1, 1))
    row = next(open_table(sales, worker=worker).rows())
    assert row.number == 2
    assert not any(str(cell).endswith(".0") for cell in row.cells)


def test_cells_of_a_workbook_are_typed(tmp_path: Path, worker: Worker) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx",
        '<dimension ref="A1:XFD1048576"/><sheetData>'
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>数</t></is></c></row>'
        '<row r="3"><c r="A3"><v>13800138000</v></c><c r="B3"><v>1.3800138E10</v></c>'
        '<c r="C3"><v>0.30000000000000004</v></c><c r="D3" s="1"><v>45000</v></c>'
        '<c r="E3" s="2"><v>45000.5</v></c><c r="F3" s="3"><v>0.13</v></c><c r="G3" t="b"><v>1</v></c>'
        '<c r="H3" t="e"><v>#N/A</v></c><c r="J3" t="s"><v>1</v></c><c r="K3"><f>A1+1</f></c>'
        '<c r="L3"><v>110101199001011234</v></c><c r="M3" s="4"><v>0.5</v></c></row>'
        '<row r="5"><c r="A5" t="inlineStr"><is><t>  </t></is></c></row></sheetData>',
        strings="<si><t>名称</t><rPh><t>míng</t></rPh></si><si><r><t xml:space='preserve"
        "'> ｘ_x000D_</t></r><r><t>二</t></r></si>",
        styles='<numFmts><numFmt numFmtId="170" '
        'formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>'
        '<xf numFmtId="170"/><xf numFmtId="22"/><xf numFmtId="9"/>'
        '<xf numFmtId="20"/></cellXfs>',
    )
    table = open_table(path, header=(1, 1), worker=worker)
    assert table.titles[:3] == ("名称", "数", "C")
    (row,) = table.rows()
    assert row.number == 3
    assert row.cells == (
        13800138000,
        13800138000,
        Decimal("0.3"),
        date(2023, 3, 15),
        datetime(2023, 3, 15, 12),
        "13%",
        True,
        "#N/A",
        None,
        " ｘ\r二",
        "#CALC!",
        110101199001011234,
        "12:00:00",
    )


def test_dates_of_1904_and_of_early_1900(tmp_path: Path, worker: Worker) -> None:
    cells = (
        "<sheetData><row><c s='1'><v>1</v></c><c s='1'><v>59</v></c><c s='1'><v>61</v></c></row></sheetData>"
    )
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    path = write_workbook(tmp_path / "a.xlsx", cells, styles=styles)
    assert open_table(path, worker=worker).sample[0].cells == (
        date(1900, 1, 1),
        date(1900, 2, 28),
        date(1900, 3, 1),
    )
    path = write_workbook(tmp_path / "b.xlsx", cells, styles=styles, properties='<workbookPr date1904="1"/>')
    assert open_table(path, worker=worker).sample[0].cells[0] == date(1904, 1, 2)


def test_strict_ooxml(tmp_path: Path, worker: Worker) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx",
        "<sheetData><row r='1'><c t='inlineStr'><is><t>名称</t></is></c></row>"
        "<row r='2'><c t='d'><v>2026-11-21</v></c></row></sheetData>",
        main="http://purl.oclc.org/ooxml/spreadsheetml/main",
        relations="http://purl.oclc.org/ooxml/officeDocument/relationships",
    )
    assert [row.cells for row in open_table(path, worker=worker).rows()] == [(date(2026, 11, 21),)]


TEXT = '编号,名称,电话\r\n="0012",杭州"好"店,13800138000\r\n\r\n0013,"上海,二店\n分店",\r\n'


@pytest.mark.req("PLT-19")
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5"]
)
def test_encodings_of_text(tmp_path: Path, worker: Worker, encoding: str) -> None:
    text = TEXT
    if encoding == "big5":
        text = "編號,名稱\r\n1,臺北熟客商貿有限公司與其關係企業於臺灣經營國際貿易業務\r\n" * 8
    if encoding in ("utf-16-le", "utf-16-be"):
        text = "code,name\r\n1,shop\r\n"
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    table = open_table(path, worker=worker)
    rows = list(table.rows())
    if encoding == "big5":
        # Big5 bytes are legal GB18030 too: what matters is that nothing breaks.
        assert rows
    elif text is TEXT:
        assert table.titles == ("编号", "名称", "电话")
        assert [row.cells for row in rows] == [
            ("0012", '杭州"好"店', "13800138000"),
            ("0013", "上海,二店\n分店", None),
        ]
        assert [row.number for row in rows] == [2, 4]
    else:
        assert rows[0].cells == ("1", "shop")


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_separators(tmp_path: Path, worker: Worker, separator: str) -> None:
    lines = [["名称", "数量", "备注"], ["甲, 乙; 丙", "1", "a"], ["丁", "2,5", "b"], ["戊", "3", "c"]]
    path = tmp_path / "a.txt"
    quoted = [[f'"{c}"' if separator in c else c for c in line] for line in lines]
    path.write_text("\n".join(separator.join(line) for line in quoted), encoding="utf-8")
    table = open_table(path, worker=worker)
    assert [list(row.cells) for row in table.rows()] == lines[1:]


def test_declared_separator(tmp_path: Path, worker: Worker) -> None:
    (tmp_path / "a.csv").write_text("sep=;\n名称;数量\n甲,乙;1\n", encoding="utf-8")
    table = open_table(tmp_path / "a.csv", worker=worker)
    assert table.titles == ("名称", "数量")
    assert [row.cells for row in table.rows()] == [("甲,乙", "1")]


def test_html_called_xls(tmp_path: Path, worker: Worker) -> None:
    path = tmp_path / "订单.xls"
    path.write_bytes(
        '<html><meta http-equiv="Content-Type" content="text/html; charset=gb2312"><style>td{}</style>'
        '<table><tr><th rowspan="2">编号</th><th colspan="2">收货人</th></tr>'
        "<tr><th>姓名</th><th>电话</th></tr>"
        '<tr><td style="mso-number-format:\\@">0012</td><td>张&amp;三<br>转</td><td>0571</td></tr>'
        "<tr><td>12.50</td><td></td><td>5</td></tr></table></html>".encode("gb18030")
    )
    table = open_table(path, worker=worker)
    assert (table.kind, table.titles) == ("html", ("编号", "收货人 姓名", "收货人 电话"))
    assert [row.cells for row in table.rows()] == [("0012", "张&三\n转", "0571"), (Decimal("12.5"), None, 5)]


def test_xml_of_excel_2003_called_xls(tmp_path: Path, worker: Worker) -> None:
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    path = tmp_path / "a.xls"
    path.write_text(
        f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}"><Worksheet ss:Name="一"><Table>'
        '<Row><Cell><Data ss:Type="String">名称</Data></Cell><Cell ss:Index="3">'
        '<Data ss:Type="String">数量</Data></Cell></Row><Row ss:Index="4"><Cell>'
        '<Data ss:Type="String">甲</Data></Cell><Cell ss:Index="3"><Data ss:Type="Number">1.50</Data></Cell>'
        "</Row></Table></Worksheet></Workbook>",
        encoding="utf-8",
    )
    table = open_table(path, worker=worker)
    assert table.titles == ("名称", "B", "数量")
    assert [(row.number, row.cells) for row in table.rows()] == [(4, ("甲", None, Decimal("1.5")))]


def test_sheet_and_header_can_be_chosen(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["名称"])
    second = book.create_sheet("第二")
    for line in (["标题", "说明"], ["名称", "数量"], ["甲", 1]):
        second.append(line)
    book.create_sheet("隐藏").sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    table = open_table(tmp_path / "a.xlsx", sheet="第二", header=(2, 2))
    assert [(sheet.name, sheet.hidden) for sheet in table.sheets] == [
        ("Sheet", False),
        ("第二", False),
        ("隐藏", True),
    ]
    assert table.titles == ("名称", "数量")
    assert [row.cells for row in table.rows()] == [("甲", 1)]
    bare: Table = open_table(tmp_path / "a.xlsx", sheet=1, header=None)
    assert bare.titles == ("A", "B")
    assert len(list(bare.rows())) == len(list(bare.rows())) == 3
    with pytest.raises(ImportProblem) as caught:
        open_table(tmp_path / "a.xlsx", sheet="第三")
    assert caught.value.key == "no_such_sheet"


@needs_data
def test_region_csv_of_the_country(worker: Worker) -> None:
    table = open_table(DATA / "divisions" / "areas.csv", worker=worker)
    rows = list(table.rows())
    assert table.titles[:2] == ("code", "name")
    assert rows[0].cells[:2] == ("110101", "东城区")
    assert len(rows) > 2_900


def test_clean_keeps_meaning_and_drops_edges() -> None:
    assert clean("\u3000１３８００１３８０００\xa0\u200b") == "13800138000"
    assert clean(" 杭州（好）店，一 ") == "杭州（好）店，一"
    assert [column_name(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@pytest.mark.req("PLT-19")
def test_a_payment_export_in_gb18030(tmp_path: Path, worker: Worker) -> None:
    lines = [
        "-" * 60,
        "导出信息：",
        "姓名：张三",
        "起始时间：[2026-01-01 00:00:00]    终止时间：[2026-11-21 00:00:00]",
    ]
    lines += [
        "共2笔记录",
        "",
        "特别提示：",
        "1.本明细仅供个人对账使用，请妥善保管",
        "-" * 24 + "电子客户回单" + "-" * 24,
    ]
    lines += ["交易时间,交易分类,交易对方,金额,收/付款方式,交易订单号,备注,"]
    lines += ["2026-11-20 10:00:00,餐饮美食,老王火锅,28.50,余额宝,2026112022001\t,,"]
    lines += ["2026-11-21 11:30:00,日用百货,小李,1200.00,,2026112122002\t,好,"]
    path = tmp_path / "账单.csv"
    path.write_bytes("\r\n".join(lines).encode("gb18030"))
    table = open_table(path, worker=worker)
    assert (table.encoding, table.header and table.header.first) == ("gb18030", 10)
    assert table.titles[:4] == ("交易时间", "交易分类", "交易对方", "金额")
    rows = list(table.rows())
    assert [row.number for row in rows] == [11, 12]
    assert rows[0].cells[5] == "2026112022001\t"


def test_a_table_whose_titles_are_numbered(tmp_path: Path, worker: Worker) -> None:
    (tmp_path / "a.csv").write_text("列1,列2\n甲,1\n", encoding="utf-8")
    assert open_table(tmp_path / "a.csv", worker=worker).titles == ("列1", "列2")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_name_cut_inside_a_character_spoils_one_cell_only(
    tmp_path: Path, worker: Worker, encoding: str
) -> None:
    lines = [f"{number},杭州熟客商贸有限公司,好" for number in range(50)]
    content = "\r\n".join(["编号,名称,备注", *lines]).encode(encoding).split(b"\r\n")
    name = "杭州熟客商贸有限公司".encode(encoding)
    content[9] = content[9].replace(name, name[:-1])
    (tmp_path / "a.csv").write_bytes(b"\r\n".join(content))
    rows = list(open_table(tmp_path / "a.csv", worker=worker).rows())
    assert len(rows) == 50
    broken = [row.number for row in rows if row.cells[1] != "杭州熟客商贸有限公司"]
    assert broken == [10]
    with pytest.raises(Invalid):
        convert(rows[8].cells[1], Kind.TEXT)


@pytest.mark.req("PLT-19")
def test_an_encoding_that_is_not_clear_has_to_be_named(tmp_path: Path, worker: Worker) -> None:
    text = "Name,Città\r\n" + "Société Générale à Genève,Zürich è là\r\n" * 20
    (tmp_path / "a.csv").write_bytes(text.encode("cp1252"))
    with pytest.raises(ImportProblem) as caught:
        open_table(tmp_path / "a.csv", worker=worker)
    assert caught.value.key == "encoding"
    rows = list(open_table(tmp_path / "a.csv", encoding="cp1252", worker=worker).rows())
    assert rows[19].cells == ("Société Générale à Genève", "Zürich è là")
