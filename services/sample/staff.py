"""The people of the sample company: branches, the tree of positions, users with their roles, keepers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from services.passwords import scram_verifier


@dataclass(frozen=True, slots=True)
class Person:
    """One login. ``position`` is a key of POSITIONS, ``branch`` an index of BRANCHES."""

    login: str
    name: str
    position: str
    roles: tuple[str, ...]
    branch: int = 0
    mobile: str = ""


BRANCHES: Final = (
    ("上饶市信成阀门管件有限公司", "上饶总店", "江西省上饶市信州区五三大道128号", "0793-8226618"),
    ("信成阀门管件重庆分公司", "重庆分店", "重庆市九龙坡区石坪桥横街69号", "023-68651208"),
)
"""Name, short name, address, phone; the first is the company."""

POSITIONS: Final = (
    ("boss", "总经理", None),
    ("director", "销售总监", "boss"),
    ("lead1", "销售一部经理", "director"),
    ("lead2", "销售二部经理", "director"),
    ("sales1", "销售一部业务员", "lead1"),
    ("sales2", "销售二部业务员", "lead2"),
    ("stock", "仓储主管", "boss"),
    ("keeper", "仓库管理员", "stock"),
    ("finance", "财务主管", "boss"),
    ("cashier", "收银员", "finance"),
    ("buyer", "采购员", "boss"),
    ("service", "客服专员", "boss"),
    ("admin", "系统管理员", "boss"),
)
"""Key, name, key of the superior position."""

PEOPLE: Final = (
    Person("boss", "王振国", "boss", ("boss",), mobile="13907930001"),
    Person("manager", "单慧敏", "director", ("sales_manager",), mobile="13907930002"),
    Person("lead1", "曾建平", "lead1", ("sales_manager",), mobile="13907930003"),
    Person("lead2", "仇丽华", "lead2", ("sales_manager",), 1, "13908310004"),
    Person("sales1", "李强", "sales1", ("sales",), mobile="13907930011"),
    Person("sales2", "赵琳", "sales1", ("sales",), mobile="13907930012"),
    Person("sales3", "周小燕", "sales1", ("sales",), mobile="13907930013"),
    Person("sales4", "尉迟明", "sales1", ("sales",), mobile="13907930014"),
    Person("sales5", "陈思远", "sales2", ("sales",), 1, "13908310015"),
    Person("sales6", "覃秀英", "sales2", ("sales",), 1, "13908310016"),
    Person("sales7", "朴成哲", "sales2", ("sales",), 1, "13908310017"),
    Person("sales8", "解晓峰", "sales2", ("sales",), 1, "13908310018"),
    Person("keeper1", "刘大勇", "keeper", ("keeper",), mobile="13907930021"),
    Person("keeper2", "冯志军", "keeper", ("keeper",), 1, "13908310022"),
    Person("cashier1", "何静", "cashier", ("cashier",), mobile="13907930031"),
    Person("cashier2", "马兰", "cashier", ("cashier",), 1, "13908310032"),
    Person("buyer", "吴国栋", "buyer", ("buyer",), mobile="13907930041"),
    Person("service1", "孙婷", "service", ("service",), mobile="13907930051"),
    Person("accountant", "黄雅琴", "finance", ("accountant",), mobile="13907930061"),
    Person("admin", "郑凯", "admin", ("administrator",), mobile="13907930071"),
)
"""``lead1`` stands above ``sales1`` to ``sales4``, ``lead2`` above the others."""

WAREHOUSES: Final = (
    ("上饶主仓", 0, ("keeper1",)),
    ("重庆分仓", 1, ("keeper2",)),
    ("总店门店仓", 0, ("keeper1", "cashier1")),
)
"""Name, branch, logins of its keepers."""

ACCOUNTS: Final = (
    ("工商银行基本户", "bank", 0),
    ("总店现金", "cash", 0),
    ("支付宝", "alipay", 0),
    ("微信收款", "wechat", 0),
    ("重庆分店现金", "cash", 1),
)

PRICE_LEVELS: Final = ("报价", "成交价", "VIP价", "批发价")


def hire(connection: Connection, password: str) -> dict[str, int]:
    """Make branches, positions, logins, warehouses, accounts and price levels; the ids of the users by login.

    ``connection`` is the superuser's. All logins get ``password``.
    """
    branches = [
        connection.scalar(
            text(
                "INSERT INTO organisation.branch (name, short_name, address, phone, parent_id)"
                " VALUES (:name, :short, :address, :phone,"
                " (SELECT id FROM organisation.branch WHERE parent_id IS NULL)) RETURNING id"
            ),
            {"name": name, "short": short, "address": address, "phone": phone},
        )
        for name, short, address, phone in BRANCHES
    ]
    positions: dict[str, int] = {}
    for key, name, above in POSITIONS:
        positions[key] = connection.execute(
            text("INSERT INTO organisation.position (name, parent_id) VALUES (:name, :above) RETURNING id"),
            {"name": name, "above": positions[above] if above else None},
        ).scalar_one()
    users = {}
    for person in PEOPLE:
        connection.execute(
            text("SELECT app.make_login(:login, :verifier)"),
            {"login": person.login, "verifier": scram_verifier(password)},
        )
        users[person.login] = connection.execute(
            text(
                'INSERT INTO organisation."user" (login, name, position_id, branch_id, phone)'
                " VALUES (:login, :name, :position, :branch, :phone) RETURNING id"
            ),
            {
                "login": person.login,
                "name": person.name,
                "position": positions[person.position],
                "branch": branches[person.branch],
                "phone": person.mobile,
            },
        ).scalar_one()
    connection.execute(
        text(
            "INSERT INTO organisation.user_role (user_id, role_id)"
            " SELECT u.id, r.id FROM unnest(CAST(:logins AS text[]), CAST(:roles AS text[])) x(login, role)"
            ' JOIN organisation."user" u ON u.login = x.login JOIN organisation.role r ON r.code = x.role'
        ),
        {
            "logins": [person.login for person in PEOPLE for _ in person.roles],
            "roles": [role for person in PEOPLE for role in person.roles],
        },
    )
    _furnish(connection, [int(branch or 0) for branch in branches], users)
    return users


def _furnish(connection: Connection, branches: list[int], users: dict[str, int]) -> None:
    for name, branch, keepers in WAREHOUSES:
        warehouse = connection.scalar(
            text("INSERT INTO stock.warehouse (name, branch_id) VALUES (:name, :branch) RETURNING id"),
            {"name": name, "branch": branches[branch]},
        )
        connection.execute(
            text("INSERT INTO stock.keeper (warehouse_id, user_id) VALUES (:warehouse, :user)"),
            [{"warehouse": warehouse, "user": users[login]} for login in keepers],
        )
    for position, (name, kind, branch) in enumerate(ACCOUNTS):
        connection.execute(
            text(
                "INSERT INTO finance.account (name, kind, branch_id, position)"
                " VALUES (:name, :kind, :branch, :position)"
            ),
            {"name": name, "kind": kind, "branch": branches[branch], "position": position},
        )
    for position, name in enumerate(PRICE_LEVELS):
        connection.execute(
            text("INSERT INTO products.price_level (name, position) VALUES (:name, :position)"),
            {"name": name, "position": position},
        )
