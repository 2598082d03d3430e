"""The pipeline worker: takes events from the outbox and runs the flow that the batch needs.

Flows run in this process and report to the Prefect server. What the event says is only a wake-up;
the batch's state in PostgreSQL decides, so a repeated or late event does no harm.
"""

import asyncio
import logging
import signal

from ingot import log
from ingot.errors import IngotError, StorageError
from ingot.orders import BatchState
from ingot.settings import Settings, load_settings
from services.database import outbox
from services.database.outbox import Event
from services.database.pool import Connection, connect, transaction
from services.ordering import batches
from services.pipeline.audit import WATCHED
from services.pipeline.flows import flow_for, read_batch, watch
from services.pipeline.house import House, current, open_house
from services.pipeline.reaper import mark_crashed

logger = logging.getLogger(__name__)
RETRY_AFTER_S = 5.0
STORAGE_ATTEMPTS = 3
"""A store that refuses may come back; a wrong order or a missing model will not by itself."""


async def work(settings: Settings) -> None:
    """Serve the outbox until cancelled."""
    async with open_house(settings) as house:
        current.set(house)
        conn = await connect(settings.database_url.get_secret_value())
        async with conn:
            async for event in outbox.events(conn, poll_s=2.0):
                await handle(house, conn, event)


async def handle(house: House, conn: Connection, event: Event) -> None:
    """Run what the batch needs; a failure is written to the batch, never lost."""
    token = log.bound.set({"batch_id": event.key})
    try:
        if event.attempts > 1:
            await mark_crashed(event.key)
        if event.topic in WATCHED:  # no flow: there is one such event for every audited item
            await watch(event.key)
        elif (run := flow_for(await read_batch(house, event.key))) is not None:
            await run(event.key)
        await outbox.finish(conn, event)
    except StorageError as error:
        if event.attempts < STORAGE_ATTEMPTS:
            logger.warning("storage refused, will try again: %s", error)
            await outbox.fail(conn, event, str(error), retry_after_s=RETRY_AFTER_S)
        else:
            await give_up(house, conn, event, error)
    except Exception as error:
        await give_up(house, conn, event, error)
    finally:
        log.bound.reset(token)


async def give_up(house: House, conn: Connection, event: Event, error: Exception) -> None:
    """Stop the batch with the reason; `resume` goes on from where it was."""
    expected = isinstance(error, IngotError)
    message = str(error) if expected else f"{type(error).__name__}: {error}"
    logger.error("batch failed: %s", message, exc_info=None if expected else error)
    async with transaction(house.pool) as work:
        batch = await batches.get_batch(work, event.key)
        if BatchState.FAILED in batches.LEGAL[batch.state]:
            await batches.fail(work, event.key, message)
        elif batch.delivery_uri:  # the proof failed, the delivery stands
            await batches.save_summary(work, event.key, {"proof_error": message})
    await outbox.finish(conn, event)


def main() -> None:
    """Run the worker until it is told to stop."""
    log.configure(json_lines=True)
    asyncio.run(_until_stopped(load_settings()))


async def _until_stopped(settings: Settings) -> None:
    task = asyncio.create_task(work(settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        logger.info("worker stopped")


if __name__ == "__main__":
    main()
