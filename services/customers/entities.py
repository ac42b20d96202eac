"""Customers as lists, forms, import and export see them (CUS-01, CUS-02); contacts stand in contact_entity.py."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Date, FromClause, Interval, and_, cast, func, literal, or_, select

from models.customers import Balance, Customer
from models.organisation import Branch
from models.permissions import Permission
from models.products import PriceLevel
from services.branch_column import of_branch
from services.checks import (
    check_email,
    check_not_negative,
    check_phone,
    check_region,
    check_tax_number,
    check_term,
)
from services.customers.contact_entity import CONTACT, CONTACT_ENTITY
from services.customers.importing import CONTACT_BESIDE
from services.customers.pool import put_into_pool, take_from_pool
from services.data_classes import below, everything, mine, new_this_month, shared
from services.entity import (
    Action,
    Ask,
    Column,
    Context,
    DataClass,
    Entity,
    Field,
    Kind,
    SearchThrough,
)
from services.language import mark

CUSTOMER = Customer.__table__
_C = CUSTOMER.c
_parent = CUSTOMER.alias("parent")
_balance = Balance.__table__.alias("balance")
_bought = Balance.__table__.alias("bought")
_branch = Branch.__table__.alias("branch")
_level = PriceLevel.__table__.alias("price_level")

KINDS = {"company": mark("Company"), "individual": mark("Individual")}


def _quiet(context: Context) -> ColumnElement[bool]:
    # who was never contacted counts from the day he was entered
    day = cast(func.current_date() - context.days, Date)
    moment = func.now() - cast(literal(f"{context.days} days"), Interval)
    return or_(_C.last_contact_on < day, and_(_C.last_contact_on.is_(None), _C.created_at < moment))


def _hot(_context: Context) -> ColumnElement[bool]:
    # falls off by itself: the day after the last one it is not true any more
    return and_(_C.hot_level.is_not(None), or_(_C.hot_until.is_(None), _C.hot_until >= func.current_date()))


def _lapsed(context: Context) -> ColumnElement[bool]:
    # by itself, so that a count joins nothing else that the list shows
    day = cast(func.current_date() - context.days, Date)
    return _C.id.in_(select(_bought.c.id).where(_bought.c.last_order_on < day))


def _in_pool(_context: Context) -> ColumnElement[bool]:
    return _C.owner_id.is_(None)


# -- customers --------------------------------------------------------------------------------------------

_NAME = mark("Name and kind")
_CLASS = mark("Classification")
_HOT = mark("Hot customer")
_REACH = mark("Address and phones")
_BANK = mark("Tax and bank")
_TERMS = mark("Credit and prices")
_MORE = mark("More")


def _customers() -> FromClause:
    return (
        CUSTOMER.outerjoin(_balance, _balance.c.id == _C.id)
        .outerjoin(_parent, _parent.c.id == _C.parent_id)
        .outerjoin(_branch, _branch.c.id == _C.branch_id)
        .outerjoin(_level, _level.c.id == _C.price_level_id)
    )


_CUSTOMER_COLUMNS = (
    Column("number", mark("Customer no."), _C.number, width=86),
    Column("name", mark("Name"), _C.name, width=172, sort=_C.sort_name, opens="customers.customer"),
    Column("short_name", mark("Short name"), _C.short_name, width=84),
    Column("kind", mark("Kind"), _C.kind, Kind.STATE, 80, labels=KINDS, shown=False),
    Column("category", mark("Category"), _C.category, Kind.CHOICE, 84, dictionary="customer_category"),
    Column("stage", mark("Stage"), _C.stage, Kind.CHOICE, 84, dictionary="customer_stage"),
    Column("level", mark("Level"), _C.level, Kind.CHOICE, 80, dictionary="customer_level", shown=False),
    Column(
        "value_level",
        mark("Customer value"),
        _C.value_level,
        Kind.CHOICE,
        80,
        dictionary="customer_value",
        shown=False,
    ),
    Column("source", mark("Source"), _C.source, Kind.CHOICE, 100, dictionary="customer_source", shown=False),
    Column("industry", mark("Industry"), _C.industry, Kind.CHOICE, 120, dictionary="industry", shown=False),
    Column("address", mark("Address"), _C.address, width=220, shown=False),
    Column("phone", mark("Phone"), _C.phone, Kind.PHONE, 125),
    Column("fax", mark("Fax"), _C.fax, Kind.PHONE, 125, shown=False),
    Column("website", mark("Website"), _C.website, Kind.URL, 150, shown=False),
    Column("email", mark("E-mail"), _C.email, Kind.EMAIL, 160, shown=False),
    Column("tax_number", mark("Tax number"), _C.tax_number, width=170, shown=False),
    Column("bank_name", mark("Bank"), _C.bank_name, width=160, shown=False),
    Column("bank_account", mark("Bank account"), _C.bank_account, width=170, shown=False),
    Column("credit_limit", mark("Credit limit"), _C.credit_limit, Kind.AMOUNT, 120, shown=False),
    Column("credit_days", mark("Credit days"), _C.credit_days, Kind.INTEGER, 90, shown=False),
    Column("receivable", mark("Receivable"), _balance.c.receivable, Kind.AMOUNT, 108, total=True),
    Column("last_contact_on", mark("Last contact"), _C.last_contact_on, Kind.DATE, 96),
    Column("last_order_on", mark("Last order"), _balance.c.last_order_on, Kind.DATE, 96, shown=False),
    Column("hot_level", mark("Hot"), _C.hot_level, Kind.CHOICE, 80, dictionary="hot_level", shown=False),
    Column("hot_reason", mark("Hot because"), _C.hot_reason, width=180, shown=False),
    Column("hot_until", mark("Hot until"), _C.hot_until, Kind.DATE, 96, shown=False),
    Column("pooled_at", mark("In the pool since"), _C.pooled_at, Kind.TIME, 135, shown=False),
    Column("pool_reason", mark("In the pool because"), _C.pool_reason, width=180, shown=False),
    Column("owner", mark("Owner"), _C.owner_id, Kind.USER, 76),
    # last: up to here all of it stands on a screen of 1366 pixels beside the data classes
    Column("region", mark("Region"), _C.region, Kind.REGION, 125),
    of_branch(_branch, _C.branch_id),
    Column(
        "parent",
        mark("Parent customer"),
        _parent.c.name,
        width=200,
        sort=_parent.c.sort_name,
        opens="customers.customer",
        opens_id=_C.parent_id,
        shown=False,
    ),
    Column("price_level", mark("Price level"), _level.c.name, width=100, shown=False),
    Column("remark", mark("Remark"), _C.remark, Kind.LONG_TEXT, 220, sortable=False, shown=False),
    Column("created_at", mark("Entered at"), _C.created_at, Kind.TIME, 135, shown=False),
    Column("created_by", mark("Entered by"), _C.created_by, Kind.USER, 90, shown=False),
    Column("changed_at", mark("Changed at"), _C.changed_at, Kind.TIME, 135, shown=False),
)

_CUSTOMER_FIELDS = (
    Field(
        "kind",
        mark("Kind"),
        Kind.STATE,
        _NAME,
        required=True,
        default=lambda: "company",
        aliases=("客户类型", "企业/个人", "type"),
    ),
    Field(
        "name",
        mark("Name"),
        group=_NAME,
        required=True,
        length=120,
        wide=True,
        aliases=("客户名称", "公司名称", "单位名称", "客户", "姓名", "company", "customer name"),
    ),
    Field(
        "short_name",
        mark("Short name"),
        group=_NAME,
        length=40,
        aliases=("助记简称", "简称", "助记名"),
        help=mark("What people here call the customer; quick search finds it first."),
    ),
    Field(
        "number",
        mark("Customer no."),
        group=_NAME,
        length=40,
        aliases=("客户编号", "编码", "客户代码", "no"),
        help=mark("Left empty, it is given by itself."),
    ),
    Field(
        "parent_id",
        mark("Parent customer"),
        Kind.REFERENCE,
        _NAME,
        reference="customers.customer",
        aliases=("上级客户", "母公司"),
    ),
    Field(
        "branch_id",
        mark("Branch"),
        Kind.REFERENCE,
        _NAME,
        reference="organisation.branch",
        help=mark("Left empty, it is the owner's; it goes along when the customer gets another owner."),
        right_to_set=Permission.ORGANISATION_TRANSFER,
        aliases=("分公司", "所属分公司", "门店"),
    ),
    Field(
        "category",
        mark("Category"),
        Kind.CHOICE,
        _CLASS,
        dictionary="customer_category",
        aliases=("客户种类", "客户类别", "类别"),
    ),
    Field("stage", mark("Stage"), Kind.CHOICE, _CLASS, dictionary="customer_stage", aliases=("客户阶段",)),
    Field(
        "level", mark("Level"), Kind.CHOICE, _CLASS, dictionary="customer_level", aliases=("客户级别", "等级")
    ),
    Field(
        "value_level",
        mark("Customer value"),
        Kind.CHOICE,
        _CLASS,
        dictionary="customer_value",
        aliases=("价值评估", "客户价值"),
    ),
    Field("source", mark("Source"), Kind.CHOICE, _CLASS, dictionary="customer_source", aliases=("客户来源",)),
    Field("industry", mark("Industry"), Kind.CHOICE, _CLASS, dictionary="industry", aliases=("所属行业",)),
    Field("hot_level", mark("Hot"), Kind.CHOICE, _HOT, dictionary="hot_level", aliases=("热点", "热点程度")),
    Field(
        "hot_until",
        mark("Hot until"),
        Kind.DATE,
        _HOT,
        help=mark("Empty: until somebody takes the mark away."),
    ),
    Field(
        "hot_reason", mark("Hot because"), group=_HOT, length=200, wide=True, aliases=("热点原因", "热点说明")
    ),
    Field(
        "phone",
        mark("Phone"),
        Kind.PHONE,
        _REACH,
        length=60,
        check=check_phone,
        aliases=("联系电话", "电话号码", "tel"),
    ),
    Field("fax", mark("Fax"), Kind.PHONE, _REACH, length=60, check=check_phone, aliases=("传真号码",)),
    Field(
        "email", mark("E-mail"), Kind.EMAIL, _REACH, length=120, check=check_email, aliases=("邮箱", "email")
    ),
    Field("website", mark("Website"), Kind.URL, _REACH, length=200, aliases=("网站", "主页", "url")),
    Field(
        "region",
        mark("Region"),
        Kind.REGION,
        _REACH,
        check=check_region,
        aliases=("省市区", "所在地区", "地区"),
    ),
    Field(
        "address",
        mark("Address"),
        group=_REACH,
        length=200,
        wide=True,
        aliases=("联系地址", "公司地址", "详细地址"),
    ),
    Field(
        "tax_number",
        mark("Tax number"),
        group=_BANK,
        length=20,
        check=check_tax_number,
        aliases=("纳税人识别号", "统一社会信用代码", "税务登记号"),
    ),
    Field("bank_name", mark("Bank"), group=_BANK, length=100, aliases=("开户银行", "开户行")),
    Field("bank_account", mark("Bank account"), group=_BANK, length=40, aliases=("银行帐号", "账号")),
    Field(
        "credit_limit",
        mark("Credit limit"),
        Kind.AMOUNT,
        _TERMS,
        check=check_not_negative,
        help=mark("Empty: no limit."),
        right_to_set=Permission.CUSTOMERS_SET_CREDIT,
        aliases=("信用额",),
    ),
    Field(
        "credit_days",
        mark("Credit days"),
        Kind.INTEGER,
        _TERMS,
        check=check_term,
        aliases=("信用天数", "帐期"),
    ),
    Field(
        "price_level_id",
        mark("Price level"),
        Kind.REFERENCE,
        _TERMS,
        reference="products.price_level",
        aliases=("价格等级",),
    ),
    Field("picture_id", mark("Picture or card"), Kind.PICTURE, _MORE),
    Field(
        "remark", mark("Remark"), Kind.LONG_TEXT, _MORE, length=4000, wide=True, aliases=("备注说明", "说明")
    ),
)

CUSTOMER_ENTITY = Entity(
    key="customers.customer",
    title=mark("Customer"),
    plural=mark("Customers"),
    icon="building-2",
    model=Customer,
    label=func.coalesce(_C.short_name, _C.name),
    sought=(
        mark("Name"),
        mark("Short name"),
        mark("Customer no."),
        mark("Phone"),
        mark("Contact"),
    ),
    columns=_CUSTOMER_COLUMNS,
    fields=_CUSTOMER_FIELDS,
    classes=(
        everything(),
        mine(_C.owner_id),
        below(_C.owner_id),
        shared("customers.customer", _C.id),
        DataClass("companies", mark("Companies"), lambda _context: _C.kind == "company"),
        DataClass("individuals", mark("Individuals"), lambda _context: _C.kind == "individual"),
        DataClass("hot", mark("Hot customers"), _hot),
        DataClass("quiet", mark("No contact for {days} days"), _quiet, days=30),
        new_this_month(_C.created_at),
        DataClass("lapsed", mark("Bought before, not for {days} days"), _lapsed, days=90),
        DataClass("pool", mark("In the customer pool"), _in_pool),
    ),
    class_columns=("category",),
    actions=(
        Action(
            "put_into_pool",
            mark("Put into the pool …"),
            Permission.CUSTOMERS_POOL_PUT,
            icon="users",
            command=put_into_pool,
            asks=(Ask("reason", mark("Reason"), required=True),),
        ),
        Action(
            "take_from_pool",
            mark("Take from the pool …"),
            Permission.CUSTOMERS_POOL_TAKE,
            icon="user-round",
            command=take_from_pool,
            asks=(Ask("to_user", mark("Give to"), Kind.USER, right=Permission.CUSTOMERS_POOL_ADMINISTER),),
        ),
    ),
    source=_customers,
    order=("name",),
    search_through=(SearchThrough(_C.id, CONTACT.c.customer_id, CONTACT.c.search),),
    detail=_C.number,
    importable=True,
    unique=("number", "name"),
    companion=CONTACT_BESIDE,
    custom=True,
)

ALL: tuple[Entity, ...] = (CUSTOMER_ENTITY, CONTACT_ENTITY)
