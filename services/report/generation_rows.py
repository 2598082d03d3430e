"""What a run of recipes laid down, read back a little at a time."""

from collections.abc import Collection, Iterator
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from ingot.datasets import DatasetStore
from ingot.errors import StorageError, boundary


def spread(total: int, count: int) -> list[int]:
    """Indices of at most `count` of `total` things, evenly spread, in order."""
    if total <= count:
        return list(range(total))
    return [number * total // count for number in range(count)]


def read_spread(
    store: DatasetStore, dataset: str, count: int, columns: list[str] | None = None
) -> list[dict[str, Any]]:
    """At most `count` rows spread evenly over a finished dataset, in its order."""
    manifest = store.manifest(dataset)
    picks, rows, start = spread(manifest.rows, count), list[dict[str, Any]](), 0
    for shard in manifest.shards:
        inside = [pick - start for pick in picks if start <= pick < start + shard.rows]
        start += shard.rows
        if inside:
            table = _read_table(store, f"{dataset}/{shard.name}", columns)
            rows += table.take(inside).to_pylist()
    return rows


def read_asked(store: DatasetStore, name: str, keys: Collection[str]) -> dict[str, list[Any]]:
    """The messages of these requests of a run, by key; what is not among its draws is left out."""
    found: dict[str, list[Any]] = {}
    wanted = pa.array(sorted(keys), pa.string())
    if not len(wanted) or not store.exists(f"{name}/draws"):
        return found
    for shard in store.manifest(f"{name}/draws").shards:
        table = _read_table(store, f"{name}/draws/{shard.name}", ["key", "messages"])
        mask = pa.compute.is_in(table["key"], value_set=wanted)
        for row in table.filter(mask).to_pylist():
            found[row["key"]] = orjson.loads(row["messages"])
        if len(found) == len(wanted):
            break
    return found


def read_failures(store: DatasetStore, name: str, count: int) -> list[dict[str, Any]]:
    """The first entries of a run's failed.jsonl."""
    lines = _lines(store.get(f"{name}/failed.jsonl"))
    return [orjson.loads(line) for _, line in zip(range(count), lines, strict=False)]


def _lines(payload: bytes) -> Iterator[bytes]:
    start = 0
    while (end := payload.find(b"\n", start)) >= 0:
        yield payload[start:end]
        start = end + 1


def _read_table(store: DatasetStore, name: str, columns: list[str] | None) -> pa.Table:
    """These columns of a Parquet file; of a remote one, only their bytes are fetched."""
    uri = store.uri(name)
    with boundary(StorageError, f"cannot read {uri}"), store.fs.open(uri, "rb") as file:
        return pq.ParquetFile(file, pre_buffer=False).read(columns=columns, use_threads=False)
