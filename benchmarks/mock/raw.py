"""What the engine gives when nothing is in its way: all requests straight in, all at once.

    python -m benchmarks.mock.raw [--requests 1024] [--slots 64]

No client can do better on the same requests, so this is what pipelines are divided by.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import aiohttp
import orjson

from benchmarks.mock.server import MockServer, Stats
from benchmarks.mock.settings import MockSettings

Body = Mapping[str, Any]
"""A chat completion as the OpenAI API takes it."""
Follow = Callable[[Body, str], Sequence[Body]]
"""What a row asks next, given what it asked and was answered; nothing ends the row."""

HEADERS = {"Content-Type": "application/json"}


def generation(prompt: str, *, seed: int | None = None, max_tokens: int = 2048) -> Body:
    """Ask for an answer to a prompt; two calls with the same arguments ask for the same work."""
    body: dict[str, Any] = {
        "model": "mock",
        "messages": [{"role": "user", "content": prompt}],
        "max_tokens": max_tokens,
    }
    return body if seed is None else body | {"seed": seed}


def measure_raw(server: MockServer, bodies: Sequence[Body], follow: Follow | None = None) -> Stats:
    """Reset the server, send all rows at once, each on its own, and read the account.

    With `follow`, a row asks on as soon as it is answered: the limit of a chain of steps.
    """
    server.reset()
    asyncio.run(_send_all(server.endpoint, bodies, follow))
    return server.stats()


async def _send_all(endpoint: str, bodies: Sequence[Body], follow: Follow | None) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        url = f"{endpoint}/chat/completions"
        await asyncio.gather(*(_send(session, url, body, follow) for body in bodies))


async def _send(
    session: aiohttp.ClientSession, url: str, body: Body, follow: Follow | None
) -> None:
    async with session.post(url, data=orjson.dumps(body), headers=HEADERS) as response:
        answer = await response.read()
    if follow is None or response.status != 200:
        return
    said = orjson.loads(answer)["choices"][0]["message"]["content"]
    following = follow(body, said)
    await asyncio.gather(*(_send(session, url, each, follow) for each in following))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1024)
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--base-ms", type=float, default=50)
    parser.add_argument("--token-ms", type=float, default=5)
    options = parser.parse_args()
    settings = MockSettings(slots=options.slots, base_ms=options.base_ms, token_ms=options.token_ms)
    bodies = [generation(f"Write about number {each}.") for each in range(options.requests)]
    with MockServer(settings) as server:
        stats = measure_raw(server, bodies)
    result = {
        "benchmark": "mock.raw",
        "tokens_per_s": round(stats.tokens_per_s),
        "requests_per_s": round(stats.completed / stats.seconds),
        "seconds": round(stats.seconds, 2),
        "slots_busy": round(stats.busy_slot_seconds / stats.seconds / options.slots, 4),
        "server_cpu_us_per_request": round(stats.cpu_s / stats.completed * 1e6, 1),
        "requests": options.requests,
        "slots": options.slots,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
