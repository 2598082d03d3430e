"""Guidelines of an order: versions, what changed, remarks, approval."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from services.accounts.access import Transaction
from services.contracts.contract import get, locked
from services.contracts.guidelines import acts, repository
from services.contracts.guidelines.schemas import NewComment, NewGuideline
from services.portal.pages import Reader, Writer, back, show
from services.review.portal.forms import FormFields, faults_of

router = APIRouter(prefix="/portal/orders/{order_id}/guidelines")
_SHOWN = 200


@router.get("")
async def read(
    request: Request, conn: Transaction, me: Reader, order_id: str, n: int = 0, to: int = 0
) -> HTMLResponse:
    """The newest version or another one, and what changed since the one before."""
    return await _page(request, conn, me, order_id, n, {}, {})


@router.post("")
async def publish(
    request: Request, conn: Transaction, me: Writer, order_id: str, form: FormFields
) -> Response:
    """Publish the next version, or the text again with what is wrong."""
    fields = {
        "body": form.text("body"),
        "change_note": form.text("change_note"),
        "change": "breaking" if "breaking" in form else "minor",
    }
    try:
        wanted = NewGuideline.model_validate(fields)
    except ValidationError as error:
        return await _page(request, conn, me, order_id, 0, fields, faults_of(error))
    contract = await locked(conn, me.tenant_id, order_id)
    newest = await repository.newest(conn, order_id)
    if newest is not None:
        rubric = (await acts.find(conn, order_id, newest["n"])).rubric
        wanted = wanted.model_copy(update={"rubric": rubric})
    n = await acts.add(conn, contract, wanted, me.name)
    return back(f"/portal/orders/{order_id}/guidelines?n={n}")


@router.post("/{n}/approve")
async def approve(
    request: Request, conn: Transaction, me: Writer, order_id: str, n: int
) -> RedirectResponse:
    """Approve a version."""
    await acts.approve(conn, await locked(conn, me.tenant_id, order_id), n, me.name)
    return back(f"/portal/orders/{order_id}")


@router.post("/{n}/comments")
async def remark(
    request: Request, conn: Transaction, me: Writer, order_id: str, n: int, form: FormFields
) -> RedirectResponse:
    """Remark on a version."""
    contract = await get(conn, me.tenant_id, order_id)
    await acts.find(conn, order_id, n)
    wanted = NewComment.model_validate({"body": form.text("remark")})
    fields = {**wanted.model_dump(), "author": me.name, "at": contract.now}
    await repository.add_comment(conn, me.tenant_id, order_id, n, fields)
    return back(f"/portal/orders/{order_id}/guidelines?n={n}")


async def _page(
    request: Request,
    conn: Transaction,
    me: Reader,
    order_id: str,
    n: int,
    draft: dict[str, str],
    wrong: dict[str, str],
) -> HTMLResponse:
    contract = await get(conn, me.tenant_id, order_id)
    versions = await repository.versions(conn, order_id)
    shown = n or (versions[0]["n"] if versions else 0)
    version = await acts.find(conn, order_id, shown) if shown else None
    difference = await acts.compare(conn, order_id, shown - 1, shown) if shown > 1 else None
    comments = await repository.comments(conn, order_id, shown, None, _SHOWN) if shown else []
    body = draft.get("body") or (version.body if version else _FIRST)
    return await show(
        request,
        conn,
        "order_guidelines.html",
        me,
        status=422 if wrong else 200,
        order=contract,
        versions=versions,
        version=version,
        difference=difference,
        comments=comments,
        body=body,
        draft=draft,
        wrong=wrong,
    )


_FIRST = """# What a good answer is

Say what reviewers and judges are to prefer, and why. Examples of both help most.

## When two are equally good

Say whether that is a tie, or what decides then.
"""
