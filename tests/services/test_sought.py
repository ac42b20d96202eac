"""Search boxes name what quick search looks in: as many fields as the table's trigger and the searches through it."""

from __future__ import annotations

import re

import pytest

from services.entity import Entity
from tests.conftest import Company
from tests.factories.next_entity import EVERY

SCOPE = {"whose", "several", "where"}
SEARCHED = [entity for entity in EVERY if entity.searchable]


@pytest.mark.req("PLT-11")
@pytest.mark.parametrize("entity", SEARCHED, ids=[entity.key for entity in SEARCHED])
def test_the_search_box_names_what_is_searched(next_office: Company, entity: Entity) -> None:
    table = entity.model.__table__
    (definition,) = (
        row[0]
        for row in next_office.psql()
        .execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'fill_search' AND tgrelid = %s::regclass",
            [f'{table.schema}."{table.name}"'],
        )
        .fetchall()
    )
    pairs = re.findall(r"'([^']*)'", definition.partition("EXECUTE FUNCTION")[2])
    # whose a row is and where it lies narrow the search; nobody looks for them
    words = {column for column, kind in zip(pairs[::2], pairs[1::2], strict=True) if kind not in SCOPE}
    columns = {column.partition("|")[0] for column in words}
    columns = {column for column in columns if not column.startswith("custom_")}
    assert len(set(entity.sought)) == len(entity.sought)
    assert len(entity.sought) == len(columns) + len(entity.search_through), (entity.sought, columns)
