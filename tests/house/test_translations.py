"""Chinese is complete, says nothing that the program does not, and keeps the placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polib
import pytest

from installer.collect_words import CATALOGUE, ROOT, python_words, words
from services.entity import Entity
from services.language import _catalogue
from tests.e2e.memo import MEMO, WORDS
from tests.factories.next_entity import EVERY, spoken

PLACEHOLDER = re.compile(r"\{(\w*)[^}]*\}")


@pytest.mark.req("PLT-05")
def test_chinese_is_complete() -> None:
    translated = {entry.msgid for entry in polib.pofile(str(CATALOGUE)) if entry.msgstr}
    assert sorted(set(words()) - translated) == []


def said_by(entity: Entity) -> Iterator[str]:
    """Everything that a declaration shows to people."""
    yield from (entity.title, entity.plural, entity.comes_from, *entity.sought)
    for column in entity.columns:
        yield from (column.title, *(column.labels or {}).values())
    for field in entity.fields:
        yield from (field.title, field.group, field.help)
    for data_class in entity.classes:
        yield data_class.title
    for action in entity.actions:
        yield from (action.title, *(ask.title for ask in action.asks))


@pytest.mark.req("PLT-05")
@pytest.mark.parametrize("entity", EVERY, ids=lambda entity: entity.key)
def test_every_word_of_every_entity_has_chinese(entity: Entity) -> None:
    with spoken():
        chinese = _catalogue("zh_CN")
        assert sorted({word for word in said_by(entity) if word} - {w for w in chinese if chinese[w]}) == []


def test_the_collector_finds_the_words_of_a_new_file() -> None:
    found = set(python_words(ROOT / "tests" / "e2e" / "memo.py"))
    assert {word for word in said_by(MEMO) if word} - {"All", "Mine"} <= found
    assert set(WORDS) <= found


def test_nothing_is_left_over() -> None:
    assert sorted({entry.msgid for entry in polib.pofile(str(CATALOGUE))} - set(words())) == []


def test_the_program_reads_the_catalogue_as_gettext_does() -> None:
    entries = polib.pofile(str(CATALOGUE))
    assert not [entry.msgid for entry in entries if entry.fuzzy or entry.obsolete or entry.msgid_plural]
    read = {source: words for source, words in _catalogue("zh_CN").items() if source}
    assert read == {entry.msgid: entry.msgstr for entry in entries}


def test_placeholders_are_kept() -> None:
    wrong = [
        entry.msgid
        for entry in polib.pofile(str(CATALOGUE))
        if sorted(PLACEHOLDER.findall(entry.msgid)) != sorted(PLACEHOLDER.findall(entry.msgstr))
    ]
    assert not wrong
