"""Endpoints of one's own tenant, what was sent to them, and the feed."""

import re

from ingot.errors import OrderError, StateError
from services.accounts.keys import Principal
from services.database.pool import Connection, Row
from services.database.trail import audit
from services.database.vault import Vault
from services.web import problems
from services.web.addresses import Refused, check_url
from services.web.paging import page_of
from services.webhooks import repository, signing
from services.webhooks.events import publish_test
from services.webhooks.schemas import (
    AttemptView,
    DeliveryPage,
    DeliveryView,
    EndpointChange,
    EndpointMade,
    EndpointPage,
    EndpointView,
    EventPage,
    EventView,
    NewEndpoint,
    State,
)

MOST_ENDPOINTS = 20
_EVENT_ID = re.compile("evt_[0-9a-f]{32}")
BY_ITS_OWNER = "switched off by its owner"


class UnknownEventError(OrderError):
    """A place in the feed that is not there."""

    status = 400


async def make(
    conn: Connection, vault: Vault, who: Principal, wanted: NewEndpoint, *, allow_private: bool
) -> EndpointMade:
    """Make an endpoint.

    Raises OrderError for its URL, problems.Refused 409 where it is there already: a request that
    is repeated makes no second one. StateError where there are too many.
    """
    url, types = _checked(wanted.url, allow_private), _types(wanted)
    await repository.lock_endpoints(conn, who.tenant_id)
    twin = await repository.twin(conn, who.tenant_id, url, types)
    if twin is not None:
        raise problems.Refused(
            409,
            "endpoint-exists",
            f"{twin} is told the same at this URL: change that one (PATCH), or rotate its secret "
            "if you never got it (POST .../rotate-secret)",
            headers={"Location": f"/v1/webhook-endpoints/{twin}"},
        )
    new_id = await repository.new_endpoint_id(conn, who.tenant_id, MOST_ENDPOINTS)
    if new_id is None:
        raise StateError(f"you have {MOST_ENDPOINTS} endpoints, as many as can be: delete one")
    secret = signing.new_secret()
    row = {
        "id": new_id,
        "tenant_id": who.tenant_id,
        "url": url,
        "types": types,
        "description": wanted.description,
        "secret": vault.seal(secret, signing.place(new_id)),
    }
    await repository.add_endpoint(conn, row)
    await _note(conn, who, "created", new_id, url=url)
    return EndpointMade(endpoint=await _present(conn, who, new_id), secret=secret)


async def page(conn: Connection, who: Principal, after: str | None, limit: int) -> EndpointPage:
    """Living endpoints, newest first."""
    rows = await repository.endpoints(conn, who.tenant_id, after, limit + 1)
    return page_of(EndpointPage, rows, limit, _view)


async def find(conn: Connection, who: Principal, endpoint_id: str) -> EndpointView | None:
    """A living endpoint."""
    row = await repository.endpoint(conn, who.tenant_id, endpoint_id)
    return _view(row) if row else None


async def change(
    conn: Connection,
    who: Principal,
    endpoint_id: str,
    wanted: EndpointChange,
    *,
    allow_private: bool,
) -> EndpointView | None:
    """Change what is named; with another URL, or enabled, it is as good as new."""
    row = await repository.endpoint(conn, who.tenant_id, endpoint_id, lock=True)
    if row is None:
        return None
    url = row["url"] if wanted.url is None else _checked(wanted.url, allow_private)
    because = row["disabled_because"]
    if wanted.enabled is not None:
        because = "" if wanted.enabled else because or BY_ITS_OWNER
    described = row["description"] if wanted.description is None else wanted.description
    new = {
        "url": url,
        "types": _types(wanted) if "types" in wanted.model_fields_set else row["types"],
        "description": described,
        "disabled_because": because,
        "afresh": wanted.enabled is True or url != row["url"],
    }
    await repository.change_endpoint(conn, endpoint_id, new)
    await repository.wake_senders(conn)
    await _note(conn, who, "changed", endpoint_id, fields=sorted(wanted.model_fields_set))
    return await _present(conn, who, endpoint_id)


async def delete(conn: Connection, who: Principal, endpoint_id: str) -> bool:
    """End an endpoint; what waits for it is not sent any more. False where there is none."""
    done = await repository.delete_endpoint(conn, who.tenant_id, endpoint_id)
    if done:
        await _note(conn, who, "deleted", endpoint_id)
    return done


