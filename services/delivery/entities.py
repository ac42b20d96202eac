"""Dispatch notices and delivery notes as lists show them (DLV-01, DLV-03, DLV-04)."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, func, select

from models.delivery import Dispatch, DispatchLine, Note
from models.organisation import Branch
from models.permissions import Permission
from models.stock import Warehouse
from services.branch_column import of_branch
from services.data_classes import below, everything, mine
from services.entity import Action, Along, Column, DataClass, Entity, Kind
from services.language import mark

NOTE_STATES: Final = {
    "to_issue": mark("Goods not issued yet"),
    "to_ship": mark("To ship"),
    "shipped": mark("On its way"),
    "signed": mark("Signed for"),
    "cancelled": mark("Cancelled"),
}
FREIGHT_PAYERS: Final = {"us": mark("We pay"), "customer": mark("The customer pays")}

_N = Note.__table__.c
_warehouse = Warehouse.__table__.alias("note_warehouse")
_of_note = Branch.__table__.alias("note_branch")


def _source() -> FromClause:
    return Note.__table__.outerjoin(_warehouse, _warehouse.c.id == _N.warehouse_id).outerjoin(
        _of_note, _of_note.c.id == _N.branch_id
    )


def _in_state(state: str) -> DataClass:
    return DataClass(state, NOTE_STATES[state], lambda _context: _N.state == state)


NOTE_ENTITY: Final = Entity(
    key="delivery.note",
    title=mark("Delivery note"),
    plural=mark("Delivery notes"),
    icon="truck",
    model=Note,
    label=func.concat_ws(" ", _N.number, _N.customer_name),
    along=(Along("customers.customer", ("open", "all"), "open"),),
    detail=func.concat_ws(" · ", _N.carrier, _N.tracking_number),
    source=_source,
    sought=(
        mark("Customer"),
        mark("Delivery note number"),
        mark("Tracking number"),
        mark("Stock issue"),
        mark("Consignee"),
    ),
    columns=(
        Column("number", mark("Delivery note number"), _N.number, width=150, opens="delivery.note"),
        Column("state", mark("State"), _N.state, Kind.STATE, 100, labels=NOTE_STATES),
        Column("date", mark("Date"), _N.date, Kind.DATE, 100),
        Column(
            "customer",
            mark("Customer"),
            _N.customer_name,
            width=220,
            sort=_N.sort_name,
            opens="customers.customer",
            opens_id=_N.customer_id,
        ),
        Column("consignee", mark("Consignee"), _N.consignee, width=90),
        Column("phone", mark("Phone"), _N.phone, Kind.PHONE, 120, shown=False),
        Column("address", mark("Delivery address"), _N.address, width=220, shown=False),
        Column("carrier", mark("Carrier"), _N.carrier, width=110),
        Column("way", mark("Way of delivery"), _N.way, Kind.CHOICE, 90, dictionary="delivery_way"),
        Column("tracking_number", mark("Tracking number"), _N.tracking_number, width=140),
        Column("freight", mark("Freight"), _N.freight, Kind.AMOUNT, 90, total=True),
        Column(
            "freight_paid_by",
            mark("Freight paid by"),
            _N.freight_paid_by,
            Kind.STATE,
            90,
            labels=FREIGHT_PAYERS,
            shown=False,
        ),
        Column("parcels", mark("Parcels"), _N.parcels, Kind.INTEGER, 70, total=True),
        Column("weight", mark("Weight (kg)"), _N.weight, Kind.QUANTITY, 90, total=True, shown=False),
        Column(
            "issue",
            mark("Stock issue"),
            _N.issue_number,
            width=150,
            opens="stock.issue",
            opens_id=_N.issue_id,
        ),
        Column("orders", mark("Orders"), _N.order_numbers, width=160),
        Column("warehouse", mark("Warehouse"), _warehouse.c.name, width=120, shown=False),
        Column("shipped_at", mark("Shipped at"), _N.shipped_at, Kind.TIME, 135, shown=False),
        Column("signed_at", mark("Signed at"), _N.signed_at, Kind.TIME, 135, shown=False),
        Column("signed_by", mark("Signed by"), _N.signed_by, width=90, shown=False),
        Column("print_count", mark("Times printed"), _N.print_count, Kind.INTEGER, 80, shown=False),
        Column("owner", mark("Owner"), _N.owner_id, Kind.USER, 90),
        of_branch(_of_note, _N.branch_id),
    ),
    fields=(),
    classes=(
        everything(),
        _in_state("to_issue"),
        _in_state("to_ship"),
        _in_state("shipped"),
        _in_state("signed"),
        _in_state("cancelled"),
        mine(_N.owner_id),
        below(_N.owner_id),
    ),
    actions=(
        Action(
            "ship",
            mark("Goods have left"),
            Permission.DELIVERY_NOTE_SHIP,
            frozenset({"to_ship"}),
            "F9",
            "truck",
        ),
        Action(
            "sign",
            mark("Customer signed"),
            Permission.DELIVERY_NOTE_SHIP,
            frozenset({"shipped"}),
            "F9",
            "circle-check",
        ),
        Action(
            "cancel",
            mark("Cancel the note"),
            Permission.DELIVERY_NOTE_SHIP,
            frozenset({"to_issue", "to_ship"}),
            icon="ban",
        ),
        Action("print", mark("Print"), Permission.DELIVERY_NOTE_PRINT, shortcut="Ctrl+P", icon="printer"),
    ),
    order=("-date", "-id"),
    create_by_form=False,
    comes_from=mark(
        "A delivery note is made from an order or a stock issue, once its goods have been issued."
    ),
)

DISPATCH_STATES: Final = {
    "waiting": mark("Waiting for the warehouse"),
    "partly": mark("Partly left"),
    "done": mark("All has left"),
    "closed": mark("Rest taken back"),
    "cancelled": mark("Cancelled"),
}
_D = Dispatch.__table__.c
_from = Warehouse.__table__.alias("dispatch_warehouse")
_of_dispatch = Branch.__table__.alias("dispatch_branch")


def _dispatches() -> FromClause:
    return Dispatch.__table__.outerjoin(_from, _from.c.id == _D.warehouse_id).outerjoin(
        _of_dispatch, _of_dispatch.c.id == _D.branch_id
    )


def _of_lines(what: Any) -> ColumnElement[Any]:
    return (
        select(func.sum(what))
        .where(DispatchLine.dispatch_id == _D.id)
        .correlate(Dispatch.__table__)
        .scalar_subquery()
    )


DISPATCH_ENTITY: Final = Entity(
    key="delivery.dispatch",
    title=mark("Dispatch notice"),
    plural=mark("Dispatch notices"),
    icon="megaphone",
    model=Dispatch,
    label=func.concat_ws(" ", _D.number, _D.customer_name),
    along=(Along("customers.customer", ("open", "all"), "open"),),
    detail=_D.order_numbers,
    source=_dispatches,
    sought=(
        mark("Customer"),
        mark("Notice number"),
        mark("Order number"),
    ),
    columns=(
        Column("number", mark("Notice number"), _D.number, width=150, opens="delivery.dispatch"),
        Column("state", mark("State"), _D.state, Kind.STATE, 110, labels=DISPATCH_STATES),
        Column("wanted_on", mark("Wanted on"), _D.wanted_on, Kind.DATE, 100),
        Column(
            "customer",
            mark("Customer"),
            _D.customer_name,
            width=220,
            sort=_D.sort_name,
            opens="customers.customer",
            opens_id=_D.customer_id,
        ),
        Column("orders", mark("Orders"), _D.order_numbers, width=170),
        Column("warehouse", mark("Warehouse"), _from.c.name, width=120),
        Column(
            "quantity",
            mark("May leave"),
            _of_lines(DispatchLine.quantity),
            Kind.QUANTITY,
            90,
            sortable=False,
        ),
        Column(
            "asked",
            mark("On open issues"),
            _of_lines(DispatchLine.asked),
            Kind.QUANTITY,
            90,
            sortable=False,
        ),
        Column("issued", mark("Has left"), _of_lines(DispatchLine.issued), Kind.QUANTITY, 90, sortable=False),
        Column("date", mark("Date"), _D.date, Kind.DATE, 100),
        Column("consignee", mark("Consignee"), _D.consignee, width=90, shown=False),
        Column("phone", mark("Phone"), _D.phone, Kind.PHONE, 120, shown=False),
        Column("address", mark("Delivery address"), _D.address, width=220, shown=False),
        Column("print_count", mark("Times printed"), _D.print_count, Kind.INTEGER, 80, shown=False),
        Column("remark", mark("Remark"), _D.remark, width=180),
        Column("owner", mark("Owner"), _D.owner_id, Kind.USER, 90),
        of_branch(_of_dispatch, _D.branch_id),
    ),
    fields=(),
    classes=(
        DataClass("queue", mark("To be issued"), lambda _context: _D.state.in_(("waiting", "partly"))),
        everything(),
        DataClass("partly", mark("Partly left"), lambda _context: _D.state == "partly"),
        DataClass("done", mark("All has left"), lambda _context: _D.state == "done"),
        DataClass(
            "late",
            mark("Late"),
            lambda _context: and_(_D.state.in_(("waiting", "partly")), _D.wanted_on < func.current_date()),
        ),
        mine(_D.owner_id),
        below(_D.owner_id),
    ),
    actions=(
        Action("print", mark("Print"), Permission.DELIVERY_DISPATCH_PRINT, shortcut="Ctrl+P", icon="printer"),
        Action(
            "issue",
            mark("Stock issue"),
            Permission.STOCK_ISSUE_CREATE,
            frozenset({"waiting", "partly"}),
            "F9",
            "upload",
        ),
        Action(
            "end",
            mark("Take the rest back"),
            Permission.DELIVERY_DISPATCH_EDIT,
            frozenset({"waiting", "partly"}),
            icon="ban",
        ),
    ),
    order=("wanted_on", "id"),
    create_by_form=False,
    comes_from=mark("A dispatch notice is made from a confirmed order, where the company settings say so."),
    lines="delivery.dispatch_line",
)

ALL: tuple[Entity, ...] = (DISPATCH_ENTITY, NOTE_ENTITY)
