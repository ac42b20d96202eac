"""Accounts, payments and the ledger of receivables as lists show them (FIN-02, FIN-11)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, String, cast, func, literal, select

from models.customers import Customer
from models.finance import Account, AccountBalance, Allocation, Ledger, Payment, Rate
from models.organisation import Branch
from models.permissions import Permission
from models.sales import Order
from services.branch_column import of_branch
from services.clock import today
from services.data_classes import below, everything, mine, this_month
from services.entity import Action, Along, Column, Context, DataClass, Entity, Field, Kind, SearchThrough
from services.language import mark

ACCOUNT_KINDS: Final = {
    "cash": mark("Cash"),
    "bank": mark("Account at a bank"),
    "alipay": mark("Alipay"),
    "wechat": mark("WeChat Pay"),
    "other": mark("Other account"),
}
PAYMENT_STATES: Final = {"posted": mark("Posted"), "reversed": mark("Reversed")}
LEDGER_KINDS: Final = {"order": mark("Order"), "payment": mark("Payment"), "issue": mark("Stock issue")}

_A = Account.__table__.c
_P = Payment.__table__.c
_L = Ledger.__table__.c
_R = Rate.__table__.c
_by_customer = Customer.__table__.c
_branch = Branch.__table__.alias("account_branch")
_of_payment = Branch.__table__.alias("payment_branch")
_balance = AccountBalance.__table__.alias("account_balance")
_account = Account.__table__.alias("payment_account")
_customer = Customer.__table__.alias("ledger_customer")
_of_customer = Branch.__table__.alias("ledger_branch")


def _positive(value: Decimal) -> str | None:
    return None if value > 0 else mark("A rate is more than 0.")


def _accounts() -> FromClause:
    # the balance lies behind its own policy: for those without the right the outer join finds no row
    return Account.__table__.outerjoin(_branch, _branch.c.id == _A.branch_id).outerjoin(
        _balance, _balance.c.id == _A.id
    )


ACCOUNT_ENTITY: Final = Entity(
    key="finance.account",
    title=mark("Account"),
    plural=mark("Accounts"),
    icon="landmark",
    model=Account,
    label=_A.name,
    detail=_A.account_number,
    source=_accounts,
    columns=(
        Column("name", mark("Name"), _A.name, width=200, opens="finance.account"),
        Column("kind", mark("Kind of account"), _A.kind, Kind.STATE, 100, labels=ACCOUNT_KINDS),
        Column(
            "branch",
            mark("Branch"),
            func.coalesce(_branch.c.short_name, _branch.c.name),
            width=130,
            opens="organisation.branch",
            opens_id=_A.branch_id,
        ),
        Column("account_number", mark("Account number"), _A.account_number, width=200),
        Column(
            "balance",
            mark("Account balance"),
            _balance.c.balance,
            Kind.AMOUNT,
            130,
            total=True,
            right=Permission.FINANCE_SEE_ALL,
        ),
        Column("active", mark("Active"), _A.active, Kind.YES_NO, 70),
        Column("position", mark("Position in the list"), _A.position, Kind.INTEGER, 80, shown=False),
    ),
    fields=(
        Field("name", mark("Name"), required=True, length=60, aliases=("账户名称", "账户")),
        Field("kind", mark("Kind of account"), Kind.STATE, required=True, default=lambda: "bank"),
        Field("branch_id", mark("Branch"), Kind.REFERENCE, reference="organisation.branch"),
        Field("account_number", mark("Account number"), length=60, aliases=("账号", "卡号")),
        Field("active", mark("Active"), Kind.YES_NO, default=lambda: True),
        Field("position", mark("Position in the list"), Kind.INTEGER, default=lambda: 0),
    ),
    classes=(
        everything(),
        DataClass("active", mark("Active"), lambda _context: _A.active),
    ),
    class_columns=("kind",),
    order=("name",),
    searchable=False,
    importable=True,
    unique=("name",),
)


RATE_ENTITY: Final = Entity(
    key="finance.rate",
    title=mark("Exchange rate"),
    plural=mark("Exchange rates"),
    icon="coins",
    model=Rate,
    label=func.concat_ws(" ", _R.currency, cast(_R.date, String)),
    columns=(
        Column("currency", mark("Currency"), _R.currency, Kind.CHOICE, 140, dictionary="currency"),
        Column("date", mark("From which day"), _R.date, Kind.DATE, 120, opens="finance.rate"),
        Column("rate", mark("CNY for one unit"), _R.rate, Kind.PRICE, 130),
    ),
    fields=(
        Field(
            "currency",
            mark("Currency"),
            Kind.CHOICE,
            required=True,
            dictionary="currency",
            aliases=("外币",),
        ),
        Field("date", mark("From which day"), Kind.DATE, required=True, default=today, aliases=("日期",)),
        Field(
            "rate", mark("CNY for one unit"), Kind.PRICE, required=True, check=_positive, aliases=("汇率",)
        ),
    ),
    classes=(everything(),),
    class_columns=("currency",),
    order=("-date", "currency"),
    searchable=False,
    importable=True,
    unique=("currency", "date"),
)


_handled_by = func.coalesce(_P.handled_by, _P.created_by)


def _payments() -> FromClause:
    return Payment.__table__.outerjoin(_account, _account.c.id == _P.account_id).outerjoin(
        _of_payment, _of_payment.c.id == _P.branch_id
    )


def _allocated() -> ColumnElement[Any]:
    return func.coalesce(
        select(func.sum(Allocation.amount))
        .where(Allocation.payment_id == _P.id)
        .correlate(Payment.__table__)
        .scalar_subquery(),
        0,
    )


def _orders() -> ColumnElement[Any]:
    return (
        select(func.string_agg(Order.number.distinct(), cast(", ", String)))
        .select_from(Allocation.__table__.join(Order.__table__, Order.id == Allocation.order_id))
        .where(Allocation.payment_id == _P.id)
        .correlate(Payment.__table__)
        .scalar_subquery()
    )


def _has_advance(_context: Context) -> ColumnElement[bool]:
    return (_P.state == "posted") & (_P.credited > _allocated())


PAYMENT_ENTITY: Final = Entity(
    key="finance.payment",
    title=mark("Payment"),
    plural=mark("Payments"),
    icon="wallet",
    model=Payment,
    label=func.concat_ws(" ", _P.number, _P.customer_name),
    along=(Along("customers.customer"),),
    detail=func.concat_ws(" · ", cast(_P.date, String), cast(_P.amount, String)),
    source=_payments,
    sought=(
        mark("Customer"),
        mark("Payment number"),
        mark("Slip number"),
        mark("Payer"),
    ),
    columns=(
        Column("number", mark("Payment number"), _P.number, width=150, opens="finance.payment"),
        Column("date", mark("Date"), _P.date, Kind.DATE, 100),
        Column(
            "customer",
            mark("Customer"),
            _P.customer_name,
            width=220,
            sort=_P.sort_name,
            opens="customers.customer",
            opens_id=_P.customer_id,
        ),
        Column("amount", mark("Amount"), _P.amount, Kind.AMOUNT, 120, total=True),
        Column(
            "advance",
            mark("Advance left"),
            _P.credited - _allocated(),
            Kind.AMOUNT,
            110,
            sortable=False,
        ),
        Column("orders", mark("Orders"), _orders(), width=170, sortable=False),
        Column("charge", mark("Bank charge"), _P.charge, Kind.AMOUNT, 90, total=True, shown=False),
        Column(
            "rounding", mark("Rounding difference"), _P.rounding, Kind.AMOUNT, 90, total=True, shown=False
        ),
        Column(
            "currency", mark("Currency"), _P.currency, Kind.CHOICE, 90, dictionary="currency", shown=False
        ),
        Column(
            "currency_amount",
            mark("Amount in the currency"),
            _P.currency_amount,
            Kind.AMOUNT,
            120,
            shown=False,
        ),
        Column(
            "exchange_difference",
            mark("Exchange difference"),
            _P.exchange_difference,
            Kind.AMOUNT,
            110,
            total=True,
            shown=False,
        ),
        Column("account", mark("Account"), _account.c.name, width=140),
        Column("kind", mark("Kind of payment"), _P.kind, Kind.CHOICE, 90, dictionary="payment_kind"),
        Column("payer", mark("Payer"), _P.payer, width=130, shown=False),
        Column("reference", mark("Slip number"), _P.reference, width=140, shown=False),
        Column("state", mark("State"), _P.state, Kind.STATE, 80, labels=PAYMENT_STATES),
        Column("owner", mark("Owner"), _P.owner_id, Kind.USER, 90),
        Column("handled_by", mark("Handled by"), _handled_by, Kind.USER, 90),
        of_branch(_of_payment, _P.branch_id),
        Column("remark", mark("Remark"), _P.remark, width=180, shown=False),
        Column("print_count", mark("Times printed"), _P.print_count, Kind.INTEGER, 80, shown=False),
    ),
    fields=(),
    classes=(
        everything(),
        mine(_P.owner_id),
        below(_P.owner_id),
        DataClass("handled", mark("Handled by me"), lambda context: _handled_by == context.user_id),
        DataClass("advance", mark("With advance left"), _has_advance),
        DataClass("today", mark("Today"), lambda _context: _P.date == func.current_date()),
        this_month(_P.date),
    ),
    class_columns=("kind",),
    actions=(
        Action(
            "allocate",
            mark("Use the advance"),
            Permission.FINANCE_PAYMENT_POST,
            frozenset({"posted"}),
            icon="coins",
        ),
        Action(
            "reverse",
            mark("Reverse"),
            Permission.FINANCE_PAYMENT_REVERSE,
            frozenset({"posted"}),
            icon="undo-2",
        ),
        Action("print", mark("Print"), Permission.FINANCE_PAYMENT_PRINT, shortcut="Ctrl+P", icon="printer"),
    ),
    order=("-date", "-id"),
)


def _ledger() -> FromClause:
    # a receivable is that of the branch whose customer owes it: a customer who moves takes it along
    return Ledger.__table__.outerjoin(_customer, _customer.c.id == _L.customer_id).outerjoin(
        _of_customer, _of_customer.c.id == _customer.c.branch_id
    )


LEDGER_ENTITY: Final = Entity(
    key="finance.ledger",
    title=mark("Receivable movement"),
    plural=mark("Receivables"),
    icon="receipt",
    model=Ledger,
    label=_L.number,
    source=_ledger,
    columns=(
        Column("at", mark("Time"), _L.at, Kind.TIME, 135),
        Column("date", mark("Date"), _L.date, Kind.DATE, 100),
        Column("kind", mark("Document kind"), _L.kind, Kind.STATE, 90, labels=LEDGER_KINDS),
        Column(
            "number",
            mark("Document"),
            _L.number,
            width=150,
            opens_id=_L.document_id,
            opens_entity=_L.document,
        ),
        Column(
            "customer",
            mark("Customer"),
            _customer.c.name,
            width=240,
            sort=_customer.c.sort_name,
            opens="customers.customer",
            opens_id=_L.customer_id,
        ),
        Column("moved", mark("Document amount"), _L.moved, Kind.AMOUNT, 120),
        Column("delta", mark("Change of receivable"), _L.delta, Kind.AMOUNT, 120, total=True),
        Column("receivable_after", mark("Receivable after"), _L.receivable_after, Kind.AMOUNT, 120),
        Column("owner", mark("Owner"), _L.owner_id, Kind.USER, 90),
        of_branch(_of_customer, _customer.c.branch_id),
        Column("user", mark("By whom"), _L.user_id, Kind.USER, 90),
    ),
    fields=(),
    classes=(
        DataClass("money", mark("Orders and payments"), lambda _context: _L.delta != literal(0)),
        everything(),
        mine(_L.owner_id),
        below(_L.owner_id),
    ),
    class_columns=("kind",),
    searchable=False,
    search_through=(SearchThrough(_L.customer_id, _by_customer.id, _by_customer.search),),
    create_by_form=False,
    comes_from=mark("Every confirmed order, stock issue and payment stands here by itself."),
)

ALL: tuple[Entity, ...] = (PAYMENT_ENTITY, LEDGER_ENTITY, ACCOUNT_ENTITY, RATE_ENTITY)
