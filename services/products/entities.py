"""Products as an entity: fields, classes, actions (PRD-01, PRD-03)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, and_, func

from models.permissions import Permission
from models.products import Product
from models.stock import Balance
from services.data_classes import everything
from services.entity import Action, Context, DataClass, Entity, Field, Kind
from services.language import mark
from services.products.category_entities import CATEGORY
from services.products.price_entities import PRICE_LEVEL
from services.products.product_columns import (
    PRODUCT_COLUMNS,
    PRODUCT_STATES,
    cost,
    product_source,
    stock_of,
)

__all__ = ["ALL", "CATEGORY", "PRICE_LEVEL", "PRODUCT", "PRODUCT_STATES"]

_product = Product.__table__.c


def _name_and_model() -> ColumnElement[str]:
    return func.concat_ws(" ", _product.name, _product.model)


def _in_use(_context: Context) -> ColumnElement[bool]:
    return _product.state == "active"


def _below_lower_limit(_context: Context) -> ColumnElement[bool]:
    return and_(
        _product.state == "active",
        _product.stocked,
        func.coalesce(stock_of(Balance.on_hand), 0) < _product.lower_limit,
    )


def _above_upper_limit(_context: Context) -> ColumnElement[bool]:
    return and_(_product.stocked, stock_of(Balance.on_hand) > _product.upper_limit)


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
    sought=(
        mark("Product name"),
        mark("Model"),
        mark("Specification"),
        mark("Product number"),
        mark("Bar code"),
        mark("Further bar codes"),
    ),
    source=product_source,
    columns=PRODUCT_COLUMNS,
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
            claimed="products.taken_codes",
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
            check=_not_negative,
            aliases=("库存下限", "最低库存", "安全库存", "下限"),
        ),
        Field(
            "upper_limit",
            mark("Upper limit"),
            Kind.QUANTITY,
            group=_STOCK,
            check=_not_negative,
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
        everything(mark("All products")),
        DataClass("in_use", mark("In use"), _in_use),
        DataClass("stocked", mark("Stocked"), lambda _context: _product.stocked),
        DataClass("not_stocked", mark("Not stocked"), lambda _context: ~_product.stocked),
        DataClass("below", mark("Below the lower limit"), _below_lower_limit),
        DataClass("above", mark("Above the upper limit"), _above_upper_limit),
        DataClass("adjust", mark("Cost needs adjusting"), lambda _context: cost.c.needs_adjusting),
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

ALL: tuple[Entity, ...] = (PRODUCT, CATEGORY, PRICE_LEVEL)
