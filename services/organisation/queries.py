"""Reading people, the tree, sessions, shares and reasons, as frozen rows for screens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import BigInteger, bindparam, func, select, text
from sqlalchemy.orm import Session

from models.organisation import Branch, Notice, Position, Role, User, UserRole
from services.entity import Entity
from services.errors import NotAvailable
from services.language import mark, tr
from services.organisation.rights import entity_title


@dataclass(frozen=True, slots=True)
class Person:
    """One user as the users' page shows him."""

    id: int
    version: int
    login: str
    name: str
    phone: str
    email: str
    position_id: int
    position: str
    branch_id: int | None
    branch: str
    roles: tuple[str, ...]
    """Codes."""
    active: bool
    networks: tuple[str, ...]
    hours: tuple[time, time] | None
    photo_id: int | None = None
    """The attachment that is his photo."""
    changed_by: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """One position of the tree with the names of the people who hold it."""

    id: int
    version: int
    name: str
    department: str
    parent_id: int | None
    people: tuple[str, ...]
    changed_by: int | None = None


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One role and how many users have it."""

    id: int
    version: int
    code: str
    name: str
    rights: frozenset[str]
    built_in: bool
    users: int
    changed_by: int | None = None

    @property
    def title(self) -> str:
        """Its name; built-in roles are called in the language in force."""
        return tr(self.name) if self.built_in else self.name


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One connection to the server."""

    pid: int
    user_id: int
    name: str
    login: str
    computer: str
    address: str
    since: datetime
    last_asked: datetime | None
    state: str
    held_up: int
    """How many others wait for what this connection has locked."""
    busy_since: datetime | None = None
    """Since when its statement runs, or its transaction is left open."""


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """Something the program tells this user."""

    id: int
    at: datetime
    template: str
    details: Mapping[str, Any]
    entity: str | None
    record_id: int | None
    unread: bool

    @property
    def text(self) -> str:
        """In the language in force."""
        details = dict(self.details)
        if details.get("kind") in KINDS:
            details["kind"] = tr(KINDS[details["kind"]])
        if "what" in details:
            details["what"] = entity_title(details["what"])
        return tr(self.template, **details)


BRANCH_KEYS = (
    "id",
    "version",
    "name",
    "short_name",
    "parent_id",
    "tax_number",
    "bank_account",
    "address",
    "phone",
    "fax",
    "website",
    "number_prefix",
    "logo_id",
    "changed_by",
)
"""What a branch is made of."""


SECTIONS: Mapping[str, str] = {
    "basic": mark("Basic data"),
    "contacts": mark("Contacts"),
    "records": mark("Contact records"),
    "orders": mark("Contracts and orders"),
    "payments": mark("Payments"),
    "receivables": mark("Receivables"),
    "deliveries": mark("Delivery notes"),
}
"""Sections of what customer service sees of a customer (ORG-12), as ``app.customer_section`` declares them."""

KINDS: Mapping[str, str] = {
    "customers": mark("Customers and contacts"),
    "records": mark("Contact records"),
    "orders": mark("Contracts and orders"),
    "deliveries": mark("Dispatch notices and delivery notes"),
    "payments": mark("Payments received"),
    "stock": mark("Stock receipts and issues"),
    "requests": mark("Purchase requests"),
}
"""Kinds of records that have a sharing model (ORG-11), as ``app.shared_kind`` declares them."""


def people(session: Session) -> list[Person]:
    """All users that are not deleted, by name in pinyin."""
    rows = session.execute(
        select(
            User,
            Position.name,
            func.coalesce(Branch.short_name, Branch.name, ""),
            select(func.array_agg(Role.code))
            .join(UserRole, UserRole.role_id == Role.id)
            .where(UserRole.user_id == User.id)
            .correlate(User)
            .scalar_subquery(),
        )
        .outerjoin(Position, Position.id == User.position_id)
        .outerjoin(Branch, Branch.id == User.branch_id)
        .where(User.deleted_at.is_(None))
        .order_by(User.active.desc(), User.sort_name, User.id)
    ).all()
    return [
        Person(
            user.id,
            user.version,
            user.login,
            user.name,
            user.phone or "",
            user.email or "",
            user.position_id,
            position or "",
            user.branch_id,
            branch,
            tuple(sorted(codes or ())),
            user.active,
            tuple(str(network) for network in user.networks or ()),
            (user.hours_from, user.hours_to) if user.hours_from and user.hours_to else None,
            user.photo_id,
            user.changed_by,
        )
        for user, position, branch, codes in rows
    ]


