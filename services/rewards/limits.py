"""What one key may ask for in a minute, and how many requests at once.

Token buckets in this process's memory: with several processes each counts by itself, and a restart
forgets. What a request will cost in tokens is not known before; so it is taken while the bucket is
not empty, and its cost may leave a debt that later requests wait for.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from services.rewards.desk import Full

WINDOW_S = 60
_KEYS = 10_000
"""Keys remembered; a key that has not asked for longest is forgotten first."""


class Bucket:
    """So many a minute, and at most a minute's worth at once."""

    def __init__(self, per_minute: int, now_s: float) -> None:
        self.per_minute, self._level, self._at_s = per_minute, float(per_minute), now_s

    def remaining(self, now_s: float) -> int:
        """What is left now; negative is a debt."""
        grown = max(0.0, now_s - self._at_s) * self.per_minute / WINDOW_S
        self._level, self._at_s = min(self.per_minute, self._level + grown), now_s
        return math.floor(self._level + 1e-9)

    def take(self, count: int, now_s: float) -> None:
        """Use so many, there or not."""
        self.remaining(now_s)
        self._level -= count

    def wait_s(self, count: int, now_s: float) -> int:
        """Whole seconds until so many are there; more than fit are as many as fit."""
        missing = min(count, self.per_minute) - self.remaining(now_s)
        return max(0, math.ceil(missing * WINDOW_S / self.per_minute))


@dataclass(slots=True)
class _Key:
    items: Bucket
    tokens: Bucket
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    """What one key may do."""

    items_per_minute: int
    tokens_per_minute: int
    requests: int
    """At once."""


class Limiter:
    """The buckets of all keys."""

    def __init__(self, quota: Quota, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.quota = quota
        self._clock = clock
        self._keys: OrderedDict[str, _Key] = OrderedDict()

    def begin(self, key: str, items: int) -> None:
        """Count a request of so many items; raises Full, and then counts nothing."""
        state, now_s = self._of(key), self._clock()
        if state.requests >= self.quota.requests:
            detail = f"{state.requests} requests of this key are open: wait for one to end"
            raise Full(detail, 1, self.headers(key))
        for name, bucket, count in (("items", state.items, items), ("tokens", state.tokens, 1)):
            if wait_s := bucket.wait_s(count, now_s):
                used = bucket.per_minute - bucket.remaining(now_s)
                raise Full(
                    f"{used} of {bucket.per_minute} {name} a minute are used, and this asks for "
                    f"{count} more: wait {wait_s} s",
                    wait_s,
                    self.headers(key),
                )
        state.items.take(items, now_s)
        state.requests += 1

    def end(self, key: str) -> None:
        """Count a request as over."""
        self._of(key).requests -= 1

    def undo(self, key: str, items: int) -> None:
        """Forget a request that was begun and could not be taken after all."""
        self._of(key).items.take(-items, self._clock())
        self.end(key)

    def spend(self, key: str, tokens: int) -> None:
        """Count what a request cost."""
        self._of(key).tokens.take(tokens, self._clock())

    def headers(self, key: str) -> dict[str, str]:
        """What is left, as draft-ietf-httpapi-ratelimit-headers-10 has it."""
        state, now_s = self._of(key), self._clock()
        buckets = {"items": state.items, "tokens": state.tokens}
        policy = [f'"{name}";q={b.per_minute};w={WINDOW_S}' for name, b in buckets.items()]
        left = [
            f'"{name}";r={max(0, b.remaining(now_s))};t={b.wait_s(b.per_minute, now_s)}'
            for name, b in buckets.items()
        ]
        return {"RateLimit-Policy": ", ".join(policy), "RateLimit": ", ".join(left)}

    def _of(self, key: str) -> _Key:
        if (state := self._keys.get(key)) is None:
            now_s = self._clock()
            state = self._keys[key] = _Key(
                Bucket(self.quota.items_per_minute, now_s),
                Bucket(self.quota.tokens_per_minute, now_s),
            )
            self._forget()
        self._keys.move_to_end(key)
        return state

    def _forget(self) -> None:
        if len(self._keys) > _KEYS:
            idle = next((name for name, key in self._keys.items() if not key.requests), None)
            if idle is not None:
                del self._keys[idle]
