"""The lab decides on a delivered batch: what it takes is invoiced, the rest made up or credited."""

from collections.abc import Sequence

from fastapi import HTTPException

from ingot.errors import StateError
from ingot.orders import BatchState
from services.contracts.batches import item_repository, settling
from services.contracts.batches import repository as batch_repository
from services.contracts.batches.quality import quality_of, shortfalls
from services.contracts.batches.schedule import plan_production
from services.contracts.batches.schemas import ItemDecision, Rejection
from services.contracts.contract import Contract
from services.contracts.guidelines import repository as guidelines
from services.contracts.states import OrderState
from services.contracts.transition import transition
from services.database.pool import Connection, Row
from services.ordering import batches


def check_open(batch: Row) -> None:
    """Raise StateError where there is nothing to decide on a batch (any more)."""
    if batch["state"] != BatchState.DELIVERED:
        raise StateError(
            f"batch {batch['id']} is {batch['state']}, not delivered: the window for deciding is "
            f"{'over' if batch['delivered_at'] else 'not open yet'}"
        )


async def mark(conn: Connection, batch: Row, decisions: Sequence[ItemDecision]) -> None:
    """Note decisions on items, which count once the batch is decided on.

    Raises HTTPException 422 that names the items that the batch does not have.
    """
    check_open(batch)
    wanted = {each.item_id: each for each in decisions}
    done = await item_repository.decide(
        conn,
        batch["id"],
        list(wanted),
        [each.decision for each in wanted.values()],
        [each.reason_code or "" for each in wanted.values()],
        [each.note for each in wanted.values()],
    )
    if missing := sorted(set(wanted).difference(done)):
        raise HTTPException(
            422,
            f"batch {batch['id']} has no item {', '.join(map(repr, missing[:5]))}"
            f"{' and others' if len(missing) > 5 else ''}: nothing was decided",
        )


async def accept(conn: Connection, contract: Contract, batch: Row, actor: str) -> None:
    """Take all items that were not rejected."""
    check_open(batch)
    if batch["kind"] == "calibration":
        return await _pass_calibration(conn, contract, batch, actor)
    counts = await item_repository.counts(conn, batch["id"])
    if not counts["rejected"]:
        to = BatchState.ACCEPTED
    elif counts["rejected"] < counts["items"]:
        to = BatchState.PARTLY_ACCEPTED
    else:
        to = BatchState.REJECTED
    await batches.transition(conn, batch["id"], to, actor=actor)
    await settling.settle(conn, contract, batch, actor)


async def reject(
    conn: Connection,
    contract: Contract,
    batch: Row,
    rejection: Rejection,
    decisions: Sequence[ItemDecision],
    actor: str,
) -> None:
    """Reject the items that `decisions` name, or all where there are none."""
    check_open(batch)
    if decisions:
        await mark(conn, batch, decisions)
    else:
        await item_repository.reject_all(conn, batch["id"], rejection.reason_code, rejection.note)
    if batch["kind"] == "calibration":
        await _fail_calibration(conn, contract, batch, rejection, actor)
    else:
        await accept(conn, contract, batch, actor)


async def _pass_calibration(conn: Connection, contract: Contract, batch: Row, actor: str) -> None:
    """The gate: figures meet the terms, and the guideline is frozen."""
    faults = shortfalls(quality_of(batch["summary"]), contract.terms)
    if faults:
        raise StateError(
            f"the calibration batch does not meet the terms: {'; '.join(faults)}. Reject it, so "
            "that the guidelines are mended and another one is made, or amend the terms"
        )
    n = batch["guideline_n"]
    if n is None:
        raise StateError(f"batch {batch['id']} was made under no guideline: reject it")
    await guidelines.freeze(conn, contract.id, n, contract.now)
    await batches.transition(conn, batch["id"], BatchState.ACCEPTED, actor=actor)
    await settling.close_batch(conn, contract, batch, actor)
    contract = await transition(conn, contract, OrderState.CALIBRATED, actor=actor)
    await begin(conn, contract, actor)


async def begin(conn: Connection, contract: Contract, actor: str) -> Contract:
    """Begin with production."""
    await plan_production(conn, contract)
    return await transition(conn, contract, OrderState.ACTIVE, actor=actor)


async def _fail_calibration(
    conn: Connection, contract: Contract, batch: Row, rejection: Rejection, actor: str
) -> None:
    await item_repository.reject_all(conn, batch["id"], rejection.reason_code, rejection.note)
    await batches.transition(conn, batch["id"], BatchState.REJECTED, actor=actor)
    await settling.close_batch(conn, contract, batch, actor)
    reason = f"calibration batch rejected: {rejection.reason_code}"
    await transition(conn, contract, OrderState.INSTRUCTIONS_REVIEW, actor=actor, reason=reason)


async def decided(conn: Connection, tenant: str, batch_id: str) -> Row:
    """The batch as it is afterwards."""
    row = await batch_repository.batch(conn, tenant, batch_id)
    assert row is not None
    return row
