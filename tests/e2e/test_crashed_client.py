"""A client that dies in the middle of its work leaves nothing behind (PLT-31): no lock, and nobody seems there."""

from __future__ import annotations

import subprocess
import sys
import time
from uuid import uuid4

import psycopg
import pytest

from services import records
from services.presence import announce
from services.registry import ENTITIES
from tests.conftest import Company
from tests.services.test_visibility import customer_of

CUSTOMER = ENTITIES["customers.customer"]
CLIENT = """
import sys, time, uuid
import psycopg
from services.database import Database
from services.presence import announce
database = Database(sys.argv[1])
announce(database, entity="customers.customer", record_id=int(sys.argv[2]), client=uuid.uuid4())
connection = psycopg.connect(sys.argv[1].replace("+psycopg", ""))
connection.execute("UPDATE customers.customer SET remark = 'halb' WHERE id = %s", (int(sys.argv[2]),))
print("open", flush=True)
time.sleep(60)
"""
"""Somebody has the record open and is in the middle of writing it."""


@pytest.mark.req("PLT-31")
def test_a_crash_leaves_no_lock_behind(company: Company) -> None:
    customer = customer_of(company, "sales1")
    address = company.url("sales1").render_as_string(hide_password=False)
    client = subprocess.Popen(
        [sys.executable, "-c", CLIENT, address, str(customer)], stdout=subprocess.PIPE, text=True
    )
    lead = company.as_("lead1")
    try:
        assert client.stdout is not None and client.stdout.readline() == "open\n"
        there = announce(lead, entity=CUSTOMER.key, record_id=customer, client=uuid4())
        assert len(there) == 1
        waiting = company.psql("lead1")
        waiting.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            waiting.execute("UPDATE customers.customer SET remark = 'x' WHERE id = %s", (customer,))
    finally:
        client.kill()
        client.wait(10)
        if client.stdout is not None:
            client.stdout.close()
    began = time.monotonic()
    lead.write(
        records.update_record, entity=CUSTOMER, record_id=customer, version=1, values={"remark": "ganz"}
    )
    assert time.monotonic() - began < 5
    while there and time.monotonic() - began < 5:
        there = announce(lead, entity=CUSTOMER.key, record_id=customer, client=uuid4())
    assert there == ()
    row = (
        company.psql().execute("SELECT remark FROM customers.customer WHERE id = %s", (customer,)).fetchone()
    )
    assert row == ("ganz",)
