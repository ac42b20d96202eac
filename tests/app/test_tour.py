"""The tour takes pictures of what there is, and says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.main import make_application
from app.tour import LEAST_COLOURS, Tour, colours
from services.language import use_language
from services.opening import open_as
from services.settings import PcSettings
from tests.conftest import PASSWORD, Company
from widgets import views

PARTS = frozenset(
    {
        "window.login",
        "page.activities",
        "list.customers.customer",
        "section.timeline",
        "new.sales.order",
        "scene.list",
        "scene.share",
    }
)


def tour(company: Company, folder: Path, only: frozenset[str]) -> Tour:
    make_application(PcSettings(folder / "none.toml", language="zh_CN"))
    url = company.url("nobody").set(username=None, password=None)
    return Tour(folder, open_as(url, "boss", PASSWORD), only=only, size=(1366, 768))


def test_pages_are_taken(sample_office: Company, tmp_path: Path, qtbot: QtBot) -> None:
    taken = tour(sample_office, tmp_path, PARTS).run()
    names = {picture.name for picture in taken}
    assert all(any(name.startswith(part) for name in names) for part in PARTS), names
    for picture in taken:
        assert picture.trouble == "", picture
        image = QImage(str(picture.file))
        assert colours(image) >= LEAST_COLOURS
    index = (tmp_path / "index.html").read_text("utf-8")
    assert all(picture.file.name in index for picture in taken)
    use_language("zh_CN")


def test_a_page_that_breaks_is_told(
    sample_office: Company, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_client: object) -> QWidget:
        raise ValueError("broken")

    key = next(key for key in views.PAGES if key.entity == "activities.workbench")
    monkeypatch.setitem(views.PAGES, key, views.OwnPage(broken))  # type: ignore[arg-type]
    (picture,) = tour(sample_office, tmp_path, frozenset({"page.activities"})).run()
    assert picture.trouble == "the page could not be made"


def test_blank_pictures_are_seen() -> None:
    image = QImage(200, 200, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    assert colours(image) == 1 < LEAST_COLOURS
