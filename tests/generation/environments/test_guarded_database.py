from collections.abc import Iterator

import pytest

from generation.environments.base import ToolError
from generation.environments.guarded_database import GuardedDatabase

ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r{}) "


@pytest.fixture
def database() -> Iterator[GuardedDatabase]:
    made = GuardedDatabase("CREATE TABLE t (id INTEGER, name TEXT)", {"t": [(1, "a"), (2, "b")]})
    yield made
    made.close()


def test_rows_are_read_up_to_the_limit(database: GuardedDatabase) -> None:
    assert database.read("SELECT * FROM t", max_rows=2) == (["id", "name"], [(1, "a"), (2, "b")])
    assert database.read("SELECT id FROM t ORDER BY id DESC", max_rows=1) == (["id"], [(2,)])


def test_rows_are_written_and_counted(database: GuardedDatabase) -> None:
    assert database.write("INSERT INTO t VALUES (3, 'c') RETURNING id") == 1
    assert database.write("UPDATE t SET name = 'x' WHERE id > 1") == 2
    assert database.write("DELETE FROM t WHERE id = 1") == 1
    assert database.dump() == {"t": [(2, "x"), (3, "x")]}


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH DATABASE '/tmp/stolen.db' AS stolen",
        "VACUUM INTO '/tmp/stolen.db'",
        "PRAGMA max_page_count = 100000",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM pragma_table_info('t')",
        "CREATE TABLE u (id)",
        "CREATE TEMP TABLE u (id)",
        "DROP TABLE t",
        "ALTER TABLE t RENAME TO u",
        "BEGIN",
        "SAVEPOINT s",
        "SELECT load_extension('x')",
        "SELECT random()",
        "SELECT date('now')",
        "SELECT printf('%9999d', 1)",
        "INSERT INTO sqlite_master VALUES (1)",
    ],
)
def test_nothing_but_the_tables_can_be_touched(database: GuardedDatabase, sql: str) -> None:
    before = database.dump()
    for use in (lambda: database.read(sql, max_rows=5), lambda: database.write(sql)):
        with pytest.raises(ToolError, match=r"not authori[sz]ed|prohibited|denied|may not"):
            use()
    assert database.dump() == before


def test_a_read_writes_nothing_even_if_the_same_write_went_before(
    database: GuardedDatabase,
) -> None:
    sql = "DELETE FROM t WHERE id = 1"
    database.write(sql)
    with pytest.raises(ToolError, match="not authorized"):
        database.read(sql, max_rows=5)


@pytest.mark.parametrize("sql", ["", ";", "-- nothing", "SELECT 1; SELECT 2", "SELECT ?", "HELLO"])
def test_what_is_not_one_statement_is_refused(database: GuardedDatabase, sql: str) -> None:
    with pytest.raises(ToolError):
        database.read(sql, max_rows=5)
    with pytest.raises(ToolError):
        database.write(sql)


def test_a_write_must_be_one(database: GuardedDatabase) -> None:
    with pytest.raises(ToolError, match="this is no INSERT"):
        database.write("SELECT 1")


def test_statements_without_end_are_stopped(database: GuardedDatabase) -> None:
    before = database.dump()
    assert database.read(ENDLESS.format(" LIMIT 9") + "SELECT MAX(n) FROM r", max_rows=1)[1] == [
        (9,)
    ]
    with pytest.raises(ToolError, match="takes too long"):
        database.read(ENDLESS.format("") + "SELECT MAX(n) FROM r", max_rows=1)
    with pytest.raises(ToolError, match=r"takes too long|full"):
        database.write("INSERT INTO t " + ENDLESS.format("") + "SELECT n, 'x' FROM r")
    assert database.dump() == before


def test_the_database_cannot_grow_without_end(database: GuardedDatabase) -> None:
    rows = ENDLESS.format(" LIMIT 200") + f"SELECT n, '{'x' * 1_000}' FROM r"
    assert database.write(f"INSERT INTO t {rows}") == 200
    assert database.write(f"INSERT INTO t {rows}") == 200
    with pytest.raises(ToolError, match="full"):
        database.write(f"INSERT INTO t {rows}")
    assert len(database.dump()["t"]) == 402


def test_texts_cannot_grow_without_end(database: GuardedDatabase) -> None:
    doubled = "SELECT REPLACE(REPLACE('{}', 'x', 'yyyyyyyyyy'), 'y', 'zzzzzzzzzz')"
    assert database.read(doubled.format("x" * 20), max_rows=1)[1] == [("z" * 2_000,)]
    with pytest.raises(ToolError, match="too big"):
        database.read(doubled.format("x" * 30), max_rows=1)


def test_odd_values_can_be_read(database: GuardedDatabase) -> None:
    row = database.read("SELECT CAST(x'ff' AS TEXT), x'00', 9e999, NULL", max_rows=1)[1]
    assert row == [("�", b"\x00", float("inf"), None)]
