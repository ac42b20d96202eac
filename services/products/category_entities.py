"""The tree of product categories as an entity (PRD-02)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from models.products import Category, Product
from services.data_classes import everything
from services.entity import Column, DataClass, Entity, Field, Kind
from services.language import mark

_node = Category.__table__.c
_parent = Category.__table__.alias("parent_category")
_inner = aliased(Product, name="categorised")

CATEGORY: Final = Entity(
    key="products.category",
    title=mark("Product category"),
    plural=mark("Product categories"),
    icon="folder",
    model=Category,
    label=_node.name,
    source=lambda: Category.__table__.outerjoin(_parent, _parent.c.id == _node.parent_id),
    columns=(
        Column("name", mark("Category"), _node.name, width=220, opens="products.category"),
        Column("parent", mark("Parent category"), _parent.c.name, width=180),
        Column(
            "products",
            mark("Products"),
            select(func.count())
            .select_from(_inner)
            .where(_inner.category_id == _node.id, _inner.deleted_at.is_(None))
            .scalar_subquery(),
            Kind.INTEGER,
            width=90,
            sortable=False,
        ),
        Column("position", mark("Place in order"), _node.position, Kind.INTEGER, width=80, shown=False),
    ),
    fields=(
        Field(
            "name", mark("Category"), required=True, length=80, aliases=("类别", "分类", "类别名称", "名称")
        ),
        Field(
            "parent_id",
            mark("Parent category"),
            Kind.REFERENCE,
            reference="products.category",
            aliases=("上级类别", "上级", "父类"),
        ),
        Field("position", mark("Place in order"), Kind.INTEGER, default=lambda: 0, aliases=("排序", "顺序")),
    ),
    classes=(
        everything(mark("All categories")),
        DataClass("top", mark("Top categories"), lambda _context: _node.parent_id.is_(None)),
    ),
    order=("position", "name"),
    searchable=False,
    importable=True,
    unique=("name", "parent_id"),
)
