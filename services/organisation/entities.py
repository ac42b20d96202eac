"""People, positions, branches and roles as lists show them. Functions of the database alone write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import FromClause, func

from models.organisation import Branch, Login, Position, Role, User
from services.company import ROLES
from services.data_classes import everything
from services.entity import Column, DataClass, Entity, Field, Kind
from services.language import mark

LOGIN_REASONS: Final[Mapping[str, str]] = {
    "network": mark("Not from an allowed network"),
    "hours": mark("Outside the allowed hours"),
    "password": mark("Wrong password"),
    "tls": mark("Not over an encrypted connection"),
    "closed": mark("The login is closed"),
}
"""Why a login failed."""

_U = User.__table__.c
_P = Position.__table__.c
_B = Branch.__table__.c
_R = Role.__table__.c
_L = Login.__table__.c
_who = User.__table__.alias("who_logged_in")
_told = User.__table__.alias("who_told_of_it")
_position = Position.__table__.alias("of_position")
_branch = Branch.__table__.alias("of_branch")
_above = Position.__table__.alias("above")
_head = Branch.__table__.alias("head_branch")


def _users() -> FromClause:
    return User.__table__.outerjoin(_position, _position.c.id == _U.position_id).outerjoin(
        _branch, _branch.c.id == _U.branch_id
    )


def _positions() -> FromClause:
    return Position.__table__.outerjoin(_above, _above.c.id == _P.parent_id)


def _branches() -> FromClause:
    return Branch.__table__.outerjoin(_head, _head.c.id == _B.parent_id)


USER_ENTITY = Entity(
    key="organisation.user",
    title=mark("User"),
    plural=mark("Users"),
    icon="user-cog",
    model=User,
    label=_U.name,
    sought=(mark("Full name"), mark("Login"), mark("Phone")),
    columns=(
        Column("name", mark("Full name"), _U.name, width=110, sort=_U.sort_name, opens="organisation.user"),
        Column("login", mark("Login"), _U.login, width=110),
        Column(
            "position",
            mark("Position"),
            _position.c.name,
            width=150,
            opens="organisation.position",
            opens_id=_U.position_id,
        ),
        Column(
            "branch",
            mark("Branch"),
            func.coalesce(_branch.c.short_name, _branch.c.name),
            width=130,
            opens="organisation.branch",
            opens_id=_U.branch_id,
        ),
        Column("phone", mark("Phone"), _U.phone, Kind.PHONE, 125),
        Column("email", mark("E-mail"), _U.email, Kind.EMAIL, 170),
        Column("active", mark("Active"), _U.active, Kind.YES_NO, 70),
    ),
    fields=(
        Field("name", mark("Full name"), required=True, length=60, aliases=("姓名", "员工姓名", "名称")),
        Field("login", mark("Login"), required=True, length=31, aliases=("登录名", "用户名", "账号")),
        Field(
            "position_id",
            mark("Position"),
            Kind.REFERENCE,
            required=True,
            reference="organisation.position",
            aliases=("岗位",),
        ),
        Field(
            "branch_id",
            mark("Branch"),
            Kind.REFERENCE,
            reference="organisation.branch",
            aliases=("分公司", "门店"),
        ),
        Field("phone", mark("Phone"), Kind.PHONE, length=40, aliases=("手机", "电话")),
        Field("email", mark("E-mail"), Kind.EMAIL, length=120, aliases=("邮箱",)),
    ),
    classes=(
        everything(),
        DataClass("active", mark("Active"), lambda _context: _U.active),
        DataClass("closed", mark("Closed"), lambda _context: ~_U.active),
    ),
    source=_users,
    order=("name",),
    detail=_U.login,
    create_by_form=False,
)

POSITION_ENTITY = Entity(
    key="organisation.position",
    title=mark("Position"),
    plural=mark("Positions"),
    icon="network",
    model=Position,
    label=_P.name,
    columns=(
        Column("name", mark("Name"), _P.name, width=180, opens="organisation.position"),
        Column(
            "above",
            mark("Superior position"),
            _above.c.name,
            width=180,
            opens="organisation.position",
            opens_id=_P.parent_id,
        ),
        Column("department", mark("Department"), _P.department, width=150),
    ),
    fields=(
        Field("name", mark("Name"), required=True, length=60, aliases=("岗位名称",)),
        Field("parent_id", mark("Superior position"), Kind.REFERENCE, reference="organisation.position"),
        Field("department", mark("Department"), length=60, aliases=("部门",)),
    ),
    classes=(everything(),),
    source=_positions,
    order=("id",),
    searchable=False,
    create_by_form=False,
)

BRANCH_ENTITY = Entity(
    key="organisation.branch",
    title=mark("Branch"),
    plural=mark("Branches"),
    icon="store",
    model=Branch,
    label=func.coalesce(_B.short_name, _B.name),
    columns=(
        Column("name", mark("Name"), _B.name, width=240, opens="organisation.branch"),
        Column("short_name", mark("Short name"), _B.short_name, width=120),
        Column(
            "head",
            mark("Belongs to"),
            func.coalesce(_head.c.short_name, _head.c.name),
            width=150,
            opens="organisation.branch",
            opens_id=_B.parent_id,
        ),
        Column("address", mark("Address"), _B.address, width=260),
        Column("phone", mark("Phone"), _B.phone, Kind.PHONE, 130),
        Column("fax", mark("Fax"), _B.fax, Kind.PHONE, 130, shown=False),
        Column("website", mark("Website"), _B.website, Kind.URL, 160, shown=False),
        Column("tax_number", mark("Tax number"), _B.tax_number, width=170, shown=False),
        Column("bank_account", mark("Bank account"), _B.bank_account, width=170, shown=False),
        Column("number_prefix", mark("Prefix of its numbers"), _B.number_prefix, width=130, shown=False),
    ),
    fields=(
        Field("name", mark("Name"), required=True, length=120, wide=True),
        Field("short_name", mark("Short name"), length=40),
        Field("parent_id", mark("Belongs to"), Kind.REFERENCE, reference="organisation.branch"),
        Field("address", mark("Address"), length=200, wide=True),
        Field("phone", mark("Phone"), Kind.PHONE, length=60),
        Field("fax", mark("Fax"), Kind.PHONE, length=60),
        Field("website", mark("Website"), Kind.URL, length=200),
        Field("tax_number", mark("Tax number"), length=20),
        Field("bank_account", mark("Bank account"), length=60),
        Field("number_prefix", mark("Prefix of its numbers"), length=6),
    ),
    classes=(everything(),),
    source=_branches,
    order=("id",),
    searchable=False,
    create_by_form=False,
)

_BUILT_IN = {name: name for _code, name, _rights in ROLES}
"""Built-in roles are called in the language in force."""
ROLE_ENTITY = Entity(
    key="organisation.role",
    title=mark("Role"),
    plural=mark("Roles"),
    icon="shield",
    model=Role,
    label=_R.name,
    columns=(
        Column("name", mark("Name"), _R.name, width=180, opens="organisation.role", labels=_BUILT_IN),
        Column("code", mark("Code"), _R.code, width=140),
        Column("rights", mark("Number of rights"), func.cardinality(_R.rights), Kind.INTEGER, 130),
        Column("built_in", mark("Built in"), _R.built_in, Kind.YES_NO, 90),
    ),
    fields=(
        Field("name", mark("Name"), required=True, length=60),
        Field("code", mark("Code"), required=True, length=60),
    ),
    classes=(everything(),),
    order=("id",),
    searchable=False,
    create_by_form=False,
)


def _logins() -> FromClause:
    return Login.__table__.outerjoin(_who, _who.c.id == _L.user_id).outerjoin(
        _told, _told.c.id == _L.reported_by
    )


LOGIN_ENTITY = Entity(
    key="organisation.login",
    title=mark("Login record"),
    plural=mark("Login log"),
    icon="history",
    model=Login,
    label=_L.login,
    columns=(
        Column("at", mark("Time"), _L.at, Kind.TIME, 150),
        Column("name", mark("Full name"), _who.c.name, width=110, sort=_who.c.sort_name),
        Column("login", mark("Login"), _L.login, width=110),
        Column("roles", mark("Role"), _L.roles, Kind.STATE, 130, labels=_BUILT_IN),
        Column("computer", mark("PC"), _L.computer, width=150),
        Column("address", mark("Address"), func.host(_L.address), width=130),
        Column("success", mark("Logged in"), _L.success, Kind.YES_NO, 80),
        Column("reason", mark("Why not"), _L.reason, Kind.STATE, 180, labels=LOGIN_REASONS),
        Column("reported", mark("Reported at the login of"), _told.c.name, width=150, sort=_told.c.sort_name),
    ),
    fields=(),
    classes=(
        everything(),
        DataClass("today", mark("Today"), lambda _context: _L.at >= func.app.today()),
        DataClass("two_weeks", mark("Last two weeks"), lambda _context: _L.at >= func.app.today() - 13),
        DataClass("refused", mark("Refused"), lambda _context: ~_L.success),
    ),
    source=_logins,
    order=("-at",),
    searchable=False,
    create_by_form=False,
)
"""Who came in when and from where, and who did not (ORG-07). Kept for good."""

ALL: tuple[Entity, ...] = (USER_ENTITY, POSITION_ENTITY, BRANCH_ENTITY, ROLE_ENTITY, LOGIN_ENTITY)
