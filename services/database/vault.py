"""Secrets of others that must be used again, so cannot be hashed: sealed before they are stored.

AES-256-GCM. The seal covers where the secret belongs ('webhook_endpoint:whe_...'): copied into
another row it does not open there. A sealed secret names its key by 4 bytes of its hash: the first
key of INGOT_SECRET_KEYS seals, each of them opens. To change the key, put a new one in front, and
drop the old one when nothing is sealed with it any more.

    1 byte version | 4 bytes key | 12 bytes nonce | ciphertext with tag
"""

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ingot.errors import StorageError, boundary
from ingot.settings import Settings

_VERSION = b"\x01"
_KEY_BYTES, _NAME_BYTES, _NONCE_BYTES = 32, 4, 12
_HEAD_BYTES = len(_VERSION) + _NAME_BYTES + _NONCE_BYTES
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class Vault:
    """Seals and opens; holds keys, so is never shown."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take keys of 32 random bytes; the first one seals."""
        self._ciphers = {_name(key): AESGCM(key) for key in keys}
        self._first = _name(keys[0])

    def seal(self, secret: str, context: str) -> bytes:
        """Close a secret for the one place that it belongs to."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        closed = self._ciphers[self._first].encrypt(nonce, secret.encode(), context.encode())
        return _VERSION + self._first + nonce + closed

    def open(self, sealed: bytes, context: str) -> str:
        """Give the secret; raises StorageError where its key or its place is another."""
        version, name = sealed[:1], sealed[1 : 1 + _NAME_BYTES]
        cipher = self._ciphers.get(name)
        if version != _VERSION or cipher is None:
            raise StorageError(
                f"the secret of {context} was sealed with key {name.hex()}, which is not here: "
                "add that key to INGOT_SECRET_KEYS"
            )
        nonce = sealed[1 + _NAME_BYTES : _HEAD_BYTES]
        try:
            return cipher.decrypt(nonce, sealed[_HEAD_BYTES:], context.encode()).decode()
        except (InvalidTag, ValueError):
            raise StorageError(
                f"the secret of {context} does not open: it was changed, or sealed for another "
                "place; store a new one"
            ) from None


def open_vault(settings: Settings) -> Vault:
    """The vault of INGOT_SECRET_KEYS, or of the key under the home, which is made where none is.

    Raises StorageError where a key is not 32 bytes in base64.
    """
    texts = settings.secret_keys.get_secret_value().split(",")
    if texts == [""]:
        return Vault([_key(_own_key(settings.home), str(settings.home / "secret.key"))])
    return Vault([_key(text, f"INGOT_SECRET_KEYS, key {n}") for n, text in enumerate(texts, 1)])


def _key(text: str, where: str) -> bytes:
    """Read a key in either alphabet of base64; the error does not show it."""
    try:
        key = base64.b64decode(text.strip().encode().translate(_URL_SAFE), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise StorageError(
            f"{where} is not {_KEY_BYTES} bytes in base64: make one with `openssl rand -base64 32`"
        )
    return key


def _own_key(home: Path) -> str:
    """The home's key; of two processes that make one at once, both use that of the first."""
    file = home / "secret.key"
    with boundary(StorageError, f"cannot keep a key in {file}"):
        if not file.exists():
            home.mkdir(parents=True, exist_ok=True)
            _make_key(file)
        return file.read_text(encoding="ascii")


def _make_key(file: Path) -> None:
    temporary = file.with_name(f".secret.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)))
            opened.flush()
            os.fsync(opened.fileno())
        os.link(temporary, file)  # whole or not at all, and never over another's
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _name(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:_NAME_BYTES]
