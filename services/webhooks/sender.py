"""The sender: takes deliveries that are due, tries them, writes down what came of it.

A delivery is taken for as long as its lease lasts and has to be over before. A sender that is
killed writes nothing, so what it had taken is due again when the lease ends: each event arrives at
least once, always under one id. Any number of senders may run.

Tries run side by side, a few for each endpoint. What they brought is written together: all that
came in while the last lot was being written is the next lot.
"""

import asyncio
import logging
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg_pool import PoolTimeout

from ingot.errors import StorageError
from services.database.pool import Pool, connect, transaction
from services.database.vault import Vault
from services.webhooks import sending_repository as repository
from services.webhooks import signing
from services.webhooks.repository import CHANNEL
from services.webhooks.sending import Attempt, Courier
from services.webhooks.sending_repository import Claimed

logger = logging.getLogger(__name__)
WAITS_S = (0, 5, 5 * 60, 30 * 60, *(hours * 3600.0 for hours in (2, 5, 10, 14, 20, 24)))
"""Before each try: ten in 75 hours and a half, the example of Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""
GONE = "it answered 410 Gone"
_LOST = (psycopg.OperationalError, PoolTimeout, StorageError)
"""What a database that is away for a while raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a sender goes about it."""

    waits_s: tuple[float, ...] = WAITS_S
    """Before each try, more or less a tenth; the first one is not waited for."""
    lease_s: float = 60.0
    """Longer than a try and the writing of it take."""
    poll_s: float = 1.0
    """How long a delivery may be due before it is noticed, where nobody notifies."""
    grace_s: float = 14.0
    """What tries have left when the sender is told to stop."""
    most_each: int = 8
    """Tries at once of one endpoint; of one that fails, 1."""
    most: int = 256
    """Tries at once."""
    tidy_s: float = 60.0
    """Between two looks for what waits for endpoints that were deleted."""
    hopeless_after_s: float = 5 * 24 * 3600.0
    """An endpoint that nothing gets through to for so long is switched off."""


class Sender:
    """Sends until it is told to stop."""

    def __init__(
        self, pool: Pool, url: str, vault: Vault, courier: Courier, terms: Terms | None = None
    ) -> None:
        """Take a pool and the database's URL, for a connection that listens."""
        self._pool, self._url, self._vault, self._courier = pool, url, vault, courier
        self._terms = terms or Terms()
        self._busy: Counter[str] = Counter()
        self._results: asyncio.Queue[tuple[Claimed, Attempt]] = asyncio.Queue()
        self._wake = asyncio.Event()
        self._stopping = False

    def stop(self) -> None:
        """Take nothing more; `run` ends when what is under way is over."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Send until `stop`."""
        async with asyncio.TaskGroup() as group:
            works = (self._listen(), self._record(), self._tidy())
            helpers = [group.create_task(work) for work in works]
            tries: set[asyncio.Task[None]] = set()
            while not self._stopping:
                self._wake.clear()
                taken = await self._claim()
                for delivery in taken:
                    self._busy[delivery.endpoint_id] += 1
                    task = group.create_task(self._try(delivery))
                    tries.add(task)
                    task.add_done_callback(tries.discard)
                if not taken and not self._stopping:
                    await self._rest()
            await self._settle()
            for task in (*helpers, *tries):
                task.cancel()

    async def _claim(self) -> list[Claimed]:
        room = self._terms.most - self._busy.total()
        if room <= 0:
            return []
        try:
            async with transaction(self._pool) as conn:
                return await repository.claim(
                    conn,
                    self._busy,
                    most=self._terms.most_each,
                    room=room,
                    lease_s=self._terms.lease_s,
                )
        except _LOST as error:
            logger.warning("no deliveries taken, will ask again: %s", error)
            return []

    async def _try(self, delivery: Claimed) -> None:
        try:
            keys = self._keys(delivery)
        except StorageError as error:  # it is due again after its lease, and no try is spent
            logger.error("delivery not signed delivery_id=%s: %s", delivery.id, error)
            self._let_go(delivery.endpoint_id)
            return
        message = signing.message_id(delivery.event_id, delivery.endpoint_id)
        payload = signing.body(delivery.type, delivery.at, delivery.data)
        headers = signing.headers(message, datetime.now(UTC), payload, keys)
        attempt = await self._courier.post(delivery.url, headers, payload)
        self._results.put_nowait((delivery, attempt))

    def _keys(self, delivery: Claimed) -> list[str]:
        sealed = (delivery.secret, delivery.old_secret)
        place = signing.place(delivery.endpoint_id)
        return [self._vault.open(each, place) for each in sealed if each is not None]

    async def _record(self) -> None:
        while True:
            lot = [await self._results.get()]
            while not self._results.empty():
                lot.append(self._results.get_nowait())
            await self._write(lot)
            for delivery, _ in lot:
                self._let_go(delivery.endpoint_id)

    async def _write(self, lot: list[tuple[Claimed, Attempt]]) -> None:
        """Write what came of tries, however long the database is away."""
        rows = [self._result(delivery, attempt) for delivery, attempt in lot]
        gone = {delivery.endpoint_id: GONE for delivery, attempt in lot if attempt.gone}
        hopeless_after_s = self._terms.hopeless_after_s
        because = f"nothing got through for {hopeless_after_s / 86400:g} days"
        while True:
            try:
                async with transaction(self._pool) as conn:
                    hopeless = await repository.record(
                        conn, rows, hopeless_after_s=hopeless_after_s
                    )
                    for endpoint_id, why in (dict.fromkeys(hopeless, because) | gone).items():
                        if await repository.disable(conn, endpoint_id, why):
                            logger.warning("endpoint off endpoint_id=%s: %s", endpoint_id, why)
                return
            except _LOST as error:
                logger.warning("results not written, will try again: %s", error)
                await asyncio.sleep(self._terms.poll_s)

    def _result(self, delivery: Claimed, attempt: Attempt) -> dict[str, Any]:
        tries, waits_s = delivery.tries + 1, self._terms.waits_s
        state, wait_s = "delivered", 0.0
        if attempt.error:
            again = tries < len(waits_s)
            state = "pending" if again else "dead"
            wait_s = waits_s[tries] * random.uniform(0.9, 1.1) if again else 0.0
        return {
            "id": delivery.id,
            "endpoint_id": delivery.endpoint_id,
            "lease": delivery.lease,
            "state": state,
            "wait_s": max(wait_s, attempt.rest_s or 0.0),
            "rest_s": attempt.rest_s,
            "at": attempt.at,
            "status": attempt.status,
            "error": attempt.error,
            "duration_ms": attempt.duration_ms,
            "response": attempt.response,
        }

    def _let_go(self, endpoint_id: str) -> None:
        self._busy[endpoint_id] -= 1
        if not self._busy[endpoint_id]:
            del self._busy[endpoint_id]
        self._wake.set()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._terms.poll_s):
                await self._wake.wait()

    async def _settle(self) -> None:
        """Wait for what is under way, and for the writing of it, as long as there is time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._terms.grace_s):
                while self._busy:
                    self._wake.clear()
                    await self._wake.wait()

    async def _tidy(self) -> None:
        """End what was published while its endpoint was being deleted: nobody else would."""
        while True:
            try:
                async with transaction(self._pool) as conn:
                    ended = await repository.end_the_unwanted(conn)
                if ended:
                    logger.info("deliveries of deleted endpoints ended: %d", ended)
            except _LOST as error:
                logger.warning("not tidied, will try again: %s", error)
            await asyncio.sleep(self._terms.tidy_s)

    async def _listen(self) -> None:
        """Wake when something is published; without a connection, polling finds it."""
        while True:
            try:
                async with await connect(self._url) as conn:
                    await conn.execute(f"LISTEN {CHANNEL}")
                    async for _ in conn.notifies():
                        self._wake.set()
            except _LOST as error:
                logger.warning("not listening, will try again: %s", error)
            await asyncio.sleep(self._terms.poll_s)
