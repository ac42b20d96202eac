"""Python and PostgreSQL agree on every line: the formulas of services/sales/arithmetic.py in SQL."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

import psycopg
import pytest

from services.money import Precision
from services.sales.arithmetic import edited, line
from tests.conftest import Company

SQL = """
SELECT count(*), count(*) FILTER (WHERE made.gross <> given.gross),
       count(*) FILTER (WHERE tax <> given.given_tax),
       count(*) FILTER (WHERE price <> given.given_price)
FROM given,
LATERAL (SELECT round(quantity * tax_price * discount * 0.01, 2) AS gross) AS made,
LATERAL (SELECT round(made.gross * rate * 1.000000000000 / (100 + rate), 2) AS tax,
                round(tax_price * 100 * 1.000000000000 / (100 + rate), 2) AS price) AS rest
"""


@pytest.fixture
def connection(office: Company) -> Iterator[psycopg.Connection[Any]]:
    with office.psql() as opened:
        yield opened


@pytest.mark.req("SAL-05")
def test_the_database_recalculates_every_line_to_the_cent(connection: psycopg.Connection[Any]) -> None:
    connection.execute(
        "CREATE TEMP TABLE given (quantity numeric(16, 6), tax_price numeric(24, 12), discount numeric(5, 2),"
        " rate numeric(5, 2), gross numeric(15, 2), given_tax numeric(15, 2), given_price numeric(20, 6))"
    )
    random, precision = Random(20), Precision(price=2, quantity=6)
    with connection.cursor().copy("COPY given FROM STDIN") as copy:
        for number in range(20_000):
            digits = random.randint(1, 13)
            size = random.randrange(1, 10 ** random.randint(1, min(11, 20 - digits)))
            made = line(
                quantity=Decimal(random.choice((1, -1)) * size) / 10**6,
                tax_price=Decimal(random.randrange(10**digits)) / 100,
                discount=Decimal(random.choice((10000, 9500, 9850, 3333, 1))) / 100,
                rate=Decimal(random.choice((0, 100, 300, 600, 900, 1300, 1650))) / 100,
                precision=precision,
            )
            if number % 3 == 0 and abs(made.quantity) >= 1 and made.discount >= 1:
                total = Decimal(random.randrange(1, 10 ** random.randint(1, 10))) / 100
                made = edited(made, "total", total, precision)
            elif number % 3 == 1:
                made = edited(made, "price", Decimal(random.randrange(10**8)) / 100, precision)
            copy.write_row(
                (
                    made.quantity,
                    made.tax_price,
                    made.discount,
                    made.rate,
                    made.total,
                    made.amounts.tax,
                    made.price,
                )
            )
    assert connection.execute(SQL).fetchone() == (20_000, 0, 0, 0)
