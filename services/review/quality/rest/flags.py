"""REST of flags."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from ingot.records import Model
from services.accounts.access import QaLead, Transaction
from services.review.quality import flags as service
from services.review.quality.flags import Flag, FlagState, Note
from services.review.quality.rest.shared import ERRORS, After, FlagId, Limit

router = APIRouter(prefix="/v1/flags", tags=["quality"], responses=ERRORS)


class Flags(Model):
    """Evidence on answers."""

    data: tuple[Flag, ...]


class Resolution(Model):
    """What a QA lead made of a flag; its reviewer reads the note."""

    uphold: bool
    note: Note = ""


@router.get("")
async def list_flags(
    conn: Transaction,
    who: QaLead,
    state: FlagState | Literal["all"] = "open",
    queue_id: Annotated[str | None, Query(pattern="^que_[0-9a-f]{32}$")] = None,
    after: After = "",
    limit: Limit = 50,
) -> Flags:
    """Flags in your tenant's queues, oldest first."""
    wanted = None if state == "all" else state
    found = await service.list_flags(
        conn, who.tenant_id, wanted, queue_id, after=after, limit=limit
    )
    return Flags(data=found)


@router.post("/{flag_id}/resolve")
async def resolve(flag_id: FlagId, conn: Transaction, who: QaLead, given: Resolution) -> Flag:
    """Close a flag. The answer stays: ask for a void where it shall not count."""
    return await service.resolve(conn, who, flag_id, given.uphold, given.note)
