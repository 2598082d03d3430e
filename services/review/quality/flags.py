"""Flags: evidence that somebody should look at. None of them rejects an answer by itself."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from ingot.records import Model
from services.accounts.keys import Principal
from services.database import trail
from services.database.pool import Connection, Row
from services.review.quality import flags_repository as repository
from services.review.quality.faults import unknown

FlagState = Literal["open", "dismissed", "upheld"]
Note = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")]


class Flag(Model):
    """A flag as a QA lead sees it."""

    id: str
    assignment_id: str
    task_id: str
    queue_id: str
    queue_name: str
    reviewer: str
    rule: str
    severity: Literal["note", "review", "suspect"]
    measured: dict[str, Any]
    """The figures that the rule found."""
    raised_by: str
    state: FlagState
    resolved_by: str
    note: str
    created_at: datetime


class MyFlag(Model):
    """A flag on one's own answer."""

    id: str
    assignment_id: str
    queue_name: str
    rule: str
    severity: str
    measured: dict[str, Any]
    by_me: bool
    state: FlagState
    note: str
    created_at: datetime


class MyVoid(Model):
    """An answer of one's own that no longer counts, by two persons' decision; it stays paid."""

    assignment_id: str
    queue_name: str
    reason: str
    asked_at: datetime


async def list_flags(
    conn: Connection,
    tenant: str,
    state: FlagState | None = "open",
    queue_id: str | None = None,
    *,
    after: str = "",
    limit: int = 50,
) -> tuple[Flag, ...]:
    """Flags in the queues of a tenant, oldest first."""
    rows = await repository.find(conn, tenant, state, queue_id, after, limit)
    return tuple(Flag(**row) for row in rows)


async def resolve(conn: Connection, who: Principal, flag_id: str, uphold: bool, note: str) -> Flag:
    """Close an open flag. The answer stays as it is: a void is asked for apart. Raises Unknown."""
    state = "upheld" if uphold else "dismissed"
    row = await repository.resolve(conn, who.tenant_id, flag_id, who.name, state, note)
    if row is None:
        unknown("open flag", flag_id)
    await trail.audit(conn, who.name, f"flag.{state}", flag_id, {"note": note})
    return Flag(**row)


async def mine(
    conn: Connection, reviewer: str, limit: int = 200
) -> tuple[tuple[MyFlag, ...], tuple[MyVoid, ...]]:
    """Flags on a reviewer's answers, and those voided; newest first. QA people are not named."""
    flags = tuple(_mine(row, reviewer) for row in await repository.about(conn, reviewer, limit))
    voids = tuple(MyVoid(**row) for row in await repository.voids_of(conn, reviewer, limit))
    return flags, voids


def _mine(row: Row, reviewer: str) -> MyFlag:
    plain = {name: row[name] for name in MyFlag.model_fields if name in row}
    return MyFlag(by_me=row["raised_by"] == reviewer, **plain)
