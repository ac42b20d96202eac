"""Numbers that customers and goods get by themselves."""

from __future__ import annotations

import pytest

from tests.conftest import Company


@pytest.mark.req("CUS-01")
@pytest.mark.parametrize(("table", "first"), [("customers.customer", "C"), ("products.product", "P")])
def test_the_millionth_has_a_number_of_its_own(company: Company, table: str, first: str) -> None:
    """Six digits are the least, not the most: cut off, 1000037 would be number 100003 again."""
    admin, boss = company.psql(), company.psql("boss")
    for id_, number in (
        (42, f"{first}-000042"),
        (100_003, f"{first}-100003"),
        (1_000_037, f"{first}-1000037"),
    ):
        admin.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {id_}, false)")
        made = boss.execute(f"INSERT INTO {table} (name) VALUES (%s) RETURNING number", (f"重庆{id_}",))
        assert made.fetchone() == (number,)
