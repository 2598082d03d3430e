"""The dataset store: immutable Parquet shards on any fsspec file system, the manifest last.

    {root}/{name}/part-00000.parquet ... manifest.json

A dataset is named by its stage and the hash of all that it was made from (`dataset_key`), so a
finished one is found again instead of made again, and a changed input gets another name. Shards are
written under a temporary name and moved; readers look at the manifest only, so a half-written
dataset does not exist.
"""

import hashlib
import io
import uuid
from collections.abc import Iterable, Iterator
from typing import TypeVar
from urllib.parse import urlsplit

import fsspec
import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem
from pydantic import Field

from ingot.errors import OrderError, StorageError, boundary
from ingot.records import Model, Record
from ingot.tables import arrow_schema, from_table

R = TypeVar("R", bound=Record)
SHARD_ROWS = 10_000
STREAM_ROWS = 256
"""Rows of a Parquet file that are held at once while it is streamed."""


class Shard(Model):
    """One file of a dataset."""

    name: str
    rows: int
    size_bytes: int
    sha256: str


class Manifest(Model):
    """What a finished dataset holds; its presence is what finishes it."""

    kind: str
    """Name of the record type."""
    rows: int
    shards: tuple[Shard, ...]
    facts: dict[str, int | float | str] = Field(default_factory=dict)
    """Counts and figures of the stage that wrote it."""


def dataset_key(*parts: object) -> str:
    """Hash all that a dataset is made from: input names, configuration, seed."""
    payload = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(payload).hexdigest()[:16]


class DatasetStore:
    """Datasets under one root URI (file:// or s3://)."""

    def __init__(self, root: str, options: dict[str, object] | None = None) -> None:
        self.root = root.rstrip("/")
        scheme = urlsplit(root).scheme or "file"
        with boundary(StorageError, f"cannot open the store {root}"):
            self.fs = fsspec.filesystem(scheme, **(options or {}))
            self._base = self.fs._strip_protocol(self.root)

    def uri(self, name: str) -> str:
        """Address of a dataset or file."""
        return f"{self.root}/{name}"

    def put(self, name: str, payload: bytes) -> None:
        """Write one file so that it is there whole or not at all."""
        path = f"{self._base}/{name}"
        with boundary(
            StorageError, f"cannot write {self.uri(name)}; check space, address and credentials"
        ):
            if isinstance(self.fs, LocalFileSystem):
                temporary = f"{path}.{uuid.uuid4().hex}.tmp"
                self.fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
                self.fs.pipe_file(temporary, payload)
                self.fs.mv(temporary, path)
            else:
                self.fs.pipe_file(path, payload)  # one PUT is atomic in an object store

    def get(self, name: str) -> bytes:
        """Read one file."""
        with boundary(StorageError, f"cannot read {self.uri(name)}"):
            payload: bytes = self.fs.cat_file(f"{self._base}/{name}")
            return payload

    def holds(self, name: str) -> bool:
        """Whether a file of this name is there."""
        with boundary(StorageError, f"cannot reach {self.root}; check address and credentials"):
            self.fs.invalidate_cache()
            return bool(self.fs.exists(f"{self._base}/{name}"))

    def exists(self, name: str) -> bool:
        """Whether a finished dataset of this name is there."""
        return self.holds(f"{name}/manifest.json")

    def write(
        self,
        name: str,
        kind: type[R],
        records: Iterable[R],
        facts: dict[str, int | float | str] | None = None,
    ) -> Manifest:
        """Write records in shards, then the manifest; replaces an earlier dataset."""
        writer = ShardWriter(self, name, arrow_schema(kind), SHARD_ROWS)
        for record in records:
            writer.add(record.model_dump(mode="json"))
        return self.seal(name, kind.__name__, writer.finish(), facts)

    def seal(
        self,
        name: str,
        kind: str,
        shards: Iterable[Shard],
        facts: dict[str, int | float | str] | None = None,
    ) -> Manifest:
        """Write the manifest, which makes a dataset of these shards, in this order."""
        shards = tuple(shards)
        rows = sum(shard.rows for shard in shards)
        manifest = Manifest(kind=kind, rows=rows, shards=shards, facts=facts or {})
        self.put(f"{name}/manifest.json", manifest.model_dump_json(indent=2).encode())
        return manifest

    def manifest(self, name: str) -> Manifest:
        """The manifest of a finished dataset."""
        return Manifest.model_validate_json(self.get(f"{name}/manifest.json"))

    def read(self, name: str, kind: type[R]) -> Iterator[R]:
        """The records of a finished dataset, shard by shard; a changed shard is an error."""
        for shard in self.manifest(name).shards:
            payload = self.get(f"{name}/{shard.name}")
            if hashlib.sha256(payload).hexdigest() != shard.sha256:
                raise StorageError(
                    f"{self.uri(name)}/{shard.name} is not what was written; restore it"
                )
            yield from from_table(kind, pq.read_table(io.BytesIO(payload)))


