"""Where the boxes of a tree diagram stand: children centred below their parent, no two boxes overlapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def lay_out(
    children: Mapping[int | None, Sequence[int]],
    heights: Mapping[int, float],
    *,
    width: float,
    gap: float,
    level_gap: float,
) -> dict[int, tuple[float, float]]:
    """{id: (left, top)} of every box below ``None``. All boxes have one ``width``, levels one height each.

    A subtree takes as much room as its leaves need; levels are as high as their highest box.
    """
    levels: dict[int, int] = {}
    order: list[int] = []

    def note(node: int, level: int) -> None:
        levels[node] = level
        order.append(node)
        for child in children.get(node, ()):
            note(child, level + 1)

    for root in children.get(None, ()):
        note(root, 0)
    tops: list[float] = [0.0]
    for level in range(max(levels.values(), default=0) + 1):
        highest = max((heights[node] for node in order if levels[node] == level), default=0.0)
        tops.append(tops[-1] + highest + level_gap)
    places: dict[int, tuple[float, float]] = {}
    free = 0.0

    def place(node: int) -> float:
        nonlocal free
        below = [place(child) for child in children.get(node, ())]
        if below:
            left = (below[0] + below[-1]) / 2
        else:
            left = free
            free += width + gap
        places[node] = (left, tops[levels[node]])
        return left

    for root in children.get(None, ()):
        place(root)
    return places
