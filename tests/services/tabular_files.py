"""Where the real and the hostile files are, and workbooks made by hand for the tests of
``services.tabular``."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2].parent / "shared" / "data"
DIRTY = DATA / "dirty_files"
HOSTILE = DATA / "hostile"

needs_data = pytest.mark.skipif(not DIRTY.is_dir(), reason="the collection of real files is not here")

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def write_workbook(
    path: Path,
    sheet: str | bytes,
    *,
    strings: str | bytes = "",
    styles: str = "",
    properties: str = "",
    main: str = MAIN,
    relations: str = RELATIONS,
) -> Path:
    """A minimal .xlsx whose first sheet has the given XML inside ``<worksheet>``, or is the given bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="a" Type="{relations}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{relations}">{properties}<sheets>'
            '<sheet name="表" sheetId="1" r:id="s"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}">'
            f'<Relationship Id="s" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="t" Type="{relations}/sharedStrings" Target="sharedStrings.xml"/>'
            f'<Relationship Id="y" Type="{relations}/styles" Target="styles.xml"/></Relationships>',
        )
        whole = sheet if isinstance(sheet, bytes) else f'<worksheet xmlns="{main}">{sheet}</worksheet>'
        archive.writestr("xl/worksheets/sheet1.xml", whole)
        if strings:
            archive.writestr(
                "xl/sharedStrings.xml",
                strings if isinstance(strings, bytes) else f'<sst xmlns="{main}">{strings}</sst>',
            )
        if styles:
            archive.writestr("xl/styles.xml", f'<styleSheet xmlns="{main}">{styles}</styleSheet>')
    return path
