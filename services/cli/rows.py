"""Rows of files that people bring and take: JSONL or Parquet, with errors that say what to do."""

import os
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from ingot.datasets import read_rows
from ingot.errors import OrderError, StorageError, boundary
from services.cli.preflight import require_file

SUFFIXES = (".jsonl", ".parquet")
LISTED_COLUMNS = 20
"""Most columns that an error lists."""

Row = dict[str, Any]


def read_frame(path: str | Path, options: dict[str, object] | None = None) -> list[Row]:
    """The rows of a JSONL or Parquet file or address, as dicts, in their order.

    Raises OrderError for a file that is not there, holds no rows or cannot be read as what it is;
    a broken line is named by its number. `options` are fsspec's, for an address.
    """
    name = str(path)
    if not name.endswith(SUFFIXES):
        raise OrderError(f"cannot read {name}: name a .jsonl or .parquet file")
    require_file("", name)
    rows = read_rows(name, options)
    if not rows:
        raise OrderError(f"{name} holds no rows: name a file that holds some")
    return rows


def write_rows(path: str | Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as JSONL or Parquet, by the suffix, so that the file is there whole or not at all.

    Parquet needs one type in each column, JSONL what JSON can hold: OrderError where that fails.
    """
    target = require_target(path)
    payload = _encode(target, [dict(row) for row in rows])
    with boundary(StorageError, f"cannot write {target}; check the folder and its free space"):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        temporary.write_bytes(payload)
        temporary.replace(target)


def require_target(path: str | Path) -> Path:
    """The path, if rows can be written there by its suffix; to be asked before any work is done."""
    target = Path(path)
    if target.suffix not in SUFFIXES:
        raise OrderError(f"cannot write {target}: name a .jsonl or .parquet file")
    if target.is_dir():
        raise OrderError(f"cannot write {target}: it is a folder, name a file")
    return target


def require_writable(path: str | Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Raise the OrderError that `write_rows` would raise for such rows, before any work is done."""
    _encode(require_target(path), [dict(row) for row in rows])


def column(rows: Sequence[Mapping[str, Any]], name: str, option: str = "") -> list[Any]:
    """The column's value in each row, None where a row has none; `a.b` reaches into nested columns.

    Raises OrderError where no row has it; `option` is what named it, such as --reference-column.
    """
    values = [cell(row, name) for row in rows]
    if any(value is not None for value in values):
        return values
    where = f"{option}: " if option else ""
    present = columns_of(rows)
    listed = ", ".join(present[:LISTED_COLUMNS]) + (", ..." if present[LISTED_COLUMNS:] else "")
    has = "is empty in every row" if name in present else "is not there"
    raise OrderError(f"{where}column '{name}' {has}; the file has {listed or 'no columns'}", name)


def cell(row: Mapping[str, Any], name: str) -> Any:
    """A row's value in a column, None where there is none; a column's own name may hold points."""
    if name in row:
        return row[name]
    value: Any = row
    for part in name.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def columns_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """All column names of the rows, in the order in which they first come."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _encode(target: Path, rows: list[Row]) -> bytes:
    if target.suffix == ".jsonl":
        with boundary(OrderError, f"{target}: JSON cannot hold a value; name a .parquet file"):
            return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
    buffer = BytesIO()
    with boundary(OrderError, f"{target}: a column holds several types; name a .jsonl file"):
        pl.DataFrame(rows, infer_schema_length=None).write_parquet(buffer)
    return buffer.getvalue()
