"""REST for rehearsals: /v1/test, for keys that begin with `ing_test_`."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Path
from pydantic import AwareDatetime, Field, model_validator

from ingot.records import Model
from services.accounts.access import OrderReader, OrderWriter, PoolOfApp, SettingsOfApp
from services.accounts.keys import Principal
from services.contracts.contract import locked
from services.contracts.quotes.repository import now_of
from services.database.pool import tenant_transaction, transaction
from services.database.trail import audit
from services.database.vault import open_vault
from services.rehearsal import clock, repository
from services.rehearsal.scenario import Scenario
from services.web.problems import responses

router = APIRouter(prefix="/v1/test", tags=["rehearsal"], responses=responses(401, 403, 422, 503))
OrderId = Annotated[str, Path(pattern="^ord_[0-9a-f]{32}$")]


def _rehearsing(lab: OrderWriter) -> Principal:
    """Who rehearses; raises HTTPException 403."""
    if not lab.rehearses:
        raise HTTPException(
            403, "this is for rehearsals: ask with a key that begins with ing_test_"
        )
    return lab


Rehearser = Annotated[Principal, Depends(_rehearsing)]


class Advance(Model):
    """How far the clock is moved: by days and hours, or to a time."""

    days: float = Field(default=0, ge=0, le=3660)
    hours: float = Field(default=0, ge=0, le=24 * 366)
    to: AwareDatetime | None = None

    @model_validator(mode="after")
    def _either(self) -> "Advance":
        if self.to is not None and (self.days or self.hours):
            raise ValueError("name days and hours, or a time, not both")
        return self


class Done(Model):
    """Something that fell due on the way."""

    at: datetime
    what: Literal["begin", "arrive", "late", "remind", "lapse", "purge", "resume", "expire"]
    id: str
    order_id: str


class Clock(Model):
    """What the clock shows, and what was done on the way there."""

    now: datetime
    done: tuple[Done, ...] = ()


@router.get("/clock")
async def read_clock(lab: OrderReader, pool: PoolOfApp) -> Clock:
    """What time it is for you."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        return Clock(now=await now_of(conn, lab.tenant_id))


@router.post("/clock/advance", responses=responses(409))
async def advance_clock(
    lab: Rehearser, pool: PoolOfApp, settings: SettingsOfApp, wanted: Advance
) -> Clock:
    """Move your clock ahead: batches arrive, become late, and lapse, as they would by then."""
    vault = open_vault(settings)
    async with transaction(pool) as conn:  # it is production that acts, not the lab
        now = await now_of(conn, lab.tenant_id)
        to = wanted.to or now + timedelta(days=wanted.days, hours=wanted.hours)
        if to > now + timedelta(days=3660):
            raise HTTPException(422, f"{to.isoformat()} is more than ten years ahead")
        at, done = await clock.advance(conn, lab.tenant_id, to, vault)
        detail = {"to": at.isoformat(), "done": len(done)}
        await audit(conn, lab.name, "clock.advanced", lab.tenant_id, detail, tenant=lab.tenant_id)
    return Clock(now=at, done=tuple(Done(**each) for each in done))


@router.put("/orders/{order_id}/scenario", responses=responses(404))
async def set_scenario(
    order_id: OrderId, lab: Rehearser, pool: PoolOfApp, scenario: Scenario
) -> Scenario:
    """Say how the batches of an order turn out: late, short, or not good enough."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        await locked(conn, lab.tenant_id, order_id)
        body = scenario.model_dump(mode="json")
        await repository.set_scenario(conn, lab.tenant_id, order_id, body)
    return scenario
