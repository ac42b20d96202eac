"""Widths of columns that nobody has set: titles and chips are whole, and room that is left goes where words are cut."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from services.entity import Kind, Query
from services.language import tr, use_language
from tests.conftest import Company
from tests.services.test_listing import fill
from tests.widgets.base.test_list_page import opened, settle
from widgets.base.column_widths import WIDEST_TITLE, shared_room
from widgets.base.list_page import ListPage
from widgets.base.tasks import tasks

KEYS = st.sampled_from("abcdef")


@pytest.fixture(autouse=True)
def _calm(qtbot: QtBot) -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")
    qtbot.waitUntil(lambda: not tasks()._jobs, timeout=5000)


@given(
    widths=st.dictionaries(KEYS, st.integers(24, 400), min_size=1),
    needs=st.dictionaries(KEYS, st.integers(0, 600)),
    room=st.integers(-500, 3000),
)
def test_room_is_shared_and_never_more_than_there_is(
    widths: dict[str, int], needs: dict[str, int], room: int
) -> None:
    needs = {key: need for key, need in needs.items() if key in widths}
    wider = shared_room(widths, needs, room)
    given_ = {key: wider[key] - widths[key] for key in widths}
    assert all(more >= 0 for more in given_.values()) and sum(given_.values()) <= max(0, room)
    assert all(wider[key] <= max(widths[key], needs.get(key, 0)) for key in widths)
    lacking = sum(max(0, need - widths[key]) for key, need in needs.items())
    assert sum(given_.values()) == min(lacking, max(0, room))  # nothing is kept back


def title_room(page: ListPage, place: int) -> int:
    """Pixels that the title of a column is short of."""
    column = page.model.columns[place - 1]
    need = QFontMetrics(page.table.font()).horizontalAdvance(tr(column.title)) + 20
    return min(need, WIDEST_TITLE) - page.table.columnWidth(place)


@pytest.mark.req("PLT-13")
def test_titles_are_whole_in_both_languages(company: Company, qtbot: QtBot) -> None:
    fill(company.psql(), 10)
    page = opened(company, qtbot)
    chinese = {}
    for name in ("zh_CN", "en"):
        use_language(name)
        page.retranslate()
        page.columns_.fit()
        assert all(title_room(page, place) <= 0 for place in range(1, page.model.columnCount())), name
        chinese[name] = [page.table.columnWidth(place) for place in range(1, page.model.columnCount())]
    assert chinese["zh_CN"] != chinese["en"]


@pytest.mark.req("PLT-13")
def test_room_that_is_left_goes_to_names_that_are_cut_but_what_the_user_set_stays(
    company: Company, qtbot: QtBot
) -> None:
    company.psql().execute(
        "INSERT INTO customers.customer (name, owner_id) SELECT repeat('长名公司', 9) || n,"
        " (SELECT id FROM organisation.\"user\" WHERE login = 'lead1') FROM generate_series(1, 3) AS n"
    )
    page = opened(company, qtbot)
    place = next(n for n, column in enumerate(page.model.columns, 1) if column.key == "name")
    narrow = page.table.columnWidth(place)
    page.resize(3000, 700)
    qtbot.waitUntil(lambda: page.table.columnWidth(place) > narrow)
    need = QFontMetrics(page.table.font()).horizontalAdvance(page.model.rows[0].values[place - 1])
    assert page.table.columnWidth(place) >= need
    assert not page.state_._kept.get("widths")  # nobody chose this width
    page.resize(1200, 700)
    qtbot.waitUntil(lambda: page.table.columnWidth(place) == narrow)

    page.table.setColumnWidth(place, 111)  # as dragging does
    page.resize(3000, 700)
    settle(page, qtbot)
    assert page.table.columnWidth(place) == 111


def test_one_column_sorted_by_has_no_rank_beside_its_arrow(company: Company, qtbot: QtBot) -> None:
    page = opened(company, qtbot, query=Query("sales.order"))  # sorted by day, then by what is no column
    heads = [page.model.headerData(n, page.table.head.orientation()) for n in range(page.model.columnCount())]
    assert [text for text in heads if "▼" in text or "▲" in text] == ["Date ▼"]
    place = next(n for n, column in enumerate(page.model.columns, 1) if column.kind == Kind.AMOUNT)
    page.table.head.sort_asked.emit(place, True)
    settle(page, qtbot)
    heads = [page.model.headerData(n, page.table.head.orientation()) for n in range(page.model.columnCount())]
    assert {"Date ▼1", "Amount ▲2"} <= set(heads)
