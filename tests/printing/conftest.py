"""A delivery note to print, as large and as strange as a test wants it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest

from printing.delivery_note import DeliveryNoteData
from printing.document import Company
from printing.goods import GoodsLine
from services.language import language, use_language

Note = Callable[..., DeliveryNoteData]
RARE = "𬭎㛃䶮𬭚𫖯"
"""Characters of names that fonts and encodings often lack; the first is beyond U+FFFF."""


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    before = language()
    use_language("en")
    yield
    use_language(before)


def line(number: int, name: str = "不锈钢球阀 DN50") -> GoodsLine:
    """Line ``number``: ``number`` pieces at 1.25."""
    quantity = Decimal(number)
    amount = (quantity * Decimal("1.25")).quantize(Decimal("0.01"))
    return GoodsLine(f"QF-{number:03}", name, quantity, "Q11F-16P", "个", Decimal("1.25"), amount)


@pytest.fixture
def note() -> Note:
    """A function that makes a note of so many lines, with any field replaced."""

    def make(count: int = 3, /, **other: object) -> DeliveryNoteData:
        values: dict[str, object] = {
            "number": "FH20261121-0012",
            "date": date(2026, 11, 21),
            "company": Company("上饶市恒远管道设备有限公司", "凤凰中大道 88 号", "0793-8218888"),
            "customer": "重庆长宏机电有限公司",
            "consignee": f"单{RARE}",
            "phone": "138 1234 8000",
            "address": "重庆市渝北区红锦大道 5 号 12-3 室",
            "carrier": "德邦物流",
            "tracking_number": "DPK202611210088",
            "order_numbers": ("XS20261121-0012", "XS20261120-0009"),
            "stock_issue_number": "CK20261121-0007",
            "freight": Decimal("180"),
            "freight_payer": "到付",
            "parcels": 12,
            "weight": Decimal("386.50"),
            "prepared_by": "李敏",
            "remarks": "卸货需叉车。",
            "lines": tuple(line(i) for i in range(1, count + 1)),
        }
        return DeliveryNoteData(**(values | other))  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def hostile_strings() -> list[str]:
    """The big list of naughty strings."""
    path = Path(__file__).parents[2].parent / "shared" / "data" / "hostile" / "blns.json"
    if not path.exists():
        pytest.skip("the collection of hostile strings is not here")
    strings: list[str] = json.loads(path.read_text(encoding="utf-8"))
    return strings


def texts(pdf: bytes) -> list[str]:
    """The text of each page. PDFium reads a hyphen at the end of a line as U+FFFE."""
    with pypdfium2.PdfDocument(pdf) as book:
        return [page.get_textpage().get_text_range().replace("\ufffe", "-") for page in book]
