"""Guidelines of an order: written in versions by both sides, approved by the lab, then frozen."""

import asyncio

from fastapi import HTTPException

from ingot.errors import OrderError, StateError
from services.contracts.contract import Contract
from services.contracts.guidelines import repository
from services.contracts.guidelines.schemas import Difference, Guideline, NewComment, NewGuideline
from services.contracts.guidelines.unified import unified
from services.contracts.orders import life
from services.contracts.states import OrderState
from services.contracts.transition import ENDED
from services.database.pool import Connection
from services.database.trail import audit
from services.review.quality.changes import compare_fields
from services.review.queue.queues import guideline_sha256
from services.webhooks.events import EventData, publish


async def add(conn: Connection, contract: Contract, new: NewGuideline, actor: str) -> int:
    """Publish the next version, and give its number; the first one begins the work on them.

    Raises StateError where it says what the newest one says, or the order has ended.
    """
    if contract.state in ENDED:
        raise StateError(
            f"order {contract.id} is {contract.state}: its guidelines stay as they are"
        )
    rubric = new.rubric.model_dump(mode="json")
    sha256 = guideline_sha256(new.body, rubric)
    newest = await repository.newest(conn, contract.id)
    if newest is not None and newest["sha256"] == sha256:
        raise StateError(f"version {newest['n']} says the same: change something, or approve it")
    fields = {
        "body": new.body,
        "rubric": rubric,
        "change_note": new.change_note,
        "change": new.change,
        "sha256": sha256,
        "author": actor,
        "at": contract.now,
    }
    n = await repository.add(conn, contract.tenant_id, contract.id, fields)
    detail = {"n": n, "sha256": sha256, "change": new.change}
    await audit(conn, actor, "guideline.published", contract.id, detail, tenant=contract.tenant_id)
    data = EventData(id=contract.id, object="guideline", state=new.change, version=n)
    await publish(conn, contract.tenant_id, "guideline.version_published", data, contract.now)
    await life.guideline_published(conn, contract, actor)
    return n


async def approve(conn: Connection, contract: Contract, n: int, actor: str) -> None:
    """Approve the newest version: calibration begins, or what is made from now on is under it.

    Once more changes nothing, but after a rejected calibration, which then is made anew. Raises
    StateError where it is not the newest, or the order is not in a state for it.
    """
    newest = await repository.newest(conn, contract.id)
    if newest is None or newest["n"] != n:
        latest = f"version {newest['n']} is the newest" if newest else "there is none yet"
        raise StateError(f"version {n} cannot be approved: {latest}")
    if newest["approved_at"] and contract.state is not OrderState.INSTRUCTIONS_REVIEW:
        return
    await repository.approve(conn, contract.id, n, actor, contract.now)
    await audit(conn, actor, "guideline.approved", contract.id, {"n": n}, tenant=contract.tenant_id)
    await life.guideline_approved(conn, contract, actor, n)


async def find(conn: Connection, order_id: str, n: int) -> Guideline:
    """A version, whole; raises HTTPException 404."""
    row = await repository.version(conn, order_id, n)
    if row is None:
        raise HTTPException(404, f"the guidelines of {order_id} have no version {n}")
    return Guideline.model_validate(row)


async def compare(conn: Connection, order_id: str, from_n: int, to_n: int) -> Difference:
    """What changed from one version to another; raises HTTPException 404."""
    old, new = await find(conn, order_id, from_n), await find(conn, order_id, to_n)
    body = await asyncio.to_thread(
        unified,
        old.body,
        new.body,
        before_name=f"version {from_n}",
        after_name=f"version {to_n}",
    )
    before, after = (each.rubric.model_dump(mode="json") for each in (old, new))
    return Difference(
        order_id=order_id,
        from_n=from_n,
        to_n=to_n,
        added=body.added,
        removed=body.removed,
        text=body.text,
        rubric=tuple(compare_fields(before, after)),
    )


async def check_comment(conn: Connection, order_id: str, n: int, new: NewComment) -> None:
    """Raises HTTPException 404, and OrderError where the version has no such line."""
    lines = len((await find(conn, order_id, n)).body.removesuffix("\n").split("\n"))
    if new.line is not None and new.line > lines:
        raise OrderError(f"line {new.line}: version {n} has {lines} lines", "line")
