"""Batches under contract as requests name them."""

from fastapi import HTTPException

from services.contracts.batches import repository as batch_repository
from services.contracts.contract import locked
from services.database.pool import Connection, Row


async def found(conn: Connection, tenant: str, batch_id: str) -> Row:
    """A batch under contract of this tenant; raises HTTPException 404."""
    batch = await batch_repository.batch(conn, tenant, batch_id)
    if batch is None:
        raise HTTPException(
            404, f"there is no {batch_id!r} under contract among your batches: check the id"
        )
    return batch


async def delivered(conn: Connection, tenant: str, batch_id: str) -> Row:
    """A batch whose items can be read; raises HTTPException 404, 409 and 410."""
    batch = await found(conn, tenant, batch_id)
    if batch["delivered_at"] is None:
        raise HTTPException(409, f"batch {batch_id} is {batch['state']}, not delivered: try later")
    if batch["purged_at"] is not None:
        raise HTTPException(
            410, f"what batch {batch_id} held was deleted: its retention_days are over"
        )
    return batch


async def lock(conn: Connection, tenant: str, batch_id: str) -> Row:
    """The same, with its order locked against everybody else."""
    batch = await found(conn, tenant, batch_id)
    await locked(conn, tenant, batch["order_id"])
    return await delivered(conn, tenant, batch_id)
