"""Which panels the workbench offers whom, and which of them a person wants in which order (WB-01, ORG-09)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.language import mark
from services.session import CurrentUser

PREFERENCE: Final = "workbench"


@dataclass(frozen=True, slots=True)
class PanelTitle:
    """One panel. ``title`` is a source string, ``right`` who may see it; one that ``reminds`` tells what waits."""

    key: str
    title: str
    right: str
    reminds: bool = False


PANELS: Final = {
    panel.key: panel
    for panel in (
        PanelTitle("month", mark("Performance of this month"), "sales.order.view"),
        PanelTitle("receivables", mark("Receivables to remind of"), "sales.order.view", True),
        PanelTitle("tasks", mark("Tasks of today"), "activities.task.view", True),
        PanelTitle("year", mark("Sales of this year"), "sales.order.view"),
        PanelTitle("ship", mark("Goods to ship"), "sales.order.view", True),
        PanelTitle("records", mark("Latest contact records"), "activities.record.view"),
        PanelTitle("warehouse", mark("Waiting in the warehouse"), "stock.issue.view", True),
        PanelTitle("stock", mark("Stock below its limit"), "stock.balance.view", True),
    )
}
"""All of them, in the order in which they stand at first."""


def offered(user: CurrentUser) -> list[str]:
    """Keys of the panels that ``user`` may see, in their first order."""
    return [key for key, panel in PANELS.items() if user.can(panel.right)]


def shown(kept: Any, user: CurrentUser) -> list[str]:
    """Keys of the panels to show, in order, by what was ``kept`` under PREFERENCE; new ones stand at the end."""
    may = offered(user)
    if not isinstance(kept, dict):
        return may
    order = [key for key in kept.get("shown", []) if key in may]
    known = {*kept.get("shown", []), *kept.get("closed", [])}
    return order + [key for key in may if key not in known]


def to_keep(wanted: Sequence[str], user: CurrentUser) -> dict[str, list[str]]:
    """What is kept of ``wanted``: what is closed is named too, so that panels of a later version appear."""
    return {"shown": list(wanted), "closed": [key for key in offered(user) if key not in wanted]}
