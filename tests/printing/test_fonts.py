"""The two fonts that come with the program."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication
from reportlab.pdfbase.ttfonts import TTFontFile

from resources import FOLDER
from tests.printing.conftest import RARE

FILES = {"Regular": 11.0, "Bold": 3.5}


@pytest.mark.parametrize("style", FILES)
def test_characters_and_size(style: str) -> None:
    path = FOLDER / "fonts" / f"ShukeSansSC-{style}.ttf"
    assert path.stat().st_size < FILES[style] * 1e6
    known = set(TTFontFile(str(path)).charToGlyph)
    gb2312 = b"".join(bytes((high, low)) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    assert set(map(ord, gb2312.decode("gb2312", "ignore"))) <= known
    assert set(map(ord, "0123456789¥￥，。（）①№㎡℃→■ÄéßΩЖ" + "㛃𬭎")) <= known
    if style == "Regular":
        assert set(map(ord, RARE)) <= known


@pytest.mark.parametrize("style", FILES)
def test_one_family_of_its_own(qapp: QApplication, style: str) -> None:
    number = QFontDatabase.addApplicationFont(str(FOLDER / "fonts" / f"ShukeSansSC-{style}.ttf"))
    assert QFontDatabase.applicationFontFamilies(number) == ["Shuke Sans SC"]
    assert style in QFontDatabase.styles("Shuke Sans SC")


def test_licence_is_beside() -> None:
    text = (FOLDER / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in text
    assert "Reserved Font Name 'Source'" in text
