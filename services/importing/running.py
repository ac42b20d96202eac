"""Writing an import in one transaction, under the user's policies; and taking a whole one back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.base import Base
from services.commands import Changes, Work
from services.database import Database, allow_long
from services.errors import Invalid, Refused, ShukeError
from services.importing.checking import LISTED, Action, Pass, Progress, Verdict
from services.importing.claims import in_turn
from services.importing.conversion import missing_names
from services.importing.plan import Plan, Source, importable_fields, require_plan
from services.importing.references import Missing
from services.importing.rejected import sentence
from services.importing.writing import insert_rows, or_one_by_one, update_rows
from services.language import mark, tr
from services.records import written_table
from services.session import CurrentUser, Dictionary

NAMED = 1_000
"""Ids that an answer names; more are told by the database's notices only."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did. ``import_id`` is what ``undo`` takes and what its records are found by."""

    import_id: int
    created: int
    updated: int
    skipped: int
    rejected: int
    companions: int
    """Second records (contacts) that were made."""
    made: Mapping[str, int]
    """{entity: records made on the way, such as categories}"""
    rejects: Mapping[int, tuple[ShukeError, ...]]
    """{row of the file: why it, or its companion alone, was refused}, the first LISTED."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking an import back did. ``kept`` are ids by entity: worked on since, or in use elsewhere."""

    recycled: int
    restored: int
    kept: Mapping[str, tuple[int, ...]]


@dataclass(slots=True)
class _Tally:
    """What one run has done so far; a second attempt after a lost connection starts with a new one."""

    counts: Counter[Action] = field(default_factory=Counter)
    made: dict[str, list[int]] = field(default_factory=dict)
    changed: dict[str, set[int]] = field(default_factory=dict)
    rejects: dict[int, tuple[ShukeError, ...]] = field(default_factory=dict)
    of_row: dict[int, int] = field(default_factory=dict)
    """Record by row, for companions of rows further down."""
    companions: int = 0

    def note(self, entity: str, ids: Sequence[int]) -> None:
        self.made.setdefault(entity, []).extend(ids)


