"""Regions by name, pinyin, initials and from an address; matching in memory."""

from __future__ import annotations

import pytest

from services.regions import children, find, label, recognise
from services.spelling import best, rank


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("重庆 渝中", "500103"),
        ("cq yz", "500103"),
        ("yuzhong", "500103"),
        ("重庆渝中", "500103"),
        ("江西 信州", "361102"),
        ("shangrao", "361100"),
        ("重庆", "500000"),
        ("北京 朝阳", "110105"),
    ],
)
def test_typed_regions(typed: str, first: str) -> None:
    assert find(typed)[0].code == first


def test_levels_that_nobody_says_are_skipped() -> None:
    assert label("500103") == "重庆市 渝中区"
    assert "渝中区" in [each.name for each in children("500000")]
    assert len(children()) == 34
    assert not find("市辖区")


@pytest.mark.parametrize(
    ("address", "code", "rest"),
    [
        ("重庆市渝中区中山三路131号", "500103", "中山三路131号"),
        ("江西省上饶市信州区五三大道128号", "361102", "五三大道128号"),
        ("上饶市信州区五三大道128号", "361102", "五三大道128号"),
        ("北京朝阳区建国路88号", "110105", "建国路88号"),
        ("广东省深圳市南山区科技园", "440305", "科技园"),
    ],
)
def test_the_region_of_an_address(address: str, code: str, rest: str) -> None:
    found, left = recognise(address)
    assert found is not None and found.code == code
    assert left == rest


def test_an_address_without_region_stays_whole() -> None:
    assert recognise("五三大道128号") == (None, "五三大道128号")


def test_ranks() -> None:
    assert rank("VIP客户", "VIP客户") == 0
    assert rank("vip", "VIP客户") == 1
    assert rank("cqx", "重庆长安") is None
    assert rank("cqca", "重庆长安") == 2
    assert rank("zhangan", "重庆长安") == 3
    assert rank("chongqing", "重庆长安") == 2
    assert rank("chang", "重庆长安") == 3
    assert rank("x", "重庆长安") is None
    assert rank("单", "单慧敏") == 1 and rank("shm", "单慧敏") == 2
    assert best("qd", ["潜在", "渠道商", "普通"], str) == ["渠道商"]
