"""Writing people, positions, roles and branches. Every one is a function of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from time import monotonic
from typing import Any, Final

from sqlalchemy import func, select, text

from services.commands import Changes, Work
from services.database import Database
from services.errors import Conflict, NotAvailable, Refused
from services.language import mark
from services.passwords import check_strength, scram_verifier

USER: Final = "organisation.user"
PUT_OUT_WITHIN: Final = 5.0
"""Seconds after which ending the sessions of a closed user is given up; it takes a fraction of one."""


def add_user(
    work: Work,
    *,
    login: str,
    password: str,
    name: str,
    position_id: int,
    branch_id: int | None,
    roles: Sequence[str],
    phone: str = "",
    email: str = "",
    networks: Sequence[str] = (),
    hours: tuple[time, time] | None = None,
) -> Changes:
    """Make a user with a login of his own. ``roles`` are codes; nobody gives rights that he lacks. From where and
    when he may work (``change_user``) holds from his first login.

    The password is judged and turned into a SCRAM verifier here: it never leaves this PC.
    """
    check_strength(password, login=login)
    start, end = hours or (None, None)
    added = work.session.scalar(
        select(
            func.organisation.add_user(
                login,
                scram_verifier(password),
                name,
                position_id,
                branch_id,
                list(roles),
                phone or None,
                email or None,
                [network.strip() for network in networks if network.strip()],
                start,
                end,
            )
        )
    )
    return Changes({USER: (int(added or 0),)})


def change_user(
    work: Work,
    *,
    user_id: int,
    version: int,
    name: str,
    position_id: int,
    branch_id: int | None,
    roles: Sequence[str],
    phone: str = "",
    email: str = "",
    networks: Sequence[str] = (),
    hours: tuple[time, time] | None = None,
) -> Changes:
    """Change a user as a whole: his data, his roles, where (``192.168.1.0/24``) and when (China time) he may work
    (ORG-08; nothing given means everywhere, always). Conflict when somebody else was faster."""
    start, end = hours or (None, None)
    changed = work.session.scalar(
        select(
            func.organisation.change_user(
                user_id,
                version,
                name,
                phone or None,
                email or None,
                position_id,
                branch_id,
                list(roles),
                [network.strip() for network in networks if network.strip()],
                start,
                end,
            )
        )
    )
    if changed is None:
        current = (
            work.session.execute(
                text(
                    "SELECT version, name, phone, email, position_id, branch_id"
                    ' FROM organisation."user" WHERE id = :id'
                ),
                {"id": user_id},
            )
            .mappings()
            .first()
        )
        if current is None:
            raise NotAvailable(mark("That record is not available."))
        raise Conflict(
            mark("Somebody else has changed this record since you opened it."),
            current=dict(current),
            version=current["version"],
        )
    return Changes({USER: (user_id,)}, {"version": changed})


def close_user(work: Work, *, user_id: int) -> Changes:
    """Take a login away: it sees nothing from now on. ``put_out`` also ends what it has open."""
    work.session.execute(select(func.organisation.close_user(user_id)))
    return Changes({USER: (user_id,)})


def end_sessions(work: Work, *, user_id: int) -> Changes:
    """End every connection of a user; ``result["ended"]`` says how many there were."""
    ended = work.session.scalar(select(func.organisation.end_sessions(user_id)))
    return Changes({USER: (user_id,)}, {"ended": ended})


def put_out(database: Database, *, user_id: int) -> Changes:
    """Close a user and end his connections on every PC until none is left; running transactions roll back.

    First the closing is committed, so that whoever is thrown out cannot come back. Takes about 0.2 s; Refused
    when connections are still there after PUT_OUT_WITHIN.
    """
    changes = database.write(close_user, user_id=user_id)
    until = monotonic() + PUT_OUT_WITHIN
    while database.write(end_sessions, user_id=user_id).result["ended"]:
        if monotonic() > until:
            raise Refused(mark("The login is closed, but a connection of it could not be ended. Try again."))
    return changes


def reopen_user(work: Work, *, user_id: int) -> Changes:
    """Let a closed user in again, with his old password and roles."""
    work.session.execute(select(func.organisation.reopen_user(user_id)))
    return Changes({USER: (user_id,)})


def set_password(work: Work, *, user_id: int, login: str, password: str) -> Changes:
    """Set a password: one's own, or with the right anybody's who has no greater rights."""
    check_strength(password, login=login)
    work.session.execute(select(func.organisation.set_password(login, scram_verifier(password))))
    return Changes({USER: (user_id,)})


def change_own(work: Work, *, phone: str, email: str) -> Changes:
    """One's own phone and e-mail."""
    return work.post("organisation.change_own", phone=phone, email=email)


