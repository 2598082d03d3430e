"""The error tree. Each branch is named after the boundary that was crossed.

    IngotError
    ├── OrderError       (ValueError)      an order, a file or a setting asks the impossible
    ├── ModelError       (RuntimeError)    a model or an engine cannot be loaded, reached or used
    ├── StorageError     (OSError)         a dataset, a bucket or a disk refuses
    ├── ReviewError      (RuntimeError)    a task, lease or answer breaks the queue's rules
    └── StateError       (RuntimeError)    an order or batch is not in the state that the act needs

A message says what is wrong, the value, and what to do. Stage code raises plain Python errors;
`boundary` classifies them at the seam. A failed item is data, not an error (`Generated.failure`).
"""

from collections.abc import Iterator
from contextlib import contextmanager


class IngotError(Exception):
    """Root of everything Ingot raises on purpose."""

    status = 500
    """The HTTP status with which a service answers this error."""


class OrderError(IngotError, ValueError):
    """An order, an input file or a setting asks for what cannot be done."""

    status = 422

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field
        """Dotted path of the field at fault, or '' where no single field is."""

    def __reduce__(self) -> tuple[type["OrderError"], tuple[str, str]]:
        return type(self), (str(self), self.field)


class ModelError(IngotError, RuntimeError):
    """A model or engine cannot be loaded, reached or used."""

    status = 503


class StorageError(IngotError, OSError):
    """A dataset, a bucket or a disk refuses."""

    status = 503


class ReviewError(IngotError, RuntimeError):
    """A review task, lease or answer is not what the queue allows."""

    status = 409


class StateError(IngotError, RuntimeError):
    """An order or batch is not in the state that the act needs."""

    status = 409


@contextmanager
def boundary(kind: type[IngotError], what: str) -> Iterator[None]:
    """Turn any plain error inside the block into `kind`, keeping the cause; ours pass untouched."""
    try:
        yield
    except IngotError:
        raise
    except Exception as error:
        raise kind(f"{what}: {type(error).__name__}: {error}") from error
