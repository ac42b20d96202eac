"""Property tests of the arithmetic of lines and totals (SAL-05)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.errors import Invalid
from services.money import Precision
from services.sales.arithmetic import (
    TAX_PRICE_PLACES,
    Line,
    LineAmounts,
    LineField,
    Terms,
    edited,
    line,
    line_amounts,
    line_shares,
    order_totals,
)

FIELDS: tuple[LineField, ...] = get_args(LineField)
D = Decimal

precisions = st.builds(Precision, price=st.integers(2, 6), quantity=st.integers(0, 6))
RANGES: dict[LineField, st.SearchStrategy[Decimal]] = {
    "quantity": st.decimals(min_value=-(10**6), max_value=10**6, places=6),
    "tax_price": st.decimals(min_value=0, max_value=10**5, places=6),
    "price": st.decimals(min_value=0, max_value=10**5, places=6),
    "discount": st.decimals(min_value=0, max_value=200, places=2),
    "rate": st.sampled_from([D(0), D(1), D(3), D(6), D(9), D(13), D("16.5")]),
    "total": st.decimals(min_value=-(10**6), max_value=10**6, places=2),
}
edits = st.sampled_from(FIELDS).flatmap(lambda field: st.tuples(st.just(field), RANGES[field]))


@st.composite
def lines(draw: st.DrawFn) -> tuple[Line, Precision]:
    precision = draw(precisions)
    return (
        line(
            quantity=draw(st.decimals(min_value=-(10**6), max_value=10**6, places=precision.quantity)),
            tax_price=draw(st.decimals(min_value=0, max_value=10**6, places=precision.price)),
            discount=draw(RANGES["discount"]),
            rate=draw(RANGES["rate"]),
            precision=precision,
        ),
        precision,
    )


def half_up(value: Fraction, places: int) -> Fraction:
    """Another way to round, in integers, as oracle."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**places)


def check(each: Line, precision: Precision) -> None:
    """What is true of every line, whatever was typed into it."""
    gross = half_up(Fraction(each.quantity) * Fraction(each.tax_price) * Fraction(each.discount) / 100, 2)
    rate = Fraction(each.rate)
    assert Fraction(each.amounts.gross) == gross
    assert Fraction(each.amounts.tax) == half_up(gross * rate / (100 + rate), 2)
    assert each.amounts.net + each.amounts.tax == each.amounts.gross
    assert Fraction(each.price) == half_up(Fraction(each.tax_price) * 100 / (100 + rate), precision.price)
    assert -int(each.tax_price.as_tuple().exponent) <= TAX_PRICE_PLACES
    assert -int(each.quantity.as_tuple().exponent) <= precision.quantity


@given(lines())
def test_amounts_follow_the_formula_of_the_database(made: tuple[Line, Precision]) -> None:
    check(*made)


@given(lines(), st.lists(edits, max_size=8), st.sampled_from(FIELDS))
def test_typing_what_is_shown_changes_nothing(
    made: tuple[Line, Precision], history: list[tuple[LineField, Decimal]], field: LineField
) -> None:
    now, precision = made
    for name, value in history:
        now = play(now, name, value, precision)
    shown = Decimal(str(getattr(now, field)))
    assert edited(now, field, shown, precision) == now


def play(now: Line, field: LineField, value: Decimal, precision: Precision) -> Line:
    """An edit, or the line as it was when the edit is refused for its bounds."""
    try:
        return edited(now, field, value, precision)
    except Invalid:
        return now


@given(lines(), st.lists(edits, min_size=1, max_size=20))
def test_random_edits_keep_the_line_consistent(
    made: tuple[Line, Precision], history: list[tuple[LineField, Decimal]]
) -> None:
    now, precision = made
    for field, value in history:
        now = play(now, field, value, precision)
        check(now, precision)


