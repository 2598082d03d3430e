"""Errors over HTTP: RFC 9457 problem documents that name the field and the remedy."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from psycopg_pool import PoolTimeout
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from ingot.errors import IngotError, OrderError, ReviewError, StateError
from ingot.records import Model

logger = logging.getLogger(__name__)


class Fault(Model):
    """One thing wrong with a request."""

    pointer: str
    """JSON Pointer into the body, or '?name' for a query parameter, or 'header:name'."""
    detail: str


class Problem(Model):
    """What every error response carries (RFC 9457)."""

    type: str
    """Names the kind of problem, and stays the same: /problems/... (docs/problems.md)."""
    title: str
    status: int
    detail: str
    instance: str = ""
    """Names this occurrence in the server's log; '' where the request itself is at fault."""
    errors: tuple[Fault, ...] = ()


KINDS = {
    OrderError: "invalid-order",
    StateError: "illegal-state",
    ReviewError: "queue-rule",
}
"""Problems that are of their own kind; others are named by their status."""


class Refused(HTTPException):
    """A refusal with a kind of its own."""

    def __init__(
        self, status: int, kind: str, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers)
        self.kind = kind


def add_handlers(app: FastAPI) -> None:
    """Turn every error that leaves an endpoint into a problem document."""
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(IngotError, _on_ingot_error)
    app.add_exception_handler(psycopg.OperationalError, _on_no_database)
    app.add_exception_handler(psycopg.DataError, _on_bad_text)
    app.add_exception_handler(PoolTimeout, _on_no_database)
    app.add_exception_handler(Exception, _on_surprise)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare problem documents of these statuses in the OpenAPI page."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }


def problem_response(
    status: int,
    detail: str,
    faults: Sequence[Fault] = (),
    *,
    kind: str = "",
    headers: Mapping[str, str] | None = None,
    instance: str = "",
) -> Response:
    """One problem document; its kind is the status's unless it has one of its own."""
    problem = Problem(
        type=f"/problems/{kind or _slug(status)}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=instance,
        errors=tuple(faults),
    )
    return Response(
        problem.model_dump_json(),
        status,
        headers=dict(headers or {}),
        media_type="application/problem+json",
    )


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = error.kind if isinstance(error, Refused) else ""
    return problem_response(error.status_code, str(error.detail), kind=kind, headers=error.headers)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [_fault(fault, fault["loc"]) for fault in error.errors()]
    if any(fault["type"] == "json_invalid" for fault in error.errors()):
        return problem_response(400, "the body is not JSON: mend it and send it again", faults)
    return problem_response(422, _sentence(faults), faults)


async def _on_ingot_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, IngotError)
    if error.status >= 500:
        return _logged(error, error.status, "a part that this needs is not there now: try again")
    cause = error.__cause__
    kind = next((name for type_, name in KINDS.items() if isinstance(error, type_)), "")
    if isinstance(cause, ValidationError):
        faults = [_fault(fault, ("body", *fault["loc"])) for fault in cause.errors()]
        return problem_response(error.status, _sentence(faults), faults, kind=kind)
    field = error.field if isinstance(error, OrderError) else ""
    pointer = _pointer(field.split(".")) if field else getattr(error, "pointer", "")
    faults = [Fault(pointer=pointer, detail=str(error))] if pointer else []
    return problem_response(error.status, str(error), faults, kind=kind)


async def _on_bad_text(request: Request, error: Exception) -> Response:
    """PostgreSQL keeps no NUL in texts: those who send one hear of it here, nothing was done."""
    if isinstance(error, psycopg.errors.UntranslatableCharacter) or "NUL" in str(error):
        return problem_response(422, "a text holds a NUL character (\\u0000): remove it")
    return await _on_surprise(request, error)


async def _on_no_database(request: Request, error: Exception) -> Response:
    return _logged(error, 503, "the database is not reachable now: try again")


async def _on_surprise(request: Request, error: Exception) -> Response:
    return _logged(error, 500, "a fault of the platform: report the instance to its operator")


def _logged(error: Exception, status: int, detail: str) -> Response:
    """Say nothing of the inside; the log has it under the same instance."""
    instance = f"urn:uuid:{uuid.uuid4()}"
    logger.error("request failed instance=%s", instance, exc_info=error)
    headers = {"Retry-After": "5"} if status == 503 else None
    return problem_response(status, detail, headers=headers, instance=instance)


def _fault(fault: Any, loc: tuple[int | str, ...]) -> Fault:
    place, *path = loc or ("body",)
    name = ".".join(str(part) for part in path)
    if place == "query":
        pointer = f"?{name}"
    elif place in ("header", "path"):
        pointer = f"{place}:{name}"
    else:
        pointer = _pointer([str(part) for part in path])
    return Fault(pointer=pointer, detail=_explain(fault, name))


def _explain(fault: Any, name: str) -> str:
    if fault["type"] == "extra_forbidden":
        return f"unknown field '{name}': remove it or check its spelling"
    message = str(fault["msg"]).removeprefix("Value error, ")
    value = fault.get("input")
    plain = isinstance(value, str | int | float | bool) and fault["type"] != "secret"
    shown = f" (got {value!r:.80})" if plain else ""
    return f"{message}{shown}"


def _sentence(faults: Sequence[Fault]) -> str:
    first = faults[0]
    more = f"; {len(faults) - 1} more under errors" if len(faults) > 1 else ""
    return f"{first.pointer.lstrip('/').replace('/', '.') or 'body'}: {first.detail}{more}"


def _slug(status: int) -> str:
    """The kind of a status; Python's words for two of them change with its version."""
    renamed = {413: "content-too-large", 422: "unprocessable-content"}
    return renamed.get(status) or HTTPStatus(status).phrase.lower().replace(" ", "-")


def _pointer(path: Sequence[str]) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
