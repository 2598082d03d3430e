"""Workers share an outbox, and clean up behind those that were killed."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from carrying import brought, carry, drain, place, read, sums
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from prefect.states import Running

from ingot.orders import BatchState
from services.database import outbox
from services.database.pool import connect, transaction
from services.ordering.batches import Batch
from services.pipeline import reaper, worker
from services.pipeline.flows import flow_for
from services.pipeline.house import House

Run = Callable[[str], Awaitable[None]]


@flow(name="produce", flow_run_name="produce {batch_id}")
async def abandoned(batch_id: str) -> None:
    """What a killed worker was at."""


async def leave_running(batch_id: str) -> None:
    """A run that says it runs, and nobody runs it."""
    async with get_client() as client:
        await client.create_flow_run(
            abandoned,
            parameters={"batch_id": batch_id},
            name=f"produce {batch_id}",
            state=Running(),
        )


async def run_states(batch_id: str) -> list[str]:
    named = FlowRunFilter(name=FlowRunFilterName(like_=batch_id))
    async with get_client() as client:
        runs = await client.read_flow_runs(flow_run_filter=named)
    return sorted(run.state_name or "" for run in runs)


async def test_two_workers_never_run_one_batch_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work, collisions = set[str](), list[str]()

    def watched(batch: Batch) -> Run | None:
        run = flow_for(batch)

        async def watch(batch_id: str) -> None:
            assert run is not None
            collisions.extend({batch_id} & at_work)
            at_work.add(batch_id)
            await run(batch_id)
            at_work.discard(batch_id)

        return watch if run else None

    monkeypatch.setattr(worker, "flow_for", watched)
    batch_ids = [await place(house, brought(house, sums(3))) for _ in range(2)]
    async with transaction(house.pool) as conn:
        for batch_id in batch_ids:  # every batch has two events at once
            await outbox.publish(conn, "batch.resumed", batch_id, {})
    workers = [asyncio.create_task(worker.work(house.settings)) for _ in range(2)]
    await until_idle(house)
    for task in workers:
        task.cancel()
    assert not collisions
    for batch_id in batch_ids:
        assert (await read(house, batch_id)).state is BatchState.DELIVERED
        assert set(await run_states(batch_id)) == {"Completed"}


async def until_idle(house: House) -> None:
    while True:
        async with transaction(house.pool) as conn:
            rows = await conn.execute("SELECT 1 FROM outbox WHERE done_at IS NULL")
            if await rows.fetchone() is None:
                return
        await asyncio.sleep(0.1)


async def test_runs_of_a_killed_worker_are_marked_as_crashed(house: House) -> None:
    batch_id = await place(house, brought(house, sums(3)))
    other_id = await place(house, brought(house, sums(4)))
    await leave_running(batch_id)
    await leave_running(other_id)
    async with await connect(house.settings.database_url.get_secret_value()) as killed:
        await outbox.claim(killed)  # its connection ends without `finish`
    await drain(house)
    finished = ["Completed"] * 4
    assert await run_states(batch_id) == [*finished, "Crashed"]
    assert await run_states(other_id) == [*finished, "Running"]  # no worker died over this one


async def test_the_runs_of_a_batch_that_was_never_interrupted_are_left_alone(house: House) -> None:
    batch_id = await place(house, brought(house, sums(3)))
    await carry(house, batch_id)
    before = await run_states(batch_id)
    assert await reaper.mark_crashed(batch_id) == 0
    assert await run_states(batch_id) == before


async def test_a_prefect_that_refuses_is_no_reason_to_stop(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise reaper.httpx.ConnectError("nobody there")

    monkeypatch.setattr(reaper, "get_client", refuse)
    assert await reaper.mark_crashed("bat_x") == 0
    assert "nobody there" in caplog.text
