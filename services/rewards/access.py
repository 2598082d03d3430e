"""Who may call: labs and operators, by bearer key or, for trainers that send no headers, by URL.

OpenRLHF's client sets no header, but `http://x:ing_...@host/` becomes HTTP Basic in every client:
the key counts as its password.
"""

import base64
import binascii
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from services.accounts.access import PoolOfApp
from services.accounts.keys import Principal, find_principal
from services.database.pool import transaction


async def _identify(request: Request, pool: PoolOfApp) -> Principal:
    async with transaction(pool) as conn:
        principal = await find_principal(conn, key_in(request.headers.get("authorization", "")))
    if principal is None:
        raise HTTPException(
            401,
            "no valid API key: send 'Authorization: Bearer ing_...', or put the key into the URL "
            "as http://x:ing_...@host",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if "rewards:ask" not in principal.permissions:
        raise HTTPException(
            403, f"this {principal.role} key has no scope rewards:ask: use a lab's or an operator's"
        )
    return principal


def key_in(header: str) -> str:
    """The API key in an Authorization header; '' where there is none."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    return password or user


Caller = Annotated[Principal, Depends(_identify)]
"""A lab or an operator."""
