"""Keep the dates of live contracts, and make exports: `python -m services.contracts`."""

import asyncio
import logging
import signal
import time

from ingot import log
from ingot.settings import load_settings
from services.contracts.clock import due
from services.contracts.clock import repository as due_repository
from services.database.pool import Pool, Row, open_pool, transaction
from services.database.ready import ready_database
from services.exports.exporter import Exporter

logger = logging.getLogger(__name__)
EVERY_S = 2.0
_AT_ONCE = 200
_AGAIN_AFTER_S = 60.0


class Clock:
    """Does what falls due, each thing in a transaction of its own."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._maker = due.Pipeline()
        self._failed: dict[tuple[str, str], float] = {}

    async def run(self) -> None:
        """Look every two seconds, until cancelled."""
        while True:
            await self.tick()
            await asyncio.sleep(EVERY_S)

    async def tick(self) -> int:
        """Do what is due now, and give how much that was; what fails is tried again in a minute."""
        async with transaction(self._pool) as conn:
            rows = await due_repository.due_now(conn, _AT_ONCE)
        return sum([await self._handle(row) for row in rows])

    async def _handle(self, row: Row) -> bool:
        name = (row["what"], row["id"])
        if time.monotonic() < self._failed.get(name, 0):
            return False
        try:
            async with transaction(self._pool) as conn:
                await due.handle(conn, row, self._maker)
        except Exception:
            logger.exception("%s of %s failed, will be tried again", *name)
            self._failed[name] = time.monotonic() + _AGAIN_AFTER_S
            return False
        self._failed.pop(name, None)
        return True


async def keep() -> None:
    """Open the database and run both."""
    settings = load_settings()
    pool = await open_pool(await ready_database(settings), size=3)
    task = asyncio.ensure_future(asyncio.gather(Clock(pool).run(), Exporter(pool, settings).run()))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        logger.info("clock stopped")
    finally:
        await pool.close()


if __name__ == "__main__":
    log.configure(json_lines=True)
    asyncio.run(keep())
