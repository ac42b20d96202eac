"""The contact's columns in a file of customers (CUS-06)."""

from __future__ import annotations

from services.checks import check_email, check_phone
from services.entity import Companion, Field, Kind
from services.language import mark

_GROUP = mark("Contact of the customer")

CONTACT_FIELDS: tuple[Field, ...] = (
    Field(
        "contact.name",
        mark("Contact name"),
        group=_GROUP,
        length=60,
        aliases=("联系人", "联系人姓名", "联络人", "主要联系人", "负责人", "contact"),
    ),
    Field(
        "contact.salutation",
        mark("Contact's salutation"),
        Kind.CHOICE,
        _GROUP,
        dictionary="salutation",
        aliases=("联系人称呼", "称呼", "尊称"),
    ),
    Field(
        "contact.department",
        mark("Contact's department"),
        group=_GROUP,
        length=60,
        aliases=("联系人部门", "部门", "所在部门"),
    ),
    Field(
        "contact.title",
        mark("Contact's title"),
        group=_GROUP,
        length=60,
        aliases=("联系人职务", "职务", "职位", "头衔"),
    ),
    Field(
        "contact.mobile",
        mark("Contact's mobile"),
        Kind.PHONE,
        _GROUP,
        length=40,
        check=check_phone,
        aliases=("联系人手机", "联系人手机号", "手机", "手机号", "手机号码", "移动电话", "mobile"),
    ),
    Field(
        "contact.phone",
        mark("Contact's phone"),
        Kind.PHONE,
        _GROUP,
        length=60,
        check=check_phone,
        aliases=("联系人电话", "办公电话"),
    ),
    Field(
        "contact.email",
        mark("Contact's e-mail"),
        Kind.EMAIL,
        _GROUP,
        length=120,
        check=check_email,
        aliases=("联系人邮箱", "联系人邮件"),
    ),
    Field("contact.qq", mark("Contact's QQ"), group=_GROUP, length=40, aliases=("QQ", "QQ号", "联系人QQ")),
    Field(
        "contact.wechat",
        mark("Contact's WeChat"),
        group=_GROUP,
        length=60,
        aliases=("微信", "微信号", "联系人微信"),
    ),
)
"""Keys are those of the contact with ``contact.`` before them."""

CONTACT_BESIDE = Companion(
    entity="customers.contact",
    prefix="contact",
    through="customer_id",
    fields=CONTACT_FIELDS,
    unique=("customer_id", "name", "mobile"),
    name="contact.name",
)
