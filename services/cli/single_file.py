"""One text file that a command writes beside its figures: a drawing or a certificate."""

from pathlib import Path

from ingot.errors import OrderError, StorageError, boundary


def require_suffix(path: Path | None, suffix: str) -> None:
    """Raise OrderError for a path that is not such a file; to be asked before any work is done."""
    if path is None:
        return
    if path.suffix != suffix:
        raise OrderError(f"cannot write {path}: name a {suffix} file")
    if path.is_dir():
        raise OrderError(f"cannot write {path}: it is a folder, name a file")


def write_text(path: Path, content: str) -> None:
    """Write it, and the folders above it. Raises StorageError where the disk refuses."""
    with boundary(StorageError, f"cannot write {path}; check the folder and its free space"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
