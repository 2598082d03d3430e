"""The SQL of the price book, the ledger, invoices and credit notes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row, fetch_one

_INVOICE = (
    "id, order_id, batch_id, 'INV-' || lpad(n::text, 6, '0') AS number, state, units, items, "
    "currency, total, open, opened_at, due_at, paid_at, version"
)
_NOTE = "id, order_id, batch_id, invoice_id, kind, reason, amount, currency, at"


async def newest_book(conn: Connection) -> Row | None:
    """The present price book."""
    return await fetch_one(
        conn, "SELECT version, book FROM price_book ORDER BY version DESC LIMIT 1"
    )


async def book(conn: Connection, version: int) -> Row | None:
    """A version of the price book."""
    return await fetch_one(conn, "SELECT version, book FROM price_book WHERE version = %s", version)


async def add_book(
    conn: Connection, body: dict[str, Any], actor: str, *, first: bool
) -> int | None:
    """Add the next version, and give its number; `first` adds none where there is one."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('price book', 73))")
    row = await fetch_one(
        conn,
        "INSERT INTO price_book (version, book, created_by) "
        "SELECT coalesce(max(version), 0) + 1, %s, %s FROM price_book "
        "HAVING NOT %s OR count(*) = 0 RETURNING version",
        Jsonb(body),
        actor,
        first,
    )
    return int(row["version"]) if row is not None else None


async def add_entry(
    conn: Connection,
    tenant: str,
    order_id: str,
    kind: str,
    ref: str,
    currency: str,
    at: datetime,
    lines: Mapping[str, int],
) -> None:
    """Book an entry; debits are above zero."""
    await conn.execute(
        "WITH entry AS (INSERT INTO ledger_entry (tenant_id, order_id, kind, ref, currency, at) "
        "VALUES (%s, %s, %s, %s, %s, %s) RETURNING id) "
        "INSERT INTO ledger_line (tenant_id, entry_id, account, amount) "
        "SELECT %s, entry.id, l.account, l.amount "
        "FROM entry, unnest(%s::text[], %s::bigint[]) AS l (account, amount)",
        (
            *(tenant, order_id, kind, ref, currency, at),
            *(tenant, list(lines), list(lines.values())),
        ),
    )


async def balances(conn: Connection, tenant: str, order_id: str) -> dict[str, int]:
    """What the accounts of an order hold."""
    rows = await conn.execute(
        "SELECT l.account, sum(l.amount)::bigint AS amount FROM ledger_line l "
        "JOIN ledger_entry e ON e.id = l.entry_id "
        "WHERE e.tenant_id = %s AND e.order_id = %s GROUP BY l.account",
        (tenant, order_id),
    )
    return {row["account"]: row["amount"] for row in await rows.fetchall()}


async def entries(conn: Connection, tenant: str, order_id: str) -> list[Row]:
    """The entries of an order, oldest first."""
    rows = await conn.execute(
        "SELECT e.id, e.kind, e.ref, e.currency, e.at, "
        "json_agg(json_build_object('account', l.account, 'amount', l.amount) "
        "ORDER BY l.amount DESC) AS lines "
        "FROM ledger_entry e JOIN ledger_line l ON l.entry_id = e.id "
        "WHERE e.tenant_id = %s AND e.order_id = %s GROUP BY e.id ORDER BY e.id",
        (tenant, order_id),
    )
    return await rows.fetchall()


async def lock_order(conn: Connection, tenant: str, order_id: str) -> Row | None:
    """Lock an order under contract, and give it."""
    return await fetch_one(
        conn,
        "SELECT id, tenant_now(tenant_id) AS now FROM contract WHERE tenant_id = %s AND id = %s "
        "FOR UPDATE",
        tenant,
        order_id,
    )


async def add_invoice(conn: Connection, fields: Mapping[str, Any]) -> str:
    """Add a draft under the tenant's next number, and give its id."""
    await conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 74))", (fields["tenant_id"],)
    )
    row = await fetch_one(
        conn,
        "INSERT INTO invoice (tenant_id, order_id, batch_id, n, number, units, items, currency, "
        "total, open, opened_at, due_at) SELECT %s, %s, %s, coalesce(max(n), 0) + 1, %s, %s, %s, "
        "%s, %s, %s, %s, %s FROM invoice WHERE tenant_id = %s RETURNING id",
        *(fields["tenant_id"], fields["order_id"], fields["batch_id"], fields["number"]),
        *(fields["units"], fields["items"], fields["currency"], fields["total"], fields["total"]),
        *(fields["opened_at"], fields["due_at"], fields["tenant_id"]),
    )
    assert row is not None
    return str(row["id"])


