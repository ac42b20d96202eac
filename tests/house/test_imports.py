"""No circle of imports, not even one that only the types tie (CONTRIBUTING.md): a part that must know the whole it
belongs to is no part."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("app", "widgets", "printing", "services", "models")
FILES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for package in PACKAGES
    for file in (ROOT / package).rglob("*.py")
}


def imported(source: str, known: set[str]) -> Iterator[str]:
    """The modules of ``known`` that ``source`` names in imports anywhere, in functions and for types too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name for name in inside if name in known)
            if node.module in known and not all(name in known for name in inside):
                yield node.module


def circle(sources: dict[str, str]) -> list[str]:
    """One circle among ``sources``, by module, the first named again at the end; empty if there is none."""
    graph = {name: set(imported(text, set(sources))) - {name} for name, text in sources.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_nothing_imports_what_imports_it() -> None:
    sources = {name: file.read_text(encoding="utf-8") for name, file in FILES.items()}
    assert len(sources) > 300
    assert circle(sources) == []


@pytest.mark.parametrize(
    "back",
    [
        "import a",
        "from a import thing",
        "def late():\n    from a import thing",
        "if TYPE_CHECKING:\n    import a",
    ],
)
def test_a_circle_is_named(back: str) -> None:
    assert circle({"a": "import b", "b": "import c", "c": "x = 1"}) == []
    assert set(circle({"a": "import b", "b": back})) == {"a", "b"}