def tree(session: Session) -> list[Place]:
    """All positions with their people, those above first."""
    held: dict[int, list[str]] = {}
    for position_id, name in session.execute(
        select(User.position_id, User.name)
        .where(User.active, User.deleted_at.is_(None))
        .order_by(User.sort_name)
    ):
        held.setdefault(position_id, []).append(name)
    return [
        Place(
            place.id,
            place.version,
            place.name,
            place.department or "",
            place.parent_id,
            tuple(held.get(place.id, ())),
            place.changed_by,
        )
        for place in session.scalars(
            select(Position).where(Position.deleted_at.is_(None)).order_by(Position.id)
        )
    ]


def place_titles(places: Sequence[Place]) -> list[tuple[int, str]]:
    """(id, title) of positions for lists to choose from; where several have one name, with who stands above."""
    names = [place.name for place in places]
    by_id = {place.id: place.name for place in places}
    return [
        (
            place.id,
            f"{place.name} ({by_id[place.parent_id]})"
            if names.count(place.name) > 1 and place.parent_id in by_id
            else place.name,
        )
        for place in places
    ]


def department_tree(places: Sequence[Place]) -> list[Place]:
    """The departments of ``places`` as a tree of their own (ORG-02), those above first. Ids are negative, from the
    oldest position in it: they stay when a department is renamed or another one comes.

    A department stands below that of the position above its head. ``department`` of each says how many positions it
    has, ``people`` are all who belong to it. Whoever belongs to none is in the first box, id -1.
    """
    by_id = {place.id: place for place in places}

    def team(place: Place | None) -> str:
        for _step in range(len(places) + 1):
            if place is None or place.department:
                break
            place = by_id.get(place.parent_id or 0)
        return place.department if place else ""

    members: dict[str, list[Place]] = {"": []}
    above: dict[str, str] = {}
    for place in places:
        name = team(place)
        members.setdefault(name, []).append(place)
        over = team(by_id.get(place.parent_id or 0))
        if name and over != name:
            above.setdefault(name, over)
    ids = {name: -1 - min((one.id for one in inside if name), default=0) for name, inside in members.items()}
    return [
        Place(
            ids[name],
            0,
            name or tr("(no department)"),
            tr("Positions: {count}", count=len(inside)),
            ids[above[name]] if name in above else None,
            tuple(person for place in inside for person in place.people),
        )
        for name, inside in members.items()
        if inside or name
    ]


def departments(session: Session) -> list[str]:
    """Names of the departments that positions belong to, in the order in which they were made."""
    rows = session.execute(
        select(func.btrim(Position.department), func.min(Position.id))
        .where(Position.deleted_at.is_(None), func.btrim(Position.department) != "")
        .group_by(func.btrim(Position.department))
        .order_by(func.min(Position.id))
    )
    return [str(name) for name, _ in rows]


def roles(session: Session) -> list[RoleRow]:
    """All roles with the number of open users that have each."""
    counted = (
        select(UserRole.role_id, func.count().label("n"))
        .join(User, User.id == UserRole.user_id)
        .where(User.active)
        .group_by(UserRole.role_id)
        .subquery()
    )
    return [
        RoleRow(
            role.id,
            role.version,
            role.code,
            role.name,
            frozenset(role.rights),
            role.built_in,
            users or 0,
            role.changed_by,
        )
        for role, users in session.execute(
            select(Role, counted.c.n)
            .outerjoin(counted, counted.c.role_id == Role.id)
            .where(Role.deleted_at.is_(None))
            .order_by(Role.built_in.desc(), Role.id)
        )
    ]


def branches(session: Session) -> list[dict[str, Any]]:
    """All branches by the keys of their fields, with id and version; the company first."""
    return [
        {key: getattr(branch, key) for key in BRANCH_KEYS}
        for branch in session.scalars(
            select(Branch)
            .where(Branch.deleted_at.is_(None))
            .order_by(Branch.parent_id.is_not(None), Branch.id)
        )
    ]


def open_sessions(session: Session) -> list[OpenSession]:
    """Who is connected now; empty without the right to end sessions."""
    return [
        OpenSession(
            row.pid,
            row.user_id,
            row.name,
            row.login,
            row.computer or "",
            row.address or "",
            row.since,
            row.last_asked,
            row.state or "",
            row.held_up,
            row.busy_since,
        )
        for row in session.execute(text("SELECT * FROM organisation.sessions()"))
    ]


def why_visible(session: Session, *, entity: str, record_id: int) -> list[str]:
    """Why the user sees a record, in words. NotAvailable if he does not."""
    found = session.scalar(select(func.app.why_visible(entity, bindparam("id", record_id, BigInteger))))
    return [in_words(reason) for reason in found or ()]


