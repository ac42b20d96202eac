"""What the tests of importing share: a client's worth of things, small files, real ones."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.database import Database
from services.entity import Entity
from services.importing.checking import CheckResult, check
from services.importing.plan import Duplicates, Plan, Source, importable_fields, propose
from services.importing.running import Importer, Outcome
from services.registry import ENTITIES
from services.session import CurrentUser, Dictionary, log_in, read_dictionary
from services.tabular.reading import open_table
from tests.conftest import Company
from tests.factories.rights import give

CUSTOMER = "customers.customer"
TITLES = ("客户名称", "编号", "联系电话", "信用额度", "省市区", "客户类别", "备注")
COLUMNS = {
    "name": "客户名称",
    "number": "编号",
    "phone": "联系电话",
    "credit_limit": "信用额度",
    "region": "省市区",
    "category": "客户类别",
    "remark": "备注",
}
"""Columns of a file of customers: field and title."""


@dataclass
class Office:
    """One person at work."""

    company: Company
    database: Database
    user: CurrentUser
    dictionary: Dictionary

    @classmethod
    def of(cls, company: Company, login: str) -> Office:
        # the files have a column of how much a customer may owe
        give(company, "sales", "customers.set_credit")
        database = company.as_(login)
        user = log_in(database)
        with database.read_session() as session:
            return cls(company, database, user, read_dictionary(session))

    def plan(
        self, entity: str, source: Source, columns: Mapping[str, str] | None = None, **options: Any
    ) -> Plan:
        """The plan that the program proposes, with ``columns`` {field: title} chosen otherwise ("": none)."""
        chosen = propose(source, ENTITIES[entity], self.user).by_field()
        for field, title in (columns or {}).items():
            chosen.pop(field, None)
            if title:
                place = source.titles.index(title)
                chosen = {key: column for key, column in chosen.items() if column != place}
                chosen[field] = place
        return Plan(ENTITIES[entity], chosen, **options)

    def check(self, source: Source, plan: Plan) -> CheckResult:
        return check(self.database, source, plan, self.user, self.dictionary)

    def importer(self, source: Source, plan: Plan, **options: Any) -> Importer:
        return Importer(self.database, source, plan, self.user, self.dictionary, **options)

    def run(self, source: Source, plan: Plan, **options: Any) -> Outcome:
        return self.importer(source, plan, **options).run()

    def rows(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
        """As the superuser: what really is there."""
        return self.company.psql().execute(statement, arguments).fetchall()

    def one(self, statement: str, *arguments: object) -> Any:
        return self.rows(statement, *arguments)[0][0]


def table(folder: Path, titles: Sequence[str], *rows: Sequence[object], name: str = "file.csv") -> Source:
    """A CSV with these rows."""
    path = folder / name
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(titles)
        writer.writerows(rows)
    return open_table(path, header=(1, 1))


def counts(result: CheckResult) -> dict[str, int]:
    """Counts without the zeros."""
    return {str(action): count for action, count in result.counts.items() if count}


def reasons(office: Office, entity: Entity, result: Outcome | CheckResult) -> dict[int, str]:
    """Row: all its reasons in words."""
    from services.importing.rejected import sentence

    fields = importable_fields(entity, office.user)
    return {row: "；".join(sentence(r, fields) for r in found) for row, found in result.rejects.items()}


__all__ = ["Duplicates", "Office", "counts", "reasons", "table"]
