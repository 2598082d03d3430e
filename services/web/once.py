"""Requests that must not happen twice: the header Idempotency-Key.

draft-ietf-httpapi-idempotency-key-header-07. What a request did and what it answered are stored in
one transaction, so that a request which was cut off either happened with its answer, or not at all.
Errors are not stored: what was refused may be tried again under the same key.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from services.database import idempotency
from services.database.pool import Connection, Pool, Row, confine, transaction
from services.web.problems import Refused

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Made:
    """What a request brought about."""

    body: BaseModel
    status: int = 201
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Once:
    """A request under its key."""

    key: str
    route: str
    """Method and path."""

    async def run(
        self,
        pool: Pool,
        tenant: str,
        body: BaseModel | None,
        act: Callable[[Connection], Awaitable[Made]],
        *,
        confined: bool = True,
    ) -> Response:
        """Do it, or answer as the first time; raises HTTPException 409 and 422.

        409 while the first request still runs, 422 where the key was used for another one.
        `confined`: the act sees this tenant's rows only.
        """
        content = body.model_dump(mode="json") if body is not None else None
        fingerprint = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
        async with transaction(pool) as conn:
            if confined:
                await confine(conn, tenant)
            stored = await self._take(conn, tenant, fingerprint)
            if stored is not None:
                return _replay(stored)
            made = await act(conn)
            answer = made.body.model_dump_json()
            headers = dict(made.headers)
            await idempotency.store(conn, tenant, self.key, made.status, answer, headers)
        return _response(answer, made.status, headers)

    async def _take(self, conn: Connection, tenant: str, fingerprint: str) -> Row | None:
        try:
            stored = await idempotency.take(conn, tenant, self.key, self.route, fingerprint)
        except idempotency.InFlight:
            raise Refused(
                409,
                "request-in-flight",
                f"a request with Idempotency-Key {self.key!r} is still running: ask again soon",
                headers={"Retry-After": "1"},
            ) from None
        if stored and (stored["route"], stored["fingerprint"]) != (self.route, fingerprint):
            raise Refused(
                422,
                "idempotency-key-reused",
                f"Idempotency-Key {self.key!r} was used for another request: use a new one",
            )
        return stored


async def once(request: Request, idempotency_key: Annotated[str | None, Header()] = None) -> Once:
    """The key of a request; raises HTTPException 400 where it has none."""
    if not idempotency_key or not _KEY.fullmatch(idempotency_key):
        raise Refused(
            400,
            "idempotency-key-missing",
            "header Idempotency-Key is needed: 1 to 255 visible characters, new per request",
        )
    return Once(idempotency_key, f"{request.method} {request.url.path}")


OnceOnly = Annotated[Once, Depends(once)]


def _replay(stored: Row) -> Response:
    headers = {**stored["headers"], "Idempotent-Replayed": "true"}
    return _response(stored["body"], stored["status"], headers)


def _response(body: str, status: int, headers: dict[str, Any]) -> Response:
    return Response(body, status, headers=headers, media_type="application/json")
