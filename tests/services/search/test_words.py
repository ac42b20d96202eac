"""What words find: places, people, numbers, phones, remarks."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from tests.services.search.items import Find, put


@pytest.mark.req("PLT-11")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("重庆火锅底料", "cq"), ("重庆火锅底料", "zq"), ("重庆火锅底料", "cqhg"), ("重庆火锅底料", "hgdl"),
        ("重庆火锅底料", "chongqing"), ("重庆火锅底料", "chongqinghuo"), ("重庆长城汽车", "chongqch"),
        ("重庆火锅底料", "cqing"), ("重庆火锅底料", "chongq"), ("重庆火锅底料", "chongqi"),
        ("重庆火锅底料", "chqhg"),
        ("重庆火锅底料", "火锅"), ("重庆火锅底料", "火"), ("重庆火锅底料", "底料 重庆"),
        ("重庆火锅底料", "hg 重庆"),
        ("重庆火锅底料", "重庆hg"), ("重庆火锅底料", "重庆h"), ("重庆火锅底料", "cq火锅"),
        ("重庆火锅底料", "c庆"),
        ("重庆火锅底料", "ＣＱ"), ("重庆火锅底料", "重"), ("重庆火锅底料", "c"), ("重庆火锅底料", "chong"),
        ("长城汽车", "cc"), ("长城汽车", "zc"), ("长城汽车", "changcheng"), ("西安面馆", "xian"),
        ("西安面馆", "xianmg"), ("西安面馆", "xa"), ("先进机械", "xian"), ("乐清电器", "yueqing"),
        ("六安瓜片", "luan"), ("六安瓜片", "la"), ("绿城", "lvc"), ("绿城", "lucheng"), ("吕布", "lvbu"),
        ("阿里(重庆)公司", "阿里重庆公司"), ("阿里（重庆）公司", "阿里(重庆)"),
        ("阿里重庆公司", "阿里(重庆)公司"),
        ("长宏DN50球阀", "长宏dn50"), ("长宏DN50球阀", "dn50"), ("长宏DN50球阀", "50"),
        ("长宏DN50球阀", "n50"),
        ("长宏DN50球阀", "chdn50"), ("长宏DN50球阀", "dn50qf"), ("长宏DN50球阀", "dn50球阀"),
        ("3号车间", "3号"),
        ("CLY-02-CAS-01", "cly02"), ("CLY-02-CAS-01", "cly-02"), ("ABC Company", "abc comp"),
        ("𬭎图科技", "𬭎图"),
        ("一厂A座", "a座"), ("一厂A座", "厂A"), ("中国石油", "zhgsy"), ("安安", "anan"), ("东阿阿胶", "deej"),
        ("Ｆｕｌｌ　Ｗｉｄｔｈ", "fullwidth"), ("陕西", "shx"), ("陕西", "shanxi"), ("陕西", "sha"),
    ],
)  # fmt: skip
def test_a_name_is_found(connection: Connection, find: Find, name: str, words: str) -> None:
    put(connection, "name", name)
    assert find(words) == [name]


@pytest.mark.req("PLT-11")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("重庆火锅底料", "庆重"), ("重庆火锅底料", "锅火"), ("重庆火锅底料", "ch g"), ("重庆火锅底料", "tq"),
        ("重庆火锅底料", "qingchong"), ("重庆火锅底料", "重庆锅"), ("重庆火锅底料", "重庆 面馆"),
        ("西安", "xin"),
        ("重庆火锅底料", "重庆xg"), ("才庆火锅", "chqhg"), ("长宏DN50", "dn51"), ("长宏DN50", "长宏 dn5 60"),
        ("长宏", "---"), ("广州", "yz"), ("大有公司", "gd"),
    ],
)  # fmt: skip
def test_a_name_is_not_found(connection: Connection, find: Find, name: str, words: str) -> None:
    put(connection, "name", name)
    assert find(words) == []


def test_phrases_do_not_span_fields(connection: Connection, find: Find) -> None:
    connection.execute(
        text("INSERT INTO app.item (label, name, person, code) VALUES ('重庆', '重庆', '火锅', 'A1')")
    )
    assert find("庆火") == find("qh") == find("锅a1") == []
    assert find("cq hg a1") == ["重庆"]


@pytest.mark.req("PLT-11", "CUS-03")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("单雄信", "sxx"), ("单雄信", "dxx"), ("单雄信", "shanxiongxin"), ("尉迟恭", "ycg"),
        ("尉迟恭", "yuchigong"),
        ("尉迟恭", "wcg"), ("万俟卨", "mq"), ("万俟卨", "moqi"), ("曾国藩", "zgf"), ("曾国藩", "zeng"),
        ("仇英", "qiuying"), ("解缙", "xj"), ("朴树", "ps"), ("朴树", "piaoshu"), ("区寄", "ouji"),
        ("覃勇", "qy"),
        ("覃勇", "ty"), ("乐毅", "yy"), ("查良镛", "zly"),
    ],
)  # fmt: skip
def test_a_person_is_found(connection: Connection, find: Find, name: str, words: str) -> None:
    put(connection, "person", name)
    assert find(words) == [name]


@pytest.mark.req("PLT-11", "CUS-03")
@pytest.mark.parametrize(
    ("words", "hit"),
    [
        ("13912345678", True), ("139 1234 5678", True), ("139-1234-5678", True), ("5678", True),
        ("678", True),
        ("2345", True), ("1234567", True), ("91234567", True), ("8613912345678", True),
        ("+8613912345678", True),
        ("5679", False), ("139345", False), ("12345678901", False),
    ],
)  # fmt: skip
def test_a_phone_is_found_by_any_part(connection: Connection, find: Find, words: str, hit: bool) -> None:
    put(connection, "phone", "139-1234-5678")
    assert find(words) == (["139-1234-5678"] if hit else [])


@pytest.mark.req("PLT-11")
@pytest.mark.parametrize(
    ("words", "hit"),
    [
        ("SO-20261121-0012", True), ("so202611210012", True), ("so", True), ("s", True), ("0012", True),
        ("12", True),
        ("2", True), ("012", True), ("so2026", True), ("1121", True), ("112100", True), ("0021", False),
        ("61", False), ("so20261121001", True), ("so202611210013", False),
    ],
)  # fmt: skip
def test_a_number_is_found_by_start_end_and_part(
    connection: Connection, find: Find, words: str, hit: bool
) -> None:
    put(connection, "code", "SO-20261121-0012")
    assert find(words) == (["SO-20261121-0012"] if hit else [])


def test_remarks_are_found_in_the_middle(connection: Connection, find: Find) -> None:
    """Follow-up text, the middle of a word; not by pinyin, which would find every second remark."""
    put(connection, "remark", "客户要求下周三之前把DN50球阀的报价发给他，并附样品图片。")
    assert (
        len(find("球阀的报价")) == len(find("发给他并附样品")) == len(find("dn50")) == len(find("图片")) == 1
    )
    assert find("qfdbj") == []


def test_blank_means_everything(connection: Connection, find: Find) -> None:
    put(connection, "name", "甲", "乙")
    assert sorted(find("  ")) == sorted(find("　")) == ["乙", "甲"]
