"""Take the icons that the program uses from ``lucide-static`` (npm, ISC) into ``resources/icons``.

    npm pack lucide-static && tar xzf lucide-static-*.tgz
    python -m installer.make_icons package

Run again after a name was added to NAMES. The files are kept as they come, without their comment; colour is
put in when they are drawn (``widgets/base/icons.py``).
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Final

_WORDS = """
layout-dashboard users user-round zoom-in zoom-out building-2 contact phone phone-call mail message-square calendar
calendar-days
calendar-check clock bell list-todo square-check target trending-up funnel file-text file-signature
file-pen-line clipboard-list shopping-cart store package boxes warehouse truck send receipt wallet banknote
credit-card coins landmark calculator percent chart-column chart-pie chart-line table-2 headset wrench
heart-handshake life-buoy star flame map-pin globe megaphone gift briefcase book-open circle-help settings
shield user-cog user users-round log-out lock key search x plus minus check chevron-down chevron-up
chevron-left chevron-right ellipsis pencil trash-2 archive-restore undo-2 history save printer download
upload paperclip image link external-link copy list columns-2 rows-2 layout-grid panel-left-close
panel-left-open panel-right refresh-cw arrow-right arrow-left arrow-up-down arrow-left-right circle-check
circle-x circle-alert triangle-alert info eye eye-off sun moon contrast languages menu keyboard dot ban
circle-stop share-2 tag barcode scan-line scale stamp handshake repeat database server wifi-off hard-drive
git-merge pin app-window house hand-coins monitor badge-percent recycle map network file-spreadsheet
newspaper library scroll-text notebook-pen folder folder-open sliders-horizontal
"""
NAMES: Final = tuple(_WORDS.split())


def make_icons(package: Path, folder: Path) -> int:
    """Copy NAMES from the unpacked ``package`` into ``folder`` with the licence beside; returns how many.

    FileNotFoundError where the package has no such icon.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        text = (package / "icons" / f"{name}.svg").read_text("utf-8")
        text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
        (folder / f"{name}.svg").write_text(text, "utf-8")
    shutil.copyfile(package / "LICENSE", folder / "LICENSE-lucide.txt")
    return len(NAMES)


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "resources" / "icons"
    print(f"{make_icons(Path(sys.argv[1]), target)} icons in {target}")
