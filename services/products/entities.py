"""Products, categories and price levels as entities (PRD-01, PRD-02, PRD-05)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, func, literal, select
from sqlalchemy.orm import aliased

from models.customers import Customer
from models.permissions import Permission
from models.products import Category, Cost, LevelPrice, PriceLevel, Product
from models.stock import Balance
from services.entity import Action, Column, Context, DataClass, Entity, Field, Kind
from services.language import mark

PRODUCT_STATES: Final = {"active": mark("In use"), "discontinued": mark("Discontinued")}

_product = Product.__table__.c
_category = Category.__table__.alias("product_category")
_cost = Cost.__table__.alias("product_cost")
_supplier = Customer.__table__.alias("product_supplier")


def _name_and_model() -> ColumnElement[str]:
    return func.concat_ws(" ", _product.name, _product.model)


def _stock(column: Any) -> ColumnElement[Decimal]:
    """The sum of ``column`` over the warehouses whose stock the user may see; NULL where he sees none."""
    return select(func.sum(column)).where(Balance.product_id == _product.id).scalar_subquery()


def _product_source() -> FromClause:
    # The cost lies behind its own policy: for those without the right the outer join finds no row.
    return (
        Product.__table__.outerjoin(_category, _category.c.id == _product.category_id)
        .outerjoin(_cost, _cost.c.id == _product.id)
        .outerjoin(_supplier, _supplier.c.id == _product.supplier_id)
    )


def _in_use(_context: Context) -> ColumnElement[bool]:
    return _product.state == "active"


def _below_lower_limit(_context: Context) -> ColumnElement[bool]:
    return and_(
        _product.state == "active",
        _product.stocked,
        func.coalesce(_stock(Balance.on_hand), 0) < _product.lower_limit,
    )


def _above_upper_limit(_context: Context) -> ColumnElement[bool]:
    return and_(_product.stocked, _stock(Balance.on_hand) > _product.upper_limit)


def _not_negative(value: Decimal) -> str | None:
    return mark("This must not be negative.") if value < 0 else None


def _is_rate(value: Decimal) -> str | None:
    return None if 0 <= value < 100 else mark("The tax rate must lie between 0 and 100 %.")


def _is_factor(value: Decimal) -> str | None:
    return None if value > 0 else mark("This must be greater than zero.")


_GOODS = mark("Product")
_PRICES = mark("Prices")
_STOCK = mark("Stock")
_MORE = mark("Further")

PRODUCT: Final = Entity(
    key="products.product",
    title=mark("Product"),
    plural=mark("Products"),
    icon="package",
    model=Product,
    custom=True,
    label=_name_and_model(),
    detail=func.concat_ws(" · ", _product.number, _product.specification),
    source=_product_source,
    columns=(
        Column("number", mark("Product number"), _product.number, width=110),
        Column(
            "name",
            mark("Product name"),
            _product.name,
            width=220,
            sort=_product.sort_name,
            opens="products.product",
        ),
        Column("model", mark("Model"), _product.model, width=120),
        Column("specification", mark("Specification"), _product.specification, width=140),
        Column("category", mark("Category"), _category.c.name, width=110),
        Column("brand", mark("Brand"), _product.brand, width=90),
        Column("unit", mark("Unit"), _product.unit, width=56),
        Column("list_price", mark("List price"), _product.list_price, Kind.PRICE, width=96),
        Column("lowest_price", mark("Lowest price"), _product.lowest_price, Kind.PRICE, width=96),
        Column(
            "cost_price",
            mark("Cost price"),
            _cost.c.cost_price,
            Kind.PRICE,
            width=96,
            right=Permission.PRODUCTS_SEE_COST,
        ),
        Column(
            "last_purchase",
            mark("Last purchase price"),
            _cost.c.last_purchase,
            Kind.PRICE,
            width=110,
            right=Permission.PRODUCTS_SEE_COST,
            shown=False,
        ),
        Column(
            "stock",
            mark("Stock"),
            _stock(Balance.on_hand),
            Kind.QUANTITY,
            width=90,
            right=Permission.STOCK_BALANCE_VIEW,
        ),
        Column(
            "free",
            mark("Free stock"),
            _stock(Balance.on_hand - Balance.reserved),
            Kind.QUANTITY,
            width=90,
            right=Permission.STOCK_BALANCE_VIEW,
        ),
        Column(
            "lower_limit", mark("Lower limit"), _product.lower_limit, Kind.QUANTITY, width=80, shown=False
        ),
        Column(
            "upper_limit", mark("Upper limit"), _product.upper_limit, Kind.QUANTITY, width=80, shown=False
        ),
        Column("tax_rate", mark("Tax rate %"), _product.tax_rate, Kind.PERCENT, width=70),
        Column("bar_code", mark("Bar code"), _product.bar_code, width=130),
        Column("further_codes", mark("Further bar codes"), _product.further_codes, width=150, shown=False),
        Column("pack_unit", mark("Pack unit"), _product.pack_unit, width=72, shown=False),
        Column(
            "pack_factor", mark("Units per pack"), _product.pack_factor, Kind.QUANTITY, width=96, shown=False
        ),
        Column("stocked", mark("Stocked"), _product.stocked, Kind.YES_NO, width=72, shown=False),
        Column("weight", mark("Weight (kg)"), _product.weight, Kind.QUANTITY, width=80, shown=False),
        Column(
            "supplier",
            mark("Supplier"),
            _supplier.c.name,
            width=200,
            opens="customers.customer",
            opens_id=_supplier.c.id,
            shown=False,
        ),
        Column("state", mark("State"), _product.state, Kind.STATE, width=80, labels=PRODUCT_STATES),
        Column(
            "description", mark("Description"), _product.description, Kind.LONG_TEXT, width=240, shown=False
        ),
        Column("remark", mark("Remark"), _product.remark, Kind.LONG_TEXT, width=200, shown=False),
        Column("created_at", mark("Created on"), _product.created_at, Kind.TIME, width=130, shown=False),
        Column("changed_at", mark("Changed on"), _product.changed_at, Kind.TIME, width=130, shown=False),
    ),
    fields=(
        Field(
            "name",
            mark("Product name"),
            group=_GOODS,
            required=True,
            length=200,
            wide=True,
            aliases=(
                "品名",
                "名称",
                "商品名称",
                "商品名",
                "产品名称",
                "货品名称",
                "物料名称",
                "商品",
                "产品",
                "name",
            ),
        ),
        Field(
            "model",
            mark("Model"),
            group=_GOODS,
            length=120,
            aliases=("型号", "产品型号", "商品型号", "规格型号", "款号", "model"),
        ),
        Field(
            "specification",
            mark("Specification"),
            group=_GOODS,
            length=200,
            aliases=("规格", "产品规格", "商品规格", "spec"),
        ),
        Field(
            "number",
            mark("Product number"),
            group=_GOODS,
            length=60,
            help=mark("Given by Shuke where left empty."),
            aliases=(
                "货号",
                "编号",
                "商品编号",
                "商品编码",
                "产品编号",
                "产品编码",
                "物料编码",
                "编码",
                "商品货号",
                "商家编码",
                "SKU",
            ),
        ),
        Field(
            "bar_code",
            mark("Bar code"),
            group=_GOODS,
            length=60,
            aliases=("条码", "条形码", "商品条码", "69码", "国际条码", "barcode", "EAN"),
        ),
        Field(
            "category_id",
            mark("Category"),
            Kind.REFERENCE,
            group=_GOODS,
            reference="products.category",
            aliases=("类别", "分类", "商品类别", "商品分类", "产品类别", "产品分类", "品类", "类目"),
        ),
        Field("brand", mark("Brand"), group=_GOODS, length=80, aliases=("品牌", "商标", "牌子", "brand")),
        Field(
            "unit",
            mark("Unit"),
            group=_GOODS,
            length=20,
            aliases=("单位", "计量单位", "基本单位", "销售单位", "unit"),
        ),
        Field(
            "pack_unit",
            mark("Pack unit"),
            group=_GOODS,
            length=20,
            aliases=("包装单位", "大单位", "辅助单位", "箱"),
        ),
        Field(
            "pack_factor",
            mark("Units per pack"),
            Kind.QUANTITY,
            group=_GOODS,
            check=_is_factor,
            aliases=("装箱数", "箱规", "包装数量", "换算率", "换算系数", "包装规格"),
        ),
        Field(
            "list_price",
            mark("List price"),
            Kind.PRICE,
            group=_PRICES,
            default=lambda: Decimal(0),
            check=_not_negative,
            help=mark("With tax; used where the customer's price level has no price."),
            aliases=(
                "售价",
                "零售价",
                "销售价",
                "报价",
                "标准售价",
                "定价",
                "单价",
                "价格",
                "含税价",
                "price",
            ),
        ),
        Field(
            "lowest_price",
            mark("Lowest price"),
            Kind.PRICE,
            group=_PRICES,
            check=_not_negative,
            help=mark("Selling below it takes a right of its own."),
            aliases=("最低价", "最低售价", "底价", "限价"),
        ),
        Field(
            "tax_rate",
            mark("Tax rate %"),
            Kind.PERCENT,
            group=_PRICES,
            default=lambda: Decimal(13),
            check=_is_rate,
            aliases=("税率", "税率%", "税率(%)", "增值税率", "tax"),
        ),
        Field(
            "stocked",
            mark("Stocked"),
            Kind.YES_NO,
            group=_STOCK,
            default=lambda: True,
            help=mark("Services and what is only passed on have no stock."),
            aliases=("是否库存", "库存管理", "管理库存"),
        ),
        Field(
            "lower_limit",
            mark("Lower limit"),
            Kind.QUANTITY,
            group=_STOCK,
            aliases=("库存下限", "最低库存", "安全库存", "下限"),
        ),
        Field(
            "upper_limit",
            mark("Upper limit"),
            Kind.QUANTITY,
            group=_STOCK,
            aliases=("库存上限", "最高库存", "上限"),
        ),
        Field(
            "weight",
            mark("Weight (kg)"),
            Kind.QUANTITY,
            group=_STOCK,
            check=_not_negative,
            aliases=("重量", "单重", "重量(kg)", "毛重", "净重"),
        ),
        Field(
            "supplier_id",
            mark("Supplier"),
            Kind.REFERENCE,
            group=_MORE,
            reference="customers.customer",
            aliases=("供应商", "供货商", "主供应商", "厂家", "供货单位"),
        ),
        Field(
            "state",
            mark("State"),
            Kind.STATE,
            group=_MORE,
            default=lambda: "active",
            aliases=("状态", "商品状态", "启用状态"),
        ),
        Field("picture_id", mark("Picture"), Kind.PICTURE, group=_MORE),
        Field(
            "description",
            mark("Description"),
            Kind.LONG_TEXT,
            group=_MORE,
            wide=True,
            aliases=("描述", "商品描述", "产品说明", "说明", "简介"),
        ),
        Field(
            "remark",
            mark("Remark"),
            Kind.LONG_TEXT,
            group=_MORE,
            wide=True,
            aliases=("备注", "附注", "注释", "remark"),
        ),
    ),
    classes=(
        DataClass("all", mark("All products"), lambda _context: literal(True)),
        DataClass("in_use", mark("In use"), _in_use),
        DataClass("stocked", mark("Stocked"), lambda _context: _product.stocked),
        DataClass("not_stocked", mark("Not stocked"), lambda _context: ~_product.stocked),
        DataClass("below", mark("Below the lower limit"), _below_lower_limit),
        DataClass("above", mark("Above the upper limit"), _above_upper_limit),
        DataClass("adjust", mark("Cost needs adjusting"), lambda _context: _cost.c.needs_adjusting),
        DataClass("discontinued", mark("Discontinued"), lambda _context: _product.state == "discontinued"),
        DataClass("no_picture", mark("Without picture"), lambda _context: _product.picture_id.is_(None)),
        DataClass("no_category", mark("Without a category"), lambda _context: _product.category_id.is_(None)),
    ),
    actions=(
        Action(
            "discontinue",
            mark("Discontinue"),
            Permission.PRODUCTS_PRODUCT_EDIT,
            states=frozenset({"active"}),
            icon="ban",
        ),
        Action(
            "reactivate",
            mark("Use again"),
            Permission.PRODUCTS_PRODUCT_EDIT,
            states=frozenset({"discontinued"}),
            icon="undo-2",
        ),
    ),
    order=("name",),
    importable=True,
    unique=("number", "name", "model", "specification"),
)
"""``unique``: a row is the product with its number, and where it has none, with its name, model and specification."""

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
        DataClass("all", mark("All categories"), lambda _context: literal(True)),
        DataClass("top", mark("Top categories"), lambda _context: _node.parent_id.is_(None)),
    ),
    order=("position", "name"),
    searchable=False,
    importable=True,
    unique=("name", "parent_id"),
)

_level = PriceLevel.__table__.c

PRICE_LEVEL: Final = Entity(
    key="products.price_level",
    title=mark("Price level"),
    plural=mark("Price levels"),
    icon="tag",
    model=PriceLevel,
    label=_level.name,
    columns=(
        Column("name", mark("Price level"), _level.name, width=180, opens="products.price_level"),
        Column("position", mark("Place in order"), _level.position, Kind.INTEGER, width=80),
        Column(
            "prices",
            mark("Products with a price"),
            select(func.count())
            .select_from(LevelPrice)
            .where(LevelPrice.level_id == _level.id)
            .scalar_subquery(),
            Kind.INTEGER,
            width=150,
            sortable=False,
        ),
    ),
    fields=(
        Field(
            "name", mark("Price level"), required=True, length=40, aliases=("价格级别", "价格名称", "名称")
        ),
        Field("position", mark("Place in order"), Kind.INTEGER, default=lambda: 0, aliases=("排序", "顺序")),
    ),
    classes=(DataClass("all", mark("All price levels"), lambda _context: literal(True)),),
    order=("position", "name"),
    searchable=False,
    importable=True,
    unique=("name",),
)

ALL: tuple[Entity, ...] = (PRODUCT, CATEGORY, PRICE_LEVEL)
