"""The wizard: an order is written in a form, with its price beside it, and placed."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from ingot.errors import OrderError
from ingot.orders.contract import QuoteRequest
from ingot.orders.sources import RECIPES
from services.accounts.access import SettingsOfApp, Transaction
from services.contracts.quotes import acts as quotes
from services.ordering.policy import check_terms
from services.portal.pages import Writer, back, show
from services.review.portal.forms import Form, FormFields

router = APIRouter(prefix="/portal/orders/new")
_LISTS = (
    "coverage.domains",
    "coverage.skills",
    "coverage.languages",
    "spec.curation.decontaminate_against",
)
_TICKS = ("terms.may_publish", "terms.named_customer_ok", "terms.auto_accept")
_OWN_RECIPES = [name for name, rows in RECIPES.items() if rows != "rows"]
_START = {
    "spec.kind": "preference",
    "spec.quantity": "1200",
    "spec.source.recipe": "write_instructions",
    "schedule.batches": "6",
    "schedule.cadence_days": "7",
    "schedule.first_due_days": "14",
    "schedule.calibration_items": "50",
    "coverage.languages": "en",
    "terms.acceptance_days": "7",
    "terms.min_alpha": "0.4",
    "terms.max_defect_rate": "0.05",
    "terms.late_credit_pct": "2",
    "terms.late_credit_cap_pct": "20",
    "terms.pause_days": "14",
    "terms.retention_days": "365",
    "terms.output_license": "LicenseRef-Proprietary",
    "spec.guarantee.agreement": "0.85",
    "spec.guarantee.confidence": "0.9",
    "human.floor": "0",
    "human.ceiling": "1",
}


@router.get("")
async def new_order(request: Request, conn: Transaction, me: Writer) -> HTMLResponse:
    """An order to be written, with what is usual filled in."""
    return await _form(request, conn, me, Form(list(_START.items())), {})


@router.post("/price")
async def price(request: Request, conn: Transaction, me: Writer, form: FormFields) -> HTMLResponse:
    """What it would cost as it stands; nothing is kept."""
    wanted, wrong = _read(form)
    return await show(request, conn, "price.html", me, **await _priced(conn, wanted), wrong=wrong)


@router.post("")
async def place(
    request: Request, conn: Transaction, me: Writer, settings: SettingsOfApp, form: FormFields
) -> Response:
    """Place the order, or the form again with what is wrong."""
    wanted, wrong = _read(form)
    if wanted is not None:
        try:
            await check_terms(wanted.spec, me, settings)
        except OrderError as error:
            wrong = {f"spec.{error.field}" if error.field else "": str(error)}
    if wanted is None or wrong:
        return await _form(request, conn, me, form, wrong)
    quote = await quotes.issue(conn, me, wanted)
    placed = await quotes.accept(conn, me, quote.id)
    assert placed is not None
    return back(f"/portal/orders/{placed.order_id}")


async def _form(
    request: Request, conn: Transaction, me: Writer, form: Form, wrong: dict[str, str]
) -> HTMLResponse:
    wanted, _ = _read(form)
    return await show(
        request,
        conn,
        "wizard.html",
        me,
        status=422 if wrong else 200,
        form=form,
        wrong=wrong,
        recipes=[(name, name.replace("_", " ")) for name in _OWN_RECIPES],
        **await _priced(conn, wanted),
    )


async def _priced(conn: Transaction, wanted: QuoteRequest | None) -> dict[str, Any]:
    if wanted is None:
        return {"lines": [], "estimate": None, "total": 0, "currency": "EUR", "wanted": None}
    book, lines, estimate = await quotes.preview(conn, wanted)
    total = sum(line.amount for line in lines)
    currency = book.currency
    fields = {"lines": lines, "estimate": estimate, "total": total, "currency": currency}
    return fields | {"wanted": wanted}


def _read(form: Form) -> tuple[QuoteRequest | None, dict[str, str]]:
    """The request that a form means, or what is wrong by the name of the field."""
    try:
        return QuoteRequest.model_validate(_document(form)), {}
    except ValidationError as error:
        wrong: dict[str, str] = {}
        for fault in error.errors():
            name = _field(fault["loc"], form)
            wrong[name] = str(fault["msg"]).removeprefix("Value error, ")
        return None, wrong


def _field(loc: tuple[int | str, ...], form: Form) -> str:
    """The field of the form that a fault is at, '' where there is none."""
    path = [str(step) for step in loc]
    while path and ".".join(path) not in form and ".".join(path) not in _KNOWN:
        path.pop()
    return ".".join(path)


_KNOWN = frozenset(_START) | {"spec.name", "spec.source.path", "spec.generation.endpoint"}


def _document(form: Form) -> dict[str, Any]:
    """Fields named by their place become one document; what is empty is left out."""
    document: dict[str, Any] = {}
    for name, value in form.items():
        if "." in name and value.strip():
            parts = [each.strip() for each in value.split(",") if each.strip()]
            _put(document, name.split("."), parts if name in _LISTS else value.strip())
    for name in _TICKS:
        _put(document, name.split("."), name in form)
    if "endpoint" in document.get("spec", {}).get("generation", {}):
        document["spec"]["generation"]["engine"] = "openai"
    return document


def _put(document: dict[str, Any], path: list[str], value: Any) -> None:
    for step in path[:-1]:
        document = document.setdefault(step, {})
    document[path[-1]] = value
