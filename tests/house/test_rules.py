"""The house rules that a machine can see (CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from models.permissions import Permission
from services.registry import ENTITIES

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


OWN = ("organisation.", "system.")
"""Kinds that the program itself stands on: people, rights, choices, files."""
LISTS_OF_KINDS = {"company.py", "founding.py", "checks_of_documents.py", "checks_of_ledgers.py", "prints.py"}
"""Tables by kind: what roles may, what a new company has, how balances are recomputed, what counts a print."""
GENERIC = sorted(
    file
    for folder, pattern in (
        ("services", "*.py"),
        ("services/importing", "*.py"),
        ("services/tabular", "*.py"),
        ("widgets/base", "**/*.py"),
    )
    for file in (ROOT / folder).glob(pattern)
    if file.name not in LISTS_OF_KINDS
)


def kinds_named(source: str) -> list[str]:
    """Entity keys, and rights of entities, that code names: in strings that are no docstrings, and as Permission."""
    module = ast.parse(source)
    said = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            found += [key for key in ENTITIES if re.search(rf"(?<![\w.]){re.escape(key)}(?!\w)", node.value)]
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "Permission"
        ):
            right = Permission[node.attr].value
            found += [key for key in ENTITIES if right.startswith(f"{key}.")]
    return [key for key in found if not key.startswith(OWN)]


@pytest.mark.parametrize("file", GENERIC, ids=relative)
def test_generic_code_knows_no_kind_of_record(file: Path) -> None:
    assert kinds_named(file.read_text(encoding="utf-8")) == []


def test_a_special_case_is_found() -> None:
    assert kinds_named('"""Such as sales.order."""\nx = entity.key == "customers.customer"') == [
        "customers.customer"
    ]
    assert kinds_named("client.can(Permission.CUSTOMERS_CUSTOMER_VIEW)") == ["customers.customer"]
    assert kinds_named('run("SELECT id FROM sales.order")') == ["sales.order"]
    assert kinds_named('link("system.attachment")') == []


@pytest.mark.parametrize("folder", sorted({file.parent for file in SOURCES}), ids=relative)
def test_every_package_says_what_it_holds(folder: Path) -> None:
    """A newcomer finds a file by folder and name: the package names what is in it and what it may import."""
    if not (folder / "__init__.py").exists():
        return
    said = ast.get_docstring(tree(folder / "__init__.py")) or ""
    assert len(said) > 60, "say what lives here"
    assert re.search(r"\b(import|imports)\b", said, re.IGNORECASE), "say what it may import"


@pytest.mark.parametrize(
    ("sought", "package", "file", "inside"),
    [
        ("credit limit", "widgets/sales", "widgets/sales/order_head.py", "credit"),
        ("credit limit", "services/sales", "services/sales/queries.py", "credit_limit"),
        ("refused", "models", "models/sql/sales/20_order.sql", "app.refuse("),
        ("COLUMN_WIDTHS", "printing", "printing/delivery_note.py", "COLUMN_WIDTHS"),
        ("Who may see", "models", "models/sql/customers/10_guard.sql", "app.guard('customers.customer'"),
    ],
)
def test_a_newcomer_finds_it(sought: str, package: str, file: str, inside: str) -> None:
    """What issue 2 asks for: by folder and name alone, with the package's own words as the sign."""
    said = ast.get_docstring(tree(ROOT / package / "__init__.py")) or ""
    assert sought in said
    assert Path(file).stem in said or "10_guard.sql" in said or file.startswith("models/sql")
    assert inside in (ROOT / file).read_text(encoding="utf-8")
