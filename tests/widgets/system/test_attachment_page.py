"""A file on its own page: it is opened, saved, looked at, and leads to its record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from services import records
from services.customers.entities import CUSTOMER_ENTITY
from services.language import use_language
from tests.conftest import Company
from tests.widgets.base.test_attachments import picture
from tests.widgets.desk import RememberingShell, client_of
from widgets.base.attachments import AttachmentsPanel
from widgets.base.file_preview import FilePreview
from widgets.base.tasks import tasks
from widgets.system.attachment_page import AttachmentPage


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    tasks().wait()
    use_language("zh_CN")


@pytest.mark.req("PLT-32")
def test_what_can_be_done_with_a_file(
    company: Company, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(company.as_("sales1"))
    owner = client.database.write(records.create, entity=CUSTOMER_ENTITY, values={"name": "万州五金店"}).id
    panel = AttachmentsPanel(client, "customers.customer", owner)
    qtbot.addWidget(panel)
    qtbot.waitUntil(lambda: not panel.busy)
    shop, program = tmp_path / "shop.png", tmp_path / "setup.bin"
    picture().save(str(shop))
    program.write_bytes(b"MZ\x90\x00" + bytes(range(256)))
    panel.add_files([shop, program])
    qtbot.waitUntil(lambda: len(panel.files) == 2, timeout=10_000)
    ids = {file.name: file.id for file in panel.files}

    page = AttachmentPage(client, ids["shop.png"])
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.file is not None and "shop.png" in page.title())
    assert [key for key, button in page.buttons.items() if button.isVisible()] == [
        *("show", "open", "save", "record")
    ]
    assert page.picture.isVisible() and not page.picture.pixmap().isNull()
    QTest.mouseClick(page.buttons["show"], Qt.MouseButton.LeftButton)
    window = page.window().findChild(FilePreview)
    assert window is not None and window.isVisible()
    with qtbot.waitSignal(window.shown):
        pass
    window.close()
    opened: list[QUrl] = []

    def remember(url: QUrl) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", remember)
    QTest.mouseClick(page.buttons["open"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(opened))
    assert Path(opened[0].toLocalFile()).read_bytes() == shop.read_bytes()
    QTest.mouseClick(page.buttons["record"], Qt.MouseButton.LeftButton)
    shell = client.shell
    assert isinstance(shell, RememberingShell) and shell.opened == [("customers.customer", owner)]

    other = AttachmentPage(client, ids["setup.bin"])
    qtbot.addWidget(other)
    other.show()
    qtbot.waitUntil(lambda: other.file is not None and "setup.bin" in other.title())
    # a program from a colleague is saved, never run
    assert [key for key, button in other.buttons.items() if button.isVisible()] == ["save", "record"]
