"""Files that labs send in: checked line by line before anything can use them."""

import hashlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, TypedDict

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


Purpose = Literal["prompts", "completions", "benchmark", "decisions"]
MOST_FAULTS = 1_000


class Fault(TypedDict):
    """What is wrong with a line."""

    line: int
    detail: str


class TooLarge(Exception):
    """The upload is over the limit."""


class FaultyFile(Exception):
    """Some lines are not what they have to be."""

    def __init__(self, faults: list[Fault], rows: int, size_bytes: int, sha256: str) -> None:
        super().__init__(f"line {faults[0]['line']} {faults[0]['detail']}")
        self.faults, self.rows, self.size_bytes, self.sha256 = faults, rows, size_bytes, sha256


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


def keep(temporary: Path, suffix: str, purpose: Purpose = "prompts") -> Upload:
    """Check every line and give the file its name, which is its hash; nothing is kept of a bad one.

    The same content sent twice is one file. Raises FaultyFile with what is wrong in which line.
    """
    try:
        with temporary.open("rb") as file:
            rows, faults = (
                (_parquet_rows(file), []) if suffix == ".parquet" else _check_lines(file, purpose)
            )
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size_bytes = temporary.stat().st_size
        if faults:
            raise FaultyFile(faults, rows, size_bytes, digest)
        path = temporary.with_name(digest[:32] + suffix)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return Upload(path, rows, size_bytes, digest)


def _check_lines(file: BinaryIO, purpose: Purpose) -> tuple[int, list[Fault]]:
    """The number of lines with something on them, and the first thousand faults."""
    rows, faults, seen = 0, list[Fault](), set[str]()
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        rows += 1
        if (detail := _fault(line, purpose, seen)) and len(faults) < MOST_FAULTS:
            faults.append({"line": number, "detail": detail})
    return _some(rows), faults


def _fault(line: bytes, purpose: Purpose, seen: set[str]) -> str:
    """What is wrong with a line, '' where nothing is."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return f"is not JSON: {error}"
    if not isinstance(row, dict):
        return "is not a JSON object: one object with its fields per line"
    if b"\\u0000" in line:
        return "holds a NUL character (\\u0000): remove it"
    if purpose == "decisions" and not isinstance(row.get("item_id"), str):
        return "has no item_id: name the item that is decided on"
    custom = row.get("custom_id")
    if isinstance(custom, str) and custom in seen:
        return f"has the custom_id {custom!r:.80} of an earlier line: each has to be its own"
    if isinstance(custom, str):
        seen.add(custom)
    return ""


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
