"""Queues: who sees which, how one is made and how its terms change."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import psycopg
from psycopg.types.json import Jsonb

from ingot.errors import ReviewError
from services.accounts.keys import Principal
from services.database.pool import Connection, Row
from services.database.trail import audit
from services.review.kinds import KINDS, RubricFault
from services.review.queue import queues_repository as repository
from services.review.queue.queue_schemas import NewQueue, QueueChange


async def visible(conn: Connection, who: Principal) -> list[Row]:
    """The queues of a reviewer, or for others all of their tenant."""
    if "reviewer" in who.roles:
        return await repository.of_reviewer(conn, who.pseudonym, who.simulated)
    return await repository.of_tenant(conn, who.tenant_id)


async def make(conn: Connection, who: Principal, wanted: NewQueue) -> Row:
    """Make a queue; raises RubricFault, and ReviewError where the name is taken."""
    try:
        rubric = KINDS[wanted.kind].read_rubric(wanted.rubric).model_dump(mode="json")
    except RubricFault as fault:
        raise RubricFault(f"/rubric{fault.pointer}", fault.detail) from None
    terms = wanted.model_dump(exclude={"body", "rubric"})
    terms["max_overlap"] = wanted.max_overlap or wanted.overlap
    guideline = {
        "body": wanted.body,
        "rubric": Jsonb(rubric),
        "sha256": guideline_sha256(wanted.body, rubric),
        "author": who.name,
    }
    with _explained(wanted.name):
        row = await repository.add(conn, who.tenant_id, terms, guideline)
    await audit(conn, who.name, "queue.made", row["id"], terms)
    return row


async def change(
    conn: Connection, who: Principal, queue_id: str, wanted: QueueChange
) -> Row | None:
    """Change a queue's terms; None where the caller's tenant has none of this id."""
    terms = wanted.model_dump(exclude_none=True)
    with _explained(wanted.name):
        row = await repository.change(conn, who.tenant_id, queue_id, terms)
    if row is not None:
        await audit(conn, who.name, "queue.changed", queue_id, terms)
    return row


def guideline_sha256(body: str, rubric: dict[str, Any]) -> str:
    """Names what a version of a guideline says."""
    content = orjson.dumps({"body": body, "rubric": rubric}, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()


@contextmanager
def _explained(name: str | None) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise ReviewError(f"there is a queue {name!r} already: choose another name") from error
    except psycopg.errors.CheckViolation as error:
        raise ReviewError(
            "these terms do not fit the others: overlap may not be above max_overlap"
        ) from error
