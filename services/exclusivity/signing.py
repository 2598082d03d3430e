"""The platform's signature: Ed25519 (RFC 8032), with a key that anybody can check it by."""

import base64
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.database.pool import Connection, Row
from services.database.vault import Vault
from services.exclusivity import repository


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature, and the key that it is checked with."""

    key_id: str
    base64: str


async def sign(conn: Connection, vault: Vault, body: bytes) -> Signature:
    """Sign with the key in use; the first time one is made, and kept sealed."""
    key = await repository.key_in_use(conn)
    if key is None:
        key = await _make_key(conn, vault)
    private = Ed25519PrivateKey.from_private_bytes(
        base64.b64decode(vault.open(bytes(key["sealed"]), key["place"]))
    )
    return Signature(key["id"], base64.b64encode(private.sign(body)).decode())


def verify(public_key: bytes, signature: str, body: bytes) -> bool:
    """Whether a signature in base64 is over this body."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(base64.b64decode(signature), body)
    except (InvalidSignature, ValueError):
        return False
    return True


async def _make_key(conn: Connection, vault: Vault) -> Row:
    private, place = Ed25519PrivateKey.generate(), f"platform_key:{secrets.token_hex(8)}"
    sealed = vault.seal(base64.b64encode(private.private_bytes_raw()).decode(), place)
    await repository.add_key(conn, private.public_key().public_bytes_raw(), sealed, place)
    key = await repository.key_in_use(conn)  # another process may have been faster
    assert key is not None
    return key