def who_sees(session: Session, *, entity: str, record_id: int) -> list[tuple[str, list[str]]]:
    """Everybody who sees a record, with the reasons in words. Needs the right to read the history."""
    found = session.scalar(select(func.app.who_sees(entity, bindparam("id", record_id, BigInteger))))
    return [
        (str(one["name"]), [in_words(reason, of_other=True) for reason in one["reasons"]])
        for one in found or ()
    ]


def owners_before(session: Session, *, entity: str, record_id: int) -> list[Mapping[str, Any]]:
    """Every change of owner of a record: at, by, from, to."""
    found = session.scalar(select(func.app.owners_before(entity, bindparam("id", record_id, BigInteger))))
    return [dict(one) for one in found or ()]


def in_words(reason: Mapping[str, Any], *, of_other: bool = False) -> str:
    """One reason of app.reasons as a sentence, about the reader or about somebody else."""
    match reason["reason"]:
        case "owner":
            return tr("Owns it.") if of_other else tr("It is yours.")
        case "doer":
            return tr("It is his task.") if of_other else tr("It is your task.")
        case "asker":
            return tr("It ships goods of his orders.") if of_other else tr("It ships goods of your orders.")
        case "superior":
            path = " → ".join(reason.get("path") or ())
            if of_other:
                return tr("Stands above {name}: {path}", name=reason["of"], path=path)
            return tr("You stand above {name}: {path}", name=reason["of"], path=path)
        case "keeper":
            return tr("Keeper of the warehouse {warehouse}.", warehouse=reason["warehouse"])
        case "share":
            return _share_in_words(reason)
        case "see_all":
            names = ", ".join(tr(role) for role in reason.get("roles") or ())
            return tr("The role {roles} sees all records of this area.", roles=names)
        case "service":
            section = tr(SECTIONS.get(reason.get("section") or "", ""))
            return tr("Customer service sees this section of every customer: {section}", section=section)
        case "everybody":
            return tr("Everybody with the right to view this kind of record sees it.")
    return str(reason["reason"])


def _share_in_words(reason: Mapping[str, Any]) -> str:
    by = reason.get("by") or tr("the system")
    said = (
        tr("Shared by {by} with the position {position}", by=by, position=reason["position"])
        if reason.get("position")
        else tr("Shared by {by}", by=by)
    )
    if reason.get("department"):
        said = tr("Shared by {by} with the department {department}", by=by, department=reason["department"])
    parts = [said, tr("to read and edit") if reason.get("can_edit") else tr("to read")]
    if reason.get("until"):
        parts.append(tr("until {day}", day=reason["until"]))
    return ", ".join(parts)


def notices(session: Session, *, limit: int = 100, older: bool = False) -> list[NoticeRow]:
    """What the user has not read yet, newest first; ``older`` with what he has read, unread ones first."""
    query = select(Notice).order_by(Notice.read_at.is_not(None), Notice.id.desc()).limit(limit)
    if not older:
        query = query.where(Notice.read_at.is_(None))
    return [
        NoticeRow(row.id, row.at, row.template, row.details, row.entity, row.record_id, row.read_at is None)
        for row in session.scalars(query)
    ]


def label_of(session: Session, entity: Entity, record_id: int) -> str:
    """What a record is called. NotAvailable if the user does not see it."""
    row = session.execute(select(entity.label).where(entity.model.__table__.c.id == record_id)).first()
    if row is None:
        raise NotAvailable(mark("That record is not available."))
    return str(row[0])


SAID_BY_THE_DATABASE = (
    mark("{by} shared {count} records with you."),
    mark("{by} shared {count} records with you, to read and edit."),
    mark("{by} gave {count} of your customers to {to}."),
    mark("{by} gave you {count} customers of {from}."),
    mark("{by} gave you the work of {from}."),
    mark("{by} made {kind} private again."),
    mark("{by} opened {kind} to everybody for reading."),
    mark("{by} opened {kind} to everybody for reading and editing."),
    mark("{by} changed what customer service sees of customers."),
    mark("{count} wrong passwords were tried for {name} on {computer}."),
    mark("This user has rights that you do not have, so you cannot change him."),
    mark("This user has rights that you do not have, so you cannot close him."),
    mark("This user has rights that you do not have, so you cannot reopen him."),
    mark("You may not log in from this place. Ask your administrator."),
    mark("You may not log in at this hour. Ask your administrator."),
    mark("The server lets you in over an encrypted connection only. Ask your administrator."),
)
"""Templates of notices and refusals that SQL hands on as arguments, where no collector of words finds them."""
