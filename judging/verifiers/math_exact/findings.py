"""What the exact comparison says of two answers."""

from typing import Literal, NamedTuple


class Finding(NamedTuple):
    """What the exact comparison says."""

    verdict: Literal["same", "different", "unsure"]
    reason: str = ""


SAME = Finding("same")


def unsure(reason: str) -> Finding:
    """Nothing can be said."""
    return Finding("unsure", reason)


def different(reason: str) -> Finding:
    """Both were read, and they differ."""
    return Finding("different", reason)
