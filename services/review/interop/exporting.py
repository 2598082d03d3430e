"""Tasks that go out in a stream, in the memory of a few."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import orjson

from services.database.pool import Pool, Row, transaction
from services.review.interop import repository
from services.review.interop.shapes import Format, Queue

AT_ONCE = 3
"""Exports that one process serves at the same time: each holds a connection."""


async def stream(
    pool: Pool, slots: asyncio.Semaphore, queue: Queue, form: Format, *, done: bool
) -> AsyncIterator[bytes]:
    """The file, a page of tasks at a time, as soon as one of the slots is free."""
    begin, between, end = (b"[\n", b",\n", b"\n]\n") if form.array else (b"", b"\n", b"\n")
    lead = begin
    async with slots, transaction(pool) as conn:
        async for page in _pages(repository.tasks(conn, queue.id, done=done)):
            rows = list(_rows(page, form, queue))
            if rows:
                yield lead + between.join(rows)
                lead = between
    if form.array:
        yield (lead if lead == begin else b"") + end
    elif lead:
        yield end


def _rows(page: list[Row], form: Format, queue: Queue) -> Iterator[bytes]:
    for task in page:
        yield from map(orjson.dumps, form.write(task, queue))


async def _pages(tasks: AsyncIterator[Row]) -> AsyncIterator[list[Row]]:
    page: list[Row] = []
    async for task in tasks:
        page.append(task)
        if len(page) == repository.PAGE:
            yield page
            page = []
    if page:
        yield page
