"""One try: a POST to an address that was checked, and what came of it.

Connections are kept between tries and belong to the name that they were opened for. Their address
is checked when they are opened, and it is the address that is connected to.
"""

import asyncio
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ssl import SSLContext

import httpcore
import httpx

from services.web.addresses import Refused, check_url, checked_addresses

TIMEOUT_S = 15.0
"""For all of a try: the name, the connection, the answer and its body."""
RESPONSE_BYTES = 64 * 1024
"""What is read of an answer; with more the connection is closed."""
RESPONSE_CHARS = 300
"""What is kept of it."""
LONGEST_REST_S = 24 * 3600.0
"""The most that an endpoint may ask for by Retry-After."""
_HEADERS = {
    "Content-Type": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "Ingot-Webhooks/1",
}
_TROUBLES = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError)
_CONNECT_S = 5.0  # for each address
_KEPT_S = 3.0  # less than servers keep an idle connection: uvicorn does for 5 s
_CONNECTIONS = 1000
_ADDRESSES_TRIED = 3


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a try."""

    at: datetime
    status: int | None
    """Of the answer; None where there was none."""
    error: str
    """'' where it was delivered: the status was 200 to 299."""
    duration_ms: int
    response: str = ""
    """The first 300 characters of the answer's body."""
    rest_s: float | None = None
    """How long the endpoint asked to be left alone, 0 to 24 hours."""

    @property
    def gone(self) -> bool:
        """Whether the endpoint said that it wants nothing any more."""
        return self.status == 410


class Courier:
    """Carries bodies to URLs."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        timeout_s: float = TIMEOUT_S,
        tls: SSLContext | None = None,
    ) -> None:
        """With `allow_private` also over plain http and to this machine's network."""
        self._allow_private, self._timeout_s = allow_private, timeout_s
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or httpx.create_ssl_context(),
            max_connections=_CONNECTIONS,
            keepalive_expiry=_KEPT_S,
            network_backend=Pinned(allow_private=allow_private),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Attempt:
        """Send once; whatever goes wrong is in what comes back."""
        at, begun_s = datetime.now(UTC), time.monotonic()
        answer, trouble = _Answer(), ""
        try:
            check_url(url, allow_private=self._allow_private)
            async with asyncio.timeout(self._timeout_s):
                await self._send(url, headers, body, answer)
        except TimeoutError:
            trouble = f"no answer within {self._timeout_s:g} s"
        except Refused as error:
            trouble = str(error)
        except _TROUBLES as error:
            trouble = f"{type(error).__name__}: {error}".removesuffix(": ")
        return Attempt(
            at=at,
            status=answer.status,
            error=_error(answer.status, trouble),
            duration_ms=round((time.monotonic() - begun_s) * 1000),
            response=_plain(answer.body[: RESPONSE_CHARS * 4].decode(errors="replace")),
            rest_s=_rest_s(answer, at),
        )

    async def _send(
        self, url: str, headers: dict[str, str], body: bytes, answer: "_Answer"
    ) -> None:
        """Fill the answer as it comes, so that what came stays when time runs out."""
        sent = list((_HEADERS | headers).items())
        async with self._pool.stream("POST", url, headers=sent, content=body) as response:
            answer.status = response.status
            for name, value in response.headers:
                if name.lower() == b"retry-after":
                    answer.retry_after = value.decode("latin-1").strip()
            async for piece in response.aiter_stream():
                answer.body += piece
                if len(answer.body) > RESPONSE_BYTES:
                    break


class Pinned(httpcore.AsyncNetworkBackend):
    """Opens connections to the addresses of a name that were checked, and to nothing else."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that takes it; TLS, on top of it, checks the name."""
        failed: Exception = httpcore.ConnectError("no address")
        found = await checked_addresses(host, port, allow_private=self._allow_private)
        for address in found[:_ADDRESSES_TRIED]:
            try:
                return await self._network.connect_tcp(
                    address, port, _CONNECT_S, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


@dataclass(slots=True)
class _Answer:
    """What has come so far."""

    status: int | None = None
    retry_after: str = ""
    body: bytes = b""


def _error(status: int | None, trouble: str) -> str:
    """Why it is not delivered. A body that breaks off changes nothing: the status was said."""
    if status is None:
        return _plain(trouble)
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"answered {status}: redirects are not followed, name the URL that it leads to"
    return f"answered {status}"


def _plain(text: str) -> str:
    """How a text begins, without what a database or a terminal would stumble over."""
    return "".join(c if c.isprintable() else " " for c in text[:RESPONSE_CHARS])


def _rest_s(answer: _Answer, now: datetime) -> float | None:
    """What Retry-After asks for (RFC 9110, 10.2.3): seconds, or a date."""
    if answer.status not in (429, 503) or not answer.retry_after:
        return None
    if re.fullmatch(r"[0-9]{1,9}", answer.retry_after):
        wanted_s = float(answer.retry_after)
    else:
        try:
            until = parsedate_to_datetime(answer.retry_after)
        except ValueError:
            return None
        wanted_s = (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
    return min(max(wanted_s, 0.0), LONGEST_REST_S)
