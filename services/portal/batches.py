"""A batch: its items to look through and decide on, its quality, its manifest, its downloads."""

import csv
import io
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from services.accounts.access import PoolOfApp, Transaction
from services.contracts.batches import deciding, item_repository, reading, views
from services.contracts.batches import repository as batches
from services.contracts.batches.quality import quality_of
from services.contracts.batches.schemas import ItemDecision, ReasonCode, Rejection, Status
from services.contracts.contract import get
from services.database.pool import Row
from services.exports.endpoints import file_of
from services.exports.formats import FORMATS, Format, check
from services.exports.shapes import shape
from services.portal.charts import draw_intervals, draw_shares
from services.portal.pages import Judge, Reader, back, missing, show
from services.review.portal.forms import FormFields

router = APIRouter(prefix="/portal/batches")
REASONS: tuple[str, ...] = ReasonCode.__args__  # type: ignore[attr-defined]
PAGE = 20


@router.get("/{batch_id}")
async def one_batch(
    request: Request,
    conn: Transaction,
    me: Reader,
    batch_id: str,
    status: Status | None = None,
    after: int = Query(0, ge=0, le=2**31 - 1),
) -> HTMLResponse:
    """A batch with its items, a page at a time."""
    batch = await reading.found(conn, me.tenant_id, batch_id)
    readable = batch["delivered_at"] is not None and batch["purged_at"] is None
    contract = await get(conn, me.tenant_id, batch["order_id"])
    kind = contract.request.spec.kind
    page = await views.items(conn, batch, status, after, PAGE) if readable else None
    shapes = [(item, shape(item.item_id, item.content)) for item in page.data] if page else []
    return await show(
        request,
        conn,
        "batch.html",
        me,
        batch=batch,
        order=contract,
        counts=await views.counts(conn, batch) if readable else None,
        items=shapes,
        page=page,
        chosen=status,
        reasons=REASONS,
        formats=[each for each in FORMATS if not check(each, kind)],
        manifest=await views.manifest(conn, batch_id),
    )


@router.get("/{batch_id}/download")
async def download(
    conn: Transaction,
    pool: PoolOfApp,
    me: Reader,
    batch_id: str,
    form: Annotated[Format, Query(alias="format")] = "jsonl",
) -> StreamingResponse:
    """The items that were not rejected, as a file."""
    batch = await reading.delivered(conn, me.tenant_id, batch_id)
    contract = await get(conn, me.tenant_id, batch["order_id"])
    if why := check(form, contract.request.spec.kind):
        raise HTTPException(422, why)
    return file_of(pool, me.tenant_id, batch_id, form, accepted_only=True)


@router.post("/{batch_id}/items/{n}")
async def mark(
    request: Request, conn: Transaction, me: Judge, batch_id: str, n: int, form: FormFields
) -> HTMLResponse:
    """Note a decision on an item, and show the item again."""
    batch = await reading.lock(conn, me.tenant_id, batch_id)
    row = await _row(conn, batch, n)
    decision = form.get("decision") or None
    wanted = ItemDecision.model_validate(
        {
            "item_id": row["item_id"],
            "decision": decision,
            "reason_code": form.get("reason_code") if decision == "rejected" else None,
        }
    )
    await deciding.mark(conn, batch, [wanted])
    item = views.item(batch, await _row(conn, batch, n))
    return await show(
        request,
        conn,
        "decided.html",
        me,
        item=item,
        shape=shape(item.item_id, item.content),
        batch=batch,
        reasons=REASONS,
        counts=await views.counts(conn, batch),
    )


@router.post("/{batch_id}/decide")
async def decide(
    request: Request, conn: Transaction, me: Judge, batch_id: str, form: FormFields
) -> RedirectResponse:
    """Take all that was not rejected, or reject all of it."""
    batch = await reading.lock(conn, me.tenant_id, batch_id)
    contract = await get(conn, me.tenant_id, batch["order_id"])
    if form.get("act") == "reject":
        code = form.get("reason_code", "")
        if code not in REASONS:
            raise HTTPException(422, f"reason_code: {code!r:.40} is none of {', '.join(REASONS)}")
        why = Rejection.model_validate({"reason_code": code, "note": form.text("note")})
        await deciding.reject(conn, contract, batch, why, (), me.name)
    else:
        await deciding.accept(conn, contract, batch, me.name)
    return back(f"/portal/batches/{batch_id}")


