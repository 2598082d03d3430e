"""Changes on condition that nobody else made one first: ETag and If-Match (RFC 9110, 13.1.1)."""

import re
from typing import Annotated

from fastapi import Depends, Header, HTTPException

_ETAG = re.compile(r'"(\d{1,9})"')
ANY = -1
"""The version that fits any: somebody sent `If-Match: *`."""


def etag(version: int) -> str:
    """How a version is written in the header ETag."""
    return f'"{version}"'


async def version_seen(if_match: Annotated[str | None, Header()] = None) -> int:
    """The version that a change is based on; raises HTTPException 428 or 412."""
    if if_match is None:
        raise HTTPException(428, "header If-Match is needed: the ETag of what you last read, or *")
    if if_match.strip() == "*":
        return ANY
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise HTTPException(412, f"If-Match {if_match!r:.80} is no ETag of ours: read it again")
    return int(found.group(1))


VersionSeen = Annotated[int, Depends(version_seen)]


def check_version(seen: int, present: int, what: str) -> None:
    """Raise HTTPException 412 where somebody changed it meanwhile."""
    if seen not in (ANY, present):
        raise HTTPException(
            412, f"{what} is at version {present}, not {seen}: read it again, then decide anew"
        )
