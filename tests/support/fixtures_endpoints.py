"""An OpenAI-compatible endpoint that does as a script says, rudeness included."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest


@dataclass(frozen=True, slots=True)
class Reply:
    """What the endpoint does with one request."""

    status: int = 200
    body: bytes = b""
    headers: tuple[str, ...] = ()
    after_s: float = 0
    cut: int | None = None
    """Send so many bytes of the body, then close; 0 closes without any answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    head: str
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body, read."""
        read: dict[str, Any] = orjson.loads(self.body)
        return read


def completion(
    content: str | None = "44", *, model: str = "m", message: object = None, **choice: object
) -> Reply:
    """A good answer of a chat API."""
    said = message or {"role": "assistant", "content": content}
    body = {
        "model": model,
        "choices": [{"message": said, "finish_reason": "stop"} | choice],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2},
    }
    return Reply(body=orjson.dumps(body))


def models(*entries: dict[str, object]) -> Reply:
    """A list of models."""
    return Reply(body=orjson.dumps({"data": list(entries)}))


def refusal(status: int, message: str, *headers: str) -> Reply:
    """An error as OpenAI words it."""
    return Reply(status, orjson.dumps({"error": {"message": message}}), headers)


@dataclass(slots=True)
class Scripted:
    """A running endpoint."""

    replies: list[Reply]
    """To completions, in turn; the last one for ever."""
    models: Reply = field(default_factory=lambda: models({"id": "m"}))
    route: Callable[[Asked], Reply | None] = lambda asked: None
    """Comes first; None leaves the request to the script."""
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What completions were asked for."""
        return [each.json for each in self.asked if each.path.endswith("/completions")]

    def answer(self, asked: Asked) -> Reply:
        """The next reply."""
        self.asked.append(asked)
        routed = self.route(asked)
        if routed is not None:
            return routed
        if asked.path == "/v1/models":
            return self.models
        if not asked.path.endswith("/completions"):
            return Reply(404)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        reply = Reply()
        with suppress(OSError, asyncio.IncompleteReadError):
            while (asked := await _read(reader)) is not None:
                reply = self.answer(asked)
                await asyncio.sleep(reply.after_s)
                if reply.cut != 0:
                    writer.write(_written(reply))
                    await writer.drain()
                if reply.cut is not None:
                    break
        writer.transport.abort() if reply.cut == 0 else writer.close()


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    lengths = [
        line[15:] for line in head.lower().split("\r\n") if line.startswith("content-length")
    ]
    method, path, _ = head.split(" ", 2)
    body = await reader.readexactly(int(lengths[0])) if lengths else b""
    return Asked(method, path, head, body)


def _written(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} X", f"Content-Length: {len(reply.body)}", *reply.headers]
    return "\r\n".join([*lines, "", ""]).encode() + reply.body[: reply.cut]


Script = Callable[..., Awaitable[Scripted]]


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    """Starts endpoints: `await script(reply, reply...)`; each is gone after the test."""
    servers: list[asyncio.Server] = []
    connections: list[asyncio.Task[None]] = []

    async def start(*replies: Reply, **options: Any) -> Scripted:
        scripted = Scripted(list(replies), **options)

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            connections.append(task)
            with suppress(asyncio.CancelledError):
                await scripted.serve(reader, writer)

        servers.append(await asyncio.start_server(connected, "127.0.0.1", 0))
        port = servers[-1].sockets[0].getsockname()[1]
        scripted.url = f"http://127.0.0.1:{port}/v1"
        return scripted

    yield start
    for server in servers:
        server.close()
    for task in connections:
        task.cancel()
    await asyncio.gather(*connections, return_exceptions=True)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back-off in a thousandth of its time."""
    monkeypatch.setattr("generation.engines.openai.patience.FIRST_REST_S", 0.0005)
    monkeypatch.setattr("generation.engines.openai.patience.LONGEST_REST_S", 0.02)
