"""The Prefect flows that carry a batch through its states.

A flow takes a batch id, does what the batch's state calls for, and ends where people have to work;
the last needed answer starts the next flow through the outbox. Every stage finds what is already
done, so a flow that was killed is simply run again.

    produce   planned -> generating -> judging -> calibrating | in_review | assembling
    route     calibrating -> in_review | assembling
    deliver   in_review -> assembling -> delivered
    prove     after the delivery: one round of training, before and after
"""

from collections.abc import Awaitable, Callable

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from ingot.orders import BatchState
from services.database import outbox
from services.database.pool import transaction
from services.ordering import batches
from services.ordering.batches import Batch
from services.pipeline import assemble, audit, generate, judge, people, prove
from services.pipeline.house import House, current

Stage = Callable[[House, Batch], Awaitable[None]]


def stage_task(name: str, stage: Stage) -> Callable[[str], Awaitable[None]]:
    """Make a stage a Prefect task that takes a batch id."""

    @task(
        name=name,
        task_run_name=name + " {batch_id}",
        cache_policy=NO_CACHE,
        description=stage.__doc__,
    )
    async def run(batch_id: str) -> None:
        house = current.get()
        await stage(house, await read_batch(house, batch_id))

    return run


generate_task = stage_task("generate", generate.generate)
judge_task = stage_task("judge", judge.judge)
ask_calibration_task = stage_task("ask calibration", people.ask_calibration)
route_task = stage_task("route", people.route)
assemble_task = stage_task("assemble", assemble.assemble)
prove_task = stage_task("prove", prove.prove)


@flow(name="produce", flow_run_name="produce {batch_id}")
async def produce(batch_id: str) -> None:
    """Generate and judge a batch, then ask people for the calibration sample."""
    await enter(batch_id, BatchState.PLANNED, BatchState.GENERATING)
    await generate_task(batch_id)
    await enter(batch_id, BatchState.GENERATING, BatchState.JUDGING)
    await judge_task(batch_id)
    await ask_calibration_task(batch_id)


@flow(name="route", flow_run_name="route {batch_id}")
async def route(batch_id: str) -> None:
    """Compute the threshold and send to people what lies below it."""
    await route_task(batch_id)


@flow(name="deliver", flow_run_name="deliver {batch_id}")
async def deliver(batch_id: str) -> None:
    """Decide, curate and deliver a batch, unless its audit failed and people must look again."""
    house = current.get()
    await watch(batch_id)
    await enter_assembling(batch_id)
    if (await read_batch(house, batch_id)).state is not BatchState.ASSEMBLING:
        return
    await assemble_task(batch_id)
    async with transaction(house.pool) as conn:
        await batches.transition(conn, batch_id, BatchState.DELIVERED, actor="pipeline")
        await outbox.publish(conn, "batch.delivered", batch_id, {})


@flow(name="prove", flow_run_name="prove {batch_id}")
async def prove_batch(batch_id: str) -> None:
    """Train on the delivered batch and measure what it brought."""
    await prove_task(batch_id)


async def watch(batch_id: str) -> None:
    """Test the judge's promise on the audit's answers so far; an alarm sends items to people."""
    house = current.get()
    await audit.watch(house, await read_batch(house, batch_id))


async def enter_assembling(batch_id: str) -> None:
    """Go on from review, if nobody has anything left to answer and no alarm came meanwhile."""
    house = current.get()
    try:
        async with transaction(house.pool) as conn:
            batch = await batches.get_batch(conn, batch_id)
            if batch.state is not BatchState.IN_REVIEW or batch.tasks_open:
                return
            await batches.transition(conn, batch_id, BatchState.ASSEMBLING, actor="pipeline")
            await audit.refuse_broken(conn, batch_id)
    except audit.BrokenPromiseError:  # by an answer to another batch, at this very moment
        await watch(batch_id)
        await enter_assembling(batch_id)


async def read_batch(house: House, batch_id: str) -> Batch:
    """The batch as it is now."""
    async with transaction(house.pool) as conn:
        return await batches.get_batch(conn, batch_id)


async def enter(batch_id: str, before: BatchState, after: BatchState) -> None:
    """Move on from `before`; a batch that is past it already (a rerun) stays where it is."""
    house = current.get()
    async with transaction(house.pool) as conn:
        if (await batches.get_batch(conn, batch_id)).state is before:
            await batches.transition(conn, batch_id, after, actor="pipeline")


def flow_for(batch: Batch) -> Callable[[str], Awaitable[None]] | None:
    """What a batch needs next; None while people work on it or when it has ended."""
    waiting = batch.tasks_open > 0
    match batch.state:
        case BatchState.PLANNED | BatchState.GENERATING | BatchState.JUDGING:
            return produce
        case BatchState.CALIBRATING:
            return None if waiting else route
        case BatchState.IN_REVIEW:
            return None if waiting else deliver
        case BatchState.ASSEMBLING:
            return deliver
        case BatchState.FAILED | BatchState.CANCELLED:
            return None
        case _:  # delivered, whatever the lab decided since
            return prove_batch
