"""The calls of the batch API, each repeated until it succeeds or patience ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import orjson

from generation.engines.openai.endpoint import Endpoint
from generation.engines.openai.patience import Patience, back_off
from generation.engines.openai.problems import Broken, Busy

T = TypeVar("T")
GIVEN_UP = frozenset(("failed", "expired", "cancelling", "cancelled"))
"""States of a batch that will not be answered in full."""
_BOUNDARY = "ingot-batch-3f1c6a0d9b5e47c2"
_FORM = (
    f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="batch.jsonl"\r\n'
    "Content-Type: application/jsonl\r\n\r\n"
)


class BatchApi:
    """An endpoint's files and batches, as the OpenAI API has them."""

    def __init__(self, endpoint: Endpoint, patience_s: float) -> None:
        self._endpoint, self._patience_s = endpoint, patience_s

    async def upload(self, lines: list[bytes]) -> str:
        """Send a batch's requests; gives the file's id."""
        form = b"".join((_FORM.encode(), *lines, f"\r\n--{_BOUNDARY}--\r\n".encode()))
        kind = f"multipart/form-data; boundary={_BOUNDARY}"

        async def once() -> str:
            return _id(_mapping(await self._endpoint.post("files", form, kind)))

        return await self.persist(once)

    async def create(self, file_id: str, path: str, content: str) -> str:
        """Start a batch; gives its id. After an answer that got lost, looks for it first."""
        asked = {
            "input_file_id": file_id,
            "endpoint": f"/v1/{path}",
            "completion_window": "24h",
            "metadata": {"ingot": content},
        }
        body, tried = orjson.dumps(asked), False

        async def once() -> str:
            nonlocal tried
            if tried and (found := await self.find(content)):
                return found
            tried = True
            return _id(_mapping(await self._endpoint.post("batches", body)))

        return await self.persist(once)

    async def find(self, content: str) -> str:
        """The latest batch made of this content, '' for none among the latest ones."""
        told = await self._get("batches")
        for batch in told.get("data") or []:
            if isinstance(batch, dict) and (batch.get("metadata") or {}).get("ingot") == content:
                return _id(batch) if batch.get("status") not in GIVEN_UP else ""
        return ""

    async def state(self, batch_id: str) -> dict[str, Any]:
        """What has become of a batch; raises Rejected where the endpoint knows none."""
        return await self._get(f"batches/{batch_id}")

    async def results(self, file_id: str) -> AsyncIterator[dict[str, Any]]:
        """The entries of a file of results; lines that are none are left out."""
        if not file_id:
            return
        async for each in self._endpoint.lines(f"files/{file_id}/content"):
            try:
                entry = orjson.loads(each)
            except ValueError:
                continue
            if isinstance(entry, dict):
                yield entry

    async def _get(self, path: str) -> dict[str, Any]:
        async def once() -> dict[str, Any]:
            return _mapping(await self._endpoint.get(path))

        return await self.persist(once)

    async def persist(self, act: Callable[[], Awaitable[T]]) -> T:
        """Act until it succeeds; raises ModelError when patience ends, Rejected at once."""
        patience = Patience(self._endpoint.name, self._patience_s)
        attempt = 0
        while True:
            try:
                return await act()
            except (Busy, Broken) as problem:
                attempt += 1
                patience.try_on(problem)
                asked_s = problem.rest_s if isinstance(problem, Busy) else 0.0
                await asyncio.sleep(min(back_off(attempt, asked_s), patience.left_s()))


def _mapping(body: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(body)
    except ValueError as error:
        raise Broken(f"malformed answer: {error}", "malformed") from error
    if not isinstance(told, dict):
        raise Broken(f"malformed answer: {body[:80]!r}", "malformed")
    return told


def _id(told: dict[str, Any]) -> str:
    if not isinstance(told.get("id"), str):
        raise Broken(f"an answer without an id: {str(told)[:80]}", "malformed")
    return str(told["id"])
