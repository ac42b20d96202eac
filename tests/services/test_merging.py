"""Two people's changes to one document, line by line (PLT-31)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.merging import Lines

LINES = Lines({"lines": "product"})


def line(product: int, quantity: int, price: int = 1) -> dict[str, Any]:
    return {"product": product, "quantity": quantity, "price": price}


def document(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**fields, "lines": list(lines)}


def merged(was: Any, mine: Any, theirs: Any, **chosen: Any) -> tuple[dict[str, Any], list[str]]:
    found = LINES.differences(was=was, mine=mine, theirs=theirs)
    clashing = [each.key for each in found if each.clash]
    return LINES.merged(mine=mine, theirs=theirs, found=found, chosen=chosen), clashing


def test_cells_of_one_line_are_kept_from_both() -> None:
    was = document(line(1, 10), line(2, 5))
    found, clashing = merged(was, document(line(1, 12), line(2, 5)), document(line(1, 10, 3), line(2, 5)))
    assert found == document(line(1, 12, 3), line(2, 5)) and clashing == []


def test_what_both_changed_is_chosen_and_the_rest_of_the_line_is_in_either() -> None:
    was, mine, theirs = document(line(1, 10)), document(line(1, 12, 7)), document(line(1, 11))
    found = LINES.differences(was=was, mine=mine, theirs=theirs)
    assert [(each.key, each.clash, each.mine, each.theirs) for each in found] == [
        ("lines/1", True, line(1, 12, 7), line(1, 11, 7))
    ]
    taken = LINES.merged(mine=mine, theirs=theirs, found=found, chosen={"lines/1": found[0].theirs})
    assert taken == document(line(1, 11, 7))
    later = LINES.before(was=was, theirs=theirs, found=found)
    again = LINES.differences(was=later, mine=document(line(1, 12, 7)), theirs=theirs)
    assert [each.clash for each in again] == [True], "it still waits for the choice"


def test_a_line_that_one_took_away_and_the_other_changed_is_asked() -> None:
    was = document(line(1, 10), line(2, 5))
    found, clashing = merged(was, document(line(2, 5)), document(line(1, 11), line(2, 5)))
    assert clashing == ["lines/1"] and found == document(line(2, 5)), "mine until it is chosen"


def test_the_same_product_twice_is_two_lines_and_new_ones_come_last() -> None:
    was = document(line(1, 10), line(1, 20))
    found, clashing = merged(
        was, document(line(3, 1), line(1, 10), line(1, 21)), document(line(1, 11), line(1, 20), line(2, 2))
    )
    assert clashing == []
    assert found == document(line(1, 11), line(1, 21), line(2, 2), line(3, 1))


def test_a_list_that_they_left_alone_stays_in_my_order() -> None:
    was = document(line(1, 1), line(2, 2), subject="a")
    mine = document(line(2, 2), line(1, 5), subject="a")
    found, clashing = merged(was, mine, document(line(1, 1), line(2, 2), subject="b"))
    assert clashing == [] and found == {**mine, "subject": "b"}


documents = st.fixed_dictionaries(
    {
        "subject": st.sampled_from("abc"),
        "lines": st.lists(
            st.builds(line, st.integers(1, 4), st.integers(1, 3), st.integers(1, 2)),
            max_size=4,
            unique_by=lambda one: one["product"],
        ),
    }
)


@pytest.mark.req("PLT-31")
@given(documents, documents, documents)
def test_nothing_that_only_one_changed_is_lost(was: Any, mine: Any, theirs: Any) -> None:
    found, _clashing = merged(was, mine, theirs)
    before, typed, now, after = (LINES.spread(each) for each in (was, mine, theirs, found))
    for key in {*before, *typed, *now}:
        if typed.get(key) == before.get(key):
            assert after.get(key) == now.get(key), "what only they changed"
        elif now.get(key) == before.get(key):
            assert after.get(key) == typed.get(key), "what only I changed"


@given(documents, documents)
def test_one_alone_has_it_as_he_left_it(was: Any, mine: Any) -> None:
    assert merged(was, mine, was)[0] == mine
    assert LINES.spread(merged(was, was, mine)[0]) == LINES.spread(mine)


@given(documents)
def test_spreading_and_gathering(values: Any) -> None:
    gathered = LINES.gather(LINES.spread(values))
    assert gathered == values
