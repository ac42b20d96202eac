"""Files as a list: what the recycle bin and the overview of all files show (PLT-32, PLT-33)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from sqlalchemy import BigInteger, cast, func

from models.attachments import Attachment
from services.data_classes import everything, mine, new_this_month
from services.entity import Column, DataClass, Entity, Kind
from services.language import mark

_A = Attachment.__table__.c

ATTACHED_TO: Final = MappingProxyType(
    {
        "customers.customer": mark("Customer"),
        "customers.contact": mark("Contact"),
        "activities.record": mark("Contact record"),
        "activities.task": mark("Task"),
        "products.product": mark("Product"),
        "sales.order": mark("Order"),
        "delivery.note": mark("Delivery note"),
        "stock.receipt": mark("Stock receipt"),
        "stock.issue": mark("Stock issue"),
        "finance.payment": mark("Payment"),
        "organisation.user": mark("User"),
        "organisation.branch": mark("Branch"),
    }
)
"""Kinds of records that have files, as ``app.attachable`` has them; a test holds both together."""

ATTACHMENT_ENTITY = Entity(
    key="system.attachment",
    title=mark("Attached file"),
    plural=mark("Files"),
    icon="paperclip",
    model=Attachment,
    label=_A.name,
    columns=(
        Column("name", mark("Name"), _A.name, width=280, opens_id=_A.record_id, opens_entity=_A.entity),
        Column("entity", mark("Attached to"), _A.entity, Kind.STATE, 120, labels=ATTACHED_TO),
        Column(
            "size",
            mark("Size (KB)"),
            cast(func.ceil(_A.size / 1024.0), BigInteger),
            Kind.INTEGER,
            110,
            total=True,
        ),
        Column("type", mark("File type"), _A.type, width=170, shown=False),
        Column("created_by", mark("Attached by"), _A.created_by, Kind.USER, 100),
        Column("created_at", mark("Attached at"), _A.created_at, Kind.TIME, 140),
    ),
    fields=(),
    classes=(
        everything(),
        mine(_A.created_by),
        DataClass("pictures", mark("Pictures"), lambda _context: _A.type.startswith("image/")),
        new_this_month(_A.created_at),
    ),
    order=("-created_at",),
    searchable=False,
    create_by_form=False,
    comes_from=mark(
        "Files are attached to customers, orders and other records; drop them there or choose Files."
    ),
)

ALL: tuple[Entity, ...] = (ATTACHMENT_ENTITY,)
