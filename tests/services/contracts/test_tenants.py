"""What is another lab's does not exist: every route, by the program and by the database."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from rehearsing import GUIDELINE, Lab

from ingot.settings import Settings
from services.api import create_app
from services.database.pool import Pool, confine, transaction

PAGE = create_app(None, Settings()).openapi()
NAMES = (
    "quote_id",
    "order_id",
    "batch_id",
    "invoice_id",
    "endpoint_id",
    "delivery_id",
    "key_id",
    "credential_id",
    "operation_id",
    "file_id",
)
_PREFIXES = ("/v1/queues", "/v1/assignments", "/v1/tasks", "/v1/accounts", "/v1/flags")


def routes() -> list[tuple[str, str]]:
    """Every route of labs whose path names something."""
    found = []
    for path, operations in PAGE["paths"].items():
        if any("{" + name in path for name in NAMES) and not path.startswith(_PREFIXES):
            found += [(method.upper(), path) for method in operations]
    return found


BODIES: dict[str, Any] = {
    "/terms": {"reuse": "exclusive"},
    "/guidelines": GUIDELINE,
    "/comments": {"body": "x"},
    "/reject": {"reason_code": "wrong"},
    "/decision": {"decision": None},
    "/decisions": {"decisions": [{"item_id": "itm_2_1", "decision": "accepted"}]},
    "/feedback": {"text": "x"},
    "/amendments": {"change": {"pause_days": 3}},
    "/dispute": {"reason": "x"},
    "/scenario": {},
    "/payments": {"tenant": "other--test", "amount": 1, "ref": "x"},
    "/rotate": {},
    "/rotate-secret": {},
    "/webhook-endpoints/{endpoint_id}": {"description": "x"},
    "/orders/{order_id}": {"metadata": {}},
}


async def test_every_route_gives_404_for_what_is_anothers(lab: Lab, other: Lab) -> None:
    ids = theirs(other)
    assert len(routes()) > 40
    for method, path in routes():
        named = path.replace("{n}", "1").replace("{name}", "README.md")
        for name, value in ids.items():
            named = named.replace("{" + name + "}", value)
        assert "{" not in named, named
        body = next((b for end, b in BODIES.items() if path.endswith(end)), None)
        query = {"from": 1, "to": 1} if path.endswith("/diff") else None
        headers = {"Idempotency-Key": uuid4().hex, "If-Match": "*"}
        answer = lab.ask(method, named, json=body, params=query, headers=headers)
        allowed = {403} if path.endswith("/payments") else {404}
        assert answer.status_code in allowed, (
            f"{method} {named}: {answer.status_code} {answer.text}"
        )
        if path.endswith("/payments"):
            continue
        owner = other.ask("GET", named, params=query)
        made = method != "GET" or "/operations/" in named
        assert made or owner.status_code != 404, f"{named} is not there for its owner"


def theirs(other: Lab) -> dict[str, str]:
    """Ids of what the other lab has."""
    invoice = other.rehearsal.get(f"/invoices/{other.rehearsal.invoiced()}")
    hook = {"url": "https://hooks.example.org/x"}
    endpoint = other.rehearsal.post("/webhook-endpoints", hook)["endpoint"]["id"]
    delivery = other.rehearsal.post(f"/webhook-endpoints/{endpoint}/test")["id"]
    key = other.rehearsal.post("/api-keys", {"scopes": ["orders:read"], "test": True})["key"]["id"]
    return {
        "quote_id": other.rehearsal.quote(),
        "order_id": invoice["order_id"],
        "batch_id": invoice["batch_id"],
        "invoice_id": invoice["id"],
        "endpoint_id": endpoint,
        "delivery_id": delivery,
        "key_id": key,
        "credential_id": other.rehearsal.credential(),
        "operation_id": other.rehearsal.export(),
        "file_id": other.rehearsal.file(),
    }


async def test_lists_show_ones_own_only(lab: Lab, other: Lab) -> None:
    other.rehearsal.invoiced()
    for path in ("quotes", "contracts", "orders", "invoices", "credit-notes", "incidents"):
        assert lab.rehearsal.get(f"/{path}")["data"] == [], path
    assert lab.rehearsal.get("/events")["data"] == []


async def test_the_database_shows_a_lab_its_own_rows_only(lab: Lab, other: Lab, pool: Pool) -> None:
    lab.rehearsal.invoiced()
    other.rehearsal.invoiced()
    async with transaction(pool) as conn:
        rows = await conn.execute(
            "SELECT c.relname AS name, c.relrowsecurity AS walled FROM pg_class c "
            "JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = 'r' "
            "AND c.relnamespace = 'public'::regnamespace AND a.attname = 'tenant_id' "
            "AND NOT a.attisdropped"
        )
        tables = {row["name"]: row["walled"] for row in await rows.fetchall()}
    assert [name for name, walled in tables.items() if not walled] == ["item_grant"]
    async with transaction(pool) as conn:
        await confine(conn, "acme--test")
        for name, walled in tables.items():
            if walled:
                rows = await conn.execute(f"SELECT DISTINCT tenant_id FROM {name}")
                seen = {row["tenant_id"] for row in await rows.fetchall()}
                assert seen <= {"acme--test", "acme--test--test"}, name
        rows = await conn.execute("SELECT count(*) AS n FROM invoice")
        assert (await rows.fetchone() or {})["n"] == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await conn.execute(
                "INSERT INTO feedback (tenant_id, batch_id, body, author, at) "
                "SELECT 'other--test', id, '{}', 'x', now() FROM batch LIMIT 1"
            )


def test_every_route_needs_a_permission() -> None:
    """Deny by default: what asks for none is listed here by name."""
    open_to_all = {
        "POST /v1/sessions",
    }
    found = set()
    for path, operations in PAGE["paths"].items():
        for method, operation in operations.items():
            if not operation.get("security"):
                found.add(f"{method.upper()} {path}")
    assert found <= open_to_all, found - open_to_all
