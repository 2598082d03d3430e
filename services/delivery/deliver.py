"""Delivery: training data, lineage, card and quality report, the manifest last, exactly once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from ingot.errors import StorageError
from ingot.records import Preference
from services.delivery.facts import DeliveryFacts
from services.delivery.manifest import (
    MANIFEST,
    DeliveryManifest,
    FileEntry,
    decode_manifest,
    encode_manifest,
)
from services.delivery.render import render_files
from services.delivery.target import Target


@dataclass(frozen=True, slots=True)
class Delivery:
    """A finished delivery."""

    uri: str
    files: list[FileEntry]
    manifest_sha256: str


def deliver(
    preferences: Sequence[Preference],
    facts: DeliveryFacts,
    uri: str,
    options: dict[str, object],
) -> Delivery:
    """Write the delivery, or find it already there.

    Every file is put whole and the manifest last, so a delivery without a manifest does not exist.
    The same rows and facts give the same bytes: a second call changes nothing. Raises StorageError
    where another delivery stands at the address; that one is never overwritten.
    """
    target = Target(uri, options)
    files = render_files(preferences, facts)
    entries = [
        FileEntry(
            name=file.name, rows=file.rows, size_bytes=len(file.payload), sha256=_hash(file.payload)
        )
        for file in files
    ]
    manifest = encode_manifest(DeliveryManifest(rows=len(preferences), files=tuple(entries)))
    if not _is_there(target, manifest):
        for file in files:
            target.write(file.name, file.payload)
        if not target.write_new(MANIFEST, manifest):
            _is_there(target, manifest)
    return Delivery(target.uri, entries, _hash(manifest))


def read_manifest(uri: str, options: dict[str, object]) -> DeliveryManifest:
    """The manifest of a finished delivery."""
    target = Target(uri, options)
    payload = target.read(MANIFEST)
    if payload is None:
        raise StorageError(f"no delivery at {target.uri}: it has no {MANIFEST}; check the address")
    return decode_manifest(payload, target.uri)


def verify(uri: str, options: dict[str, object]) -> DeliveryManifest:
    """Hash every file again; raises StorageError that names what is missing or changed."""
    manifest, target = read_manifest(uri, options), Target(uri, options)
    faults = [fault for entry in manifest.files if (fault := _find_fault(target, entry))]
    if faults:
        raise StorageError(f"{target.uri} is not what was delivered: {', '.join(faults)}")
    return manifest


def _is_there(target: Target, manifest: bytes) -> bool:
    """Whether this very delivery is finished; another one at its place is refused."""
    present = target.read(MANIFEST)
    if present is not None and present != manifest:
        raise StorageError(
            f"{target.uri} already holds another delivery; it is left as it is, deliver elsewhere"
        )
    return present is not None


def _find_fault(target: Target, entry: FileEntry) -> str:
    payload = target.read(entry.name)
    if payload is None:
        return f"{entry.name} is missing"
    return "" if _hash(payload) == entry.sha256 else f"{entry.name} has changed"


def _hash(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()
