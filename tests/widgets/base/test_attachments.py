"""Files of a record as a person meets them: chosen, dropped, pasted, looked at, saved, deleted (PLT-32)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from services import records
from services.customers.entities import CUSTOMER_ENTITY
from services.language import use_language
from tests.conftest import Company
from tests.services.files.sending import send
from tests.widgets.desk import RememberingShell, client_of
from widgets.base.attachments import AttachmentsPanel
from widgets.base.client import Client
from widgets.base.file_opening import may_open, save_to
from widgets.base.file_preview import FilePreview
from widgets.base.images import as_png, read_picture, thumbnail
from widgets.base.tasks import tasks


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    use_language("en")
    yield
    tasks().wait()
    use_language("zh_CN")


@pytest.fixture
def client(company: Company) -> Client:
    return client_of(company.as_("sales1"))


@pytest.fixture
def panel(client: Client, qtbot: QtBot) -> AttachmentsPanel:
    owner = client.database.write(records.create, entity=CUSTOMER_ENTITY, values={"name": "万州五金店"}).id
    made = AttachmentsPanel(client, "customers.customer", owner)
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    qtbot.waitUntil(lambda: not made.busy)
    return made


def shell(client: Client) -> RememberingShell:
    assert isinstance(client.shell, RememberingShell)
    return client.shell


def picture(width: int = 640, height: int = 400, colour: str = "#2266cc") -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


def names(panel: AttachmentsPanel) -> list[str]:
    return [row.name.text() for row in panel.rows]


def _told(window: FilePreview) -> bool:
    return bool(window.picture.text())


@pytest.mark.req("PLT-32")
def test_several_files_at_once_with_progress(panel: AttachmentsPanel, qtbot: QtBot, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    paths = []
    for number in range(3):
        path = tmp_path / f"contract {number}.bin"
        path.write_bytes(random.Random(number).randbytes(1_300_000))
        paths.append(path)
    panel.add_files([*paths, tmp_path / "missing.pdf"])
    assert len(panel.sending) == 4
    panel.sending[0].bar.valueChanged.connect(lambda value: seen.append((value, 1000)))
    qtbot.waitUntil(lambda: not panel.busy and len(panel.rows) == 3)
    assert sorted(names(panel)) == ["contract 0.bin", "contract 1.bin", "contract 2.bin"]
    assert seen and seen[-1] == (1000, 1000)
    # what could not be sent says why, and can be tried again
    (left,) = panel.sending
    assert "no file" in left.note.text() and left.retry.isVisible()
    (tmp_path / "missing.pdf").write_bytes(b"%PDF-1.4")
    left.retry.click()
    qtbot.waitUntil(lambda: len(panel.rows) == 4)
    assert panel.sending == [] and panel.rows[0].file.is_pdf


@pytest.mark.req("PLT-32")
def test_a_file_on_its_way_can_be_stopped(panel: AttachmentsPanel, qtbot: QtBot, tmp_path: Path) -> None:
    large, small = tmp_path / "large.bin", tmp_path / "small.txt"
    large.write_bytes(bytes(40 * 1_048_576))
    small.write_text("x")
    panel.add_files([large, small])
    qtbot.waitUntil(lambda: panel.sending[0].bar.value() > 0)
    panel.sending[0].stop.click()
    qtbot.waitUntil(lambda: names(panel) == ["small.txt"])
    assert panel.sending == []
    row = (
        panel.client.database.engine.connect().exec_driver_sql("SELECT count(*) FROM system.attachment").one()
    )
    assert row[0] == 1


@pytest.mark.req("PLT-32")
def test_dropping_and_pasting(panel: AttachmentsPanel, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "报价.txt"
    path.write_text("100")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    panel.dropEvent(
        QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    qtbot.waitUntil(lambda: names(panel) == ["报价.txt"])
    QGuiApplication.clipboard().setImage(picture())
    panel.setFocus()
    QTest.keyClick(panel, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(panel.rows) == 2)
    shot = panel.rows[0]
    assert shot.file.name.startswith("Screenshot 20") and shot.file.type == "image/png"
    assert shot.small.image is not None and shot.small.image.width() == 256
    QGuiApplication.clipboard().setText("words")
    panel.paste()
    assert shell(panel.client).said[-1][1] == "There is no picture and no file in the clipboard."


@pytest.mark.req("PLT-32")
def test_pictures_and_pdf_are_shown(panel: AttachmentsPanel, qtbot: QtBot) -> None:
    from datetime import date

    from printing.delivery_note import DeliveryNoteData, delivery_note
    from printing.document import Company as Firm
    from printing.paper import A4
    from printing.pdf import render_pdf

    pdf = render_pdf(
        delivery_note(DeliveryNoteData("FH-1", date(2026, 11, 21), Firm("万州五金"), "客户", ())), A4
    )
    database, owner = panel.client.database, panel.record_id
    send(database, pdf, owner, name="note.pdf", thumbnail=thumbnail(pdf))
    send(database, as_png(picture()), owner, name="door.png", thumbnail=thumbnail(as_png(picture())))
    send(database, b"just text", owner, name="words.txt")
    panel.refresh()
    qtbot.waitUntil(lambda: len(panel.rows) == 3)
    text, door, note = panel.rows
    assert text.buttons["show"].isHidden() and not door.buttons["show"].isHidden()
    assert note.small.image is not None and note.small.image.height() == 256
    door.buttons["show"].click()
    window = next(found for found in panel.window().findChildren(FilePreview))
    qtbot.waitUntil(lambda: window.image is not None)
    assert window.image is not None
    assert (window.image.width(), window.file.name) == (640, "door.png")
    with qtbot.waitSignal(window.shown):
        window.tools["on"].click()
    shown = window.image
    assert window.file.name == "note.pdf" and shown is not None and shown.height() == 2400
    assert not window.tools["on"].isEnabled()
    window.close()


@pytest.mark.req("PLT-32")
def test_saving_and_opening(
    panel: AttachmentsPanel, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, owner = panel.client.database, panel.record_id
    send(database, b"MZ\x90 a program", owner, name="invoice.pdf")
    send(database, b"echo 1", owner, name="run.bat")
    send(database, "合同".encode(), owner, name="合同.txt")
    panel.refresh()
    qtbot.waitUntil(lambda: len(panel.rows) == 3)
    text, script, program = panel.rows
    # whatever its name says, a program is only ever saved
    assert may_open(text.file) and not may_open(script.file) and not may_open(program.file)
    assert script.buttons["open"].isHidden() and program.buttons["open"].isHidden()
    opened: list[Path] = []

    def open_url(url: QUrl) -> bool:
        opened.append(Path(url.toLocalFile()))
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    text.buttons["open"].click()
    qtbot.waitUntil(lambda: bool(opened))
    assert opened[0].name == "合同.txt" and opened[0].read_text("utf-8") == "合同"
    text.buttons["save"].click()
    dialog = panel.findChild(QFileDialog)
    assert dialog is not None
    save_to(panel.client, panel, text.file, tmp_path / "copy.txt")
    qtbot.waitUntil(lambda: (tmp_path / "copy.txt").exists())
    save_to(panel.client, panel, text.file, tmp_path / "copy.txt" / "no folder")
    qtbot.waitUntil(lambda: bool(shell(panel.client).errors))
    dialog.close()


@pytest.mark.req("PLT-32")
def test_deleting_and_taking_it_back(panel: AttachmentsPanel, qtbot: QtBot, company: Company) -> None:
    send(panel.client.database, b"x", panel.record_id, name="old.txt")
    panel.refresh()
    qtbot.waitUntil(lambda: names(panel) == ["old.txt"])
    panel.rows[0].buttons["delete"].click()
    qtbot.waitUntil(lambda: panel.rows == [])
    assert panel.empty.isVisible() and shell(panel.client).said[-1][1] == "old.txt lies in the recycle bin."
    deletion = company.psql().execute("SELECT id FROM app.deletion").fetchone()
    assert deletion is not None
    from services.files import commands

    panel.client.database.write(commands.restore, deletions=[int(str(deletion[0]))])
    panel.refresh()
    qtbot.waitUntil(lambda: names(panel) == ["old.txt"])


def test_who_may_only_look_changes_nothing(panel: AttachmentsPanel, qtbot: QtBot, company: Company) -> None:
    send(panel.client.database, b"x", panel.record_id, name="old.txt")
    reader = AttachmentsPanel(client_of(company.as_("service1")), "customers.customer", panel.record_id)
    qtbot.addWidget(reader)
    reader.show()
    qtbot.waitUntil(lambda: names(reader) == ["old.txt"])
    assert reader.add_button.isHidden() and reader.paste_button.isHidden() and not reader.acceptDrops()
    assert reader.rows[0].buttons["delete"].isHidden() and not reader.rows[0].buttons["save"].isHidden()


def test_a_bomb_is_turned_away_in_words(panel: AttachmentsPanel, qtbot: QtBot) -> None:
    # a head that promises 60,000 × 60,000 points
    import struct
    import zlib

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head
    bomb += struct.pack(">I", zlib.crc32(b"IHDR" + head))
    body = zlib.compress(bytes(1000))
    bomb += struct.pack(">I", len(body)) + b"IDAT" + body + struct.pack(">I", zlib.crc32(b"IDAT" + body))
    assert (
        thumbnail(bomb) is None and thumbnail(b"no picture") is None and thumbnail(b"%PDF-1.4 broken") is None
    )
    with pytest.raises(Exception, match="too large"):
        read_picture(bomb, longest=256)
    send(panel.client.database, bomb, panel.record_id, name="holiday.png")
    send(panel.client.database, b"%PDF-1.4 broken", panel.record_id, name="broken.pdf")
    panel.refresh()
    qtbot.waitUntil(lambda: len(panel.rows) == 2)
    for row, words in ((panel.rows[1], "too large"), (panel.rows[0], "damaged")):
        window = FilePreview(panel.client, [row.file], 0)
        qtbot.addWidget(window)
        window.show()
        qtbot.waitUntil(partial(_told, window))
        assert words in window.picture.text()
