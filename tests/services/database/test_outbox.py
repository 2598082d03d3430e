import asyncio
import subprocess
import sys

from services.database import outbox
from services.database.outbox import Event, claim, fail, finish, publish
from services.database.pool import Pool, connect, transaction

HOLD = """
import asyncio, sys
from services.database import outbox
from services.database.pool import connect
async def main():
    conn = await connect(sys.argv[1])
    print((await outbox.claim(conn)).id, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def put(pool: Pool, key: str = "bat_1", topic: str = "batch.planned") -> None:
    async with transaction(pool) as conn:
        await publish(conn, topic, key, {"n": 1})


async def test_an_event_is_claimed_finished_and_gone(pool: Pool, database_url: str) -> None:
    await put(pool)
    async with await connect(database_url) as worker:
        event = await claim(worker)
        assert event == Event(event.id, "batch.planned", "bat_1", {"n": 1}, 1) if event else False
        await finish(worker, event)
        assert await claim(worker) is None


async def test_an_event_of_a_rolled_back_transaction_never_was(
    pool: Pool, database_url: str
) -> None:
    async with pool.connection() as conn:
        await publish(conn, "batch.planned", "bat_1", {})
        await conn.rollback()
    async with await connect(database_url) as worker:
        assert await claim(worker) is None


async def test_two_workers_never_hold_the_same_event_nor_the_same_batch(
    pool: Pool, database_url: str
) -> None:
    for key in ("bat_1", "bat_1", "bat_2"):
        await put(pool, key)
    async with await connect(database_url) as one, await connect(database_url) as two:
        first, second = await claim(one), await claim(two)
        assert first is not None
        assert second is not None
        assert (first.key, second.key) == ("bat_1", "bat_2")
        await finish(two, second)
        assert await claim(two) is None
        await finish(one, first)
        third = await claim(two)
        assert third is not None
        assert third.key == "bat_1"


async def test_many_workers_run_each_event_once(pool: Pool, database_url: str) -> None:
    for number in range(30):
        await put(pool, f"bat_{number}")
    ran: list[int] = []

    async def work() -> None:
        async with await connect(database_url) as conn:
            while (event := await claim(conn)) is not None:
                ran.append(event.id)
                await finish(conn, event)

    await asyncio.gather(*[work() for _ in range(4)])
    assert len(ran) == len(set(ran)) == 30


async def test_a_failed_event_comes_back_when_it_is_due(pool: Pool, database_url: str) -> None:
    await put(pool)
    async with await connect(database_url) as worker:
        event = await claim(worker)
        assert event is not None
        await fail(worker, event, "no space", retry_after_s=60)
        assert await claim(worker) is None
        await worker.execute("UPDATE outbox SET available_at = now()")
        again = await claim(worker)
        rows = await worker.execute("SELECT last_error FROM outbox")
        assert await rows.fetchone() == {"last_error": "no space"}
    assert again is not None
    assert again.attempts == 2


async def test_a_killed_worker_gives_its_event_up_at_once(pool: Pool, database_url: str) -> None:
    await put(pool)
    worker = subprocess.Popen([sys.executable, "-c", HOLD, database_url], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    await asyncio.to_thread(worker.stdout.readline)
    async with await connect(database_url) as other:
        assert await claim(other) is None
        worker.kill()
        worker.wait()
        event = None
        for _ in range(200):
            if event := await claim(other):
                break
            await asyncio.sleep(0.01)
        assert event is not None
        assert event.attempts == 2
    worker.stdout.close()


async def test_a_waiting_worker_wakes_when_an_event_is_published(
    pool: Pool, database_url: str
) -> None:
    async with await connect(database_url) as worker:
        waiting = outbox.events(worker, poll_s=600)
        found = asyncio.create_task(anext(waiting))
        await asyncio.sleep(0.2)
        assert not found.done()
        await put(pool)
        assert (await asyncio.wait_for(found, 30)).key == "bat_1"
        await waiting.aclose()


async def test_polling_finds_what_nobody_was_notified_of(pool: Pool, database_url: str) -> None:
    await put(pool)
    async with await connect(database_url) as worker:
        await worker.execute("UPDATE outbox SET available_at = now() + interval '0.3 seconds'")
        waiting = outbox.events(worker, poll_s=0.1)
        assert (await asyncio.wait_for(anext(waiting), 30)).key == "bat_1"
        await waiting.aclose()
