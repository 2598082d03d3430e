"""Progress of long work, written to the batch about once a second for whoever watches."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from services.database.pool import transaction
from services.ordering import batches
from services.ordering.batches import Batch
from services.pipeline.house import House

INTERVAL_S = 1.0


class Report:
    """The newest figures of one stage; cheap to call, also from another thread."""

    def __init__(self) -> None:
        self.done, self.total = 0, 0
        self.started_s = time.monotonic()
        self._read: Callable[[], tuple[int, int]] | None = None

    def __call__(self, done: int, total: int) -> None:
        """Tell the figures."""
        self.done, self.total = done, total

    def follow(self, read: Callable[[], tuple[int, int]]) -> None:
        """Read (done, total) whenever they are wanted, instead of being told."""
        self._read = read

    def look(self) -> None:
        """Read the figures, where there is something to read them from."""
        if self._read is not None:
            self.done, self.total = self._read()

    def facts(self) -> dict[str, float]:
        """Rate and remaining seconds at that rate."""
        elapsed_s = max(time.monotonic() - self.started_s, 1e-6)
        rate = self.done / elapsed_s
        left_s = (self.total - self.done) / rate if rate else 0.0
        return {"rate_per_s": round(rate, 1), "eta_s": round(left_s, 1)}


@asynccontextmanager
async def reported(house: House, batch: Batch, stage: str, unit: str) -> AsyncIterator[Report]:
    """Give the block a function to report with; its figures and its seconds reach the batch."""
    latest = Report()
    writer = asyncio.create_task(_keep_writing(house, batch, stage, unit, latest))
    try:
        yield latest
    finally:
        writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writer
    await _write(house, batch, stage, unit, latest)
    await _add_seconds(house, batch, stage, time.monotonic() - latest.started_s)


async def _keep_writing(house: House, batch: Batch, stage: str, unit: str, latest: Report) -> None:
    while True:
        await _write(house, batch, stage, unit, latest)
        await asyncio.sleep(INTERVAL_S)


async def _write(house: House, batch: Batch, stage: str, unit: str, latest: Report) -> None:
    latest.look()
    async with transaction(house.pool) as conn:
        await batches.set_progress(
            conn, batch.id, stage, latest.done, latest.total, unit, dict(latest.facts())
        )


async def _add_seconds(house: House, batch: Batch, stage: str, seconds: float) -> None:
    """Add to the stage's seconds, so that a resumed stage counts all its runs."""
    async with transaction(house.pool) as conn:
        row = await batches.get_batch(conn, batch.id)
        spent = dict(row.summary.get("seconds_by_stage", {}))
        spent[stage] = round(float(spent.get(stage, 0.0)) + seconds, 2)
        await batches.save_summary(conn, batch.id, {"seconds_by_stage": spent})
