"""``shuke entities``: what kinds of records there are."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.output import report, say
from models.permissions import Permission
from services.language import tr
from services.registry import ALL


def entities(json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False) -> None:
    """List every kind of record: key, table, columns, permissions."""
    if not json:
        for entity in ALL:
            say(f"{entity.key:28} {tr(entity.plural)}")
        return
    report(
        [
            {
                "key": entity.key,
                "title": entity.title,
                "table": str(entity.model.__table__),
                "columns": [
                    {"key": column.key, "title": column.title, "kind": column.kind.value}
                    for column in entity.columns
                ],
                "fields": [field.key for field in entity.fields],
                "permissions": [right.value for right in Permission if right.startswith(f"{entity.key}.")],
            }
            for entity in ALL
        ]
    )
