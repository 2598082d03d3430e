"""Webhooks: endpoints, their deliveries with each try, tests, replays, new secrets."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from ingot.errors import IngotError
from services.accounts.access import SettingsOfApp, Transaction
from services.database.vault import open_vault
from services.portal.pages import Listener, back, missing, show
from services.review.portal.forms import FormFields, faults_of
from services.webhooks import service
from services.webhooks.schemas import EndpointMade, NewEndpoint

router = APIRouter(prefix="/portal/webhooks")
_SHOWN = 50


@router.get("")
async def endpoints(request: Request, conn: Transaction, me: Listener) -> HTMLResponse:
    """All endpoints."""
    return await _page(request, conn, me, {}, {}, None)


@router.post("")
async def make(
    request: Request, conn: Transaction, me: Listener, settings: SettingsOfApp, form: FormFields
) -> Response:
    """Make an endpoint and show its secret, once."""
    fields = {"url": form.text("url").strip(), "description": form.text("description")}
    allowed = settings.webhooks_to_private_addresses
    try:
        wanted = NewEndpoint.model_validate(fields)
        async with conn.transaction():
            made = await service.make(conn, open_vault(settings), me, wanted, allow_private=allowed)
    except ValidationError as error:
        return await _page(request, conn, me, fields, faults_of(error), None)
    except IngotError as error:
        return await _page(request, conn, me, fields, {"url": str(error)}, None)
    except HTTPException as error:
        return await _page(request, conn, me, fields, {"url": str(error.detail)}, None)
    return await _page(request, conn, me, {}, {}, made)


@router.get("/{endpoint_id}")
async def deliveries(
    request: Request, conn: Transaction, me: Listener, endpoint_id: str
) -> HTMLResponse:
    """What was sent to an endpoint, with each try."""
    endpoint = await service.find(conn, me, endpoint_id)
    page = await service.deliveries(conn, me, endpoint_id, None, None, _SHOWN)
    if endpoint is None or page is None:
        raise missing(f"endpoint {endpoint_id!r}")
    return await show(request, conn, "deliveries.html", me, endpoint=endpoint, deliveries=page.data)


@router.post("/{endpoint_id}/test")
async def test(
    request: Request, conn: Transaction, me: Listener, endpoint_id: str
) -> RedirectResponse:
    """Send a test."""
    if await service.test(conn, me, endpoint_id) is None:
        raise missing(f"endpoint {endpoint_id!r}")
    return back(f"/portal/webhooks/{endpoint_id}")


@router.post("/{endpoint_id}/rotate")
async def rotate(
    request: Request, conn: Transaction, me: Listener, settings: SettingsOfApp, endpoint_id: str
) -> HTMLResponse:
    """A new secret; the present one signs, too, for a day."""
    made = await service.rotate(conn, open_vault(settings), me, endpoint_id, 24)
    if made is None:
        raise missing(f"endpoint {endpoint_id!r}")
    return await _page(request, conn, me, {}, {}, made)


@router.post("/{endpoint_id}/delete")
async def delete(
    request: Request, conn: Transaction, me: Listener, endpoint_id: str
) -> RedirectResponse:
    """Have nothing sent there any more."""
    if not await service.delete(conn, me, endpoint_id):
        raise missing(f"endpoint {endpoint_id!r}")
    return back("/portal/webhooks")


@router.post("/{endpoint_id}/replay/{delivery_id}")
async def replay(
    request: Request, conn: Transaction, me: Listener, endpoint_id: str, delivery_id: str
) -> RedirectResponse:
    """Send one of them again."""
    if await service.replay(conn, me, delivery_id) is None:
        raise missing(f"delivery {delivery_id!r}")
    return back(f"/portal/webhooks/{endpoint_id}")


async def _page(
    request: Request,
    conn: Transaction,
    me: Listener,
    fields: dict[str, str],
    wrong: dict[str, str],
    made: EndpointMade | None,
) -> HTMLResponse:
    page = await service.page(conn, me, None, _SHOWN)
    return await show(
        request,
        conn,
        "webhooks.html",
        me,
        status=422 if wrong else 200,
        endpoints=page.data,
        fields=fields,
        wrong=wrong,
        made=made,
    )
