"""What shall travel together: gathered until nobody has come for a while, or it is full."""

import asyncio
from collections.abc import Callable

MAX_REQUESTS = 50_000
MAX_BYTES = 200 * 10**6
"""Limits of one batch: https://platform.openai.com/docs/guides/batch (2025)."""
FRAME_BYTES = 256
"""What a request's line holds beside its body, at most."""


class Collector:
    """Calls `dispatch` with the keys of each load."""

    def __init__(self, collect_s: float, dispatch: Callable[[list[str]], None]) -> None:
        self._collect_s, self._dispatch = collect_s, dispatch
        self._keys: list[str] = []
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, key: str, size: int) -> None:
        """Take a request whose body has so many bytes."""
        if self._bytes + size + FRAME_BYTES > MAX_BYTES:
            self._send()
        self._keys.append(key)
        self._bytes += size + FRAME_BYTES
        self.stop()
        if len(self._keys) >= MAX_REQUESTS:
            self._send()
        else:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._collect_s, self._send)

    def stop(self) -> None:
        """Send nothing by itself any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _send(self) -> None:
        keys, self._keys, self._bytes = self._keys, [], 0
        if keys:
            self._dispatch(keys)
