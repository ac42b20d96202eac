"""Chinese is complete, says nothing that the program does not, and keeps the placeholders."""

from __future__ import annotations

import re

import polib
import pytest

from installer.collect_words import CATALOGUE, words
from services.language import _catalogue

PLACEHOLDER = re.compile(r"\{(\w*)[^}]*\}")


@pytest.mark.req("PLT-05")
def test_chinese_is_complete() -> None:
    translated = {entry.msgid for entry in polib.pofile(str(CATALOGUE)) if entry.msgstr}
    assert sorted(set(words()) - translated) == []


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
