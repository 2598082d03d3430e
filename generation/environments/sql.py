"""A small database of customers and orders, worked on in SQL."""

from random import Random

from generation.environments.base import Tool
from generation.environments.guarded_database import GuardedDatabase, Value
from generation.environments.scenario import ScenarioEnvironment, canonical
from generation.environments.schema import object_schema, text_field
from generation.environments.tasks.sql import Tables, draw_sql

MAX_ROWS = 20
MAX_CELL = 100
"""Characters of one value that a result shows."""
_TABLES = """\
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, item TEXT NOT NULL, \
amount INTEGER NOT NULL, status TEXT NOT NULL);
CREATE TABLE reports (title TEXT PRIMARY KEY, value INTEGER NOT NULL);"""
_SQL = text_field("One SQL statement, as SQLite understands it")


class Sql(ScenarioEnvironment[Tables]):
    """Customers, their orders, and a table for reports."""

    name = "sql"
    tools = (
        Tool("describe_tables", "The tables and their columns.", object_schema(), True),
        Tool(
            "query",
            f"Run one SELECT and see at most {MAX_ROWS} rows.",
            object_schema(sql=_SQL),
            True,
        ),
        Tool("execute", "Run one INSERT, UPDATE or DELETE.", object_schema(sql=_SQL)),
    )

    def __init__(self, rng: Random) -> None:
        super().__init__(draw_sql(rng))
        self._database = GuardedDatabase(_TABLES, self._scenario.start)

    def state(self) -> str:
        """Every row of every table."""
        return canonical(self._database.dump())

    def close(self) -> None:
        """Forget the database."""
        self._database.close()

    def _describe_tables(self) -> str:
        return f"{_TABLES}\nThe status of an order is paid, open or cancelled."

    def _query(self, sql: str) -> str:
        columns, rows = self._database.read(sql, max_rows=MAX_ROWS + 1)
        lines = [" | ".join(columns), *(" | ".join(map(_show, row)) for row in rows[:MAX_ROWS])]
        if not rows:
            lines.append("(no rows)")
        if len(rows) > MAX_ROWS:
            lines.append(f"(more rows; only {MAX_ROWS} are shown)")
        return "\n".join(lines)

    def _execute(self, sql: str) -> str:
        return f"rows changed: {self._database.write(sql)}"


def _show(value: Value) -> str:
    text = "NULL" if value is None else str(value)
    return text if len(text) <= MAX_CELL else f"{text[:MAX_CELL]}..."
