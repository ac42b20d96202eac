"""The house rules that a machine can see (CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("app", "widgets", "models", "services", "printing", "installer", "resources")
SOURCES = sorted(
    file
    for package in PACKAGES
    for file in (ROOT / package).rglob("*.py")
    if "migrations/versions" not in file.as_posix()
)
FORBIDDEN_NAMES = {"utils", "util", "misc", "helpers", "helper", "manager", "managers", "common", "stuff"}
LONGEST_FILE = 700
LONGEST_FUNCTION = 80


def relative(file: Path) -> str:
    """Path from the root, for messages."""
    return file.relative_to(ROOT).as_posix()


def tree(file: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(file.read_text(encoding="utf-8"))


def test_there_are_sources() -> None:
    assert len(SOURCES) > 40


@pytest.mark.parametrize("file", SOURCES, ids=relative)
def test_file(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_FILE, f"{lines} lines: split it by subject"
    assert file.stem not in FORBIDDEN_NAMES, "name it after its subject"
    module = tree(file)
    assert ast.get_docstring(module), "say in a docstring what lives here"
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


@pytest.mark.parametrize("file", SOURCES, ids=relative)
def test_public_things_have_docstrings(file: Path) -> None:
    missing = [
        node.name
        for node in tree(file).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not missing


def test_sql_functions_pin_their_search_path() -> None:
    loose = []
    for file in (ROOT / "models" / "sql").rglob("*.sql"):
        text = file.read_text(encoding="utf-8")
        for statement in re.split(r"(?=CREATE OR REPLACE FUNCTION)", text)[1:]:
            head = re.split(r"\bAS \$\$|\bBEGIN ATOMIC\b|\nRETURN ", statement, maxsplit=1)[0]
            if "SECURITY DEFINER" in head and "search_path = pg_catalog, pg_temp" not in head:
                loose.append(f"{relative(file)}: {head.splitlines()[0]}")
    assert not loose


def test_screens_and_documents_hold_no_sql() -> None:
    guilty = []
    for file in SOURCES:
        if not relative(file).startswith(("widgets/", "printing/")):
            continue
        for node in ast.walk(tree(file)):
            spoken = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if re.match(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM)\s", spoken):
                guilty.append(f"{relative(file)}:{node.lineno}")
    assert not guilty
