"""What the people of the sample company did by hand is there, and leaves every account right."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.checking import check
from services.sample.by_hand import do_by_hand
from tests.conftest import PASSWORD, Company


def test_new_pages_have_something_to_show(sample: Company) -> None:
    do_by_hand(sample.url("nobody").set(username=None, password=None), PASSWORD)
    with Session(sample.as_("postgres").engine) as session:
        for table in (
            "delivery.dispatch",
            "purchasing.request",
            "system.attachment",
            "system.saved_search",
            "finance.rate",
            "products.price_change",
            "products.pack",
            "activities.check_item",
            "customers.contact_link",
            "organisation.notice",
        ):
            assert session.scalar(text(f"SELECT EXISTS (SELECT FROM {table})")), table
        assert session.scalar(text("SELECT count(*) FROM finance.payment WHERE currency IS NOT NULL")) == 1
        assert check(session) == []


def test_what_lies_in_the_pool_is_not_shared(sample: Company) -> None:
    """The oldest customers may lie in the pool, where everybody sees them and nobody may share them."""
    with sample.psql() as admin:
        admin.execute(
            "UPDATE customers.customer SET owner_id = NULL, pooled_at = now()"
            " WHERE id IN (SELECT id FROM customers.customer ORDER BY id LIMIT 2)"
        )
    do_by_hand(sample.url("nobody").set(username=None, password=None), PASSWORD)
    with sample.psql() as admin:
        shared = admin.execute(
            "SELECT count(*), count(c.owner_id) FROM organisation.share s"
            " JOIN customers.customer c ON c.id = s.record_id"
            " WHERE s.entity = 'customers.customer' AND s.shared_by ="
            " (SELECT id FROM organisation.\"user\" WHERE login = 'manager')"
        ).fetchone()
    assert shared == (2, 2)
