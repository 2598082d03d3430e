"""The place of one delivery: a folder on any fsspec file system."""

import errno
import os
import uuid
from urllib.parse import urlsplit

import fsspec
from fsspec.implementations.local import LocalFileSystem

from ingot.errors import StorageError, boundary

_REMEDIES: tuple[tuple[type[Exception], str], ...] = (
    (FileNotFoundError, "create the bucket or correct its name"),
    (PermissionError, "check key and secret, and that they may write there"),
)
_UNREACHED = "check the endpoint, and that it can be reached from here"


class Target:
    """Reads and writes the files of a delivery; every refusal is a StorageError with a remedy."""

    def __init__(self, uri: str, options: dict[str, object]) -> None:
        self.uri = uri.rstrip("/")
        with boundary(StorageError, f"cannot open {uri}; name a file:// or s3:// folder"):
            self._fs = fsspec.filesystem(urlsplit(uri).scheme or "file", **options)
            self._base = str(self._fs._strip_protocol(self.uri))

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None where there is none."""
        try:
            payload: bytes = self._fs.cat_file(f"{self._base}/{name}")
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._refusal("read", name, error) from error
        return payload

    def write(self, name: str, payload: bytes) -> None:
        """Write a file whole, in the place of whatever an unfinished delivery left there."""
        try:
            if isinstance(self._fs, LocalFileSystem):
                os.replace(self._write_temporary(name, payload), f"{self._base}/{name}")
            else:
                self._fs.pipe_file(f"{self._base}/{name}", payload)  # one PUT is atomic
        except Exception as error:
            raise self._refusal("write", name, error) from error

    def write_new(self, name: str, payload: bytes) -> bool:
        """Write a file whole where there is none yet; False where there is one, left as it is."""
        try:
            if isinstance(self._fs, LocalFileSystem):
                self._link_new(name, payload)
            else:
                self._fs.pipe_file(f"{self._base}/{name}", payload, mode="create")
        except FileExistsError:
            return False
        except Exception as error:
            if self.read(name) is not None:  # some servers refuse with an error of their own
                return False
            raise self._refusal("write", name, error) from error
        return True

    def _link_new(self, name: str, payload: bytes) -> None:
        temporary = self._write_temporary(name, payload)
        try:
            os.link(temporary, f"{self._base}/{name}")
        finally:
            os.unlink(temporary)

    def _write_temporary(self, name: str, payload: bytes) -> str:
        path = f"{self._base}/{name}"
        temporary = f"{path}.{uuid.uuid4().hex}.tmp"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            with open(temporary, "wb") as file:
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise
        return temporary

    def _refusal(self, act: str, name: str, error: Exception) -> StorageError:
        return StorageError(
            f"cannot {act} {self.uri}/{name}: {type(error).__name__}: {error};"
            f" {_remedy(error)}, then deliver again"
        )


def _remedy(error: Exception) -> str:
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return "free space on the disk"
    return next((text for kind, text in _REMEDIES if isinstance(error, kind)), _UNREACHED)