@given(lines(), st.lists(edits, max_size=6), RANGES["quantity"], RANGES["discount"])
def test_going_there_and_back_does_not_drift(
    made: tuple[Line, Precision],
    history: list[tuple[LineField, Decimal]],
    quantity: Decimal,
    discount: Decimal,
) -> None:
    start, precision = made
    for field, value in history:
        start = play(start, field, value, precision)
    there = play(start, "quantity", quantity, precision)
    there = play(there, "discount", discount, precision)
    there = play(there, "rate", D(13) if start.rate != 13 else D(6), precision)
    back = edited(there, "rate", start.rate, precision)
    back = edited(back, "discount", start.discount, precision)
    assert edited(back, "quantity", start.quantity, precision) == start


@pytest.mark.req("SAL-05")
@given(
    lines(),
    st.decimals(min_value=-(10**6), max_value=10**6, places=2),
    st.decimals(min_value=1, max_value=999_999_999, places=6),
)
def test_a_typed_total_is_honoured_to_the_cent(
    made: tuple[Line, Precision], typed: Decimal, quantity: Decimal
) -> None:
    now, precision = made
    now = play(now, "quantity", quantity, precision)
    if now.discount < 1 and now.discount:
        now = play(now, "discount", D(100), precision)
        assume(now.discount == 100)
    after = edited(now, "total", typed, precision)
    assert after.total == typed
    assert (after.quantity, after.discount) == (now.quantity or D(1), now.discount or D(100)) or (
        after == now
    )
    check(after, precision)


@pytest.mark.req("SAL-05")
@given(lines(), RANGES["price"])
def test_a_typed_price_is_kept_and_gives_its_net(made: tuple[Line, Precision], typed: Decimal) -> None:
    now, precision = made
    after = edited(now, "price", typed, precision)
    assert Fraction(after.price) == half_up(Fraction(typed), precision.price)
    if after is not now and after.tax_price != now.tax_price:
        exact_net = Fraction(after.quantity) * Fraction(after.price) * Fraction(after.discount) / 100
        assert abs(Fraction(after.amounts.net) - exact_net) <= Fraction(1, 100)
    check(after, precision)


TWO = Precision(price=2, quantity=2)


def test_an_invoice_like_people_write_it() -> None:
    valves = line(quantity=D(3), tax_price=D("113.00"), rate=D(13), precision=TWO)
    assert valves.price == D("100.00")
    assert valves.amounts == LineAmounts(net=D("300.00"), tax=D("39.00"), gross=D("339.00"))
    cheaper = edited(valves, "discount", D(95), TWO)
    assert (cheaper.total, cheaper.tax_price) == (D("322.05"), D("113.00"))
    agreed = edited(cheaper, "total", D("320"), TWO)
    assert (agreed.total, agreed.tax_price, agreed.discount) == (D("320.00"), D("112.28"), D(95))
    net = edited(valves, "price", D("100.01"), TWO)
    assert (net.price, net.tax_price, net.total) == (D("100.01"), D("113.0113"), D("339.03"))
    other_rate = edited(valves, "rate", D(6), TWO)
    assert (other_rate.total, other_rate.price) == (D("339.00"), D("106.60"))


def test_a_total_that_the_price_decimals_cannot_give() -> None:
    three = line(quantity=D(3), tax_price=D("30.00"), precision=TWO)
    after = edited(three, "total", D(100), TWO)
    assert (after.total, after.tax_price) == (D("100.00"), D("33.333"))


