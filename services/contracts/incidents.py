"""Incidents: what went against the contract, opened by the platform itself."""

from typing import Any, Literal

from services.contracts import repository
from services.contracts.contract import Contract
from services.database.pool import Connection
from services.database.trail import audit
from services.webhooks.events import EventData, publish

Kind = Literal["late", "short", "quality", "terms"]
ACTOR = "platform"


async def open_incident(
    conn: Connection, contract: Contract, batch_id: str | None, kind: Kind, detail: dict[str, Any]
) -> None:
    """Open an incident and tell the lab; one of this kind that a batch has already stays."""
    incident_id = await repository.add_incident(
        conn, contract.tenant_id, contract.id, batch_id, kind, detail, contract.now
    )
    if incident_id is None:
        return
    fields = {"kind": kind, "batch": batch_id, **detail}
    await audit(conn, ACTOR, "incident.opened", incident_id, fields, tenant=contract.tenant_id)
    data = EventData(id=incident_id, object="incident", state="open", version=1)
    await publish(conn, contract.tenant_id, "incident.opened", data, contract.now)


async def close(
    conn: Connection, contract: Contract, batch_id: str, kind: str, remedy: str
) -> None:
    """Close an open incident with what was done about it."""
    await repository.close_incident(conn, batch_id, kind, remedy, contract.now)
