"""A batch on its way: what the pipeline reads of it and writes to it.

State changes go through `transition` and nothing else. All functions work in the caller's
transaction; keep it short, since reviewers' answers wait for the batch's row.
"""

from dataclasses import dataclass
from typing import Any

from ingot.errors import StateError
from ingot.orders import BatchState, OrderSpec
from services.database import outbox
from services.database.pool import Connection, Row
from services.database.trail import audit
from services.ordering import repository
from services.webhooks.events import EventData, Type, publish

_S = BatchState
_STOPPED = (_S.FAILED, _S.CANCELLED)
LEGAL: dict[BatchState, frozenset[BatchState]] = {
    _S.PLANNED: frozenset({_S.GENERATING, *_STOPPED}),
    _S.GENERATING: frozenset({_S.JUDGING, *_STOPPED}),
    _S.JUDGING: frozenset({_S.CALIBRATING, _S.IN_REVIEW, _S.ASSEMBLING, *_STOPPED}),
    _S.CALIBRATING: frozenset({_S.IN_REVIEW, _S.ASSEMBLING, *_STOPPED}),
    _S.IN_REVIEW: frozenset({_S.ASSEMBLING, *_STOPPED}),
    _S.ASSEMBLING: frozenset({_S.DELIVERED, *_STOPPED}),
    _S.DELIVERED: frozenset({_S.ACCEPTED, _S.PARTLY_ACCEPTED, _S.REJECTED}),
    _S.ACCEPTED: frozenset({_S.SETTLED}),
    _S.PARTLY_ACCEPTED: frozenset({_S.SETTLED}),
    _S.REJECTED: frozenset({_S.SETTLED}),
    _S.SETTLED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.FAILED: frozenset({_S.CANCELLED}),  # `resume` leads out, too, to the state before
}
"""From each state, the states that may follow; from 'delivered' on it is the lab that decides."""

_SEEDS = 2**31
_TOLD: dict[BatchState, Type] = {_S.DELIVERED: "batch.delivered", _S.SETTLED: "batch.settled"}
"""What the lab is told of."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch and what was ordered."""

    id: str
    order_id: str
    tenant_id: str
    seq: int
    """1 for the first batch of the order."""
    state: BatchState
    spec: OrderSpec
    error: str
    """Why it failed; '' unless it did."""
    progress: dict[str, Any]
    summary: dict[str, Any]
    tasks_open: int
    """Review tasks that still need answers."""
    delivery_uri: str


async def get_batch(conn: Connection, batch_id: str) -> Batch:
    """Read a batch; raises StateError where there is none."""
    return _batch(await _row(conn, batch_id, lock=False))


async def transition(
    conn: Connection, batch_id: str, to_state: BatchState, *, actor: str, error: str = ""
) -> None:
    """Put a batch into its next state and write that down; raises StateError where it may not."""
    row = await _row(conn, batch_id, lock=True)
    state = BatchState(row["state"])
    if to_state not in LEGAL[state]:
        allowed = ", ".join(sorted(LEGAL[state])) or "nothing"
        raise StateError(
            f"batch {batch_id} is {state} and cannot become {to_state}; allowed: {allowed}"
        )
    if to_state is _S.DELIVERED and not row["delivery_uri"]:
        raise StateError(f"batch {batch_id} has no delivery address; call set_delivery first")
    failed_from = str(state) if to_state is _S.FAILED else None
    await _move(conn, row, to_state, actor=actor, failed_from=failed_from, error=error)


async def fail(conn: Connection, batch_id: str, error: str, *, actor: str = "pipeline") -> None:
    """Stop a batch with the reason that the lab and the operator will read."""
    await transition(conn, batch_id, _S.FAILED, actor=actor, error=error)


