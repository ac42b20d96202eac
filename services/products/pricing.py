"""Change of many prices by a formula, looked at before it is done (PRD-05).

The formula itself is the database's ``products.repriced``, so that the preview and the change calculate alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Numeric,
    Select,
    and_,
    cast,
    column,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from models.organisation import Branch
from models.products import Category, LevelPrice, PriceLevel, Product
from services.language import mark
from services.typed import plain_digits

SHOWN: Final = 500
"""Rows of a preview that are shown; its sums are of all."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a price ends: the nearest one of ``ending`` + n · ``step``."""

    key: str
    title: str
    step: Decimal
    ending: Decimal = Decimal(0)


ROUNDINGS: Final = (
    Rounding("cent", mark("to 0.01"), Decimal("0.01")),
    Rounding("tenth", mark("to 0.1"), Decimal("0.1")),
    Rounding("half", mark("to 0.5"), Decimal("0.5")),
    Rounding("ninety", mark("ending in .9"), Decimal(1), Decimal("0.9")),
    Rounding("ninety_nine", mark("ending in .99"), Decimal(1), Decimal("0.99")),
    Rounding("whole", mark("to 1"), Decimal(1)),
    Rounding("nine", mark("ending in 9"), Decimal(10), Decimal(9)),
    Rounding("ten", mark("to 10"), Decimal(10)),
)


Place = int | Literal["lowest"] | None
"""Where a price stands: at a level, as the lowest one or (None) as the list price."""


def _place(place: Place) -> str:
    return "list" if place is None else str(place)


@dataclass(frozen=True, slots=True)
class Formula:
    """New price at ``target`` = price at ``source`` × ``factor`` + ``added``, rounded. Levels by id, None: list price.

    With ``branch_id`` the new prices hold for that branch alone, and start from its own prices where it has any. With
    ``packs`` they are those of the products' pack units, of which a level alone has any.
    """

    source: Place
    target: Place
    factor: Decimal = Decimal(1)
    added: Decimal = Decimal(0)
    rounding: Rounding = ROUNDINGS[0]
    branch_id: int | None = None
    packs: bool = False

    def as_json(self) -> dict[str, Any]:
        """The part of the arguments of products.reprice that says what is done."""
        return {
            "source": _place(self.source),
            "target": _place(self.target),
            "branch_id": self.branch_id,
            "packs": self.packs,
            "factor": self.factor,
            "added": self.added,
            "step": self.rounding.step,
            "ending": self.rounding.ending,
        }

    @property
    def rule(self) -> str:
        """The formula in figures, for the history: ``× 1.05 + 2 → x.9``."""
        added = f" + {plain_digits(self.added)}" if self.added else ""
        step, ending = plain_digits(self.rounding.step), plain_digits(self.rounding.ending)
        return f"× {plain_digits(self.factor)}{added} → {ending} + n·{step}"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One price before and after."""

    product_id: int
    number: str
    name: str
    unit: str
    """The pack unit; empty: per the product's own unit."""
    source: Decimal
    """What the formula starts from."""
    old: Decimal | None
    """The price at the target now; None where there is none."""
    new: Decimal


@dataclass(frozen=True, slots=True)
class Preview:
    """What a formula would do. ``product_ids`` are all that it is applied to, with a price at the source."""

    rows: tuple[PriceRow, ...]
    """The first SHOWN."""
    product_ids: tuple[int, ...]
    count: int
    """How many prices the formula gives."""
    total: Decimal
    """Sum of the new prices, by which a change of prices since is noticed."""
    raised: int
    lowered: int


def _target(formula: Formula, unit: ColumnElement[str | None]) -> ColumnElement[Any]:
    if formula.target is None or formula.target == "lowest":
        product = Product.__table__.c
        return product.list_price if formula.target is None else product.lowest_price
    return (
        select(LevelPrice.price)
        .where(
            LevelPrice.product_id == Product.id,
            LevelPrice.level_id == formula.target,
            LevelPrice.branch_id.is_not_distinct_from(formula.branch_id),
            LevelPrice.unit.is_not_distinct_from(unit),
        )
        .scalar_subquery()
    )


