"""What follows from a decision: an invoice, a makeup batch or a credit, claims given back."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from ingot.orders import BatchState
from services.contracts import incidents
from services.contracts.batches import item_repository
from services.contracts.batches import repository as batch_repository
from services.contracts.batches.schedule import days_late, go_on, plan_makeup
from services.contracts.contract import Contract
from services.contracts.states import OrderState
from services.database.pool import Connection, Row
from services.exclusivity import claims
from services.money import book, invoices, ledger
from services.money import repository as money
from services.money.prices import Part, batch_lines
from services.ordering import batches


async def settle(conn: Connection, contract: Contract, batch: Row, actor: str) -> None:
    """Settle a batch of production that was decided on, and go on with the order."""
    counts = await item_repository.counts(conn, batch["id"])
    invoice_id = await _invoice(conn, contract, batch, counts, actor)
    await _credit_lateness(conn, contract, batch, invoice_id)
    await _judge_defects(conn, contract, batch, counts)
    missing = batch["planned_qty"] - (counts["units"] - counts["rejected_units"])
    if missing > 0:
        await _remedy(conn, contract, batch, missing)
    await close_batch(conn, contract, batch, actor)
    contract = await go_on(conn, contract, actor)
    if contract.state is OrderState.CLOSED:
        await release_rest(conn, contract, "not used")


async def close_batch(conn: Connection, contract: Contract, batch: Row, actor: str) -> None:
    """Give back the claims on what was rejected, and call the batch settled."""
    rejected = await item_repository.rejected_ids(conn, batch["id"])
    await claims.give_back(conn, contract.id, rejected)
    await batches.transition(conn, batch["id"], BatchState.SETTLED, actor=actor)
    await batch_repository.settle(conn, batch["id"], contract.now)


async def _invoice(
    conn: Connection, contract: Contract, batch: Row, counts: Row, actor: str
) -> str | None:
    part = Part(counts["units"] - counts["rejected_units"], counts["items"] - counts["rejected"])
    if not part.units:
        return None
    before = await invoices.invoiced(conn, contract.id, batch["number"])
    prices = await book.book(conn, contract.price_book)
    return await invoices.issue(
        conn,
        contract.tenant_id,
        contract.id,
        batch["id"],
        batch_lines(prices, contract.request, batch["number"], part, before),
        number=batch["number"],
        part=part,
        currency=contract.currency,
        at=contract.now,
        actor=actor,
    )


async def _credit_lateness(
    conn: Connection, contract: Contract, batch: Row, invoice_id: str | None
) -> None:
    """Some percent of the invoice for each day begun, up to the agreed part of it."""
    days = days_late(batch["due_at"], batch["delivered_at"])
    if not days:
        return
    terms = contract.terms
    pct = min(terms.late_credit_pct * days, terms.late_credit_cap_pct)
    amount = 0
    if invoice_id is not None:
        invoice = await money.invoice(conn, contract.tenant_id, invoice_id)
        assert invoice is not None
        share = Decimal(invoice["total"]) * Decimal(str(pct)) / 100
        amount = int(share.quantize(Decimal(1), ROUND_HALF_UP))
        if amount:
            why = f"{days} days late: {pct:g} % of the invoice"
            await invoices.credit_late(
                conn, contract.tenant_id, invoice_id, amount, why, contract.now
            )
    remedy = f"credit of {pct:g} % ({amount} {contract.currency} minor units) for {days} days"
    await incidents.close(conn, contract, batch["id"], "late", remedy)


async def _judge_defects(conn: Connection, contract: Contract, batch: Row, counts: Row) -> None:
    """Too many rejected items are an incident."""
    if not counts["items"]:
        return
    rate = counts["rejected"] / counts["items"]
    if rate > contract.terms.max_defect_rate:
        reasons = await item_repository.reasons(conn, batch["id"])
        detail = {
            "defect_rate": round(rate, 6),
            "max_defect_rate": contract.terms.max_defect_rate,
            "rejected": counts["rejected"],
            "items": counts["items"],
            "reasons": reasons,
        }
        await incidents.open_incident(conn, contract, batch["id"], "quality", detail)


async def _remedy(conn: Connection, contract: Contract, batch: Row, missing: int) -> None:
    """What is missing is made anew, or taken off what is ordered."""
    number = batch["number"]
    if contract.terms.remedy == "makeup":
        makeup = await plan_makeup(conn, contract, number, batch["id"], missing)
        remedy = f"makeup batch {makeup} of {missing} units"
    else:
        amount = await _unpaid_part(conn, contract, number)
        why = f"{missing} units of batch {number} are not accepted"
        await _release(conn, contract, batch["id"], "rejected", amount, why)
        remedy = f"{missing} units taken off the order: {amount} {contract.currency} minor units"
    for kind in ("short", "quality"):
        await incidents.close(conn, contract, batch["id"], kind, remedy)


async def release_rest(conn: Connection, contract: Contract, reason: str) -> None:
    """Take what will not be delivered any more off what is contracted."""
    rest = (await ledger.balances(conn, contract.tenant_id, contract.id))["backlog"]
    await _release(conn, contract, None, "cancelled", rest, reason)


async def _release(
    conn: Connection,
    contract: Contract,
    batch_id: str | None,
    kind: Literal["rejected", "cancelled"],
    amount: int,
    reason: str,
) -> None:
    if amount:
        await invoices.release(
            conn,
            contract.tenant_id,
            contract.id,
            batch_id,
            kind,
            amount,
            reason=reason,
            currency=contract.currency,
            at=contract.now,
        )


async def _unpaid_part(conn: Connection, contract: Contract, number: int) -> int:
    """What was quoted for a production batch and is not invoiced, in minor units."""
    before = await invoices.invoiced(conn, contract.id, number)
    planned = contract.request.schedule.quantity_of(number, contract.request.spec.quantity)
    left = Part(planned - before.units, max(planned - before.items, 0))
    prices = await book.book(conn, contract.price_book)
    lines = batch_lines(prices, contract.request, number, left, before)
    return sum(line.amount for line in lines)
