"""What labs and operators do with an order under contract: terms, pause, cancel, amend."""

from datetime import timedelta
from typing import Any, Literal

from fastapi import HTTPException
from pydantic import ValidationError

from ingot.errors import OrderError, StateError
from ingot.orders.contract import Terms
from services.contracts import repository
from services.contracts.batches import deciding, schedule, settling
from services.contracts.batches import repository as batch_repository
from services.contracts.contract import Contract, get
from services.contracts.orders.schemas import TermsChange
from services.contracts.states import OrderState
from services.contracts.transition import ENDED, pause_of, transition
from services.database.pool import Connection
from services.database.trail import audit

Side = Literal["lab", "us"]


async def set_terms(conn: Connection, contract: Contract, terms: Terms, actor: str) -> Contract:
    """Replace the terms; raises StateError once work on the guidelines has begun."""
    if contract.state is not OrderState.PLACED:
        raise StateError(
            f"order {contract.id} is {contract.state}: its terms are fixed since work began; "
            f"propose a change with POST /v1/orders/{contract.id}/amendments"
        )
    _check_priced(contract, terms)
    await repository.set_terms(conn, contract.id, terms.model_dump())
    changed = terms.model_dump(mode="json")
    await audit(conn, actor, "order.terms_set", contract.id, changed, tenant=contract.tenant_id)
    return await get(conn, contract.tenant_id, contract.id)


def _check_priced(contract: Contract, terms: Terms) -> None:
    """Terms that the price depends on need a new quote."""
    if terms.reuse != contract.terms.reuse:
        raise StateError(
            f"terms.reuse {terms.reuse!r} has another price than {contract.terms.reuse!r}: cancel "
            "this order and ask for a new quote"
        )


async def pause(conn: Connection, contract: Contract, actor: str, reason: str) -> Contract:
    """Stop the clock of an order; nothing is begun, and nothing becomes late, meanwhile."""
    left = timedelta(days=contract.terms.pause_days) - contract.paused_for
    if left <= timedelta(0) and contract.state is OrderState.ACTIVE:
        raise StateError(
            f"order {contract.id} has used its {contract.terms.pause_days} days of pause: propose "
            "an amendment of pause_days"
        )
    return await transition(conn, contract, OrderState.PAUSED, actor=actor, reason=reason)


async def resume(conn: Connection, contract: Contract, actor: str, reason: str = "") -> Contract:
    """Go on after a pause or a dispute; what was due is due as much later."""
    was_paused = contract.state is OrderState.PAUSED
    if was_paused:
        await batch_repository.shift(conn, contract.id, pause_of(contract))
    contract = await transition(conn, contract, OrderState.ACTIVE, actor=actor, reason=reason)
    return await schedule.go_on(conn, contract, actor)


async def dispute(conn: Connection, contract: Contract, actor: str, reason: str) -> Contract:
    """Say that something is not as agreed; nothing new is begun until that is settled."""
    return await transition(conn, contract, OrderState.IN_DISPUTE, actor=actor, reason=reason)


async def cancel(conn: Connection, contract: Contract, actor: str, reason: str) -> Contract:
    """End an order; what is delivered has to be decided on first, the rest is taken off."""
    counts = await batch_repository.counts(conn, contract.id)
    if counts["undecided"]:
        raise StateError(
            f"order {contract.id} has {counts['undecided']} delivered batches that nobody decided "
            "on: accept or reject them, then cancel"
        )
    contract = await transition(conn, contract, OrderState.CANCELLED, actor=actor, reason=reason)
    await schedule.cancel_undelivered(conn, contract, actor)
    await settling.release_rest(conn, contract, "cancelled")
    return contract


async def set_metadata(
    conn: Connection, contract: Contract, metadata: dict[str, str], actor: str
) -> Contract:
    """Replace the lab's own notes."""
    await repository.set_metadata(conn, contract.id, metadata)
    await audit(conn, actor, "order.metadata_set", contract.id, metadata, tenant=contract.tenant_id)
    return await get(conn, contract.tenant_id, contract.id)


async def propose(
    conn: Connection,
    contract: Contract,
    change: TermsChange,
    note: str,
    actor: str,
    side: Side,
) -> int:
    """Propose an amendment of the terms, signed by who proposes it, and give its number.

    In a rehearsal the other side signs at once.
    """
    changed = change.model_dump(mode="json", exclude_unset=True)
    _amended(contract, changed)
    n = await repository.add_amendment(
        conn,
        contract.tenant_id,
        contract.id,
        changed,
        note,
        actor,
        {side: actor},
        contract.now,
    )
    detail = {"n": n, "change": changed}
    await audit(
        conn, actor, "order.amendment_proposed", contract.id, detail, tenant=contract.tenant_id
    )
    if contract.rehearses:
        await sign(conn, contract, n, "rehearsal", "us" if side == "lab" else "lab")
    return n


async def sign(conn: Connection, contract: Contract, n: int, actor: str, side: Side) -> None:
    """Sign an amendment; with both names under it, it holds.

    Raises HTTPException 404 where there is none of this number, and StateError.
    """
    rows = [row for row in await repository.amendments(conn, contract.id) if row["n"] == n]
    if not rows:
        raise HTTPException(404, f"order {contract.id} has no amendment {n}")
    [row] = rows
    if row[f"signed_{side}"]:
        raise StateError(f"amendment {n} is signed by this side already: the other one has to sign")
    terms = _amended(contract, row["change"]).model_dump()
    await repository.sign_amendment(conn, contract.id, n, side, actor)
    await repository.set_terms(conn, contract.id, {name: terms[name] for name in row["change"]})
    await audit(
        conn, actor, "order.amendment_signed", contract.id, {"n": n}, tenant=contract.tenant_id
    )


def _amended(contract: Contract, change: dict[str, Any]) -> Terms:
    """The terms with a change made; raises StateError and OrderError."""
    if contract.state in ENDED:
        raise StateError(f"order {contract.id} is {contract.state}: nothing to amend any more")
    try:
        return Terms.model_validate({**contract.terms.model_dump(mode="json"), **change})
    except ValidationError as error:
        raise OrderError(f"the amended terms do not fit: {error}", "change") from error


async def guideline_published(conn: Connection, contract: Contract, actor: str) -> None:
    """A version was written: with the first one, work on the guidelines has begun."""
    if contract.state is OrderState.PLACED:
        await transition(conn, contract, OrderState.INSTRUCTIONS_REVIEW, actor=actor)


async def guideline_approved(conn: Connection, contract: Contract, actor: str, n: int) -> None:
    """The lab approved a version: calibration begins, or what is made from now on is under it."""
    if contract.state is OrderState.ACTIVE:
        return
    if contract.state is not OrderState.INSTRUCTIONS_REVIEW:
        raise StateError(
            f"order {contract.id} is {contract.state}: a version is approved while its guidelines "
            "are worked on, or while it is active"
        )
    if contract.request.schedule.calibration_items:
        await schedule.plan_calibration(conn, contract)
        await transition(
            conn, contract, OrderState.CALIBRATING, actor=actor, reason=f"guideline {n} approved"
        )
    else:
        await deciding.begin(conn, contract, actor)
