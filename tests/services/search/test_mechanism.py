"""Hostile words, ranking, sorting by pinyin, triggers, the index under a policy, the oldest server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.dialects import postgresql

from app.embedded import EmbeddedServer
from services import search
from tests.databases import server_folder
from tests.services.search.items import DATA, ITEM, SQL, Find, address, needs_data, prepare, put, rows


@needs_data
def test_hostile_words_are_only_words(connection: Connection, find: Find) -> None:
    hostile = json.loads((DATA / "hostile" / "blns.json").read_text(encoding="utf-8"))
    hostile += [
        *"'\\(&|!:*<>%\x00\ud800",
        "a'b",
        "a\\'b",
        "a:*",
        "!a",
        "a <-> b",
        "é'",
        "'é\\",
        "%s",
        "%(x)s",
        "é%é",
    ]
    put(connection, "name", *(s for s in hostile if "\x00" not in s and "\ud800" not in s))
    for words in hostile:
        find(words)
        search.parse(words)
        if search.parse(words).anchored:
            connection.execute(select(search.rank_expression(ITEM.c.search, words, name=ITEM.c.name)))


@needs_data
def test_both_sides_normalise_alike(connection: Connection) -> None:
    names = [r["name"] for r in rows("company_names/names_odd.tsv.gz")[:1500]]
    names += [
        s for s in json.loads((DATA / "hostile" / "blns.json").read_text(encoding="utf-8")) if "\x00" not in s
    ]
    statement = text("SELECT n, app.search_normalise(n) FROM unnest(CAST(:names AS text[])) AS n")
    # Characters newer than one side's Unicode tables are not normalised by it, and are nobody's name.
    wrong = [
        n for n, theirs in connection.execute(statement, {"names": names}) if search.normalise(n) != theirs
    ]
    assert wrong == []


@pytest.mark.req("PLT-03")
def test_the_best_match_stands_first(connection: Connection) -> None:
    names = {"宏长城": "Z9", "长城汽车": "B1", "长城": "C1", "中国长城": "D1", "春潮": "CC", "虫草": "E1"}
    for name, code in names.items():
        connection.execute(text("INSERT INTO app.item (name, code) VALUES (:n, :c)"), {"n": name, "c": code})
    inner = search.candidates(select(ITEM), ITEM.c.search, "cc").subquery()
    rank = search.rank_expression(inner.c.search, "cc", exact=[inner.c.code], name=inner.c.name)
    answer = connection.execute(select(inner.c.name, rank).order_by(rank, inner.c.sort_name)).all()
    assert [tuple(r) for r in answer] == [
        ("春潮", 0), ("长城", 2), ("长城汽车", 2), ("虫草", 2), ("宏长城", 3), ("中国长城", 3)
    ]  # fmt: skip
    inner = search.candidates(select(ITEM), ITEM.c.search, "长城").subquery()
    rank = search.rank_expression(inner.c.search, "长城", exact=[inner.c.code], name=inner.c.name)
    answer = connection.execute(select(inner.c.name, rank).order_by(rank, inner.c.sort_name)).all()
    assert [r[1] for r in answer] == [0, 1, 3, 3]


@pytest.mark.req("PLT-05")
def test_names_sort_by_pinyin(connection: Connection) -> None:
    right = [
        "ABC",
        "安徽",
        "北京",
        "曾",
        "长城",
        "重庆",
        "厦门",
        "银行",
        "音乐厅",
        "乐清",
        "张飞",
        "张三",
        "章丘",
    ]
    put(connection, "name", *sorted(right))
    ordered = [r[0] for r in connection.execute(select(ITEM.c.name).order_by(ITEM.c.sort_name))]
    assert ordered == right


@pytest.mark.req("PLT-05")
def test_people_sort_by_their_surname(connection: Connection) -> None:
    put(connection, "person", "单雄信", "尉迟恭", "曾国藩", "丁一", "任可", "欧阳修")
    keys = [
        str(connection.execute(text("SELECT app.sort_key(:n, true)"), {"n": n}).scalar_one())
        for n in ("单雄信", "尉迟恭", "曾国藩", "万俟卨", "单")
    ]
    assert [key.replace(" ", "") for key in keys] == [
        "shan单xiong雄xin信", "yu尉chi迟gong恭", "zeng曾guo国fan藩", "mo万qi俟xie卨", "dan单"
    ]  # fmt: skip


def test_an_update_renews_only_when_something_changed(connection: Connection, find: Find) -> None:
    put(connection, "name", "重庆")
    connection.execute(
        text("UPDATE app.item SET label = '成都', name = '成都', search = 'x', sort_name = 'y'")
    )
    assert find("cd") == ["成都"] and find("重庆") == [] and find("chengdu") == ["成都"]
    connection.execute(text("UPDATE app.item SET search = CAST('x' AS tsvector), sort_name = 'y'"))
    assert find("cd") == ["成都"]
    connection.execute(text("ALTER TABLE app.item DISABLE TRIGGER fill_search"))
    connection.execute(text("UPDATE app.item SET search = NULL"))
    connection.execute(text("ALTER TABLE app.item ENABLE TRIGGER fill_search"))
    assert find("cd") == []
    connection.execute(text("UPDATE app.item SET search = NULL"))
    assert find("cd") == ["成都"]


def test_a_correction_of_the_office_is_known(connection: Connection, find: Find) -> None:
    put(connection, "name", "仝氏")
    assert find("xyz") == []
    connection.execute(
        text("INSERT INTO app.reading_correction (phrase, readings) VALUES ('仝氏', '{xue,yi}')")
    )
    connection.execute(text("UPDATE app.item SET search = NULL"))
    assert find("xueyi") == find("xy") == find("tongshi") == find("ts") == ["仝氏"]
    assert connection.execute(select(ITEM.c.sort_name)).scalar_one().startswith("xue")


def test_the_index_answers_under_a_policy(connection: Connection) -> None:
    put(connection, "name", "独一无二", *(f"重庆{number}公司" for number in range(3000)))
    connection.execute(text("ALTER TABLE app.item ENABLE ROW LEVEL SECURITY"))
    connection.execute(text("CREATE POLICY boss ON app.item FOR SELECT TO shuke_staff USING ((SELECT true))"))
    connection.execute(text("GRANT USAGE ON SCHEMA app TO shuke_staff"))
    connection.execute(text("GRANT SELECT ON app.item TO shuke_staff"))
    connection.execute(text("ANALYZE app.item"))
    connection.execute(text("SET LOCAL ROLE shuke_staff"))
    statement = select(ITEM.c.label).where(search.search_condition(ITEM.c.search, "dyw"))
    compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    plan = "\n".join(r[0] for r in connection.exec_driver_sql(f"EXPLAIN {compiled}"))
    assert "Index Cond" in plan and "ix_item_search" in plan
    assert connection.execute(statement).scalars().all() == ["独一无二"]


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """For a server of its own; pytest's folders are taken from the server's user by the next run."""
    with server_folder() as made:
        yield made


def test_it_loads_on_the_oldest_server_and_without_a_superuser(own_folder: Path) -> None:
    oldest = EmbeddedServer(own_folder, version=16)
    oldest.start()
    try:
        engine = create_engine(address(oldest))
        prepare(engine)
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO app.item (name, code) VALUES ('重庆火锅', 'A-17')"))
            statement = select(ITEM.c.name).where(search.search_condition(ITEM.c.search, "cqhg a17"))
            assert connection.execute(statement).scalars().all() == ["重庆火锅"]
            # An office whose provider keeps the superuser: the same operator, made by an ordinary owner.
            connection.execute(text("DROP OPERATOR CLASS app.tsvector_search_ops USING gin CASCADE"))
            connection.execute(
                text("DROP OPERATOR FAMILY IF EXISTS app.tsvector_search_ops USING gin CASCADE")
            )
            connection.execute(text("DROP OPERATOR app.@@@ (tsvector, tsquery) CASCADE"))
            connection.execute(text("DROP FUNCTION app.ts_match(tsvector, tsquery) CASCADE"))
            connection.execute(text("CREATE ROLE plain NOLOGIN"))
            connection.execute(text("ALTER SCHEMA app OWNER TO plain"))
            connection.execute(text("ALTER TABLE app.item OWNER TO plain"))
            connection.execute(text("SET LOCAL ROLE plain"))
            connection.exec_driver_sql(SQL[0].read_text(encoding="utf-8").replace("%", "%%"))
            assert connection.execute(statement).scalars().all() == ["重庆火锅"]
            connection.execute(text("RESET ROLE"))
            connection.exec_driver_sql(SQL[0].read_text(encoding="utf-8").replace("%", "%%"))
            assert connection.execute(statement).scalars().all() == ["重庆火锅"]
            leakproof = text("SELECT proleakproof FROM pg_proc WHERE proname = 'ts_match'")
            assert connection.execute(leakproof).scalar_one() is True
        engine.dispose()
    finally:
        oldest.stop()