class ShardWriter:
    """Shards in the making: rows come in, a shard goes out whenever one is full."""

    def __init__(
        self,
        store: DatasetStore,
        name: str,
        schema: pa.Schema,
        shard_rows: int,
        *,
        prefix: str = "part-",
    ) -> None:
        """`prefix` of the file names tells apart several writers of one dataset."""
        self._store, self._name, self._prefix = store, name, prefix
        self._schema, self._shard_rows = schema, shard_rows
        self._rows: list[dict[str, object]] = []
        self._shards: list[Shard] = []

    def add(self, row: dict[str, object]) -> None:
        """Take one row; it is written with its shard."""
        self._rows.append(row)
        if len(self._rows) == self._shard_rows:
            self._write()

    def finish(self) -> list[Shard]:
        """Write the last shard; gives all of them, for `DatasetStore.seal`."""
        if self._rows:
            self._write()
        return self._shards

    def _write(self) -> None:
        payload = parquet_bytes(pa.Table.from_pylist(self._rows, schema=self._schema))
        name = f"{self._prefix}{len(self._shards):05}.parquet"
        self._store.put(f"{self._name}/{name}", payload)
        digest = hashlib.sha256(payload).hexdigest()
        self._shards.append(
            Shard(name=name, rows=len(self._rows), size_bytes=len(payload), sha256=digest)
        )
        self._rows = []


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as one Parquet file; the same table gives the same bytes."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def read_rows(uri: str, options: dict[str, object] | None = None) -> list[dict[str, object]]:
    """Rows of a JSONL or Parquet file.

    Raises StorageError where it cannot be read, OrderError for what it holds; a broken line is
    named by its number.
    """
    with boundary(StorageError, f"cannot read {uri}"):
        payload: bytes = fsspec.open(uri, "rb", **(options or {})).open().read()
    if uri.endswith(".parquet"):
        with boundary(OrderError, f"{uri} is not a Parquet file"):
            return pl.read_parquet(io.BytesIO(payload)).to_dicts()
    return list(_json_lines(uri, payload.splitlines()))


def stream_rows(uri: str, options: dict[str, object] | None = None) -> Iterator[dict[str, object]]:
    """The rows of `read_rows`, one after the other, without holding them all."""
    with boundary(StorageError, f"cannot read {uri}"):
        file = fsspec.open(uri, "rb", **(options or {})).open()
    with file:
        if uri.endswith(".parquet"):
            with boundary(OrderError, f"{uri} is not a Parquet file"):
                parquet = pq.ParquetFile(file, pre_buffer=False)
            for batch in parquet.iter_batches(STREAM_ROWS, use_threads=False):
                yield from batch.to_pylist()
        else:
            yield from _json_lines(uri, file)


def count_rows(uri: str, options: dict[str, object] | None = None) -> int:
    """How many rows a JSONL or Parquet file holds, without holding them."""
    with (
        boundary(StorageError, f"cannot read {uri}"),
        fsspec.open(uri, "rb", **(options or {})) as file,
    ):
        if not uri.endswith(".parquet"):
            return sum(1 for line in file if line.strip())
        with boundary(OrderError, f"{uri} is not a Parquet file"):
            return int(pq.ParquetFile(file).metadata.num_rows)


def _json_lines(uri: str, lines: Iterable[bytes]) -> Iterator[dict[str, object]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise OrderError(
                f"{uri} line {number} is not JSON: {error}; mend or remove it"
            ) from error
        if not isinstance(row, dict):
            raise OrderError(f"{uri} line {number} is not a JSON object; mend or remove it")
        yield row