def test_zero_and_negative() -> None:
    nothing = line(quantity=D(0), tax_price=D(0), rate=D(13), precision=TWO)
    assert nothing.amounts == LineAmounts(D("0.00"), D("0.00"), D("0.00"))
    assert edited(nothing, "total", D("56.50"), TWO).quantity == 1
    gift = line(quantity=D(2), tax_price=D(10), discount=D(0), precision=TWO)
    assert gift.total == 0
    assert edited(gift, "total", D(0), TWO) == gift
    assert edited(gift, "total", D(8), TWO).tax_price == D("4.00")
    returned = line(quantity=D(-2), tax_price=D("11.30"), rate=D(13), precision=TWO)
    assert returned.amounts == LineAmounts(net=D("-20.00"), tax=D("-2.60"), gross=D("-22.60"))
    assert edited(returned, "total", D(-20), TWO).tax_price == D("10.00")
    assert edited(returned, "total", D(0), TWO).tax_price == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", "1000000000"),
        ("tax_price", "1e12"),
        ("price", "-1e12"),
        ("discount", "-1"),
        ("discount", "1000"),
        ("rate", "-3"),
        ("rate", "100.01"),
        ("total", "1e13"),
        ("total", "NaN"),
        ("quantity", "Infinity"),
    ],
)
def test_out_of_bounds_is_refused_and_names_the_field(field: LineField, value: str) -> None:
    now = line(quantity=D(1), tax_price=D(1), precision=TWO)
    with pytest.raises(Invalid) as refusal:
        edited(now, field, D(value), TWO)
    assert refusal.value.field == field


def test_a_value_from_which_too_much_follows_is_refused_where_it_was_typed() -> None:
    crumb = line(quantity=D("0.000001"), tax_price=D(1), precision=Precision(quantity=6))
    with pytest.raises(Invalid) as refusal:
        edited(crumb, "total", D(10**7), Precision(quantity=6))
    assert refusal.value.field == "total"


@pytest.mark.req("SAL-05")
@given(
    st.lists(lines().map(lambda made: made[0]), max_size=12),
    st.decimals(min_value=0, max_value=200, places=2),
    st.decimals(min_value=-(10**6), max_value=10**6, places=2),
    st.sampled_from([D("0.01"), D("0.05"), D("0.1"), D(1), D(10)]),
    st.booleans(),
    st.none() | st.decimals(min_value=-(10**6), max_value=10**6, places=2),
)
def test_totals_add_up(
    made: list[Line],
    discount: Decimal,
    freight: Decimal,
    unit: Decimal,
    down: bool,
    typed: Decimal | None,
) -> None:
    amounts = [each.amounts for each in made]
    terms = Terms(discount=discount, freight=freight, rounding_unit=unit, round_down=down, typed_total=typed)
    result = order_totals(amounts, terms)
    assert result.lines.gross == sum((each.gross for each in amounts), D(0))
    assert result.lines.net + result.lines.tax == result.lines.gross
    assert result.lines.gross - result.discount + result.freight + result.rounding == result.calculated
    assert result.calculated + result.difference == result.total
    assert result.calculated % unit == 0
    assert abs(result.rounding) < unit
    assert result.typed is (typed is not None)
    if typed is not None:
        assert result.total == typed
    else:
        assert result.difference == 0


def test_without_terms_the_total_is_the_sum_of_the_lines() -> None:
    amounts = [line_amounts(D(3), D("33.33"), D(100), D(13)), line_amounts(D(1), D("0.05"), D(95), D(3))]
    result = order_totals(amounts)
    assert result.total == result.calculated == result.lines.gross == D("100.04")
    assert not any((result.discount, result.rounding, result.difference, result.typed))


def test_small_change_is_dropped_towards_zero() -> None:
    amounts = [LineAmounts(D("1987.50"), D("0.00"), D("1987.50"))]
    down = order_totals(amounts, Terms(discount=D(98), deduction=D(7), rounding_unit=D(1), round_down=True))
    assert (down.discount, down.rounding, down.total) == (D("46.75"), D("-0.75"), D("1940.00"))
    assert order_totals(amounts, Terms(rounding_unit=D(1))).total == D("1988.00")


@given(
    st.lists(lines().map(lambda made: made[0]).filter(lambda each: each.total >= 0), min_size=1, max_size=9),
    st.decimals(min_value=0, max_value=10**6, places=2),
)
def test_shares_of_the_lines_add_up_to_the_whole(made: list[Line], whole: Decimal) -> None:
    shares = line_shares([each.amounts for each in made], [each.rate for each in made], whole)
    assert sum(each.gross for each in shares) == whole
    assert all(each.net + each.tax == each.gross for each in shares)
