"""Delivery notes as PDF: read back, measured, and given what should break them."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pypdfium2
import pytest
import zxingcpp

from printing.delivery_note import COLUMN_WIDTHS, delivery_note
from printing.document import Align, Code, Company
from printing.fonts import text_width
from printing.goods import GoodsLine
from printing.heading import heading
from printing.paper import (
    A4,
    A4_LANDSCAPE,
    A5,
    A5_LANDSCAPE,
    HALF,
    PAPERS,
    RECEIPT_58,
    RECEIPT_80,
    THIRD,
    Margins,
    Offset,
    Paper,
    paper,
)
from printing.pdf import render_pdf
from printing.style import POINT, style_for
from printing.wrapping import NOT_FIRST, clean, wrap
from services.language import use_language
from tests.printing.conftest import RARE, Note, line, texts

SHEETS = [A4, A4_LANDSCAPE, A5, A5_LANDSCAPE, HALF, THIRD]


@pytest.mark.req("PLT-50", "DLV-03")
@pytest.mark.parametrize("sheet", PAPERS, ids=lambda sheet: sheet.key)
def test_everything_can_be_read(note: Note, sheet: Paper) -> None:
    text = "".join("".join(texts(render_pdf(delivery_note(note(8)), sheet))).split())
    for part in (
        "上饶市恒远管道设备有限公司", "FH20261121-0012", "2026-11-21", "重庆长宏机电有限公司", f"单{RARE}",
        "13812348000", "德邦物流", "DPK202611210088", "XS20261121-0012,XS20261120-0009", "CK20261121-0007",
        "180.00到付", "386.5kg", "Q11F-16P", "卸货需叉车。", "45.00", "肆拾伍元整",
    ):  # fmt: skip
        assert "".join(part.split()) in text


@pytest.mark.req("PLT-52")
@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.key)
@pytest.mark.parametrize("lines", [0, 1, 8, 40])
def test_every_line_once_on_the_right_paper(note: Note, sheet: Paper, lines: int) -> None:
    pdf = render_pdf(delivery_note(note(lines)), sheet)
    pages = texts(pdf)
    for number in range(1, lines + 1):
        assert sum(page.count(f"QF-{number:03}") for page in pages) == 1
    with pypdfium2.PdfDocument(pdf) as book:
        for page in book:
            assert [round(side / 72 * 25.4, 1) for side in page.get_size()] == [sheet.width, sheet.height]
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Product number" in page.replace("\r\n", " ")
        assert "FH20261121-0012" in page


@pytest.mark.req("PLT-52")
@pytest.mark.parametrize("sheet", [A4, HALF, THIRD], ids=lambda sheet: sheet.key)
def test_page_totals_are_carried(note: Note, sheet: Paper) -> None:
    pages = texts(render_pdf(delivery_note(note(60)), sheet))
    assert len(pages) > 1
    brought = Decimal(0)
    for number, page in enumerate(pages):
        rows = [row for row in page.splitlines() if "QF-" in row]
        own = sum((Decimal(row.split("QF-")[1].split()[-1]) for row in rows), Decimal(0))
        assert _last_number(page, "Page total") == own
        if number:
            assert _last_number(page, "Brought forward") == brought
        brought += own
    assert f"{brought:,}" in pages[-1]
    assert brought == sum(Decimal("1.25") * i for i in range(1, 61))


def _last_number(page: str, label: str) -> Decimal:
    row = next(row for row in page.splitlines() if row.startswith(label))
    return Decimal(row.split()[-1].replace(",", ""))


def test_eight_lines_fit_a_half_form(note: Note) -> None:
    assert len(texts(render_pdf(delivery_note(note(8)), HALF))) == 1


def test_hidden_prices_are_nowhere(note: Note) -> None:
    pages = "".join(texts(render_pdf(delivery_note(note(3, show_prices=False)), A4)))
    assert "1.25" not in pages
    assert "capitals" not in pages
    assert "7.50" not in pages


@pytest.mark.req("PLT-54")
def test_reprint_says_so(note: Note) -> None:
    assert "Reprint" not in texts(render_pdf(delivery_note(note()), A4))[0]
    assert "Reprint 2" in texts(render_pdf(delivery_note(note(print_count=2)), A4))[0]


@pytest.mark.parametrize("sheet", PAPERS, ids=lambda sheet: sheet.key)
def test_empty_fields(note: Note, sheet: Paper) -> None:
    data = note(
        1, company=Company(""), customer="", consignee="", phone="", address="", carrier="", parcels=None,
        weight=None, freight=None, freight_payer="", tracking_number="", order_numbers=(), remarks="",
        stock_issue_number="", prepared_by="", number="",
    )  # fmt: skip
    text = "".join(texts(render_pdf(delivery_note(data), sheet)))
    assert "QF-001" in text
    assert "Weight" not in text
    assert "None" not in text


@pytest.mark.parametrize("sheet", PAPERS, ids=lambda sheet: sheet.key)
def test_very_long_texts(note: Note, sheet: Paper) -> None:
    long = "超长的商品名称带很多说明文字" * 150
    data = note(
        3, customer=long, address=long, tracking_number="9" * 400, number="N" * 300, remarks=long * 2,
        company=Company(long, long, long), prepared_by=long,
        lines=(line(1, long), line(2, "W" * 3000), line(3)),
    )  # fmt: skip
    text = "".join("".join(texts(render_pdf(delivery_note(data), sheet))).split())
    assert text.count("W") >= 3000
    assert "QF-003" in text


@pytest.mark.parametrize("sheet", [A4, HALF, RECEIPT_58], ids=lambda sheet: sheet.key)
def test_hostile_strings(note: Note, hostile_strings: list[str], sheet: Paper) -> None:
    missing: set[str] = set()
    for start in range(0, len(hostile_strings), 60):
        part = hostile_strings[start : start + 60]
        first = part[0]
        lines = tuple(line(i, text) for i, text in enumerate(part, start=1))
        data = note(0, customer=first, address=first, remarks="\n".join(part))
        document = delivery_note(replace(data, lines=lines, company=Company(first, first, first)))
        read = set("".join(texts(render_pdf(document, sheet))))
        missing |= {c for text in part for c in clean(text) if not c.isspace() and c not in read}
    # PDFium reads ligatures as the letters they stand for, and U+FFFE is no character.
    assert missing <= set("ﬁﬂﷺ\ufffe")


def test_long_numbers_stay_whole(note: Note) -> None:
    huge = GoodsLine("QF-001", "阀门", Decimal("12345678901.5"), price=Decimal("99999999.123456"),
                            amount=Decimal("1234567890123.45"))  # fmt: skip
    for sheet in SHEETS:
        page = texts(render_pdf(delivery_note(note(lines=(huge,))), sheet))[0]
        for number in ("12,345,678,901.5", "99,999,999.123456", "1,234,567,890,123.45"):
            assert number in page


def test_rare_characters_in_bold(note: Note) -> None:
    pages = texts(render_pdf(delivery_note(note(1, company=Company(f"{RARE}公司"))), A4))
    assert f"{RARE}公司" in pages[0]


def test_many_different_characters_at_once(note: Note) -> None:
    """More than one font subset of 256, with characters beyond U+FFFF in each."""
    everything = "".join(map(chr, range(0x4E00, 0x5200))) + "".join(map(chr, range(0x2C488, 0x2C4C0)))
    pages = texts(render_pdf(delivery_note(note(1, lines=(line(1, everything),))), A4))
    read = "".join("".join(pages).split())
    assert set(everything) <= set(read)


@pytest.mark.req("PLT-53")
@pytest.mark.parametrize("code", [Code.QR, Code.BARS])
@pytest.mark.parametrize("sheet", [A4, HALF, THIRD], ids=lambda sheet: sheet.key)
def test_code_can_be_scanned(note: Note, code: Code, sheet: Paper) -> None:
    document = replace(delivery_note(note()), code=code)
    with pypdfium2.PdfDocument(render_pdf(document, sheet)) as book:
        picture = book[0].render(scale=4).to_pil()
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == ["FH20261121-0012"]


@pytest.mark.req("PLT-52")
def test_offset_and_margins_move_the_print(note: Note) -> None:
    def corner(pdf: bytes) -> tuple[float, float]:
        with pypdfium2.PdfDocument(pdf) as book:
            page = book[0].get_textpage()
            left, _, _, top = page.get_charbox(page.get_text_range().index("Date"))
            return left / 72 * 25.4, top / 72 * 25.4

    document = delivery_note(note())
    x, y = corner(render_pdf(document, HALF))
    moved = corner(render_pdf(document, HALF, offset=Offset(2.5, -1)))
    assert moved == pytest.approx((x + 2.5, y + 1), abs=0.05)
    narrow = corner(render_pdf(document, HALF.with_margins(Margins(20, 10, 16, 5))))
    assert narrow == pytest.approx((x + 4, y - 4), abs=0.05)


def test_nothing_leaves_the_margins(note: Note) -> None:
    """No character stands outside the printable area, on any sheet, even with awkward contents."""
    data = note(30, customer="长" * 90, prepared_by="很长的名字" * 20, number="N" * 80)
    for sheet in SHEETS:
        with pypdfium2.PdfDocument(render_pdf(delivery_note(data), sheet)) as book:
            for page in book:
                text = page.get_textpage()
                for index in range(text.count_chars()):
                    left, bottom, right, top = (side / 72 * 25.4 for side in text.get_charbox(index))
                    if right - left < 0.01:
                        continue
                    assert left >= sheet.margins.left - 0.3
                    assert right <= sheet.width - sheet.margins.right + 0.3
                    assert bottom >= sheet.margins.bottom - 0.8
                    assert top <= sheet.height - sheet.margins.top + 0.3


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.key)
def test_no_field_covers_another(note: Note, sheet: Paper) -> None:
    """The characters of each line of the head stand side by side."""
    long = note(
        1, way="Road freight with an overnight stop", carrier="德邦物流" * 4, freight_payer="客户付款" * 5
    )
    for data in (note(1), note(1, way="Road"), long):
        document = delivery_note(data)
        placed = heading(document, sheet, style_for(sheet)).texts
        rows: dict[float, list[tuple[float, float]]] = {}
        for text in placed:
            width = text_width(text.text, text.size * POINT, bold=text.bold)
            left = text.x - {Align.LEFT: 0, Align.CENTER: width / 2, Align.RIGHT: width}[text.align]
            rows.setdefault(round(text.baseline, 2), []).append((left, left + width))
        for row in rows.values():
            row.sort()
            for (_, right), (left, _) in pairwise(row):
                assert right <= left + 0.01


def test_a_broken_logo_does_not_stop_the_print(note: Note) -> None:
    data = note(company=Company("甲公司", logo=b"\x89PNG\r\n\x1a\nnonsense", stamp=b"nothing"))
    assert "甲公司" in texts(render_pdf(delivery_note(data), A4))[0]


def test_fast_enough(note: Note) -> None:
    document = delivery_note(note(8))
    render_pdf(document, HALF)
    times = []
    for number in range(5):
        fresh = replace(document, number=f"FH20261121-{number:04}")  # a new QR code each time
        start = time.perf_counter()
        render_pdf(fresh, HALF)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.2


def test_chinese_values_in_the_chinese_interface(note: Note) -> None:
    use_language("zh_CN")
    text = "".join(texts(render_pdf(delivery_note(note()), HALF)))
    assert "柒元伍角整" in text


def test_a_product_called_like_a_line_of_the_receipt_is_printed(note: Note) -> None:
    rule = GoodsLine("R-1", "rule", Decimal(1))
    assert "rule" in "".join(texts(render_pdf(delivery_note(note(0, lines=(rule,))), RECEIPT_80)))


def test_goods_without_amounts_are_not_worth_nothing(note: Note) -> None:
    """What no order sold has no price: the note must not say in capitals that nothing is to be paid."""
    free = GoodsLine("R-1", "赠品", Decimal(1))
    document = delivery_note(note(0, lines=(free,)))
    assert (document.amount, document.in_capitals) == (None, "")
    gift = replace(free, price=Decimal(0), amount=Decimal(0))
    assert delivery_note(note(0, lines=(gift,))).in_capitals == "零元整"


def test_receipt_is_as_long_as_its_content(note: Note) -> None:
    heights = []
    for lines in (1, 20):
        with pypdfium2.PdfDocument(render_pdf(delivery_note(note(lines)), RECEIPT_80)) as book:
            assert len(book) == 1
            heights.append(book[0].get_height())
    assert heights[1] > heights[0] * 2


def test_wrapping() -> None:
    for text in ("法兰（加长），带锁。" * 20, "one two three " * 30, "x" * 200, "中English混排，test。" * 15):
        lines = wrap(text, 40, 3)
        assert "".join("".join(lines).split()) == "".join(text.split())
        assert all(text_width(part, 3) <= 40.01 for part in lines)
        assert not any(part and part[0] in NOT_FIRST for part in lines[1:])
    assert wrap("", 10, 3) == [""]
    assert wrap("字字", 0.1, 3) == ["字", "字"]
    assert clean("a\u202eb\x00c\ud800") == "ab c\ufffd"


def test_papers_are_found_by_key() -> None:
    assert all(paper(sheet.key) is sheet for sheet in PAPERS)
    with pytest.raises(KeyError):
        paper("a0")


def test_column_widths_name_the_columns(note: Note) -> None:
    document = delivery_note(note())
    assert [column.key for column in document.columns] == list(COLUMN_WIDTHS)
    assert [column.share for column in document.columns] == list(COLUMN_WIDTHS.values())
