"""Chinese is complete, says nothing that the program does not, and keeps the placeholders."""

from __future__ import annotations

import re

import polib
import pytest

from installer.collect_words import CATALOGUE, words

PLACEHOLDER = re.compile(r"\{(\w*)[^}]*\}")


@pytest.mark.req("PLT-05")
def test_chinese_is_complete() -> None:
    translated = {entry.msgid for entry in polib.pofile(str(CATALOGUE)) if entry.msgstr}
    assert sorted(set(words()) - translated) == []


def test_nothing_is_left_over() -> None:
    assert sorted({entry.msgid for entry in polib.pofile(str(CATALOGUE))} - set(words())) == []


def test_placeholders_are_kept() -> None:
    wrong = [
        entry.msgid
        for entry in polib.pofile(str(CATALOGUE))
        if sorted(PLACEHOLDER.findall(entry.msgid)) != sorted(PLACEHOLDER.findall(entry.msgstr))
    ]
    assert not wrong
