"""What quality is asked for and does not have, and where in a request a fault is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from ingot.errors import ReviewError
from services.review.kinds.faults import Fault


class Unknown(ReviewError):
    """There is no such thing, or it is another tenant's, which nobody is told."""

    status = 404


def unknown(what: str, name: object) -> NoReturn:
    """Raise Unknown: `what` is a noun."""
    raise Unknown(f"there is no {what} {name!r}: check the id")


@contextmanager
def within(field: str) -> Iterator[None]:
    """Let faults of an item, answer or rubric point into this field of the request."""
    try:
        yield
    except Fault as fault:
        raise type(fault)(f"/{field}{fault.pointer}", fault.detail) from None
