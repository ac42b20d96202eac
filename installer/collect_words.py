"""Developer's command: collect the words of the program into resources/translations/zh_CN.po.

    python -m installer.collect_words [PART.json …]

Finds every ``tr("…")`` and ``mark("…")`` in Python, every ``app.refuse('…')`` and ``MESSAGE = '…'`` in SQL,
keeps the translations there are, adds those of the PART files ({"English": "中文"}), drops what is no longer said.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "resources" / "translations" / "zh_CN.po"
PACKAGES = ("app", "widgets", "models", "services", "printing")
SPOKEN = {"tr", "mark"}


def python_words(file: Path) -> Iterator[str]:
    """Literal first arguments of tr and mark in one file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in SPOKEN
            and node.args
        ):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value:
                yield first.value


def sql_words(file: Path) -> Iterator[str]:
    """Templates of refusals and notices in one SQL file."""
    text = file.read_text(encoding="utf-8")
    for pattern in (
        r"app\.refuse\(\s*'((?:[^']|'')+)'",
        r"MESSAGE = '((?:[^']|'')+)'",
        r"organisation\.tell(?:_many)?\([^',]+,\s*'((?:[^']|'')+)'",
        r"refusal => '((?:[^']|'')+)'",
        # notices of which one is chosen by a CASE
        r"'(\{by\} (?:[^']|'')+)'",
    ):
        for found in re.findall(pattern, text):
            yield found.replace("''", "'")


def words() -> dict[str, list[str]]:
    """Every source string and the files that say it."""
    found: dict[str, list[str]] = {}
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            for word in python_words(file):
                found.setdefault(word, []).append(file.relative_to(ROOT).as_posix())
    for file in sorted((ROOT / "models" / "sql").rglob("*.sql")):
        for word in sql_words(file):
            found.setdefault(word, []).append(file.relative_to(ROOT).as_posix())
    return found


def main(parts: list[str]) -> None:
    """Write the catalogue and say what is missing."""
    catalogue = polib.pofile(str(CATALOGUE))
    known = {entry.msgid: entry.msgstr for entry in catalogue}
    for part in parts:
        known.update(
            {key: value for key, value in json.loads(Path(part).read_text(encoding="utf-8")).items() if value}
        )
    spoken = words()
    catalogue.clear()
    for word, files in sorted(spoken.items()):
        entry = polib.POEntry(msgid=word, msgstr=known.get(word, ""))
        entry.occurrences = [(file, "") for file in sorted(set(files))]
        catalogue.append(entry)
    catalogue.save(str(CATALOGUE))
    for entry in catalogue:
        if not entry.msgstr:
            print(f"{entry.msgid!r}  ({entry.occurrences[0][0]})")


if __name__ == "__main__":
    main(sys.argv[1:])
