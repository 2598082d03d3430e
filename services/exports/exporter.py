"""Makes exports: one at a time, batch by batch; one that was cut off goes on at its next batch."""

import asyncio
import hashlib
import logging
from typing import Any
from urllib.parse import urlsplit

import fsspec

from ingot.errors import IngotError, StorageError, boundary
from ingot.settings import Settings
from services.database.pool import Pool, Row, transaction
from services.exports import repository
from services.exports.operations import KEPT_DAYS, NewExport
from services.exports.stream import LINES, MEDIA_TYPES, stream

logger = logging.getLogger(__name__)
LEASE_S = 300.0
EVERY_S = 2.0


class Exporter:
    """Works at what labs asked for."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self._pool, self._settings = pool, settings

    async def run(self) -> None:
        """Look every two seconds, until cancelled."""
        while True:
            if not await self.tick():
                await self._forget()
                await asyncio.sleep(EVERY_S)

    async def tick(self) -> bool:
        """Make the oldest export that nobody works at; False where there is none."""
        async with transaction(self._pool) as conn:
            row = await repository.take(conn, LEASE_S)
        if row is None:
            return False
        state, error = "done", ""
        try:
            await self._make(row)
        except Exception as fault:
            expected = isinstance(fault, IngotError)
            logger.error("export failed", exc_info=None if expected else fault)
            state, error = "failed", str(fault) if expected else "a fault of the platform"
        async with transaction(self._pool) as conn:
            await repository.end(conn, row["id"], state, error)
        return True

    async def _make(self, row: Row) -> None:
        wanted, files = NewExport.model_validate(row["request"]), list(row["files"])
        for batch_id in wanted.batch_ids[len(files) :]:
            files.append(await self._write(row, wanted, batch_id))
            async with transaction(self._pool) as conn:
                await repository.go_on(conn, row["id"], files, LEASE_S)

    async def _write(self, row: Row, wanted: NewExport, batch_id: str) -> dict[str, Any]:
        """One batch as one file: it is there whole, or the next try writes it anew."""
        _, suffix = MEDIA_TYPES.get(wanted.format, LINES)
        name = f"{batch_id}.{wanted.format}.{suffix}"
        uri = address(self._settings, row["id"], name)
        digest, size = hashlib.sha256(), 0
        only = wanted.status == "accepted"
        content = stream(self._pool, row["tenant_id"], batch_id, wanted.format, accepted_only=only)
        with boundary(StorageError, f"cannot write the export {row['id']}"):
            fs, path = open_store(uri, self._settings)
            await asyncio.to_thread(fs.makedirs, path.rpartition("/")[0], exist_ok=True)
            file = await asyncio.to_thread(fs.open, path, "wb")
            try:
                async for chunk in content:
                    digest.update(chunk)
                    size += len(chunk)
                    await asyncio.to_thread(file.write, chunk)
            finally:
                await asyncio.to_thread(file.close)
        return {
            "name": name,
            "batch_id": batch_id,
            "size_bytes": size,
            "sha256": digest.hexdigest(),
        }

    async def _forget(self) -> None:
        """Delete what was kept long enough."""
        async with transaction(self._pool) as conn:
            rows = await repository.outdated(conn, KEPT_DAYS)
        for row in rows:
            with boundary(StorageError, f"cannot delete the export {row['id']}"):
                fs, path = open_store(address(self._settings, row["id"], ""), self._settings)
                if await asyncio.to_thread(fs.exists, path):
                    await asyncio.to_thread(fs.rm, path, recursive=True)
            async with transaction(self._pool) as conn:
                await repository.end(conn, row["id"], "expired", "")


def address(settings: Settings, operation_id: str, name: str) -> str:
    """Where a file of an export is."""
    return f"{settings.delivery_root.rstrip('/')}/exports/{operation_id}/{name}".rstrip("/")


def open_store(uri: str, settings: Settings) -> tuple[Any, str]:
    """The file system of an address, and the path there."""
    fs = fsspec.filesystem(urlsplit(uri).scheme or "file", **settings.storage_options(uri))
    return fs, str(fs._strip_protocol(uri))
