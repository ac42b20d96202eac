"""What narrows a search to whose rows it is about: never a row less than its policies show."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import cast, not_, or_, select
from sqlalchemy.dialects.postgresql import TSQUERY

from services.global_search import searched
from services.records import table_of
from services.registry import ALL
from services.sample.staff import PEOPLE
from services.search import Scope, read_scopes, search_condition
from services.session import log_in
from tests.conftest import Company
from tests.e2e.test_visibility_everywhere import arrange, share_something

LOGINS = [person.login for person in PEOPLE]
MOVES = (
    "UPDATE customers.customer SET owner_id = {sales5} WHERE owner_id = {sales1} AND id % 3 = 0",
    "UPDATE customers.customer SET owner_id = NULL, pooled_at = now() WHERE owner_id = {sales2} AND id % 3 = 0",
    'UPDATE sales."order" SET owner_id = {sales6} WHERE owner_id = {sales1} AND id % 2 = 0',
    "UPDATE finance.payment SET owner_id = {sales6} WHERE owner_id = {sales1} AND id % 2 = 0",
    "UPDATE activities.task SET executor_id = {sales7} WHERE executor_id = {sales1} AND state IN ('open', 'accepted')",
    "UPDATE activities.task SET others = ARRAY[{sales8}, {accountant}] WHERE state IN ('open', 'accepted')",
    "INSERT INTO stock.keeper (warehouse_id, user_id) SELECT id, {sales3} FROM stock.warehouse ORDER BY id LIMIT 1",
)


def within(table: Any, scope: Scope) -> Any:
    """The rows that ``scope`` leaves, whatever is typed."""
    whose = " | ".join(scope.lexemes)
    own = table.c.search.bool_op("@@")(cast(whose, TSQUERY))
    return or_(own, *(table.c[column].in_(ids) for column, ids in scope.shared.items()))


def move_things(company: Company) -> None:
    """Records get other owners, doers and keepers, as transfers, the pool and forms write them."""
    admin: Any = company.psql()
    ids = {
        str(login): int(i)
        for login, i in admin.execute('SELECT login, id FROM organisation."user"').fetchall()
    }
    for statement in MOVES:
        done = admin.execute(statement.format_map(ids))
        assert done.rowcount, statement


@pytest.mark.req("PLT-03")
@pytest.mark.parametrize(
    ("levels", "shown"),
    [({}, ["basic", "contacts", "records"]), ({"customers": "read", "orders": "write"}, ["basic", "orders"])],
    ids=["as delivered", "opened"],
)
def test_a_scope_leaves_every_row_that_is_seen(
    sample: Company, levels: dict[str, str], shown: list[str]
) -> None:
    share_something(sample)
    move_things(sample)
    arrange(sample, levels, shown)
    admin: Any = sample.psql()
    narrowed: dict[str, set[str]] = {}
    left_out = 0
    for login in LOGINS:
        database = sample.as_(login)
        user = log_in(database)
        with database.read_session() as session:
            kinds = [entity for entity in searched(ALL, user) if "search" in table_of(entity).c]
            scopes = read_scopes(session, [e.key for e in kinds])
            narrowed[login] = set(scopes)
            for entity in kinds:
                table, scope = table_of(entity), scopes.get(entity.key)
                if scope is None:
                    continue
                seen = set(session.scalars(select(table.c.id)))
                hidden = session.scalars(select(table.c.id).where(not_(within(table, scope)))).all()
                assert not hidden, (login, entity.key, scope)
                # and by words: the same answers with and without it
                for words in ("公司", "youxian", "重庆", "zhongqing", "1", "xs", "hf"):
                    answers = [
                        set(
                            session.scalars(
                                select(table.c.id).where(search_condition(table.c.search, words, s))
                            )
                        )
                        for s in (None, scope)
                    ]
                    assert answers[0] == answers[1] <= seen, (login, entity.key, words)
                whose = " | ".join(scope.lexemes)
                name = f'{table.schema}."{table.name}"'
                every = admin.execute(
                    f"SELECT count(*) FROM {name} WHERE NOT search @@ %s::tsquery",
                    (whose,),
                ).fetchone()
                left_out += int(every[0]) if every else 0
    assert narrowed["boss"] == set() and "sales.order" not in narrowed["manager"]
    assert {"delivery.note", "stock.issue", "activities.task"} <= narrowed["sales1"]
    assert ("sales.order" in narrowed["sales1"]) == (not levels)
    assert left_out > 500, "nobody is spared anything"


@pytest.mark.req("PLT-03")
def test_a_rule_that_is_not_understood_narrows_nothing(company: Company) -> None:
    admin = company.psql()
    for rule, ways in (
        ("true", None),
        ("owner_id = ANY ((SELECT app.my_owner_ids())::bigint[]) OR remark = ''", None),
        ("owner_id IS NULL AND (SELECT app.can('x'))", None),
        (
            "owner_id = ANY ((SELECT app.my_owner_ids('a.b'))::bigint[])"
            " OR owner_id IS NULL AND (SELECT app.can('x') OR app.serves('a.b'))"
            " OR d && (SELECT app.my_owner_ids())::bigint[] OR made_by = (SELECT app.my_user_id())"
            " OR e = ANY ((SELECT app.my_warehouse_ids())::bigint[])"
            " OR c = ANY ((SELECT app.my_shared_ids('a.c'))::bigint[])",
            {"whose": ["made_by", "owner_id"], "several": ["d"], "where": ["e"], "shared": {"c": "a.c"}},
        ),
    ):
        assert admin.execute("SELECT app.ways_of(%s)", (rule,)).fetchone() == (ways,)
