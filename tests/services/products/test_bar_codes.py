"""One bar code, one product: its own code, further ones and those of its packs, however they are written (PRD-01)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from services.errors import Invalid, Refused
from services.importing.running import undo
from services.language import use_language
from services.products.entities import PRODUCT
from services.products.queries import find_products
from services.records import create, recycle, restore
from tests.conftest import Company
from tests.factories.rights import take
from tests.factories.shop import PRODUCTS, Shop, open_shop, save_lists
from tests.services.importing_files import Duplicates, Office, counts, table

BALL, FLANGE = PRODUCTS[0][4], PRODUCTS[1][4]
"""Bar codes of the first two products of the shop."""


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh_CN")


@pytest.fixture
def shop(company: Company) -> Shop:
    return open_shop(company)


def refused(connection: psycopg.Connection[Any], statement: str, *values: object) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as error, connection.transaction():
        connection.execute(statement, values)
    assert error.value.sqlstate == "SK001", error.value
    return error.value


SET = "UPDATE products.product SET bar_code = %s WHERE id = %s"


@pytest.mark.req("PRD-01", "ORG-20")
def test_psql_gives_no_code_twice(company: Company, shop: Shop) -> None:
    save_lists(
        company.as_("buyer"),
        product_id=shop.products[0],
        packs=[{"name": "箱", "factor": 12, "bar_code": "16901028062319"}],
        bar_codes=[{"code": "KS-7788"}],
    )
    psql = company.psql("buyer")
    # another one's own, its pack's, its further one; as a scanner in full width or another case would send it
    for taken in (BALL, "16901028062319", "KS-7788", "ks7788", "６９０１２３４５０００１８"):
        error = refused(psql, SET, taken, shop.products[1])
        assert error.diag.message_primary == "The bar code {code} belongs to {product}."
        assert "不锈钢球阀 DN50" in (error.diag.message_detail or "") and error.diag.column_name == "bar_code"
        insert = "INSERT INTO products.product (name, bar_code) VALUES ('新品', %s)"
        refused(psql, insert, taken)
    # one of its own lists, and two new ones at once
    error = refused(psql, SET, "KS-7788", shop.products[0])
    assert error.diag.message_primary == "The bar code {code} stands there twice."
    both = "INSERT INTO products.product (name, bar_code) VALUES ('甲', '6999'), ('乙', '6999')"
    refused(psql, both)
    # two that change theirs for one another are no two with one
    psql.execute(
        "UPDATE products.product SET bar_code = CASE id WHEN %s THEN %s ELSE %s END WHERE id IN (%s, %s)",
        (shop.products[0], FLANGE, BALL, shop.products[0], shop.products[1]),
    )
    psql.execute(SET, (" ", shop.products[1]))
    psql.execute(SET, (BALL, shop.products[2]))
    assert psql.execute(
        "SELECT bar_code FROM products.product WHERE id = %s", (shop.products[1],)
    ).fetchone() == (None,)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        psql.execute("DELETE FROM products.code")


@pytest.mark.req("PRD-01")
def test_further_codes_are_nobody_elses(company: Company, shop: Shop) -> None:
    buyer = company.as_("buyer")
    for lists in (
        {"bar_codes": [{"code": BALL}]},
        {"packs": [{"name": "箱", "factor": 12, "bar_code": BALL}]},
    ):
        with pytest.raises(Refused, match="belongs to 不锈钢球阀 DN50"):
            save_lists(buyer, product_id=shop.products[1], **lists)
    # one code may not mean a piece and a box of it
    with pytest.raises(Refused, match="stands there twice"):
        save_lists(buyer, product_id=shop.products[0], packs=[{"name": "箱", "factor": 12, "bar_code": BALL}])
    save_lists(buyer, product_id=shop.products[1], bar_codes=[{"code": "690002"}])
    save_lists(
        buyer,
        product_id=shop.products[1],
        bar_codes=[],
        packs=[{"name": "箱", "factor": 2, "bar_code": "690002"}],
    )
    save_lists(buyer, product_id=shop.products[1], packs=[])
    save_lists(buyer, product_id=shop.products[2], bar_codes=[{"code": "690002"}])
    with buyer.read_session() as session:
        assert [hit.id for hit in find_products(session, "690002")] == [shop.products[2]]
        assert [hit.id for hit in find_products(session, BALL)] == [shop.products[0]]


@pytest.mark.req("PRD-01")
def test_the_form_says_whose_it_is_at_the_field(company: Company, shop: Shop) -> None:
    buyer = company.as_("buyer")
    with pytest.raises(Invalid, match="belongs to 法兰 DN50 PN16") as wrong:
        buyer.write(create, entity=PRODUCT, values={"name": "新品", "bar_code": FLANGE})
    assert wrong.value.field == "bar_code"


@pytest.mark.req("PRD-01")
def test_the_recycle_bin_gives_codes_free(company: Company, shop: Shop) -> None:
    buyer = company.as_("buyer")
    made = buyer.write(create, entity=PRODUCT, values={"name": "样品", "bar_code": "690001"}).id
    gone = buyer.write(recycle, entity=PRODUCT, ids=[made])
    other = buyer.write(create, entity=PRODUCT, values={"name": "另一样品", "bar_code": "690001"}).id
    deletion = (
        company.psql().execute("SELECT deletion_id FROM products.product WHERE id = %s", (made,)).fetchone()
    )
    assert gone and deletion is not None
    with pytest.raises((Refused, Invalid), match="belongs to 另一样品"):
        buyer.write(restore, entity=PRODUCT, deletions=[deletion[0]])
    buyer.write(recycle, entity=PRODUCT, ids=[other])
    buyer.write(restore, entity=PRODUCT, deletions=[deletion[0]])


@pytest.mark.req("PRD-01")
def test_two_at_once_get_one_product_with_the_code(company: Company, shop: Shop) -> None:
    first, second = company.psql("buyer"), company.psql("boss")
    insert = "INSERT INTO products.product (name, bar_code) VALUES (%s, '690003')"
    first.autocommit = False
    first.execute(insert, ("甲",))
    answers: list[str] = []

    def other() -> None:
        try:
            second.execute(insert, ("乙",))
        except psycopg.Error as error:
            answers.append(str(error.diag.message_primary))
        else:
            answers.append("taken")

    thread = threading.Thread(target=other)
    thread.start()
    thread.join(0.5)
    assert thread.is_alive() and answers == []
    first.commit()
    thread.join(20)
    assert answers == ["The bar code {code} belongs to {product}."]


@pytest.mark.req("PRD-01", "PRD-04", "PLT-19")
def test_an_import_refuses_at_its_row_and_its_undo_too(company: Company, shop: Shop, tmp_path: Path) -> None:
    buyer = Office.of(company, "buyer")
    titles = ("编号", "品名", "条码")
    rows = [("X1", "甲", "690011"), ("X2", "乙", BALL), ("X3", "丙", "690011"), ("X4", "丁", "690014")]
    source = table(tmp_path, titles, *rows)
    plan = buyer.plan("products.product", source)
    foretold = buyer.check(source, plan)
    told = {
        3: f"The bar code {BALL} belongs to 不锈钢球阀 DN50.",
        4: "690011 stands in row 2 of the file already.",
    }
    assert counts(foretold) == {"create": 2, "reject": 2}
    assert {row.number: str(row.problems["bar_code"]) for row in foretold.rows if row.problems} == told
    outcome = buyer.run(source, plan)
    assert (outcome.created, outcome.rejected) == (2, 2)
    assert {row: str(reason) for row, (reason,) in outcome.rejects.items()} == told
    again = table(tmp_path, titles, ("X1", "甲", "690021"), ("X4", "丁", "690011"), name="again.csv")
    plan = buyer.plan("products.product", again, duplicates=Duplicates.UPDATE)
    # what the same file gives free may be had
    assert counts(buyer.check(again, plan)) == {"update": 2}
    second = buyer.run(again, plan)
    assert (second.updated, second.rejected) == (2, 0)
    # what the import gave back was taken meanwhile
    company.psql("buyer").execute("INSERT INTO products.product (name, bar_code) VALUES ('戊', '690014')")
    with pytest.raises((Refused, Invalid), match="belongs to 戊"):
        undo(buyer.database, second.import_id)


@pytest.mark.req("PRD-01", "PLT-19")
def test_codes_of_its_own_lists_and_rows_of_one_product_are_foretold(
    company: Company, shop: Shop, tmp_path: Path
) -> None:
    buyer = Office.of(company, "buyer")
    save_lists(buyer.database, product_id=shop.products[0], bar_codes=[{"code": "KS-7788"}])
    (number,) = buyer.rows("SELECT number FROM products.product WHERE id = %s", shop.products[0])[0]
    titles = ("编号", "品名", "条码")
    own = table(tmp_path, titles, (number, "不锈钢球阀", "ks7788"))
    plan = buyer.plan("products.product", own, duplicates=Duplicates.UPDATE)
    assert [str(row.problems["bar_code"]) for row in buyer.check(own, plan).rows] == [
        "The bar code ks7788 stands there twice."
    ]
    # one product in two rows has its code in both
    twice = table(tmp_path, titles, ("Y1", "甲", "690031"), ("Y1", "甲", "690031"), name="twice.csv")
    plan = buyer.plan("products.product", twice, duplicates=Duplicates.UPDATE)
    assert counts(buyer.check(twice, plan)) == {"create": 1, "update": 1}
    outcome = buyer.run(twice, plan)
    assert (outcome.created, outcome.rejected, outcome.skipped) == (1, 0, 1)


@pytest.mark.req("PRD-01", "ORG-20")
def test_whose_a_hidden_products_code_is_stays_untold(company: Company, shop: Shop, tmp_path: Path) -> None:
    buyer = Office.of(company, "buyer")
    source = table(tmp_path, ("编号", "品名", "条码"), ("Z1", "新品", BALL))
    plan = buyer.plan("products.product", source)
    take(company, "buyer", "products.product.view")
    said = f"The bar code {BALL} belongs to another product."
    error = refused(
        company.psql("buyer"), "INSERT INTO products.product (name, bar_code) VALUES ('新品', %s)", BALL
    )
    assert error.diag.message_primary == "The bar code {code} belongs to another product."
    assert "不锈钢球阀" not in f"{error.diag.message_detail}{error}"
    with buyer.database.read_session() as session:
        found = session.execute(
            text("SELECT reason, arguments FROM products.taken_codes(ARRAY[:code], ARRAY[NULL::bigint])"),
            {"code": BALL},
        ).one()
    assert found.reason == "The bar code {code} belongs to another product." and found.arguments == {
        "code": BALL
    }
    assert [str(row.problems["bar_code"]) for row in buyer.check(source, plan).rows] == [said]
    # who imports no products asks nothing
    take(company, "buyer", "products.product.import")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        company.psql("buyer").execute("SELECT products.taken_codes(ARRAY[%s], ARRAY[NULL::bigint])", (BALL,))
