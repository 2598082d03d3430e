"""REST for what manifests are signed with: /v1/signing-keys."""

import base64
from datetime import datetime

from fastapi import APIRouter

from ingot.records import Model
from services.accounts.access import BatchReader, Transaction
from services.exclusivity import repository
from services.web.problems import responses

router = APIRouter(prefix="/v1", tags=["batches"], responses=responses(401, 403, 422, 503))


class SigningKey(Model):
    """A key that we sign with, or did."""

    id: str
    ed25519: str
    """The public key in base64: 32 bytes."""
    created_at: datetime
    retired_at: datetime | None


class SigningKeys(Model):
    """All keys that were ever signed with, newest first."""

    data: tuple[SigningKey, ...]


@router.get("/signing-keys")
async def list_signing_keys(lab: BatchReader, conn: Transaction) -> SigningKeys:
    """What signatures of manifests are checked with."""
    rows = await repository.keys(conn)
    return SigningKeys(
        data=tuple(
            SigningKey(
                id=row["id"],
                ed25519=base64.b64encode(row["public_key"]).decode(),
                created_at=row["created_at"],
                retired_at=row["retired_at"],
            )
            for row in rows
        )
    )
