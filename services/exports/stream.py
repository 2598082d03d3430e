"""Items as a stream of bytes: a batch of any size takes the memory of a small one."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import orjson

from services.contracts.batches import item_repository
from services.database.pool import Pool, tenant_transaction
from services.exports.formats import Format, row
from services.exports.shapes import shape

_CHUNK_BYTES = 64 * 1024
_GROUP_ROWS = 2_000
MEDIA_TYPES: dict[Format, tuple[str, str]] = {
    "parquet": ("application/vnd.apache.parquet", "parquet"),
    "labelstudio": ("application/json", "json"),
}
"""Media type and suffix of what is not JSON by lines."""
LINES = ("application/x-ndjson", "jsonl")


async def stream(
    pool: Pool, tenant: str, batch_id: str, form: Format, *, accepted_only: bool
) -> AsyncIterator[bytes]:
    """All items of a batch in a format. Whoever goes away ends the transaction."""
    rows = _rows(pool, tenant, batch_id, form, accepted_only=accepted_only)
    parts = _parquet(rows) if form == "parquet" else _text(rows, array=form == "labelstudio")
    try:
        async for part in parts:
            yield part
    finally:
        await parts.aclose()
        await rows.aclose()


async def _rows(
    pool: Pool, tenant: str, batch_id: str, form: Format, *, accepted_only: bool
) -> AsyncGenerator[dict[str, Any], None]:
    async with tenant_transaction(pool, tenant) as conn:
        items = item_repository.stream(conn, batch_id, accepted_only=accepted_only)
        async for item in items:
            yield row(form, shape(item["item_id"], item["content"]))


async def _text(
    rows: AsyncGenerator[dict[str, Any], None], *, array: bool
) -> AsyncGenerator[bytes, None]:
    """JSON by lines, or one array."""
    buffer, first = bytearray(b"[\n" if array else b""), True
    async for each in rows:
        if array and not first:
            buffer += b",\n"
        buffer += orjson.dumps(each)
        if not array:
            buffer += b"\n"
        first = False
        if len(buffer) >= _CHUNK_BYTES:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer + (b"\n]\n" if array else b""))


async def _parquet(
    rows: AsyncGenerator[dict[str, Any], None],
) -> AsyncGenerator[bytes, None]:
    """Row groups of 2,000 items."""
    writer = _Writer()
    group: list[dict[str, Any]] = []
    async for each in rows:
        group.append(each)
        if len(group) == _GROUP_ROWS:
            yield writer.add(group)
            group = []
    yield writer.add(group) + writer.end()


class _Writer:
    """A Parquet file that is handed over as it grows."""

    def __init__(self) -> None:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter

        turns = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
        self._schema = pa.schema(
            [
                ("item_id", pa.string()),
                ("prompt", turns),
                ("completion", turns),
                ("rejected", turns),
                ("content", pa.string()),
            ]
        )
        self._sink = _Sink()
        self._writer = ParquetWriter(self._sink, self._schema, compression="zstd")

    def add(self, group: list[dict[str, Any]]) -> bytes:
        """The bytes of one more row group."""
        import pyarrow as pa

        if group:
            self._writer.write_table(pa.Table.from_pylist(group, schema=self._schema))
        return self._sink.take()

    def end(self) -> bytes:
        """The footer."""
        self._writer.close()
        return self._sink.take()


class _Sink:
    """What pyarrow writes to: it may ask where it is, and never goes back."""

    closed = False

    def __init__(self) -> None:
        self._buffer, self._before = bytearray(), 0

    def write(self, data: bytes) -> int:
        self._buffer += data
        return len(data)

    def tell(self) -> int:
        return self._before + len(self._buffer)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def take(self) -> bytes:
        """What came since the last time."""
        taken = bytes(self._buffer)
        self._before += len(taken)
        self._buffer.clear()
        return taken
