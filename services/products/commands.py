"""Writing of products beyond ordinary fields: prices, costs, state, the category tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import select, update

from models.products import Category, Product
from services.commands import Changes, Work
from services.errors import Invalid
from services.language import mark
from services.products.entities import CATEGORY, PRODUCT
from services.products.pricing import Formula
from services.records import create, recycle, restore

OVERTAKEN: Final = mark("Somebody else has changed this record since you opened it.")


def set_prices(
    work: Work,
    *,
    product_id: int,
    prices: Sequence[
        tuple[int, Decimal | None]
        | tuple[int, Decimal | None, int | None, str | None]
        | tuple[int, Decimal | None, int | None, str | None, Decimal | None]
    ],
) -> Changes:
    """Set prices with tax of one product: (level id, price[, branch id, pack unit[, price seen]]); None takes a price
    away.

    Without branch and unit the price holds for all branches and per unit. Refused where a price is neither the one
    that was seen nor the one that is wanted. Needs products.change_price.
    """
    return work.post("products.set_prices", product_id=product_id, prices=prices)


def save_details(
    work: Work,
    *,
    product_id: int,
    version: int,
    packs: Sequence[Mapping[str, object]] | None = None,
    bar_codes: Sequence[Mapping[str, object]] | None = None,
    parameters: Sequence[Mapping[str, object]] | None = None,
    questions: Sequence[Mapping[str, object]] | None = None,
) -> Changes:
    """Replace the lists of a product that are given: packs (name, factor, bar_code), bar_codes (code, remark),
    parameters (name, value), questions (question, answer). Result: ``version``, the product's next one.

    Refused (OVERTAKEN) where the product is not at ``version`` (ProductDetails.version) any more.
    """
    given = {"packs": packs, "bar_codes": bar_codes, "parameters": parameters, "questions": questions}
    lists = {key: list(rows) for key, rows in given.items() if rows is not None}
    return work.post("products.save_details", product_id=product_id, version=version, **lists)


def reprice(
    work: Work, *, formula: Formula, product_ids: Sequence[int], count: int, total: Decimal
) -> Changes:
    """Change many prices by ``formula`` at once, as the preview showed them (PRD-05): ``count`` of them with the
    sum ``total``; refused where these are not the same any more. Result: ``prices``, how many differ now."""
    return work.post(
        "products.reprice",
        **formula.as_json(),
        product_ids=list(product_ids),
        rule=formula.rule,
        expected=[count, total],
    )


def undo_repricing(work: Work, *, repricing_id: int) -> Changes:
    """Give back the prices from before a change by formula. Those changed once more since stay: result ``kept``."""
    return work.post("products.undo_repricing", repricing_id=repricing_id)


def set_cost(work: Work, *, product_id: int, cost_price: Decimal) -> Changes:
    """Set what a product costs per unit, without tax. Needs the right products.see_cost."""
    if cost_price < 0:
        raise Invalid(mark("This must not be negative."), field="cost_price")
    return work.post("products.set_cost", product_id=product_id, cost_price=cost_price)


def set_state(work: Work, *, ids: Sequence[int], state: str) -> Changes:
    """Discontinue products (they stay in lists, but are not offered any more) or use them again."""
    changed = work.session.scalars(
        update(Product).where(Product.id.in_(ids)).values(state=state).returning(Product.id)
    ).all()
    return Changes({PRODUCT.key: tuple(changed)})


def add_category(work: Work, *, name: str, parent_id: int | None) -> Changes:
    """A new category as the last below ``parent_id`` (None: at the top).

    One of that name that lies in the recycle bin comes back instead: there may be no second one beside it.
    """
    deletion = work.session.scalar(
        select(Category.deletion_id).where(
            Category.name == name.strip(),
            Category.parent_id.is_not_distinct_from(parent_id),
            Category.deletion_id.is_not(None),
        )
    )
    if deletion is not None:
        return restore(work, entity=CATEGORY, deletions=[deletion])
    last = len(_siblings(work, parent_id))
    return create(
        work, entity=CATEGORY, values={"name": name.strip(), "parent_id": parent_id, "position": last}
    )


def rename_category(work: Work, *, category_id: int, name: str) -> Changes:
    """Another name for a category."""
    if not name.strip():
        raise Invalid(mark("This field must not be empty."), field="name")
    work.session.execute(update(Category).where(Category.id == category_id).values(name=name.strip()))
    return Changes({CATEGORY.key: (category_id,)})


def move_category(
    work: Work, *, category_id: int, parent_id: int | None, before_id: int | None = None
) -> Changes:
    """Put a category with all below it under another (None: to the top), before a sibling or as the last.

    Refused by the database where it would stand below itself.
    """
    order = [sibling for sibling in _siblings(work, parent_id) if sibling != category_id]
    order.insert(order.index(before_id) if before_id in order else len(order), category_id)
    for position, sibling in enumerate(order):
        values: dict[str, object] = {"position": position}
        if sibling == category_id:
            values["parent_id"] = parent_id
        work.session.execute(update(Category).where(Category.id == sibling).values(**values))
    return Changes({CATEGORY.key: tuple(order)})


def merge_categories(work: Work, *, from_id: int, into_id: int) -> Changes:
    """Move the products and the categories of one category into another, and delete it.

    Categories of the same name below both are merged too, at every depth.
    """
    if from_id == into_id:
        raise Invalid(mark("Choose another category to merge into."), field="parent_id")
    if into_id in _below(work, from_id):
        raise Invalid(mark("A record cannot stand below itself."), field="parent_id")
    gone, moved = _merge(work, from_id, into_id)
    # the deepest first: a category that still has one below is held by it
    for category in gone:
        recycle(work, entity=CATEGORY, ids=[category])
    return Changes({CATEGORY.key: (into_id, *gone), PRODUCT.key: tuple(moved)})


def _merge(work: Work, from_id: int, into_id: int) -> tuple[list[int], list[int]]:
    """Empty ``from_id`` into ``into_id``: the categories that are empty now, and the products that moved."""
    moved = list(
        work.session.scalars(
            update(Product)
            .where(Product.category_id == from_id)
            .values(category_id=into_id)
            .returning(Product.id)
        )
    )
    gone: list[int] = []
    there = {
        row.name: row.id
        for row in work.session.execute(
            select(Category.id, Category.name).where(
                Category.parent_id == into_id, Category.deleted_at.is_(None)
            )
        )
    }
    last = len(there)
    for child in _siblings(work, from_id):
        name = work.session.scalar(select(Category.name).where(Category.id == child))
        if name in there:
            more_gone, more_moved = _merge(work, child, there[name])
            gone += more_gone
            moved += more_moved
            continue
        work.session.execute(
            update(Category).where(Category.id == child).values(parent_id=into_id, position=last)
        )
        last += 1
    return [*gone, from_id], moved


def _below(work: Work, category_id: int) -> set[int]:
    tree = select(Category.id).where(Category.id == category_id).cte("tree", recursive=True)
    found = tree.union(select(Category.id).join(tree, Category.parent_id == tree.c.id))
    return set(work.session.scalars(select(found.c.id)))


def delete_category(work: Work, *, category_id: int) -> Changes:
    """Put an empty category into the recycle bin; refused while products or categories belong to it."""
    return recycle(work, entity=CATEGORY, ids=[category_id])


def _siblings(work: Work, parent_id: int | None) -> list[int]:
    return list(
        work.session.scalars(
            select(Category.id)
            .where(Category.parent_id.is_not_distinct_from(parent_id), Category.deleted_at.is_(None))
            .order_by(Category.position, Category.name, Category.id)
        )
    )
