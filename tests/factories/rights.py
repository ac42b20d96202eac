"""Rights beyond those that the built-in roles have, and who keeps which warehouse."""

from __future__ import annotations

from tests.conftest import Company


def give(company: Company, role: str, right: str) -> None:
    """An office whose ``role`` has ``right``, too."""
    company.psql().execute(
        "UPDATE organisation.role SET rights = rights || %(right)s::text"
        " WHERE code = %(role)s AND NOT %(right)s = ANY (rights)",
        {"role": role, "right": right},
    )


def take(company: Company, role: str, right: str) -> None:
    """An office whose ``role`` has not got ``right``."""
    company.psql().execute(
        "UPDATE organisation.role SET rights = array_remove(rights, %(right)s::text) WHERE code = %(role)s",
        {"role": role, "right": right},
    )


def keep(company: Company, login: str, *warehouses: int) -> None:
    """An office where ``login`` keeps these warehouses too; all of them where none is named."""
    company.psql().execute(
        "INSERT INTO stock.keeper (warehouse_id, user_id) SELECT w.id, u.id"
        ' FROM stock.warehouse w, organisation."user" u WHERE u.login = %(login)s'
        " AND (%(ids)s::bigint[] = '{}' OR w.id = ANY (%(ids)s)) ON CONFLICT DO NOTHING",
        {"login": login, "ids": list(warehouses)},
    )
