"""Orders under contract by plain SQL, and acts on their guidelines over REST."""

import uuid
from typing import Any

import httpx
from psycopg.types.json import Jsonb
from rehearsing import REQUEST

from services.database.pool import Connection, fetch_one

BODY = "# Look twice\n\nPrefer the answer that is right.\n"
CRITERION = {"name": "correct", "low": 0, "high": 4}


async def sign(conn: Connection, tenant: str) -> str:
    """An order under contract, just placed; gives its id."""
    await conn.execute(
        "INSERT INTO price_book (version, book, created_by) "
        "SELECT 1, '{}', 'test' WHERE NOT EXISTS (SELECT FROM price_book)"
    )
    quote = await _id(
        conn,
        "INSERT INTO quote (tenant_id, state, request, price_book, currency, lines, total, "
        "estimate, valid_until, created_at) SELECT %s, 'accepted', '{}', min(version), 'EUR', "
        "'[]', 0, '{}', now(), now() FROM price_book RETURNING id",
        tenant,
    )
    order = await place(conn, tenant)
    await conn.execute(
        "INSERT INTO contract (id, tenant_id, quote_id, request, reuse, output_license, "
        "may_publish, named_customer_ok, retention_days, acceptance_days, auto_accept, min_alpha, "
        "max_defect_rate, remedy, late_credit_pct, late_credit_cap_pct, pause_days, placed_at) "
        "VALUES (%s, %s, %s, %s, 'shared', 'MIT', false, false, 365, 7, false, 0.4, 0.05, "
        "'makeup', 2, 20, 14, now())",
        (order, tenant, quote, Jsonb(REQUEST)),
    )
    return order


async def place(conn: Connection, tenant: str) -> str:
    """An order without a contract; gives its id."""
    return await _id(
        conn,
        "INSERT INTO orders (tenant_id, spec, spec_sha256) VALUES (%s, %s, '') RETURNING id",
        tenant,
        Jsonb(REQUEST["spec"]),
    )


async def _id(conn: Connection, sql: str, *values: object) -> str:
    row = await fetch_one(conn, sql, *values)
    assert row is not None
    return str(row["id"])


def path_of(order_id: str, rest: str = "") -> str:
    """Where the guidelines of an order are."""
    return f"/v1/orders/{order_id}/guidelines{rest}"


async def publish(
    client: httpx.AsyncClient, order_id: str, *, key: str = "", **fields: Any
) -> httpx.Response:
    """Publish a version, under a fresh key unless one is given."""
    body = {"body": BODY, "change_note": "new", "change": "minor"} | fields
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return await client.post(path_of(order_id), json=body, headers=headers)


async def approve(client: httpx.AsyncClient, order_id: str, n: int) -> httpx.Response:
    """Approve a version."""
    return await client.post(path_of(order_id, f"/versions/{n}/approve"))
