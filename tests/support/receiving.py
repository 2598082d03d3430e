"""A receiver of webhooks that does as it is told, and what tests ask of senders."""

import asyncio
import socket
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fixtures_postgres import Api
from standardwebhooks import Webhook

from services.database.pool import Connection, Pool, transaction
from services.database.vault import open_vault
from services.webhooks.events import EventData, publish
from services.webhooks.sender import Sender, Terms
from services.webhooks.sending import Courier

FAST = Terms(waits_s=(0.0, 0.0, 0.0, 0.0), poll_s=0.05, lease_s=30)
"""Four tries, one right after the other."""
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"
    after_s: float = 0.0
    """Before the status."""
    drip_s: float = 0.0
    """Between the bytes of the body."""


@dataclass(frozen=True, slots=True)
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    port: int
    """Of the sender: one for each connection."""

    @property
    def id(self) -> str:
        """Its header webhook-id."""
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> dict[str, Any]:
        """The payload, checked with the official verifier."""
        read: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return read


@dataclass(slots=True)
class Receiver:
    """A running receiver."""

    url: str
    got: list[Got] = field(default_factory=list)
    script: defaultdict[str, list[Reply]] = field(
        default_factory=lambda: defaultdict(lambda: [Reply()])
    )
    """Path -> replies in turn, the last one for ever."""
    at_once: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_at_once: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def at(self, path: str) -> list[Got]:
        """What came to a path."""
        return [each for each in self.got if each.path == path]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        path, body, more = scope["path"], b"", True
        self.at_once[path] += 1
        self.most_at_once[path] = max(self.most_at_once[path], self.at_once[path])
        try:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":  # cut off: this was no request
                    return
                body += message.get("body", b"")
                more = message.get("more_body", False)
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.got.append(Got(path, headers, body, scope["client"][1]))
            await self._reply(self._next(path), send)
        finally:
            self.at_once[path] -= 1

    def _next(self, path: str) -> Reply:
        replies = self.script[path]
        return replies.pop(0) if len(replies) > 1 else replies[0]

    async def _reply(self, reply: Reply, send: Any) -> None:
        await asyncio.sleep(reply.after_s)
        headers = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
        head = {"type": "http.response.start", "status": reply.status, "headers": headers}
        await send(head)
        pieces = [reply.body] if not reply.drip_s else [bytes([each]) for each in reply.body]
        for piece in pieces:
            await asyncio.sleep(reply.drip_s)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})


@contextmanager
def receiving(**options: Any) -> Iterator[Receiver]:
    """A receiver in a thread of its own, on a free port; options are uvicorn's."""
    scheme = "https" if "ssl_certfile" in options else "http"
    listening = socket.create_server(("127.0.0.1", 0))
    receiver = Receiver(f"{scheme}://127.0.0.1:{listening.getsockname()[1]}")
    config = uvicorn.Config(
        receiver, log_config=None, access_log=False, timeout_graceful_shutdown=1, **options
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the receiver did not start"
        time.sleep(0.01)
    try:
        yield receiver
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listening.close()


async def add_endpoint(client: httpx.AsyncClient, url: str, **fields: Any) -> tuple[str, str]:
    """An endpoint's id and secret."""
    response = await client.post("/v1/webhook-endpoints", json={"url": url, **fields})
    assert response.status_code == 201, response.text
    return response.json()["endpoint"]["id"], response.json()["secret"]


async def deliveries(client: httpx.AsyncClient, endpoint_id: str) -> list[dict[str, Any]]:
    """What was sent to an endpoint and what waits."""
    response = await client.get(f"/v1/webhook-endpoints/{endpoint_id}/deliveries?limit=200")
    assert response.status_code == 200, response.text
    return list(response.json()["data"])


async def states(client: httpx.AsyncClient, endpoint_id: str) -> set[str]:
    """The states that its deliveries are in."""
    return {each["state"] for each in await deliveries(client, endpoint_id)}


def about(number: int = 1, object_id: str = "ord_1") -> EventData:
    """Something that happened to an order."""
    return EventData(id=object_id, object="order", state="running", version=number)


async def tell(pool: Pool, tenant: str = "acme", number: int = 1) -> str:
    """Publish one event."""
    async with transaction(pool) as conn:
        return await tell_on(conn, tenant, number)


async def tell_on(conn: Connection, tenant: str = "acme", number: int = 1) -> str:
    """Publish one event in a transaction."""
    return await publish(conn, tenant, "order.state_changed", about(number))


@asynccontextmanager
async def sending(
    api: Api,
    pool: Pool,
    terms: Terms = FAST,
    *,
    timeout_s: float = 10.0,
    home: Path | None = None,
    url: str = "",
) -> AsyncIterator[Sender]:
    """A sender at work."""
    settings = api.settings if home is None else api.settings.model_copy(update={"home": home})
    courier = Courier(allow_private=True, timeout_s=timeout_s)
    url = url or api.settings.database_url.get_secret_value()
    sender = Sender(pool, url, open_vault(settings), courier, terms)
    task = asyncio.create_task(sender.run())
    try:
        yield sender
    finally:
        sender.stop()
        await task
        await courier.close()


async def until(true: Callable[[], Any]) -> None:
    """Wait for something that happens here or behind an await."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            value = true()
            if await value if asyncio.iscoroutine(value) else value:
                return
            await asyncio.sleep(0.01)
