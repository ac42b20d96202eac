"""Every page, dialog and menu of the tour: no text is cut, every picture button says what it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.main import make_application
from app.tour import Tour
from services.language import LANGUAGES, use_language
from services.opening import open_as
from services.settings import PcSettings
from tests.app.legible import faults
from tests.conftest import PASSWORD, Company
from widgets.base.language import switch_language

SIZE = (1280, 720)
"""A screen of 1920 x 1080 at 150 %."""


class Reader(Tour):
    """A tour that reads each page instead of keeping its picture."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.found: list[str] = []
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._app = app

    def _trouble(self, shown: QWidget, image: Any, waited: bool) -> str:
        name = self.pictures[-1].name
        for language in LANGUAGES:
            switch_language(self._app, language)
            for _ in range(3):  # texts, then the layouts that follow them
                self._app.processEvents()
            self.found += [f"{name} ({language}): {fault}" for fault in faults(shown)]
        switch_language(self._app, "zh_CN")
        return super()._trouble(shown, image, waited)

    def _leave(self, shown: QWidget) -> None:
        """Every other page is closed, so that a change of language has one to change."""
        super()._leave(shown)
        workspace = self._place.window.workspace
        for key in [*workspace.keys()]:
            if key != workspace.current():
                workspace.close_page(key, force=True)

    def _write_pdf(self) -> None:
        """Not needed here."""

    def _documents(self) -> None:
        """Paper has tests of its own."""


@pytest.mark.req("PLT-04")
@pytest.mark.timeout(900)
def test_every_text_can_be_read(sample_office: Company, tmp_path: Path, qtbot: QtBot) -> None:
    make_application(PcSettings(tmp_path / "none.toml", language="zh_CN"))
    url = sample_office.url("nobody").set(username=None, password=None)
    reader = Reader(tmp_path, open_as(url, "boss", PASSWORD), size=SIZE)
    try:
        taken = reader.run()
        assert not [picture for picture in taken if picture.trouble]
        assert len(taken) > 120
        assert not reader.found, "\n".join(reader.found)
    finally:
        use_language("zh_CN")
