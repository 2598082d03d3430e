"""A client that asks a server the same for a while, in a process of its own.

It writes bytes that were made before and reads by Content-Length, so that what is measured is the
server: a usual client takes as long as a bare endpoint does.
"""

import asyncio
import itertools
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

CLIENTS = 8


@dataclass(frozen=True, slots=True)
class Ask:
    """A request; `{unique}` in its headers is new each time."""

    port: int
    method: str
    path: str
    headers: str = ""
    """Lines that end in CRLF."""
    body: bytes = b""

    def head(self) -> str:
        """The request up to its body."""
        length = f"Content-Length: {len(self.body)}\r\n" if self.body else ""
        return (
            f"{self.method} {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self.headers}{length}\r\n"
        )


class Client:
    """The process that asks."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._process = ProcessPoolExecutor(1, mp_context=context)

    def per_second(self, ask: Ask, for_s: float) -> float:
        """Answers of 2xx a second from `CLIENTS` connections; raises RuntimeError for another."""
        return self._process.submit(_measure, ask, for_s).result()

    def close(self) -> None:
        """End the process."""
        self._process.shutdown()


def _measure(ask: Ask, for_s: float) -> float:
    return asyncio.run(_ask_for(ask, for_s))


async def _ask_for(ask: Ask, for_s: float) -> float:
    run, numbers = uuid4().hex, itertools.count()
    begun = time.perf_counter()
    end = begun + for_s
    done = await asyncio.gather(*(_one(ask, run, numbers, end) for _ in range(CLIENTS)))
    return sum(done) / (time.perf_counter() - begun)


async def _one(ask: Ask, run: str, numbers: "itertools.count[int]", end: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", ask.port, limit=2**20)
    head, done = ask.head(), 0
    while time.perf_counter() < end:
        unique = f"{run}{next(numbers)}"
        writer.write(head.replace("{unique}", unique).encode() + ask.body)
        said = await reader.readuntil(b"\r\n\r\n")
        lowered = said.lower()
        length = int(lowered.partition(b"content-length:")[2].partition(b"\r\n")[0])
        content = await reader.readexactly(length)
        if not said.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(f"{ask.method} {ask.path}: {said[:80]!r} {content[:200]!r}")
        done += 1
    writer.close()
    return done
