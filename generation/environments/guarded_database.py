"""A SQLite database in memory that takes hostile SQL.

Four walls, each for its own kind of abuse: the authorizer lets pass only reads and writes of the
given tables and harmless functions; the progress handler stops a statement after `MAX_STEPS` steps
of SQLite's machine (a count, not a time, so that runs repeat exactly); SQLite's limits bound texts
and statements; the page limit bounds the database as a whole.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from generation.environments.base import ToolError

Value = str | int | float | bytes | None
MAX_STEPS = 200_000
MAX_PAGES = 128
"""Of 4 KiB: half a megabyte."""
_STEPS_BETWEEN_CHECKS = 10_000
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 2_500,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 2_500,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 50,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 10,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
}
_READS = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE)
_WRITES = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)
# fmt: off
_FUNCTIONS = frozenset({
    "abs", "avg", "coalesce", "count", "group_concat", "ifnull", "instr", "length", "like", "lower",
    "max", "min", "nullif", "replace", "round", "row_number", "substr", "substring", "sum", "total",
    "trim", "upper",
})
# fmt: on


class GuardedDatabase:
    """Tables that may be read and written, and nothing else that SQL can do."""

    def __init__(self, schema: str, tables: Mapping[str, Sequence[tuple[Value, ...]]]) -> None:
        # No cache of statements: the authorizer is asked when a statement is prepared, so a cached
        # write would pass as a read. The recipe may call from any one thread at a time.
        self._connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False, cached_statements=0
        )
        self._connection.text_factory = lambda text: text.decode("utf-8", "replace")
        self._tables = frozenset(tables)
        self._may_write = False
        self._steps = 0
        self._connection.executescript(schema)
        for table, rows in tables.items():
            self._fill(table, rows)
        self._raise_walls()

    def read(self, sql: str, *, max_rows: int) -> tuple[list[str], list[tuple[Value, ...]]]:
        """Column names and first rows of one SELECT; raises ToolError."""
        with _tool_errors():
            cursor = self._begin(sql, may_write=False)
            rows = cursor.fetchmany(max_rows)
        columns = [str(column[0]) for column in cursor.description or ()]
        cursor.close()
        if not columns:
            raise ToolError("this is no SELECT")
        return columns, rows

    def write(self, sql: str) -> int:
        """Run one INSERT, UPDATE or DELETE; the number of rows it changed; raises ToolError."""
        with _tool_errors():
            cursor = self._begin(sql, may_write=True)
            for _ in cursor:  # a RETURNING statement counts its rows at its end only
                pass
        if cursor.rowcount < 0:
            raise ToolError("this is no INSERT, UPDATE or DELETE")
        return cursor.rowcount

    def dump(self) -> dict[str, list[tuple[Value, ...]]]:
        """Every row of every table, by the first column; not subject to the step limit."""
        self._connection.set_progress_handler(None, 0)
        try:
            return {
                table: self._connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
                for table in sorted(self._tables)
            }
        finally:
            self._connection.set_progress_handler(self._is_over, _STEPS_BETWEEN_CHECKS)

    def close(self) -> None:
        """Forget the database."""
        self._connection.close()

    def _fill(self, table: str, rows: Sequence[tuple[Value, ...]]) -> None:
        for row in rows:
            marks = ", ".join("?" * len(row))
            self._connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)

    def _raise_walls(self) -> None:
        self._connection.execute(f"PRAGMA max_page_count = {MAX_PAGES}")
        for limit, value in _LIMITS.items():
            self._connection.setlimit(limit, value)
        self._connection.set_authorizer(self._authorize)
        self._connection.set_progress_handler(self._is_over, _STEPS_BETWEEN_CHECKS)

    def _begin(self, sql: str, *, may_write: bool) -> sqlite3.Cursor:
        self._steps, self._may_write = 0, may_write
        return self._connection.execute(sql)

    def _authorize(
        self, action: int, first: str | None, second: str | None, *_where: str | None
    ) -> int:
        """Deny by default; `first` and `second` are what SQLite's manual lists for the action."""
        allowed = (
            action in _READS
            or (action == sqlite3.SQLITE_READ and first in self._tables)
            or (action in _WRITES and self._may_write and first in self._tables)
            or (action == sqlite3.SQLITE_FUNCTION and second in _FUNCTIONS)
        )
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    def _is_over(self) -> bool:
        """Whether to stop: called by SQLite after every so many steps."""
        self._steps += _STEPS_BETWEEN_CHECKS
        return self._steps > MAX_STEPS


@contextmanager
def _tool_errors() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
        slow = str(error) == "interrupted"
        raise ToolError(
            "the statement takes too long: simplify it" if slow else str(error)
        ) from error
