"""What the endpoints of webhooks and events take and give."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ingot.records import Model
from services.web.paging import Page
from services.webhooks.events import EventData, EventType, Type

Url = Annotated[str, Field(min_length=1, max_length=2000)]
Types = Annotated[tuple[Type, ...], Field(min_length=1, max_length=40)]
Description = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
State = Literal["pending", "delivered", "dead"]


class NewEndpoint(Model):
    """A receiver of yours."""

    url: Url
    """https://host/path; redirects are not followed."""
    types: Types | None = None
    """What it is told; null for all, also types that come later."""
    description: Description = ""


class EndpointChange(Model):
    """What is to be different; what is left out stays."""

    url: Url | None = None
    types: Types | None = None
    """null for all, also types that come later."""
    description: Description | None = None
    enabled: bool | None = None
    """false stops all that waits; true lets it go out, after a 410 too."""


class Rotation(Model):
    """How long the present secret goes on signing beside the new one."""

    overlap_hours: Annotated[float, Field(ge=0, le=72)] = 24


class EndpointView(Model):
    """An endpoint, without its secret."""

    id: str
    url: str
    types: tuple[Type, ...] | None
    description: str
    enabled: bool
    created_at: datetime
    disabled_at: datetime | None
    disabled_because: str
    failing_since: datetime | None
    """Nothing got through since then."""
    resting_until: datetime | None
    """Nothing is sent until then: it said so with Retry-After."""
    old_secret_until: datetime | None
    """The secret before this one signs, too, until then."""


class EndpointMade(Model):
    """An endpoint with a new secret, which is shown only here."""

    endpoint: EndpointView
    secret: str
    """Give it to a verifier of Standard Webhooks as it is."""


class EndpointPage(Page[EndpointView]):
    """Endpoints, newest first."""


class AttemptView(Model):
    """One try."""

    at: datetime
    status: int | None
    """Of the answer; null where there was none."""
    error: str
    """'' where it was delivered."""
    duration_ms: int
    response: str
    """How the answer's body begins."""


class DeliveryView(Model):
    """An event for an endpoint."""

    id: str
    event_id: str
    webhook_id: str
    """The header `webhook-id` of each try."""
    type: EventType
    state: State
    """'dead' after the last try, until it is replayed."""
    tries: int
    """Since it was made or replayed."""
    next_try_at: datetime | None
    created_at: datetime
    ended_at: datetime | None
    attempts: tuple[AttemptView, ...]
    """The last 20, newest first."""


class DeliveryPage(Page[DeliveryView]):
    """Deliveries of an endpoint, newest first."""


class EventView(Model):
    """Something that happened to what is yours."""

    id: str
    type: EventType
    at: datetime
    data: EventData


class EventPage(Model):
    """A part of the feed."""

    data: tuple[EventView, ...]
    has_more: bool
    next: str | None
    """Give it as `after` the next time, also at the end; null while there is no event at all."""