async def rotate(
    conn: Connection, vault: Vault, who: Principal, endpoint_id: str, overlap_hours: float
) -> EndpointMade | None:
    """Give an endpoint a new secret; the present one signs, too, for the overlap.

    One before that, if it still signs, ends now.
    """
    if await repository.endpoint(conn, who.tenant_id, endpoint_id, lock=True) is None:
        return None
    secret = signing.new_secret()
    sealed = vault.seal(secret, signing.place(endpoint_id))
    await repository.rotate_secret(conn, endpoint_id, sealed, overlap_hours)
    await _note(conn, who, "secret_rotated", endpoint_id, overlap_hours=overlap_hours)
    return EndpointMade(endpoint=await _present(conn, who, endpoint_id), secret=secret)


async def test(conn: Connection, who: Principal, endpoint_id: str) -> DeliveryView | None:
    """Queue a test for one endpoint; raises StateError where it is switched off."""
    row = await repository.endpoint(conn, who.tenant_id, endpoint_id, lock=True)
    if row is None:
        return None
    if row["disabled_at"] is not None:
        raise _off(endpoint_id)
    event_id = await publish_test(conn, who.tenant_id, endpoint_id)
    queued = await repository.delivery_of(conn, who.tenant_id, event_id, endpoint_id)
    assert queued is not None
    return _delivery(queued)


async def deliveries(
    conn: Connection,
    who: Principal,
    endpoint_id: str,
    state: State | None,
    after: str | None,
    limit: int,
) -> DeliveryPage | None:
    """Deliveries of a living endpoint, newest first."""
    if await find(conn, who, endpoint_id) is None:
        return None
    rows = await repository.deliveries(conn, who.tenant_id, endpoint_id, state, after, limit + 1)
    return page_of(DeliveryPage, rows, limit, _delivery)


async def replay(conn: Connection, who: Principal, delivery_id: str) -> DeliveryView | None:
    """Send a delivery that is over once more, with all its tries; raises StateError."""
    row = await repository.delivery(conn, who.tenant_id, delivery_id)
    if row is None:
        return None
    if not row["enabled"]:
        raise _off(row["endpoint_id"])
    if not await repository.put_back(conn, delivery_id):
        raise StateError(f"delivery {delivery_id} is pending: it goes out by itself")
    await repository.wake_senders(conn)
    await _note(conn, who, "replayed", delivery_id, kind="webhook_delivery")
    again = await repository.delivery(conn, who.tenant_id, delivery_id)
    assert again is not None
    return _delivery(again)


async def feed(conn: Connection, who: Principal, after: str | None, limit: int) -> EventPage:
    """Events from behind `after` on, oldest first; raises UnknownEventError."""
    xid: str | None = "0"
    if after is not None:
        known = _EVENT_ID.fullmatch(after)
        xid = await repository.place_in_feed(conn, who.tenant_id, after) if known else None
    if xid is None:
        raise UnknownEventError(f"after {after!r:.80} is no event of yours: use `next` of the feed")
    rows = await repository.feed(conn, who.tenant_id, xid, after or "", limit + 1)
    shown = tuple(EventView(**row) for row in rows[:limit])
    return EventPage(data=shown, has_more=len(rows) > limit, next=shown[-1].id if shown else after)


def _checked(url: str, allow_private: bool) -> str:
    try:
        return check_url(url, allow_private=allow_private)
    except Refused as error:
        raise OrderError(f"url: {error}", "url") from None


def _types(wanted: NewEndpoint | EndpointChange) -> list[str] | None:
    return None if wanted.types is None else sorted(set(wanted.types))


def _off(endpoint_id: str) -> StateError:
    return StateError(f"endpoint {endpoint_id} is switched off: enable it first")


async def _note(
    conn: Connection,
    who: Principal,
    act: str,
    object_id: str,
    *,
    kind: str = "webhook_endpoint",
    **detail: object,
) -> None:
    await audit(conn, who.name, f"{kind}.{act}", object_id, detail, tenant=who.tenant_id)


async def _present(conn: Connection, who: Principal, endpoint_id: str) -> EndpointView:
    row = await repository.endpoint(conn, who.tenant_id, endpoint_id)
    assert row is not None
    return _view(row)


def _view(row: Row) -> EndpointView:
    return EndpointView(**row, enabled=row["disabled_at"] is None)


def _delivery(row: Row) -> DeliveryView:
    fields = {name: row[name] for name in DeliveryView.model_fields if name in row}
    fields["attempts"] = tuple(AttemptView(**attempt) for attempt in row["attempts"])
    fields["webhook_id"] = signing.message_id(row["event_id"], row["endpoint_id"])
    return DeliveryView(**fields)
