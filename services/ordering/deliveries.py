"""What was delivered, read back over fsspec: the list of files, and each file as a stream.

Names come from the store's own listing, so no name of a caller's ever becomes a path.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit

import fsspec

from ingot.errors import StorageError, boundary
from ingot.settings import Settings

_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """One file of a delivery."""

    name: str
    """Path within the delivery."""
    size_bytes: int
    sha256: str


class Delivery:
    """The delivered files under one URI. Blocking: call it in a thread."""

    def __init__(self, uri: str, settings: Settings) -> None:
        options = settings.storage_options(uri)
        with boundary(StorageError, f"cannot open the delivery {uri}"):
            self._fs = fsspec.filesystem(urlsplit(uri).scheme or "file", **options)
            self._base = str(self._fs._strip_protocol(uri)).rstrip("/")
        self._uri = uri

    def files(self) -> list[DeliveredFile]:
        """All files with their hashes; a file is hashed once, since a delivery never changes."""
        with boundary(StorageError, f"cannot list the delivery {self._uri}"):
            found = sorted(self._listing().items())
            return [
                DeliveredFile(name, size, _sha256(_Reader(self._fs, f"{self._base}/{name}"), size))
                for name, size in found
            ]

    def size_bytes(self, name: str) -> int | None:
        """Size of a file of this name; None where the delivery has none."""
        with boundary(StorageError, f"cannot list the delivery {self._uri}"):
            return self._listing().get(name)

    def read(self, name: str) -> Iterator[bytes]:
        """The bytes of a listed file."""
        with boundary(StorageError, f"cannot read {self._uri}/{name}"):
            yield from _chunks(self._fs, f"{self._base}/{name}")

    def _listing(self) -> dict[str, int]:
        self._fs.invalidate_cache()
        found = self._fs.find(self._base, detail=True)
        return {
            path.removeprefix(self._base + "/"): int(entry["size"])
            for path, entry in found.items()
            if entry["type"] == "file" and not path.endswith(".tmp")
        }


class _Opener(Protocol):
    def open(self, path: str, mode: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class _Reader:
    fs: _Opener
    path: str


@lru_cache(maxsize=10_000)
def _sha256(reader: _Reader, size_bytes: int) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(reader.fs, reader.path):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(fs: _Opener, path: str) -> Iterator[bytes]:
    with fs.open(path, "rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
