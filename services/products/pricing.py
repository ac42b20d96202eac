"""Change of many prices by a formula, looked at before it is done (PRD-05).

The formula itself is the database's ``products.repriced``, so that the preview and the change calculate alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, and_, func, literal, null, or_, select
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


@dataclass(frozen=True, slots=True)
class Formula:
    """New price at ``target`` = price at ``source`` × ``factor`` + ``added``, rounded. Levels by id, None: list price.

    With ``branch_id`` the new prices hold for that branch alone, and start from its own prices where it has any.
    """

    source: int | None
    target: int | None
    factor: Decimal = Decimal(1)
    added: Decimal = Decimal(0)
    rounding: Rounding = ROUNDINGS[0]
    branch_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The part of the arguments of products.reprice that says what is done."""
        return {
            "source": "list" if self.source is None else str(self.source),
            "target": "list" if self.target is None else str(self.target),
            "branch_id": self.branch_id,
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
    total: Decimal
    """Sum of the new prices, by which a change of prices since is noticed."""
    raised: int
    lowered: int

    @property
    def count(self) -> int:
        """How many prices the formula gives."""
        return len(self.product_ids)


def _price(level: int | None, branch_id: int | None) -> ColumnElement[Any]:
    """The price per unit at a level, of the branch or else for all branches."""
    if level is None:
        return Product.__table__.c.list_price

    def of(place: int | None) -> ColumnElement[Any]:
        return (
            select(LevelPrice.price)
            .where(
                LevelPrice.product_id == Product.id,
                LevelPrice.level_id == level,
                LevelPrice.branch_id.is_not_distinct_from(place),
                LevelPrice.unit.is_(None),
            )
            .scalar_subquery()
        )

    return func.coalesce(of(branch_id), of(None)) if branch_id is not None else of(None)


def _target(formula: Formula) -> ColumnElement[Any]:
    if formula.target is None:
        return Product.__table__.c.list_price
    return (
        select(LevelPrice.price)
        .where(
            LevelPrice.product_id == Product.id,
            LevelPrice.level_id == formula.target,
            LevelPrice.branch_id.is_not_distinct_from(formula.branch_id),
            LevelPrice.unit.is_(None),
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
    source, old = _price(formula.source, formula.branch_id), _target(formula)
    product = Product.__table__.c
    new = func.products.repriced(
        source, formula.factor, formula.added, formula.rounding.step, formula.rounding.ending
    )
    statement: Select[Any] = (
        select(
            product.id,
            product.number,
            func.concat_ws(" ", product.name, product.model).label("name"),
            source.label("source"),
            old.label("old"),
            new.label("new"),
        )
        .where(_chosen(product_ids, category_id), source.is_not(None))
        .order_by(product.sort_name, product.id)
    )
    rows: list[PriceRow] = []
    ids: list[int] = []
    total, raised, lowered = Decimal(0), 0, 0
    for row in session.execute(statement.execution_options(yield_per=500)):
        ids.append(row.id)
        total += row.new
        raised += row.old is not None and row.new > row.old
        lowered += row.old is not None and row.new < row.old
        if len(rows) < SHOWN:
            rows.append(PriceRow(row.id, row.number or "", row.name, row.source, row.old, row.new))
    return Preview(tuple(rows), tuple(ids), total, raised, lowered)


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
