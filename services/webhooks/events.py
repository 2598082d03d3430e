"""Events: what happened to a tenant's things, written in the transaction that made it happen.

`publish` writes the event into the tenant's feed and queues a delivery for each of its endpoints
that wants this type. Order is not promised: `version` says which of two events of one object is the
later one.
"""

from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import Field

from ingot.records import Model
from services.database.pool import Connection
from services.webhooks import repository

Type = Literal[
    "order.state_changed",
    "guideline.version_published",
    "batch.delivered",
    "batch.acceptance_due",
    "batch.settled",
    "invoice.opened",
    "incident.opened",
    "review.queue_low",
]
"""What an endpoint may want."""
EventType = Type | Literal["webhook.test"]
"""What an event may be. A test goes to one endpoint, whatever it wants."""
TYPES: tuple[Type, ...] = get_args(Type)


class EventData(Model):
    """What an event is about; all else is there to be read under its id."""

    id: Annotated[str, Field(min_length=1, max_length=255)]
    object: Annotated[str, Field(min_length=1, max_length=64)]
    """What it is: 'order', 'batch', 'invoice', ..."""
    state: Annotated[str, Field(max_length=64)]
    """The state that it came into; '' where it has none."""
    version: Annotated[int, Field(ge=0, lt=2**53)]
    """Larger with each event of this object."""


async def publish(
    conn: Connection, tenant_id: str, kind: EventType, data: EventData, at: datetime | None = None
) -> str:
    """Tell a tenant what happened, and give the event's id; senders wake when it commits.

    `at` is when it happened, now by default; for a tenant with a clock of its own, by that clock.
    """
    return await repository.add_event(conn, tenant_id, kind, data.id, data.model_dump(), at)


async def publish_test(conn: Connection, tenant_id: str, endpoint_id: str) -> str:
    """Tell one endpoint that this is a test, and give the event's id."""
    data = EventData(id=endpoint_id, object="webhook_endpoint", state="", version=0)
    return await repository.add_event(
        conn, tenant_id, "webhook.test", data.id, data.model_dump(), None, only=endpoint_id
    )
