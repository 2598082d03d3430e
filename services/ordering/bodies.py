"""Bodies of requests: their size, and the order inside one."""

from typing import Any

import orjson
import yaml
from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingot.orders import OrderSpec, parse_order
from services.ordering.problems import problem_response

BODY_LIMIT_BYTES = 2 * 1024 * 1024


class LimitBodies:
    """Refuses a body of more than 2 MiB, announced or not; uploads set their own limit."""

    def __init__(self, app: ASGIApp, *, except_path: str) -> None:
        self.app = app
        self.except_path = except_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the body while it is read."""
        if scope["type"] != "http" or scope["path"] == self.except_path:
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > BODY_LIMIT_BYTES:
            await problem_response(413, _too_large())(scope, receive, send)
            return
        size_bytes = 0

        async def counted() -> Message:
            nonlocal size_bytes
            message = await receive()
            size_bytes += len(message.get("body", b""))
            if size_bytes > BODY_LIMIT_BYTES:
                raise HTTPException(413, _too_large())
            return message

        await self.app(scope, counted, send)


def read_spec(content_type: str, body: bytes) -> OrderSpec:
    """The order in a JSON or YAML body."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("application/yaml", "application/x-yaml", "text/yaml"):
        return parse_order(_yaml(body))
    if kind == "application/json":
        return parse_order(_json(body))
    raise HTTPException(
        415, f"content type {kind or 'none'!r}: send application/json or application/yaml"
    )


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HTTPException(400, f"the body is not JSON: {error}; mend it") from error


def _yaml(body: bytes) -> Any:
    try:
        return yaml.load(body, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise HTTPException(400, f"the body is not YAML: {error}; mend it") from error


def _too_large() -> str:
    return f"the body is larger than {BODY_LIMIT_BYTES} bytes: send files through POST /v1/files"
