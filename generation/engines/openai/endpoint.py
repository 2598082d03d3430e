"""The wire: one pooled session to one endpoint, and nothing it sends is taken without a limit.

No redirects are followed and no compressed bodies taken, so neither leads anywhere nor swells.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Self, TypeAlias

import aiohttp
from aiohttp import hdrs
from yarl import URL

from generation.engines.openai.problems import problem_in, problem_of
from ingot.errors import ModelError

MAX_ANSWER_BYTES = 16 * 2**20
CONNECT_TIMEOUT_S = 10.0
STALL_TIMEOUT_S = 60.0
"""An answer that has begun goes on within this time, or it hangs."""
KEEP_ALIVE_S = 3.0
"""Less than the 5 s after which uvicorn, so vLLM, closes: else requests meet a closing door."""


_UNHURRIED = aiohttp.ClientTimeout(
    total=None, sock_connect=CONNECT_TIMEOUT_S, sock_read=STALL_TIMEOUT_S
)
_Asked: TypeAlias = AbstractAsyncContextManager[aiohttp.ClientResponse]


class Endpoint:
    """An OpenAI-compatible server."""

    def __init__(self, url: str, *, api_key: str, timeout_s: float) -> None:
        try:
            self._base = URL(url.rstrip("/"))
            shown = self._base.with_user(None)
        except ValueError as error:
            raise ModelError(f"endpoint {url!r} is no URL ({error}): correct it") from error
        self.name = str(shown)
        """As messages and records name it: without any password."""
        self._headers = {hdrs.ACCEPT_ENCODING: "identity"}
        if api_key:
            self._headers[hdrs.AUTHORIZATION] = f"Bearer {api_key}"
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=CONNECT_TIMEOUT_S)
        self._urls: dict[str, URL] = {}
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> Self:
        """Make the session; needs a running event loop."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            timeout=self._timeout,
            auto_decompress=False,
        )
        return self

    async def close(self) -> None:
        """End all connections."""
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str) -> bytes:
        """Fetch; see `post`."""
        return await self._answer(self._session_request("GET", self._url(path)))

    async def metrics(self) -> bytes:
        """What stands beside the API at /metrics."""
        return await self._answer(self._session_request("GET", self._base.parent / "metrics"))

    async def post(self, path: str, body: bytes, kind: str = "application/json") -> bytes:
        """Send and give the answer's body; raises a Problem or ModelError for all but 200."""
        headers = {hdrs.CONTENT_TYPE: kind}
        asked = self._session_request("POST", self._url(path), data=body, headers=headers)
        return await self._answer(asked)

    async def lines(self, path: str) -> AsyncIterator[bytes]:
        """Fetch a file of any length line by line; a line has the limit of an answer."""
        asked = self._session_request("GET", self._url(path), timeout=_UNHURRIED)
        try:
            async with asked as response:
                if response.status != 200:
                    raise self._problem(response, await _read(response))
                async for line in _split(response.content.iter_any()):
                    yield line
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise problem_in(error) from error

    async def _answer(self, asked: _Asked) -> bytes:
        try:
            async with asked as response:
                answer = await _read(response)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise problem_in(error) from error
        if response.status == 200:
            return answer
        raise self._problem(response, answer)

    def _problem(self, response: aiohttp.ClientResponse, body: bytes) -> Exception:
        rest = response.headers.get(hdrs.RETRY_AFTER, "")
        return problem_of(self.name, response.status, body, rest)

    def _session_request(self, method: str, url: URL, **options: Any) -> _Asked:
        if self._session is None:
            raise ModelError("the engine is not started: use `async with`")
        return self._session.request(method, url, allow_redirects=False, **options)

    def _url(self, path: str) -> URL:
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = self._base / path
        return url


async def _split(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Lines, however the parts cut them."""
    rest = b""
    async for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        _check_size(len(rest))
        for line in whole:
            yield line
    if rest:
        yield rest


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, given up when it is too large, stalls or comes compressed."""
    if response.headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity":
        raise ValueError("a compressed answer, which nobody asked for")
    _check_size(response.content_length or 0)
    parts: list[bytes] = []
    size = 0
    while True:
        async with asyncio.timeout(STALL_TIMEOUT_S):
            part = await response.content.readany()
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
        _check_size(size)


def _check_size(size: int) -> None:
    if size > MAX_ANSWER_BYTES:
        raise ValueError(f"an answer over {MAX_ANSWER_BYTES} bytes")
