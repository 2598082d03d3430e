"""REST for keys of labs' own endpoints: /v1/credentials."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Response

from services.accounts.access import OrderReader, OrderWriter, PoolOfApp, SettingsOfApp, Transaction
from services.credentials import service
from services.credentials.service import CredentialPage, CredentialView, NewCredential
from services.database.pool import tenant_transaction
from services.database.vault import open_vault
from services.web.paging import After, Limit, check_cursor
from services.web.problems import responses

router = APIRouter(
    prefix="/v1/credentials", tags=["credentials"], responses=responses(401, 403, 422, 503)
)
CredentialId = Annotated[str, Path(pattern="^crd_[0-9a-f]{32}$")]


@router.post("", status_code=201)
async def add_credential(
    wanted: NewCredential,
    lab: OrderWriter,
    pool: PoolOfApp,
    settings: SettingsOfApp,
    response: Response,
) -> CredentialView:
    """Give us the key of an endpoint of yours. It is sealed, and never shown again."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        made = await service.add(conn, open_vault(settings), lab, wanted)
    response.headers["Location"] = f"/v1/credentials/{made.id}"
    return made


@router.get("", responses=responses(400))
async def list_credentials(
    lab: OrderReader, conn: Transaction, limit: Limit = 50, starting_after: After = None
) -> CredentialPage:
    """Your credentials, newest first, without their keys."""
    after = check_cursor(starting_after, "crd")
    return await service.listed(conn, lab.tenant_id, after, limit)


@router.delete("/{credential_id}", status_code=204, responses=responses(404))
async def delete_credential(
    credential_id: CredentialId, lab: OrderWriter, pool: PoolOfApp
) -> Response:
    """Have us forget a key. Batches that still need it will fail, and say so."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        if not await service.delete(conn, lab, credential_id):
            raise HTTPException(404, f"there is no {credential_id!r} among yours: check the id")
    return Response(status_code=204)
