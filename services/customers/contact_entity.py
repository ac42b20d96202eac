"""What a contact is to lists, forms, search, import and export: the people at a customer (CON-01)."""

from __future__ import annotations

from sqlalchemy import FromClause

from models.customers import Contact, Customer
from services.checks import check_email, check_phone
from services.data_classes import below, everything, mine, new_this_month, shared
from services.entity import Along, Column, DataClass, Entity, Field, Kind
from services.language import mark

CONTACT = Contact.__table__
_K = CONTACT.c
_of = Customer.__table__.alias("of_customer")

CALENDARS = {"solar": mark("Solar calendar"), "lunar": mark("Lunar calendar")}

_REACH = mark("Address and phones")
_MORE = mark("More")
_PERSON = mark("Person")
_WORK = mark("At work")


def _contacts() -> FromClause:
    return CONTACT.outerjoin(_of, _of.c.id == _K.customer_id)


_CONTACT_COLUMNS = (
    Column("name", mark("Full name"), _K.name, width=110, sort=_K.sort_name, opens="customers.contact"),
    Column("salutation", mark("Salutation"), _K.salutation, Kind.CHOICE, 80, dictionary="salutation"),
    Column(
        "customer",
        mark("Customer"),
        _of.c.name,
        width=240,
        sort=_of.c.sort_name,
        opens="customers.customer",
        opens_id=_K.customer_id,
    ),
    Column("main", mark("Main contact"), _K.main, Kind.YES_NO, 90),
    Column(
        "contact_class", mark("Contact class"), _K.contact_class, Kind.CHOICE, 90, dictionary="contact_class"
    ),
    Column("department", mark("Department"), _K.department, width=110, shown=False),
    Column("title", mark("Job title"), _K.title, width=110),
    Column(
        "decision_role",
        mark("Role in decisions"),
        _K.decision_role,
        Kind.CHOICE,
        110,
        dictionary="decision_role",
        shown=False,
    ),
    Column("responsible_for", mark("Responsible for"), _K.responsible_for, width=140, shown=False),
    Column("mobile", mark("Mobile"), _K.mobile, Kind.PHONE, 125),
    Column("phone", mark("Phone"), _K.phone, Kind.PHONE, 125),
    Column("email", mark("E-mail"), _K.email, Kind.EMAIL, 170, shown=False),
    Column("qq", mark("QQ"), _K.qq, width=110, shown=False),
    Column("wechat", mark("WeChat"), _K.wechat, width=120),
    Column("messenger", mark("MSN/Skype"), _K.messenger, width=120, shown=False),
    Column("address", mark("Address"), _K.address, width=220, shown=False),
    Column("birthday", mark("Birthday"), _K.birthday, Kind.DATE, 105, shown=False),
    Column("calendar", mark("Birthday by"), _K.calendar, Kind.STATE, 90, labels=CALENDARS, shown=False),
    Column("hobbies", mark("Hobbies"), _K.hobbies, width=150, shown=False),
    Column("owner", mark("Owner"), _K.owner_id, Kind.USER, 90),
    Column("remark", mark("Remark"), _K.remark, Kind.LONG_TEXT, 220, sortable=False, shown=False),
    Column("created_at", mark("Entered at"), _K.created_at, Kind.TIME, 135, shown=False),
    Column("changed_at", mark("Changed at"), _K.changed_at, Kind.TIME, 135, shown=False),
)

_CONTACT_FIELDS = (
    Field(
        "customer_id",
        mark("Customer"),
        Kind.REFERENCE,
        _PERSON,
        required=True,
        reference="customers.customer",
        wide=True,
        aliases=("客户名称", "公司", "单位", "company"),
    ),
    Field(
        "name",
        mark("Full name"),
        group=_PERSON,
        required=True,
        length=60,
        aliases=("联系人", "姓名", "联系人姓名"),
    ),
    Field(
        "salutation",
        mark("Salutation"),
        Kind.CHOICE,
        _PERSON,
        dictionary="salutation",
        aliases=("尊称", "性别"),
    ),
    Field("main", mark("Main contact"), Kind.YES_NO, _PERSON, aliases=("主联系人", "首要联系人")),
    Field(
        "contact_class",
        mark("Contact class"),
        Kind.CHOICE,
        _PERSON,
        dictionary="contact_class",
        aliases=("联系人分类", "类型"),
    ),
    Field("department", mark("Department"), group=_WORK, length=60, aliases=("所在部门",)),
    Field("title", mark("Job title"), group=_WORK, length=60, aliases=("职务", "职位", "头衔")),
    Field(
        "decision_role",
        mark("Role in decisions"),
        Kind.CHOICE,
        _WORK,
        dictionary="decision_role",
        aliases=("决策角色",),
    ),
    Field("responsible_for", mark("Responsible for"), group=_WORK, length=120, aliases=("负责业务", "负责")),
    Field(
        "mobile",
        mark("Mobile"),
        Kind.PHONE,
        _REACH,
        length=40,
        check=check_phone,
        aliases=("手机号", "移动电话", "手机号码"),
    ),
    Field(
        "phone",
        mark("Phone"),
        Kind.PHONE,
        _REACH,
        length=60,
        check=check_phone,
        aliases=("办公电话", "固定电话", "座机"),
    ),
    Field(
        "email", mark("E-mail"), Kind.EMAIL, _REACH, length=120, check=check_email, aliases=("邮箱", "email")
    ),
    Field("qq", mark("QQ"), group=_REACH, length=40, aliases=("QQ号",)),
    Field("wechat", mark("WeChat"), group=_REACH, length=60, aliases=("微信号",)),
    Field("messenger", mark("MSN/Skype"), group=_REACH, length=60, aliases=("MSN", "Skype")),
    Field("address", mark("Address"), group=_REACH, length=200, wide=True, aliases=("联系地址", "家庭地址")),
    Field("birthday", mark("Birthday"), Kind.DATE, _MORE, aliases=("出生日期",)),
    Field(
        "calendar", mark("Birthday by"), Kind.STATE, _MORE, default=lambda: "solar", aliases=("公历/农历",)
    ),
    Field("hobbies", mark("Hobbies"), group=_MORE, length=200, aliases=("爱好", "兴趣")),
    Field("picture_id", mark("Picture"), Kind.PICTURE, _MORE),
    Field("remark", mark("Remark"), Kind.LONG_TEXT, _MORE, length=4000, wide=True, aliases=("备注说明",)),
)

CONTACT_ENTITY = Entity(
    key="customers.contact",
    title=mark("Contact"),
    plural=mark("Contacts"),
    icon="contact",
    model=Contact,
    label=_K.name,
    along=(Along("customers.customer", chosen="all"),),
    sought=(
        mark("Full name"),
        mark("Mobile"),
        mark("Phone"),
        mark("Job title"),
    ),
    columns=_CONTACT_COLUMNS,
    fields=_CONTACT_FIELDS,
    classes=(
        everything(),
        mine(_K.owner_id),
        below(_K.owner_id),
        shared("customers.contact", _K.id),
        DataClass("main", mark("Main contacts"), lambda _context: _K.main),
        new_this_month(_K.created_at),
    ),
    class_columns=("contact_class",),
    source=_contacts,
    order=("name",),
    detail=_K.title,
    importable=True,
    unique=("customer_id", "name", "mobile"),
    custom=True,
)
