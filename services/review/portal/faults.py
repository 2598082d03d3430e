"""Errors as pages: what other callers get as a problem document, people get in words."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from services.accounts.access import PasswordNeeded
from services.review.portal.pages import show

Handler = Callable[[Request, Any], Awaitable[Response]]


def add_handlers(app: FastAPI) -> None:
    """Let pages answer for the paths under /portal; call it after all other handlers are there."""
    for kind, handler in list(app.exception_handlers.items()):
        app.exception_handlers[kind] = _as_page(handler)


def _as_page(handler: Any) -> Handler:
    async def answer(request: Request, error: Any) -> Response:
        response: Response = await handler(request, error)
        if not request.url.path.startswith("/portal"):
            return response
        if response.status_code == 401:
            return _to_log_in(request)
        if isinstance(error, PasswordNeeded):
            return RedirectResponse("/portal/password", 303)
        problem = orjson.loads(response.body)
        page = show(request, "fault.html", None, status=response.status_code, problem=problem)
        for name in ("retry-after", "www-authenticate"):
            if name in response.headers:
                page.headers[name] = response.headers[name]
        return page

    return answer


def _to_log_in(request: Request) -> Response:
    wanted = request.url.path if request.method == "GET" else "/portal"
    return RedirectResponse(f"/portal/login?{urlencode({'next': wanted})}", 303)
