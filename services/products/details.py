"""What belongs to one product beside its own columns: packs, codes, parameters, questions, prices and their history.

Functions take a read session and return frozen rows, so that a task may hand them to a screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.organisation import Branch
from models.products import BarCode, LevelPrice, Pack, Parameter, PriceChange, PriceLevel, Product, Question
from services.products.packs import PackUnit


@dataclass(frozen=True, slots=True)
class SpecialPrice:
    """A price with tax for a branch or a pack unit alone."""

    level_id: int
    level: str
    branch_id: int | None
    branch: str
    unit: str
    """Empty: per the product's own unit."""
    price: Decimal


@dataclass(frozen=True, slots=True)
class ProductDetails:
    """What belongs to a product beside its own columns, in its order."""

    packs: tuple[PackUnit, ...] = ()
    """Further pack units, without the one of the product itself."""
    bar_codes: tuple[tuple[str, str], ...] = ()
    """Code and remark."""
    parameters: tuple[tuple[str, str], ...] = ()
    questions: tuple[tuple[str, str], ...] = ()
    version: int = 0
    """Of the product, when or shortly before they were like this."""
    changed_by: int | None = None
    """Who changed the product last."""


@dataclass(frozen=True, slots=True)
class PriceChangeRow:
    """One change of a price of a product. ``kind`` level, list or lowest."""

    at: datetime
    user_id: int | None
    kind: str
    level: str
    branch: str
    unit: str
    old: Decimal | None
    new: Decimal | None


def special_prices(session: Session, product_id: int) -> tuple[SpecialPrice, ...]:
    """The product's prices for a branch or a pack unit alone."""
    rows = session.execute(
        select(
            LevelPrice.level_id,
            PriceLevel.name.label("level"),
            LevelPrice.branch_id,
            func.coalesce(Branch.short_name, Branch.name).label("branch"),
            LevelPrice.unit,
            LevelPrice.price,
        )
        .join(PriceLevel, PriceLevel.id == LevelPrice.level_id)
        .outerjoin(Branch, Branch.id == LevelPrice.branch_id)
        .where(
            LevelPrice.product_id == product_id,
            or_(LevelPrice.branch_id.is_not(None), LevelPrice.unit.is_not(None)),
        )
        .order_by(PriceLevel.position, PriceLevel.id, LevelPrice.branch_id, LevelPrice.unit)
    )
    return tuple(
        SpecialPrice(row.level_id, row.level, row.branch_id, row.branch or "", row.unit or "", row.price)
        for row in rows
    )


def details_of(session: Session, product_id: int) -> ProductDetails:
    """The lists of a product: packs, further bar codes, parameters, questions."""
    # first: a version that is older than the lists is refused when they are saved, a newer one would overwrite
    product = session.execute(
        select(Product.version, Product.changed_by).where(Product.id == product_id)
    ).one()
    packs = session.execute(
        select(Pack.name, Pack.factor, Pack.bar_code)
        .where(Pack.product_id == product_id)
        .order_by(Pack.position)
    )
    codes = session.execute(
        select(BarCode.code, BarCode.remark)
        .where(BarCode.product_id == product_id)
        .order_by(BarCode.position)
    )
    named = session.execute(
        select(Parameter.name, Parameter.value)
        .where(Parameter.product_id == product_id)
        .order_by(Parameter.position)
    )
    asked = session.execute(
        select(Question.question, Question.answer)
        .where(Question.product_id == product_id)
        .order_by(Question.position)
    )
    return ProductDetails(
        packs=tuple(PackUnit(row.name, row.factor, None, row.bar_code or "") for row in packs),
        bar_codes=tuple((row.code, row.remark or "") for row in codes),
        parameters=tuple((row.name, row.value) for row in named),
        questions=tuple((row.question, row.answer or "") for row in asked),
        version=product.version,
        changed_by=product.changed_by,
    )


def price_history(session: Session, product_id: int, *, limit: int = 200) -> tuple[PriceChangeRow, ...]:
    """The last changes of a product's prices, newest first; empty without the right to see them."""
    rows = session.execute(
        select(
            PriceChange.at,
            PriceChange.user_id,
            PriceChange.kind,
            PriceLevel.name.label("level"),
            func.coalesce(Branch.short_name, Branch.name).label("branch"),
            PriceChange.unit,
            PriceChange.old,
            PriceChange.new,
        )
        .outerjoin(PriceLevel, PriceLevel.id == PriceChange.level_id)
        .outerjoin(Branch, Branch.id == PriceChange.branch_id)
        .where(PriceChange.product_id == product_id)
        .order_by(PriceChange.id.desc())
        .limit(limit)
    )
    return tuple(
        PriceChangeRow(
            row.at, row.user_id, row.kind, row.level or "", row.branch or "", row.unit or "", row.old, row.new
        )
        for row in rows
    )
