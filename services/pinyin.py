"""How characters, words and surnames are read: the rows that quick search and sorting by pinyin start from.

Built from pypinyin's dictionaries, which list every reading ever recorded; kept are those that a person may
type: the first, those that occur in a word, all of a rare character, and what the tables below add. pypinyin
is imported only when the rows are made (57 MB); searching itself needs nothing but the list of syllables.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection, text

SURNAMES = {
    "万俟": "mo qi", "尉迟": "yu chi", "单于": "chan yu", "澹台": "tan tai", "长孙": "zhang sun",
    "令狐": "ling hu", "皇甫": "huang fu", "鲜于": "xian yu", "宰父": "zai fu", "毌丘": "guan qiu",
    "乐正": "yue zheng", "太叔": "tai shu", "夏侯": "xia hou", "公冶": "gong ye", "冼夫": "xian fu",
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "朴": "piao", "区": "ou", "覃": "qin", "查": "zha",
    "盖": "ge", "乐": "yue", "任": "ren", "华": "hua", "缪": "miao", "翟": "zhai", "尉": "wei", "洗": "xian",
    "冼": "xian", "秘": "bi", "员": "yun", "种": "chong", "折": "she", "召": "shao", "缴": "jiao",
    "盛": "sheng",
    "燕": "yan", "晁": "chao", "过": "guo", "黑": "he", "哈": "ha", "繁": "po", "句": "gou", "阚": "kan",
    "郇": "xun", "牟": "mu", "宓": "mi", "那": "na", "宁": "ning", "曲": "qu", "沈": "shen", "石": "shi",
    "谌": "chen", "郗": "xi", "莘": "shen", "邢": "xing", "应": "ying", "於": "yu", "占": "zhan", "訾": "zi",
    "祭": "zhai", "长": "zhang", "重": "chong", "佴": "nai", "葛": "ge", "柏": "bai", "车": "che",
    "臧": "zang",
    "隗": "wei", "贾": "jia", "纪": "ji", "卜": "bu", "薄": "bo", "参": "shen", "逄": "pang", "乜": "nie",
    "夏": "xia", "行": "xing", "尧": "yao", "阿": "a", "柳": "liu", "褚": "chu", "谷": "gu", "俞": "yu",
    "冯": "feng", "殷": "yin", "曹": "cao", "强": "qiang", "蔚": "yu", "洪": "hong", "万": "wan", "郝": "hao",
}  # fmt: skip
"""Surnames whose reading at the start of a person's name must not be left to the character's usual one."""

WORDS = {
    "都匀": "du yun", "单县": "shan xian", "大城": "dai cheng", "长子": "zhang zi", "六安": "lu an",
    "六合": "lu he", "乐清": "yue qing", "乐亭": "lao ting", "乐陵": "lao ling", "番禺": "pan yu",
    "蚌埠": "beng bu", "铅山": "yan shan", "东阿": "dong e", "长安": "chang an", "长城": "chang cheng",
    "长沙": "chang sha", "长春": "chang chun", "长江": "chang jiang", "长葛": "chang ge", "长治": "chang zhi",
    "重庆": "chong qing", "厦门": "xia men", "台州": "tai zhou", "丽水": "li shui", "洪洞": "hong tong",
    "尉犁": "yu li", "单雄": "shan xiong", "银行": "yin hang", "会计": "kuai ji", "音乐": "yin yue",
    "中牟": "zhong mu", "石鼓": "shi gu", "浚县": "xun xian", "蔚县": "yu xian", "莘县": "shen xian",
    "朝阳": "chao yang", "长兴": "chang xing", "长宁": "chang ning", "阿坝": "a ba", "会稽": "kuai ji",
}  # fmt: skip
"""Words read otherwise than pypinyin has it, or too dear to leave to a dictionary: mostly places."""


ATTESTED = 5
"""A character in as many words shows its readings there; of a rarer one, such as 晟, all are kept."""


class Seed(NamedTuple):
    """Rows of ``app.reading`` (character, readings), ``app.reading_phrase`` (phrase, surname, readings)."""

    readings: list[tuple[str, list[str]]]
    phrases: list[tuple[str, bool, list[str]]]


@cache
def plain(syllable: str) -> str:
    """``syllable`` without tone marks, in lower case, with ``v`` for ü: lǜ → lv."""
    marked = unicodedata.normalize("NFD", syllable.lower()).replace("u\u0308", "v")
    return "".join(c for c in marked if "a" <= c <= "z")


def _typed(reading: str) -> list[str]:
    """``reading`` and how else people type it: lv is lu on a passport."""
    if reading.startswith(("lv", "nv")):
        return [reading, reading.replace("v", "u")]
    return [reading]


def _phrase_readings() -> Iterator[tuple[str, list[str]]]:
    from pypinyin.constants import PHRASES_DICT

    for phrase, spoken in PHRASES_DICT.items():
        readings = [plain(alternatives[0]) for alternatives in spoken]
        if len(readings) == len(phrase) and all(readings):
            yield phrase, readings


def seed_rows() -> Seed:
    """Every character that pypinyin knows, and the words and surnames that are read otherwise.

    Readings of a character stand in the order of plausibility. Takes about a second.
    """
    from pypinyin.constants import PINYIN_DICT

    used: dict[str, set[str]] = {}
    times: Counter[str] = Counter()
    words: dict[str, list[str]] = {}
    for phrase, readings in _phrase_readings():
        for character, reading in zip(phrase, readings, strict=True):
            used.setdefault(character, set()).add(reading)
            times[character] += 1
        if len(phrase) == 2:
            words[phrase] = readings
    own = [(phrase, False, spoken.split()) for phrase, spoken in WORDS.items()]
    own += [(phrase, True, spoken.split()) for phrase, spoken in SURNAMES.items()]
    for phrase, _, readings in own:
        for character, reading in zip(phrase, readings, strict=True):
            used.setdefault(character, set()).add(reading)

    rows: dict[str, list[str]] = {}
    for code, listed in PINYIN_DICT.items():
        character = chr(code)
        every = list(dict.fromkeys(filter(None, (plain(s) for s in listed.split(",")))))
        if not every:
            continue
        known = used.get(character, set())
        kept = [r for n, r in enumerate(every) if n == 0 or r in known or times[character] < ATTESTED]
        kept += sorted(known - set(every))
        rows[character] = list(dict.fromkeys(typed for r in kept for typed in _typed(r)))
    words.update({phrase: spoken.split() for phrase, spoken in WORDS.items()})
    phrases = [
        (phrase, False, readings)
        for phrase, readings in words.items()
        if any(rows.get(c, [r])[0] != r for c, r in zip(phrase, readings, strict=True))
    ]
    phrases += [row for row in own if row[1]]
    return Seed(sorted(rows.items()), phrases)


def seed(connection: Connection) -> None:
    """Writes ``seed_rows`` into the tables of readings; readings and phrases added by the office stay."""
    rows = seed_rows()
    # in two statements: one for each of 43,000 rows would take longer than all the rest of an upgrade
    connection.execute(
        text(
            "INSERT INTO app.reading AS r (character, readings)"
            " SELECT x.character, string_to_array(x.readings, ' ')"
            " FROM unnest(CAST(:characters AS text[]), CAST(:readings AS text[])) AS x (character, readings)"
            " ON CONFLICT (character) DO UPDATE SET readings = excluded.readings || ARRAY("
            "SELECT x FROM unnest(r.readings) AS x WHERE x <> ALL (excluded.readings))"
            " WHERE NOT r.readings @> excluded.readings"
        ),
        {
            "characters": [character for character, _ in rows.readings],
            "readings": [" ".join(readings) for _, readings in rows.readings],
        },
    )
    connection.execute(
        text(
            "INSERT INTO app.reading_phrase (phrase, surname, readings)"
            " SELECT x.phrase, x.surname, string_to_array(x.readings, ' ')"
            " FROM unnest(CAST(:phrases AS text[]), CAST(:surnames AS boolean[]), CAST(:readings AS text[]))"
            " AS x (phrase, surname, readings) ON CONFLICT (phrase, surname) DO NOTHING"
        ),
        {
            "phrases": [phrase for phrase, _, _ in rows.phrases],
            "surnames": [surname for _, surname, _ in rows.phrases],
            "readings": [" ".join(readings) for _, _, readings in rows.phrases],
        },
    )
    connection.execute(text("ANALYZE app.reading"))


@cache
def syllables() -> frozenset[str]:
    """Every syllable of standard Chinese as people type it (ü as v or u)."""
    return frozenset(_SYLLABLES.split())


@cache
def completions(beginning: str) -> tuple[str, ...]:
    """The syllables that start with ``beginning``, itself included, in alphabetical order."""
    return tuple(sorted(s for s in syllables() if s.startswith(beginning)))


_SYLLABLES = """
a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao ce
cen ceng cha chai chan chang chao che chen cheng chi chong chou chu chua chuai chuan chuang chui chun
chuo ci cong cou cu cuan cui cun cuo da dai dan dang dao de dei den deng di dia dian diao die ding diu
dong dou du duan dui dun duo e ei en eng er fa fan fang fei fen feng fiao fo fou fu ga gai gan gang gao
ge gei gen geng gong gou gu gua guai guan guang gui gun guo ha hai han hang hao he hei hen heng hong hou
hu hua huai huan huang hui hun huo ji jia jian jiang jiao jie jin jing jiong jiu ju juan jue jun ka kai
kan kang kao ke kei ken keng kong kou ku kua kuai kuan kuang kui kun kuo la lai lan lang lao le lei len
leng li lia lian liang liao lie lin ling liu lo long lou lu luan lue lun luo lv lve ma mai man mang mao
me mei men meng mi mian miao mie min ming miu mo mou mu na nai nan nang nao ne nei nen neng ni nian niang
niao nie nin ning niu nong nou nu nuan nue nun nuo nv nve o ou pa pai pan pang pao pei pen peng pi pian
piao pie pin ping po pou pu qi qia qian qiang qiao qie qin qing qiong qiu qu quan que qun ran rang rao re
ren reng ri rong rou ru rua ruan rui run ruo sa sai san sang sao se sen seng sha shai shan shang shao she
shei shen sheng shi shou shu shua shuai shuan shuang shui shun shuo si song sou su suan sui sun suo ta
tai tan tang tao te tei teng ti tian tiao tie ting tong tou tu tuan tui tun tuo wa wai wan wang wei wen
weng wo wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye yi yin ying
yong you yu yuan yue yun za zai zan zang zao ze zei zen zeng zha zhai zhan zhang zhao zhe zhei zhen zheng
zhi zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun zhuo zi zong zou zu zuan zui zun zuo
"""
