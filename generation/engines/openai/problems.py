"""What can go wrong with one attempt, and whose fault it is: that decides who tries again.

    Busy      the endpoint's state (429, 503, no connection): try again, however often
    Broken    this request's own trouble (500, time-out, garbage): try again a few times
    Rejected  the endpoint will never take this request
    ModelError (ingot.errors): nothing that is sent to this endpoint can succeed

An answer that announces a model which the endpoint no longer has is `Missing`: a reason to look.
"""

import math
import re
import time
from email.utils import parsedate_to_datetime

import aiohttp

from ingot.engine import FailureKind
from ingot.errors import ModelError

SHOWN_CHARS = 300
"""So much of an endpoint's own words goes into a failure."""

_TOO_LONG = re.compile(
    r"context[ _]length|context window|maximum (?:model|input|prompt) length|max_model_len"
    r"|prompt is too long|too many (?:input )?tokens|input tokens exceed|reduce the length",
    re.IGNORECASE,
)
"""How vLLM, OpenAI and servers after them say that a prompt does not fit."""
_NO_MONEY = ("insufficient_quota", "billing_hard_limit_reached")
"""Codes with which OpenAI answers 429 although no waiting helps."""
_BUSY = frozenset((429, 503, 529))
_OWN_LATE = frozenset((408, 504, 524))


class Problem(Exception):
    """One attempt failed."""

    def __init__(self, text: str, kind: FailureKind) -> None:
        super().__init__(text)
        self.kind = kind


class Busy(Problem):
    """The endpoint cannot take it now."""

    def __init__(self, text: str, *, rest_s: float = 0, connected: bool = True) -> None:
        super().__init__(text, "unavailable")
        self.rest_s = rest_s
        """How long it asks to be left alone."""
        self.connected = connected
        """False where there was no talking to it: it may be another server afterwards."""


class Broken(Problem):
    """The answer to this request did not come, or cannot be used."""

    def __init__(self, text: str, kind: FailureKind, *, cut: bool = False) -> None:
        super().__init__(text, kind)
        self.cut = cut
        """True where the connection ended in the middle: the server may be gone."""


class Rejected(Problem):
    """Asking again cannot help."""


class Missing(Rejected):
    """404: the model may be gone."""

    def __init__(self, text: str) -> None:
        super().__init__(text, "refused")


def problem_of(endpoint: str, status: int, body: bytes, retry_after: str) -> Problem | ModelError:
    """What an answer that is not 200 means."""
    words = body[:4096].decode(errors="replace")
    text = f"HTTP {status}: {' '.join(words.split())[:SHOWN_CHARS]}"
    if status in (401, 403):
        return ModelError(f"{endpoint} refuses the API key ({text}): correct it and run again")
    if status == 402 or (status == 429 and any(code in words for code in _NO_MONEY)):
        return ModelError(f"{endpoint} wants to be paid first ({text}); then run again")
    if status in _BUSY:
        return Busy(text, rest_s=rest_asked(retry_after))
    if status in _OWN_LATE:
        return Broken(text, "timeout")
    if status >= 500 or status < 400:
        return Broken(text, "unavailable")
    if _TOO_LONG.search(words):
        return Rejected(text, "too_long")
    return Missing(text) if status == 404 else Rejected(text, "refused")


def problem_in(error: Exception) -> Problem:
    """What an error of the connection means."""
    text = f"{type(error).__name__}: {error}"[:SHOWN_CHARS]
    if isinstance(error, aiohttp.ConnectionTimeoutError | aiohttp.ClientConnectorError):
        return Busy(text, connected=False)
    if isinstance(error, TimeoutError):
        return Broken(f"no answer in time ({text})", "timeout")
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientResponseError | ValueError):
        return Broken(f"malformed answer ({text})", "malformed")
    return Broken(f"the connection broke ({text})", "unavailable", cut=True)


def rest_asked(header: str) -> float:
    """Seconds that a Retry-After header asks for; 0 where it says nothing that makes sense."""
    try:
        rest_s = float(header)
    except ValueError:
        try:
            rest_s = parsedate_to_datetime(header).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return 0.0
    return rest_s if math.isfinite(rest_s) and rest_s > 0 else 0.0
