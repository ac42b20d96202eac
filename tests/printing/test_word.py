"""Word: the program's templates filled in and reopened, and templates with mistakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest

from printing.codes import qr_picture
from printing.delivery_note import delivery_note
from printing.dispatch_notice import DispatchNoticeData, dispatch_notice
from printing.document import Company
from printing.fields import template_fields
from printing.stock_issue import StockIssueData, stock_issue
from printing.stock_receipt import StockReceiptData, stock_receipt
from printing.template_check import BrokenTemplate
from printing.word import render_word
from services.errors import ShukeError
from tests.printing.conftest import RARE, Note, line


def opened(data: bytes) -> Any:
    """The document, reopened."""
    return docx.Document(BytesIO(data))


def cells(word: Any) -> list[list[str]]:
    """All rows of all tables."""
    return [[cell.text for cell in row.cells] for table in word.tables for row in table.rows]


@pytest.fixture
def template(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a template of paragraphs and, if given, one table."""

    def make(*paragraphs: str, rows: tuple[tuple[str, ...], ...] = (), header: str = "") -> Path:
        word = docx.Document()
        for text in paragraphs:
            word.add_paragraph(text)
        if rows:
            table = word.add_table(len(rows), len(rows[0]))
            for row, texts in zip(table.rows, rows, strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    cell.text = text
        if header:
            word.sections[0].header.paragraphs[0].text = header
        path = tmp_path / "own.docx"
        word.save(str(path))
        return path

    return make


@pytest.mark.req("PLT-50")
@pytest.mark.parametrize("lines", [0, 1, 8, 40])
def test_values_come_back(note: Note, lines: int) -> None:
    word = opened(render_word(delivery_note(note(lines))))
    rows = cells(word)
    numbers = [row for row in rows if row[1].startswith("QF-")]
    assert [row[1] for row in numbers] == [f"QF-{i:03}" for i in range(1, lines + 1)]
    if lines:
        assert numbers[0] == ["1", "QF-001", "不锈钢球阀 DN50", "Q11F-16P", "个", "1", "1.25", "1.25", ""]
    texts = {text for row in rows for text in row}
    assert "Customer: 重庆长宏机电有限公司" in texts
    assert f"Consignee: 单{RARE}" in texts
    assert any("卸货需叉车。" in text for text in texts)
    assert word.paragraphs[0].text == "上饶市恒远管道设备有限公司"
    assert len(word.inline_shapes) == 1  # the QR code


def test_hidden_prices_are_nowhere(note: Note) -> None:
    rows = cells(opened(render_word(delivery_note(note(3, show_prices=False)))))
    assert not any("1.25" in text or "7.50" in text or "price" in text for row in rows for text in row)


def test_own_template_shows_nothing_for_hidden_prices(note: Note, template: Callable[..., Path]) -> None:
    path = template("{% for line in lines %}[{{ line.price }}]{% endfor %}{{ amount }}{{ total.amount }}")
    word = opened(render_word(delivery_note(note(2, show_prices=False)), path))
    assert word.paragraphs[0].text == "[][]"


@pytest.mark.req("PLT-51")
def test_all_listed_fields_work(note: Note, template: Callable[..., Path]) -> None:
    document = delivery_note(note(1))
    names = [name for name, _ in template_fields(document)]
    outside = [f"{{{{ {name} }}}}" for name in names if not name.startswith("line.")]
    inside = "".join(f"{{{{ {name} }}}}" for name in names if name.startswith("line."))
    path = template(*outside, f"{{% for line in lines %}}{inside}{{% endfor %}}")
    text = "\n".join(paragraph.text for paragraph in opened(render_word(document, path)).paragraphs)
    assert "{{" not in text
    assert "DPK202611210088" in text and "QF-001" in text


@pytest.mark.parametrize(
    "text", ["{{ 7*7 }}", "<w:p>&amp;</w:p>", "]]>", "a\x00b\x0bc", "{% raw %}", "</w:t>"]
)
def test_values_are_never_a_template(note: Note, text: str) -> None:
    data = note(1, customer=text, remarks=text, lines=(line(1, text),), company=Company(text))
    rows = cells(opened(render_word(delivery_note(data))))
    expected = text.replace("\x00", "").replace("\x0b", "")
    assert rows[-3][2] == expected or any(expected in value for row in rows for value in row)
    assert not any("49" in value for row in rows for value in row)


def test_hostile_strings(note: Note, hostile_strings: list[str]) -> None:
    lines = tuple(line(i, text) for i, text in enumerate(hostile_strings[::4], start=1))
    rows = cells(opened(render_word(delivery_note(note(0, lines=lines, customer=hostile_strings[-1])))))
    assert sum(row[1].startswith("QF-") for row in rows) == len(lines)


@pytest.mark.req("PLT-51")
@pytest.mark.parametrize(
    ("rows", "field", "place"),
    [
        ((("a", "{{ custmer }}"),), "custmer", "table 1, row 1, column 2"),
        ((("{{ customer", "b"),), "{{ customer", "table 1, row 1, column 1"),
        ((("{{ customer + }}", "b"),), "{{ customer + }}", "table 1, row 1, column 1"),
        ((("{%tr for line in lines %}", ""), ("{{ line.prize }}", ""), ("{%tr endfor %}", "")),
         "line.prize", "table 1, row 2, column 1"),
        ((("{%tr for line in lines %}", ""), ("{{ line.name }}", "")),
         "{%tr for line in lines %}", "table 1, row 1, column 1"),
        ((("", "{%tr endfor %}"),), "{%tr endfor %}", "table 1, row 1, column 2"),
        ((("{{ company.adress }}", ""),), "company.adress", "table 1, row 1, column 1"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(
    note: Note, template: Callable[..., Path], rows: tuple[tuple[str, ...], ...], field: str, place: str
) -> None:
    path = template("{{ number }}", rows=rows)
    with pytest.raises(BrokenTemplate) as raised:
        render_word(delivery_note(note()), path)
    assert raised.value.values["field"] == field
    assert raised.value.values["place"] == place
    assert field in str(raised.value) and place in str(raised.value) and "own.docx" in str(raised.value)


def test_a_mistake_in_a_paragraph_or_header(note: Note, template: Callable[..., Path]) -> None:
    with pytest.raises(BrokenTemplate, match="“nothing” in paragraph 2"):
        render_word(delivery_note(note()), template("{{ number }}", "{{ nothing }}"))
    with pytest.raises(BrokenTemplate, match="“nothing” in header paragraph 1"):
        render_word(delivery_note(note()), template("{{ number }}", header="{{ nothing }}"))


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ lines.append(1) }}",
        "{{ number.__init__.__globals__ }}",
        "{% for i in range(999999999) %}x{% endfor %}",
        "{{ 1 / 0 }}",
        "{% include 'secret' %}",
    ],
)
def test_templates_cannot_reach_the_program(note: Note, template: Callable[..., Path], attack: str) -> None:
    with pytest.raises(BrokenTemplate):
        render_word(delivery_note(note()), template(attack))


