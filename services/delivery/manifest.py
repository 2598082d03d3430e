"""The manifest of a delivery: its presence is what finishes it."""

from pydantic import ValidationError

from ingot.errors import StorageError
from ingot.records import SCHEMA_VERSION, Model

MANIFEST = "manifest.json"


class FileEntry(Model):
    """One file of a delivery."""

    name: str
    """Path inside the delivery."""
    rows: int
    """0 for files that hold no rows."""
    size_bytes: int
    sha256: str


class DeliveryManifest(Model):
    """All files of a delivery but itself."""

    schema_version: int = SCHEMA_VERSION
    rows: int
    files: tuple[FileEntry, ...]


def encode_manifest(manifest: DeliveryManifest) -> bytes:
    """The manifest's bytes; the same manifest gives the same bytes."""
    return manifest.model_dump_json(indent=2).encode() + b"\n"


def decode_manifest(payload: bytes, uri: str) -> DeliveryManifest:
    """Read a manifest; anything else at its place is a StorageError."""
    try:
        return DeliveryManifest.model_validate_json(payload)
    except ValidationError as error:
        raise StorageError(
            f"{uri}/{MANIFEST} is no manifest of a delivery; deliver to another address"
        ) from error
