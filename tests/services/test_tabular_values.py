"""Cells to values: what people write in China, what is refused, and that nothing is silently changed."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clock import CHINA
from services.entity import FILES, Kind
from services.errors import Invalid, ShukeError
from services.language import use_language
from services.tabular import values
from services.tabular.cells import Cell
from services.tabular.regions import Regions
from services.tabular.values import convert
from tests.services.tabular_files import DATA, HOSTILE, needs_data

TYPED = [kind for kind in Kind if kind not in FILES]
"""Kinds that a cell can hold."""


def refused(cell: Cell, kind: Kind, **more: object) -> str:
    with pytest.raises(Invalid) as caught:
        convert(cell, kind, field="x", **more)  # type: ignore[arg-type]
    assert caught.value.field == "x"
    text = str(caught.value)
    assert "{" not in text.replace(str(cell), "")
    return caught.value.template


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1,234.50", "1234.50"),
        ("￥1，234．５０", "1234.5"),
        ("¥ 12", "12"),
        ("RMB 12.5", "12.5"),
        ("12.50元", "12.5"),
        ("1.2万", "12000"),
        ("3亿元", "300000000"),
        ("1.5百万", "1500000"),
        ("(1,234.50)", "-1234.5"),
        ("-￥5", "-5"),
        ("￥-5", "-5"),
        ("−5", "-5"),
        ("+5", "5"),
        ("０.５", "0.5"),
        (" 12 ", "12"),
        (12, "12"),
        (Decimal("0.1"), "0.1"),
        (".5", "0.5"),
        ("1,234,567", "1234567"),
    ],
)
def test_amounts(cell: Cell, value: str) -> None:
    assert convert(cell, Kind.AMOUNT) == Decimal(value)


@pytest.mark.parametrize(
    "cell",
    [
        "1,23",
        "1.234,56",
        "1.2.3",
        "12,34.5",
        "1万2",
        "一千二",
        "约100",
        "100左右",
        "10-20",
        "5元/个",
        "1.2w",
        "NaN",
        "Infinity",
        "1e5",
        "1.38E+10",
        "0x10",
        "--5",
        "5-",
        "=1+1",
        "1 000 a",
        ",",
        ".",
        "%",
        "元",
        "万",
        True,
        date(2026, 1, 1),
        "#DIV/0!",
        "#CALC!",
        "9" * 17,
        "12.345",
        Decimal("12.345"),
        "١٢x",
    ],
)
def test_amounts_that_are_not_clear(cell: Cell) -> None:
    refused(cell, Kind.AMOUNT)


def test_decimals_are_never_rounded() -> None:
    assert convert("12.345", Kind.PRICE) == Decimal("12.345")
    assert convert("12.3450", Kind.AMOUNT, decimals=3) == Decimal("12.345")
    assert refused("0.1234567", Kind.PRICE).startswith("“{value}” has more than")


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=2, allow_nan=False))
def test_any_amount_survives_every_spelling(value: Decimal) -> None:
    for text in (str(value), f"{value:,}", f"￥{value:,}", f"{value}元", f" {value} "):
        assert convert(text, Kind.AMOUNT) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("13%", "13"),
        ("13", "13"),
        (13, "13"),
        ("１３％", "13"),
        ("0.5%", "0.5"),
        (0, "0"),
        (1, "1"),
        ("130%", "130"),
    ],
)
def test_percentages(cell: Cell, value: str) -> None:
    assert convert(cell, Kind.PERCENT) == Decimal(value)


def test_a_bare_fraction_is_no_percentage() -> None:
    assert "percent sign" in refused("0.13", Kind.PERCENT)
    refused(Decimal("-0.5"), Kind.PERCENT)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-21",
        "2026/11/21",
        "2026.11.21",
        "20261121",
        20261121,
        "2026年11月21日",
        "2026 年 11 月 21 日",
        "2026年11月21号",
        "２０２６－１１－２１",
        "2026-11-21 00:00:00",
        "2026-11-21T13:45:00",
        "2026/11/21 下午3:20",
        "2026年11月21日星期六",
        "2026年11月21日13时45分",
        "2026-11-21 周六",
        46347,
        "46347",
        Decimal("46347.5"),
        date(2026, 11, 21),
        datetime(2026, 11, 21, 9),
        "  2026-11-21\u3000",
    ],
)
def test_dates(cell: Cell) -> None:
    assert convert(cell, Kind.DATE) == date(2026, 11, 21)


@pytest.mark.parametrize(
    "cell",
    [
        "11/21/2026",
        "21.11.2026",
        "01/02/2026",
        "26-11-21",
        "26年11月21日",
        "2026-02-30",
        "2026-13-01",
        "2026年11月",
        "2026",
        "11-21",
        "明天",
        "二〇二六年",
        1,
        99999,
        True,
        "2026-11/21",
        "2026-11-21 25:00",
        "1026-01-01",
        "20261321",
        "0000-00-00",
        "2026-11-21 abc",
        "8:30:00",
    ],
)
def test_dates_that_are_not_clear(cell: Cell) -> None:
    refused(cell, Kind.DATE)


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_any_day_survives_every_spelling(day: date) -> None:
    y, m, d = day.year, day.month, day.day
    for text in (
        f"{y}-{m}-{d}",
        f"{y}/{m:02}/{d:02}",
        f"{y}.{m}.{d}",
        f"{y}{m:02}{d:02}",
        f"{y}年{m}月{d}日",
    ):
        assert convert(text, Kind.DATE) == day


def test_moments_have_a_zone() -> None:
    found = convert("2026-11-21 下午3:20", Kind.TIME)
    assert isinstance(found, datetime)
    assert found.tzinfo is not None
    assert (found.hour, found.minute) == (15, 20)
    assert convert("2026-11-21 12:30 AM", Kind.TIME) == datetime(2026, 11, 21, 0, 30, tzinfo=CHINA)
    assert convert("2026-11-21T03:00:00Z", Kind.TIME) == datetime.fromisoformat("2026-11-21T11:00:00+08:00")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (13800138000, "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+86 13800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("0571-88886666", "0571-88886666"),
        ("(0571)88886666", "0571-88886666"),
        ("0571 88886666", "0571-88886666"),
        ("0571-88886666转8001", "0571-88886666转8001"),
        ("0571-88886666-8001", "0571-88886666转8001"),
        ("400-820-8820", "400-820-8820"),
        ("88886666", "88886666"),
    ],
)
def test_phones(cell: Cell, value: str) -> None:
    assert convert(cell, Kind.PHONE) == value


@pytest.mark.parametrize(
    "cell", ["1.38001E+10", "13800138000/13900139000", "无", "张三", "123", "1" * 30, "138001380OO", True]
)
def test_no_phones(cell: Cell) -> None:
    refused(cell, Kind.PHONE)


def test_addresses() -> None:
    assert convert(" Zhang.San@Example.COM ", Kind.EMAIL) == "Zhang.San@example.com"
    assert convert("ｚ＠example.com", Kind.EMAIL) == "z@example.com"
    for bad in ("a@b", "a b@c.com", "a@b.com, c@d.com", "@b.com", "a@.com", "<a@b.com>", "a@b.com\x07x"):
        refused(bad, Kind.EMAIL)
    assert convert("www.example.com/a?b=1", Kind.URL) == "www.example.com/a?b=1"
    for bad in ("javascript:alert(1)", "file:///etc/passwd", "http://", "例子"):
        refused(bad, Kind.URL)


def test_texts() -> None:
    assert convert(" 甲\r\n乙\t", Kind.TEXT) == "甲 乙"
    assert convert(" 甲\r\n乙 ", Kind.LONG_TEXT) == "甲\n乙"
    assert convert(6901234567892, Kind.TEXT) == "6901234567892"
    assert convert(Decimal("12.50"), Kind.TEXT) == "12.50"
    assert convert("0012", Kind.TEXT) == "0012"
    assert convert("　", Kind.TEXT) is None
    assert convert(None, Kind.DATE) is None
    for bad in ("a\x00b", "a\x1bb", "a\ud800b", "a\x85b"):
        refused(bad, Kind.TEXT)
    assert "characters" in refused("字" * 11, Kind.TEXT, length=10)
    assert "zeros" in refused(110101199001011000, Kind.TEXT)
    assert convert(110101199001011234, Kind.TEXT) == "110101199001011234"
    refused("#N/A", Kind.TEXT)


def test_whole_numbers() -> None:
    assert convert("1,200", Kind.INTEGER) == 1200
    assert convert("12.0", Kind.INTEGER) == 12
    refused("12.5", Kind.INTEGER)
    refused("1" * 25, Kind.INTEGER)


def test_yes_and_no() -> None:
    for yes in ("是", "√", "Y", "yes", "TRUE", "1", 1, True, "对"):
        assert convert(yes, Kind.YES_NO) is True
    for no in ("否", "×", "N", "no", "false", "0", 0, False, "无"):
        assert convert(no, Kind.YES_NO) is False
    refused("也许", Kind.YES_NO)


def test_choices() -> None:
    kinds = {"customer": 1, "客户": 1, "供应商（国内）": 2, "Partner": 3}
    assert convert("customer", Kind.CHOICE, choices=kinds) == 1
    assert convert(" 客 户", Kind.CHOICE, choices=kinds) == 1
    assert convert("供应商(国内)", Kind.CHOICE, choices=kinds) == 2
    assert convert("ＰＡＲＴＮＥＲ", Kind.CHOICE, choices=kinds) == 3
    assert "list" in refused("同行", Kind.CHOICE, choices=kinds)
    assert "several" in refused("a b", Kind.USER, choices={"AB": 1, "ab": 2})


@pytest.fixture(scope="module")
def china() -> Regions:
    rows: list[tuple[str, str]] = []
    for name in ("provinces", "cities", "areas"):
        with (DATA / "divisions" / f"{name}.csv").open(encoding="utf-8-sig") as stream:
            rows += [(row["code"].ljust(6, "0"), row["name"]) for row in csv.DictReader(stream)]
    return Regions(rows)


@needs_data
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("浙江省杭州市西湖区", "330106"),
        ("浙江 杭州 西湖区", "330106"),
        ("浙江/杭州/西湖", "330106"),
        ("杭州市", "330100"),
        ("杭州", "330100"),
        ("浙江", "330000"),
        ("330106", "330106"),
        ("内蒙古", "150000"),
        ("广西壮族自治区南宁市", "450100"),
        ("新疆", "650000"),
        ("北京市", "110000"),
        ("北京市朝阳区", "110105"),
        ("恩施", "422800"),
        ("恩施市", "422801"),
        ("延边州", "222400"),
        ("吉林", "220000"),
        ("吉林市", "220200"),
        ("云南省大理州大理市", "532901"),
    ],
)
def test_regions(china: Regions, name: str, code: str) -> None:
    assert convert(name, Kind.REGION, region=china.code) == code


@needs_data
def test_regions_that_are_not_clear(china: Regions) -> None:
    for name in ("鼓楼区", "朝阳"):
        assert "several" in refused(name, Kind.REGION, region=china.code)
    assert "known" in refused("火星", Kind.REGION, region=china.code)


CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    st.text(),
    st.integers(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.decimals(allow_nan=False, allow_infinity=False),
)


@given(CELLS, st.sampled_from(TYPED))
def test_anything_is_a_value_or_a_reason(cell: Cell, kind: Kind) -> None:
    try:
        found = convert(cell, kind, field="x", choices={"甲": 1})
    except Invalid as reason:
        assert str(reason)
        return
    if isinstance(found, str):
        assert "\x00" not in found
        found.encode("utf-8")
    assert not isinstance(found, float)


@needs_data
def test_naughty_strings_in_every_kind() -> None:
    strings = json.loads((HOSTILE / "blns.json").read_text(encoding="utf-8"))
    kept = 0
    for text in strings:
        for kind in TYPED:
            try:
                found = convert(text, kind, field="x")
            except ShukeError as reason:
                assert str(reason)
            else:
                kept += isinstance(found, str)
    assert kept > 500


def test_reasons_are_chinese_in_chinese() -> None:
    tests: list[Callable[[], object]] = [
        lambda: convert("0.13", Kind.PERCENT),
        lambda: convert("明天", Kind.DATE),
        lambda: convert("1,23", Kind.AMOUNT),
        lambda: values.text("a\x00"),
    ]
    use_language("zh_CN")
    for test in tests:
        with pytest.raises(Invalid) as caught:
            test()
        assert "{" not in str(caught.value)
