from random import Random

import pytest

from generation.environments.base import ToolError
from generation.environments.sql import MAX_ROWS, Sql


@pytest.fixture
def sql() -> Sql:
    return Sql(Random(2))


def test_results_show_columns_and_rows(sql: Sql) -> None:
    result = sql.call("query", {"sql": "SELECT id, NULL AS none FROM customers WHERE id = 1"})
    assert result == "id | none\n1 | NULL"
    assert sql.call("query", {"sql": "SELECT * FROM reports"}) == "title | value\n(no rows)"


def test_results_are_cut_with_a_note(sql: Sql) -> None:
    whole = sql.call("query", {"sql": "SELECT id FROM orders"}).split("\n")
    assert len(whole) == 15
    pairs = sql.call("query", {"sql": "SELECT 1 FROM orders a, orders b"}).split("\n")
    assert pairs[MAX_ROWS:] == ["1", f"(more rows; only {MAX_ROWS} are shown)"]


def test_long_values_are_cut(sql: Sql) -> None:
    assert sql.call("query", {"sql": f"SELECT '{'x' * 100}' AS t"}).endswith("\n" + "x" * 100)
    assert sql.call("query", {"sql": f"SELECT '{'x' * 101}' AS t"}).endswith("x...")


def test_a_query_changes_nothing_and_a_change_is_counted(sql: Sql) -> None:
    with pytest.raises(ToolError, match="not authorized"):
        sql.call("query", {"sql": "DELETE FROM orders"})
    assert sql.call("execute", {"sql": "DELETE FROM orders"}) == "rows changed: 14"


def test_the_description_names_every_table(sql: Sql) -> None:
    described = sql.call("describe_tables", {})
    assert all(f"CREATE TABLE {name} (" in described for name in ("customers", "orders", "reports"))


def test_after_close_there_is_no_database(sql: Sql) -> None:
    sql.close()
    sql.close()
    with pytest.raises(ToolError, match="closed"):
        sql.call("query", {"sql": "SELECT 1"})
