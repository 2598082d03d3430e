"""REST for webhooks: /v1/webhook-endpoints, /v1/webhook-deliveries, and the feed /v1/events."""

from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Response

from services.accounts.access import Listener, SettingsOfApp, Transaction
from services.database.vault import Vault, open_vault
from services.web.paging import After, Limit, check_cursor
from services.web.problems import responses
from services.webhooks import service
from services.webhooks.schemas import (
    DeliveryPage,
    DeliveryView,
    EndpointChange,
    EndpointMade,
    EndpointPage,
    EndpointView,
    EventPage,
    NewEndpoint,
    Rotation,
    State,
)

router = APIRouter(prefix="/v1", tags=["webhooks"], responses=responses(401, 403, 422, 503))
T = TypeVar("T")
EndpointId = Annotated[str, Path(pattern="^whe_[0-9a-f]{32}$")]
DeliveryId = Annotated[str, Path(pattern="^whd_[0-9a-f]{32}$")]
AfterEvent = Annotated[
    str | None, Query(max_length=64, description="`next` of the feed; none for its beginning.")
]


def _vault(settings: SettingsOfApp) -> Vault:
    return open_vault(settings)


VaultOfApp = Annotated[Vault, Depends(_vault)]


@router.post("/webhook-endpoints", status_code=201, responses=responses(409))
async def make_endpoint(
    lab: Listener,
    conn: Transaction,
    vault: VaultOfApp,
    settings: SettingsOfApp,
    response: Response,
    wanted: NewEndpoint,
) -> EndpointMade:
    """Name a URL that is told what happens to your orders; its secret is shown only here.

    Repeated, it makes no second one: 409 names the one that is there. Rotate that one's secret
    if the first answer got lost.
    """
    allow_private = settings.webhooks_to_private_addresses
    made = await service.make(conn, vault, lab, wanted, allow_private=allow_private)
    response.headers["Location"] = f"/v1/webhook-endpoints/{made.endpoint.id}"
    return made


@router.get("/webhook-endpoints", responses=responses(400))
async def list_endpoints(
    lab: Listener, conn: Transaction, limit: Limit = 50, starting_after: After = None
) -> EndpointPage:
    """Your endpoints, newest first."""
    return await service.page(conn, lab, check_cursor(starting_after, "whe"), limit)


@router.get("/webhook-endpoints/{endpoint_id}", responses=responses(404))
async def get_endpoint(endpoint_id: EndpointId, lab: Listener, conn: Transaction) -> EndpointView:
    """One endpoint."""
    return _found(await service.find(conn, lab, endpoint_id), endpoint_id)


@router.patch("/webhook-endpoints/{endpoint_id}", responses=responses(400, 404))
async def change_endpoint(
    endpoint_id: EndpointId,
    lab: Listener,
    conn: Transaction,
    settings: SettingsOfApp,
    wanted: EndpointChange,
) -> EndpointView:
    """Change an endpoint, switch it off, or on again."""
    allow_private = settings.webhooks_to_private_addresses
    changed = await service.change(conn, lab, endpoint_id, wanted, allow_private=allow_private)
    return _found(changed, endpoint_id)


@router.delete("/webhook-endpoints/{endpoint_id}", status_code=204, responses=responses(404))
async def delete_endpoint(endpoint_id: EndpointId, lab: Listener, conn: Transaction) -> Response:
    """End an endpoint; what waits for it is not sent any more."""
    _found(await service.delete(conn, lab, endpoint_id) or None, endpoint_id)
    return Response(status_code=204)


@router.post(
    "/webhook-endpoints/{endpoint_id}/rotate-secret",
    status_code=201,
    responses=responses(400, 404),
)
async def rotate_secret(
    endpoint_id: EndpointId, lab: Listener, conn: Transaction, vault: VaultOfApp, wanted: Rotation
) -> EndpointMade:
    """A new secret. The present one signs, too, until the overlap is over."""
    made = await service.rotate(conn, vault, lab, endpoint_id, wanted.overlap_hours)
    return _found(made, endpoint_id)


@router.post(
    "/webhook-endpoints/{endpoint_id}/test", status_code=202, responses=responses(404, 409)
)
async def test_endpoint(endpoint_id: EndpointId, lab: Listener, conn: Transaction) -> DeliveryView:
    """Send an event `webhook.test` to this endpoint alone."""
    return _found(await service.test(conn, lab, endpoint_id), endpoint_id)


@router.get("/webhook-endpoints/{endpoint_id}/deliveries", responses=responses(400, 404))
async def list_deliveries(
    endpoint_id: EndpointId,
    lab: Listener,
    conn: Transaction,
    limit: Limit = 50,
    starting_after: After = None,
    state: State | None = None,
) -> DeliveryPage:
    """What was sent to an endpoint and what waits, with each try, newest first."""
    after = check_cursor(starting_after, "whd")
    found = await service.deliveries(conn, lab, endpoint_id, state, after, limit)
    return _found(found, endpoint_id)


@router.post(
    "/webhook-deliveries/{delivery_id}/replay", status_code=202, responses=responses(404, 409)
)
async def replay_delivery(
    delivery_id: DeliveryId, lab: Listener, conn: Transaction
) -> DeliveryView:
    """Send a delivery that is over once more, under the same `webhook-id`."""
    return _found(await service.replay(conn, lab, delivery_id), delivery_id)


@router.get("/events", responses=responses(400))
async def list_events(
    lab: Listener, conn: Transaction, limit: Limit = 50, after: AfterEvent = None
) -> EventPage:
    """All that happened to what is yours, oldest first: to catch up on, or instead of webhooks.

    Go on from `next`: nothing ever comes up before it. Events of this very moment may come a
    little later here than by webhook, so an id that a webhook brought is no place to go on from.
    """
    return await service.feed(conn, lab, after, limit)


def _found(value: T | None, name: str) -> T:
    if value is None:
        raise HTTPException(404, f"there is no {name!r} among yours: see GET /v1/webhook-endpoints")
    return value
