"""Rows that exchange a value which means one record, and rows below a refused one: dry run and run agree (PLT-19)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from services.importing.checking import Action, CheckResult
from services.importing.claims import in_turn
from services.importing.plan import Duplicates
from services.importing.running import Outcome, undo
from services.language import use_language
from tests.services.importing_files import Office, counts, table

GOODS = "products.product"
TITLES = ("编号", "品名", "条码", "备注")


@pytest.fixture(autouse=True)
def _english(_chinese: None) -> None:
    use_language("en")


@pytest.fixture
def shelf(buyer: Office) -> Office:
    """Five products P1 … P5 with the codes 1001 … 1005."""
    buyer.company.psql("buyer").execute(
        "INSERT INTO products.product (name, number, bar_code)"
        " SELECT '货' || n, 'P' || n, '100' || n FROM generate_series(1, 5) n"
    )
    return buyer


def codes(office: Office) -> dict[str, str]:
    return dict(office.rows("SELECT number, bar_code FROM products.product WHERE deleted_at IS NULL"))


def both(
    office: Office,
    folder: Path,
    *rows: Sequence[str],
    duplicates: Duplicates = Duplicates.UPDATE,
) -> tuple[CheckResult, Outcome]:
    """What the dry run says, and what the run does; they must name the same rows with the same words."""
    whole = [(*row, *("",) * (len(TITLES) - len(row))) for row in rows]
    source = table(folder, TITLES, *whole, name=f"{len(list(folder.iterdir()))}.csv")
    plan = office.plan(GOODS, source, duplicates=duplicates)
    foretold = office.check(source, plan)
    outcome = office.run(source, plan)
    words = {row: [str(reason) for reason in reasons] for row, reasons in foretold.rejects.items()}
    assert {row: [str(reason) for reason in found] for row, found in outcome.rejects.items()} == words
    done = (outcome.created, outcome.updated, outcome.skipped, outcome.rejected)
    assert done == tuple(
        foretold.counts[each] for each in (Action.CREATE, Action.UPDATE, Action.SKIP, Action.REJECT)
    )
    return foretold, outcome


@pytest.mark.req("PLT-19", "PRD-01")
def test_products_exchange_their_codes_and_get_them_back(shelf: Office, tmp_path: Path) -> None:
    before = codes(shelf)
    rows = [
        ("P1", "货1", "1002"),
        ("P2", "货2", "1001"),
        # three in a circle, and a new one that takes what they leave
        ("P6", "货6", "1003"),
        ("P3", "货3", "1004"),
        ("P4", "货4", "1005"),
        ("P5", "货5", "1007"),
    ]
    foretold, outcome = both(shelf, tmp_path, *rows)
    assert counts(foretold) == {"create": 1, "update": 5}
    assert codes(shelf) == {number: code for number, _name, code in rows}
    undo(shelf.database, outcome.import_id)
    assert codes(shelf) == before


@pytest.mark.req("PLT-19", "PRD-01")
def test_one_row_that_only_the_database_refuses_holds_up_no_other_exchange(
    shelf: Office, tmp_path: Path
) -> None:
    """The others are written in turn: who gives a code away before who takes it, a circle as a whole."""
    shelf.company.psql().execute(
        "ALTER TABLE products.product ADD CONSTRAINT no_seven CHECK (remark <> '七')"
    )
    source = table(
        tmp_path,
        TITLES,
        ("P1", "货1", "1002", "七"),
        ("P2", "货2", "1001", ""),
        ("P3", "货3", "1004", ""),
        ("P4", "货4", "1005", ""),
        ("P5", "货5", "1009", ""),
    )
    plan = shelf.plan(GOODS, source, duplicates=Duplicates.UPDATE)
    outcome = shelf.run(source, plan)
    assert (outcome.updated, outcome.rejected) == (3, 2)
    assert set(outcome.rejects) == {2, 3}
    assert all("Rows 2, 3 exchange values" in str(reason) for (reason,) in outcome.rejects.values())
    assert codes(shelf) == {"P1": "1001", "P2": "1002", "P3": "1004", "P4": "1005", "P5": "1009"}


@pytest.mark.req("PLT-19", "PRD-01")
def test_a_code_that_is_not_given_away_after_all_is_taken_by_nobody(shelf: Office, tmp_path: Path) -> None:
    shelf.company.psql("buyer").execute(
        "INSERT INTO products.product (name, bar_code) VALUES ('别的', '1099')"
    )
    foretold, _outcome = both(
        shelf,
        tmp_path,
        # P2 keeps what it has: the row above may not have it
        ("P1", "货1", "1002"),
        ("P2", "货二", "1002"),
        # P4 is refused what it wants, so it gives nothing to P3
        ("P3", "货3", "1004"),
        ("P4", "货4", "1099"),
        ("P5", "货5", "1010"),
    )
    assert counts(foretold) == {"update": 2, "reject": 3}
    assert codes(shelf)["P2"] == "1002" and codes(shelf)["P5"] == "1010"


@pytest.mark.req("PLT-19")
@pytest.mark.parametrize("duplicates", [Duplicates.SKIP, Duplicates.CREATE])
def test_a_row_below_a_refused_one_of_the_same_number_comes_in(
    shelf: Office, tmp_path: Path, duplicates: Duplicates
) -> None:
    """What was refused is not in the file: the next of that number is the first, and those below are like it."""
    foretold, _outcome = both(
        shelf,
        tmp_path,
        ("N1", "新货", "1001"),
        ("N1", "新货", "1099"),
        ("N1", "新货", "1098"),
        duplicates=duplicates,
    )
    left_out = Action.SKIP if duplicates is Duplicates.SKIP else Action.REJECT
    assert [row.action for row in foretold.rows] == [Action.REJECT, Action.CREATE, left_out]
    said = {row.number: str(row.reason) for row in foretold.rows if row.reason is not None}
    assert said == {4: "The same as row 3 of the file."}
    assert codes(shelf)["N1"] == "1099"


@pytest.mark.req("PLT-19")
def test_a_row_below_one_that_only_the_database_refuses(seller: Office, tmp_path: Path) -> None:
    """Of the same batch as well as of another one."""
    seller.company.psql().execute(
        "ALTER TABLE customers.customer ADD CONSTRAINT no_seven CHECK (remark <> '七')"
    )
    titles = ("客户名称", "编号", "备注")
    source = table(
        tmp_path,
        titles,
        ("甲公司", "A1", "七"),
        ("甲公司", "A1", "八"),
        ("甲公司", "A1", "九"),
        ("乙", "B1", ""),
    )
    outcome = seller.run(source, seller.plan("customers.customer", source))
    assert (outcome.created, outcome.skipped, set(outcome.rejects)) == (2, 1, {2})
    assert seller.rows("SELECT name, remark FROM customers.customer ORDER BY number") == [
        ("甲公司", "八"),
        ("乙", None),
    ]


@pytest.mark.req("PLT-19", "PRD-01")
def test_a_column_that_slipped_by_one_row(buyer: Office, tmp_path: Path) -> None:
    """Each product takes the code of the next; the last one keeps its own, so none of them is free. With one for the
    last they all go, over the bounds of what is written at once too."""
    many = 1_200
    buyer.company.psql("buyer").execute(
        "INSERT INTO products.product (name, number, bar_code)"
        f" SELECT '货' || n, 'P' || n, (100000 + n)::text FROM generate_series(1, {many}) n"
    )
    rows = [(f"P{n}", f"货{n}", str(100001 + n)) for n in range(1, many)]
    foretold, outcome = both(buyer, tmp_path, *rows, (f"P{many}", "最后", ""))
    assert (foretold.counts[Action.REJECT], outcome.updated) == (many - 1, 1)
    foretold, outcome = both(buyer, tmp_path, *rows, (f"P{many}", "最后", "999999"))
    assert (foretold.counts[Action.REJECT], outcome.updated) == (0, many)
    assert codes(buyer) == {number: code for number, _name, code in rows} | {f"P{many}": "999999"}


def test_the_turn_in_which_records_are_written() -> None:
    # 10 takes from 11, 11 from 12; 13 and 14 exchange; 15 takes from 13
    turns = in_turn([10, 11, 12, 15, 13, 14, None], [11, 12, None, 13, 14, 13, None])
    assert turns == [[2], [1], [0], [4, 5], [3], [6]]
    assert in_turn([], []) == []
    assert in_turn([1, 1], [None, 1]) == [[0], [1]]