class Importer:
    """One import. ``run`` may be called again with the same key after a lost connection: it is done once."""

    def __init__(
        self,
        database: Database,
        source: Source,
        plan: Plan,
        user: CurrentUser,
        dictionary: Dictionary,
        *,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._database = database
        self._source = source
        self._plan = plan
        self._dictionary = dictionary
        self._progress = progress
        self._cancelled = cancelled
        self._table = written_table(plan.entity)
        self._user = user
        self._fields = importable_fields(plan.entity, user)
        self._rejects: Mapping[int, tuple[ShukeError, ...]] = {}

    def run(self, key: UUID | None = None) -> Outcome:
        """Write it all in one transaction.

        Raises Refused where the plan is not possible, or where it is all or nothing and a row was refused;
        Cancelled when asked to end; ConnectionLost when it is not known whether it was done: call again with
        the same key.
        """
        require_plan(self._plan, self._user)
        changes = self._database.write_once(
            key or uuid4(), self.write, file=self._source.path.name, plan=self._plan.described()
        )
        result = changes.result
        return Outcome(
            import_id=int(result["import_id"]),
            created=int(result["created"]),
            updated=int(result["updated"]),
            skipped=int(result["skipped"]),
            rejected=int(result["rejected"]),
            companions=int(result["companions"]),
            made={entity: int(count) for entity, count in result["made"].items()},
            rejects=self._rejects,
        )

    def write(self, work: Work, *, file: str, plan: Mapping[str, Any]) -> Changes:
        """The command. ``plan`` is the plan as JSON, so that one key never stands for two plans."""
        session = work.session
        allow_long(session)
        tally = _Tally()
        entity = self._plan.entity.key
        run: int = session.execute(
            text("SELECT app.begin_import(:entity, :file, :duplicates)"),
            {"entity": entity, "file": file, "duplicates": str(self._plan.duplicates)},
        ).scalar_one()
        going = Pass(self._plan, self._fields, self._dictionary, session, self._cancelled)
        for batch in going.batches(self._source):
            self._write_batch(session, going, batch, tally)
            if self._progress is not None:
                self._progress(sum(tally.counts.values()))
        self._close(session, run, tally)
        self._rejects = tally.rejects
        counts = tally.counts
        return Changes(
            {key: tuple(ids[:NAMED]) for key, ids in tally.made.items()},
            {
                "import_id": run,
                "created": counts[Action.CREATE],
                "updated": counts[Action.UPDATE],
                "skipped": counts[Action.SKIP],
                "rejected": counts[Action.REJECT],
                "companions": tally.companions,
                "made": {
                    key: len(ids)
                    for key, ids in tally.made.items()
                    if key not in (entity, self._companion_key())
                },
            },
        )

    def _companion_key(self) -> str:
        companion = self._plan.companion
        return companion.entity if companion is not None else ""

    def _close(self, session: Session, run: int, tally: _Tally) -> None:
        for key in sorted({*tally.made, *tally.changed}):
            session.execute(
                text("SELECT app.note_import(:run, :entity, :made, :changed)"),
                {
                    "run": run,
                    "entity": key,
                    "made": tally.made.get(key, []),
                    "changed": sorted(tally.changed.get(key, ())),
                },
            )
        counts = tally.counts
        session.execute(
            text("SELECT app.end_import(:run, :created, :updated, :skipped, :rejected)"),
            {
                "run": run,
                "created": counts[Action.CREATE],
                "updated": counts[Action.UPDATE],
                "skipped": counts[Action.SKIP],
                "rejected": counts[Action.REJECT],
            },
        )

    def _write_batch(self, session: Session, going: Pass, batch: list[Verdict], tally: _Tally) -> None:
        todo = batch
        while todo:
            self._write_rows(session, going, todo, tally)
            # rows that were left out because of one that the database has refused
            todo = going.again(batch)
        if self._plan.companion is not None:
            self._companions(session, batch, tally)
        self._count(batch, tally)

    def _write_rows(self, session: Session, going: Pass, batch: list[Verdict], tally: _Tally) -> None:
        self._make_missing(session, going, batch, tally)
        own = {f.key for f in self._fields if f.key in self._table.c}
        fresh = [verdict for verdict in batch if verdict.action is Action.CREATE]
        known = [verdict for verdict in batch if verdict.action is Action.UPDATE]

        def refused(verdict: Verdict, error: ShukeError) -> None:
            verdict.action, verdict.reason = Action.REJECT, error
            going.forget(verdict)

        def insert(verdicts: Sequence[Verdict]) -> None:
            rows = [{k: v for k, v in x.line.values.items() if k in own} for x in verdicts]
            for verdict, record in zip(verdicts, insert_rows(session, self._table, rows), strict=True):
                verdict.record_id = record

        def refused_together(turn: Sequence[Verdict], error: ShukeError) -> None:
            if len(turn) > 1:
                error = Refused(
                    mark("Rows {rows} exchange values and are taken only together: {reason}"),
                    rows=tr(", ").join(str(verdict.line.number) for verdict in turn),
                    reason=sentence(error, self._fields),
                )
            for verdict in turn:
                refused(verdict, error)

        def update(turns: Sequence[Sequence[Verdict]]) -> None:
            for wave in _waves([verdict for turn in turns for verdict in turn]):
                rows = {
                    record: {k: v for k, v in x.line.values.items() if k in own} for record, x in wave.items()
                }
                changed = update_rows(session, self._table, rows)
                for record, verdict in wave.items():
                    if record not in changed:
                        verdict.action = Action.SKIP
                        verdict.reason = Refused(mark("It is in the database just like this already."))
                tally.changed.setdefault(self._plan.entity.key, set()).update(changed)

        # first those that are there: what they give away a new one may have
        if known:
            turns = in_turn([v.record_id for v in known], [v.takes_from for v in known])
            or_one_by_one(session, [[known[n] for n in turn] for turn in turns], update, refused_together)
        if fresh:
            or_one_by_one(session, fresh, insert, refused)
            tally.note(
                self._plan.entity.key,
                [v.record_id for v in fresh if v.action is Action.CREATE and v.record_id is not None],
            )

    def _make_missing(self, session: Session, going: Pass, batch: list[Verdict], tally: _Tally) -> None:
        """Categories and the like that do not exist yet, for the rows that will be written."""
        wanted = [v.line for v in batch if v.action in (Action.CREATE, Action.UPDATE)]
        for key, lookup in going.converter.lookups.items():
            names = missing_names(wanted, key)
            if not names:
                continue
            made = lookup.create(session, names)
            for line in wanted:
                if isinstance(name := line.values.get(key), Missing):
                    line.values[key] = lookup.find(name)
            reference = self._plan.entity.field(key).reference
            if made and reference is not None:
                tally.note(reference, made)

    def _companions(self, session: Session, batch: list[Verdict], tally: _Tally) -> None:
        """The contacts beside the companies: new ones, for companies that exist already too."""
        companion = self._plan.companion
        assert companion is not None
        wanted: list[tuple[Verdict, dict[str, Any]]] = []
        keys = companion.keys
        for verdict in batch:
            if verdict.action is Action.REJECT:
                continue
            record = verdict.record_id
            if record is None and verdict.above is not None:
                record = tally.of_row.get(verdict.above)
            if record is None:
                continue
            tally.of_row[verdict.line.number] = record
            if companion.name in verdict.line.values:
                values = {companion.bare(k): v for k, v in verdict.line.values.items() if k in keys}
                wanted.append((verdict, {**values, companion.through: record}))
        if not wanted:
            return
        table = Base.metadata.tables[companion.entity]
        new = self._new_companions(session, [values for _, values in wanted])
        rows = [item for item, is_new in zip(wanted, new, strict=True) if is_new]

        def insert(items: Sequence[tuple[Verdict, dict[str, Any]]]) -> None:
            made = insert_rows(session, table, [values for _, values in items])
            tally.note(companion.entity, made)
            tally.companions += len(made)

        def refused(item: tuple[Verdict, dict[str, Any]], error: ShukeError) -> None:
            field_ = companion.name
            if isinstance(error, Invalid):
                # the database speaks of its own column
                column = f"{companion.prefix}.{error.field}"
                field_ = column if column in keys else companion.name
                error = Invalid(error.template, field=field_, **error.values)
            item[0].line.problems[field_] = error
            if self._plan.all_or_nothing:
                item[0].action = Action.REJECT

        if rows:
            or_one_by_one(session, rows, insert, refused)

    def _new_companions(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> list[bool]:
        companion = self._plan.companion
        assert companion is not None
        keys = [
            tuple(None if row.get(key) is None else str(row[key]) for key in companion.unique) for row in rows
        ]
        found = session.execute(
            text(
                "SELECT k.n - 1 AS place FROM jsonb_array_elements(CAST(:keys AS jsonb)) WITH ORDINALITY k(key, n)"
                f" JOIN {companion.entity} t ON "
                + " AND ".join(
                    f"t.{key}::text IS NOT DISTINCT FROM k.key ->> {place}"
                    if place
                    else f"t.{key} = (k.key ->> 0)::bigint"
                    for place, key in enumerate(companion.unique)
                )
                + " AND t.deleted_at IS NULL"
            ),
            {"keys": json.dumps(keys, ensure_ascii=False)},
        )
        old = {int(row.place) for row in found}
        seen: set[tuple[str | None, ...]] = set()
        new = []
        for place, key in enumerate(keys):
            new.append(place not in old and key not in seen)
            seen.add(key)
        return new

    def _count(self, batch: list[Verdict], tally: _Tally) -> None:
        for verdict in batch:
            tally.counts[verdict.action] += 1
            # a row that was taken but for its companion is told of too: imported again, only that is made
            if verdict.action is not Action.REJECT and not verdict.line.problems:
                continue
            if self._plan.all_or_nothing:
                raise Refused(
                    mark("Row {row}: {reason} Nothing was imported."),
                    row=verdict.line.number,
                    reason=tr("; ").join(sentence(reason, self._fields) for reason in verdict.reasons()),
                )
            if len(tally.rejects) < LISTED:
                tally.rejects[verdict.line.number] = verdict.reasons()


def _waves(verdicts: Sequence[Verdict]) -> list[dict[int, Verdict]]:
    """Rows that one statement can write: a record that several rows are, one after the other."""
    waves: list[dict[int, Verdict]] = []
    times: Counter[int] = Counter()
    for verdict in verdicts:
        if verdict.record_id is None:
            continue
        place = times[verdict.record_id]
        times[verdict.record_id] += 1
        if place == len(waves):
            waves.append({})
        waves[place][verdict.record_id] = verdict
    return waves


def undo(database: Database, import_id: int, key: UUID | None = None) -> Undone:
    """Take one whole import back. Refused if it was already, NotAvailable if it is somebody else's."""
    changes = database.write_once(key or uuid4(), take_back, import_id=import_id)
    result = changes.result
    return Undone(
        int(result["recycled"]),
        int(result["restored"]),
        {entity: tuple(int(i) for i in ids) for entity, ids in result["kept"].items()},
    )


def take_back(work: Work, *, import_id: int) -> Changes:
    """The command of ``undo``."""
    allow_long(work.session)
    return work.part("app.undo_import", import_id=import_id)
