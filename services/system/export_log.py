"""The export log as a list: who took which records out of the program, narrowed to what, how many (PLT-18)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import FromClause, func

from models.organisation import User
from models.system import ExportLog
from services.data_classes import everything, this_month
from services.entity import Column, DataClass, Entity, Kind
from services.language import mark

KEY: Final = "system.export_log"
PLURAL: Final = mark("Export log")
FORMATS: Final[Mapping[str, str]] = {
    "xlsx": mark("Excel"),
    "csv": mark("CSV"),
    "print": mark("Printed list"),
}
"""What the records were written as. A printed list can be kept as PDF, Word and Excel from its preview."""

_E = ExportLog.__table__.c
_who = User.__table__.alias("who_exported")


def _exports() -> FromClause:
    return ExportLog.__table__.outerjoin(_who, _who.c.id == _E.user_id)


def export_log(kinds: Iterable[Entity]) -> Entity:
    """The entity. ``kinds`` are all the others: what its lines say was exported is called as they are."""
    called = {kind.key: kind.plural for kind in kinds} | {KEY: PLURAL}
    return Entity(
        key=KEY,
        title=mark("Export record"),
        plural=PLURAL,
        icon="download",
        model=ExportLog,
        label=_E.login,
        columns=(
            Column("at", mark("Time"), _E.at, Kind.TIME, 140),
            Column("name", mark("Full name"), _who.c.name, width=85, sort=_who.c.sort_name),
            Column("login", mark("Login"), _E.login, width=85),
            Column("computer", mark("PC"), _E.computer, width=120),
            Column("entity", mark("Kind of record"), _E.entity, Kind.STATE, 110, labels=called),
            Column("conditions", mark("Narrowed to"), _E.conditions, width=230),
            Column("exported", mark("Rows"), _E.exported, Kind.INTEGER, 65),
            Column("format", mark("File format"), _E.format, Kind.STATE, 115, labels=FORMATS),
            Column("address", mark("Address"), func.host(_E.address), width=110),
        ),
        fields=(),
        classes=(
            everything(),
            DataClass("today", mark("Today"), lambda _context: _E.at >= func.app.today()),
            DataClass("two_weeks", mark("Last two weeks"), lambda _context: _E.at >= func.app.today() - 13),
            this_month(_E.at),
            DataClass("many", mark("1,000 rows and more"), lambda _context: _E.exported >= 1000),
        ),
        class_columns=("format",),
        source=_exports,
        order=("-at",),
        searchable=False,
        create_by_form=False,
        comes_from=mark("Whoever exports or prints a list leaves a line here."),
    )
