"""The batches that were sent and not yet fetched, on disk: a rerun finds them and pays once.

One small JSON file for each batch, named by the hash of its content. It is written before the
upload, so that a kill at any moment leaves a name under which the endpoint can be asked whether the
batch was made.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import orjson
from pydantic import ValidationError

from ingot.errors import StorageError, boundary
from ingot.records import Model


class Sent(Model):
    """A batch on its way."""

    content: str
    """Hash of its lines; the endpoint knows the batch by it."""
    path: str
    """The API that answers its requests."""
    keys: tuple[str, ...]
    """Its requests' names."""
    batch_id: str = ""
    """'' until the endpoint has made it."""


class Batches:
    """The sent batches of one model in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with boundary(StorageError, f"cannot use {folder} to remember batches"):
            folder.mkdir(parents=True, exist_ok=True)

    def __iter__(self) -> Iterator[Sent]:
        for path in sorted(self._folder.glob("*.json")):
            try:
                yield Sent.model_validate_json(path.read_bytes())
            except ValidationError as error:
                raise StorageError(
                    f"{path} does not say which batch was sent ({error.error_count()} faults): "
                    "look for the batch at the endpoint, then delete the file"
                ) from error

    def remember(self, sent: Sent) -> None:
        """Write it down, whole or not at all."""
        path = self._path(sent)
        temporary = path.with_suffix(".part")
        with boundary(StorageError, f"cannot write {path}"):
            with temporary.open("wb") as file:
                file.write(sent.model_dump_json().encode())
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)

    def forget(self, sent: Sent) -> None:
        """Its answers are safe elsewhere, or it will never have any."""
        self._path(sent).unlink(missing_ok=True)

    def _path(self, sent: Sent) -> Path:
        return self._folder / f"{sent.content}.json"


def line(key: str, path: str, body: bytes) -> bytes:
    """One request as a batch file holds it."""
    head = {"custom_id": key, "method": "POST", "url": f"/v1/{path}"}
    return orjson.dumps(head)[:-1] + b',"body":' + body + b"}\n"


def content_hash(lines: list[bytes]) -> str:
    """Name what is in a batch."""
    digest = hashlib.sha256()
    for each in lines:
        digest.update(each)
    return digest.hexdigest()[:32]
