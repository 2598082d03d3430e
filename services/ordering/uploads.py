"""Files that labs send in: checked line by line before anything can use them."""

import hashlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson

from ingot.errors import OrderError

UPLOAD_LIMIT_BYTES = 512 * 1024 * 1024
SUFFIXES = {
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/vnd.apache.parquet": ".parquet",
    "application/x-parquet": ".parquet",
}
"""The content types that are taken, and what they are stored as."""


class TooLarge(Exception):
    """The upload is over the limit."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was taken."""

    path: Path
    rows: int
    size_bytes: int
    sha256: str


async def receive(chunks: AsyncIterator[bytes], folder: Path, suffix: str, limit: int) -> Path:
    """Write the body to a file that nothing reads yet; raises TooLarge."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".{uuid.uuid4().hex}{suffix}.tmp"
    size_bytes = 0
    try:
        with path.open("wb") as file:
            async for chunk in chunks:
                size_bytes += len(chunk)
                if size_bytes > limit:
                    raise TooLarge
                file.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def keep(temporary: Path, suffix: str) -> Upload:
    """Check every line and give the file its name, which is its hash; nothing is kept of a bad one.

    The same content sent twice is one file.
    """
    try:
        with temporary.open("rb") as file:
            rows = _parquet_rows(file) if suffix == ".parquet" else _jsonl_rows(file)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        path = temporary.with_name(digest[:32] + suffix)
        size_bytes = temporary.stat().st_size
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return Upload(path, rows, size_bytes, digest)


def _jsonl_rows(file: BinaryIO) -> int:
    rows = 0
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise OrderError(
                f"line {number} is not JSON: {error}; mend it and send the file again",
                f"line {number}",
            ) from error
        if not isinstance(row, dict):
            raise OrderError(
                f"line {number} is not a JSON object: one object with its fields per line",
                f"line {number}",
            )
        rows += 1
    return _some(rows)


def _parquet_rows(file: BinaryIO) -> int:
    from pyarrow.parquet import ParquetFile  # 50 MB that a service without such uploads spares

    try:
        table = ParquetFile(file)
        for batch in table.iter_batches():  # reads all: a damaged page must not wait till later
            batch.validate()
    except Exception as error:  # pyarrow raises OSError, ArrowInvalid and plain ValueError
        raise OrderError(f"the body is not a sound Parquet file: {error}", "file") from error
    return _some(int(table.metadata.num_rows))


def _some(rows: int) -> int:
    if rows == 0:
        raise OrderError("the file holds no rows: send one JSON object per line", "file")
    return rows
