"""The review app's own files: nothing from other hosts, nothing built."""

import hashlib
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Response

from services.review.page import guideline

PAGE = Path(__file__).parent
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
    "require-trusted-types-for 'script'; trusted-types ingot"
)
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
_FILES = {
    path.relative_to(PAGE).as_posix(): path.read_bytes()
    for path in PAGE.rglob("*")
    if path.suffix in _TYPES
}
_TAGS = {name: f'"{hashlib.sha256(content).hexdigest()[:32]}"' for name, content in _FILES.items()}

page = APIRouter(include_in_schema=False)
page.include_router(guideline.router)
Known = Annotated[str, Header(alias="If-None-Match")]


@page.get("/review")
async def review_page(known: Known = "") -> Response:
    """The page on which people answer."""
    return _file("index.html", known)


@page.get("/review/{name:path}")
async def review_asset(name: str, known: Known = "") -> Response:
    """Scripts, styles and icon of the page."""
    if name not in _FILES:
        raise HTTPException(404, f"the page has no file {name!r}")
    return _file(name, known)


def _file(name: str, known: str) -> Response:
    headers = {
        "Content-Security-Policy": PAGE_POLICY,
        "Cache-Control": "no-cache",
        "ETag": _TAGS[name],
    }
    if known == _TAGS[name]:
        return Response(status_code=304, headers=headers)
    return Response(_FILES[name], media_type=_TYPES[Path(name).suffix], headers=headers)
