"""An endpoint's batch API as an engine: half the price, an answer within a day.

Requests that come one after the other are sent as one file, and each waits for its line of the
results. What was sent is remembered on disk (`openai/batches.py`) until the run that fetched it has
ended well, so a rerun waits for the same batch instead of paying for another.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import orjson

from generation.engines.openai.answers import read_answer
from generation.engines.openai.batch_api import BatchApi
from generation.engines.openai.batches import Batches, Sent, content_hash, line
from generation.engines.openai.bodies import Call, Impossible, Writer
from generation.engines.openai.collecting import MAX_REQUESTS, Collector
from generation.engines.openai.endpoint import Endpoint
from generation.engines.openai.limits import CHARS_PER_TOKEN, Budget
from generation.engines.openai.problems import Broken, Problem, Rejected, problem_of
from generation.engines.openai.served import Served
from ingot.engine import Generated, ModelIdentity, Request
from ingot.errors import IngotError, ModelError, boundary
from ingot.orders import Limits, Price

_ENDED = frozenset(("completed", "failed", "expired", "cancelled"))

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Waiter:
    """A request that waits for its line."""

    request: Request
    call: Call
    reserved_usd: float
    answer: "asyncio.Future[Generated]"


class OpenAIBatchEngine:
    """An `ingot.engine.Engine` over files of requests."""

    kind: Literal["openai_batch"] = "openai_batch"
    capacity = MAX_REQUESTS

    def __init__(
        self,
        model: str,
        endpoint: str,
        *,
        home: Path,
        api_key: str = "",
        revision: str = "",
        price: Price | None = None,
        limits: Limits | None = None,
        collect_s: float = 5.0,
        poll_s: float = 30.0,
        patience_s: float = 600.0,
    ) -> None:
        self._endpoint = Endpoint(endpoint, api_key=api_key, timeout_s=600)
        self.endpoint = self._endpoint.name
        self._api = BatchApi(self._endpoint, patience_s)
        self._served = Served(self._endpoint, model, revision)
        self._writer = Writer(model)
        self._budget = Budget(price, limits.max_usd if limits else None)
        self._home, self._poll_s = home, poll_s
        self._collector = Collector(collect_s, self._dispatch)
        self._waiting: dict[str, Waiter] = {}
        self._known: dict[str, Sent] = {}
        self._unclaimed: dict[str, Entry] = {}
        """Results that came before anybody asked for them."""
        self._followed: dict[str, asyncio.Task[None]] = {}
        self._fetched: list[Sent] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.requests = self.tokens = 0

    @property
    def identity(self) -> ModelIdentity:
        """The model by its name, its endpoint and what the endpoint tells of it."""
        return self._served.identity

    @property
    def model(self) -> str:
        """`identity.key`."""
        return self.identity.key

    @property
    def usd(self) -> float:
        """Spent since the start, by the order's price."""
        return self._budget.usd

    async def __aenter__(self) -> Self:
        """Ask for the models, and recall what an earlier run has sent."""
        self._endpoint.open()
        try:
            await self._served.begin()
            self._batches = Batches(self._home / self.model[:32].replace("/", "_"))
            for sent in self._batches:
                self._known |= dict.fromkeys(sent.keys, sent)
        except BaseException:
            await self._endpoint.close()
            raise
        self._writer.vllm = self._served.is_vllm
        return self

    async def generate(self, request: Request) -> Generated:
        """Wait for this request's line of a batch; raises ModelError when all is lost."""
        self.requests += 1
        try:
            call = self._writer.write(request)
        except Impossible as error:
            return _failed(Rejected(str(error), "refused"))
        key = request.key(self.model)
        waiter = self._waiting.get(key)
        if waiter is None:
            waiter = await self._admit(key, request, call)
        return await asyncio.shield(waiter.answer)

    async def _admit(self, key: str, request: Request, call: Call) -> Waiter:
        """Join the batch that holds this request already, or the next one."""
        answer: asyncio.Future[Generated] = asyncio.get_running_loop().create_future()
        sent = self._known.get(key)
        usd = 0.0
        if sent is None:
            usd = self._budget.cost(len(call.body) / CHARS_PER_TOKEN, call.max_tokens)
            await self._budget.reserve(usd)
        waiter = self._waiting.setdefault(key, Waiter(request, call, usd, answer))
        if waiter.answer is not answer:
            self._budget.settle(usd, 0.0)  # somebody else asked for the same meanwhile
        elif (entry := self._unclaimed.pop(key, None)) is not None:
            self._settle(key, entry)
        elif sent is not None:
            self._follow(sent)
        else:
            self._collector.add(key, len(call.body))
        return waiter

    def _dispatch(self, keys: list[str]) -> None:
        """Start one batch for each API and model."""
        groups: dict[tuple[str, str], list[str]] = {}
        for key in keys:
            call = self._waiting[key].call
            groups.setdefault((call.path, call.model), []).append(key)
        for (path, _), group in groups.items():
            self._start(self._submit(path, group), group)

    def _start(self, work: Coroutine[Any, Any, None], keys: list[str]) -> "asyncio.Task[None]":
        task = asyncio.create_task(self._guard(work, keys))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guard(self, work: Coroutine[Any, Any, None], keys: list[str]) -> None:
        """Do the work; all who wait for it learn of its error, whatever that is."""
        try:
            with boundary(ModelError, f"{self.endpoint} answers what no batch API would"):
                await self._refusable(work)
        except IngotError as error:
            for key in keys:
                if (waiter := self._waiting.pop(key, None)) is not None:
                    waiter.answer.set_exception(error)
                    waiter.answer.exception()  # mark as seen: its asker may be gone

    async def _refusable(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Problem as problem:
            raise ModelError(
                f"{self.endpoint} refuses the batch ({problem}): correct the order, or use "
                "engine 'openai' where the endpoint has no batch API"
            ) from problem

    async def _submit(self, path: str, keys: list[str]) -> None:
        lines = [line(key, path, self._waiting[key].call.body) for key in keys]
        sent = Sent(content=content_hash(lines), path=path, keys=tuple(keys))
        self._batches.remember(sent)
        file_id = await self._api.upload(lines)
        batch_id = await self._api.create(file_id, path, sent.content)
        sent = sent.model_copy(update={"batch_id": batch_id})
        self._batches.remember(sent)
        self._known |= dict.fromkeys(keys, sent)
        await self._await_results(sent)

    def _follow(self, sent: Sent) -> None:
        """Wait for a batch of an earlier run, once."""
        if sent.content not in self._followed:
            work = self._recover(sent)
            self._followed[sent.content] = self._start(work, list(sent.keys))

    async def _recover(self, sent: Sent) -> None:
        """Take up a batch where an earlier run left it, or send again what the endpoint lost."""
        batch_id = sent.batch_id or await self._api.find(sent.content)
        try:
            if batch_id:
                await self._await_results(sent.model_copy(update={"batch_id": batch_id}))
                return
        except Rejected:
            pass  # it is gone, or its results are
        self._batches.forget(sent)
        for key in sent.keys:
            self._known.pop(key, None)
            if (waiter := self._waiting.get(key)) is not None:
                self._collector.add(key, len(waiter.call.body))

    async def _await_results(self, sent: Sent) -> None:
        while True:
            state = await self._api.state(sent.batch_id)
            if state.get("status") in _ENDED:
                break
            await asyncio.sleep(self._poll_s)
        await self._api.persist(lambda: self._fetch(state))
        why = f"batch {sent.batch_id} {state['status']}: {_faults(state)}"
        for key in sent.keys:
            self._known.pop(key, None)
            if (waiter := self._waiting.pop(key, None)) is not None:
                self._budget.settle(waiter.reserved_usd, 0.0)
                waiter.answer.set_result(_failed(Broken(why, "unavailable")))
        if state["status"] == "completed":
            self._fetched.append(sent)
        else:
            self._batches.forget(sent)

    async def _fetch(self, state: Entry) -> None:
        """Read both files of results."""
        for field in ("output_file_id", "error_file_id"):
            async for entry in self._api.results(str(state.get(field) or "")):
                key = str(entry.get("custom_id"))
                if key in self._waiting:
                    self._settle(key, entry)
                elif key in self._known:
                    self._unclaimed[key] = entry

    def _settle(self, key: str, entry: Entry) -> None:
        waiter = self._waiting.pop(key)
        self._known.pop(key, None)
        generated = Generated()
        try:
            generated = self._read(entry, waiter)
            waiter.answer.set_result(generated)
        except Problem as problem:
            waiter.answer.set_result(_failed(problem))
        except ModelError as error:
            waiter.answer.set_exception(error)
            waiter.answer.exception()  # mark as seen: its asker may be gone
        self.tokens += generated.completion_tokens
        spent_usd = self._budget.cost(generated.prompt_tokens, generated.completion_tokens)
        self._budget.settle(waiter.reserved_usd, spent_usd)

    def _read(self, entry: Entry, waiter: Waiter) -> Generated:
        """One line of the results; raises Problem or ModelError."""
        response = entry.get("response")
        if not isinstance(response, dict):
            raise Broken(f"no answer: {str(entry.get('error'))[:300]}", "unavailable")
        body = orjson.dumps(response.get("body"))
        status = response.get("status_code")
        if not isinstance(status, int):
            raise Broken(f"malformed answer: status {status!r}", "malformed")
        if status != 200:
            problem = problem_of(self.endpoint, status, body, "")
            raise problem if isinstance(problem, Problem) else Broken(str(problem), "unavailable")
        answer = read_answer(body, waiter.call.path, waiter.request)
        if answer.model:
            self._served.note(waiter.call.model, answer.model)
        return answer.generated

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Forget what was fetched, where all that came of it is safe."""
        self._collector.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for waiter in self._waiting.values():
            waiter.answer.cancel()
        if kind is None:
            for sent in self._fetched:
                self._batches.forget(sent)
        await self._endpoint.close()


def _failed(problem: Problem) -> Generated:
    return Generated(finish_reason="error", failure=str(problem), failure_kind=problem.kind)


def _faults(state: Entry) -> str:
    """What the endpoint says went wrong with a whole batch."""
    faults = (state.get("errors") or {}).get("data") or []
    return "; ".join(str(each.get("message")) for each in faults[:3]) or "no result for this line"
