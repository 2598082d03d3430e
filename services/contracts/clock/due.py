"""What the clock brings: batches to begin, lateness, silence, pauses that end, retention."""

from typing import Protocol

from ingot.orders import BatchState
from services.contracts import incidents
from services.contracts.batches import deciding, item_repository
from services.contracts.batches import repository as batch_repository
from services.contracts.contract import Contract, find
from services.contracts.guidelines import repository as guidelines
from services.contracts.orders import life
from services.contracts.quotes import repository as quote_repository
from services.contracts.states import UNDELIVERED
from services.database import outbox
from services.database.pool import Connection, Row
from services.database.trail import audit
from services.webhooks.events import EventData, publish

ACTOR = "clock"


class Maker(Protocol):
    """Who produces batches."""

    async def begin(self, conn: Connection, contract: Contract, batch: Row) -> None:
        """Begin with a planned batch."""

    async def arrive(self, conn: Connection, contract: Contract, batch: Row) -> None:
        """A rehearsal's batch is ready."""


class Pipeline:
    """The real production: the pipeline takes batches from the outbox."""

    async def begin(self, conn: Connection, contract: Contract, batch: Row) -> None:
        """Have the pipeline begin, under the guideline that is approved now."""
        n = await guidelines.approved(conn, contract.id)
        await batch_repository.start(conn, batch["id"], n, contract.now, None)
        await outbox.publish(conn, "batch.planned", batch["id"], {"order_id": contract.id})

    async def arrive(self, conn: Connection, contract: Contract, batch: Row) -> None:
        """The pipeline says itself when a batch is delivered."""


async def handle(conn: Connection, due: Row, maker: Maker) -> None:
    """Do one thing that is due, if it still is once its order is locked."""
    if due["what"] == "expire":
        await _expire(conn, due)
        return
    contract = await find(conn, due["tenant_id"], due["order_id"], lock=True)
    assert contract is not None
    if due["what"] == "resume":
        if contract.paused_at is not None:
            await life.resume(conn, contract, ACTOR, "the agreed days of pause are over")
        return
    batch = await batch_repository.batch(conn, due["tenant_id"], due["id"])
    assert batch is not None
    await _handle_batch(conn, contract, batch, due["what"], maker)


async def _handle_batch(
    conn: Connection, contract: Contract, batch: Row, what: str, maker: Maker
) -> None:
    state = batch["state"]
    match what:
        case "begin" if state == BatchState.PLANNED and batch["started_at"] is None:
            await maker.begin(conn, contract, batch)
        case "arrive" if state in UNDELIVERED:
            await maker.arrive(conn, contract, batch)
        case "late" if state in UNDELIVERED:
            detail = {"due_at": batch["due_at"].isoformat(), "state": state}
            await incidents.open_incident(conn, contract, batch["id"], "late", detail)
        case "remind" if state == BatchState.DELIVERED:
            await _remind(conn, contract, batch)
        case "lapse" if state == BatchState.DELIVERED:
            await deciding.accept(conn, contract, batch, ACTOR)
        case "purge" if batch["purged_at"] is None:
            await item_repository.purge(conn, batch["id"])
            detail = {"retention_days": contract.terms.retention_days}
            await audit(conn, ACTOR, "batch.purged", batch["id"], detail, tenant=contract.tenant_id)
        case _:
            return  # somebody was faster


async def _remind(conn: Connection, contract: Contract, batch: Row) -> None:
    await batch_repository.remind(conn, batch["id"], contract.now)
    data = EventData(id=batch["id"], object="batch", state=batch["state"], version=batch["version"])
    await publish(conn, contract.tenant_id, "batch.acceptance_due", data, contract.now)


async def _expire(conn: Connection, due: Row) -> None:
    quote = await quote_repository.quote(conn, due["tenant_id"], due["id"], lock=True)
    if quote is not None and quote["state"] in ("issued", "expired"):
        await quote_repository.set_state(conn, due["id"], "expired")
        await audit(conn, ACTOR, "quote.expired", due["id"], {}, tenant=due["tenant_id"])
