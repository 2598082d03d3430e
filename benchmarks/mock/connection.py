"""HTTP/1.1 on one connection: keep-alive, one request at a time, nothing beyond that."""

import asyncio
from collections.abc import Callable
from typing import cast

REASONS = {200: b"OK", 400: b"Bad Request", 404: b"Not Found", 411: b"Length Required"}
JSON, EVENTS, PLAIN = b"application/json", b"text/event-stream", b"text/plain; version=0.0.4"
_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"


class Connection(asyncio.Protocol):
    """Reads requests and hands each to `handle(connection, method, path, body)`."""

    def __init__(self, handle: Callable[["Connection", bytes, bytes, bytes], None]) -> None:
        self._handle = handle
        self._buffer = b""
        self._busy = False
        self._closes = False
        self.lost: Callable[[], None] | None = None
        """Called if the client goes before it has its answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to answer."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take what came; a request that comes in many pieces is joined piece by piece."""
        self._buffer = self._buffer + data if self._buffer else data
        if not self._busy:
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever still works for this client."""
        if self.lost is not None:
            self.lost()

    def _next(self) -> None:
        """Hand over the next request if all of it is there."""
        end = self._buffer.find(_END)
        if end < 0:
            return
        head = self._buffer[:end].lower()
        starts = end + len(_END)
        stops = starts + _content_length(head)
        if len(self._buffer) < stops:
            return
        body, line = self._buffer[starts:stops], self._buffer[: self._buffer.find(b"\r\n")]
        self._buffer = self._buffer[stops:]
        self._busy = True
        self._closes = b"\r\nconnection: close" in head
        if b"\r\ntransfer-encoding:" in head:
            self._closes = True
            return self.answer(b'{"error":{"message":"send a content-length"}}', status=411)
        method, path, _ = line.split(b" ", 2)
        self._handle(self, method, path, body)

    def answer(self, body: bytes, *, status: int = 200, kind: bytes = JSON) -> None:
        """Write the answer, then go on with what the client has sent meanwhile."""
        self.lost = None
        reason = REASONS.get(status, b"Error")
        head = b"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % (status, reason, kind, len(body)) + body)
        self._busy = False
        if self._closes:
            self._transport.close()
        elif self._buffer:
            self._next()


def _content_length(head: bytes) -> int:
    at = head.find(_LENGTH)
    if at < 0:
        return 0
    at += len(_LENGTH)
    end = head.find(b"\r\n", at)
    return int(head[at : end if end >= 0 else len(head)])
