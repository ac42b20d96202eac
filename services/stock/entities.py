"""Warehouses, stock, journal, receipts and issues as lists show them (STK-01, STK-04 to STK-06, DLV-02)."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, FromClause, String, and_, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from models.customers import Customer
from models.organisation import Branch, User
from models.permissions import Permission
from models.products import Product
from models.stock import (
    Issue,
    IssueLine,
    Keeper,
    Ledger,
    LedgerCost,
    Receipt,
    ReceiptLine,
    Warehouse,
)
from services.branch_column import of_branch
from services.data_classes import everything, in_state, new_this_month, this_month
from services.entity import Action, Column, Context, DataClass, Entity, Field, Kind, SearchThrough
from services.language import mark
from services.stock.standing import goods_columns, stock_per_warehouse

RECEIPT_KINDS: Final = {
    "opening": mark("Opening stock"),
    "purchase": mark("Purchase"),
    "return": mark("Return"),
    "production": mark("Production"),
    "other": mark("Other receipt"),
}
RECEIPT_STATES: Final = {
    "draft": mark("Waiting to be received"),
    "posted": mark("In stock"),
    "reversed": mark("Reversed"),
}
ISSUE_KINDS: Final = {
    "sale": mark("Sale"),
    "requisition": mark("Requisition"),
    "other": mark("Other issue"),
}
ISSUE_STATES: Final = {
    "draft": mark("Waiting to be issued"),
    "posted": mark("Issued"),
    "reversed": mark("Reversed"),
}
DOCUMENTS: Final = {"stock.receipt": mark("Stock receipt"), "stock.issue": mark("Stock issue")}
"""Documents that move goods, by entity key."""

_W = Warehouse.__table__.c
_J = Ledger.__table__.c
_R = Receipt.__table__.c
_I = Issue.__table__.c
_by_product = Product.__table__.c
_branch = Branch.__table__.alias("warehouse_branch")
_place = Warehouse.__table__.alias("place")
_of_place = Branch.__table__.alias("place_branch")
_goods = Product.__table__.alias("goods")
_worth = LedgerCost.__table__.alias("movement_cost")
_supplier = Customer.__table__.alias("receipt_supplier")


# -- warehouses -------------------------------------------------------------------------------------------


def _warehouses() -> FromClause:
    return Warehouse.__table__.outerjoin(_branch, _branch.c.id == _W.branch_id)


def _keeper_names() -> ColumnElement[str]:
    return (
        select(func.string_agg(User.name, cast("、", String)))
        .select_from(Keeper.__table__.join(User.__table__, User.id == Keeper.user_id))
        .where(Keeper.warehouse_id == _W.id)
        .correlate(Warehouse.__table__)
        .scalar_subquery()
    )


def _kept_by_me(context: Context) -> ColumnElement[bool]:
    return _W.id.in_(select(Keeper.warehouse_id).where(Keeper.user_id == context.user_id))


def _kept_by_nobody(_context: Context) -> ColumnElement[bool]:
    """Nothing comes in or goes out there: an import makes warehouses without keepers, and a keeper whose roles do not
    let him post is none."""
    able = cast(select(func.stock.able_keepers()).scalar_subquery(), ARRAY(BigInteger))
    return _W.active & ~_W.id.in_(select(Keeper.warehouse_id).where(Keeper.user_id == func.any(able)))


WAREHOUSE_ENTITY: Final = Entity(
    key="stock.warehouse",
    title=mark("Warehouse"),
    plural=mark("Warehouses"),
    icon="warehouse",
    model=Warehouse,
    label=_W.name,
    detail=_W.address,
    source=_warehouses,
    columns=(
        Column("name", mark("Name"), _W.name, width=160, opens="stock.warehouse"),
        Column(
            "branch",
            mark("Branch"),
            func.coalesce(_branch.c.short_name, _branch.c.name),
            width=130,
            opens="organisation.branch",
            opens_id=_W.branch_id,
        ),
        Column("keepers", mark("Keepers"), _keeper_names(), width=180, sortable=False),
        Column("address", mark("Address"), _W.address, width=240),
        Column("negative_allowed", mark("May go below zero"), _W.negative_allowed, Kind.YES_NO, 110),
        Column("active", mark("Active"), _W.active, Kind.YES_NO, 70),
        Column("remark", mark("Remark"), _W.remark, width=200, shown=False),
    ),
    fields=(
        Field("name", mark("Name"), required=True, length=60, aliases=("仓库名称", "仓库")),
        Field("branch_id", mark("Branch"), Kind.REFERENCE, reference="organisation.branch"),
        Field("address", mark("Address"), length=200, wide=True, aliases=("仓库地址",)),
        Field("active", mark("Active"), Kind.YES_NO, default=lambda: True),
        Field("remark", mark("Remark"), Kind.LONG_TEXT, length=2000, wide=True),
    ),
    classes=(
        everything(),
        DataClass("mine", mark("Kept by me"), _kept_by_me),
        DataClass("active", mark("Active"), lambda _context: _W.active),
        DataClass("unkept", mark("Without a keeper"), _kept_by_nobody),
    ),
    order=("name",),
    searchable=False,
    importable=True,
    unique=("name",),
)

# -- stock ------------------------------------------------------------------------------------------------


BALANCE_ENTITY: Final = stock_per_warehouse()

# -- journal ----------------------------------------------------------------------------------------------


def _movements() -> FromClause:
    return (
        Ledger.__table__.outerjoin(_goods, _goods.c.id == _J.product_id)
        .outerjoin(_place, _place.c.id == _J.warehouse_id)
        .outerjoin(_worth, _worth.c.id == _J.id)
        .outerjoin(_of_place, _of_place.c.id == _place.c.branch_id)
    )


LEDGER_ENTITY: Final = Entity(
    key="stock.ledger",
    title=mark("Stock movement"),
    plural=mark("Stock journal"),
    icon="arrow-left-right",
    model=Ledger,
    label=func.concat_ws(" ", _J.number, _goods.c.name, _goods.c.model),
    source=_movements,
    columns=(
        Column("at", mark("Time"), _J.at, Kind.TIME, 135),
        Column("document", mark("Document kind"), _J.document, Kind.STATE, 100, labels=DOCUMENTS),
        Column(
            "number",
            mark("Document"),
            _J.number,
            width=150,
            opens_id=_J.document_id,
            opens_entity=_J.document,
        ),
        *goods_columns(_goods),
        Column("warehouse", mark("Warehouse"), _place.c.name, width=110),
        Column("before", mark("Before"), _J.balance_after - _J.delta, Kind.QUANTITY, 100),
        Column("delta", mark("Movement"), _J.delta, Kind.QUANTITY, 100, total=True),
        Column("balance_after", mark("After"), _J.balance_after, Kind.QUANTITY, 100),
        Column(
            "value",
            mark("Movement value"),
            _worth.c.value,
            Kind.AMOUNT,
            110,
            total=True,
            right=Permission.PRODUCTS_SEE_COST,
        ),
        Column("user", mark("By whom"), _J.user_id, Kind.USER, 90),
        of_branch(_of_place, _place.c.branch_id),
    ),
    fields=(),
    classes=(
        everything(),
        DataClass("today", mark("Today"), lambda _context: _J.at >= func.current_date()),
        DataClass("in", mark("Came in"), lambda _context: _J.delta > 0),
        DataClass("out", mark("Went out"), lambda _context: _J.delta < 0),
        DataClass("mine", mark("Posted by me"), lambda context: _J.user_id == context.user_id),
        new_this_month(_J.at),
    ),
    searchable=False,
    search_through=(SearchThrough(_J.product_id, _by_product.id, _by_product.search),),
    create_by_form=False,
    comes_from=mark("Every posted stock receipt and stock issue stands here by itself."),
)

# -- receipts ---------------------------------------------------------------------------------------------


def _receipts() -> FromClause:
    return (
        Receipt.__table__.outerjoin(_place, _place.c.id == _R.warehouse_id)
        .outerjoin(_supplier, _supplier.c.id == _R.supplier_id)
        .outerjoin(_of_place, _of_place.c.id == _place.c.branch_id)
    )


def _received() -> ColumnElement[Any]:
    return (
        select(func.sum(ReceiptLine.quantity))
        .where(ReceiptLine.receipt_id == _R.id)
        .correlate(Receipt.__table__)
        .scalar_subquery()
    )


RECEIPT_ENTITY: Final = Entity(
    key="stock.receipt",
    title=mark("Stock receipt"),
    plural=mark("Stock receipts"),
    icon="download",
    model=Receipt,
    label=func.coalesce(_R.number, func.concat(cast("#", String), _R.id)),
    source=_receipts,
    sought=(
        mark("Receipt number"),
        mark("Remark"),
    ),
    columns=(
        Column("number", mark("Receipt number"), _R.number, width=150, opens="stock.receipt"),
        Column("state", mark("State"), _R.state, Kind.STATE, 90, labels=RECEIPT_STATES),
        Column("kind", mark("Kind of receipt"), _R.kind, Kind.STATE, 100, labels=RECEIPT_KINDS),
        Column("date", mark("Date"), _R.date, Kind.DATE, 100),
        Column("warehouse", mark("Warehouse"), _place.c.name, width=130),
        of_branch(_of_place, _place.c.branch_id),
        Column("quantity", mark("Quantity"), _received(), Kind.QUANTITY, 100, sortable=False),
        Column(
            "supplier",
            mark("Supplier"),
            _supplier.c.name,
            width=200,
            opens="customers.customer",
            opens_id=_R.supplier_id,
        ),
        Column("remark", mark("Remark"), _R.remark, width=180),
        Column("created_by", mark("Entered by"), _R.created_by, Kind.USER, 90),
        Column("posted_by", mark("Posted by"), _R.posted_by, Kind.USER, 90),
        Column("posted_at", mark("Posted at"), _R.posted_at, Kind.TIME, 135),
        Column("print_count", mark("Times printed"), _R.print_count, Kind.INTEGER, 80, shown=False),
    ),
    fields=(),
    classes=(
        everything(),
        in_state("to_receive", mark("Waiting to be received"), _R.state, "draft"),
        in_state("posted", mark("In stock"), _R.state, "posted"),
        DataClass("mine", mark("Entered by me"), lambda context: _R.created_by == context.user_id),
        this_month(_R.date),
    ),
    actions=(
        Action(
            "post",
            mark("Receive"),
            Permission.STOCK_RECEIPT_POST,
            frozenset({"draft"}),
            "F9",
            "check",
        ),
        Action("drop", mark("Delete"), Permission.STOCK_RECEIPT_DELETE, frozenset({"draft"}), icon="trash-2"),
        Action("print", mark("Print"), Permission.STOCK_RECEIPT_PRINT, shortcut="Ctrl+P", icon="printer"),
    ),
    order=("-date", "-id"),
    lines="stock.receipt_line",
)

# -- issues -----------------------------------------------------------------------------------------------


def _issues() -> FromClause:
    return Issue.__table__.outerjoin(_place, _place.c.id == _I.warehouse_id).outerjoin(
        _of_place, _of_place.c.id == _place.c.branch_id
    )


def _of_lines(what: ColumnElement[Any]) -> ColumnElement[Any]:
    return select(what).where(IssueLine.issue_id == _I.id).correlate(Issue.__table__).scalar_subquery()


ISSUE_ENTITY: Final = Entity(
    key="stock.issue",
    title=mark("Stock issue"),
    plural=mark("Stock issues"),
    icon="upload",
    model=Issue,
    label=func.coalesce(_I.number, func.concat(cast("#", String), _I.id)),
    detail=_I.customer_name,
    source=_issues,
    sought=(
        mark("Customer"),
        mark("Issue number"),
        mark("Remark"),
    ),
    columns=(
        Column("number", mark("Issue number"), _I.number, width=150, opens="stock.issue"),
        Column("state", mark("State"), _I.state, Kind.STATE, 90, labels=ISSUE_STATES),
        Column("kind", mark("Kind of issue"), _I.kind, Kind.STATE, 80, labels=ISSUE_KINDS, shown=False),
        Column("date", mark("Date"), _I.date, Kind.DATE, 100),
        Column("warehouse", mark("Warehouse"), _place.c.name, width=130),
        of_branch(_of_place, _place.c.branch_id),
        Column(
            "customer",
            mark("Customer"),
            _I.customer_name,
            width=220,
            sort=_I.sort_name,
            opens="customers.customer",
            opens_id=_I.customer_id,
        ),
        Column(
            "orders",
            mark("Orders"),
            _of_lines(func.string_agg(IssueLine.order_number.distinct(), cast(", ", String))),
            width=160,
            sortable=False,
        ),
        Column(
            "quantity",
            mark("Wanted"),
            _of_lines(func.sum(IssueLine.quantity)),
            Kind.QUANTITY,
            90,
            sortable=False,
        ),
        Column(
            "counted",
            mark("Counted"),
            _of_lines(func.sum(IssueLine.counted)),
            Kind.QUANTITY,
            90,
            sortable=False,
        ),
        Column("remark", mark("Remark"), _I.remark, width=180),
        Column("created_by", mark("Entered by"), _I.created_by, Kind.USER, 90),
        Column("posted_by", mark("Posted by"), _I.posted_by, Kind.USER, 90),
        Column("posted_at", mark("Posted at"), _I.posted_at, Kind.TIME, 135, shown=False),
        Column("print_count", mark("Times printed"), _I.print_count, Kind.INTEGER, 80, shown=False),
    ),
    fields=(),
    classes=(
        everything(),
        in_state("to_issue", mark("Waiting to be issued"), _I.state, "draft"),
        in_state("posted", mark("Issued"), _I.state, "posted"),
        DataClass(
            "today",
            mark("Issued today"),
            lambda _context: and_(_I.state == "posted", _I.posted_at >= func.current_date()),
        ),
        DataClass("mine", mark("Entered by me"), lambda context: _I.created_by == context.user_id),
        this_month(_I.date),
    ),
    actions=(
        Action(
            "post", mark("Confirm issue"), Permission.STOCK_ISSUE_POST, frozenset({"draft"}), "F9", "check"
        ),
        Action(
            "deliver",
            mark("Delivery note"),
            Permission.DELIVERY_NOTE_CREATE,
            frozenset({"posted"}),
            "F7",
            "truck",
        ),
        Action("drop", mark("Delete"), Permission.STOCK_ISSUE_DELETE, frozenset({"draft"}), icon="trash-2"),
        Action("print", mark("Print"), Permission.STOCK_ISSUE_PRINT, shortcut="Ctrl+P", icon="printer"),
    ),
    order=("-date", "-id"),
    lines="stock.issue_line",
    create_by_form=False,
    comes_from=mark("A stock issue is made from a confirmed order; the keeper confirms it."),
)

ALL: tuple[Entity, ...] = (
    BALANCE_ENTITY,
    RECEIPT_ENTITY,
    ISSUE_ENTITY,
    LEDGER_ENTITY,
    WAREHOUSE_ENTITY,
)