@router.get("/{batch_id}/quality")
async def quality(request: Request, conn: Transaction, me: Reader, batch_id: str) -> HTMLResponse:
    """The figures of a batch among those of the order's other ones."""
    batch = await reading.found(conn, me.tenant_id, batch_id)
    contract = await get(conn, me.tenant_id, batch["order_id"])
    rows = await _figures(conn, batch["order_id"])
    alphas = [
        (r["name"], r["alpha"], r["alpha_low"], r["alpha_high"])
        for r in rows
        if r["alpha"] is not None and r["alpha_low"] is not None
    ]
    kappas = [(r["name"], r["kappa"]) for r in rows if r["kappa"] is not None]
    shares = [(r["name"], r["accepted_share"]) for r in rows if r["accepted_share"] is not None]
    agreed = contract.terms.min_alpha
    title = "Krippendorff's alpha of each batch with its 95 % interval"
    return await show(
        request,
        conn,
        "quality_of_batch.html",
        me,
        batch=batch,
        order=contract,
        view=await views.quality(conn, contract, batch),
        rows=rows,
        alphas=draw_intervals(title, alphas, agreed, _floor(alphas, agreed)) if alphas else None,
        kappas=draw_shares("Kappa of judge and people", kappas) if kappas else None,
        shares=draw_shares("Accepted share of each batch", shares) if shares else None,
        lengths=await _lengths(conn, batch),
    )


@router.get("/{batch_id}/quality.csv")
async def quality_csv(conn: Transaction, me: Reader, batch_id: str) -> Response:
    """The figures behind the drawings."""
    batch = await reading.found(conn, me.tenant_id, batch_id)
    rows = await _figures(conn, batch["order_id"])
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    headers = {"Content-Disposition": f'attachment; filename="{batch["order_id"]}.csv"'}
    return Response(out.getvalue(), media_type="text/csv", headers=headers)


async def _row(conn: Transaction, batch: Row, n: int) -> Row:
    rows = await item_repository.page(conn, batch["id"], None, n - 1, 1)
    if not rows or rows[0]["n"] != n:
        raise missing(f"item {n} of batch {batch['id']}")
    return rows[0]


async def _figures(conn: Transaction, order_id: str) -> list[dict[str, Any]]:
    """What each batch of an order was found to be, oldest first."""
    figures = []
    for row in await batches.batches_of(conn, order_id):
        if row["delivered_at"] is None:
            continue
        found = quality_of(row["summary"])
        counts = await views.counts(conn, row)
        settled = row["settled_at"] is not None
        figures.append(
            {
                "name": _name(row),
                "state": row["state"],
                "items": counts.total,
                "rejected": counts.rejected,
                "accepted_share": counts.accepted / counts.total
                if settled and counts.total
                else None,
                "alpha": found.alpha.estimate,
                "alpha_low": found.alpha.low,
                "alpha_high": found.alpha.high,
                "alpha_items": found.alpha.items,
                "alpha_why": found.alpha.why if found.alpha.estimate is None else "",
                "kappa": found.judge_human.kappa,
                "kappa_items": found.judge_human.items,
            }
        )
    return figures


def _floor(alphas: list[tuple[str, float, float, float]], agreed: float) -> float:
    """Where the drawing begins: at 0, unless something lies below."""
    return 0.0 if min(agreed, *(low for _, _, low, _ in alphas)) >= 0 else -1.0


def _name(row: Row) -> str:
    if row["kind"] == "calibration":
        return f"C{row['seq']}"
    return f"{row['number']}{'m' if row['kind'] == 'makeup' else ''}"


async def _lengths(conn: Transaction, batch: Row) -> dict[str, float] | None:
    """How much longer chosen answers are than rejected ones, in characters; None without pairs."""
    if batch["delivered_at"] is None or batch["purged_at"] is not None:
        return None
    rows = await item_repository.page(conn, batch["id"], None, 0, 1000)
    pairs = [shape(row["item_id"], row["content"]) for row in rows]
    lengths = [
        (sum(len(str(t["content"])) for t in p.good), sum(len(str(t["content"])) for t in p.bad))
        for p in pairs
        if p.bad
    ]
    if not lengths:
        return None
    n = len(lengths)
    return {
        "n": n,
        "chosen": sum(good for good, _ in lengths) / n,
        "rejected": sum(bad for _, bad in lengths) / n,
        "longer": sum(good > bad for good, bad in lengths) / n,
    }
