"""Write ``resources/reference/readings.json``: the usual reading of each of the 3,755 commonest characters.

    python -m installer.make_readings

For the menu's own words. pypinyin itself knows more but takes 57 MB and a sixth of a second, which a client
has better uses for; names of customers are searched on the server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pypinyin import lazy_pinyin


def level_one() -> Iterator[str]:
    """Characters of GB 2312 level 1 (rows 16 to 55)."""
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFA if row == 0xD7 else 0xFF):
            yield bytes([row, cell]).decode("gb2312")


def readings() -> dict[str, str]:
    """Characters by syllable without tones, both sorted."""
    found: dict[str, list[str]] = {}
    for character in level_one():
        found.setdefault(lazy_pinyin(character)[0], []).append(character)
    return {syllable: "".join(characters) for syllable, characters in sorted(found.items())}


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "resources" / "reference" / "readings.json"
    target.write_text(json.dumps(readings(), ensure_ascii=False, indent=0) + "\n", "utf-8")
    print(f"{target}: {target.stat().st_size} bytes")
