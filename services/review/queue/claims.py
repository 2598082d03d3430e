"""Claims: a reviewer gets what they hold already, and new leases beside it."""

from dataclasses import dataclass

from fastapi import HTTPException

from services.accounts.keys import Principal
from services.database.pool import Connection, Row
from services.review.queue import claims_repository as repository
from services.review.queue import gold, gold_repository, showing_repository


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a reviewer may work on now."""

    rows: list[Row]
    any_new: bool
    queue_state: str
    """With no rows: drained, paused, closed, or all_leased where others hold all that is left."""


async def claim(
    conn: Connection, reviewer: Principal, limit: int, queue_id: str | None = None
) -> Claimed:
    """Leases of one queue, or of all production queues in which the reviewer may work.

    Raises HTTPException 404 for an unknown queue and 403 for one that this reviewer may not enter.
    """
    name = reviewer.pseudonym
    await repository.lock_reviewer(conn, name)
    await repository.give_back_dead(conn)
    queue = await _enter(conn, reviewer, queue_id) if queue_id else None
    held = await showing_repository.held(conn, name, queue_id, limit)
    if len(held) == limit:
        return Claimed(held, any_new=False, queue_state="")
    if queue and queue["state"] != "open":
        return Claimed(held, any_new=False, queue_state=queue["state"])
    new = await _take(conn, reviewer, queue, limit - len(held), patient=not held)
    if held or new:
        return Claimed(held + new, any_new=bool(new), queue_state="")
    waiting = await repository.anything_open(conn, name, reviewer.simulated, queue_id)
    return Claimed([], any_new=False, queue_state="all_leased" if waiting else "drained")


async def _enter(conn: Connection, reviewer: Principal, queue_id: str) -> Row:
    queue = await repository.queue(conn, reviewer.pseudonym, reviewer.simulated, queue_id)
    if queue is None:
        raise HTTPException(404, f"there is no queue {queue_id!r}: GET /v1/queues lists them")
    if not queue["allowed"]:
        raise HTTPException(403, "programs may not answer in this queue: take another one")
    if not queue["qualified"]:
        training = await repository.training_for(conn, queue["skill"])
        remedy = f"pass the training {training!r} first" if training else "ask a QA lead for it"
        raise HTTPException(403, f"this queue needs the skill {queue['skill']!r}: {remedy}")
    return queue


async def _take(
    conn: Connection, reviewer: Principal, queue: Row | None, wanted: int, *, patient: bool
) -> list[Row]:
    """New leases, of the queues in the order in which they are drawn."""
    name = reviewer.pseudonym
    queues = (
        [queue]
        if queue
        else await repository.draw_queues(conn, name, reviewer.simulated, limit=wanted)
    )
    taken: list[Row] = []
    for each in queues:
        if len(taken) < wanted:
            taken += await _take_from(conn, name, each, wanted - len(taken))
    if taken or not patient:
        return taken
    for each in queues:
        if each["purpose"] == "production" and not taken:
            taken = await repository.lease_waiting(conn, name, each["id"], wanted)
    return taken


async def _take_from(conn: Connection, name: str, queue: Row, wanted: int) -> list[Row]:
    """Tasks of one queue; gold is given in place of real work, never for want of it."""
    if queue["purpose"] == "training":
        return await gold_repository.lease_gold(conn, name, queue["id"], wanted)
    drawn = await gold.drawn(conn, name, queue, wanted)
    known = await gold_repository.lease_gold(conn, name, queue["id"], drawn) if drawn else []
    left = wanted - len(known)
    if left == 0:
        return known
    return known + await repository.lease(conn, name, queue["id"], left, skip_locked=True)
