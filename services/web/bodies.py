"""Bodies of requests: how large and how deep they may be, and what is inside."""

import re
from typing import Any

import orjson
import yaml
from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.problems import problem_response

BODY_LIMIT_BYTES = 2 * 1024 * 1024
DEPTH_LIMIT = 64
"""Lists and objects inside one another, in JSON."""
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_INT_BITS = 64


class LimitBodies:
    """Refuses a body over the limit, announced or not, and one that nests too deep.

    Uploads set their own: `except_path` is a regular expression of their paths.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        except_path: str = "",
        limit_bytes: int = BODY_LIMIT_BYTES,
        remedy: str = "send files through POST /v1/files",
    ) -> None:
        self.app = app
        self.excepted, self.limit_bytes = re.compile(except_path), limit_bytes
        self.detail = f"the body is larger than {limit_bytes} bytes: {remedy}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the body while it is read."""
        if scope["type"] != "http" or self.excepted.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0")
        is_json = b"json" in headers.get(b"content-type", b"json")
        if announced.isdigit() and int(announced) > self.limit_bytes:
            await problem_response(413, self.detail)(scope, receive, send)
            return
        size_bytes, depth = 0, Depth()

        async def counted() -> Message:
            nonlocal size_bytes
            message = await receive()
            piece = message.get("body", b"")
            size_bytes += len(piece)
            if size_bytes > self.limit_bytes:
                raise HTTPException(413, self.detail)
            if is_json and depth.exceeds(piece, DEPTH_LIMIT):
                raise HTTPException(400, f"the body nests deeper than {DEPTH_LIMIT}: flatten it")
            return message

        await self.app(scope, counted, send)


class Depth:
    """How deep a JSON text nests, while it comes in pieces."""

    def __init__(self) -> None:
        self._depth = 0
        self._rest = b""

    def exceeds(self, piece: bytes, limit: int) -> bool:
        """Read on; whether it is deeper than the limit by now."""
        text = _STRING.sub(b"", self._rest + piece)
        begun = text.find(b'"')  # of a string that goes on in the next piece
        self._rest = b"" if begun < 0 else text[begun:]
        for bracket in _BRACKET.findall(text if begun < 0 else text[:begun]):
            self._depth += 1 if bracket in b"[{" else -1
            if self._depth > limit:
                return True
        return False


def read_document(content_type: str, body: bytes) -> Any:
    """What a JSON or YAML body holds; raises HTTPException 400 or 415."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("application/yaml", "application/x-yaml", "text/yaml"):
        return _yaml(body)
    if kind == "application/json":
        return _json(body)
    raise HTTPException(
        415, f"content type {kind or 'none'!r}: send application/json or application/yaml"
    )


class _Yaml(yaml.CSafeLoader):
    """YAML whose whole numbers are no longer than JSON's here: longer ones cannot be printed."""

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """A whole number of at most 64 bits."""
        value: int = super().construct_yaml_int(node)
        if value.bit_length() > _INT_BITS:
            raise ValueError(f"a number of {value.bit_length()} bits is too long")
        return value


_Yaml.add_constructor("tag:yaml.org,2002:int", _Yaml.construct_yaml_int)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HTTPException(400, f"the body is not JSON: {error}; mend it") from error


def _yaml(body: bytes) -> Any:
    try:
        return yaml.load(body, Loader=_Yaml)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise HTTPException(400, f"the body is not YAML: {error}; mend it") from error
