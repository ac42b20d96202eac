"""Finds the mistake in a Word template before it is filled in, and says where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jinja2 import TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.errors import ShukeError
from services.language import mark, tr

TAG: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")
CLOSED_BY: Final = {"for": "endfor", "if": "endif"}
WORD_TAGS: Final = frozenset(("cellbg", "colspan", "hm", "vm", "else", "elif"))
"""docxtpl's own, and those that only make sense with what stands around them."""
SHOWN_FIELD: Final = 60
UNFINISHED: Final = mark(
    "The template {file} has an unfinished field “{field}” in {place}: "
    "each needs {{{{ and }}}} or {{% and %}}."
)


class BrokenTemplate(ShukeError):
    """A template cannot be filled in. ``values`` hold file, field and place where they are known."""


Shapes = Mapping[str, frozenset[str] | None]


def check(parts: Any, file: str, shapes: Shapes) -> None:
    """Raise BrokenTemplate for the first mistake in the opened document ``parts``.

    ``shapes`` holds the known names with what may follow their dot; for a list, that of its items.
    """
    environment = ImmutableSandboxedEnvironment()
    known: dict[str, frozenset[str] | None] = dict(shapes)
    stack: list[tuple[str, str, str]] = []
    for place, text in _texts(parts):
        rest = TAG.sub("", text)
        for sign in ("{{", "{%", "}}", "%}"):
            if sign in rest:
                _fail(UNFINISHED, file, rest[max(0, rest.find(sign) - 8) :], place)
        for tag in TAG.findall(text):
            _check_tag(environment, tag, place, file, known, stack)
    if stack:
        _, tag, place = stack[-1]
        _fail(mark("The template {file} never closes “{field}” in {place}."), file, tag, place)


def _check_tag(
    environment: ImmutableSandboxedEnvironment,
    tag: str,
    place: str,
    file: str,
    known: dict[str, frozenset[str] | None],
    stack: list[tuple[str, str, str]],
) -> None:
    if tag.startswith("{#"):
        return
    inner = re.sub(r"^[-+]|[-+]$", "", tag[2:-2]).strip()  # {%- -%} trim blanks
    inner = re.sub(r"^(tr|tc|p|r)\s+", "", inner)  # docxtpl: the row, cell, paragraph, run around the tag
    word = inner.split(maxsplit=1)[0] if inner else ""
    if tag.startswith("{%"):
        if word.startswith("end"):
            if not stack or CLOSED_BY[stack.pop()[0]] != word:
                _fail(
                    mark("The template {file} closes “{field}” in {place} without opening it."),
                    file,
                    tag,
                    place,
                )
            return
        if word in CLOSED_BY:
            stack.append((word, tag, place))
            source = f"{{% {inner} %}}{{% {CLOSED_BY[word]} %}}"
        elif word in WORD_TAGS:
            return
        else:
            source = f"{{% {inner} %}}"
    else:
        source = f"{{{{ {inner} }}}}"
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        wrong = mark("The template {file} has a mistake in the field “{field}” in {place}: {reason}")
        _fail(wrong, file, tag, place, error.message or "")
    _names(tree, environment, tag, place, file, known)


def _names(
    tree: nodes.Template,
    environment: ImmutableSandboxedEnvironment,
    tag: str,
    place: str,
    file: str,
    known: dict[str, frozenset[str] | None],
) -> None:
    """Note what ``tree`` defines, and refuse what nobody defines."""
    unknown = mark("The template {file} names a field that does not exist: “{field}” in {place}.")
    for missing in sorted(meta.find_undeclared_variables(tree)):
        if missing not in known and missing not in environment.globals and missing != "loop":
            _fail(unknown, file, missing, place)
    for loop in tree.find_all(nodes.For):
        items = known.get(loop.iter.name) if isinstance(loop.iter, nodes.Name) else None
        for name in loop.target.find_all(nodes.Name):
            known[name.name] = None
        if isinstance(loop.target, nodes.Name):
            known[loop.target.name] = items
    for assigned in tree.find_all(nodes.Assign):
        for target in (assigned.target, *assigned.target.find_all(nodes.Name)):
            if isinstance(target, nodes.Name):
                known[target.name] = None
    for dotted in tree.find_all(nodes.Getattr):
        if isinstance(dotted.node, nodes.Name):
            shape = known.get(dotted.node.name)
            if (
                shape is not None
                and dotted.attr not in shape
                and dotted.attr not in ("items", "keys", "values")
            ):
                _fail(unknown, file, f"{dotted.node.name}.{dotted.attr}", place)


def _fail(template: str, file: str, field: str, place: str, reason: str = "") -> None:
    raise BrokenTemplate(template, file=file, field=field.strip()[:SHOWN_FIELD], place=place, reason=reason)


def _texts(parts: Any) -> Iterator[tuple[str, str]]:
    """(where, text) of every paragraph: body and tables in reading order, then headers and footers."""
    yield from _blocks(parts, "")
    for section in parts.sections:
        for part, name in ((section.header, tr("header")), (section.footer, tr("footer"))):
            if not part.is_linked_to_previous:  # a linked one has nothing of its own
                yield from _blocks(part, f"{name} ")


def _blocks(container: Any, prefix: str) -> Iterator[tuple[str, str]]:
    paragraph = table = 0
    for block in container.iter_inner_content():
        if hasattr(block, "rows"):
            table += 1
            yield from _cells(block, prefix, table)
        else:
            paragraph += 1
            yield prefix + tr("paragraph {number}", number=paragraph), block.text


def _cells(table: Any, prefix: str, number: int) -> Iterator[tuple[str, str]]:
    for r, row in enumerate(table.rows, start=1):
        seen = set()
        for c, cell in enumerate(row.cells, start=1):
            if cell._tc in seen:  # a merged cell is listed once for each column it covers
                continue
            seen.add(cell._tc)
            place = prefix + tr("table {table}, row {row}, column {column}", table=number, row=r, column=c)
            for paragraph in cell.paragraphs:
                yield place, paragraph.text
            for inner, nested in enumerate(cell.tables, start=1):
                yield from _cells(nested, f"{place}, ", inner)
