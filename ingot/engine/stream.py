"""Keeping an engine's queue full.

`stream` holds `engine.capacity` requests in flight, takes a new one as soon as one is done, and
never waits for a slow one.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from functools import partial

from ingot.engine.protocol import Engine, Generated, Request


async def stream(
    engine: Engine, requests: Iterable[Request]
) -> AsyncIterator[tuple[int, Generated]]:
    """Answer all requests, yielding (index of the request, answer) as each is done.

    `requests` may be a generator: it is drawn from only as fast as the engine answers, so memory
    stays bounded by the window. Cancelling the consumer cancels what is in flight.
    """
    source = iter(enumerate(requests))
    flying: set[asyncio.Task[Generated]] = set()
    ended: asyncio.Queue[tuple[int, asyncio.Task[Generated]]] = asyncio.Queue()
    try:
        while True:
            while len(flying) < engine.capacity and (entry := next(source, None)) is not None:
                index, request = entry
                task = asyncio.create_task(engine.generate(request))
                # A queue, not asyncio.wait: that looks at the whole window on each wake-up.
                task.add_done_callback(partial(_report, ended, index))
                flying.add(task)
            if not flying:
                return
            index, task = await ended.get()
            flying.discard(task)
            yield index, task.result()
    finally:
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)


def _report(
    ended: "asyncio.Queue[tuple[int, asyncio.Task[Generated]]]",
    index: int,
    task: "asyncio.Task[Generated]",
) -> None:
    ended.put_nowait((index, task))
