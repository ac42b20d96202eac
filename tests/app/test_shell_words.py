"""Every word of the shell has its Chinese."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

from resources import FOLDER

ROOT = Path(__file__).parents[2]
BASE = [
    "choice_menu",
    "global_search",
    "head",
    "icons",
    "language",
    "messages",
    "nav_rail",
    "pages",
    "progress",
    "shortcuts_page",
    "status_line",
    "style",
    "tab_drag",
    "tab_groups",
    "tasks",
    "workspace",
]
FILES = [
    *(ROOT / "widgets" / "base" / f"{name}.py" for name in BASE),
    *(ROOT / "app" / f"{name}.py" for name in ("main_window", "navigation", "panels")),
]


def _sources(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("tr", "mark"):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


@pytest.mark.req("PLT-05")
def test_every_source_string_of_the_shell_is_translated() -> None:
    catalogue = polib.pofile(str(FOLDER / "translations" / "zh_CN.po"))
    known = {entry.msgid: entry.msgstr for entry in catalogue}
    for part in (FOLDER / "translations" / "parts").glob("*.json"):
        known |= json.loads(part.read_text("utf-8"))
    sources = {source for path in FILES for source in _sources(path)}
    assert len(sources) > 90
    assert not {source for source in sources if not known.get(source)}
    assert not {source for source in sources if _places(source) != _places(known[source])}


def _places(text: str) -> set[str]:
    return {piece.split("}")[0] for piece in text.split("{")[1:]}