async def add_lines(
    conn: Connection, tenant: str, invoice_id: str, lines: Sequence[Mapping[str, Any]]
) -> None:
    """Add the lines of an invoice."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO invoice_line (tenant_id, invoice_id, n, kind, text, quantity, unit_price, "
            "discount_pct, discount, amount) VALUES (%(tenant)s, %(invoice)s, %(n)s, %(kind)s, "
            "%(text)s, %(quantity)s, %(unit_price)s, %(discount_pct)s, %(discount)s, %(amount)s)",
            [
                {"tenant": tenant, "invoice": invoice_id, "n": n, **line}
                for n, line in enumerate(lines, 1)
            ],
        )


async def set_invoice(
    conn: Connection, invoice_id: str, state: str, open_amount: int, paid_at: datetime | None
) -> None:
    """Put an invoice into a state, with what of it is still open."""
    await conn.execute(
        "UPDATE invoice SET state = %s, open = %s, paid_at = %s, version = version + 1 "
        "WHERE id = %s",
        (state, open_amount, paid_at, invoice_id),
    )


async def invoice(
    conn: Connection, tenant: str, invoice_id: str, *, lock: bool = False
) -> Row | None:
    """One invoice of a tenant."""
    return await fetch_one(
        conn,
        f"SELECT {_INVOICE} FROM invoice WHERE tenant_id = %s AND id = %s "
        f"{'FOR UPDATE' if lock else ''}",
        tenant,
        invoice_id,
    )


async def invoices(
    conn: Connection, tenant: str, order_id: str | None, after: str | None, limit: int
) -> list[Row]:
    """Invoices of a tenant, newest first."""
    rows = await conn.execute(
        f"SELECT {_INVOICE} FROM invoice WHERE tenant_id = %s "
        "AND (%s::text IS NULL OR order_id = %s) AND (%s::text IS NULL OR id < %s) "
        "ORDER BY id DESC LIMIT %s",
        (tenant, order_id, order_id, after, after, limit),
    )
    return await rows.fetchall()


async def lines(conn: Connection, invoice_id: str) -> list[Row]:
    """The lines of an invoice."""
    rows = await conn.execute(
        "SELECT kind, text, quantity, unit_price, discount_pct, discount, amount "
        "FROM invoice_line WHERE invoice_id = %s ORDER BY n",
        (invoice_id,),
    )
    return await rows.fetchall()


async def invoiced(conn: Connection, order_id: str, number: int) -> Row:
    """Units and items of a production batch that were invoiced."""
    row = await fetch_one(
        conn,
        "SELECT coalesce(sum(units), 0)::int AS units, coalesce(sum(items), 0)::int AS items "
        "FROM invoice WHERE order_id = %s AND number = %s AND state <> 'void'",
        order_id,
        number,
    )
    assert row is not None
    return row


async def units_by_batch(conn: Connection, order_id: str) -> dict[str, int]:
    """The invoiced units of each batch of an order."""
    rows = await conn.execute(
        "SELECT batch_id, units FROM invoice WHERE order_id = %s AND state <> 'void'", (order_id,)
    )
    return {row["batch_id"]: row["units"] for row in await rows.fetchall()}


async def add_note(conn: Connection, fields: Mapping[str, Any]) -> str:
    """Add a credit note, and give its id."""
    row = await fetch_one(
        conn,
        "INSERT INTO credit_note (tenant_id, order_id, batch_id, invoice_id, kind, reason, amount, "
        "currency, at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        *(fields["tenant_id"], fields["order_id"], fields["batch_id"], fields["invoice_id"]),
        *(fields["kind"], fields["reason"], fields["amount"], fields["currency"], fields["at"]),
    )
    assert row is not None
    return str(row["id"])


async def notes(
    conn: Connection, tenant: str, order_id: str | None, after: str | None, limit: int
) -> list[Row]:
    """Credit notes of a tenant, newest first."""
    rows = await conn.execute(
        f"SELECT {_NOTE} FROM credit_note WHERE tenant_id = %s "
        "AND (%s::text IS NULL OR order_id = %s) AND (%s::text IS NULL OR id < %s) "
        "ORDER BY id DESC LIMIT %s",
        (tenant, order_id, order_id, after, after, limit),
    )
    return await rows.fetchall()


async def sums(conn: Connection, tenant: str, order_id: str) -> Row:
    """What invoices and credit notes of an order say together."""
    row = await fetch_one(
        conn,
        "SELECT i.invoiced, i.open, n.late, n.released FROM "
        "(SELECT coalesce(sum(total), 0)::bigint AS invoiced, "
        "        coalesce(sum(open), 0)::bigint AS open FROM invoice "
        " WHERE tenant_id = %s AND order_id = %s AND state <> 'void') i, "
        "(SELECT coalesce(sum(amount) FILTER (WHERE kind = 'late'), 0)::bigint AS late, "
        "        coalesce(sum(amount) FILTER (WHERE kind <> 'late'), 0)::bigint AS released "
        " FROM credit_note WHERE tenant_id = %s AND order_id = %s) n",
        *(tenant, order_id, tenant, order_id),
    )
    assert row is not None
    return row


async def costs(conn: Connection, order_id: str) -> Row:
    """What the items of an order took, and how many of them were accepted."""
    row = await fetch_one(
        conn,
        "SELECT coalesce(sum(i.gpu_seconds), 0) AS gpu_seconds, "
        "coalesce(sum(i.human_minutes), 0) AS human_minutes, "
        "count(*) FILTER (WHERE b.kind <> 'calibration' AND b.settled_at IS NOT NULL "
        "  AND i.decision IS DISTINCT FROM 'rejected')::int AS accepted "
        "FROM batch_item i JOIN batch b ON b.id = i.batch_id WHERE b.order_id = %s",
        order_id,
    )
    assert row is not None
    return row
