"""The cookie of a session.

`__Host-` binds it to this host, to TLS and to no parent domain. Chromium takes it over plain http
from localhost and 127.0.0.1, too; `cookie_without_tls` is for browsers that do not.
"""

from fastapi import Request
from starlette.responses import Response

from ingot.settings import Settings

SESSION = "ingot"


def name_of(cookie: str, settings: Settings) -> str:
    """How browsers call a cookie of ours."""
    return cookie if settings.cookie_without_tls else f"__Host-{cookie}"


def read(request: Request, cookie: str = SESSION) -> str:
    """What the browser sent; '' for nothing."""
    return request.cookies.get(name_of(cookie, request.app.state.settings), "")


def put(
    response: Response,
    settings: Settings,
    value: str,
    cookie: str = SESSION,
    max_age_s: int | None = None,
) -> None:
    """Give the browser a value, kept until it closes unless seconds are named; '' takes it back."""
    response.set_cookie(
        name_of(cookie, settings),
        value,
        max_age=max_age_s if value else 0,
        path="/",
        secure=not settings.cookie_without_tls,
        httponly=True,
        samesite="lax",
    )