def set_photo(work: Work, *, user_id: int, attachment_id: int | None) -> Changes:
    """The photo of a user: one's own, or anybody's with the right to edit users. None takes it away."""
    return work.post("organisation.set_photo", user_id=user_id, attachment_id=attachment_id)


def set_logo(work: Work, *, branch_id: int, attachment_id: int | None) -> Changes:
    """The logo that is printed at the head of a branch's documents. None takes it away."""
    return work.post("organisation.set_logo", branch_id=branch_id, attachment_id=attachment_id)


def end_session(work: Work, *, pid: int) -> Changes:
    """End one connection; its client comes back unless its user is closed."""
    return work.post("organisation.end_session", pid=pid)


def report_failures(work: Work, *, computer: str, attempts: Sequence[tuple[datetime, str, str]]) -> Changes:
    """Note attempts that failed on this PC before, whoever made them: when, with which login, and why (``password`` or
    ``closed``)."""
    return work.post(
        "organisation.report_failures",
        computer=computer,
        attempts=[{"at": at, "login": login, "reason": reason} for at, login, reason in attempts],
    )


def save_position(
    work: Work,
    *,
    name: str,
    department: str = "",
    position_id: int | None = None,
    version: int | None = None,
    parent_id: int | None = None,
) -> Changes:
    """Make a position below ``parent_id``, or change one that is still at ``version``; without ``parent_id`` it stays
    where it stands."""
    return work.post(
        "organisation.save_position",
        id=position_id,
        version=version,
        name=name,
        department=department,
        parent_id=parent_id,
    )


def move_department(work: Work, *, department: str, under: str) -> Changes:
    """Put a department with everything below it under another one, at once for everybody.

    ``result["under"]``: id of the position below which its heads stand now.
    """
    return work.post("organisation.move_department", department=department, under=under)


def rename_department(work: Work, *, department: str, name: str) -> Changes:
    """Call a department otherwise; what is shared with it follows."""
    return work.post("organisation.rename_department", department=department, name=name)


def move_position(work: Work, *, position_id: int, parent_id: int | None) -> Changes:
    """Put a position, with all below it, under another; who sees what follows at once."""
    return work.post("organisation.move_position", id=position_id, parent_id=parent_id)


def undo_moves(work: Work, *, moves: Sequence[tuple[int, int | None, int | None]]) -> Changes:
    """Take moves of positions back, all or none: (position, what stood above it, below what it was put).

    Refused when somebody else has moved one of them since.
    """
    return work.post("organisation.undo_moves", moves=[list(move) for move in moves])


def save_role(
    work: Work,
    *,
    name: str,
    rights: Sequence[str],
    role_id: int | None = None,
    version: int | None = None,
) -> Changes:
    """Make a role, or change one that is still at ``version``."""
    return work.post(
        "organisation.save_role", id=role_id, version=version, name=name, rights=sorted(set(rights))
    )


def save_branch(
    work: Work, *, values: Mapping[str, Any], branch_id: int | None = None, version: int | None = None
) -> Changes:
    """Make a branch, or change one that is still at ``version``; ``values`` by the keys of its fields."""
    return work.post("organisation.save_branch", **{**values, "id": branch_id, "version": version})


def read_notices(work: Work, *, ids: Sequence[int]) -> Changes:
    """Mark notices as read."""
    return work.post("organisation.read_notices", ids=ids)