async def resume(conn: Connection, batch_id: str, *, actor: str) -> None:
    """Put a failed batch back into the state before, and have the pipeline go on with it."""
    row = await _row(conn, batch_id, lock=True)
    if row["state"] != _S.FAILED:
        raise StateError(f"batch {batch_id} is {row['state']}, not failed; nothing to resume")
    state = BatchState(row["failed_from"])
    await _move(conn, row, state, actor=actor, failed_from=None, error="")
    if (topic := next_topic(state, row["tasks_open"])) is not None:
        await outbox.publish(conn, topic, batch_id, {"resumed": True})


def next_topic(state: BatchState, tasks_open: int) -> str | None:
    """The event that takes a batch on from a state; None while people have tasks to answer."""
    if state in (_S.CALIBRATING, _S.IN_REVIEW):
        done = "batch.calibrated" if state is _S.CALIBRATING else "batch.reviewed"
        return done if tasks_open == 0 else None
    return "batch.planned" if state is _S.PLANNED else "batch.resumed"


async def set_progress(
    conn: Connection,
    batch_id: str,
    stage: str,
    done: int,
    total: int,
    unit: str,
    facts: dict[str, Any],
) -> None:
    """Show how far a stage is, in `unit`s such as 'completions'; `facts` are shown beside it."""
    progress = {"stage": stage, "done": done, "total": total, "unit": unit, "facts": facts}
    _require(await repository.set_progress(conn, batch_id, progress), batch_id)


async def save_summary(conn: Connection, batch_id: str, facts: dict[str, Any]) -> None:
    """Add figures to what the lab sees of the batch; same name, new value."""
    _require(await repository.merge_summary(conn, batch_id, facts), batch_id)


async def set_delivery(conn: Connection, batch_id: str, uri: str) -> None:
    """Record the folder (file:// or s3://) that the batch was delivered to."""
    _require(await repository.set_delivery(conn, batch_id, uri), batch_id)


async def _move(
    conn: Connection,
    row: Row,
    to_state: BatchState,
    *,
    actor: str,
    failed_from: str | None,
    error: str,
) -> None:
    changed = await repository.set_state(conn, row["id"], to_state, failed_from, error)
    detail = {"from": row["state"], "to": to_state, "error": error}
    await audit(conn, actor, "batch.state_changed", row["id"], detail, tenant=row["tenant_id"])
    if (told := _TOLD.get(to_state)) is not None:
        version = changed["version"]
        data = EventData(id=row["id"], object="batch", state=to_state, version=version)
        await publish(conn, row["tenant_id"], told, data, changed["now"])


async def _row(conn: Connection, batch_id: str, *, lock: bool) -> Row:
    row = await repository.batch(conn, batch_id, lock=lock)
    if row is None:
        raise StateError(f"there is no batch {batch_id!r}; check the id")
    return row


def _require(found: bool, batch_id: str) -> None:
    if not found:
        raise StateError(f"there is no batch {batch_id!r}; check the id")


def _batch(row: Row) -> Batch:
    return Batch(
        id=row["id"],
        order_id=row["order_id"],
        tenant_id=row["tenant_id"],
        seq=row["seq"],
        state=BatchState(row["state"]),
        spec=_spec(row),
        error=row["error"],
        progress=row["progress"],
        summary=row["summary"],
        tasks_open=row["tasks_open"],
        delivery_uri=row["delivery_uri"],
    )


def _spec(row: Row) -> OrderSpec:
    """What was ordered; under contract, of it what this batch brings, and no other one brought."""
    spec = OrderSpec.model_validate(row["spec"])
    if row["planned_qty"] is None:
        return spec
    skip = spec.source.skip + row["planned_before"]
    review = spec.review
    if row["kind"] == "calibration":  # one answer tells nothing of agreement
        review = review.model_copy(update={"overlap": max(review.overlap, 2)})
    changed: dict[str, Any] = {
        "quantity": row["planned_qty"],
        "seed": (spec.seed + row["seq"] - 1) % _SEEDS,
        "source": spec.source.model_copy(update={"skip": skip}),
        "review": review,
    }
    return spec.model_copy(update=changed)
