"""Going through a file: what would become of each row. Writes nothing; running it (``running``) uses the same pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from sqlalchemy.orm import Session

from services.database import Database
from services.entity import Field
from services.errors import Cancelled, Refused, ShukeError
from services.importing.claims import Claim, Claims
from services.importing.conversion import Converter, Line
from services.importing.duplicates import Above, Finder, Match
from services.importing.plan import Duplicates, Plan, Source, importable_fields, require_plan
from services.importing.references import Missing
from services.language import mark
from services.session import CurrentUser, Dictionary
from services.tabular.cells import Cell, Row
from services.tabular.layout import without_totals

BATCH: Final = 1_000
"""Rows that are looked up, and written, at once."""
EXCHANGED: Final = 5_000
"""The same where records may exchange values that each mean one of them, such as bar codes: within so many rows."""
SHOWN: Final = 500
"""Rows that a check keeps to be looked at, and as many again with errors."""
LISTED: Final = 20_000
"""Refused rows whose reasons are kept."""

Progress = Callable[[int], None]


class Action(StrEnum):
    """What becomes of a row."""

    CREATE = "create"
    UPDATE = "update"
    SKIP = "skip"
    REJECT = "reject"


@dataclass(slots=True)
class Verdict:
    """One row, and what becomes of it."""

    line: Line
    cells: tuple[Cell, ...]
    keys: tuple[str | None, ...]
    action: Action
    record_id: int | None = None
    """The record that it is already, where the user sees it."""
    above: int | None = None
    """The row further up in the file that is the same."""
    reason: ShukeError | None = None
    """Why it is skipped or rejected as a whole."""
    match: Match | None = None
    """The record in the database that it is."""
    takes_from: int | None = None
    """The record that has a value of this row still, and gets another by a row of the same batch."""

    def reasons(self) -> tuple[ShukeError, ...]:
        """All reasons."""
        return (*self.line.problems.values(), *((self.reason,) if self.reason else ()))


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row as the result of a check shows it."""

    number: int
    cells: tuple[Cell, ...]
    action: Action
    problems: Mapping[str, ShukeError]
    reason: ShukeError | None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What an import would do. Nothing was written."""

    counts: Mapping[Action, int]
    companions: int
    """Second records (contacts) that would be made at most."""
    companion: str
    """What kind of record they are; "" where there are none."""
    rows: tuple[CheckedRow, ...]
    """The first SHOWN rows, and the first SHOWN that are refused or skipped."""
    unknown: Mapping[str, Mapping[str, int]]
    """{field: {label that is none of its choices: how often}}"""
    missing: Mapping[str, tuple[str, ...]]
    """{reference field: names that would be made}"""
    rejects: Mapping[int, tuple[ShukeError, ...]]

    @property
    def total(self) -> int:
        """Rows of the file."""
        return sum(self.counts.values())


class Pass:
    """One way through the rows of a source, in batches; each is looked up when it is asked for."""

    def __init__(
        self,
        plan: Plan,
        fields: Sequence[Field],
        dictionary: Dictionary,
        session: Session,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self.plan = plan
        self.session = session
        self.converter = Converter(plan, fields, dictionary, session)
        self.finder = Finder(plan.entity)
        self._claims = {f.key: Claims(f) for f in fields if f.claimed and f.key in plan.columns}
        self._refused: set[int] = set()
        """Rows that were refused after they had been good."""
        self._cancelled = cancelled

    def batches(self, source: Source) -> Iterator[list[Verdict]]:
        """Verdicts in the order of the file. Cancelled if asked to end."""
        rows = without_totals(source.rows(self._cancelled))
        size = EXCHANGED if self._claims and self.plan.duplicates is Duplicates.UPDATE else BATCH
        try:
            while chunk := list(islice(rows, size)):
                if self._cancelled is not None and self._cancelled():
                    raise Cancelled(mark("The import was cancelled. Nothing was changed."))
                yield from self._chunk(chunk)
        finally:
            rows.close()

    def _chunk(self, rows: Sequence[Row]) -> Iterator[list[Verdict]]:
        lines = self.converter.batch(self.session, rows)
        keys = self.finder.keys(self.session, lines)
        together = list(zip(lines, rows, keys, strict=True))
        # To update what the same file makes further up, that must be written first.
        parts = _split(together) if self.plan.duplicates is Duplicates.UPDATE else [together]
        for part in parts:
            matches = self.finder.matches(self.session, [key for _, _, key in part])
            verdicts = [
                self._judge(line, row, key, match)
                for (line, row, key), match in zip(part, matches, strict=True)
            ]
            self._refuse_claims(verdicts)
            while self.again(verdicts):
                pass
            yield verdicts

    def again(self, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """Those of ``verdicts`` that were left out as the same as a row which was refused since, judged anew: a row
        that does not come in holds up nobody."""
        found = [
            verdict
            for verdict in verdicts
            if verdict.above in self._refused
            and verdict.action in (Action.SKIP, Action.REJECT)
            and not verdict.line.problems
        ]
        for verdict in found:
            self._decide(verdict)
        self._refuse_claims(found)
        return found

    def forget(self, verdict: Verdict) -> None:
        """The row was refused after all: nothing further down is the same as it."""
        verdict.above = None
        self._refused.add(verdict.line.number)
        self.finder.forget(verdict.keys, verdict.line.number)
        for claims in self._claims.values():
            claims.forget(verdict.line.number)

    def _refuse_claims(self, verdicts: Sequence[Verdict]) -> None:
        for key, claims in self._claims.items():
            written = [v for v in verdicts if v.action in (Action.CREATE, Action.UPDATE)]
            if not written:
                continue
            answer = claims.judge(
                self.session,
                [Claim(v.line.number, v.line.values.get(key), v.record_id, v.above) for v in written],
            )
            for verdict in written:
                verdict.takes_from = answer.taken_from.get(verdict.line.number, verdict.takes_from)
                if (error := answer.refused.get(verdict.line.number)) is not None:
                    verdict.action = Action.REJECT
                    verdict.line.problems[key] = error
                    self.forget(verdict)

    def _judge(self, line: Line, row: Row, keys: tuple[str | None, ...], match: Match | None) -> Verdict:
        verdict = Verdict(line, row.cells, keys, Action.CREATE, match=match)
        if line.problems:
            verdict.action = Action.REJECT
        else:
            self._decide(verdict)
        return verdict

    def _decide(self, verdict: Verdict) -> None:
        verdict.action, verdict.reason = Action.CREATE, None
        verdict.record_id = verdict.above = None
        match, above = verdict.match, self.finder.above(verdict.keys)
        if match is not None or above is not None:
            self._duplicate(verdict, match, above)
        if verdict.action in (Action.CREATE, Action.UPDATE):
            self.finder.remember(verdict.keys, verdict.line.number)

    def _duplicate(self, verdict: Verdict, match: Match | None, above: Above | None) -> None:
        verdict.above = above.row if above is not None else None
        verdict.record_id = match.record_id if match is not None else None
        mode = self.plan.duplicates
        if mode is Duplicates.CREATE:
            if any(same is not None and same.identity.enforced for same in (match, above)):
                verdict.action = Action.REJECT
                verdict.reason = _why(match, above)
        elif mode is Duplicates.SKIP:
            verdict.action = Action.SKIP
            verdict.reason = _why(match, above)
        elif match is None or match.editable:
            verdict.action = Action.UPDATE
        else:
            verdict.action = Action.REJECT
            verdict.reason = (
                Refused(mark("It exists already, and you may not change it."))
                if match.record_id is not None
                else _why(match, above)
            )


def _split(together: list[tuple[Line, Row, tuple[str | None, ...]]]) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    seen: set[tuple[int, str]] = set()
    for item in together:
        own = {(place, key) for place, key in enumerate(item[2]) if key is not None}
        if own & seen:
            parts.append([])
            seen = set()
        seen |= own
        parts[-1].append(item)
    return parts


def _why(match: Match | None, above: Above | None) -> ShukeError:
    if above is not None:
        return Refused(mark("The same as row {row} of the file."), row=above.row)
    if match is not None and match.record_id is None:
        return Refused(mark("It exists already, as somebody else's record that you do not see."))
    return Refused(mark("It exists already."))


@dataclass(slots=True)
class _Kept:
    first: list[CheckedRow] = field(default_factory=list)
    bad: list[CheckedRow] = field(default_factory=list)
    rejects: dict[int, tuple[ShukeError, ...]] = field(default_factory=dict)

    def take(self, verdict: Verdict) -> None:
        row = CheckedRow(
            verdict.line.number, verdict.cells, verdict.action, dict(verdict.line.problems), verdict.reason
        )
        if len(self.first) < SHOWN:
            self.first.append(row)
        elif verdict.action in (Action.REJECT, Action.SKIP) and len(self.bad) < SHOWN:
            self.bad.append(row)
        if verdict.action is Action.REJECT and len(self.rejects) < LISTED:
            self.rejects[row.number] = verdict.reasons()


def check(
    database: Database,
    source: Source,
    plan: Plan,
    user: CurrentUser,
    dictionary: Dictionary,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> CheckResult:
    """The dry run: what would become of each row, in a transaction that can only read.

    Raises Refused where the plan itself is not possible, ImportProblem for a file that cannot be read.
    """
    require_plan(plan, user)
    fields = importable_fields(plan.entity, user)
    counts: Counter[Action] = Counter()
    kept = _Kept()
    missing: dict[str, dict[str, None]] = {}
    companions = 0
    companion = plan.companion
    with database.read_session() as session:
        going = Pass(plan, fields, dictionary, session, cancelled)
        for batch in going.batches(source):
            for verdict in batch:
                counts[verdict.action] += 1
                kept.take(verdict)
                if verdict.action is Action.REJECT:
                    continue
                for key in going.converter.lookups:
                    if isinstance(name := verdict.line.values.get(key), Missing):
                        missing.setdefault(key, {})[name] = None
                if companion is not None and companion.name in verdict.line.values:
                    companions += 1
            if progress is not None:
                progress(sum(counts.values()))
        unknown = {key: dict(labels) for key, labels in going.converter.unknown.items() if labels}
    return CheckResult(
        counts={action: counts[action] for action in Action},
        companions=companions,
        companion=companion.entity if companion is not None else "",
        rows=(*kept.first, *kept.bad),
        unknown=unknown,
        missing={key: tuple(names) for key, names in missing.items()},
        rejects=kept.rejects,
    )
