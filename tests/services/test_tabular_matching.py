"""Headers of files to fields."""

from __future__ import annotations

import pytest

from services.entity import Field, Kind
from services.tabular.matching import How, match_headers, normal

FIELDS = (
    Field("name", "Name", required=True, aliases=("客户名称", "公司名称")),
    Field("phone", "Phone", kind=Kind.PHONE, aliases=("联系电话", "手机")),
    Field("contact", "Contact", aliases=("联系人",)),
    Field("address", "Address", aliases=("地址",)),
    Field("credit", "Credit limit", kind=Kind.AMOUNT, required=True, aliases=("信用额度",)),
)


@pytest.mark.req("PLT-19")
def test_equal_names_win_over_similar_ones() -> None:
    found = match_headers(["客户地址", "客 户 名 称*", "地址（必填）", "手机", "备注"], FIELDS)
    assert found.by_field() == {"name": 1, "address": 2, "phone": 3}
    assert {match.confidence for match in found.matches} == {1.0}
    assert found.columns == (0, 4)
    assert found.fields == ("contact", "credit")
    assert found.required == ("credit",)


def test_similar_names_are_proposals() -> None:
    found = match_headers(["公司名称全称", "信用额"], FIELDS)
    assert found.by_field() == {"name": 0, "credit": 1}
    assert all(match.how is How.SIMILAR and match.confidence < 1 for match in found.matches)


def test_what_two_fields_fit_alike_is_left_open() -> None:
    fields = (Field("a", "A", aliases=("开票地址",)), Field("b", "B", aliases=("收货地址",)))
    found = match_headers(["地址"], fields)
    assert found.matches == ()
    both = (Field("a", "A", aliases=("电话",)), Field("b", "B", aliases=("电话",)))
    assert match_headers(["电话"], both).matches == ()


@pytest.mark.req("PLT-19")
def test_remembered_choices_win() -> None:
    remembered = {normal("地址"): "contact", normal("电话 "): "", normal("旧"): "gone"}
    found = match_headers(["地址", "电话", "旧"], FIELDS, remembered)
    assert found.by_field() == {"contact": 0}
    assert found.matches[0].how is How.REMEMBERED


@pytest.mark.req("PLT-19")
def test_titles_in_english_and_in_any_case() -> None:
    assert match_headers(["NAME", "credit_limit"], FIELDS).by_field() == {"name": 0, "credit": 1}
    assert match_headers(["", " ", "（）"], FIELDS).matches == ()


def test_a_column_and_a_field_are_matched_once() -> None:
    found = match_headers(["地址", "地址", "客户地址"], FIELDS)
    assert len({match.field for match in found.matches}) == len(found.matches)
    assert found.by_field()["address"] == 0
