"""Exports that are made beside the request: asked for, fetched, and forgotten in a week."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import HTTPException
from pydantic import Field, model_validator

from ingot.errors import OrderError
from ingot.records import Model
from services.accounts.keys import Principal
from services.contracts.batches import reading
from services.contracts.contract import get
from services.database.pool import Connection, Row
from services.database.trail import audit
from services.exports import repository
from services.exports.formats import Format, check
from services.web.paging import Page, page_of

KEPT_DAYS = 7
BatchId = Annotated[str, Field(pattern="^bat_[0-9a-f]{32}$")]
State = Literal["pending", "running", "done", "failed", "expired"]


class NewExport(Model):
    """Batches to be written as files."""

    order_id: Annotated[str, Field(pattern="^ord_[0-9a-f]{32}$")] | None = None
    """All delivered batches of an order; or"""
    batch_ids: Annotated[tuple[BatchId, ...], Field(max_length=520)] = ()
    """these batches."""
    format: Format = "jsonl"
    status: Literal["accepted", "all"] = "accepted"
    """accepted: but for what you rejected."""

    @model_validator(mode="after")
    def _one_of_them(self) -> "NewExport":
        if (self.order_id is None) == (not self.batch_ids):
            raise ValueError("name order_id or batch_ids")
        return self


class ExportFile(Model):
    """A file of an export."""

    name: str
    batch_id: str
    size_bytes: int
    sha256: str


class OperationView(Model):
    """Long work, and how far it is."""

    id: str
    kind: Literal["export"]
    state: State
    done: int
    total: int
    """Batches."""
    request: NewExport
    files: tuple[ExportFile, ...]
    """Those that are there already; kept for a week after the end."""
    error: str
    """Why it failed; '' unless it did."""
    created_at: datetime
    ended_at: datetime | None


class OperationPage(Page[OperationView]):
    """A page of operations, newest first."""


async def ask(conn: Connection, who: Principal, wanted: NewExport) -> OperationView:
    """Have batches exported; raises HTTPException 404 and OrderError where they cannot be."""
    named = list(wanted.batch_ids)
    orders = {wanted.order_id} if wanted.order_id else set[str | None]()
    for batch_id in named:
        batch = await reading.delivered(conn, who.tenant_id, batch_id)
        orders.add(batch["order_id"])
    for order_id in orders:
        assert order_id is not None
        contract = await get(conn, who.tenant_id, order_id)
        if why := check(wanted.format, contract.request.spec.kind):
            raise OrderError(why, "format")
    batches = await repository.delivered_batches(conn, who.tenant_id, wanted.order_id, named)
    if not batches:
        raise OrderError("order_id: nothing of this order is delivered yet: try later", "order_id")
    request = wanted.model_dump(mode="json") | {"batch_ids": batches, "order_id": None}
    row = await repository.add(conn, who.tenant_id, request, len(batches))
    detail = {"batches": len(batches), "format": wanted.format}
    await audit(conn, who.name, "export.asked", row["id"], detail, tenant=who.tenant_id)
    return view(row)


async def find(conn: Connection, tenant: str, operation_id: str) -> OperationView:
    """An operation; raises HTTPException 404."""
    row = await repository.operation(conn, tenant, operation_id)
    if row is None:
        raise HTTPException(404, f"there is no {operation_id!r} among yours: check the id")
    return view(row)


async def listed(conn: Connection, tenant: str, after: str | None, limit: int) -> OperationPage:
    """A page of operations, newest first."""
    rows = await repository.page(conn, tenant, after, limit + 1)
    return page_of(OperationPage, rows, limit, view)


def view(row: Row) -> OperationView:
    """An operation as its lab sees it."""
    fields: dict[str, Any] = {name: row[name] for name in OperationView.model_fields}
    return OperationView.model_validate(fields)