def test_not_a_word_file(note: Note, tmp_path: Path) -> None:
    path = tmp_path / "own.docx"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(ShukeError, match=r"own\.docx cannot be opened"):
        render_word(delivery_note(note()), path)
    with pytest.raises(ShukeError, match="cannot be opened"):
        render_word(delivery_note(note()), tmp_path / "missing.docx")


@pytest.mark.req("PLT-50")
def test_the_logo_and_packs_are_in_the_programs_templates(note: Note) -> None:
    logo = qr_picture("logo")
    plain, with_logo = (
        opened(render_word(delivery_note(note(company=Company("甲公司", logo=given)))))
        for given in (None, logo)
    )
    assert len(with_logo.inline_shapes) == len(plain.inline_shapes) + 1
    for broken in (b"\x89PNG\r\n\x1a\nnonsense", b"nothing", logo[:40]):
        word = opened(render_word(delivery_note(note(company=Company("甲公司", logo=broken)))))
        assert len(word.inline_shapes) == len(plain.inline_shapes) and word.paragraphs[0].text == "甲公司"
    for packs in ("", "2箱 5个"):
        goods = (replace(line(1), packs=packs),)
        data = DispatchNoticeData("FT1", date(2026, 1, 1), Company("甲公司"), "乙公司", goods)
        text = "\n".join(cell for row in cells(opened(render_word(dispatch_notice(data)))) for cell in row)
        assert ("In packs" in text, "2箱 5个" in text) == (bool(packs), bool(packs))


@pytest.mark.req("PLT-50")
@pytest.mark.parametrize("party", ["", "乙公司"])
@pytest.mark.parametrize("packs", ["", "2箱 5个"])
@pytest.mark.parametrize("costs", [True, False])
def test_goods_come_from_nobody_and_leave_for_nobody_too(party: str, packs: str, costs: bool) -> None:
    goods = (replace(line(1), price=Decimal("33.35"), amount=Decimal("66.7"), packs=packs),)
    head: tuple[str, date, Company, str] = ("D1", date(2026, 1, 1), Company("甲公司"), "总仓")
    came = StockReceiptData(*head, goods, supplier=party, show_costs=costs)
    left = StockIssueData(*head, goods, customer=party)
    for document in (stock_receipt(came), stock_issue(left)):
        text = "\n".join(cell for row in cells(opened(render_word(document))) for cell in row)
        assert (not party or party in text, packs in text) == (True, True)
        assert ("33.35" in text) == (costs and document.kind == "stock_receipt")
