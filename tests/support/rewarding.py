"""A served reward service: real PostgreSQL, real processes, an engine that does as told."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import inf, log
from typing import Any, Literal, Self

import httpx
import uvicorn
from fastapi import FastAPI

from ingot.engine import Generated, ModelIdentity, Request
from ingot.settings import Settings
from services.rewards.app import create_app
from services.rewards.config import RewardsConfig

PAIRS: dict[str, Any] = {
    "engines": {"local": {"model": "scripted", "engine": "openai", "endpoint": "http://x/v1"}},
    "judges": {"pairs": {"kind": "pairwise", "engine": "local"}},
}
"""A configuration with one engine and one judge of pairs."""


@dataclass
class ScriptedEngine:
    """An engine at the engine's seam: it prefers what its `taste` says, in its own time."""

    capacity: int = 8
    delay_s: float = 0.0
    taste: Callable[[str], float] = lambda prompt: 0.9
    """From the judge's prompt, the probability of its first label."""
    failure: Callable[[str], str] = lambda prompt: ""
    kind: Literal["openai"] = "openai"
    identity: ModelIdentity = field(default_factory=lambda: ModelIdentity("scripted"))
    asked: list[str] = field(default_factory=list)
    cancelled: int = 0
    in_flight: int = 0
    most: int = 0
    """Most requests that were ever in flight."""
    held: bool = False
    """Whether requests wait until `release`."""
    _released: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def model(self) -> str:
        return self.identity.key

    async def generate(self, request: Request) -> Generated:
        prompt = request.messages[-1].content
        if not request.labels:  # the reasoning pass
            return Generated("because", "stop", 10, 5)
        self.asked.append(prompt)
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            await asyncio.sleep(self.delay_s)
            if self.held:
                await self._released.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.in_flight -= 1
        return self._answer(request, prompt)

    def _answer(self, request: Request, prompt: str) -> Generated:
        if problem := self.failure(prompt):
            return Generated(failure=problem, failure_kind="refused")
        first = self.taste(prompt)
        values = dict(zip(request.labels, map(_log, (first, 1 - first)), strict=False))
        return Generated("", "stop", 10, 1, label_logprobs=values)

    def release(self) -> None:
        """Let everything go on; from any thread."""
        self.held = False
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._released.set)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Service:
    """A served service: its address, its inside, clients by role."""

    url: str
    app: FastAPI
    engine: ScriptedEngine
    keys: dict[str, str]
    lab: httpx.AsyncClient
    other_lab: httpx.AsyncClient
    reviewer: httpx.AsyncClient
    anonymous: httpx.AsyncClient

    async def rewards(self, judge: str, items: list[Any], **fields: Any) -> dict[str, Any]:
        """Score as the lab, expecting to be served."""
        response = await self.lab.post(
            "/v1/rewards", json={"judge": judge, "items": items, **fields}
        )
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def preferences(self, judge: str, items: list[Any], **fields: Any) -> dict[str, Any]:
        """Compare as the lab, expecting to be served."""
        response = await self.lab.post(
            "/v1/preferences", json={"judge": judge, "items": items, **fields}
        )
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


@contextmanager
def serve_rewards(
    settings: Settings, config: RewardsConfig, engine: ScriptedEngine | None = None
) -> Iterator[tuple[str, FastAPI]]:
    """The service in a thread of its own, on a free port."""
    app = create_app(None, settings, config, (lambda terms: engine) if engine else None)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the reward service did not start; see the log"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", app
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listening.close()


async def until(condition: Callable[[], bool], *, within_s: float = 10) -> None:
    """Wait for something that happens in the server's thread."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        await asyncio.sleep(0.005)


async def leave(request: "asyncio.Task[Any]") -> None:
    """Close a request's connection before it is answered."""
    request.cancel()
    with suppress(asyncio.CancelledError, httpx.TransportError):
        await request


def _log(value: float) -> float:
    return log(value) if value > 0 else -inf
