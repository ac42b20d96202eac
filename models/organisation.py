"""Branches, positions, users, roles, shares and logins."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, CIDR, INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Recorded, Searched

SCHEMA = "organisation"


class Branch(Recorded, Base):
    """A branch office or shop (分公司/门店). The one without a parent is the company itself."""

    __tablename__ = "branch"
    __table_args__ = (UniqueConstraint("name"), UniqueConstraint("number_prefix"), {"schema": SCHEMA})

    name: Mapped[str]
    short_name: Mapped[str | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.branch.id"))
    tax_number: Mapped[str | None]
    bank_account: Mapped[str | None]
    address: Mapped[str | None]
    phone: Mapped[str | None]
    fax: Mapped[str | None]
    website: Mapped[str | None]
    number_prefix: Mapped[str | None]
    """Begins the numbers of its documents where their kind counts by branch (PLT-36); unique among branches."""
    logo_id: Mapped[int | None] = mapped_column(ForeignKey("system.attachment.id"))
    """Printed at the head of documents."""


class Position(Recorded, Base):
    """A place in the tree of superiors (岗位); who holds it sees what those below own."""

    __tablename__ = "position"
    __table_args__ = (Index(None, "parent_id"), {"schema": SCHEMA})

    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.position.id"))
    department: Mapped[str | None]


class User(Recorded, Searched, Base):
    """A person with a login role of his own in PostgreSQL."""

    __tablename__ = "user"
    __table_args__ = (
        UniqueConstraint("login"),
        Index(None, "position_id"),
        CheckConstraint("login ~ '^[a-z][a-z0-9_.-]{0,30}$'", name="login"),
        CheckConstraint("(hours_from IS NULL) = (hours_to IS NULL)", name="hours"),
        {"schema": SCHEMA},
    )

    login: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    position_id: Mapped[int] = mapped_column(ForeignKey("organisation.position.id"))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.branch.id"))
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("system.attachment.id"))
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    networks: Mapped[list[str] | None] = mapped_column(ARRAY(CIDR))
    """Where he may work from (ORG-08); None for everywhere."""
    hours_from: Mapped[datetime.time | None]
    """From when to when he may work, China time; past midnight where ``hours_to`` is the earlier one."""
    hours_to: Mapped[datetime.time | None]


class Role(Recorded, Base):
    """A named set of rights. A built-in one cannot be deleted, the boss's not changed."""

    __tablename__ = "role"
    __table_args__ = (
        UniqueConstraint("name"),
        UniqueConstraint("code"),
        # the boss alone deletes for ever (PLT-33), whichever way another role would come by that right
        CheckConstraint("code = 'boss' OR 'system.purge' <> ALL (rights)", name="purge"),
        {"schema": SCHEMA},
    )

    code: Mapped[str]
    name: Mapped[str]
    rights: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    built_in: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


class UserRole(Base):
    """Which roles a user has."""

    __tablename__ = "user_role"
    __table_args__ = (UniqueConstraint("user_id", "role_id"), {"schema": SCHEMA})

    user_id: Mapped[int] = mapped_column(ForeignKey("organisation.user.id"))
    role_id: Mapped[int] = mapped_column(ForeignKey("organisation.role.id"))


class Share(Base):
    """A record shown to somebody besides its owner (ORG-10). Exactly one of user, position and department is set."""

    __tablename__ = "share"
    __table_args__ = (
        UniqueConstraint(
            "entity",
            "record_id",
            "user_id",
            "position_id",
            "department",
            name="uq_share_receiver",
            postgresql_nulls_not_distinct=True,
        ),
        Index(None, "user_id", "entity"),
        Index(None, "position_id", "entity"),
        Index(None, "department", "entity"),
        CheckConstraint("num_nonnulls(user_id, position_id, department) = 1", name="one_receiver"),
        {"schema": SCHEMA},
    )

    entity: Mapped[str]
    record_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.user.id"))
    position_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.position.id"))
    department: Mapped[str | None]
    can_edit: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    until: Mapped[datetime.date | None]
    shared_by: Mapped[int | None] = mapped_column(BigInteger)
    shared_at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))


class Login(Base):
    """One line of the login log (登录日志)."""

    __tablename__ = "login"
    __table_args__ = (Index(None, "at"), {"schema": SCHEMA})

    at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))
    login: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    computer: Mapped[str | None]
    address: Mapped[str | None] = mapped_column(INET)
    roles: Mapped[str | None]
    """Names of the roles that the user had at that time, separated by commas; built-in ones in English."""
    success: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    reason: Mapped[str | None]
    reported_by: Mapped[int | None] = mapped_column(BigInteger)
    """Whose client told of an attempt that failed on its PC; None for what the server itself has seen."""


class Notice(Base):
    """What the program tells one person: an English template and its values, shown translated."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "user_id", "read_at", "id"), {"schema": SCHEMA})

    at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))
    user_id: Mapped[int] = mapped_column(ForeignKey("organisation.user.id"))
    template: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    entity: Mapped[str | None]
    record_id: Mapped[int | None] = mapped_column(BigInteger)
    """What it is about; None when it is about several records of ``entity``."""
    read_at: Mapped[datetime.datetime | None]


class HandOver(Base):
    """One job change (ORG-04): what went from whom to whom, so that it can be undone."""

    __tablename__ = "hand_over"
    __table_args__ = {"schema": SCHEMA}

    at: Mapped[datetime.datetime] = mapped_column(server_default=text("now()"))
    by_user: Mapped[int] = mapped_column(BigInteger)
    from_user: Mapped[int] = mapped_column(ForeignKey("organisation.user.id"))
    to_user: Mapped[int] = mapped_column(ForeignKey("organisation.user.id"))
    kinds: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """{entity key: open or all}: what was asked for."""
    undone_at: Mapped[datetime.datetime | None]


class HandedPart(Base):
    """Records of one kind that one step of a job change moved, by the column in which the leaver stood."""

    __tablename__ = "handed_part"
    __table_args__ = (Index(None, "hand_over_id"), {"schema": SCHEMA})

    hand_over_id: Mapped[int] = mapped_column(ForeignKey("organisation.hand_over.id"))
    entity: Mapped[str]
    column_name: Mapped[str]
    records: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
