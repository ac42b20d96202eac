"""What the next entity costs: a memo of a customer, from its table to its words. CONTRIBUTING.md walks through it."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Owned, Searched
from models.customers import Customer
from services.data_classes import everything, mine
from services.entity import Along, Column, Entity, Field, Kind
from services.language import mark


class Memo(Owned, Searched, Base):
    """What somebody wants to remember about a customer."""

    __tablename__ = "memo"
    __table_args__ = {"schema": "customers"}

    subject: Mapped[str]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.customer.id"))
    text: Mapped[str | None]


SQL = """
CALL app.guard('customers.memo', shared_through => '{"customer_id": "customers.customer"}');
SELECT app.make_searchable('customers.memo', 'subject', 'name', 'text', 'text');
CALL app.goes_with('customers.memo', 'customer_id', 'customers.customer');
CALL app.moves_with('customers.memo', 'customer_id', 'customers.customer');
"""
_M, _C = Memo.__table__.c, Customer.__table__.c
MEMO = Entity(
    key="customers.memo",
    title=mark("Memo"),
    plural=mark("Memos"),
    icon="file-text",
    model=Memo,
    label=_M.subject,
    source=lambda: Memo.__table__.outerjoin(Customer.__table__, _C.id == _M.customer_id),
    columns=(
        Column("subject", mark("Subject"), _M.subject, sort=_M.sort_name, opens="customers.memo"),
        Column("customer", mark("Customer"), _C.name, opens="customers.customer", opens_id=_M.customer_id),
        Column("text", mark("Text"), _M.text, Kind.LONG_TEXT, 300),
    ),
    fields=(
        Field("subject", mark("Subject"), required=True, length=200, aliases=("主题",)),
        Field("customer_id", mark("Customer"), Kind.REFERENCE, reference="customers.customer", required=True),
        Field("text", mark("Text"), Kind.LONG_TEXT, wide=True),
    ),
    classes=(everything(), mine(_M.owner_id)),
    sought=(mark("Subject"), mark("Text")),
    along=(Along("customers.customer"),),
    importable=True,
    unique=("customer_id", "subject"),
)
RIGHTS = dict.fromkeys(("boss", "sales"), "view create edit delete export import print")
WORDS = {"Memo": "备忘", "Memos": "备忘"}
