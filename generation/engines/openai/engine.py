"""Any OpenAI-compatible server as an engine: what may pass is waited for, nothing is trusted."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self

from generation.engines.openai.answers import Answer, read_answer
from generation.engines.openai.bodies import Call, Impossible, Writer
from generation.engines.openai.endpoint import Endpoint
from generation.engines.openai.gate import Gate
from generation.engines.openai.hedging import Hedge, every
from generation.engines.openai.limits import Allowance
from generation.engines.openai.open_files import most_connections
from generation.engines.openai.patience import Patience, back_off
from generation.engines.openai.problems import Broken, Busy, Missing, Problem, Rejected
from generation.engines.openai.served import Served
from generation.engines.openai.waiting import read_queue
from generation.engines.openai.window import Sent, Window
from ingot.engine import Generated, ModelIdentity, Request
from ingot.orders import Limits, Price

ATTEMPTS = 4
"""For a request's own trouble; the endpoint's is waited out."""
LOOK_INTERVAL_S = 1.0


class OpenAIEngine:
    """An `ingot.engine.Engine` over HTTP."""

    kind: Literal["openai"] = "openai"

    def __init__(
        self,
        model: str,
        endpoint: str,
        *,
        api_key: str = "",
        revision: str = "",
        price: Price | None = None,
        limits: Limits | None = None,
        window_start: int = 512,
        window_max: int = 1024,
        timeout_s: float = 600,
        patience_s: float = 180,
    ) -> None:
        self._endpoint = Endpoint(endpoint, api_key=api_key, timeout_s=timeout_s)
        self.endpoint = self._endpoint.name
        self._served = Served(self._endpoint, model, revision)
        self._writer = Writer(model)
        self._window = Window(start=window_start, most=most_connections(window_max))
        self._gate = Gate(self._window)
        self._hedge = Hedge()
        self._allowance = Allowance(limits, price)
        self._patience = Patience(self.endpoint, patience_s)
        self._looking: asyncio.Task[None] | None = None
        self._tells_waiting = True
        self.slots = 0
        """Requests that the endpoint works on at once, as its own figures show; 0 while unknown."""
        self.requests = 0
        """Requests that were asked for."""
        self.retries = 0
        """Attempts beyond the first of each."""
        self.tokens = 0
        """Completion tokens that came back."""

    @property
    def identity(self) -> ModelIdentity:
        """The model by its name, its endpoint and what the endpoint tells of it."""
        return self._served.identity

    @property
    def model(self) -> str:
        """`identity.key`."""
        return self.identity.key

    @property
    def capacity(self) -> int:
        """The window, as the endpoint lets it be, and what rests outside it."""
        return self._gate.capacity

    @property
    def hedged(self) -> int:
        """Requests that were sent twice because they were late."""
        return self._hedge.hedged

    @property
    def usd(self) -> float:
        """Spent since the start, by the order's price."""
        return self._allowance.budget.usd

    async def __aenter__(self) -> Self:
        """Ask for the models once, so that a wrong address is named before the work starts."""
        self._endpoint.open()
        try:
            await self._served.begin()
        except BaseException:
            await self._endpoint.close()
            raise
        self._writer.vllm = self._served.is_vllm
        self._looking = asyncio.create_task(every(LOOK_INTERVAL_S, self._look))
        return self

    async def _look(self) -> None:
        """Find what is late, and what waits inside the endpoint."""
        self._hedge.look()
        if not self._tells_waiting or not self._gate.in_flight:
            return
        queue = await read_queue(self._endpoint)
        if queue is None:
            self._tells_waiting = False
            return
        self._window.told_waiting(queue.waiting, self._gate.in_flight)
        if queue.waiting:  # then what runs is all that can
            self.slots = max(self.slots, int(queue.running))

    async def generate(self, request: Request) -> Generated:
        """Ask until there is an answer, or none to be had; raises ModelError when all is lost."""
        self.requests += 1
        try:
            call = self._writer.write(request)
        except Impossible as error:
            return _failed(Rejected(str(error), "refused"))
        try:
            return await self._try(call, request)
        except Rejected as problem:
            self._patience.succeeded()
            return _failed(problem)
        except Broken as problem:
            return _failed(problem)

    async def _try(self, call: Call, request: Request) -> Generated:
        """Send it again and again; raises the problem that ends it."""
        own = others = 0
        try:
            while True:
                sent = await self._gate.enter(again=own + others > 0)
                try:
                    return await self._attempt(call, request)
                except Broken as problem:
                    self._served.in_doubt |= problem.cut
                    if problem.kind == "timeout":
                        self._window.timed_out(sent)
                    own += 1
                    if own == ATTEMPTS:
                        raise
                    rest_s = back_off(own, 0)
                except Busy as problem:
                    others += 1
                    if others == 1:
                        self._patience.begin()
                    rest_s = self._bear(problem, sent, others)
                finally:
                    self._gate.leave()
                self.retries += 1
                await self._gate.rest(rest_s)
        finally:
            if others:
                self._patience.end()

    def _bear(self, problem: Busy, sent: Sent, times: int) -> float:
        """Seconds to rest because the endpoint is busy or away; raises ModelError at last."""
        if problem.connected:
            self._window.refused(sent)
        else:
            self._served.in_doubt = True
        self._patience.try_on(problem)
        rest_s = back_off(times, problem.rest_s)
        return min(rest_s, self._patience.left_s())

    async def _attempt(self, call: Call, request: Request) -> Generated:
        """One attempt; raises Problem or ModelError."""
        if self._served.in_doubt:
            await self._served.check()
        allowance, chars = self._allowance, len(call.body)
        await allowance.take(chars, call.max_tokens)
        prompt_tokens = completion_tokens = 0
        try:
            answer = await self._send(call, request)
            prompt_tokens = answer.generated.prompt_tokens
            completion_tokens = answer.generated.completion_tokens
        finally:
            allowance.settle(chars, call.max_tokens, prompt_tokens, completion_tokens)
        self._patience.succeeded()
        self.tokens += completion_tokens
        self._window.answered(completion_tokens, self._gate.in_flight)
        return answer.generated

    async def _send(self, call: Call, request: Request) -> Answer:
        try:
            body = await self._hedge.fly(lambda: self._endpoint.post(call.path, call.body))
        except Missing:
            await self._served.check()  # the model itself may be gone
            raise
        answer = read_answer(body, call.path, request)
        if answer.model:
            self._served.note(call.model, answer.model)
        return answer

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
        await self._endpoint.close()


def _failed(problem: Problem) -> Generated:
    return Generated(finish_reason="error", failure=str(problem), failure_kind=problem.kind)
