"""REST for keys and the audit trail: /v1/api-keys, /v1/audit-events."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Response

from services.accounts import key_service as service
from services.accounts.access import Auditor, KeyKeeper, Transaction
from services.accounts.key_schemas import (
    AuditEvent,
    AuditPage,
    KeyMade,
    KeyPage,
    KeyView,
    NewKey,
    Rotation,
)
from services.database import trail
from services.web.problems import responses

router = APIRouter(prefix="/v1", tags=["keys"], responses=responses(401, 403, 422, 503))
KeyId = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.post("/api-keys", status_code=201, responses=responses(400))
async def make_key(
    who: KeyKeeper, conn: Transaction, response: Response, wanted: NewKey
) -> KeyMade:
    """Make a key; its text is shown only here."""
    made = await service.make(conn, who, wanted)
    response.headers["Location"] = f"/v1/api-keys/{made.key.id}"
    return made


@router.get("/api-keys")
async def list_keys(
    who: KeyKeeper,
    conn: Transaction,
    starting_after: Annotated[str, Query(pattern="^[0-9a-f]{12}$")] = "0" * 12,
    limit: Limit = 50,
    test: bool = False,
) -> KeyPage:
    """Keys of your tenant, ended ones too; with `test` those of its rehearsal."""
    return await service.page(conn, who, starting_after, limit, test)


@router.get("/api-keys/{key_id}", responses=responses(404))
async def get_key(key_id: KeyId, who: KeyKeeper, conn: Transaction) -> KeyView:
    """One key."""
    found = await service.find(conn, who, key_id)
    if found is None:
        raise _unknown(key_id)
    return found


@router.delete("/api-keys/{key_id}", status_code=204, responses=responses(404))
async def revoke_key(key_id: KeyId, who: KeyKeeper, conn: Transaction) -> Response:
    """End a key, now."""
    if not await service.revoke(conn, who, key_id):
        raise _unknown(key_id)
    return Response(status_code=204)


@router.post("/api-keys/{key_id}/rotate", status_code=201, responses=responses(400, 404, 409))
async def rotate_key(
    key_id: KeyId, who: KeyKeeper, conn: Transaction, response: Response, wanted: Rotation
) -> KeyMade:
    """Make a key like this one; this one ends when the overlap is over."""
    made = await service.rotate(conn, who, key_id, wanted.overlap_hours)
    if made is None:
        raise _unknown(key_id)
    response.headers["Location"] = f"/v1/api-keys/{made.key.id}"
    return made


@router.get("/audit-events")
async def list_audit_events(
    who: Auditor,
    conn: Transaction,
    starting_after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Limit = 50,
    object_id: Annotated[str | None, Query(max_length=255, pattern=r"^[^\x00]*$")] = None,
) -> AuditPage:
    """What was done with your keys, files, orders and batches, oldest first.

    The trail is a chain: who keeps the last hash can tell later whether anything before it was
    changed. Acts of this very moment come a little later.
    """
    await trail.seal(conn, who.tenant_id)
    rows = await trail.sealed(conn, who.tenant_id, starting_after, limit + 1, object_id)
    data = tuple(AuditEvent(**row | {"hash": row["hash"].hex()}) for row in rows[:limit])
    more = len(rows) > limit
    return AuditPage(data=data, has_more=more, next=data[-1].n if more else None)


def _unknown(key_id: str) -> HTTPException:
    return HTTPException(404, f"no key {key_id!r} of yours: see GET /v1/api-keys")