def _chosen(product_ids: Sequence[int] | None, category_id: int | None) -> ColumnElement[bool]:
    product = Product.__table__.c
    alive = product.deleted_at.is_(None)
    if product_ids is not None:
        return and_(alive, product.id == func.any(literal(list(product_ids), ARRAY(BigInteger))))
    if category_id is None:
        return and_(alive, product.state == "active")
    tree = select(Category.id).where(Category.id == category_id).cte("tree", recursive=True)
    below = tree.union(select(Category.id).join(tree, Category.parent_id == tree.c.id))
    return and_(alive, product.state == "active", product.category_id.in_(select(below.c.id)))


def preview(
    session: Session,
    formula: Formula,
    *,
    product_ids: Sequence[int] | None = None,
    category_id: int | None = None,
) -> Preview:
    """What ``formula`` would do to these products, to those of a category and below, or to all that are in use.

    Cost: one pass over the products asked for.
    """
    product = Product.__table__.c
    chosen = select(func.array_agg(product.id)).where(_chosen(product_ids, category_id)).scalar_subquery()
    base = func.products.formula_bases(
        chosen, _place(formula.source), cast(formula.branch_id, BigInteger), formula.packs
    ).table_valued("product_id", "unit", column("base", Numeric))
    old = _target(formula, base.c.unit)
    new = func.products.repriced(
        base.c.base, formula.factor, formula.added, formula.rounding.step, formula.rounding.ending
    )
    statement: Select[Any] = (
        select(
            product.id,
            product.number,
            func.concat_ws(" ", product.name, product.model).label("name"),
            base.c.unit,
            base.c.base,
            old.label("old"),
            new.label("new"),
        )
        .select_from(base.join(Product.__table__, product.id == base.c.product_id))
        .where(base.c.base.is_not(None))
        .order_by(product.sort_name, product.id, base.c.unit)
    )
    rows: list[PriceRow] = []
    ids: dict[int, None] = {}
    count, total, raised, lowered = 0, Decimal(0), 0, 0
    for row in session.execute(statement.execution_options(yield_per=500)):
        ids[row.id] = None
        count += 1
        total += row.new
        raised += row.old is not None and row.new > row.old
        lowered += row.old is not None and row.new < row.old
        if len(rows) < SHOWN:
            rows.append(
                PriceRow(row.id, row.number or "", row.name, row.unit or "", row.base, row.old, row.new)
            )
    return Preview(tuple(rows), tuple(ids), count, total, raised, lowered)


def price_of(
    rows: Any, level_id: int | None, *, branch_id: ColumnElement[Any], unit: str | None = None
) -> ColumnElement[Any]:
    """The price of the products whose id ``rows`` has at a level, as somebody of ``branch_id`` sells them:
    his branch's own before the one for all."""
    if level_id is None:
        return null()
    return (
        select(LevelPrice.price)
        .where(
            LevelPrice.product_id == rows.c.id,
            LevelPrice.level_id == level_id,
            LevelPrice.unit.is_not_distinct_from(unit),
            or_(LevelPrice.branch_id.is_(None), LevelPrice.branch_id == branch_id),
        )
        .order_by(LevelPrice.branch_id.asc().nulls_last())
        .limit(1)
        .scalar_subquery()
    )


def levels(session: Session) -> tuple[tuple[int, str], ...]:
    """Id and name of the office's price levels in their order."""
    return tuple(
        (row.id, row.name)
        for row in session.execute(
            select(PriceLevel.id, PriceLevel.name)
            .where(PriceLevel.deleted_at.is_(None))
            .order_by(PriceLevel.position, PriceLevel.id)
        )
    )


@dataclass(frozen=True, slots=True)
class Places:
    """What a formula can be about: levels, branches and categories (with their path), each id and name."""

    levels: tuple[tuple[int, str], ...]
    branches: tuple[tuple[int, str], ...]
    categories: tuple[tuple[int, str], ...]


def places(session: Session) -> Places:
    """Read what a formula can be about."""
    branches = session.execute(
        select(Branch.id, func.coalesce(Branch.short_name, Branch.name).label("name"))
        .where(Branch.deleted_at.is_(None))
        .order_by(Branch.id)
    )
    nodes = {
        row.id: row
        for row in session.execute(
            select(Category.id, Category.name, Category.parent_id).where(Category.deleted_at.is_(None))
        )
    }

    def path(node: Any) -> str:
        above = nodes.get(node.parent_id)
        return node.name if above is None else f"{path(above)} / {node.name}"

    return Places(
        levels(session),
        tuple((row.id, row.name) for row in branches),
        tuple(sorted(((id_, path(node)) for id_, node in nodes.items()), key=lambda pair: pair[1])),
    )
