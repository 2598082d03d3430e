"""Preference rows as they were delivered: prompt, chosen and rejected, each a list of messages."""

from typing import Any

import fsspec
from pydantic import Field, ValidationError

from ingot.datasets import read_rows
from ingot.errors import OrderError, StorageError, boundary
from ingot.orders import order_error
from ingot.records import Message, Model

COLUMNS = ("prompt", "chosen", "rejected")


class PreferenceRow(Model):
    """One row to train on."""

    prompt: tuple[Message, ...] = Field(min_length=1)
    chosen: tuple[Message, ...] = Field(min_length=1)
    """The assistant's turns that shall become likelier."""
    rejected: tuple[Message, ...] = Field(min_length=1)


def read_preferences(uri: str, options: dict[str, object] | None = None) -> list[PreferenceRow]:
    """Rows of a Parquet or JSONL file, or of a delivered folder's `data/*.parquet`.

    Raises an OrderError that names the file, the row and the fault. Other columns are left alone.
    """
    return [
        _parse_row(row, f"{file} row {number}")
        for file in _data_files(uri, options)
        for number, row in enumerate(read_rows(file, options), start=1)
    ]


def _data_files(uri: str, options: dict[str, object] | None) -> list[str]:
    if uri.endswith((".parquet", ".jsonl")):
        return [uri]
    with boundary(StorageError, f"cannot list {uri}; check address and credentials"):
        fs, folder = fsspec.url_to_fs(uri, **(options or {}))
        found = sorted(fs.glob(f"{folder.rstrip('/')}/data/*.parquet"))
        files = [str(fs.unstrip_protocol(name)) for name in found]
    if not files:
        raise OrderError(f"{uri} has no data/*.parquet: name a delivered folder or a Parquet file")
    return files


def _parse_row(row: dict[str, Any], where: str) -> PreferenceRow:
    missing = [column for column in COLUMNS if column not in row]
    if missing:
        raise OrderError(
            f"{where} lacks {', '.join(missing)}: training needs the columns {', '.join(COLUMNS)}"
        )
    try:
        return PreferenceRow.model_validate({column: row[column] for column in COLUMNS})
    except ValidationError as error:
        fault = order_error(error)
        raise OrderError(f"{where}: {fault}", fault.field) from error
