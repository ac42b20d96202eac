"""A quantity typed in packs in the order grid (PRD-01, PRD-05)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.money import Precision
from services.products.packs import PackUnit
from services.products.queries import ProductHit
from services.sales.draft import DraftLine
from widgets.sales.lines_model import PLACE, LinesModel

VALVE = ProductHit(
    id=1,
    number="V1",
    name="球阀",
    model="DN50",
    specification="",
    bar_code="",
    unit="个",
    price=Decimal("44"),
    lowest_price=None,
    tax_rate=Decimal(13),
    stocked=True,
    on_hand=None,
    free=None,
    packs=(PackUnit("箱", Decimal(7), Decimal("300")), PackUnit("托", Decimal(70))),
)


@pytest.mark.req("PRD-01", "PRD-05")
def test_three_boxes_are_their_pieces_at_the_price_of_the_box() -> None:
    model = LinesModel(Precision())
    model.set_lines([DraftLine()])
    model.set_product(0, VALVE)
    refused: list[str] = []
    model.refused.connect(lambda _row, _column, text: refused.append(text))
    quantity = model.index(0, PLACE["quantity"])
    assert model.setData(quantity, "3箱")
    line = model.line(0)
    assert line.numbers.quantity == 21
    assert line.numbers.amounts.gross == 900, "three times the box, though 300 / 7 is no round price"
    assert model.text(0, "unit") == "个 (3箱)"
    assert model.setData(quantity, "1托 1箱")
    assert model.line(0).numbers.quantity == 77
    assert not model.setData(quantity, "3桶") and refused
    assert model.line(0).numbers.quantity == 77
