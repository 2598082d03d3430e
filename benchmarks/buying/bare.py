"""What the service is held against: FastAPI and SQLAlchemy, one query per endpoint, nothing else.

    python -m benchmarks.buying.bare DATABASE_URL PORT

No keys, rates, tenants, trail or idempotency. The same server, driver, tables and rows; the same
bodies are checked and given, as FastAPI does that by itself.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import JSON, URL, column, insert, make_url, select, table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from ingot.orders import OrderSpec

CONNECTIONS = 10
"""As many as the service's pool has."""


class Batch(BaseModel):
    """What the service shows of a batch."""

    id: str
    order_id: str
    seq: int
    kind: str | None
    number: int | None
    state: str
    error: str
    progress: dict[str, Any]
    tasks_open: int
    summary: dict[str, Any]
    planned_qty: int | None
    delivered_qty: int | None
    due_at: datetime | None
    delivered_at: datetime | None
    accept_by: datetime | None
    settled_at: datetime | None
    delivery_uri: str
    version: int
    created_at: datetime


class Item(BaseModel):
    """What the service shows of an item."""

    n: int
    item_id: str
    content: Any
    units: int
    decision: str | None
    reason_code: str
    note: str


class Order(BaseModel):
    """What the service shows of an order that was placed, apart from its batch."""

    id: str
    state: str
    spec: OrderSpec
    spec_sha256: str
    created_at: datetime


_JSON_COLUMNS = {"progress": JSONB, "summary": JSONB, "content": JSON}
_ORDERS = table(
    "orders",
    column("id"),
    column("tenant_id"),
    column("state"),
    column("spec", JSONB),
    column("spec_sha256"),
    column("created_at"),
)


def _columns(model: type[BaseModel]) -> list[Any]:
    return [column(name, _JSON_COLUMNS.get(name)) for name in model.model_fields]


_BATCH = table("batch", *_columns(Batch))
_ITEM = table("batch_item", column("batch_id"), *_columns(Item))


def create_app(url: URL) -> FastAPI:
    """The application on a database of the service's."""
    engine = create_async_engine(url, pool_size=CONNECTIONS, max_overflow=0)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    async def session() -> AsyncIterator[AsyncSession]:
        async with sessions() as opened:
            yield opened

    app = FastAPI(lifespan=lifespan)
    Session = Annotated[AsyncSession, Depends(session)]

    @app.post("/orders", status_code=201)
    async def place_order(spec: OrderSpec, opened: Session) -> Order:
        values = {"tenant_id": "bench", "spec": spec.model_dump(mode="json"), "spec_sha256": ""}
        made = insert(_ORDERS).values(values).returning(*_ORDERS.c)
        row = (await opened.execute(made)).mappings().one()
        await opened.commit()
        return Order.model_validate(dict(row))

    @app.get("/batches/{batch_id}")
    async def get_batch(batch_id: str, opened: Session) -> Batch:
        wanted = select(_BATCH).where(_BATCH.c.id == batch_id)
        row = (await opened.execute(wanted)).mappings().one_or_none()
        if row is None:
            raise HTTPException(404)
        return Batch.model_validate(dict(row))

    @app.get("/batches/{batch_id}/items")
    async def list_items(batch_id: str, opened: Session, limit: int = 50) -> list[Item]:
        wanted = select(_ITEM).where(_ITEM.c.batch_id == batch_id).order_by(_ITEM.c.n).limit(limit)
        rows = (await opened.execute(wanted)).mappings()
        return [Item.model_validate(dict(row)) for row in rows]

    return app


def main() -> None:
    """Serve until told to stop."""
    url = make_url(sys.argv[1]).set(drivername="postgresql+psycopg")
    uvicorn.run(create_app(url), port=int(sys.argv[2]), access_log=False, log_config=None)


if __name__ == "__main__":
    main()
