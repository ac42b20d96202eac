"""A client that is killed (-9) with a record open and a row of it locked leaves nothing behind (PLT-31)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from services.registry import ENTITIES
from tests.conftest import Company
from tests.factories.forms import name_of
from tests.widgets.base.forms import make, said, stored
from tests.widgets.desk import client_of
from widgets.base import presence_label
from widgets.base.record_form import RecordForm

pytestmark = pytest.mark.usefixtures("english")

BEAT = 2
"""Seconds between two announcements here; people wait half a minute at most (``services.presence.BEAT``)."""
CLIENT = """
import os, sys, traceback
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from sqlalchemy import text
from services.database import Database
from services.registry import ENTITIES
from tests.widgets.desk import client_of
from widgets.base.record_form import RecordForm

sys.excepthook = lambda *error: (traceback.print_exception(*error), os._exit(1))
app, held = QApplication([]), []
database, record = Database(sys.argv[1]), int(sys.argv[2])
form = RecordForm(client_of(database), ENTITIES["customers.customer"], record)
form.show()

def lock():
    if form.settled and form.stored.get("phone") == "111" and not held:
        # in the middle of writing: the row is locked, nothing is committed
        held.append(database.engine.connect())
        held[0].execute(text("UPDATE customers.customer SET phone = '999' WHERE id = :id"), {"id": record})
        print("locked", flush=True)

timer = QTimer()
timer.timeout.connect(lock)
timer.start(100)
QTimer.singleShot(60_000, app.quit)
app.exec()
"""


@pytest.mark.req("PLT-31")
def test_who_was_killed_is_gone_within_a_beat_and_holds_nobody_up(
    company: Company, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence_label, "BEAT", BEAT)
    record = make(company, name="Changhong", phone="111")
    address = company.url("sales1").render_as_string(hide_password=False)
    killed = subprocess.Popen(
        [sys.executable, "-c", CLIENT, address, str(record)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    try:
        assert killed.stdout is not None and killed.stdout.readline().strip() == b"locked"
        announced = "SELECT count(*) FROM app.presence WHERE login = 'sales1' AND record_id = %s"
        qtbot.waitUntil(lambda: company.psql().execute(announced, (record,)).fetchone() == (1,))
        form = RecordForm(client_of(company.as_("lead1")), ENTITIES["customers.customer"], record)
        qtbot.addWidget(form)
        form.show()
        qtbot.waitUntil(lambda: form.others() == [name_of("sales1")])

        os.kill(killed.pid, signal.SIGKILL)
        killed.wait(10)
        began = time.monotonic()
        qtbot.waitUntil(lambda: form.others() == [])
        assert time.monotonic() - began < BEAT + 2, "by the next announcement, without a word from anybody"
        assert form._presence is not None and not form._presence.isVisible()
    finally:
        killed.kill()
        killed.wait(10)
        if killed.stdout is not None:
            killed.stdout.close()

    # neither the open record nor the locked row stands in the way
    began = time.monotonic()
    form.fields.editors["phone"].set_value("222")
    form.fields.editors["phone"].changed.emit()
    with qtbot.waitSignal(form.saved, timeout=5000):
        form.save()
    assert time.monotonic() - began < 3 and stored(company, record, "phone") == ("222",)
    assert not form.dirty() and form._meeting.panel is None and said(form) == ""
    # what he announced goes with the next who opens the record
    left = "SELECT count(*) FROM app.presence WHERE login = 'sales1'"
    assert company.psql().execute(left).fetchone() == (0,)
