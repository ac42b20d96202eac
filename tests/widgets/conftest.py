"""What every test of a screen gets: drafts in a folder of its own, so that none is offered to the next test; a company
whose connections outlive the work that is under way; the English words, where a test asks for ``english``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from services.language import use_language
from tests.conftest import Company
from widgets.base.tasks import tasks


@pytest.fixture
def english() -> Iterator[None]:
    """Messages are read by their English words."""
    use_language("en")
    yield
    use_language("zh_CN")


@pytest.fixture
def company(company: Company) -> Iterator[Company]:
    """The company of the test; work still under way ends before its connections do."""
    yield company
    if QApplication.instance() is not None:
        tasks().wait()


@pytest.fixture(autouse=True)
def _application(qapp: QApplication) -> None:
    """There is one before anything is drawn or asked in the background, whichever test comes first."""


@pytest.fixture(autouse=True)
def _own_drafts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("widgets.base.form_io._drafts", {})
