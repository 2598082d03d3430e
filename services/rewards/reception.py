"""From a request to a run and from a run to a response, whole or line by line."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from ingot.errors import OrderError
from ingot.orders.read import order_error
from services.accounts.keys import Principal
from services.rewards.access import Caller
from services.rewards.config import MAX_QUESTIONS
from services.rewards.items import Entry
from services.rewards.judge import Judge
from services.rewards.limits import Limiter
from services.rewards.metrics import Metrics
from services.rewards.people import forwarder
from services.rewards.run import Counters, Row, Run, Shape
from services.rewards.schemas import Asked
from services.rewards.wiring import Bench

NDJSON = "application/x-ndjson"
CLIENT_LEFT = 499
Read = Callable[[int, Any, Judge], Entry]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reception:
    """What an endpoint needs of the application, and who calls it."""

    bench: Bench
    limiter: Limiter
    metrics: Metrics
    overlap: int
    request: Request
    who: Principal

    @property
    def counters(self) -> Counters:
        """Where a run is counted."""
        return Counters(self.bench.desk, self.limiter, self.metrics)

    def judge(self, name: str, answers: int = 0) -> Judge:
        """A judge by name that looks at so many answers; 0 takes any."""
        judge = self.bench.judges.get(name)
        if judge is None:
            known = ", ".join(sorted(self.bench.judges))
            raise OrderError(f"there is no judge {name!r}: choose one of {known}", "judge")
        if answers and answers not in judge.arity:
            raise OrderError(
                f"judge {name!r} scores single completions: use POST /v1/rewards", "judge"
            )
        return judge

    def start(
        self, judge: Judge, items: tuple[Any, ...], read: Read, shape: Shape, *, forward: bool
    ) -> Run:
        """Read the items and begin; raises Full where there is no room."""
        entries = [read(index, item, judge) for index, item in enumerate(items)]
        questions = sum(len(entry.questions) for entry in entries)
        if questions > MAX_QUESTIONS:
            raise HTTPException(
                413, f"{questions} completions or pairs: at most {MAX_QUESTIONS} in one request"
            )
        pool = self.request.app.state.pool
        send = forwarder(pool, self.who, self.overlap) if forward else None
        return Run(self.counters, self.who, judge, entries, shape, send)

    async def answer(self, asked: Asked, read: Read, shape: Shape, *, answers: int = 0) -> Response:
        """The response to a batch, in the form that the client accepts."""
        judge = self.judge(asked.judge, answers)
        run = self.start(judge, asked.items, read, shape, forward=asked.forward_abstained)
        headers = self.limiter.headers(self.who.key_prefix)
        if NDJSON in self.request.headers.get("accept", ""):
            return StreamingResponse(_lines(run), media_type=NDJSON, headers=headers)
        if (rows := await self.collect(run)) is None:
            return Response(status_code=CLIENT_LEFT)
        content = {
            "judge": judge.name,
            "calibration_ids": judge.calibration_ids,
            "items": rows,
            "usage": {"questions": run.questions, "tokens": run.tokens},
        }
        return Response(orjson.dumps(content), media_type="application/json", headers=headers)

    async def collect(self, run: Run) -> list[Row] | None:
        """All rows in their order; None where the client has left, which stops the run."""
        work = asyncio.create_task(_all_rows(run))
        gone = asyncio.create_task(_until_gone(self.request))
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
            return await work if work.done() else None
        finally:
            for task in (work, gone):
                task.cancel()
            run.cancel()


async def _reception(request: Request, who: Caller) -> Reception:
    state = request.app.state
    return Reception(
        state.bench, state.limiter, state.metrics, state.config.review_overlap, request, who
    )


AtReception = Annotated[Reception, Depends(_reception)]


async def read_body(request: Request) -> Any:
    """The JSON of a body; a text with half a surrogate pair is its item's fault, not the body's."""
    body = await request.body()
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        with suppress(ValueError, RecursionError):
            return json.loads(body)
    raise HTTPException(400, "the body is not JSON: mend it and send it again")


def read_asked(data: Any) -> Asked:
    """The frame of a batch; its items are read one by one."""
    try:
        return Asked.model_validate(data)
    except ValidationError as error:
        raise order_error(error) from error


async def _all_rows(run: Run) -> list[Row]:
    rows = [row async for row in run.rows()]
    rows.sort(key=lambda row: row["index"])
    return rows


async def _lines(run: Run) -> AsyncIterator[bytes]:
    try:
        async for row in run.rows():
            yield orjson.dumps(row) + b"\n"
    finally:
        run.cancel()


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
