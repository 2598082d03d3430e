"""Writes that another site makes a browser send: told by where they come from and by a token.

Callers with a key need neither: no browser sends a key by itself.
"""

import hmac

from fastapi import HTTPException, Request

from ingot.settings import Settings

HEADER, FIELD = "X-CSRF-Token", "csrf"
_SAFE = ("GET", "HEAD", "OPTIONS")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_FIELDS = 200


async def check_write(request: Request, csrf: str) -> None:
    """Raise 403 unless a session's write comes from our own page and repeats its token."""
    if request.method in _SAFE:
        return
    check_origin(request, named=True)
    token = request.headers.get(HEADER) or await _field(request)
    if not hmac.compare_digest(token.encode(errors="replace"), csrf.encode()):
        raise HTTPException(
            403,
            f"the session's token is missing or wrong: send the `csrf` of GET /v1/sessions/current "
            f"as {HEADER}, or in the form's field {FIELD!r}; then load the page again",
        )


def check_origin(request: Request, *, named: bool) -> None:
    """Raise 403 where a browser says that another site sent this; `named` where it has to say.

    Sec-Fetch-Site counts before Origin, which is 'null' for forms under `Referrer-Policy:
    no-referrer`.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        ours = site in ("same-origin", "none")
    elif origin is not None:
        ours = origin == own_origin(request)
    else:
        ours = not named
    if not ours:
        raise HTTPException(
            403,
            f"this request comes from {origin or site or 'nowhere named'}, not from "
            f"{own_origin(request)}: open the page there, or set INGOT_PUBLIC_URL to its address",
        )


def own_origin(request: Request) -> str:
    """Scheme, host and port under which browsers know us."""
    settings: Settings = request.app.state.settings
    asked = f"{request.url.scheme}://{request.headers.get('host', '')}"
    return settings.public_url.rstrip("/") or asked


async def _field(request: Request) -> str:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _FORMS:
        return ""
    form = await request.form(max_files=0, max_fields=_FIELDS)
    token = form.get(FIELD)
    return token if isinstance(token, str) else ""
