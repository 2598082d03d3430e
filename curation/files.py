"""Curation of a file: the same steps, on anybody's JSONL or Parquet."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from io import BytesIO
from pathlib import Path

import orjson
import polars as pl
from pydantic import ValidationError

from curation.benchmarks import read_benchmarks
from curation.decisions import Drop
from curation.pipeline import Curated, curate
from curation.semantic import Encoder
from ingot.datasets import read_rows
from ingot.errors import OrderError, StorageError, boundary
from ingot.orders import CurationTerms, order_error
from ingot.records import JudgeKind, Preference

_TURNS = {"prompt": "user", "chosen": "assistant", "rejected": "assistant"}


def curate_file(
    source: str, target: Path, terms: CurationTerms, encoder: Encoder | None
) -> Curated:
    """Write the kept rows, every column as it came, and `<target>.drops.jsonl`.

    A row needs `prompt`, `chosen` and `rejected`, each a text or a list of {role, content}.
    """
    if target.suffix not in (".jsonl", ".parquet"):
        raise OrderError(f"cannot write {target}: name a .jsonl or .parquet file")
    rows = read_rows(source)
    preferences = [_read(row, source, number) for number, row in enumerate(rows, start=1)]
    curated = curate(preferences, terms, read_benchmarks(terms.decontaminate_against), encoder)
    with boundary(StorageError, f"cannot write {target}; check the folder and its free space"):
        _replace(target.with_name(f"{target.name}.drops.jsonl"), _drop_lines(curated.drops))
        _replace(target, _encode([rows[row] for row in curated.rows], target.suffix, rows))
    return curated


def _read(row: dict[str, object], source: str, number: int) -> Preference:
    where = f"{source} line {number}"
    parts = {name: _as_messages(row.get(name), role) for name, role in _TURNS.items()}
    if missing := [name for name, value in parts.items() if value is None]:
        raise OrderError(f"{where} lacks {', '.join(missing)}: give a text or messages", missing[0])
    try:
        # Who decided, and how surely, plays no part here; the rows are written as they came.
        return Preference.model_validate({**parts, "source": JudgeKind.JUDGE, "confidence": 0})
    except ValidationError as error:
        fault = order_error(error)
        raise OrderError(f"{where}: {fault}", fault.field) from error


def _as_messages(value: object, role: str) -> object:
    return [{"role": role, "content": value}] if isinstance(value, str) else value


def _drop_lines(drops: Sequence[Drop]) -> bytes:
    return b"".join(orjson.dumps(asdict(drop)) + b"\n" for drop in drops)


def _encode(kept: list[dict[str, object]], suffix: str, rows: list[dict[str, object]]) -> bytes:
    if suffix == ".jsonl":
        return b"".join(orjson.dumps(row) + b"\n" for row in kept)
    schema = pl.DataFrame(rows, infer_schema_length=None).schema
    buffer = BytesIO()
    pl.DataFrame(kept, schema=schema).write_parquet(buffer)
    return buffer.getvalue()


def _replace(path: Path, payload: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(payload)
    temporary.replace(path)
