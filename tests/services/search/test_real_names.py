"""How many of thousands of real names are found by what people type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, select

from services import search
from tests.services.search.items import ITEM, needs_data, put, rows


def marked_off(reading: str) -> list[str]:
    """Tone marks away, by another way than the code under test: u with two dots becomes v."""
    decomposed = unicodedata.normalize("NFD", reading.lower())
    return re.sub(r"[^a-zv ]", "", decomposed.replace("u\u0308", "v").replace("u\u0304\u0308", "v")).split()


def recall(
    connection: Connection, truth: list[tuple[str, list[str]]], cut: Callable[[list[str]], str]
) -> float:
    """Share of names found by what ``cut`` makes of their syllables."""
    found = 0
    missed = []
    for name, syllables in truth:
        condition = search.search_condition(ITEM.c.search, cut(syllables))
        statement = select(ITEM.c.id).where(condition, ITEM.c.label == name)
        if connection.execute(statement).first():
            found += 1
        else:
            missed.append((name, cut(syllables)))
    print(f"recall {found}/{len(truth)}; missed: {missed[:12]}")
    return found / len(truth)


def initials(syllables: list[str]) -> str:
    return "".join(s[0] for s in syllables)


WAYS: list[Callable[[list[str]], str]] = [
    initials,
    "".join,
    lambda s: "".join(s)[: max(2, len("".join(s)) - 2)],
    lambda s: s[0] + "".join(x[0] for x in s[1:]),
    lambda s: "".join(x[0] for x in s[:-1]) + s[-1],
]


@needs_data
@pytest.mark.req("PLT-11")
@pytest.mark.parametrize("cut", WAYS, ids=["initials", "full", "unfinished", "first_full", "last_full"])
def test_places_are_found(connection: Connection, cut: Callable[[list[str]], str]) -> None:
    # Initials before a whole syllable are read as syllables where they can be: hashi is ha-shi, not h-a-shi.
    wanted = 0.95 if cut is WAYS[4] else 0.99
    truth = [
        (r["name"], marked_off(r["pinyin"])) for r in rows("pinyin/places.tsv") if r["sources_agree"] == "1"
    ]
    truth = [(n, s) for n, s in truth if len(n) == len(s)]
    assert len(truth) > 2500
    put(connection, "name", *(n for n, _ in truth))
    assert recall(connection, truth[::3], cut) >= wanted


@needs_data
@pytest.mark.req("PLT-11")
@pytest.mark.parametrize("cut", WAYS[:3], ids=["initials", "full", "unfinished"])
def test_people_are_found(connection: Connection, cut: Callable[[list[str]], str]) -> None:
    truth = []
    for row in rows("pinyin/person_readings.tsv.gz")[::12]:
        truth.append((row["name"], marked_off(row["pinyin_pro_surname_mode"])))
        truth.append((row["name"], marked_off(row["pinyin_pro_plain"])))
    truth = [(n, s) for n, s in truth if len(n) == len(s)]
    assert len(truth) > 1500
    put(connection, "person", *{n for n, _ in truth})
    assert recall(connection, truth, cut) >= 0.99


@needs_data
@pytest.mark.req("PRD-03")
def test_products_are_found_by_the_mnemonics_of_another_program(connection: Connection) -> None:
    """The shop wrote its own initials; where they cover the whole name, ours have to agree."""
    truth = [(r["品名"], r["助记码"].lower()) for r in rows("pinyin/product_mnemonic.tsv.gz")]
    truth = [(n, c) for n, c in truth if len(n) == len(c) and c.isascii() and search.normalise(n) == n][:1500]
    assert len(truth) > 800
    put(connection, "name", *{n for n, _ in truth})
    # What is missed was looked at: misreadings of the shop (芸豆 kd, 鸡胗 jx) and names changed later.
    assert recall(connection, [(n, [c]) for n, c in truth], "".join) >= 0.97


@needs_data
@pytest.mark.req("PLT-11", "CUS-03")
def test_any_part_of_a_company_is_exactly_a_substring(connection: Connection) -> None:
    names = [r["name"] for r in rows("company_names/names_full.tsv.gz")[:4000]]
    put(connection, "name", *names)
    for number, name in enumerate(names[::40]):
        start = number % max(1, len(name) - 3)
        part = search.normalise(name[start : start + 3])
        if len(part) < 2 or part.isascii() or re.search("[a-z0-9]", part):
            continue
        condition = search.search_condition(ITEM.c.search, part)
        answer = {row[0] for row in connection.execute(select(ITEM.c.name).where(condition))}
        assert answer == {n for n in names if part in search.normalise(n)[:40]}, part
