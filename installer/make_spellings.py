"""Writes resources/reference/spellings.json: the readings of the characters of GB 2312, for matching in memory.

Made from the same rows as the database's readings, so that pypinyin's 57 MB stay out of the client.
Run: python -m installer.make_spellings
"""

from __future__ import annotations

import json

from resources import FOLDER
from services.pinyin import seed_rows


def main() -> None:
    """Write the file."""
    rows: dict[str, str] = {}
    for character, readings in seed_rows().readings:
        try:
            character.encode("gb2312")
        except UnicodeEncodeError:
            continue
        rows[character] = " ".join(readings)
    target = FOLDER / "reference" / "spellings.json"
    target.write_text(
        json.dumps(rows, ensure_ascii=False, separators=(",\n", ":"), sort_keys=True) + "\n", "utf-8"
    )


if __name__ == "__main__":
    main()
