"""The sample company's own fields (PLT-38): three of customers, one of products, and what records hold in them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

_TRADES: Final = (
    ("wholesale", "批发", "Wholesale", "#2563eb"),
    ("retail", "门店零售", "Shops", "#16a34a"),
    ("online", "电商", "Online", "#7c3aed"),
    ("catering", "餐饮渠道", "Catering", "#ea580c"),
    ("export", "出口", "Export", "#0891b2"),
)
_HOBBIES: Final = ("钓鱼", "围棋", "羽毛球", "品茶", "书法", "摄影", "登山", "收藏紫砂壶")
_ORIGINS: Final = ("浙江义乌", "广东东莞", "江苏苏州", "福建泉州", "山东临沂", "重庆", "河北保定")
_KIND: Final = "customers_customer_custom_3"
"""The list of choices that the third field of customers makes of its own."""
_FIELDS: Final = (
    ("customers.customer", "员工人数", "number", None, False),
    ("customers.customer", "老板爱好", "text", "商务情况", True),
    ("customers.customer", "经营渠道", "choices", "商务情况", False),
    ("products.product", "产地", "text", None, True),
)
CUSTOMER_COLUMNS: Final = ("custom_1", "custom_2", "custom_3")
PRODUCT_COLUMNS: Final = ("custom_1",)


def define_own_fields(connection: Connection) -> None:
    """Make the fields, as the boss would, in a company that has none yet."""
    for entity, title, kind, group, searched in _FIELDS:
        connection.execute(
            text(
                "INSERT INTO system.custom_field (entity, title, kind, group_title, searched)"
                " VALUES (:entity, :title, :kind, :group, :searched)"
            ),
            {"entity": entity, "title": title, "kind": kind, "group": group, "searched": searched},
        )
    for position, (code, zh, en, colour) in enumerate(_TRADES, 1):
        connection.execute(
            text(
                "INSERT INTO system.choice (key, kind, zh, en, colour, position)"
                " VALUES (:key, :kind, :zh, :en, :colour, :position)"
            ),
            {
                "key": f"{_KIND}.{code}",
                "kind": _KIND,
                "zh": zh,
                "en": en,
                "colour": colour,
                "position": position,
            },
        )


def customer_values(seed: int, ordinal: int, *, company: bool) -> tuple[str | None, str | None, str | None]:
    """What a customer holds in CUSTOMER_COLUMNS, as COPY writes it. A number from a multiplication instead of a
    generator of random numbers: a million of those would take ten seconds to set up."""
    n = (ordinal * 2654435761 + seed * 40503) >> 7 & 0xFFFFFF
    if not company or n % 5 == 0:
        return None, None, None
    staff = (8, 15, 30, 45, 60, 120, 260, 800)[n % 8] + n % 7
    hobby = _HOBBIES[n // 8 % len(_HOBBIES)] if n % 3 else None
    held = [code for place, (code, *_names) in enumerate(_TRADES) if n >> (place + 3) & 1]
    trades = "{" + ",".join(f"{_KIND}.{code}" for code in held) + "}" if held else None
    return str(staff), hobby, trades


def product_values(seed: int, ordinal: int) -> tuple[str]:
    """What a product holds in PRODUCT_COLUMNS."""
    return (_ORIGINS[(ordinal * 7 + seed) % len(_ORIGINS)],)
