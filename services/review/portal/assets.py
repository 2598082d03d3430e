"""The portal's script, style and htmx, from memory, with a tag so that browsers ask once."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Response

from services.review.portal.pages import FOLDER

_TYPES = {".js": "text/javascript", ".css": "text/css", ".LICENSE": "text/plain"}
_FILES = {
    path.name: path.read_bytes()
    for folder in (FOLDER, FOLDER.parents[1] / "portal")
    for path in (folder / "assets").iterdir()
}
_TAGS = {name: f'"{hashlib.sha256(content).hexdigest()[:32]}"' for name, content in _FILES.items()}

router = APIRouter()


@router.get("/portal/assets/{name}")
async def asset(name: str, known: Annotated[str, Header(alias="If-None-Match")] = "") -> Response:
    """One file of the portal."""
    if name not in _FILES:
        raise HTTPException(404, f"the portal has no file {name!r}")
    headers = {"Cache-Control": "no-cache", "ETag": _TAGS[name]}
    if known == _TAGS[name]:
        return Response(status_code=304, headers=headers)
    kind = _TYPES[name[name.rindex(".") :]]
    return Response(_FILES[name], media_type=kind, headers=headers)
