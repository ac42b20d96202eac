"""The text of a business card, as people paste it from a chat or a scanner, taken apart (CUS-05).

Line by line: what carries a label (手机, Tel, 地址…) is that; what has a pattern (mobile, e-mail, web address) is
that; then the company by its ending, the name by its surname and length, the title by its words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Final

from services.pinyin import SURNAMES
from services.regions import recognise


@dataclass(frozen=True, slots=True)
class Card:
    """What was found; empty text for what was not. ``region`` are six digits, ``address`` the rest of it."""

    name: str = ""
    title: str = ""
    department: str = ""
    company: str = ""
    mobile: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""
    website: str = ""
    wechat: str = ""
    qq: str = ""
    region: str = ""
    address: str = ""
    tax_number: str = ""

    @property
    def found(self) -> tuple[str, ...]:
        """The keys of what was found."""
        return tuple(each.name for each in fields(self) if getattr(self, each.name))


_LABELS: Final = {
    "mobile": r"(?:手机号?码?|移动电话|mobile|cell|mob|m\.?p|m)(?:\s*/\s*微信)?",
    "fax": r"传真|fax|f",
    "phone": r"联系电话|办公电话|座机|固话|电话|总机|热线|telephone|tel|phone|ph|t",
    "email": r"电子邮[件箱]|邮箱|邮件|e-?mail|mail|e",
    "website": r"网\s*址|网站|主页|website|web|http|w",
    "wechat": r"微信号?|wechat|weixin|wx",
    "qq": r"qq号?码?",
    "address": r"公司地址|详细地址|办公地址|工厂地址|地\s*址|address|addr|add|a",
    "tax_number": r"纳税人识别号|统一社会信用代码|税\s*号",
    "company": r"公司名称|单位名称|公司|单位|company",
    "name": r"姓\s*名|联系人|name",
    "title": r"职\s*务|职\s*位|title",
    "department": r"部\s*门|department|dept",
    "other": r"邮\s*编|邮政编码|开户行|账号|p\.?c|zip",
}
_LABELLED: Final = re.compile(
    r"(?:^|(?<=[\s,;|/]))(?:"
    + "|".join(f"(?P<{key}>{pattern})" for key, pattern in _LABELS.items())
    + r")\s*(?:[:.：]|(?<=[\u4e00-\u9fff])\s)\s*",
    re.IGNORECASE,
)
_MOBILE: Final = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d(?:[- ]?\d{4}){2})(?!\d)")
_PHONE: Final = re.compile(
    r"(?<![\d-])(?:\+?86[- ]?)?"
    r"((?:\(?0\d{2,3}\)?[- ]?)?[2-9]\d{6,7}(?:\s*(?:转|-|ext\.?)\s*\d{1,5})?|[48]00[- ]?\d{3,4}[- ]?\d{3,4})"
    r"(?![\d-])",
    re.IGNORECASE,
)
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_WEB: Final = re.compile(r"(?:https?://|www\.)[^\s,;，；]+", re.IGNORECASE)
_COMPANY: Final = re.compile(
    r"(公司|集团|工厂|厂|商行|经营部|营业部|商店|门市部|事务所|研究院|研究所|医院|大学|学院|中心|酒店|合作社|工作室|店|行)$"
    r"|(?:co\.?,?\s*ltd\.?|inc\.?|corporation|limited|gmbh|llc)\.?$",
    re.IGNORECASE,
)
_TITLE: Final = re.compile(
    r"(总经理|董事长|总监|经理|主任|主管|厂长|店长|部长|科长|处长|院长|校长|会长|工程师|总工|专员|代表|助理|秘书|顾问|会计|"
    r"出纳|采购员?|销售员?|业务员?|董事|总裁|副总|创始人|合伙人|律师|教授|设计师|ceo|cto|cfo|coo|director|manager|"
    r"engineer|president|sales|founder|buyer)$",
    re.IGNORECASE,
)
_DEPARTMENT: Final = re.compile(r"^[\u4e00-\u9fff]{2,10}?(?:部|科|处|办公室|事业部|中心)$")
_ADDRESS: Final = re.compile(r"(路|街|道|巷|号|栋|幢|楼|层|室|园区|工业园|开发区|大厦|广场|村|镇)")
_SURNAMES: Final = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟"
    "汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温"
    "芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍"
    "位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边仇区朴尚商应冼闫肖付代"
)


@cache
def _long_surnames() -> tuple[str, ...]:
    return ("欧阳", "上官", "司马", "诸葛", "司徒", "东方", "慕容", *(s for s in SURNAMES if len(s) == 2))


def parse(text: str) -> Card:
    """What the ``text`` of a card says. Never fails; the person checks it before anything is saved."""
    card = Card()
    loose: list[str] = []
    for line in _lines(text):
        rest, card = _labelled(line, card)
        for part in rest:
            left, card = _patterned(part, card)
            loose += left
    for part in loose:
        card = _worded(part, card)
    card = _last_resort(loose, card)
    return _placed(card)


def _lines(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text)
    return [line.strip(" \t|·•*-—_") for line in re.split(r"[\r\n]+", plain) if line.strip(" \t|·•*-—_")]


def _labelled(line: str, card: Card) -> tuple[list[str], Card]:
    """Take out what stands behind labels; the pieces without one are left."""
    marks = list(_LABELLED.finditer(line))
    rest = [line[: marks[0].start()] if marks else line]
    for number, found in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(line)
        value = line[found.end() : end].strip(" \t,;|/、，；")
        key = found.lastgroup or "other"
        if key == "other" or not value:
            continue
        if key in ("mobile", "phone", "fax"):
            card = _number(key, value, card)
        elif key in ("email", "website"):
            card = _patterned(value, card)[1]
        else:
            card = _set(card, key, value)
    return [piece.strip() for piece in rest if piece.strip()], card


def _number(key: str, value: str, card: Card) -> Card:
    if key != "fax" and (mobile := _MOBILE.search(value)):
        card = _set(card, "mobile", _digits(mobile[1]))
        value = value.replace(mobile[0], " ")
    if landline := _PHONE.search(value):
        card = _set(card, "fax" if key == "fax" else "phone", landline[1].strip())
    return card


def _patterned(part: str, card: Card) -> tuple[list[str], Card]:
    """Take out what is known by its looks."""
    for key, pattern in (("email", _EMAIL), ("website", _WEB), ("mobile", _MOBILE), ("phone", _PHONE)):
        if found := pattern.search(part):
            value = found[1] if pattern.groups else found[0]
            card = _set(card, key, _digits(value) if key == "mobile" else value.strip())
            part = part.replace(found[0], "\t")
    return [piece.strip(" ,;/|") for piece in re.split(r"\t|\s{2,}|[|/]", part) if piece.strip(" ,;/|")], card


def _worded(part: str, card: Card) -> Card:
    """Company, address, department, name and title, which often share a line: 李强 销售部 经理."""
    if _COMPANY.search(part) and len(part) >= 4 and not card.company and not _person(part):
        return _set(card, "company", part)
    if len(part) > 6 and len(_ADDRESS.findall(part)) >= 2 and not card.address:
        return _set(card, "address", part)
    words = part.split()
    if len(words) > 1 and words[0].isascii():
        # an English name, title or company stays whole
        return _set(card, "title", part) if _TITLE.search(part) and not card.title else card
    while len(words) > 1 and len(words[0]) == 1 and len(words[1]) == 1:
        words[:2] = [words[0] + words[1]]  # 李 强
    for word in words:
        card = _word(word, card)
    return card


def _word(word: str, card: Card) -> Card:
    if not card.name and _person(word):
        return _set(card, "name", word)
    if _COMPANY.search(word) and len(word) >= 6 and not card.company:
        return _set(card, "company", word)
    if not card.title and (ending := _TITLE.search(word)):
        before = word[: ending.start()]
        # 李强经理, 销售部经理
        if not card.name and _person(before):
            return _set(_set(card, "name", before), "title", ending[0])
        if before.endswith(("部", "科", "处")):
            return _set(_set(card, "department", before), "title", ending[0])
        return _set(card, "title", word)
    if not card.department and _DEPARTMENT.match(word):
        return _set(card, "department", word)
    return card


def _person(word: str) -> bool:
    """Whether ``word`` looks like a Chinese name: a surname and one or two characters."""
    if not re.fullmatch(r"[\u3400-\u9fff]{2,4}", word) or _TITLE.search(word) or _DEPARTMENT.match(word):
        return False
    if word[:2] in _long_surnames():
        return 3 <= len(word) <= 4
    return word[0] in _SURNAMES and len(word) <= 3


def _last_resort(loose: list[str], card: Card) -> Card:
    """A line that nothing claimed and that looks like an address."""
    if not card.address:
        for part in loose:
            region, rest = recognise(part)
            if region is not None and rest and part not in (card.company, card.name):
                return _set(card, "address", part)
    return card


def _placed(card: Card) -> Card:
    if not card.address:
        return card
    region, rest = recognise(card.address)
    return replace(card, region=region.code, address=rest) if region is not None else card


def _set(card: Card, key: str, value: str) -> Card:
    """``card`` with ``key``, if it has none yet: the first of two numbers is the one to call."""
    cleaned = " ".join(value.split())
    if not cleaned or getattr(card, key):
        return card
    values: dict[str, str] = {key: cleaned}
    return replace(card, **values)


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value)
