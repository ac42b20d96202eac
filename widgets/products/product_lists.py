"""The lists of a product that are typed row by row: their names, columns and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from services.language import mark, tr
from services.products.details import ProductDetails
from services.typed import plain_digits

LISTS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "parameters": (("name", mark("Parameter")), ("value", mark("Value"))),
    "questions": (("question", mark("Question")), ("answer", mark("Answer"))),
    "bar_codes": (("code", mark("Bar code")), ("remark", mark("Remark"))),
    "packs": (
        ("name", mark("Pack unit")),
        ("factor", mark("Units per pack")),
        ("bar_code", mark("Bar code")),
    ),
}
"""Lists that are typed, by the argument of products.save_details: key and title of their columns."""
TITLES: Final = {
    "parameters": mark("Parameters"),
    "questions": mark("Common questions"),
    "bar_codes": mark("Further bar codes"),
    "packs": mark("Further pack units"),
    "special": mark("Prices per branch and pack"),
    "history": mark("Price history"),
}
BETWEEN: Final = "\n"
"""Stands between a list and the name of a row where both are one key; neither holds it."""
Lists = Mapping[str, Sequence[Sequence[str]]]
"""Rows of texts by the key of their list."""


def rows_of(details: ProductDetails) -> Lists:
    """The lists as they are stored, in the texts of their cells."""
    return {
        "parameters": details.parameters,
        "questions": details.questions,
        "bar_codes": details.bar_codes,
        "packs": [(pack.name, plain_digits(pack.factor), pack.bar_code) for pack in details.packs],
    }


def row_title(key: str) -> str:
    """What a row is called where two versions of it are compared: ``key`` is its list, BETWEEN and its name."""
    which, _between, name = key.partition(BETWEEN)
    return f"{tr(TITLES[which])}: {name}"
